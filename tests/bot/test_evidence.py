"""What is said instead of the student's words."""

import pytest

from bot.evidence import LONGEST, best, excerpt
from retrieval.passage import Passage

STEP = "Heat the oven to 350°F. Bake the bread in a loaf pan until golden, about 40 minutes. Let it cool."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how long does it bake?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("what temperature?", "Heat the oven to 350°F."),
        ("how will I know it's done?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("tell me more about it", STEP),
        ("how much salt?", "Heat the oven to 350°F."),
    ],
)
def test_the_sentence_that_offers_what_is_asked(question: str, answer: str) -> None:
    assert excerpt(question, STEP) == answer


def test_a_long_passage_is_cut_at_the_end_of_a_sentence() -> None:
    text = " ".join("Stir the pot now and then and taste it." for _ in range(20))
    cut = excerpt("and then?", text)
    assert cut.endswith(".")
    assert text.startswith(cut)
    assert len(cut.split()) <= LONGEST


def test_one_long_sentence_is_kept_whole() -> None:
    text = "Stir " + "and stir " * 80 + "again."
    assert excerpt("and then?", text) == text


def test_only_a_passage_that_retrieval_is_sure_of() -> None:
    assert best(()) is None
    assert best((Passage("a", "note", "Keeps.", 0.2),)) is None
    sure = Passage("a", "note", "Keeps 2 days.", 0.9)
    assert best((sure, Passage("b", "note", "Freezes.", 0.1))) == sure
