"""The dialogues written for this project, as training examples.

They are kept in a compact text form, a block per dialogue::

    # shakshuka | hurried parent, terse
    C next: ok start
    W step p1: Warm the oil in a wide pan over medium heat.
    C ask_step @duration: how long
    W answer p2: 6 to 8 minutes, until the onion is soft.
    C ask_ingr @substitute: no cumin seed, ground ok?
    W fact k:sub-cumin-ground: Yes, use half as much.

The header names the recipe's slug and who is asking. ``C`` is the cook, ``W`` the wizard, then the intent (short names
below), for the wizard the shared items (``p3`` the third step, ``i2`` the second ingredient, ``i*`` all ingredients),
knowledge entries (``k:id``) that back the answer, tags of commonsense (``@tool``, ``@ingredient``, ``@duration``,
``@order``, ``@frequency`` …), then the text.
"""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib import resources
from typing import Any

from model.vocabulary import Dialogue, Turn
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.recipe import KnowledgeEntry, Recipe
from training.corpora import Example

COOK_INTENTS = {
    "next": "request_next_step",
    "ask_step": "ask_question_recipe_steps",
    "ask_ingr": "ask_question_ingredients_tools",
    "stop": "stop",
    "chat": "chitchat",
    "misc": "misc",
}
WIZARD_INTENTS = {
    "step": "return_next_step",
    "fact": "answer_question_external_fact",
    "answer": "answer_question_recipe_steps",
    "list": "return_list_ingredients_tools",
    "ask": "ask_student_question",
    "chat": "chitchat",
    "misc": "misc",
}
_LINE = re.compile(r"^([CW]) ([a-z_]+)((?: [^\s:]+(?::[^\s:]+)?)*): (.+)$")


class DialogueError(ValueError):
    """A dialogue file is not in the form described above; the message names file and line."""


def split_of(slug: str) -> str:
    """The split: "validation" for a fifth of the recipes, chosen by name, else "train"."""
    return "validation" if zlib.crc32(slug.encode()) % 5 == 0 else "train"


def parse_dialogues(
    text: str, name: str, recipes: dict[str, Recipe], knowledge: dict[str, KnowledgeEntry]
) -> Iterator[tuple[Example, dict[int, tuple[str, ...]]]]:
    """Examples of a file in the compact form, each with the tags of its turns by position."""
    example: Example | None = None
    tags: dict[int, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line:
            continue
        where = f"{name}:{number}"
        if line.startswith("#"):
            if example is not None:
                yield example, tags
            slug = line.lstrip("# ").split("|")[0].strip()
            recipe = recipes.get(slug)
            if recipe is None:
                raise DialogueError(f"{where}: there is no recipe '{slug}' in the cookbook.")
            dialogue = Dialogue(f"cookbook-{name.rsplit('.', 1)[0]}-{number}", recipe.url, [], split_of(slug))
            example, tags = Example(dialogue, recipe, {}, "cookbook"), {}
            continue
        if example is None or example.recipe is None:
            raise DialogueError(f"{where}: a turn before the first '# recipe' line.")
        turn, entries, turn_tags = _turn(line, where, example.recipe, knowledge)
        position = len(example.dialogue.turns)
        example.dialogue.turns.append(turn)
        if entries:
            example.passages[position] = tuple(entry.text for entry in entries)
        if turn_tags:
            tags[position] = turn_tags
    if example is not None:
        yield example, tags


def _turn(
    line: str, where: str, recipe: Recipe, knowledge: dict[str, KnowledgeEntry]
) -> tuple[Turn, list[KnowledgeEntry], tuple[str, ...]]:
    match = _LINE.match(line)
    if match is None:
        raise DialogueError(f"{where}: not 'C intent: text' or 'W intent items: text'.")
    who, short, marks, text = match.groups()
    intents = COOK_INTENTS if who == "C" else WIZARD_INTENTS
    if short not in intents:
        raise DialogueError(f"{where}: unknown intent '{short}' (one of {', '.join(intents)}).")
    shared: list[str] = []
    entries: list[KnowledgeEntry] = []
    tags: list[str] = []
    for mark in marks.split():
        if mark.startswith("@"):
            tags.append(mark[1:])
        elif mark.startswith("k:"):
            if mark[2:] not in knowledge:
                raise DialogueError(f"{where}: there is no knowledge entry '{mark[2:]}'.")
            entries.append(knowledge[mark[2:]])
        elif mark == "i*":
            shared += [ingredient.text for ingredient in recipe.ingredients]
        elif re.fullmatch(r"[ip]\d+", mark):
            items: Any = recipe.steps if mark[0] == "p" else [ingredient.text for ingredient in recipe.ingredients]
            index = int(mark[1:]) - 1
            if not 0 <= index < len(items):
                raise DialogueError(f"{where}: the recipe has no {mark}.")
            shared.append(items[index])
        else:
            raise DialogueError(f"{where}: '{mark}' is neither an item, an entry nor a tag.")
    order = {item: position for position, item in enumerate(recipe.items)}
    unique = tuple(sorted(dict.fromkeys(shared), key=order.__getitem__))
    return (
        Turn("cook" if who == "C" else "wizard", text.strip(), intents[short], unique if who == "W" else ()),
        entries,
        tuple(tags),
    )


def cookbook_examples(split: str | None = None) -> list[Example]:
    """The bundled dialogues, all or of one split."""
    recipes = {recipe.url.removeprefix("cookbook:"): recipe for recipe in load_recipes()}
    knowledge = {entry.id: entry for entry in load_knowledge()}
    folder = resources.files("retrieval.cookbook") / "dialogues"
    out = []
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt"):
            for example, _ in parse_dialogues(file.read_text(encoding="utf-8"), file.name, recipes, knowledge):
                if split is None or example.dialogue.split == split:
                    out.append(example)
    return out


def as_served(example: Example, rng: random.Random, knowledge: Sequence[KnowledgeEntry]) -> Example:
    """The example with passages as retrieval would bring them: what backs the answer, notes of the recipe, and beside
    the point.

    An answer to a question may rest on a tip, a pitfall or the storage note of its recipe: the note that shares most
    words with it becomes a passage. Most questions also get passages that do not help, in any order, as they come when
    a cook chats.
    """
    recipe, turns = example.recipe, example.dialogue.turns
    if recipe is None:
        return example
    notes = [note for note in (*recipe.tips, *recipe.pitfalls, recipe.storage) if note]
    passages: dict[int, tuple[str, ...]] = {}
    for position in range(1, len(turns)):
        cook, wizard = turns[position - 1], turns[position]
        if wizard.role != "wizard" or not cook.intent.startswith("ask_question"):
            continue
        found = list(example.passages.get(position, ()))
        if not found and wizard.intent.startswith("answer"):
            best = max(notes, key=lambda note: _shared_words(wizard.text, note), default="")
            if best and _shared_words(wizard.text, best) >= 0.45:
                found.append(best)
        if knowledge and rng.random() < (0.6 if found else 0.5):
            found += [entry.text for entry in rng.sample(list(knowledge), min(len(knowledge), rng.choice((1, 1, 2))))]
            if notes and rng.random() < 0.3:
                found.append(rng.choice(notes))
            if rng.random() < 0.4:
                rng.shuffle(found)
        if found:
            passages[position] = tuple(dict.fromkeys(found))
    return Example(example.dialogue, recipe, passages, example.source)


def _shared_words(answer: str, note: str) -> float:
    words = set(re.findall(r"[a-z]{4,}", answer.lower()))
    return len(words & set(re.findall(r"[a-z]{4,}", note.lower()))) / len(words) if words else 0.0
