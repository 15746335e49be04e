"""From what the reader says to what may be said."""

from typing import Any

import pytest

from bot.page.places import Found
from bot.page.reading import act_in, answer_in, elsewhere, later_in, left_of, likely, perhaps_in, told_of
from model.reader import Candidate
from model.reader.reader import Reading
from tests.bot.benches import recipe_of

STEP = "Stir for 5 minutes. Cover and simmer. Season."
SENTENCES = tuple(
    Candidate("step", text, STEP, 2, n)
    for n, text in enumerate(("Stir for 5 minutes.", "Cover and simmer.", "Season."), 1)
)
FEW, NEXT = Candidate("pitfall", "It sticks: too hot.", "It sticks: too hot. Lower it.", 1, 1), Candidate("next")


def test_a_sentence_with_its_neighbour_in_their_order() -> None:
    found = answer_in(Reading(((SENTENCES[1], 0.6), (SENTENCES[0], 0.3), (SENTENCES[2], 0.1))))
    assert found is not None
    assert (found.text, found.item, found.step) == ("Stir for 5 minutes. Cover and simmer.", STEP, 2)
    alone = answer_in(Reading(((SENTENCES[1], 0.8), (SENTENCES[0], 0.1))))
    assert alone is not None
    assert alone.text == "Cover and simmer."


@pytest.mark.parametrize(("yes", "no", "told"), [(0.95, 0.01, "Yes. "), (0.01, 0.95, "No. "), (0.5, 0.4, "")])
def test_yes_and_no_come_first_where_they_are_sure(yes: float, no: float, told: str) -> None:
    found = answer_in(Reading(((SENTENCES[1], 0.9),), (yes, no)))
    assert found is not None
    assert found.told(2) == f"{told}Cover and simmer."
    assert found.told(1) == f"{told}Step 2: Cover and simmer."


def test_what_can_go_wrong_is_said_with_its_remedy() -> None:
    found = answer_in(Reading(((FEW, 0.9),)))
    assert found is not None
    assert found.text == "It sticks: too hot. Lower it."
    assert not found.item


def test_a_note_is_read_out_whole_and_kept_as_a_passage() -> None:
    note = Candidate("note", "Use half. Stir it well. Never taste it raw.", "sub-x", title="Half")
    found = answer_in(Reading(((note, 0.9),), (0.9, 0.0)))
    assert found is not None
    assert found.note is not None
    assert found.note.id == "knowledge:sub-x"
    assert found.told(1) == f"Yes. {note.text}"


def test_what_is_half_sure_is_told_with_a_doubt() -> None:
    sentence, tip = SENTENCES[1], Candidate("tip", "Use a wok.", "Use a wok.", 1, 1)
    half = Reading(((sentence, 0.45), (NEXT, 0.3)), (0.99, 0.0))
    found = perhaps_in(half)
    assert answer_in(half) is None
    assert found is not None
    assert found.told(2) == "I am not sure, but this may help: Cover and simmer."
    safe = Candidate("note", "Keeps 4 days.", "store-x", title="Keeping")  # what is safe is not guessed
    for unfit in (((sentence, 0.65),), ((sentence, 0.3),), ((tip, 0.45),), ((NEXT, 0.45),), ((safe, 0.5),)):
        assert perhaps_in(Reading(unfit)) is None


@pytest.mark.parametrize(
    ("ranked", "act"),
    [
        (((SENTENCES[2], 0.5), (NEXT, 0.3)), "next"),  # of the step's end
        (((SENTENCES[0], 0.5), (NEXT, 0.3)), ""),  # the words and the student tell
        (((SENTENCES[2], 0.5), (Candidate("ok"), 0.3)), "ok"),
        (((SENTENCES[2], 0.5), (NEXT, 0.1)), ""),
        (((SENTENCES[2], 0.7), (NEXT, 0.28)), ""),  # sure of the text
        (((NEXT, 0.5),), ""),
    ],
)
def test_what_words_that_ask_nothing_are_where_they_echo_a_sentence(ranked: Any, act: str) -> None:
    recipe = recipe_of("Test Stew", ("1 pound beef",), ("Cut it.", STEP))
    assert told_of(Reading(ranked), recipe, 2) == act


@pytest.mark.parametrize("name", ["safe-egg-dishes-temperature", "store-mayonnaise"])
def test_no_guess_is_said_before_a_note_on_what_is_safe(name: str) -> None:
    found = answer_in(Reading(((Candidate("note", "Cook it through.", name, title="Eggs"), 0.9),), (0.95, 0.0)))
    assert found is not None
    assert found.told(1) == "Cook it through."


