"""An assistant in a recipe made for a test."""

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.settings import Settings
from bot.store import Store
from model.vocabulary import Act
from retrieval.quantity import parse_ingredient
from retrieval.recipe import KnowledgeEntry, Recipe
from tests.conftest import SHAKSHUKA, Bench, Clock, FakeGuard, FakePantry, FakeStudent


def recipe_of(title: str, lines: tuple[str, ...], steps: tuple[str, ...], **fields: object) -> Recipe:
    """A recipe whose ingredient lines are read as those of a page."""
    slug = title.lower().replace(" ", "-")
    return Recipe(f"cookbook:{slug}", title, tuple(map(parse_ingredient, lines)), steps, **fields)  # type: ignore[arg-type]


def cooking_from(
    parts: tuple[Settings, Store, Clock], recipe: Recipe, entries: tuple[KnowledgeEntry, ...] = ()
) -> Bench:
    """A bench with a recipe open, before its first step; the student says what is on no page."""
    settings, store, clock = parts
    student = FakeStudent(act=Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "Bananas."))
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard, 4)
    bench = Bench(
        Assistant(settings, store, FakePantry((recipe, SHAKSHUKA), entries), answerer, clock),
        student, [], [], clock, store,
    )  # fmt: skip
    bench.say(recipe.title)
    return bench
