"""A pitfall is found by the cook's words for it, and shown whole."""

from dataclasses import replace

import pytest

from bot.page.troubles import condition, trouble
from retrieval.recipe import Recipe

RICE = "Gluey rice: too little rinsing. Spread it on a tray to let the steam off."
SCORCHED = "Scorched base: the burner runs hot. Spoon the good rice out without scraping."
GARLIC = "Harsh garlic: one small clove is enough. Take out the green sprout."
BOWLS = "No ovenproof bowls: broil the cheese on toasts and float them afterwards."


@pytest.fixture
def rice(gratin: Recipe) -> Recipe:
    tips = (BOWLS, "A glass of cider is good company.")
    steps = ("Steam the clams; throw out any that stay shut.", "Serve.")
    return replace(gratin, pitfalls=(RICE, SCORCHED, GARLIC), tips=tips, steps=steps)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("its gluey", RICE),
        ("oh no, it burnt at the bottom", SCORCHED),
        ("the bottom is scorched", SCORCHED),
        ("my bowls aren't ovenproof", BOWLS),
        ("it smells great", None),
        ("the rice is in", None),
        ("my kid wants to help", None),
    ],
)
def test_the_symptom_in_the_cooks_words(rice: Recipe, said: str, note: str | None) -> None:
    found = trouble(said, rice)
    assert (found.text if found else None) == note


def test_a_food_is_enough_where_nothing_else_is_told_of_what_went_wrong(rice: Recipe) -> None:
    assert trouble("tastes of too much garlic", rice) is None
    found = trouble("tastes of too much garlic", rice, wrong=True)
    assert found is not None
    assert found.text == GARLIC
    assert trouble("the garlic is too salty", rice, wrong=True) is None  # that is another trouble


def test_what_a_step_says_of_the_case(rice: Recipe) -> None:
    found = condition("some didn't open", rice, 1)
    assert found is not None
    assert found.text == "Steam the clams; throw out any that stay shut."
    assert condition("my kid wants to help", rice, 1) is None
