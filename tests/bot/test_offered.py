"""Talk before a recipe is open: wishes in any words, and what is said to an offer."""

from dataclasses import dataclass

import pytest

from bot.actions.wish_talk import SHORT_S, wish_in
from bot.messages import Reply
from retrieval.recipe import Recipe
from tests.conftest import CURRY, SHAKSHUKA, STEW, Bench


@pytest.mark.parametrize(
    ("text", "query", "limits"),
    [
        ("I fancy something with chicken but not too long, under an hour", "chicken", {"max_total_s": 3600.0}),
        ("I've got half a cabbage to use up", "cabbage", {}),
        ("I'd like to make something with the leftover rice I have", "rice", {}),
        ("I have chicken thighs, soy sauce and honey", "chicken thighs, soy sauce and honey", {}),
        ("something with chicken or turkey", "chicken or turkey", {"any_of": True}),
        ("not chicken again, something else with rice", "rice", {"without": ["chicken"]}),
        ("what about ramen?", "ramen", {}),
        ("I was thinking of making ramen", "ramen", {}),
        ("a dessert that isn't too sweet", "dessert", {}),
        ("something sweet please", "dessert", {}),
        ("fish, but I don't have much time", "fish", {"max_total_s": SHORT_S}),
        ("three-cup chicken", "three-cup chicken", {}),
        ("something with lentils that isn't too long", "lentils", {"max_total_s": SHORT_S}),
    ],
)
def test_a_wish_in_any_words(text: str, query: str, limits: dict[str, object]) -> None:
    wish = wish_in(text)
    assert wish is not None
    assert wish.name == "choose"
    assert wish.args["query"] == query
    assert limits.items() <= wish.args.items()


@pytest.mark.parametrize(
    "text",
    ["dinner for four, nothing too fancy", "something my kids would like", "what should I cook for my girlfriend?"],
)
def test_a_wish_for_nothing_in_particular(text: str) -> None:
    wish = wish_in(text)
    assert wish is not None
    assert wish.name == "suggest"


@pytest.mark.parametrize(
    "text",
    [
        "how long do eggs keep?",
        "I have only salted butter, is that a problem?",
        "why is my cake dry?",
        "what is a roux?",
        "can I freeze bread dough?",
        "is chicken pink inside ok?",
        "do I need to soak beans?",
        "what can I use instead of buttermilk?",
        "I burnt the rice",
        "set a timer for 5 minutes",
        "nice weather",
        "and ricotta salata?",
    ],
)
def test_what_is_no_wish(text: str) -> None:
    assert wish_in(text) is None


OFFER = (SHAKSHUKA, CURRY, STEW)


@dataclass(frozen=True)
class Offered:
    """A bench where three recipes were offered, and these in order."""

    bench: Bench
    places: tuple[Recipe, ...]

    def say(self, text: str) -> Reply:
        return self.bench.say(text)


@pytest.fixture
def offered(bench: Bench) -> Offered:
    said = bench.say("what can I cook?")
    assert said.action == "suggest"
    return Offered(bench, tuple(sorted(OFFER, key=lambda recipe: said.text.index(f". {recipe.title}"))))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("ok let's do the first", 1),
        ("hmm the second, please", 2),
        ("the last one sounds good", 3),
        ("I'll go with number two", 2),
        ("can we do the third one?", 3),
        ("not the first one, the second", 2),
        ("option 3 it is", 3),
        ("let's take the middle one", 2),
    ],
)
def test_taking_one(offered: Offered, text: str, place: int) -> None:
    reply = offered.say(text)
    assert (reply.action, reply.text.startswith(f"{offered.places[place - 1].title}:")) == ("pick", True), reply.text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("what's in the second one?", 2),
        ("tell me more about the third", 3),
        ("how long does the first one take?", 1),
        ("is the last one spicy?", 3),
    ],
)
def test_asking_about_one_and_taking_it(offered: Offered, text: str, place: int) -> None:
    recipe = offered.places[place - 1]
    told = offered.say(text)
    assert told.action == "tell"
    assert told.text.startswith(recipe.title)
    assert (recipe.ingredients[0].item or recipe.ingredients[0].text) in told.text
    assert offered.say("ok let's make that one").text.startswith(f"{recipe.title}:")


def test_no_after_one_was_told_of_leaves_the_others(offered: Offered) -> None:
    offered.say("tell me more about the third")
    assert offered.say("no").text == "All right. Which one, then?"
    assert offered.say("the first").text.startswith(f"{offered.places[0].title}:")


def test_comparing(offered: Offered) -> None:
    quickest = min(OFFER, key=lambda recipe: recipe.total_s or 1e9)
    assert offered.say("which one is the quickest?").text.startswith(f"The quickest is {quickest.title}")
    assert offered.say("yes").text.startswith(f"{quickest.title}:")


def test_what_is_in_it_tells_them_apart(offered: Offered) -> None:
    assert offered.say("the one with eggs").text.startswith(f"{SHAKSHUKA.title}:")


def test_diets_are_compared(offered: Offered) -> None:
    assert "vegan" in offered.say("are any of them vegan?").text


def test_all_are_described(offered: Offered) -> None:
    told = offered.say("tell me about them")
    assert told.action == "tell"
    assert all(recipe.title in told.text for recipe in OFFER)


def test_one_that_fits_may_be_started_at_once(bench: Bench) -> None:
    assert "I have one that fits" in bench.say("something with eggs please").text
    assert bench.say("start").text.startswith(f"{SHAKSHUKA.title}:")


def test_other_talk_is_left_alone(offered: Offered) -> None:
    assert offered.say("set a timer for 2 minutes").action == "timer_set"
    assert offered.say("what else?").action == "more_options"
