"""What a small model makes of a page, told from a quotation of it."""

import pytest

from bot.gate import SentenceGate, quoted

PAGE = (
    "Whisk each cup of egg whites with a pinch of salt or a spoon of sugar, label it, and freeze for up to 12 months. "
    "Thaw overnight in the refrigerator. Whites whip as well as fresh ones."
)
STEP = "Combine the potatoes, carrots, squash and dried apples in a slow cooker and toss."


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Thaw overnight in the refrigerator.", "Thaw overnight in the refrigerator."),
        ("You can thaw overnight in the refrigerator.", "Thaw overnight in the refrigerator."),
        (
            "Whisk each cup of egg whites with a pinch of salt and freeze for up to 12 months.",
            PAGE.partition(" Thaw")[0],
        ),
        ("Now you will need to combine the potatoes, carrots, squash and dried apples in a slow cooker.", STEP),
        ("12 months.", PAGE.partition(" Thaw")[0]),
    ],
)
def test_what_is_quoted_is_shown_as_the_page_has_it(said: str, shown: str) -> None:
    assert quoted(said, [PAGE, STEP]) == shown


@pytest.mark.parametrize(
    "sentence",
    [
        "Salt the refrigerator or a cup of sugar for fresh ones.",
        "Thaw overnight in the refrigerator, thaw overnight in the refrigerator.",
        "Whites whip as well with a pinch of salt in a slow cooker.",
        "Whisk each cup, thaw overnight as fresh ones.",
        "Combine the potatoes and freeze for up to 12 months.",
        "Cool in a shallow dish.",
        "Combine the potatoes, carrots, squash and dried apples in a slow cooker and the and toss.",
        "Thaw overnight in the in the refrigerator.",
    ],
)
def test_words_of_the_page_that_mean_nothing(sentence: str) -> None:
    assert not quoted(sentence, [PAGE, STEP])


def test_a_word_or_a_figure_that_was_swallowed_is_not_missing_from_what_is_shown() -> None:
    step = "Press it into the wells of a muffin tin using a round biscuit cutter and fill each 3/4 full."
    assert quoted("Press it into the wells of a round biscuit cutter and fill each 3/4 full.", [step]) == step
    assert quoted(
        "Boil 7 minutes for a jammy yolk, 7 a firm one.", ["Boil 7 minutes for a jammy yolk, 9 a firm one."]
    ) == ("Boil 7 minutes for a jammy yolk, 9 a firm one.")


def test_a_run_may_come_as_often_as_on_the_page() -> None:
    step = "Add 1/2 cup of the cranberries and 1/4 cup of the chocolate and toss to coat."
    assert quoted(step, [PAGE, step]) == step
    assert not quoted("Add 1/2 cup of the cranberries and add 1/2 cup of the cranberries.", [step])


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Yes, thaw overnight in the refrigerator.", "Thaw overnight in the refrigerator."),
        ("No. Thaw overnight in the refrigerator.", "Thaw overnight in the refrigerator."),
        ("Yes you can thaw overnight.", "You can thaw overnight."),
        ("No problem. Thaw overnight.", "No problem. Thaw overnight."),
        ("Nothing is thawed overnight.", "Nothing is thawed overnight."),
    ],
)
def test_a_verdict_before_a_quotation_is_not_shown(said: str, shown: str) -> None:
    pieces: list[str] = []
    gate = SentenceGate(lambda sentence: sentence, pieces.append)
    for word in said.split(" "):
        gate.feed(f"{word} ")
    gate.finish()
    assert gate.passed.strip() == shown
    assert "".join(pieces).strip() == shown


def test_a_bare_verdict_is_no_answer() -> None:
    gate = SentenceGate(lambda sentence: sentence, None)
    gate.feed("Yes.")
    gate.finish()
    assert gate.refused
    assert not gate.passed
