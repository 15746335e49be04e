"""The nearest sentence, where none holds exactly what is asked; and none where it would mislead."""

from dataclasses import replace

import pytest

from bot.page.finding import find
from bot.page.question import read
from retrieval.recipe import Ingredient, Recipe


@pytest.fixture
def brandade(gratin: Recipe) -> Recipe:
    steps = (
        "Soak the cod. Reserve a cup of the cooking water.",
        "Meanwhile, simmer the potato, covered, until tender. Lift it out with a slotted spoon.",
        "Add the garlic 1 clove at a time. Taste for salt.",
        "Beat with the paddle at low speed to break the fish up.",
        "Bake the pie for 40 minutes, until the center reads 165°F (74°C).",
        "Let it rest on a wire rack; cut too soon, it slumps.",
    )
    lines = (
        Ingredient("1 medium russet potato", "russet potato"),
        Ingredient("ghee (clarified butter)", "ghee"),
        Ingredient("8 oz cream cheese, room temperature", "cream cheese"),
        Ingredient("2 fennel bulbs, thinly sliced", "fennel"),
        Ingredient("3 cloves garlic", "garlic"),
    )
    return replace(
        gratin, steps=steps, ingredients=lines, tips=(), pitfalls=("Soggy pie: the sheet was cold.",), tools=()
    )


@pytest.mark.parametrize(
    ("step", "asked", "answer"),
    [
        (1, "do i throw out the water?", "Reserve a cup of the cooking water."),
        (2, "covered?", "Meanwhile, simmer the potato, covered, until tender."),
        (2, "lid on?", "Meanwhile, simmer the potato, covered, until tender."),
        (2, "should it boil?", "Meanwhile, simmer the potato, covered, until tender."),
        (3, "all the garlic at once?", "Add the garlic 1 clove at a time."),
        (1, "what's the paddle for?", "Beat with the paddle at low speed to break the fish up."),
        (2, "what kind of potato?", "1 medium russet potato"),
        (2, "which potato do i use?", "1 medium russet potato"),
        (3, "what is ghee?", "ghee (clarified butter)"),
        (3, "does the cream cheese need to be soft?", "8 oz cream cheese, room temperature"),
        (3, "how should i cut the fennel?", "2 fennel bulbs, thinly sliced"),
        (4, "how hot should the middle be?", "Bake the pie for 40 minutes, until the center reads 165°F (74°C)."),
        (6, "how do i know it's done?", "Bake the pie for 40 minutes, until the center reads 165°F (74°C)."),
        (6, "can i cut it right away?", "Let it rest on a wire rack; cut too soon, it slumps."),
        (6, "where do i put it?", "Let it rest on a wire rack; cut too soon, it slumps."),
        (5, "why not a cold sheet?", "Soggy pie: the sheet was cold."),
    ],
)
def test_the_nearest_sentence(brandade: Recipe, step: int, asked: str, answer: str) -> None:
    found = find(read(asked), brandade, step)
    assert found is not None
    assert found.text == answer


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (2, "does the potato need to be spicy?"),  # a food alone says nothing
        (2, "can i skip the potato?"),
        (2, "can i use milk in the potato?"),
        (3, "how long does the garlic cook?"),
        (2, "can i bake it?"),  # the potato, not the pie
        (2, "what does garlic mean?"),
        (4, "why the garlic?"),
        (3, "how much milk?"),
    ],
)
def test_what_would_mislead_is_not_said(brandade: Recipe, step: int, asked: str) -> None:
    assert find(read(asked), brandade, step) is None
