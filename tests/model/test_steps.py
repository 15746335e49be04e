"""The prior on the next step: what was shared, told in words or named by the cook moves it."""

import numpy as np
import pytest

from model.registry import bundled_folder
from model.steps import NAMES, StepPrior, features, load_steps
from model.student import Situation
from model.vocabulary import Turn
from retrieval.recipe import Recipe

BREAD = Recipe(
    "test:bread",
    "Bread",
    (),
    (
        "Mix the flour with water and yeast.",
        "Knead the dough for ten minutes.",
        "Let the dough rise under a towel.",
        "Shape a loaf on the board.",
        "Bake at 450 degrees until brown.",
    ),
)


def told(text: str, *shared: int) -> Turn:
    return Turn("wizard", text, "return_next_step", tuple(BREAD.steps[i] for i in shared))


def likeliest(utterance: str, *history: Turn) -> int:
    prior = load_steps(bundled_folder())
    assert prior is not None
    scores = prior.scores(Situation(utterance, BREAD, tuple(history)))
    assert np.isclose(sum(np.exp(list(scores.values()))), 1)
    return BREAD.steps.index(max(scores, key=scores.__getitem__))


def test_a_feature_for_every_name_and_step() -> None:
    assert features(Situation("next", BREAD)).shape == (5, len(NAMES))


@pytest.mark.parametrize("at", range(4))
def test_steps_come_in_order(at: int) -> None:
    history = [told("Here is the step.", i) for i in range(at)]
    assert likeliest("What's next?", *history) == at


def test_a_step_that_was_told_in_words_counts_as_told() -> None:
    assert (
        likeliest(
            "ok, what next?",
            told("First mix the flour with the water and the yeast."),
            told("Knead the dough for ten minutes."),
        )
        == 2
    )


def test_what_the_cook_has_done_says_where_the_cook_is() -> None:
    before = [told("Here.", i) for i in range(3)]
    assert likeliest("I have shaped the loaf on the board, what now?", *before) == 4


def test_without_steps_there_is_nothing_to_choose() -> None:
    prior = StepPrior(np.zeros(len(NAMES)))
    assert prior.scores(Situation("next", None)) == {}
    assert prior.scores(Situation("next", Recipe("test:x", "X", (), ()))) == {}
