"""The linear prior on intents: features, probabilities, and what it does beside the student."""

from pathlib import Path

import numpy as np
import pytest

from model.intents import SIZE, IntentPrior, load_prior, vector
from model.registry import bundled_folder
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS


def test_features_have_unit_length_and_know_the_turn_before() -> None:
    values = vector("What's next?", "return_next_step")
    assert sum(value**2 for value in values.values()) == pytest.approx(1)
    assert all(0 <= index < SIZE for index in values)
    assert values != vector("What's next?", "chitchat")
    assert vector("", "")


def test_scores_are_log_probabilities_times_the_strength() -> None:
    weights = np.zeros((len(USER_INTENTS) + len(WIZARD_INTENTS), SIZE + 1))
    weights[0, -1] = 2.0
    users, wizards = IntentPrior(weights, 1.0).scores("hi", "")
    assert sum(np.exp(list(users.values()))) == pytest.approx(1)
    assert max(users, key=users.__getitem__) == USER_INTENTS[0]
    assert set(np.round(list(wizards.values()), 4)) == {round(-float(np.log(len(WIZARD_INTENTS))), 4)}
    half, _ = IntentPrior(weights, 0.5).scores("hi", "")
    assert half["stop"] == pytest.approx(users["stop"] / 2)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Okay, done. What's next?", "request_next_step"),
        ("How much butter do I need?", "ask_question_ingredients_tools"),
        ("How long should I bake it for?", "ask_question_recipe_steps"),
        ("Thank you so much, bye!", "stop"),
    ],
)
def test_the_bundled_prior_knows_plain_cases(text: str, intent: str) -> None:
    prior = load_prior(bundled_folder())
    assert prior is not None
    users, _ = prior.scores(text, "return_next_step")
    assert max(users, key=users.__getitem__) == intent


def test_a_student_without_a_prior_has_none(tmp_path: Path) -> None:
    assert load_prior(tmp_path) is None
