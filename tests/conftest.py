"""What all tests share: an isolated data folder, a clock that stands still, a small fake student."""

import multiprocessing.pool  # noqa: F401 (before TruLens puts a Thread of its own in the place of threading.Thread)
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.actions.choosing import keeps
from bot.answer import Answerer
from bot.assistant import Assistant
from bot.messages import Message, Reply
from bot.settings import Settings, load_settings
from bot.store import Store
from model.student import Constraints, Generation, Situation, StudentError
from model.vocabulary import Act
from retrieval.passage import Passage, Query
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, Substitution


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has its own data folder and sees neither the user's settings nor their .env."""
    import os

    for key in list(os.environ):
        if key.startswith("SOUSCHEF_"):
            monkeypatch.delenv(key)
    folder = tmp_path / "data"
    monkeypatch.setenv("SOUSCHEF_PATHS__DATA", str(folder))
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def settings() -> Settings:
    return load_settings()


class Clock:
    """Seconds since 1970 that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(settings: Settings, clock: Clock) -> Iterator[Store]:
    store = Store(settings.database_url(), clock=clock)
    yield store
    store.close()


def ingredient(text: str, item: str, quantity: Any = None, unit: str = "") -> Ingredient:
    from fractions import Fraction

    return Ingredient(text=text, item=item, quantity=Fraction(quantity) if quantity else None, unit=unit)


SHAKSHUKA = Recipe(
    url="cookbook:test-shakshuka",
    title="Test Shakshuka",
    ingredients=(
        ingredient("2 tablespoons olive oil", "olive oil", 2, "tablespoon"),
        ingredient("1 onion, chopped", "onion", 1),
        ingredient("2 cups crushed tomatoes", "crushed tomatoes", 2, "cup"),
        ingredient("4 eggs", "egg", 4),
        ingredient("1/2 cup feta cheese", "feta cheese", "1/2", "cup"),
    ),
    steps=(
        "Heat the olive oil in a wide pan over medium heat.",
        "Cook the onion until soft, 8 to 10 minutes.",
        "Add the tomatoes and simmer for 15 minutes.",
        "Make four wells and crack in the eggs. Cover and cook 5 minutes.",
        "Crumble the feta over the top and serve.",
    ),
    servings=2,
    total_s=2100,
    diet=("vegetarian", "nut-free"),
    allergens=("egg", "milk"),
    course="main",
    storage="Keeps 2 days in the fridge.",
)
STEW = Recipe(
    url="cookbook:test-chickpea-stew",
    title="Test Chickpea Stew",
    ingredients=(
        ingredient("2 cans chickpeas", "chickpeas", 2, "can"),
        ingredient("1 cup cashews", "cashews", 1, "cup"),
        ingredient("2 cups vegetable stock", "vegetable stock", 2, "cup"),
    ),
    steps=("Drain the chickpeas.", "Simmer everything for 20 minutes at 350°F."),
    servings=4,
    total_s=1500,
    diet=("vegan", "vegetarian"),
    allergens=("tree nuts",),
    course="main",
)
CURRY = Recipe(
    url="cookbook:test-chickpea-curry",
    title="Test Chickpea Curry",
    ingredients=(
        ingredient("1 can chickpeas", "chickpeas", 1, "can"),
        ingredient("1 cup coconut milk", "coconut milk", 1, "cup"),
    ),
    steps=("Fry the spices.", "Add the chickpeas and simmer.", "Serve with rice."),
    total_s=2400,
    diet=("vegan", "vegetarian", "nut-free", "dairy-free"),
    course="main",
)
RECIPES = (SHAKSHUKA, STEW, CURRY)
KNOWLEDGE = (
    KnowledgeEntry(
        "sub-test-butter-oil", "substitution", "Oil for butter", "Use 3/4 cup of oil for 1 cup of butter.",
        substitute=Substitution("butter", "neutral oil", "1 cup : 3/4 cup", "softer crumb", one_way=True),
    ),
    KnowledgeEntry(
        "sub-test-butter-margarine", "substitution", "Margarine for butter", "Use the same amount of margarine.",
        substitute=Substitution("butter", "margarine", "1:1", one_way=False),
    ),
    KnowledgeEntry("term-test-simmer", "term", "Simmer", "Small bubbles rise gently.", about=("simmer", "heat")),
    KnowledgeEntry(
        "sub-test-feta", "substitution", "Ricotta salata for feta", "Ricotta salata crumbles like feta.",
        substitute=Substitution("feta cheese", "ricotta salata", "1:1"),
    ),
)  # fmt: skip


class FakePantry:
    """Three recipes, searched by shared words."""

    def __init__(
        self, recipes: tuple[Recipe, ...] = RECIPES, knowledge: tuple[KnowledgeEntry, ...] = KNOWLEDGE
    ) -> None:
        self._recipes, self._knowledge = recipes, knowledge

    def recipe(self, url: str) -> Recipe | None:
        return next((r for r in self._recipes if r.url == url), None)

    def search(self, text: str, k: int = 5, **limits: Any) -> list[Recipe]:
        words = set(re.findall(r"[a-z]+", text.lower()))

        def score(recipe: Recipe) -> int:
            return len(words & set(re.findall(r"[a-z]+", " ".join((recipe.title, *recipe.items)).lower())))

        found = sorted((r for r in self._recipes if score(r) and keeps(r, limits)), key=score, reverse=True)
        return found[:k]

    def recipes(self) -> tuple[Recipe, ...]:
        return self._recipes

    def knowledge(self) -> tuple[KnowledgeEntry, ...]:
        return self._knowledge


@dataclass
class FakeStudent:
    """Says what it is told to say; by default it repeats what code decided."""

    name: str = "fake"
    act: Act | None = None
    fail: bool = False
    asked: list[tuple[Situation, Constraints]] = field(default_factory=list)

    def reply(
        self,
        situation: Situation,
        constraints: Constraints = Constraints(),
        on_text: Callable[[str], None] | None = None,
    ) -> Generation:
        self.asked.append((situation, constraints))
        if self.fail:
            raise StudentError("The student's model file is missing.")
        act = self.act or Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "I think so. Go on.")
        if constraints.intent is not None:
            text = self.act.text if self.act else "Now do this."
            act = Act(constraints.user_intent or "misc", constraints.intent, constraints.shared or (), text)
        if on_text is not None:
            for piece in re.findall(r"\S+\s*", act.text):
                on_text(piece)
        return Generation(act, tokens=len(act.text.split()))

    def close(self) -> None:
        pass


@dataclass
class FakeVerdict:
    supported: bool


class FakeGuard:
    """Refuses every sentence with a number that is not in the recipe or a passage."""

    def check(
        self, text: str, recipe: Recipe | None, passages: tuple[str, ...], shared: tuple[str, ...], utterance: str
    ) -> FakeVerdict:
        known = " ".join((*(recipe.items if recipe else ()), *passages, utterance))
        return FakeVerdict(all(re.search(rf"\b{n}\b", known) for n in re.findall(r"\d+", text)))


@dataclass
class Bench:
    """An assistant and what is around it; ``say`` sends a message."""

    assistant: Assistant
    student: FakeStudent
    passages: list[Passage]
    queries: list[Query]
    clock: Clock
    store: Store
    chat: str = "kitchen"
    count: int = 0

    def say(self, text: str, message_id: str | None = None, on_text: Callable[[str], None] | None = None) -> Reply:
        self.count += 1
        message = Message(self.chat, "cook", text, message_id or f"m{self.count}")
        return self.assistant.reply(message, on_text)

    @property
    def session(self) -> Any:
        return self.assistant.session(f"terminal:{self.chat}")


@pytest.fixture
def bench(settings: Settings, store: Store, clock: Clock) -> Bench:
    student, passages, queries = FakeStudent(), [], []  # type: ignore[var-annotated]

    def retrieve(query: Query, k: int) -> list[Passage]:
        queries.append(query)
        return list(passages[:k])

    answerer = Answerer(lambda: student, retrieve, FakeGuard, 4)
    assistant = Assistant(settings, store, FakePantry(), answerer, clock)
    return Bench(assistant, student, passages, queries, clock, store)
