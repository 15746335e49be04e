"""Decimal commas, where they are decimal."""

import pytest

from bot.platforms.beginning import begin
from bot.platforms.locale import decimal_comma, regular_numbers, units
from tests.conftest import Bench


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("sv", "how many ml is 1,5 dl?", "how many ml is 1.5 dl?"),
        ("de", "0,125 l milk and 2,25 kg", "0.125 l milk and 2.25 kg"),
        ("pt-BR", "set a timer for 2,5 hours", "set a timer for 2.5 hours"),
        ("de", "1,000 g of flour, 5 eggs", "1,000 g of flour, 5 eggs"),
        ("de", "steps 2, 3 and 4", "steps 2, 3 and 4"),
        ("de", "1,5,7", "1,5,7"),
        ("en", "1,5 dl", "1,5 dl"),
        ("de-CH", "1,5 dl", "1,5 dl"),
        ("", "1,5 dl", "1,5 dl"),
    ],
)
def test_numbers(language: str, text: str, expected: str) -> None:
    assert regular_numbers(text, language) == expected


def test_languages() -> None:
    assert decimal_comma("fr_FR")
    assert not decimal_comma("es-MX")


@pytest.mark.parametrize(
    ("language", "chosen", "default", "expected"),
    [
        ("en-US", "", "recipe", "us"),
        ("es_US", "", "recipe", "us"),
        ("en-GB", "", "recipe", "metric"),
        ("sv", "", "recipe", "metric"),
        ("zh-Hans-CN", "", "recipe", "metric"),
        ("en", "", "recipe", ""),
        ("", "", "recipe", ""),
        ("en-US", "metric", "recipe", "metric"),
        ("sv", "recipe", "recipe", "recipe"),
        ("sv", "", "us", ""),
    ],
)
def test_units(language: str, chosen: str, default: str, expected: str) -> None:
    assert units(language, chosen, default) == expected


def test_only_a_conversation_that_has_not_begun_gets_units(bench: Bench) -> None:
    begin(bench.store, "terminal:kitchen", "metric")  # there is none yet
    chat = bench.store.chat("terminal:kitchen", "terminal", "terminal:cook")
    begin(bench.store, chat.key, "")
    assert bench.store.chat(chat.key, "terminal", "terminal:cook").state == {}
    begin(bench.store, chat.key, "metric")
    assert bench.assistant.session(chat.key).units == "metric"
    bench.say("use us units")
    begin(bench.store, chat.key, "metric")
    assert bench.assistant.session(chat.key).units == "us"
