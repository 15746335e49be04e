"""Search over the notes of the knowledge base."""

import pytest

from retrieval.asked import load
from retrieval.embeddings import open_embeddings
from retrieval.notes import HERE, NEAR, Notes, open_notes
from tests.retrieval.conftest import KNOWLEDGE


@pytest.fixture(scope="module")
def notes() -> Notes:
    return open_notes()


def test_a_note_is_found_by_its_words(notes: Notes) -> None:
    first = notes.near("what can I use instead of buttermilk")[0]
    assert first.id.startswith("knowledge:sub-")
    assert "buttermilk" in first.text.lower()
    assert (first.kind, first.parent) == ("knowledge", first.id)
    assert 0 < first.score <= 1


def test_the_step_at_hand_says_what_it_is_about(notes: Notes) -> None:
    alone, beside = (
        notes.near("it has lumps"),
        notes.near("it has lumps", "Whisk the milk into the roux for the sauce."),
    )
    assert beside[: len(alone)] == alone
    assert len(alone) == NEAR
    assert len(beside) == NEAR + HERE
    assert len({passage.id for passage in beside}) == len(beside)


def test_what_cooks_said_finds_its_note() -> None:
    said = [("gone all gloopy again", KNOWLEDGE[-1].id), ("whatever it is", "no-such-note")]
    plain, asked = Notes(KNOWLEDGE, (), open_embeddings()), Notes(KNOWLEDGE, said, open_embeddings())
    assert asked.near("mine went gloopy")[0].id == f"knowledge:{KNOWLEDGE[-1].id}"
    assert asked.near("mine went gloopy")[0].score > plain.near("mine went gloopy")[0].score


@pytest.mark.parametrize("text", ["", "   ", "?!", "\U0001f600"])
def test_nothing_said_is_no_error(notes: Notes, text: str) -> None:
    assert len(notes.near(text)) <= NEAR
    assert Notes((), (), open_embeddings()).near(text) == []


def test_of_what_is_held_back_most_notes_are_found(notes: Notes) -> None:
    lines = [line for line in load(held_back=True) if line.url.startswith("cookbook:")]
    wanted = [line for line in lines if line.labels[0].startswith("k:")]
    found = [{f"k:{p.id.removeprefix('knowledge:')}" for p in notes.near(line.utterance)} for line in wanted]
    assert sum(bool(set(line.labels) & ids) for line, ids in zip(wanted, found, strict=True)) > 0.8 * len(wanted)
