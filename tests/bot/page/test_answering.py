"""The reader's choice beside what the words alone find, and reading it out."""

import pytest

from bot.actions.base import read_out
from bot.page.answering import answering
from bot.page.places import Found
from bot.page.question import read
from model.reader import Candidate
from model.reader.reader import Reading
from retrieval.passage import Passage
from retrieval.recipe import Ingredient, Recipe

STEW = Recipe(
    "test:stew", "Stew", (Ingredient(text="2 carrots, peeled", item="carrots"),),
    ("Brown the meat for 10 minutes.", "Simmer it for 2 hours."),
)  # fmt: skip
FIRST = Candidate("step", STEW.steps[0], STEW.steps[0], 1, 1)
SECOND = Candidate("step", STEW.steps[1], STEW.steps[1], 2, 1)


def _said(reading: Reading | None, text: str = "how long?", goes: bool = False) -> tuple[str, str]:
    found, act = answering(reading, read(text), STEW, 1, goes)
    return found.text if found is not None else "", act


def test_without_a_reader_the_words_tell() -> None:
    assert _said(None) == (STEW.steps[0], "")


def test_what_the_reader_is_certain_of_comes_first() -> None:
    assert _said(Reading(((SECOND, 0.8), (FIRST, 0.2)))) == (STEW.steps[1], "")


@pytest.mark.parametrize("act", ["none", "ok"])
def test_an_act_of_which_the_reader_is_not_certain_gives_way_to_what_the_words_find(act: str) -> None:
    assert _said(Reading(((Candidate(act), 0.48), (FIRST, 0.3)))) == (STEW.steps[0], "")
    assert _said(Reading(((Candidate("none"), 0.7), (FIRST, 0.2)))) == ("", "none")


def test_going_on_is_never_overruled_by_words() -> None:
    assert _said(Reading(((Candidate("next"), 0.55), (FIRST, 0.3))), "browned", goes=True) == ("", "next")


def test_a_note_that_is_read_out_is_what_the_text_rests_on() -> None:
    note = Passage("knowledge:sub-x", "knowledge", "Use leeks.", title="Leeks for onions")
    decision = read_out(Found(note.text, lead="Yes", note=note), 1, "Noted: no onions.")
    assert decision.text == "Noted: no onions. Yes. Use leeks."
    assert (decision.passages, decision.shared) == ((note,), ())
    assert decision.intent == "answer_question_external_fact"
    page = read_out(Found(STEW.steps[1], STEW.steps[1], 2), 1)
    assert page.text == f"Step 2: {STEW.steps[1]}"
    assert (page.passages, page.shared) == ((), (STEW.steps[1],))
