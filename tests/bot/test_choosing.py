"""Choosing out of the real cookbook, as cooks ask for it."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.messages import Message
from bot.settings import Settings
from bot.store import Store
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.index import Index
from retrieval.recipe import KnowledgeEntry, Recipe
from tests.conftest import Clock, FakeGuard, FakeStudent


class Cookbook:
    """The bundled cookbook as a pantry."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._recipes, self._knowledge = tuple(index.recipes()), tuple(index.knowledge())

    def recipe(self, url: str) -> Recipe | None:
        return self.index.recipe(url)

    def search(self, text: str, k: int = 5, **limits: Any) -> list[Recipe]:
        return [recipe for recipe, _ in self.index.search_recipes(text, k, **limits)]

    def recipes(self) -> Sequence[Recipe]:
        return self._recipes

    def knowledge(self) -> Sequence[KnowledgeEntry]:
        return self._knowledge


@pytest.fixture(scope="module")
def cookbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cookbook]:
    with Index.build(tmp_path_factory.mktemp("index"), load_recipes(), load_knowledge()) as index:
        yield Cookbook(index)


Chat = Callable[..., list[str]]


@pytest.fixture
def chat(cookbook: Cookbook, settings: Settings, store: Store, clock: Clock) -> Chat:
    """Says messages one after the other; gives the replies."""
    answerer = Answerer(FakeStudent, lambda _query, _k: [], FakeGuard, 4)
    assistant = Assistant(settings, store, cookbook, answerer, clock)

    def say(*texts: str) -> list[str]:
        return [assistant.reply(Message("kitchen", "cook", text, f"m{n}")).text for n, text in enumerate(texts)]

    return say


@pytest.mark.parametrize(
    ("wish", "first"),
    [
        ("somthing japanese for dinner, a soup maybe", "Miso Ramen"),
        ("suggest a fancy french cookie", "Raspberry Macarons"),
        ("whats quick and spicy, maybe with tofu?", "Mapo Tofu"),
        ("plain rice please", "Fluffy Stovetop White Rice"),
        ("i only have eggs and potatoes", "Tortilla Española"),
        ("do you have ice cream", "Vanilla Custard Ice Cream"),
        ("my kids want pizza tonight", "Pizza Margherita"),
        ("something cold, it's too hot to cook", "Mango Coconut Soft Serve"),
    ],
)
def test_the_first_offer_is_what_was_wished_for(chat: Chat, wish: str, first: str) -> None:
    assert f"1. {first}" in chat(wish)[0]


@pytest.mark.parametrize(
    "said", ["tortilla espanola", "Tortilla Española", "tortila espanola", "tortilla española please"]
)
def test_a_title_without_its_accents_or_with_a_slip(chat: Chat, said: str) -> None:
    assert chat(said)[0].startswith("Tortilla Española:")


@pytest.mark.parametrize(
    ("wish", "lead"),
    [
        ("what soups do you have that are vegetarian?", "For soups I have:"),
        ("something to impress my in laws, with beef", "For beef I have:"),
        ("black bananas", "How about one of these:"),
        ("something cheaper", "How about one of these:"),
        ("something scrumptious", "How about one of these:"),
        ("pasta with clams and em", "Nothing I have is all of that. Nearest to it:"),
        ("mushroom risotto", "I have no recipe for risotto. Nearest to it:"),
        ("baccala mantecato", "I have no recipe for baccala mantecato."),
    ],
)
def test_only_what_is_truly_missing_is_said_to_be(chat: Chat, wish: str, lead: str) -> None:
    assert chat(wish)[0].startswith(lead)


def test_without_an_oven_and_within_the_evening(chat: Chat, cookbook: Cookbook) -> None:
    said = chat("something sweet for tonight, no oven")[0]
    shown = [recipe for recipe in cookbook.recipes() if recipe.title in said]
    assert len(shown) == 3
    assert all("dessert" in recipe.course and recipe.total_s and recipe.total_s <= 5400 for recipe in shown)
    assert not any("oven" in step for recipe in shown for step in recipe.steps)


def test_who_it_is_for_is_not_looked_for_but_what_they_eat(chat: Chat, cookbook: Cookbook) -> None:
    said = chat("what should i cook for my vegetarian friend who hates mushrooms")[0]
    shown = [recipe for recipe in cookbook.recipes() if recipe.title in said]
    assert len(shown) == 3
    assert all({"vegan", "vegetarian"} & set(recipe.diet) for recipe in shown)
    assert not any("mushroom" in line.text for recipe in shown for line in recipe.ingredients)


def test_a_limit_said_later_is_of_the_same_wish(chat: Chat) -> None:
    _, later = chat("show me your desserts", "only ones without eggs")
    assert later.startswith("For desserts I have:")
    assert "Cheesecake" not in later


def test_a_diet_stays_with_further_wishes(chat: Chat, cookbook: Cookbook) -> None:
    for said in chat("what have you got that's vegan and filling?", "hmm what about something lighter", "what else?"):
        shown = [recipe for recipe in cookbook.recipes() if f". {recipe.title} (" in said]
        assert shown
        assert all("vegan" in recipe.diet for recipe in shown)


