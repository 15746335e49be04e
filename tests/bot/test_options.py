"""What the recipe itself offers instead of an ingredient, and what the notes say where it offers nothing."""

import pytest

from bot.actions.substituting import _match, _may_use, in_full
from bot.settings import Settings
from bot.store import Store
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, Substitution
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock

CURRY = recipe_of(
    "Test Lamb Curry",
    (
        "2 lb lamb",
        "1/2 cup dry red wine, or another 1/2 cup vegetable broth",
        "2 tablespoons ghee (clarified butter) or canola oil",
        "1 cup half and half or light cream",
        "1/4 cup chopped parsley (optional)",
        "1 cup green grapes",
        "1/2 cup walnuts",
        "8 oz shrimp",
        "2 teaspoons instant yeast",
        "1 cup oat milk",
    ),
    (
        "Brown the lamb in the ghee.",
        "Add the wine and the red grapes.",
        "Top with the cilantro, if using. Season with salt and, if you like, chili.",
    ),
    description="A curry made with green or red grapes. Serve with tortillas.",
    tips=(
        "No lamb? Take mutton.",
        "Without the nuts it needs nothing else changed.",
        "Instead of the shrimp use more lamb.",
    ),
)
NOTES = (
    KnowledgeEntry(
        "sub-wine", "substitution", "No red wine", "Use beef stock and grape juice.", about=("red wine", "beef stock"),
        substitute=Substitution("dry red wine", "beef stock, grape juice and vinegar", "1 cup : 3/4 cup"),
    ),
    KnowledgeEntry(
        "sub-yeast", "substitution", "Instant for active dry yeast",
        "Use about 25% less instant yeast. Going the other way, dissolve it first.",
        about=("yeast", "active dry yeast"),
        substitute=Substitution("active dry yeast", "instant yeast", "1 teaspoon : 3/4 teaspoon", one_way=False),
    ),
    KnowledgeEntry(
        "sub-shrimp", "substitution", "No shrimp", "Use fish.", about=("shrimp",),
        substitute=Substitution("shrimp", "cubed firm fish"),
    ),
    KnowledgeEntry(
        "sub-lamb", "substitution", "No lamb", "Use veal.", about=("lamb",), substitute=Substitution("lamb", "veal")
    ),
    KnowledgeEntry(
        "sub-milk", "substitution", "Plant drinks", "Oat replaces milk 1:1.", about=("milk", "oat milk"),
        substitute=Substitution("milk", "unsweetened soy or oat drink", "1 cup : 1 cup", one_way=False),
    ),
    KnowledgeEntry(
        "sub-ghee", "substitution", "Ghee and butter", "Butter burns sooner than ghee.", about=("ghee", "butter"),
        substitute=Substitution("ghee", "butter with oil", one_way=False),
    ),
)  # fmt: skip


@pytest.fixture
def curry(settings: Settings, store: Store, clock: Clock) -> Bench:
    bench = cooking_from((settings, store, clock), CURRY, NOTES)
    bench.say("next")
    return bench


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("can i make it without wine?", "The recipe gives the choice: 1/2 cup dry red wine, or another 1/2 cup"),
        ("can i use oil instead of ghee?", "Yes, the recipe gives the choice: 2 tablespoons ghee"),
        ("can i use cream instead of half and half?", "Yes, the recipe gives the choice: 1 cup half and half"),
        ("can i skip the parsley?", "Yes, the recipe says so: 1/4 cup chopped parsley (optional)"),
        ("do i really need the cilantro?", "Yes, the recipe says so: Top with the cilantro, if using."),
        ("can i leave out the walnuts", "Without the nuts it needs nothing else changed."),
        ("can i use red grapes?", "Yes. A curry made with green or red grapes."),
        ("what can i use instead of the shrimp", "Instead of the shrimp use more lamb."),
        (
            "can i use active dry yeast?",
            "Yes, in place of instant yeast: 1 teaspoon of active dry yeast for 3/4 teaspoon of instant yeast. "
            "Going the other way, dissolve it first.",
        ),
        (
            "can i use milk instead of the oat milk",
            "Yes, they stand in for each other. Take 1 cup of milk for 1 cup of unsweetened soy or oat drink.",
        ),
        ("is ghee the same as butter", "Butter burns sooner than ghee."),
        ("can i skip the lamb?", "No lamb? Take mutton."),
        ("did i forget the tortillas?", "No step names tortillas, but a note says: Serve with tortillas."),
    ],
)
def test_the_page_comes_first(curry: Bench, said: str, told: str) -> None:
    assert curry.say(said).text.startswith(told)
    assert curry.session.step == 1


def test_a_word_within_another_food_does_not_do(curry: Bench) -> None:
    assert "wine" not in curry.say("can i use beef").text
    assert not _may_use("beef stock, grape juice and vinegar", "beef")
    assert not _may_use("stock with lemon juice", "lemon juice")
    assert _may_use("yellow onion or scallions", "onions")
    assert _may_use("canola oil", "oil")
    assert not _match("cream of tartar", "cream")
    assert not _match("cream cheese", "cream")


def test_what_is_optional_is_not_what_stands_before_it(curry: Bench) -> None:
    assert "Yes" not in curry.say("can i skip the salt?").text
    assert curry.say("what can i use instead of the lamb?").text == "No lamb? Take mutton."
    assert curry.say("can i use shrimp instead of the lamb?").text != "Instead of the shrimp use more lamb."


def test_what_does_not_fit_an_allergy_is_not_offered(curry: Bench) -> None:
    curry.say("I'm allergic to dairy")
    assert "light cream" not in curry.say("what can i use instead of the half and half?").text


@pytest.mark.parametrize(
    ("item", "instead", "meant"),
    [
        ("beef", "vegetable broth", "beef broth"), ("beef", "mushrooms", "beef"), ("beef broth", "water", "beef broth"),
        ("", "vegetable broth", ""), ("chicken", "vegetable broth", "chicken"),
    ],
)  # fmt: skip
def test_what_is_replaced_is_called_in_full(item: str, instead: str, meant: str) -> None:
    soup = Recipe("u", "Soup", (Ingredient(text="6 cups beef broth", item="beef broth"),), ("Boil it.",))
    assert in_full(soup, item, instead) == meant
    assert in_full(None, item, instead) == item
