"""A cook's word on learning: said in the chat, kept, taken back, and gone when the cook is forgotten."""

import pytest

from bot import consent
from bot.actions.recogniser import recognise
from tests.conftest import Bench


@pytest.mark.parametrize("text", ["You may learn from me", "you can learn from our conversations", "learn from me!"])
def test_yes_is_understood(text: str) -> None:
    wish = recognise(text)
    assert wish is not None
    assert wish.name == "learn_from_me"


@pytest.mark.parametrize(
    "text",
    ["Don't learn from me", "please do not learn from my chats", "stop learning from me", "don't train on my data"],
)  # fmt: skip
def test_no_is_understood(text: str) -> None:
    wish = recognise(text)
    assert wish is not None
    assert wish.name == "learn_not"


@pytest.mark.parametrize("text", ["what can I learn from this recipe?", "can I learn to cook?", "train me to chop"])
def test_other_talk_of_learning_is_no_consent(text: str) -> None:
    wish = recognise(text)
    assert wish is None or not wish.name.startswith("learn")


def test_a_word_wins_over_the_setting_until_it_is_taken_back_or_forgotten(bench: Bench) -> None:
    cook = "terminal:cook"
    assert "from now on" in bench.say("you may learn from me").text
    assert consent.said(bench.store, cook) is True
    assert "left out" in bench.say("don't learn from me").text
    for default in ("asked", "everyone"):
        allowed = consent.rule(bench.store, default)
        assert not allowed(cook)
        assert allowed("terminal:another")
        assert allowed("telegram:7") is (default == "everyone")
    consent.note(bench.store, "telegram:7", True)
    assert consent.rule(bench.store, "asked")("telegram:7")
    bench.store.forget_user(cook)
    assert consent.said(bench.store, cook) is None
    assert consent.said(bench.store, "telegram:7") is True
