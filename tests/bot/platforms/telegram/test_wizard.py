"""A dialogue of the validation data, or of the cookbook, with the bundled student, through the real library."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from bot.assistant import Assistant
from bot.files import read_json_lines
from bot.pantry import Kitchen as Pantry
from bot.replay import read_recipes
from bot.settings import Settings
from model.student import StudentError
from retrieval.recipe import Recipe
from tests.bot.platforms.telegram.bot_api import BotApi
from tests.bot.platforms.telegram.conftest import Kitchen

DATA = Path(__file__).parents[5] / "shared" / "data"
ANN = 501


def dialogue() -> tuple[list[str], tuple[Recipe, ...]]:
    """The cook's words of the first validation dialogue whose recipe is known, and that recipe."""
    path = DATA / "wizard_of_tasks_cooking.json"
    if not path.exists():
        return ["let's make stovetop white rice", "what do I need?", "start", "next", "why do I rinse it?"], ()
    recipes = read_recipes(read_json_lines(DATA / "wizard_of_tasks_recipes.jsonl"))
    for one in json.loads(path.read_text(encoding="utf-8")).values():
        recipe = recipes.get(one["document_url"])
        if one["data_split"] == "validation" and recipe is not None:
            said = [turn["text"] for turn in one["turns"] if turn["role"] == "student"]
            return [f"let's make {recipe.title}", *said[:4]], (recipe,)
    raise AssertionError("no validation dialogue has its recipe")


async def test_a_validation_dialogue(kitchen: Kitchen, api: BotApi, settings: Settings) -> None:
    said, recipes = dialogue()
    one_thread = settings.student.model_copy(update={"threads": 1})  # on a busy machine more wait for each other
    settings = settings.model_copy(update={"student": one_thread})
    pantry = Pantry(settings, more_recipes=recipes)
    try:
        try:
            pantry.student()
        except StudentError as error:
            pytest.skip(str(error))
        bench = kitchen.bench
        bench.assistant = Assistant(settings, bench.store, pantry, pantry.answerer(), bench.clock)
        await kitchen.start()
        for number, text in enumerate(said, 1):
            api.say(ANN, text)
            await api.until(lambda: len(api.replies(ANN)) == number and api.replies(ANN)[-1].markup, 60)  # noqa: B023
        assert api.refused == 0
        chat = bench.store.find_chat(f"telegram:{ANN}")
        assert chat is not None
        turns = bench.store.turns(chat.id)
        assert [turn.utterance for turn in turns] == [text.strip() for text in said]
        items = {i for r in recipes or (pantry.recipe(chat.state["recipe"]),) for i in (r.items if r else ())}
        for turn, shown in zip(turns, api.replies(ANN), strict=True):
            assert words(turn.text) <= words(shown.text)
            assert set(turn.shared) <= items or turn.user_intent == "", turn.shared
            assert all(words(item) <= words(shown.text) for item in turn.shared)
        assert any(turn.student for turn in turns)
    finally:
        pantry.close()


def words(text: Any) -> set[str]:
    return set(re.findall(r"\w+", str(text)))
