"""How much of an ingredient a step takes."""

import pytest

from bot.page.portions import named, portions
from retrieval.recipe import Recipe


@pytest.mark.parametrize(
    ("item", "step", "text", "worked_out"),
    [
        ("butter", 1, "1 tablespoon of the butter", ""),
        ("butter", 3, "2 tablespoons of the butter", ""),
        ("butter", 5, "the remaining butter", "1 tablespoon"),
        ("Gruyère", 4, "half of the Gruyère", "2 1/2 ounces"),
        ("Gruyère", 6, "the rest of the Gruyère", "2 1/2 ounces"),
        ("sugar", 5, "the rest of the sugar", "6 tablespoons"),
    ],
)
def test_a_step_takes_a_part(gratin: Recipe, item: str, step: int, text: str, worked_out: str) -> None:
    line = next(line for line in gratin.ingredients if line.item == item)
    (portion,) = portions(line, gratin, step)
    assert portion.text == text
    assert portion.worked_out == worked_out


def test_what_is_taken_whole_has_no_portions(gratin: Recipe) -> None:
    cream = gratin.ingredients[3]
    assert all(portions(cream, gratin, step) == () for step in range(1, 7))


def test_lines_that_are_called_alike_are_told_apart(gratin: Recipe) -> None:
    fine, flaky = gratin.ingredients[5:7]
    assert named(fine, gratin, gratin.steps[2])
    assert not named(flaky, gratin, gratin.steps[2])
    assert not named(fine, gratin, gratin.steps[5])
    assert named(fine, gratin, "Add the salt.")  # either


def test_what_was_not_counted_leaves_no_remainder_to_work_out(gratin: Recipe) -> None:
    from dataclasses import replace

    loose = replace(gratin, steps=("Grease it with a little butter.", "Add the rest of the butter."))
    (portion,) = portions(loose.ingredients[0], loose, 2)
    assert portion.text == "the rest of the butter"
    assert portion.worked_out == ""
