"""Numerals come from the page, and quotations become likelier."""

import numpy as np
import pytest

from model.copying import CopyBias, NumeralMask
from model.engines.local import load_tokenizer
from model.registry import bundled_folder

TOKENIZER = load_tokenizer(bundled_folder())


def allowed(mask: NumeralMask, said: str) -> set[str]:
    for character in said:
        mask.push(TOKENIZER.digit(int(character)) if character.isdigit() else 700)
    logits = np.zeros(TOKENIZER.size)
    mask.apply(logits)
    out = {str(d) for d in range(10) if np.isfinite(logits[TOKENIZER.digit(d)])}
    return out | ({"word"} if np.isfinite(logits[700]) else set())


@pytest.mark.parametrize(
    ("said", "next_"),
    [
        ("", {"3", "1", "word"}),
        ("3", {"5", "7"}),
        ("35", {"0"}),
        ("350", {"word"}),
        ("1", {"0", "word"}),
        ("x", {"3", "1", "word"}),
        ("10", {"word"}),
    ],
)
def test_only_numerals_of_the_page_can_be_spelled(said: str, next_: set[str]) -> None:
    page = TOKENIZER.encode("Bake at 350 or 375 for 1 hour and 10 minutes.")
    assert allowed(NumeralMask(TOKENIZER, page), said) == next_


def test_without_numerals_on_the_page_no_digit_is_said() -> None:
    assert allowed(NumeralMask(TOKENIZER, TOKENIZER.encode("Stir well.")), "") == {"word"}


def test_longer_quotations_weigh_more() -> None:
    bias = CopyBias([[1, 2, 3, 4], [9, 3, 7]], strength=0.5)
    logits = np.zeros(12)
    bias.apply(logits, [1, 2, 3])
    assert logits[4] == pytest.approx(1.5)  # after 1 2 3
    assert logits[7] == pytest.approx(0.5)  # after 3
    assert logits.sum() == pytest.approx(2.0)


def test_a_strength_of_zero_changes_nothing() -> None:
    logits = np.zeros(5)
    CopyBias([[1, 2, 3]], 0.0).apply(logits, [1, 2])
    assert not logits.any()
