"""Loaders for the public data sets, into dialogues over recipes.

Each loader takes the path of a file in its published form and yields ``Example`` objects: a dialogue, the recipe that
it is about, and, per wizard turn, the passages that the wizard had beside the recipe. Text is cleaned on the way in
(mojibake, ``degF``, HTML entities; see ``retrieval.clean``).

Sources: Wizard of Tasks (Choi et al., COLING 2022, CC BY-SA 4.0), WoTe (Fischer et al., 2024), CookDial (Jiang et al.,
2022, MIT), SQuAD 1.1 (Rajpurkar et al., 2016, CC BY-SA 4.0), Schema-Guided Dialogue (Rastogi et al., 2020, CC BY-SA
4.0).
"""

import difflib
import json
import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.vocabulary import Dialogue, Turn
from retrieval.clean import clean_text
from retrieval.recipe import Ingredient, Recipe

_ROLES = {"student": "cook", "teacher": "wizard"}


@dataclass(slots=True)
class Example:
    """A dialogue with what it is about.

    Attributes:
        dialogue: The turns.
        recipe: The recipe, or None for talk about nothing in particular.
        passages: By position of the wizard's turn in ``dialogue.turns``: texts that it may answer from.
        source: Name of the data set, for mixing and for reports.
        given: How many turns at the beginning are only context, not to be learned.
    """

    dialogue: Dialogue
    recipe: Recipe | None
    passages: dict[int, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""
    given: int = 0


def open_text(path: Path) -> Iterator[str]:
    """Lines of a text file, which may be compressed with xz."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        yield from file


def normalise_item(text: str) -> str:
    """Key under which two spellings of one recipe item are equal: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", clean_text(text).lower())


class ItemMatcher:
    """Finds the item of a recipe that a shared line means (exact up to case, accents and markup; else nearly equal)."""

    def __init__(self, recipe: Recipe) -> None:
        self._items = list(recipe.items)
        self._keys = [normalise_item(item) for item in self._items]
        self._by_key = dict(zip(self._keys, self._items, strict=True))

    def find(self, line: str) -> str | None:
        key = normalise_item(line)
        if not key:
            return None
        if key in self._by_key:
            return self._by_key[key]
        if len(key) >= 12:
            for other, item in zip(self._keys, self._items, strict=True):
                if len(other) >= 12 and (key in other or other in key):
                    return item
        close = difflib.get_close_matches(key, self._keys, n=1, cutoff=0.85)
        return self._by_key[close[0]] if close else None


def recipe_from_lines(url: str, title: str, ingredients: list[str], steps: list[str], **rest: Any) -> Recipe:
    """A recipe of cleaned lines, empty ones left out."""
    lines = [clean_text(line) for line in ingredients]
    return Recipe(
        url=url,
        title=clean_text(title) or "Recipe",
        ingredients=tuple(Ingredient(text=line) for line in lines if line),
        steps=tuple(step for step in (clean_text(line) for line in steps) if step),
        **rest,
    )


def rebuild_recipe(url: str, turns: list[dict[str, Any]]) -> Recipe:
    """The part of a recipe that a dialogue has shown: lines shared in bulk or with an amount are ingredients, others
    steps.
    """
    ingredients: list[str] = []
    steps: list[str] = []
    seen: set[str] = set()
    for turn in turns:
        for line in turn.get("shared_data") or ():
            text = clean_text(line)
            key = normalise_item(text)
            if not key or key in seen:
                continue
            seen.add(key)
            (ingredients if _looks_like_ingredient(text, turn) else steps).append(text)
    slug = url.rstrip("/").rsplit("/", 1)[-1].replace("-", " ")
    title = re.sub(r"\s+", " ", re.sub(r"[^A-Za-z ]", " ", slug)).strip().title() or "Recipe"
    return recipe_from_lines(url, title, ingredients, steps)


def _looks_like_ingredient(text: str, turn: dict[str, Any]) -> bool:
    if turn.get("intent") == "return_list_ingredients_tools" and not text.endswith("."):
        return True
    return bool(re.match(r"^[\d½¼¾⅓⅔⅛]", text)) and not text.endswith(".") and len(text.split()) < 18


def wizard_of_tasks(path: Path, recipes_path: Path | None = None) -> list[Example]:
    """Wizard of Tasks dialogues in the official JSON form, joined on url with the recipes where these are given."""
    recipes: dict[str, Recipe] = {}
    if recipes_path is not None:
        for line in open_text(recipes_path):
            row = json.loads(line)
            recipes[row["url"]] = recipe_from_lines(
                row["url"],
                row["title"],
                row["ingredients"],
                row["steps"],
                description=clean_text(row["description"] or ""),
            )
    data = json.loads(path.read_text(encoding="utf-8"))
    examples = []
    for conversation_id, row in data.items():
        url = row["document_url"]
        recipe = recipes.get(url) or rebuild_recipe(url, row["turns"])
        examples.append(
            Example(
                Dialogue(conversation_id, url, turns_of(row["turns"], recipe), split=row["data_split"]),
                recipe,
                source="wot",
            )
        )
    return examples


def turns_of(rows: list[dict[str, Any]], recipe: Recipe) -> list[Turn]:
    """Turns in the official form → ``Turn`` objects whose shared items are those of ``recipe``; unknown lines are
    dropped.
    """
    matcher = ItemMatcher(recipe)
    order = {item: number for number, item in enumerate(recipe.items)}
    turns = []
    for row in rows:
        found = {item for line in row.get("shared_data") or () if (item := matcher.find(line))}
        turns.append(
            Turn(
                role="cook" if _ROLES[row["role"]] == "cook" else "wizard",
                text=clean_text(row["text"] or ""),
                intent=row.get("intent") or "",
                shared=tuple(sorted(found, key=order.__getitem__)) if row["role"] == "teacher" else (),
            )
        )
    return turns


_COOKDIAL_ACTS = {
    "simplify_continue": "return_next_step",
    "inform_instruction": "return_next_step",
    "inform_ingredient": "return_list_ingredients_tools",
    "sum_ingredient_list": "return_list_ingredients_tools",
    "simplify_begin": "return_next_step",
    "inform_amount": "answer_question_recipe_steps",
    "inform_duration": "answer_question_recipe_steps",
    "inform_temperature": "answer_question_recipe_steps",
    "inform_tool": "answer_question_recipe_steps",
    "repeat": "answer_question_recipe_steps",
    "fence": "answer_question_external_fact",
    "propose_start_recipe": "ask_student_question",
    "propose_list_ingredients": "ask_student_question",
    "propose_start_instruction": "ask_student_question",
    "verify": "ask_student_question",
}
_COOKDIAL_ASKS = {  # in order of precedence where an utterance has several
    "req_instruction": "request_next_step",
    "req_start": "request_next_step",
    "confirm": "request_next_step",
    "affirm": "request_next_step",
    "req_ingredient": "ask_question_ingredients_tools",
    "req_ingredient_list": "ask_question_ingredients_tools",
    "req_amount": "ask_question_ingredients_tools",
    "req_tool": "ask_question_ingredients_tools",
    "req_is_recipe_finished": "request_next_step",
    "req_is_recipe_ongoing": "request_next_step",
    "goodbye": "stop",
    "thank": "stop",
    "greeting": "chitchat",
}


def cookdial(dialogs_path: Path, recipes_path: Path) -> list[Example]:
    """CookDial dialogues; an agent act names the recipe items that it is about, which become the shared items."""
    recipes: dict[str, tuple[Recipe, dict[str, str]]] = {}
    for line in open_text(recipes_path):
        row = json.loads(line)
        ids: dict[str, str] = {}
        for item in row["content"]:
            if item["type"] in ("ingredient", "instruction"):
                ids[item["id"]] = clean_text(re.sub(r"^\d+\)\s*", "", item["text"]))
        recipe = recipe_from_lines(
            f"cookdial:{row['id']}",
            row["title"],
            [text for key, text in ids.items() if key.startswith("ing")],
            [text for key, text in ids.items() if key.startswith("inst")],
        )
        recipes[row["id"]] = (recipe, ids)
    examples = []
    for line in open_text(dialogs_path):
        row = json.loads(line)
        recipe, ids = recipes[row["recipe"]]
        examples.append(
            Example(
                Dialogue(f"cookdial-{row['id']}", recipe.url, list(_cookdial_turns(row, ids, recipe))),
                recipe,
                source="cookdial",
            )
        )
    return examples


def _cookdial_turns(row: dict[str, Any], ids: dict[str, str], recipe: Recipe) -> Iterator[Turn]:
    order = {item: number for number, item in enumerate(recipe.items)}
    for turn in row["messages"]:
        text = clean_text(turn["utterance"])
        annotation = turn["annotations"]
        if turn["bot"]:
            acts = re.findall(r"([a-z_]+)\(", annotation)
            found = {ids[key] for key in re.findall(r"(?:ing|inst)-\d+", annotation) if key in ids}
            known = [_COOKDIAL_ACTS[act] for act in acts if act in _COOKDIAL_ACTS]
            intent = known[-1] if known else ("answer_question_recipe_steps" if found else "chitchat")
            if intent == "return_next_step":
                found = {item for item in found if item in recipe.steps}
            yield Turn("wizard", text, intent, tuple(sorted((f for f in found if f in order), key=order.__getitem__)))
        else:
            match = re.search(r'"intent": "([^"]*)', annotation)
            asked = re.findall(r"[a-z_]+", match.group(1)) if match else []
            known = [
                _COOKDIAL_ASKS[name]
                for name in _COOKDIAL_ASKS
                if name in asked and not (name == "confirm" and len(asked) > 1)
            ]
            yield Turn("cook", text, known[0] if known else "ask_question_recipe_steps")
