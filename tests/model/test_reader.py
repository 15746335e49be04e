"""The bundled reader: it knows what answers, what moves on, and when nothing does."""

from pathlib import Path

import pytest

from model.reader import Candidate, ReaderError, candidates
from model.reader.reader import LENGTH, Reader, Reading, pairs_of
from retrieval.cookbook import load_recipes
from retrieval.recipe import Recipe


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def shakshuka() -> Recipe:
    return next(recipe for recipe in load_recipes() if recipe.url == "cookbook:shakshuka")


def test_probabilities_sum_to_one_and_do_not_change(reader: Reader, shakshuka: Recipe) -> None:
    page = candidates(shakshuka)
    one, two = (reader.read("how long?", shakshuka.steps[0], 1, page) for _ in range(2))
    assert one == two
    assert sum(p for _, p in one.ranked) == pytest.approx(1)
    assert [p for _, p in one.ranked] == sorted((p for _, p in one.ranked), reverse=True)


@pytest.mark.parametrize(
    ("said", "key"),
    [("til the peppers are soft or what", "s1.2"), ("yep all soft, whats next", "next"), ("my cat says hi", "chat ok")],
)
def test_what_cooks_say(reader: Reader, shakshuka: Recipe, said: str, key: str) -> None:
    assert reader.read(said, shakshuka.steps[0], 1, candidates(shakshuka)).best.key in key.split()


def test_a_very_long_message_is_read_by_its_end(reader: Reader) -> None:
    reading = reader.read("blah " * 100_000 + "next please", "Stir it.", 1, [Candidate("next"), Candidate("none")])
    assert reading.best.kind == "next"


def test_whether_a_step_is_done_is_read_beside_all_of_it(reader: Reader) -> None:
    step = "Add the chicken and stir. " + "Let it be. " * 60 + "Simmer until tender."
    said, pieces = "chicken is in", reader.tokenizer.decode
    done, later = pairs_of(
        reader.tokenizer, said, step, 1, [Candidate("next"), Candidate("step", "Serve.", "Serve.", 2, 1)]
    )
    assert "until tender" in pieces(done.ids)
    assert "add the chicken" in pieces(done.ids)
    assert "go on" in pieces(done.ids)
    assert "until tender" not in pieces(later.ids)
    assert len(done.ids) <= LENGTH


def test_the_sentence_of_a_step_that_is_spoken_of() -> None:
    one, two = (Candidate("step", text, "One. Two.", 1, n) for n, text in enumerate(("One.", "Two."), 1))
    reading = Reading(((Candidate("ok"), 0.9), (two, 0.06), (Candidate("none"), 0.02), (one, 0.02)))
    assert reading.within(1) == (two, pytest.approx(0.75))
    assert reading.within(2) == (None, 0.0)


def test_weights_that_are_not_there_are_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ReaderError, match=r"reinstall souschef"):
        Reader(tmp_path)
