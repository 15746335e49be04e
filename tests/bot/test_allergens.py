"""What the lines of a recipe name, what they only sound like, and what else its page says of allergens and diets."""

import pytest

from bot.allergens import clashes, find, keeps_diet, kinds
from tests.bot.benches import recipe_of


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("1 pre-baked 10-inch sweet tart shell", {"gluten"}),
        ("1 (8- or 9-inch) pie crust (not deep dish)", {"gluten"}),
        ("2 prepared whole wheat pizza crusts", {"gluten"}),
        ("1 lb rigatoni", {"gluten"}),
        ("6 sheets phyllo", {"gluten"}),
        ("1 cup bulgur", {"gluten"}),
        ("1 cup couscous", {"gluten"}),
        ("2 tablespoons soy sauce", {"gluten", "soy"}),
        ("2 tablespoons gluten-free soy sauce", {"soy"}),
        ("1 box gluten-free corn bread and muffin mix", set()),
        ("2 tablespoons soy sauce (gluten-free, if desired)", {"gluten", "soy"}),
        ("1/4 cup chopped nuts", {"tree nuts", "peanut"}),
        ("1/4 teaspoon nutmeg", set()),
        ("1 cup water chestnuts", set()),
        ("1 1/4 cup veggie stock", set()),
        ("2 cups vegetable broth", set()),
        ("2 cups beef stock", {"meat"}),
        ("1 cup graham cracker crumbs", {"gluten"}),
        ("1 bunch collard greens", set()),
        ("8 oz oyster mushrooms", set()),
        ("2 tablespoons vegan butter", set()),
        ("1 cup almond milk", {"tree nuts"}),
    ],
)
def test_what_a_line_names(line: str, named: set[str]) -> None:
    assert kinds(line) == named


def test_nuts_are_peanuts_and_tree_nuts() -> None:
    suya = recipe_of("Test Skewers", ("1/2 cup dry-roasted peanuts",), ("Grind the peanuts.",))
    assert find(suya, "nut").lines == ("1/2 cup dry-roasted peanuts",)
    assert not find(suya, "tree nuts")


def test_a_title_warns_where_no_line_does() -> None:
    couscous = recipe_of("Couscous with Pistachios", ("1 lemon",), ("Mix.",))
    assert find(couscous, "nut").title
    assert clashes(couscous, ["nut"], []) == ["nuts (by its title)"]
    cookies = recipe_of("Flourless Cookies", ("1 egg",), ("Bake.",), allergens=("egg",))
    assert not find(cookies, "gluten"), "its own list of allergens knows better"


def test_what_the_page_says_beside() -> None:
    ful = recipe_of("Test Ful", ("2 cans fava beans",), ("Simmer.",), tips=("A spoonful of tahini is common too.",))
    finding = find(ful, "sesame")
    assert not finding
    assert finding.beside == ("A spoonful of tahini is common too.",)


@pytest.mark.parametrize(
    ("title", "description", "line", "kept"),
    [
        ("Test Pasta", "Chickpeas make a wonderfully rich vegan sauce.", "1/2 cup tahini", True),
        ("Vegan Test Pasta", "", "1/2 cup tahini", True),
        ("Vegan Test Pasta", "", "1/2 teaspoon honey", False),
        ("Test Pasta", "There is a vegan version, too.", "1/2 cup tahini", None),
        ("Test Pasta", "", "1 1/4 cup veggie stock", None),
    ],
)
def test_a_page_that_calls_itself_vegan(title: str, description: str, line: str, kept: bool | None) -> None:
    assert keeps_diet(recipe_of(title, (line,), ("Mix.",), description=description), "vegan") is kept


def test_a_gluten_free_mix_does_not_make_the_dish_so() -> None:
    dish = recipe_of("Test Bake", ("1 egg",), ("Mix.",), description="Made with gluten-free cornbread mix.")
    assert keeps_diet(dish, "gluten-free") is None
    listed = recipe_of("Test Bake", ("1 jar sauce",), ("Mix.",), allergens=("milk",))
    assert keeps_diet(listed, "dairy-free") is False
