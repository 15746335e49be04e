"""How a dish should be, and what the words of a wish are about."""

import pytest

from bot.actions.matching import folded, holds, level, words_of
from bot.actions.mending import mended
from bot.actions.tastes import is_vague, mood_word, ranked, taste_of, uses
from retrieval.recipe import Recipe
from tests.conftest import CURRY, SHAKSHUKA, STEW, FakePantry, ingredient


def test_what_a_message_says_of_how_it_should_be() -> None:
    assert taste_of("too hot to cook, something cold?").moods == ("cold",)
    assert taste_of("something warming, it's freezing outside").moods == ("warm", "warming")
    assert taste_of("something for tonight, no oven").tonight
    assert taste_of("something for tonight, no oven").lacking == ("oven",)
    assert taste_of("i only have eggs and potatoes").only
    assert not taste_of("i have eggs and potatoes").only
    assert taste_of("plain rice please").plain
    assert taste_of("chicken, nothing too spicy").unwanted == ("spicy",)
    assert taste_of("i fancy some soup").moods == ()
    assert taste_of("a fancy soup").moods == ("fancy",)


def test_compared_words_are_vague() -> None:
    assert (mood_word("cheaper"), mood_word("spiciest"), mood_word("fancier")) == ("cheap", "spicy", "fancy")
    assert is_vague("cheaper")
    assert is_vague("easiest")
    assert not is_vague("butter")
    assert not is_vague("pepper")


def test_words_are_compared_without_accents_in_the_singular() -> None:
    assert folded("Crème Brûlée") == "creme brulee"
    assert words_of("some cookies and Jalapeños") == {"cookie", "jalapeno"}


def test_a_kind_of_dish_is_found_under_its_own_name() -> None:
    macarons = Recipe("cookbook:m", "Rose Macarons", (ingredient("1 egg", "egg"),), ("Bake.",), cuisine="French")
    assert level("cookie", macarons)
    assert level("french", macarons)
    assert not level("soup", macarons)


def test_a_phrase_stands_as_it_is_said() -> None:
    assert holds("olive oils", SHAKSHUKA)
    assert not holds("oil olive", SHAKSHUKA)


def test_who_has_only_that_is_offered_what_needs_least_else() -> None:
    wish = taste_of("i only have chickpeas and coconut milk")
    assert ranked((STEW, CURRY), ["chickpea", "coconut", "milk"], wish)[0] is CURRY


def test_what_is_not_there_is_not_needed() -> None:
    pot = Recipe("cookbook:p", "Stew", (), ("Simmer in a Dutch oven.",))
    assert not uses(pot, "oven")
    assert uses(Recipe("cookbook:c", "Cake", (), ("Bake until set.",)), "oven")
    assert ranked((pot, SHAKSHUKA), (), taste_of("without a pan, no oven")) == [pot, SHAKSHUKA]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("somthing with chickpaes", "something with chickpeas"),
        ("shakshouka", "shakshuka"),
        ("simmer the crushed tomatoes", "simmer the crushed tomatoes"),
        ("chickpea wellington", "chickpea wellington"),
        ("what's a roux", "what's a roux"),
    ],
)
def test_slips(typed: str, meant: str) -> None:
    assert mended(typed, FakePantry()) == meant
