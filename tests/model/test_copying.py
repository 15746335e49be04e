"""Numerals come from the page, and quotations become likelier."""

import numpy as np
import pytest

from model.copying import CopyBias, NumeralMask, PageMask
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


def bias(said: str, strength: float = 0.5) -> np.ndarray:
    logits = np.zeros(TOKENIZER.size)
    source = "Whisk the eggs with sugar. Fold in the flour gently."
    CopyBias(TOKENIZER, [source], strength).apply(logits, TOKENIZER.encode(said))
    return logits


def first(text: str) -> int:
    return TOKENIZER.encode(text)[0]


def test_longer_quotations_weigh_more() -> None:
    assert bias("Whisk the eggs with")[first("sugar")] == pytest.approx(2.0)
    assert bias("then whisk the")[first("eggs")] >= 1.0
    assert bias("Whisk the eggs with")[first("flour")] == 0


def test_a_sentence_begins_as_the_source_does_until_something_is_said() -> None:
    for said in ("", "Now, you will", "Good. Next,"):
        assert bias(said)[first("whisk")] == bias(said)[first("fold")] == pytest.approx(1.0)
    assert bias("Now whisk eggs")[first("fold")] == 0


def test_a_strength_of_zero_changes_nothing() -> None:
    assert not bias("Whisk the", 0.0).any()


def test_only_words_of_the_sources_and_glue_are_said() -> None:
    logits = np.zeros(TOKENIZER.size)
    PageMask(TOKENIZER, ["Whisk the eggs."]).apply(logits)
    for text in ("Now", "you", "the", "whisk", "Whisk", "eggs"):
        assert all(np.isfinite(logits[token]) for token in TOKENIZER.encode(text)), text
    assert not np.isfinite(logits[first("flour")])
    assert np.isfinite(logits[TOKENIZER.eos])
