"""Decimal commas, where they are decimal."""

import pytest

from bot.platforms.locale import decimal_comma, regular_numbers


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