def test_an_allergy_told_with_a_wish(chat: Chat) -> None:
    said = chat("I need a birthday cake for my daughter, she's allergic to nuts")[0]
    assert said.startswith("Noted: no nuts.")
    assert "Vanilla Layer Cake" in said


def test_others_are_never_the_same(chat: Chat) -> None:
    offers = chat("something with chickpeas", "something else", "something else", "what else?")
    titles = [line[3:] for said in offers for line in said.splitlines() if line[:2] in ("1.", "2.", "3.")]
    assert len(titles) == len(set(titles)) == 12


def test_the_only_one_is_what_is_asked_about(chat: Chat) -> None:
    assert chat("dal please", "how many lentils?")[1].startswith("1 1/4 cups (250 g)")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how long does it take in total?", "Masoor Dal Tadka takes 40 minutes in all"),
        ("can i make it ahead?", "Thickens as it cools; keeps 4 days in the fridge"),
        ("start", "Masoor Dal Tadka: serves 4"),
    ],
)
def test_more_of_the_only_one(chat: Chat, question: str, answer: str) -> None:
    assert chat("dal please", question)[1].startswith(answer)


def test_of_several_which_one(chat: Chat) -> None:
    _, start, time, first, taken = chat(
        "something with mango", "start", "how long does it take", "what was the first ingredient", "2"
    )
    assert start.startswith("Which one?")
    assert "1. Mango Sticky Rice" in start
    assert time == "Mango Sticky Rice 5 hours 10 minutes and Mango Coconut Soft Serve 10 minutes. Which one?"
    assert first.startswith("Which one?")
    assert taken.startswith("Mango Coconut Soft Serve:")


def test_a_choice_is_taken_back_until_cooking_begins(chat: Chat) -> None:
    _, first, other, again, second, begun = chat(
        "i fancy some soup", "1", "no the other one", "actually no, the first", "no i meant french onion soup", "start"
    )
    assert first.startswith("Avgolemono")
    assert other.startswith("Which one?")
    assert "Avgolemono" not in other
    assert again.startswith("Avgolemono")
    assert second.startswith("French Onion Soup:")
    assert begun.startswith("Now do this.")


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("lets do something else", "All right, something else."),
        ("i want to cook something else", "All right, something else."),
        ("something else", "All right, something else."),
        ("a cake please", "For cake I have:"),
        ("whats for dessert", "For dessert I have:"),
        ("what soups do you have", "For soups I have:"),
        ("the vegan one", "How about one of these:"),
        ("sorry i meant moussaka", "Moussaka: serves"),
    ],
)
def test_another_dish_in_the_middle_of_a_recipe(chat: Chat, said: str, reply: str) -> None:
    assert chat("shakshuka", "start", said)[2].startswith(reply)


@pytest.mark.parametrize(
    "said",
    ["no i meant can i leave it out overnight", "a pan please", "no i meant the onions",
     "bones at a hard boil, 4 minutes", "butter is murmuring with the spices, 8 minutes",
     "a rib folds right in half with no crack"],
)  # fmt: skip
def test_what_is_no_wish_in_the_middle_of_a_recipe(chat: Chat, said: str) -> None:
    assert "1. " not in chat("shakshuka", "start", said)[2]


@pytest.mark.parametrize("said", ["can i make the broth ahead", "what size bowl do you recommend?"])
def test_a_question_is_not_searched(chat: Chat, said: str) -> None:
    assert "1. " not in chat(said)[0]


def test_what_is_asked_while_cooking_is_not_about_the_offer(chat: Chat) -> None:
    *_, offered, asked = chat("shakshuka", "start", "some ice cream please", "next")
    assert "Vanilla Custard Ice Cream" in offered
    assert asked.startswith("Now do this.")


@pytest.mark.parametrize(
    "said",
    ["what if the onion browns", "easiest way to pit cherries", "do i brown the butter first"],
)
def test_a_question_is_no_pick(chat: Chat, said: str) -> None:
    told = chat("what can I cook with butter", said, "the gnocchi")
    assert "steps." not in told[1]
    assert "1. " not in told[1]
    assert told[2].startswith("Potato Gnocchi with Sage Butter:")


@pytest.mark.parametrize("said", ["can we do the steak", "how about the steak", "easiest one please"])
def test_but_what_takes_one_is(chat: Chat, said: str) -> None:
    assert chat("what can I cook with butter", said)[1].startswith("Pan-Seared Steak with Garlic Butter:")


@pytest.mark.parametrize("said", ["only have apple cider vinegar no rice vinegar", "can i do all butter"])
def test_one_thing_for_another_is_no_wish(chat: Chat, said: str) -> None:
    assert "1. " not in chat(said)[0]


@pytest.mark.parametrize(
    ("offered", "begins"),
    [
        ("my kid is allergic to eggs, will flax do?", "Yes. Mix 1 tablespoon (7 g) of ground flaxseed"),
        ("no eggs for my son, is applesauce ok instead?", "Yes"),
        ("allergic to milk here, would soy milk and vinegar work", "Stir 1 tablespoon of lemon juice or vinegar into"),
    ],
)
def test_what_is_offered_with_an_allergy_is_looked_at(chat: Chat, offered: str, begins: str) -> None:
    said = chat("let's make fluffy buttermilk pancakes", offered)[1]
    assert said.startswith("Noted: no ")
    assert begins in said
