"""Words as they are typed."""

import pytest

from bot.words import completed, regular


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("out of eggs, got flax", "i'm out of eggs, got flax"),
        ("Fresh out of milk", "i'm out of milk"),
        ("ran out of butter", "i'm out of butter"),
        ("oh no, out of flour", "oh no, i'm out of flour"),
        ("out of the oven", "out of the oven"),
        ("out of time", "out of time"),
        ("out of how many steps?", "out of how many steps?"),
        ("take it out of the pan", "take it out of the pan"),
        ("i'm out of eggs", "i'm out of eggs"),
    ],
)
def test_a_subject_that_was_left_out(typed: str, meant: str) -> None:
    assert regular(typed) == meant
    assert completed(typed).lower() == meant
