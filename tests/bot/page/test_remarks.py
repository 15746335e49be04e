"""What means "done, what is next?", and what leaves a cook where they are."""

import pytest

from bot.page.remarks import goes_on, stuck

STEP = "Fold just until the flour disappears, with only small lumps left. Simmer for 5 minutes."


@pytest.mark.parametrize(
    "said",
    [
        "what should I do once they are soft?",
        "and then?",
        "I've folded it in",
        "ok they are on some skewers",
        "the flour is in and it's simmering now",
        "No problem. We can continue.",
        "all done",
        "vinegar and hot sauce added.",
        "what is the first step?",
    ],
)
def test_what_goes_on(said: str) -> None:
    assert goes_on(said, STEP)


@pytest.mark.parametrize(
    "said",
    [
        "covered?",
        "is it supposed to look like that",
        "there are still lumps in it",
        "mine is really runny",
        "I spilled some",
        "my kid wants to help",
        "it smells great",
        "the oven is beeping",
        "some of them are open already",
        "no, I meant jammy",
        "I only got 4 cups, what now?",
        "it hasn't doubled after an hour",
    ],
)
def test_what_does_not(said: str) -> None:
    assert not goes_on(said, STEP)


def test_what_now_asks_for_help_where_something_is_amiss() -> None:
    assert stuck("I only got 4 cups, what now?")
    assert stuck("my custard has split, help")
    assert not stuck("ok, what now?")
    assert not stuck("help")
    assert not stuck("thanks for the help! what now?")
