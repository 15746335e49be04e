"""What reviewers taught is found again however the question is led in, and only about that recipe."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.reader.taught import FILE, Taught
from retrieval.recipe import Ingredient, Recipe

SLAW = Recipe(
    "test:slaw", "Slaw", (Ingredient(text="1 cabbage", item="cabbage"),), ("Shred it.", "Salt it.", "Knead it well.")
)


@pytest.fixture
def taught() -> Taught:
    found = Taught()
    found.add("hm, what makes it tender?", SLAW, ("Not on the page.", "Knead it well."))
    found.add("what do i shred", SLAW, ("1 cabbage",))
    return found


@pytest.mark.parametrize("said", ["what makes it tender?", "sorry, what makes it tender", "Ok so what makes it TENDER"])
def test_the_line_that_was_taught(taught: Taught, said: str) -> None:
    line = taught.answer(said, SLAW)
    assert line is not None
    assert (line.text, line.kind, line.number) == ("Knead it well.", "step", 3)


def test_the_line_is_shown_as_the_cook_sees_it(taught: Taught) -> None:
    doubled = replace(SLAW, ingredients=(Ingredient(text="2 cabbages", item="cabbage"),))
    line = taught.answer("what do i shred?", doubled)
    assert line is not None
    assert line.text == "2 cabbages"


def test_other_questions_recipes_and_shorter_pages_know_nothing_of_it(taught: Taught) -> None:
    assert taught.answer("what makes it crunchy?", SLAW) is None
    for other in ("how do I shred it?", "why shred?", "when do I shred it?", "shredded it all"):
        assert taught.answer(other, SLAW) is None
    assert taught.answer("what makes it tender?", replace(SLAW, url="test:other")) is None
    assert taught.answer("what makes it tender?", replace(SLAW, steps=("Shred it.",))) is None
    assert taught.answer("???", SLAW) is None


def test_a_last_clause_that_says_little_is_no_lesson_of_its_own(taught: Taught) -> None:
    taught.add("my slaw is soft, is it done?", SLAW, ("Salt it.",))
    assert taught.answer("is it done?", SLAW) is None
    assert taught.answer("hey: my slaw is soft. Is it done?", SLAW) is not None


def test_it_is_kept_beside_the_weights_without_the_cooks_words(taught: Taught, tmp_path: Path) -> None:
    taught.save(tmp_path)
    assert "tender" not in (tmp_path / FILE).read_text()
    assert Taught.load(tmp_path).lines == taught.lines
    (tmp_path / FILE).write_text("{")
    assert Taught.load(tmp_path).lines == {} == Taught.load(tmp_path / "nowhere").lines
