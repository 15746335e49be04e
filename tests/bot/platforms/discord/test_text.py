"""Inert text, lengths and cuts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord.text import inert, length, shortened, split


@pytest.mark.parametrize(
    "nasty",
    ["@everyone", "@here", "<@123>", "<@&5>", "<#9>", "**bold**", "__u__", "~~s~~", "||spoiler||", "`code`",
     "```\nblock\n```", "[text](https://evil.example)", "<https://x.example>", "# heading", "> quote", "- list",
     "-# small", "<:smile:1>", "<t:0:R>", "</cook:1>"],
)  # fmt: skip
def test_markup_and_mentions_are_inert(nasty: str) -> None:
    text = inert(f"{nasty}\n{nasty}")
    assert "@everyone" not in text
    assert "@here" not in text
    assert not re.search(r"(?<!\\)[*_~`|<\[]", text)
    assert not re.search(r"^\s*[#>+-]", text, re.MULTILINE)
    assert "://" not in text


def test_plain_words_stay_as_they_are() -> None:
    plain = "Cook 1/2 cup nut-free oats at 350°F (175°C), 8 to 10 minutes: done!"
    assert inert(plain) == plain


@given(st.text(alphabet=st.sampled_from("ab .!?,\n\\*😀"), max_size=400), st.integers(10, 60))
def test_split_keeps_every_word_and_every_limit(text: str, most: int) -> None:
    parts = split(text, most)
    assert all(0 < length(part) <= most for part in parts)
    assert re.sub(r"\s", "", "".join(parts)) == re.sub(r"\s", "", text)


def test_split_cuts_at_the_end_of_a_sentence() -> None:
    parts = split("First one. " * 30 + "And an end", 100)
    assert all(part.endswith("First one.") for part in parts[:-1])


def test_split_does_not_part_a_backslash_from_what_it_escapes() -> None:
    for size in range(10, 30):
        for part in split(inert("*" * 40), size):
            assert not (len(part) - len(part.rstrip("\\"))) % 2


def test_an_emoji_counts_as_two() -> None:
    assert length("a😀") == 3
    assert length(shortened("😀" * 50, 21)) <= 21
