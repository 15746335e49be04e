"""Allergies and diets are heard wherever they stand in a message, and what is asked with them keeps them."""

import pytest

from bot import allergens
from bot.actions.recogniser import recognise
from bot.actions.restrictions import read
from bot.settings import Settings
from bot.store import Store
from retrieval.recipe import KnowledgeEntry, Substitution
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock


@pytest.mark.parametrize(
    ("said", "allergies", "diets", "asked", "safe"),
    [
        ("my nephew has a nut allergy, what else could coat it", ("nut",), (), "what else could coat it", False),
        ("my kid is allergic to eggs, will flax do?", ("eggs",), (), "will flax do", False),
        ("my son can't have eggs, is applesauce ok instead", ("eggs",), (), "is applesauce ok instead", False),
        ("my sister can't have gluten, rice flour instead of the flour?", ("gluten",), (),
         "rice flour instead of the flour", False),
        ("nut allergy in the family", ("nut",), (), "", False),
        ("guest can't have dairy", ("dairy",), (), "", False),
        ("no peanuts for my daughter, what to sprinkle", ("peanuts",), (), "what to sprinkle", False),
        ("celiac friend coming", ("gluten",), (), "", False),
        ("kids allergic to celery, safe?", ("celery",), (), "safe", True),
        ("wheat allergy, ok?", ("wheat",), (), "ok", True),
        ("can my nut allergy husband eat this", ("nut",), (), "can my husband eat this", True),
        ("sesame allergy is this safe", ("sesame",), (), "is this safe", True),
        ("we can't have sesame, what to put on top", ("sesame",), (), "what to put on top", False),
        ("my dad's got a soy and sesame allergy", ("soy", "sesame"), (), "", False),
        ("mother in law is allergic to shellfish and egg so is that a problem", ("shellfish", "egg"), (),
         "is that a problem", True),
        ("what about a guest with a fish allergy", ("fish",), (), "what about a guest", True),
        ("gluten free guest, what instead of the flour", (), ("gluten-free",), "what instead of the flour", False),
        ("boyfriend is vegan, what do i use for the butter", (), ("vegan",), "what do i use for the butter", False),
        ("can i use butter for the honey, i'm vegan", (), ("vegan",), "can i use butter for the honey", False),
        ("my friend is allergic to kiwi", ("kiwi",), (), "", False),
    ],
)  # fmt: skip
def test_what_is_told(said: str, allergies: tuple[str, ...], diets: tuple[str, ...], asked: str, safe: bool) -> None:
    told = read(said)
    assert told is not None
    assert (told.allergies, told.diets, told.safe) == (allergies, diets, safe)
    assert told.asked == asked


@pytest.mark.parametrize(
    "said",
    [
        "he can't have it",
        "i can't have too much salt",
        "is this vegan?",
        "the vegan one",
        "my pasta is gluten free, how long do i cook it",
        "what soups do you have that are vegetarian?",
        "i can't eat it all, how long does it keep",
        "i bought potato flour by mistake for the gluten free cake",
        "can i fry allergy free food in the same oil",
    ],
)
def test_what_tells_of_nobody(said: str) -> None:
    assert read(said) is None


@pytest.mark.parametrize(
    ("said", "foods"),
    [
        ("my friend is allergic to nuts anything else i could use", ("nuts",)),
        ("she's allergic to pine nuts and kiwi what then", ("pine nuts", "kiwi")),
        ("he is allergic to tree nuts", ("tree nuts",)),
    ],
)
def test_the_food_ends_where_the_sentence_goes_on(said: str, foods: tuple[str, ...]) -> None:
    told = read(said)
    assert told is not None
    assert told.allergies == foods


@pytest.mark.parametrize(
    "said",
    ["what can a celiac use for soy sauce", "is wiping the board enough for peanut allergy", "can a celiac eat spelt"],
)
def test_a_question_about_nobody_is_not_noted(said: str) -> None:
    wish = recognise(said)
    assert wish is None or wish.name not in ("set_allergies", "set_diet", "safe_for")


@pytest.mark.parametrize(
    ("said", "food", "then"),
    [
        ("someone hates blue cheese, what else for the salad", "blue cheese", "what else for the salad"),
        ("my husband hates anchovies what can i put instead", "anchovies", "what can i put instead"),
        ("my sis hates cilantro can i skip it", "cilantro", "can i skip it"),
    ],
)
def test_a_dislike_with_a_question(said: str, food: str, then: str) -> None:
    wish = recognise(said)
    assert wish is not None
    assert wish.args == {"items": [food], "dislike": True, "then": then}


