"""What the card says of the whole dish."""

from dataclasses import replace

import pytest

from bot.settings import Settings
from bot.store import Store
from retrieval.recipe import Recipe
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock

CUPCAKES = recipe_of(
    "Test Cupcakes",
    ("1 cup flour", "1 jalapeño, chopped", "2 eggs"),
    ("Mix the flour and the eggs.", "Bake for 20 minutes.", "Eat."),
    servings=6,
    recipe_yield="12 cupcakes",
    difficulty="easy",
    total_s=9000,
    prep_s=1800,
    cook_s=1200,
    tags=("spicy",),
)


def _bench(settings: Settings, store: Store, clock: Clock, recipe: Recipe) -> Bench:
    return cooking_from((settings, store, clock), recipe)


@pytest.fixture
def cupcakes(settings: Settings, store: Store, clock: Clock) -> Bench:
    return _bench(settings, store, clock, CUPCAKES)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("how long does that take in all?", "takes 2 hours 30 minutes in all"),
        ("how long in all", "takes 2 hours 30 minutes in all"),
        ("how long till dinner", "takes 2 hours 30 minutes in all"),
        ("is it hard?", "rated easy"),
        ("how difficult is it", "rated easy"),
        ("is it enough for 4?", "Yes: Test Cupcakes serves 6"),
        ("will it be enough for 8 people?", 'Say "make it for 8"'),
        ("is it for how many?", "serves 6"),
        ("how much does it make", "makes 12 cupcakes, for 6."),
        ("how many cupcakes is it?", "makes 12 cupcakes, for 6."),
        ("how many eggs are there?", "2 eggs."),
        ("how spicy is it", "marked spicy. What is hot in it: 1 jalapeño, chopped."),
        ("how many timers are running", "No timer is running."),
        ("when will it be ready if i start now", "2 hours 30 minutes from now"),
        ("when is it ready if i start at 2 pm?", "At 4:30 pm:"),
        ("when do i have to start if i want to eat at 7", "Start 2 hours 30 minutes before you want to eat, at 4:30:"),
        ("when do i have to start if i want to eat sunday", "Start 2 hours 30 minutes before you want to eat:"),
        ("when should i start to eat at 1 am", "at 10:30 pm the day before"),
        ("what time should i start for dinner at 8", "at 5:30:"),
        ("when do i need to start so that we can eat at 6:30 pm", "at 4:00 pm:"),
        ("are they gluten free?", "No, it is not gluten-free"),
        ("is it ok for my egg allergic kid", "Not as it is: Test Cupcakes has eggs"),
    ],
)
def test_the_card_answers(cupcakes: Bench, said: str, told: str) -> None:
    cupcakes.say("step 3")
    assert told in cupcakes.say(said).text
    assert cupcakes.session.step == 3


def test_a_time_of_something_in_the_recipe_is_not_the_whole(cupcakes: Bench) -> None:
    assert "in all" not in cupcakes.say("how long in all for the eggs?").text


def test_what_the_card_does_not_say(settings: Settings, store: Store, clock: Clock) -> None:
    bench = _bench(settings, store, clock, replace(CUPCAKES, servings=None, recipe_yield="", difficulty=""))
    assert bench.say("how many does it make").text == "The recipe does not say how many it makes."
    assert bench.say("how many does it serve").text == "The recipe does not say how many it makes."
    assert "rated" not in bench.say("is it hard?").text


def test_pieces_that_the_page_may_count_elsewhere(settings: Settings, store: Store, clock: Clock) -> None:
    muffins = replace(CUPCAKES, servings=None, recipe_yield="", steps=("Fill a 12-cup muffin tin.",))
    bench = _bench(settings, store, clock, muffins)
    assert bench.say("how many cupcakes is it?").text == "Fill a 12-cup muffin tin."


def test_the_step_before_is_told_without_going_there(cupcakes: Bench) -> None:
    cupcakes.say("step 3")
    assert cupcakes.say("what did i do before that").text == "Before that came step 2: Bake for 20 minutes."
    assert cupcakes.session.step == 3


def test_some_of_the_ingredients(cupcakes: Bench) -> None:
    assert cupcakes.say("how many ingredients are there?").text == "Test Cupcakes has 3 ingredients."
    assert cupcakes.say("the first two ingredients?").shared == ("1 cup flour", "1 jalapeño, chopped")
    assert cupcakes.say("how many ingredients are left?").text == "1 of 3 ingredients are left."
    assert cupcakes.say("what are the next 2 ingredients?").shared == ("2 eggs",)
    assert "whole list" in cupcakes.say("next 2 ingredients").text
    assert cupcakes.say("what are the last 2 ingredients?").shared == ("1 jalapeño, chopped", "2 eggs")


def test_what_a_note_says_of_doubling(settings: Settings, store: Store, clock: Clock) -> None:
    noted = replace(CUPCAKES, tips=("Double the batch with one egg less. Eat fast.", "Double the salt for pretzels."))
    bench = _bench(settings, store, clock, noted)
    assert bench.say("i want to double it").text.endswith(" Double the batch with one egg less.")
    assert "egg less" not in bench.say("make it for 9").text
