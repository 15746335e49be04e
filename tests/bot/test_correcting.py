"""What is meant by a cook who takes back what was understood."""

import pytest

from bot.actions.correcting import corrected


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("no i meant the ramen", "the ramen"),
        ("Sorry, I meant shakshuka", "shakshuka"),
        ("no the other one", "the other one"),
        ("actually no, the first", "the first"),
        ("no, I meant: can I leave it out overnight?", "can i leave it out overnight?"),
        ("No, sorry, crêpes", "crêpes"),
        ("not that one, something with fish", "something with fish"),
    ],
)
def test_what_follows_is_meant(text: str, meant: str) -> None:
    assert corrected(text) == meant


@pytest.mark.parametrize(
    "text",
    ["no", "no thanks", "no nuts please", "actually no", "no idea", "no salt?", "the first", "what is meant by fold?",
     "I mean it", "sorry, what was that?"],
)  # fmt: skip
def test_what_corrects_nothing(text: str) -> None:
    assert corrected(text) == ""