@pytest.mark.parametrize(
    "said",
    ["i don't want dry chicken how long at 350", "i don't like how it looks", "i hate what this recipe does",
     "i don't want lumps how do i whisk it in", "my kids won't eat fish which smells strong"],
)  # fmt: skip
def test_what_is_no_dislike_of_a_food(said: str) -> None:
    wish = recognise(said)
    assert wish is None or wish.name != "set_allergies" or "then" not in wish.args


TART = recipe_of(
    "Test Peanut Tart",
    ("1 pre-baked tart shell", "1/2 cup peanuts", "2 tablespoons all-purpose flour", "2 tablespoons butter",
     "3 tablespoons peanut or neutral oil"),
    ("Melt the butter.", "Fill the shell with the peanuts."),
    tips=("A little tahini may go on top.",),
)  # fmt: skip
NOTES = tuple(
    KnowledgeEntry(f"sub-{n}", "substitution", use, f"Use {use}.", substitute=Substitution(food, use, "1 cup : 1 cup"))
    for n, (food, use) in enumerate(
        (
            ("all-purpose flour", "bread flour"),
            ("wheat flour", "gluten-free blend with xanthan gum"),
            ("butter", "ghee"),
            ("butter", "neutral oil"),
            ("chopped nuts", "sunflower seeds"),
        )
    )
)


@pytest.fixture
def tart(settings: Settings, store: Store, clock: Clock) -> Bench:
    return cooking_from((settings, store, clock), TART, NOTES)


def test_what_is_not_in_it_need_not_be_left_out(tart: Bench) -> None:
    text = tart.say("my sis hates cilantro can i skip it").text
    assert text.endswith("names none. I can only read the list: check the labels for traces.")


@pytest.mark.parametrize(
    ("said", "told", "never"),
    [
        ("gluten free guest, what instead of the flour", "gluten-free blend", "bread flour"),
        ("my aunt can't have gluten. what instead of the flour, and how long does it keep?", "gluten-free", "bread"),
        ("dairy free, what instead of the butter", "neutral oil", "ghee"),
        ("vegan substitute for butter", "neutral oil", "ghee"),
        ("can i use ghee instead of butter, my son is lactose intolerant", "Better not: ghee", "Yes"),
        ("my nephew has a nut allergy, what else could coat it", "sunflower seeds", "nephew"),
        ("my nephew has a nut allergy, what else could coat it", "Of peanut or neutral oil take neutral oil.", "rest"),
        ("grandma is allergic to nuts, what do i fill the shell with", "sunflower seeds", "Step 2"),
        ("my sister is celiac", "has gluten (1 pre-baked tart shell; 2 tablespoons all-purpose flour)", "names none"),
        ("can my nut allergy husband eat this", "Not as it is", "Yes"),
        ("sesame allergy is this safe", "A little tahini may go on top.", "Yes"),
        ("how do i make it vegan", "neutral oil", "ghee"),
        ("feta on top? still vegan?", "feta is not vegan", "ghee"),
    ],
)  # fmt: skip
def test_answers_keep_what_the_message_says(tart: Bench, said: str, told: str, never: str) -> None:
    text = tart.say(said).text
    assert told in text
    assert never not in text


def test_an_allergy_is_heard_before_going_on(tart: Bench) -> None:
    assert "Careful" in tart.say("i'm allergic to nuts, next step please").text
    assert tart.session.allergies == ["nuts"]
    assert tart.session.step == 0


@pytest.mark.parametrize(
    "said", ["my flatmate can't eat shellfish anyway", "no shellfish for me, my flatmate cant eat shellfish either"]
)
def test_what_is_said_behind_the_food_is_no_part_of_it(said: str) -> None:
    told = read(said)
    assert told is not None
    assert "shellfish" in told.allergies
    assert not [food for food in told.allergies if "anyway" in food or "either" in food]


def test_two_names_of_one_food() -> None:
    salsa = recipe_of("Test Salsa", ("1/2 cup chopped fresh cilantro", "1 lemon"), ("Mix.",))
    assert allergens.find(salsa, "coriander").lines == ("1/2 cup chopped fresh cilantro",)
    assert not allergens.find(salsa, "lime").lines
