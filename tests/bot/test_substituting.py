"""Which rule of substitution a cook's word is about."""

import pytest

from bot.actions.substituting import _match


@pytest.mark.parametrize(
    ("rule", "said", "fits"),
    [
        ("butter", "unsalted butter", True),
        ("butter", "peanut butter", False),
        ("milk", "buttermilk", False),
        ("milk", "coconut milk", False),
        ("egg", "eggs", True),
        ("feta cheese", "feta", True),
        ("all-purpose flour", "flour", True),
        ("cream", "sour cream", False),
        ("raw shrimp", "large raw shrimp", True),
        ("shrimp", "salted fermented shrimp", False),
        ("fermented shrimp", "fermented shrimp", True),
    ],
)
def test_which_food_a_rule_is_about(rule: str, said: str, fits: bool) -> None:
    assert bool(_match(rule, said)) == fits
