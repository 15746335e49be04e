"""A recipe with portions, reasons, sizes and notes."""

from fractions import Fraction

import pytest

from retrieval.recipe import Ingredient, Recipe


@pytest.fixture
def gratin() -> Recipe:
    """Six steps; the butter and the cheese are divided among them."""
    return Recipe(
        url="test:gratin",
        title="Turnip Gratin",
        ingredients=(
            Ingredient("4 tablespoons butter, divided", Fraction(4), unit="tablespoon", item="butter"),
            Ingredient("2 lb turnips", Fraction(2), unit="pound", item="turnips"),
            Ingredient("5 oz Gruyère, grated", Fraction(5), unit="ounce", item="Gruyère"),
            Ingredient("3/4 cup cream", Fraction(3, 4), unit="cup", item="cream"),
            Ingredient("1/2 cup sugar", Fraction(1, 2), unit="cup", item="sugar"),
            Ingredient("3/4 teaspoon fine salt", Fraction(3, 4), unit="teaspoon", item="fine salt"),
            Ingredient("1/2 teaspoon flaky salt", Fraction(1, 2), unit="teaspoon", item="flaky salt"),
        ),
        steps=(
            "Heat the oven to 400°F. Butter a 2-quart dish with 1 tablespoon of the butter.",
            "Cut the turnips into 1-inch cubes. Soak them in cold water for 30 minutes so that they do not turn brown.",
            "Melt 2 tablespoons of the butter over medium heat. Fry the turnips with the fine salt and 2 tablespoons "
            "of the sugar for 8 minutes, stirring now and then, and keep the leftover juice.",
            "Off the heat, stir in the cream and half of the Gruyère.",
            "Rub the remaining butter and the rest of the sugar over the top. Bake for 25 minutes, until golden.",
            "Scatter the rest of the Gruyère and the flaky salt over it. Pour the leftover juice around it and serve "
            "with bread.",
        ),
        tips=("Crumbled feta on top is good too.",),
        pitfalls=("The cream splits: the heat was too high.",),
        storage="Keeps 3 days in the fridge.",
        tools=("2-quart dish", "skillet with a lid"),
    )
