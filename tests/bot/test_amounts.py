"""How much of something: at a place, of a share, in a unit, and what was just told in another unit."""

import pytest

from bot.settings import Settings
from bot.store import Store
from retrieval.recipe import KnowledgeEntry
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock

TART = recipe_of(
    "Test Plum Tart",
    (
        "Filling:",
        "2 lb carrots, peeled",
        "Neutral-flavored oil for frying",
        "1 cup oil-cured black olives",
        "1/2 cup (100 g) sugar, divided",
        "1 1/2 tablespoons molasses",
        "1 cup orange juice",
        "6 large garlic cloves",
        "2 tablespoons butter, for the skillet",
        "3 tablespoons butter, for the crust",
        "1 teaspoon cinnamon",
    ),
    (
        "Grate the carrots. You should have about 7 cups, loosely packed. Stir in 1/4 cup of the sugar.",
        "Pour 3 to 4 in of oil into a deep pot. Add 2 crushed garlic cloves and the molasses.",
        "Put 2 tablespoons of filling on each round. Reserve a cup of the caramel.",
        "Melt the butter in a skillet. Bake at 425°F (220°C) and scatter over the remaining sugar.",
    ),
    servings=4,
)


@pytest.fixture
def tart(settings: Settings, store: Store, clock: Clock) -> Bench:
    bench = cooking_from((settings, store, clock), TART)
    bench.say("next")
    return bench


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("how much oil?", "Step 2: Pour 3 to 4 in of oil into a deep pot."),
        ("how much oil in the pot?", "Step 2: Pour 3 to 4 in of oil into a deep pot."),
        ("how many cups of carrot", "You should have about 7 cups, loosely packed."),
        ("how many cups of carrots", "You should have about 7 cups, loosely packed."),
        ("how much filling in each?", "Step 3: Put 2 tablespoons of filling on each round."),
        ("how much of the caramel do i keep back?", "Step 3: Reserve a cup of the caramel."),
        ("how much sugar is left?", "Step 4: the remaining sugar, that is 1/4 cup."),
        ("how much butter in the skillet", "2 tablespoons butter, for the skillet."),
        ("how much butter for the crust", "3 tablespoons butter, for the crust."),
        ("how much cinnamon on the crust?", "In all: 1 teaspoon cinnamon."),
        ("how much molases?", "1 1/2 tablespoons molasses."),
        ("how much oj?", "1 cup orange juice."),
        ("how much cinnamon in grams?", "1 teaspoon cinnamon."),
        ("is there enough cinnamon in it?", "1 teaspoon cinnamon."),
        ("how much cinnamon and molasses?", "1 teaspoon cinnamon and 1 1/2 tablespoons molasses."),
        (
            "how much cinnamon, molasses and oj",
            "1 teaspoon cinnamon, 1 1/2 tablespoons molasses and 1 cup orange juice.",
        ),
        ("how much cinnamon n yogurt do i need", "1 teaspoon cinnamon. I find no yogurt in the list."),
        ("how much cinnamon and stuff", "1 teaspoon cinnamon."),
        ("how much cinnamon and filling", "1 teaspoon cinnamon. Step 3: Put 2 tablespoons of filling on each round."),
    ],
)
def test_amounts_at_a_place(tart: Bench, said: str, told: str) -> None:
    assert tart.say(said).text == told
    assert tart.session.step == 1


def test_the_steps_own_words_are_kept_whole(tart: Bench) -> None:
    tart.say("next")
    assert tart.say("how much garlic").text == "In this step 2 crushed garlic cloves. In all: 6 large garlic cloves."


def test_neither_a_heading_nor_another_food_is_the_ingredient(tart: Bench) -> None:
    assert "Filling:" not in tart.say("how much filling?").text
    assert "butter" not in tart.say("how much batter?").text
    assert "olives" not in tart.say("how much oil?").text


def test_a_name_behind_its_adjectives_is_found(settings: Settings, store: Store, clock: Clock) -> None:
    lines = ("1 lb boneless, skinless chicken thighs", "1 large egg white")
    bench = cooking_from(
        (settings, store, clock), recipe_of("Test Tinga", lines, ("Poach the chicken.", "Add all the whites."))
    )
    assert bench.say("when does the egg white go in?").text == "In step 2. Add all the whites."
    assert bench.say("when does the chicken go in?").text == "In step 1. Poach the chicken."


