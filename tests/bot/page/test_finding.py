"""The sentence that answers, or none."""

from dataclasses import replace

import pytest

from bot.page.finding import find
from bot.page.question import read
from retrieval.recipe import Ingredient, Recipe

SAID = [
    (2, "what size cubes?", "Cut the turnips into 1-inch cubes."),
    (2, "why do I soak them?", "Soak them in cold water for 30 minutes so that they do not turn brown."),
    (3, "how often do I stir?", "stirring now and then"),
    (3, "what heat?", "Melt 2 tablespoons of the butter over medium heat."),
    (4, "what temperature was the oven?", "Heat the oven to 400°F."),
    (4, "how long do the turnips soak?", "Soak them in cold water for 30 minutes"),
    (4, "how hot should it be?", "Off the heat, stir in the cream"),
    (2, "what kind of water?", "cold water"),
    (5, "how do I know it's done?", "Bake for 25 minutes, until golden."),
    (5, "should it be golden?", "Bake for 25 minutes, until golden."),
    (0, "do I need a special dish?", "Butter a 2-quart dish"),
    (3, "do I need a lid?", "Tools: 2-quart dish, skillet with a lid."),
    (4, "can I add feta?", "Crumbled feta on top is good too."),
    (4, "what if the cream splits?", "The cream splits: the heat was too high."),
    (5, "the cream split", "The cream splits: the heat was too high."),
    (3, "how do I cut the turnips?", "Cut the turnips into 1-inch cubes."),
    (5, "how long does it bake and is it golden?", "Bake for 25 minutes, until golden."),
    (2, "how long does it keep?", "Keeps 3 days in the fridge."),
    (6, "what do I serve it with?", "serve with bread"),
    (4, "how much cheese goes in now?", "half of the Gruyère"),
    (4, "how much cream?", "3/4 cup cream"),
    (4, "does the recipe include cream?", "3/4 cup cream"),
    (5, "does it contain any cheese?", "5 oz Gruyère, grated"),
]


@pytest.mark.parametrize(("step", "asked", "answer"), SAID)
def test_the_sentence_that_holds_it_and_is_about_it(gratin: Recipe, step: int, asked: str, answer: str) -> None:
    found = find(read(asked), gratin, step)
    assert found is not None
    assert answer in found.text
    assert found.item == "" or found.item in gratin.items


@pytest.mark.parametrize(
    ("step", "asked"),
    [
        (4, "how long do I boil the rice?"),  # no rice
        (4, "why do I add the cream?"),  # it gives no reason for that
        (3, "why fry them?"),
        (4, "what size?"),  # not in this step
        (5, "can I do this on a grill?"),
        (3, "can I use a blender?"),
        (3, "is this spicy?"),
        (3, "what if it burns?"),
        (3, "which spices are those?"),
        (3, "what does sweat mean?"),
        (2, "can I bake them?"),  # not these, not now
        (4, "I don't have any cream"),
        (6, "what do I drink with it?"),
        (2, "can I freeze it?"),
        (3, "is it fun?"),
        (3, "what's next?"),
    ],
)
def test_what_the_recipe_does_not_say_is_not_found(gratin: Recipe, step: int, asked: str) -> None:
    assert find(read(asked), gratin, step) is None


def test_what_becomes_of_a_thing_is_told_from_here_on(gratin: Recipe) -> None:
    found = find(read("what do I do with the leftover juice?"), gratin, 3)
    assert found is not None
    assert "keep the leftover juice" in found.text
    assert "Step 6: Pour the leftover juice around it" in found.text


def test_another_step_is_named(gratin: Recipe) -> None:
    found = find(read("how long do the turnips soak?"), gratin, 4)
    assert found is not None
    assert found.told(4).startswith("Step 2: Soak them")
    assert found.told(2).startswith("Soak them")


@pytest.mark.parametrize(
    ("step", "asked", "answer"),
    [
        (2, "how much should I mash?", "Mash until most of them pop."),
        (3, "lid on or off now?", "Cook, uncovered, until thick, about 15 minutes more."),
        (3, "how much longer does it cook?", "Cook, uncovered, until thick, about 15 minutes more."),
        (3, "how much juice goes in?", "Add 2 tablespoons of the reserved juice."),
        (4, "do I serve it cold?", "Serve hot or at room temperature."),
        (3, "what temperature?", "Heat the oven to 350F."),
    ],
)
def test_what_a_cook_asks_in_other_words_than_the_page(step: int, asked: str, answer: str) -> None:
    sauce = Recipe(
        "test:sauce",
        "Test Sauce",
        (Ingredient("3 cups berries", item="berries"), Ingredient("1 cup wine", item="wine")),
        (
            "Heat the oven to 350F. Cover the berries and wine and simmer for 15 minutes.",
            "Mash until most of them pop.",
            "Cook, uncovered, until thick, about 15 minutes more. Add 2 tablespoons of the reserved juice.",
            "Serve hot or at room temperature.",
        ),
    )
    found = find(read(asked), sauce, step)
    assert found is not None
    assert answer in found.text


@pytest.mark.parametrize(
    "asked",
    ["how do I know when it's done?", "what internal temperature should it reach?", "how can I tell it's cooked?"],
)
def test_doneness_is_told_before_its_step(asked: str) -> None:
    steps = (
        "Heat the oven to 425°F.",
        "Season the fillets.",
        "Roast for 12 minutes. It should flake and read 145°F.",
        "Eat.",
    )
    found = find(read(asked), Recipe("test:fish", "Test Fish", (), steps), 2)
    assert found is not None
    assert found.told(2) == "Step 3: It should flake and read 145°F."


@pytest.mark.parametrize("asked", ["what is the juice going to be used for?", "why do I reserve the juice?"])
def test_what_is_kept_is_used_later(asked: str) -> None:
    steps = ("Peel the fruit; reserve the juice.", "Keep 12 juicy pieces.", "Whisk the eggs and half of the juice.")
    found = find(read(asked), Recipe("test:fruit", "Test Fruit", (), steps), 1)
    assert found is not None
    assert found.text == steps[2]


def test_a_recipe_without_an_oven_does_not_say_how_hot_it_is(gratin: Recipe) -> None:
    steps = tuple(step for step in gratin.steps if "oven" not in step.lower() and "bake" not in step.lower())
    tools = tuple(tool for tool in gratin.tools if "oven" not in tool)
    assert find(read("what temperature is the oven?"), replace(gratin, steps=steps, tools=tools), 2) is None
