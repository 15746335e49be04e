"""The dialogues written for this project, as training examples; their form is described in ``retrieval.dialogues``."""

import random
import re
import zlib
from collections.abc import Iterator, Sequence
from importlib import resources

from model.vocabulary import Dialogue, Turn
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.dialogues import DialogueError as DialogueError
from retrieval.dialogues import read_dialogues
from retrieval.recipe import KnowledgeEntry, Recipe
from training.corpora import Example


def split_of(slug: str) -> str:
    """The split: "validation" for a fifth of the recipes, chosen by name, else "train"."""
    return "validation" if zlib.crc32(slug.encode()) % 5 == 0 else "train"


def parse_dialogues(
    text: str, name: str, recipes: dict[str, Recipe], knowledge: dict[str, KnowledgeEntry]
) -> Iterator[tuple[Example, dict[int, tuple[str, ...]]]]:
    """Examples of a file in the compact form, each with the tags of its turns by position.

    Raises:
        DialogueError: The file is not in that form.
    """
    for script in read_dialogues(text, name, recipes, knowledge):
        split = split_of(script.recipe.url.removeprefix("cookbook:"))
        turns = [Turn(line.role, line.text, line.intent, line.shared) for line in script.lines]
        dialogue = Dialogue(f"cookbook-{name.rsplit('.', 1)[0]}-{script.number}", script.recipe.url, turns, split)
        passages = {
            n: tuple(entry.text for entry in line.entries) for n, line in enumerate(script.lines) if line.entries
        }
        tags = {n: line.tags for n, line in enumerate(script.lines) if line.tags}
        yield Example(dialogue, script.recipe, passages, "cookbook"), tags


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
