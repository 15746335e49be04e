from pathlib import Path

import pytest

from retrieval.index import Index
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe

DATA = Path(__file__).parents[3] / "shared" / "data"


def recipe(slug: str, title: str, lines: list[str], steps: list[str], **rest: object) -> Recipe:
    return Recipe(f"test:{slug}", title, tuple(Ingredient(line) for line in lines), tuple(steps), **rest)  # type: ignore[arg-type]


RECIPES = [
    recipe(
        "pesto",
        "Basil Pesto",
        ["1/4 cup pine nuts", "3 cups basil leaves", "1 garlic clove", "1/2 cup olive oil"],
        [
            "Toast the pine nuts in a dry skillet for 3 to 4 minutes.",
            "Wash the basil and spin it dry.",
            "Pulse nuts, garlic and salt in a food processor.",
            "Add the basil and the oil and pulse until smooth.",
        ],
        description="A green sauce.",
        total_s=900,
        servings=6,
        diet=("vegetarian", "gluten-free"),
        allergens=("tree nuts",),
        storage="Keeps 4 days in the fridge under oil.",
        tips=("Walnuts stand in well for pine nuts.",),
    ),
    recipe(
        "hummus",
        "Smooth Hummus",
        ["1 can chickpeas", "1/3 cup tahini", "1 lemon, juiced", "1 clove garlic"],
        [
            "Simmer the chickpeas with baking soda for 20 minutes.",
            "Blend with tahini, lemon and garlic until silky.",
            "Serve with bread.",
        ],
        total_s=1500,
        diet=("vegan", "vegetarian"),
        allergens=("sesame",),
    ),
    recipe(
        "stew",
        "Chickpea and Almond Stew",
        ["2 cans chickpeas", "1/2 cup ground almonds", "1 onion, chopped", "2 cups stock"],
        [
            "Fry the onion in oil over medium heat until golden.",
            "Add chickpeas and stock and simmer for 40 minutes.",
            "Stir in the almonds.",
        ],
        total_s=3600,
        diet=("dairy-free",),
        allergens=("tree nuts",),
    ),
    recipe(
        "cake",
        "Lemon Sponge Cake",
        ["200 g flour", "200 g sugar", "4 eggs", "1 lemon, zested"],
        [
            "Heat the oven to 180°C.",
            "Beat eggs and sugar until pale.",
            "Fold in the flour.",
            "Bake for 35 minutes until golden.",
            "Cool in the tin.",
        ],
        total_s=3000,
        diet=("vegetarian",),
        allergens=("eggs", "gluten"),
    ),
]
KNOWLEDGE = [
    KnowledgeEntry(
        "term-al-dente",
        "term",
        "Al dente",
        "Al dente means pasta that is cooked through but still firm to the bite. Taste it two minutes early.",
        ("What does al dente mean?", "how do i know that pasta is al dente"),
        ("pasta", "al dente"),
    ),
    KnowledgeEntry(
        "sub-buttermilk",
        "substitution",
        "Milk and lemon juice instead of buttermilk",
        "For 1 cup of buttermilk, stir 1 tablespoon of lemon juice into a cup of milk and wait 5 minutes.",
        ("What can I use instead of buttermilk?",),
        ("buttermilk", "milk"),
    ),
]


@pytest.fixture(scope="session")
def shared_index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """An index that tests read and none changes."""
    return Index.build(tmp_path_factory.mktemp("index"), RECIPES, KNOWLEDGE)