def test_what_was_told_in_another_unit(tart: Bench) -> None:
    assert "Step 4" in tart.say("how hot is the oven?").text
    assert tart.say("in celcius?").text == "425°F is 220°C."
    assert tart.say("what's that in fahrenheit").text == "220°C is 425°F."
    tart.say("how much sugar in total?")
    assert tart.say("how many grams is that").text == "1/2 cup is 100 g."
    tart.say("how much molasses?")
    assert tart.say("in grams?").text == "1 1/2 tablespoons of molasses is about 31 grams."
    tart.say("how much cinnamon?")
    assert "do not know how heavy cinnamon is" in tart.say("in grams").text
    assert tart.session.units == "recipe"
    tart.say("thanks")
    tart.say("step 2")


def test_with_nothing_told_units_are_changed(bench: Bench) -> None:
    assert "metric units" in bench.say("in grams please").text


def test_figures_are_rounded_as_scales_show_them(bench: Bench) -> None:
    assert bench.say("how many kilograms is 2 pounds").text == "2 pounds is about 0.91 kilograms."
    assert bench.say("2 pounds in grams").text == "2 pounds is about 907 grams."


SALTED = recipe_of(
    "Test Salsa Eggs",
    ("1 teaspoon fine salt", "1/4 cup olive oil", "3 1/2 lb (1.6 kg) tart apples", "1 cup milk", "4 eggs"),
    (
        "Blend with 3/4 teaspoon of the salt and half of the oil.",
        "Heat the milk to 145°F (63°C).",
        "Fry in the remaining oil with the rest of the salt.",
        "Bake the apples at 400 degrees.",
    ),
    servings=4,
)
APPLES = KnowledgeEntry(
    "conv-apples", "conversion", "Apples to cups and pounds",
    "A medium apple weighs 6 ounces. Keep them cool. A pound is 2 to 3 apples.", (), ("apple",), "Test",
)  # fmt: skip
STARCH = KnowledgeEntry(
    "conv-starch", "conversion", "Corn and apple starch", "Apple starch: 4 ounces a cup.", (), ("apple",), "Test"
)


@pytest.fixture
def salted(settings: Settings, store: Store, clock: Clock) -> Bench:
    return cooking_from((settings, store, clock), SALTED, (STARCH, APPLES))


def test_what_other_steps_take_past_and_to_come(salted: Bench) -> None:
    salted.say("step 2")
    assert salted.say("how much salt now").text == (
        "Not in this step. In step 1: 3/4 teaspoon of the salt. In step 3: the rest of the salt, that is 1/4 teaspoon. "
        "In all: 1 teaspoon fine salt."
    )
    told = salted.say("how much of the oil goes in now").text
    assert "In step 1: half of the oil, that is 2 tablespoons. In step 3: the remaining oil, that is 2 table" in told
    assert salted.say("how many apples now").text.startswith("3 1/2 lb")


def test_a_number_of_pieces_of_what_is_weighed(salted: Bench) -> None:
    told = "3 1/2 lb (1.6 kg) tart apples. A medium apple weighs 6 ounces. A pound is 2 to 3 apples."
    assert salted.say("how many apples is that roughly").text == told
    assert salted.say("how much apple").text == "3 1/2 lb (1.6 kg) tart apples."
    assert salted.say("how many eggs").text == "4 eggs."


def test_the_scale_of_the_temperature_at_hand(salted: Bench) -> None:
    salted.say("step 2")
    for said in ("145 what, celsius?", "is that celsius", "is it in c or f?"):
        assert salted.say(said).text == "145°F is 63°C."
    salted.say("step 4")
    assert salted.say("celsius?").text == "400 degrees is 200°C."
    assert salted.session.units == "recipe"
    salted.say("switch to celsius")
    assert salted.say("is that celsius?").text == "That is 200°C already."


def test_scaled_back(salted: Bench) -> None:
    for back in ("back to 4 sorry", "sorry, 4 after all", "original amount please"):
        assert salted.say("make it for 1").shared[0] == "1/4 teaspoon fine salt"
        told = salted.say(back)
        assert (told.text, told.shared[0], salted.session.servings) == ("Now for 4.", "1 teaspoon fine salt", 0)
    salted.say("back to 3")
    assert salted.session.step == 3, "where nothing was scaled it is a step"