def test_a_question_is_no_remark() -> None:
    remark = Reading(((Candidate("ok"), 0.6), (SENTENCES[0], 0.4)))
    assert act_in(remark, asks=False) == "ok"
    assert act_in(remark, asks=True) == ""


def test_what_is_not_sure_is_not_said() -> None:
    assert answer_in(Reading(((SENTENCES[0], 0.1),))) is None
    assert answer_in(Reading(((NEXT, 0.9),))) is None
    assert answer_in(None) is None


@pytest.mark.parametrize(
    ("ranked", "asks", "act"),
    [
        (((NEXT, 0.9),), False, "next"),
        (((NEXT, 0.45), (SENTENCES[0], 0.3)), False, ""),  # a step is not skipped on a guess,
        (((NEXT, 0.9),), True, ""),  # and never by a question
        (((Candidate("none"), 0.6), (SENTENCES[0], 0.4)), True, "none"),
        (((Candidate("ok"), 0.6),), False, "ok"),
        (((NEXT, 0.45), (Candidate("ok"), 0.4)), False, "ok"),  # a remark or "done": it is not moved on a guess
        (((NEXT, 0.45), (Candidate("ok"), 0.4)), True, ""),
    ],
)
def test_what_a_turn_is_taken_for(ranked: Any, asks: bool, act: str) -> None:
    assert act_in(Reading(ranked), asks) == act
    assert act_in(None, asks) == ""


def test_what_the_words_find_comes_first_where_the_reader_is_not_certain_and_agrees() -> None:
    doubtful = Reading(((SENTENCES[0], 0.4), (SENTENCES[1], 0.2)))
    assert likely(doubtful, Found("Cover and simmer."))
    assert not likely(doubtful, Found("Season."))
    assert not likely(Reading(((SENTENCES[0], 0.7), (SENTENCES[1], 0.2))), Found("Cover and simmer."))


def test_a_later_step_is_where_its_sentences_together_are_likely() -> None:
    reading = Reading(((SENTENCES[1], 0.3), (SENTENCES[0], 0.25), (FEW, 0.2), (NEXT, 0.1)))
    assert [later_in(reading, at) for at in (0, 1, 2, 3)] == [2, 2, 0, 0]
    assert later_in(Reading(((SENTENCES[1], 0.3), (FEW, 0.3))), 1) == 0
    assert later_in(Reading(((FEW, 0.9),)), 0) == later_in(None, 0) == 0


def test_what_is_left_of_a_step_that_is_begun() -> None:
    ok, recipe = Candidate("ok"), recipe_of("Test Stew", ("1 onion",), ("Chop.", STEP))
    one, two, three = SENTENCES

    def left(*ranked: tuple[Candidate, float], said: str = "covered it", at: int = 2) -> str:
        return left_of(Reading(ranked), said, recipe, at)

    assert left((ok, 0.8), (FEW, 0.1), (one, 0.05), (three, 0.01)) == "Cover and simmer. Season."
    assert left((ok, 0.8), (two, 0.1)) == "Season."
    assert left((ok, 0.8), (three, 0.1)) == ""  # nothing is left
    assert left((ok, 0.8), (one, 0.1), (two, 0.09)) == ""  # either
    assert left((ok, 0.8), (one, 0.1), said="smells lovely in here") == ""  # about nothing of the step
    assert left((ok, 0.8), (one, 0.1), at=1) == ""  # about another step
    assert left((one, 0.9), (ok, 0.1)) == left_of(None, "covered it", recipe, 2) == ""


def test_who_asks_for_the_next_step_is_not_told_to_ask_for_it() -> None:
    either = Reading(((NEXT, 0.45), (Candidate("ok"), 0.4)))
    assert act_in(either, asks=False, wants_next=True) == ""


@pytest.mark.parametrize(
    ("at", "wants_next", "follows", "act"),
    [
        (3, False, False, "ok"), (3, True, False, ""), (2, False, True, ""), (1, False, False, ""),
        (1, False, True, "next"), (1, True, True, "next"),
    ],
)  # fmt: skip
def test_what_is_done_of_another_step(at: int, wants_next: bool, follows: bool, act: str) -> None:
    assert elsewhere(Reading(((SENTENCES[1], 0.8), (NEXT, 0.1))), at, wants_next, follows) == act
    assert elsewhere(Reading(((SENTENCES[1], 0.4), (NEXT, 0.1))), at, wants_next, follows) == ""
    assert elsewhere(Reading(((FEW, 0.9),)), at, wants_next, follows) == elsewhere(None, at, wants_next, follows) == ""
