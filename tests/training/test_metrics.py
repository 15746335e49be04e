"""Measures, each against a value worked out by hand."""

import pytest

from training.metrics import Reference, accuracy, items_f1, macro_f1, measure, next_step_rate, rouge_l, token_f1


def test_accuracy_and_macro_f1() -> None:
    assert accuracy(["a", "b", "b"], ["a", "b", "a"]) == pytest.approx(2 / 3)
    # a: P 1/2, R 1 → 2/3; b: P 1, R 1/2 → 2/3
    assert macro_f1(["a", "b", "b"], ["a", "b", "a"]) == pytest.approx(2 / 3)


def test_items_are_equal_up_to_case_accents_and_markup() -> None:
    scores = items_f1([["1 cup Milk", "2 eggs"], []], [["1 cup milk."], ["salt"]])
    assert scores == pytest.approx({"precision": 1 / 2, "recall": 1 / 2, "f1": 1 / 2})


def test_next_step_counts_only_turns_that_share_a_step() -> None:
    references = [
        Reference("request_next_step", "return_next_step", ("Boil.",), "", ("Boil.",)),
        Reference("request_next_step", "return_next_step", ("Fry.",), "", ("Fry.",)),
        Reference("request_next_step", "return_next_step", (), ""),
        Reference("stop", "chitchat", ("Boil.",), "", ("Boil.",)),
    ]
    assert next_step_rate(references, [["boil"], ["Boil."], [], []]) == (0.5, 2)


def test_rouge_l_of_a_known_pair() -> None:
    # longest common subsequence "the cat the mat" of 4 words in 6 and 5
    assert rouge_l(["the cat sat on the mat"], ["the cat likes the mat"]) == pytest.approx(
        2 * (4 / 5) * (4 / 6) / (4 / 5 + 4 / 6)
    )


def test_words_are_compared_without_articles_case_and_order() -> None:
    # {about, 1/2, hour} and {1/2, hour, please}: 2 in common of 3 and 3
    assert token_f1(["about 1/2 an hour"], ["The 1/2 Hour, please!"]) == pytest.approx(2 / 3)


def test_a_perfect_reply_scores_one() -> None:
    reference = Reference("request_next_step", "return_next_step", ("Boil it.",), "Now boil it.", ("Boil it.",))
    reply = {
        "user_intent": "request_next_step",
        "intent": "return_next_step",
        "shared": ["Boil it."],
        "text": "Now boil it.",
    }
    result = measure([reference], [reply])
    for key in ("user_intent_accuracy", "intent_accuracy", "shared_f1", "next_step_rate", "rouge_l"):
        assert result[key] == pytest.approx(1)
    assert result["unsupported"] == 0
