"""The question–answer turns to augment: from Wizard of Tasks files, logged conversations, the cookbook."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.vocabulary import Turn
from retrieval.cookbook import load_recipes
from retrieval.recipe import Recipe, RecipeError
from training.cookbook import cookbook_examples
from training.corpora import open_text, rebuild_recipe, recipe_from_lines, turns_of


@dataclass(frozen=True, slots=True)
class SourceTurn:
    """A cook's question with the wizard's answer.

    Attributes:
        conversation_id, counter: Where the answer stands (``turn_counter`` of the data, counted from 1).
        recipe: What it is about.
        history: The turns before the question, oldest first.
        cook: The question.
        wizard: The answer.
        passages: Further texts that the answer rests on.
    """

    conversation_id: str
    counter: int
    recipe: Recipe
    history: tuple[Turn, ...]
    cook: Turn
    wizard: Turn
    passages: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A name for the pair, unique among all sources."""
        return f"{self.conversation_id}-{self.counter}"


def pairs(turns: list[Turn]) -> Iterator[int]:
    """Positions of the wizard's turns that answer a question right before them."""
    for position in range(1, len(turns)):
        cook, wizard = turns[position - 1], turns[position]
        asked = cook.intent.startswith("ask_question") if cook.intent else cook.text.rstrip().endswith("?")
        if asked and cook.role == "cook" and wizard.role == "wizard" and cook.text and wizard.text:
            yield position


def from_dialogues(path: Path, recipes_path: Path | None = None, split: str = "train") -> Iterator[SourceTurn]:
    """Turns of a file in the official Wizard of Tasks form, as ``souschef log export`` also writes it.

    Args:
        path: The dialogues.
        recipes_path: JSON lines with url, title, ingredients and steps. The bundled recipes are known without; one that
            is nowhere is rebuilt from what the whole dialogue shared.
        split: Only dialogues of this ``data_split``; "all" for every one.

    Raises:
        RecipeError: A file cannot be read or is not in that form.
    """
    try:
        known = {recipe.url: recipe for recipe in load_recipes()}
        for line in open_text(recipes_path) if recipes_path else ():
            row = json.loads(line)
            known[row["url"]] = recipe_from_lines(row["url"], row["title"], row["ingredients"], row["steps"])
        data: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        for conversation_id, row in data.items():
            if split not in ("all", row["data_split"]):
                continue
            url, raw = row["document_url"] or "", row["turns"]
            recipe = known.get(url) or rebuild_recipe(url, raw)
            turns = turns_of(raw, recipe)
            for position in pairs(turns):
                yield SourceTurn(
                    conversation_id, int(raw[position]["turn_counter"]), recipe, tuple(turns[: position - 1]),
                    turns[position - 1], turns[position],
                )  # fmt: skip
    except OSError as error:
        raise RecipeError(f"Cannot read {error.filename}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(
            f"{path}{f' or {recipes_path}' if recipes_path else ''} is not in the Wizard of Tasks form "
            f"({type(error).__name__}: {error})."
        ) from error


def from_cookbook() -> Iterator[SourceTurn]:
    """Turns of the dialogues written for this project (train split), with the knowledge entries behind the answers."""
    for example in cookbook_examples("train"):
        turns = example.dialogue.turns
        for position in pairs(turns):
            if example.recipe is not None:
                yield SourceTurn(
                    example.dialogue.id, position + 1, example.recipe, tuple(turns[: position - 1]),
                    turns[position - 1], turns[position], example.passages.get(position, ()),
                )  # fmt: skip
