"""Recipes that are opened by their title, whatever words it holds."""

import pytest

from bot.actions.titles import LONGEST
from bot.answer import Answerer
from bot.assistant import Assistant
from bot.messages import Message
from bot.settings import Settings
from bot.store import Store
from retrieval.index import Index
from tests.bot.benches import recipe_of
from tests.bot.test_choosing import Chat, Cookbook
from tests.conftest import Clock, FakeGuard, FakeStudent

TITLES = (
    "Saffron Risotto with Parmigiano Reggiano",
    "Parmigiano Reggiano Party Mix",
    "Quick Flatbread without Yeast",
    "No-Churn Lemon Ice",
    "Red Beans or Green Lentils",
    "Three-Bean and 7-Vegetable Stew",
    "Spicy Coconut Braised Cod with Colorful Vegetables",
    "Salsa",
)


@pytest.fixture
def chat(tmp_path_factory: pytest.TempPathFactory, settings: Settings, store: Store, clock: Clock) -> Chat:
    steps = ("Blend parsley and oil to a salsa.", "Serve it warm.")
    recipes = [recipe_of(title, ("1 cup parsley", "1 cup oil"), steps) for title in TITLES]
    index = Index.build(tmp_path_factory.mktemp("index"), recipes, [])
    assistant = Assistant(
        settings, store, Cookbook(index), Answerer(FakeStudent, lambda _query, _k: [], FakeGuard, 4), clock
    )

    def say(*texts: str) -> list[str]:
        return [assistant.reply(Message("kitchen", "cook", text, f"m{n}")).text for n, text in enumerate(texts)]

    return say


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("said", ["let's make {}", "{}", "can we cook the {} please?", "show me the recipe for {}"])
def test_a_whole_title_opens_its_recipe(chat: Chat, said: str, title: str) -> None:
    assert chat(said.format(title))[0].startswith(f"{title}:")


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("let's make saffron risotto and parmigiano reggiano", TITLES[0]),
        ("spicy coconut cod with colorful vegetables", TITLES[6]),
        ("lets make quick flatbreads without yeast tonight", TITLES[2]),
    ],
)
def test_so_does_one_that_is_nearly_it(chat: Chat, said: str, title: str) -> None:
    assert chat(said)[0].startswith(f"{title}:")


def test_what_the_step_makes_is_no_other_recipe(chat: Chat) -> None:
    told = chat(f"let's make {TITLES[0]}", "next", "let's make the salsa", f"let's make {TITLES[2]} instead")
    assert not told[2].startswith("Salsa:")
    assert told[3].startswith(f"{TITLES[2]}:")


def test_a_long_message_is_no_title(chat: Chat) -> None:
    assert not chat(" ".join(["no-churn lemon ice"] * LONGEST))[0].startswith(TITLES[3])
