import time

import pytest

from model.guard import Guard
from retrieval.lexicon import food_lexicon
from retrieval.quantity import parse_ingredient
from retrieval.recipe import Recipe

RECIPE = Recipe(
    "cookbook:bread",
    "Seeded Soda Bread",
    tuple(
        map(
            parse_ingredient,
            (
                "3 cups (375 g) all-purpose flour",
                "1 teaspoon baking soda",
                "1 1/2 cups (360 ml) buttermilk",
                "2 large eggs, beaten",
                "1 tablespoon butter, for the pan",
                "salt, to taste",
            ),
        )
    ),
    (
        "Heat the oven to 425°F (220°C) and butter a 9-inch pan.",
        "Whisk the flour, baking soda and salt in a large bowl.",
        "Stir in the buttermilk and eggs. Do not knead the dough.",
        "Bake for 35 to 40 minutes, until brown.",
        "Cool for 1 hour before slicing.",
    ),
    servings=6,
    total_s=6600,
)
PASSAGE = "Refrigerate cooked chicken within 2 hours, and eat it within 4 days. Reheat it to 165°F (74°C)."
GUARD = Guard(0.5)


@pytest.mark.parametrize(
    "text",
    [
        "Heat the oven to 425 degrees.",
        "Heat the oven to 220°C.",
        "Bake it for 35 minutes.",
        "Let it cool for 60 minutes.",
        "Let it cool for an hour.",
        "You need two eggs.",
        "You need 3 cups of flour.",
        "Use one and a half cups of buttermilk.",
        "Stir in the buttermilk and eggs, but don't knead the dough.",
        "That was step 3 of 5.",
        "There are 2 steps left.",
        "This one is easy!",
        "Done! Next?",
        "You're welcome, enjoy!",
        "It serves 6 people.",
        "In total it takes 1 hour and 50 minutes.",
        "Just a minute.",
        "",
    ],
)
def test_supported(text):
    verdict = GUARD.check(text, RECIPE)
    assert verdict.unsupported == ()
    assert verdict.supported
    assert 0 <= verdict.groundedness <= 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Heat the oven to 400 degrees.", "400 degrees"),
        ("Heat the oven to 200°C.", "200°C"),
        ("Bake it for 50 minutes.", "50 minutes"),
        ("Bake it for 38 minutes.", "38 minutes"),
        ("Bake for 1 hour until brown.", "1 hour"),
        ("Bake it for 40 to 35 minutes.", "40 to 35 minutes"),
        ("Let it cool for half an hour.", "half an hour"),
        ("You need three eggs.", "three"),
        ("You need 2 cups of flour.", "2 cups"),
        ("Use 1 tablespoon of baking soda.", "1 tablespoon"),
        ("Stir in the milk and vanilla.", "vanilla"),
        ("Whisk the sugar with the flour.", "sugar"),
        ("That was step 7.", "7"),
        ("There are 9 steps.", "9"),
        ("Knead the dough.", "missing not"),
        ("Do not whisk the flour and salt in a bowl.", "not"),
        ("It serves 8 people.", "8"),
    ],
)
def test_unsupported(text, what):
    verdict = GUARD.check(text, RECIPE)
    assert what in verdict.unsupported
    assert not verdict.supported


def test_some_of_the_ingredients_are_no_count_of_them():
    passages = ["In a bowl, combine the first four ingredients."]
    assert GUARD.check(passages[0], RECIPE, passages).supported
    assert not GUARD.check("Combine the four ingredients.", RECIPE, passages).supported


def test_passages_shared_and_allowed_count():
    text = "Reheat the chicken to 165°F."
    assert not GUARD.check(text, RECIPE).supported
    assert GUARD.check(text, RECIPE, (PASSAGE,)).supported
    assert GUARD.check("Add 1/4 cup of oats.", RECIPE, (), ("1/4 cup rolled oats",)).supported
    assert not GUARD.check("You need 6 cups of flour.", RECIPE).supported
    assert GUARD.check("You need 6 cups of flour.", RECIPE, allowed=("6 cups (750 g) flour",)).supported


def test_the_cooks_own_words():
    asked = "can i use yogurt instead, i have 2 cups of it"
    assert GUARD.check("Is your yogurt plain?", RECIPE, utterance=asked).unsupported == ()
    assert GUARD.check("You have 2 cups of yogurt.", RECIPE, utterance=asked).unsupported == ()
    assert GUARD.check("Yes, bake it for 90 minutes.", RECIPE, utterance="so I bake it 90 minutes?").unsupported == (
        "90 minutes",
    )


def test_groundedness():
    far = GUARD.check("Legend says sailors traded loaves against silk under moonlight.", RECIPE)
    assert far.groundedness < 0.5
    assert not far.supported
    assert GUARD.check("Whisk the flour with the soda in a large bowl.", RECIPE).groundedness > 0.9
    assert Guard(0.0).check("Legend says sailors traded loaves against silk.", RECIPE).supported


def test_prefix_judges_whole_sentences_only():
    assert GUARD.check_prefix("Bake it for 3", RECIPE).supported
    assert GUARD.check_prefix("Bake it for 50 minutes. And th", RECIPE).unsupported == ("50 minutes",)


def test_without_sources():
    assert GUARD.check("Hello! What would you like to make?").supported
    assert GUARD.check("Roast it at 400°F.").unsupported == ("400°F",)


def test_the_lexicon():
    words = food_lexicon()
    assert {"flour", "egg", "buttermilk", "chicken", "zucchini"} <= words
    assert not {"pan", "bowl", "minute", "step", "oven", "recipe", "water-bath"} & words


def test_fast_enough():
    GUARD.warm(RECIPE)
    text = "Stir in the buttermilk and eggs, then bake for 35 to 40 minutes at 425°F until brown."
    GUARD.check(text, RECIPE, (PASSAGE,))
    start = time.perf_counter()
    for _ in range(50):
        GUARD.check(text, RECIPE, (PASSAGE,))
    assert (time.perf_counter() - start) / 50 < 0.02  # seconds; 0.3 ms on an idle core
