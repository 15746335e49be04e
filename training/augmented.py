"""Augmented dialogues as a file: Wizard of Tasks form with provenance, from ``training.augment``, for training.

One conversation per source turn: the turns just before it (``origin`` "context"), the improved pair ("improved", or the
original one as context where it did not pass), the follow-ups ("follow_up"). Beside the official fields a turn of the
wizard's has ``commonsense`` ({"kind": "physical", "tag": "tool"} or null) and ``external``; a conversation has its
``recipe`` and ``provenance`` (source turn, model, prompt version, temperature, time).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model.facts import content
from model.guard import Guard
from model.vocabulary import Dialogue, Turn
from retrieval.cookbook import load_recipes
from retrieval.recipe import KnowledgeEntry, Recipe, RecipeError
from training.corpora import Example, recipe_from_lines, turns_of

if TYPE_CHECKING:
    from training.augment_check import Checked
    from training.augment_source import SourceTurn

CONTEXT_TURNS = 4
EXTERNAL = "answer_question_external_fact"
ON_PAGE = "answer_question_recipe_steps"
_THINGS = ("tool", "ingredient")


def conversation(source: "SourceTurn", checked: "Checked", provenance: dict[str, Any]) -> dict[str, Any]:
    """One source turn with what was kept of its augmentation.

    Args:
        source: The turn.
        checked: The pairs that passed.
        provenance: ``model``, ``prompt_version``, ``temperature``, ``time`` (seconds since 1970), ``repaired``.
    """
    turns: list[dict[str, Any]] = []

    def say(turn: Turn, origin: str, tag: str = "", external: bool = False) -> None:
        turns.append(_official(turn, len(turns) + 1, origin, tag, external))

    for turn in source.history[-CONTEXT_TURNS:]:
        say(turn, "context")
    improved = checked.improved
    if improved is None:
        say(source.cook, "context")
        say(source.wizard, "context")
    else:
        intent = (
            EXTERNAL if improved.external else source.wizard.intent if source.wizard.intent != EXTERNAL else ON_PAGE
        )
        say(replace(source.cook, text=improved.question), "improved")
        say(Turn("wizard", improved.answer, intent, improved.shared), "improved", external=improved.external)
    for pair in checked.follow_ups:
        asks = "ask_question_ingredients_tools" if pair.tag in _THINGS else "ask_question_recipe_steps"
        say(Turn("cook", pair.question, asks), "follow_up")
        intent = EXTERNAL if pair.external else ON_PAGE
        say(Turn("wizard", pair.answer, intent, pair.shared), "follow_up", pair.tag, pair.external)
    moment = datetime.fromtimestamp(provenance["time"], UTC).isoformat(timespec="seconds")
    return {
        "document_url": source.recipe.url,
        "data_split": "train",
        "turns": turns,
        "recipe": {
            "title": source.recipe.title,
            "ingredients": [ingredient.text for ingredient in source.recipe.ingredients],
            "steps": list(source.recipe.steps),
        },
        "provenance": {"conversation_id": source.conversation_id, "turn_counter": source.counter}
        | provenance
        | {"time": moment},
    }


def _official(turn: Turn, counter: int, origin: str, tag: str, external: bool) -> dict[str, Any]:
    cook = turn.role == "cook"
    row: dict[str, Any] = {
        "text": turn.text,
        "turn_counter": counter,
        "dangerous_tools": [],
        "shared_data": list(turn.shared),
        "intent": turn.intent,
        "relevant": "yes",
        "useful": "yes",
        "worker_id": 0,
        "previous_worker_id": None if counter == 1 else 0,
        "role": "student" if cook else "teacher",
        "origin": origin,
    }
    if cook:
        return row | {"real_life_action": "N/A"}
    kind = "physical" if tag in _THINGS else "temporal"
    return row | {
        "external_urls": [],
        "external": external,
        "commonsense": {"kind": kind, "tag": tag} if tag else None,
    }


def augmented_examples(path: Path, knowledge: Sequence[KnowledgeEntry] = ()) -> Iterator[Example]:
    """Augmented dialogues for training. Their context is given, not learned again.

    An answer from general knowledge is learned only where an entry of ``knowledge`` bears it out, which then is its
    passage: a student that learns answers which stand nowhere learns to make them up. Others are left out.

    Raises:
        RecipeError: The file cannot be read or is in another form.
    """
    try:
        data: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        bundled = {recipe.url: recipe for recipe in load_recipes()}
        guard = Guard()
        for id_, row in data.items():
            url, lines = row["document_url"], row["recipe"]
            recipe = bundled.get(url) or recipe_from_lines(url, lines["title"], lines["ingredients"], lines["steps"])
            if (example := _example(id_, row["turns"], recipe, knowledge, guard)) is not None:
                yield example
    except OSError as error:
        raise RecipeError(f"Cannot read {path}: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path} is not a file of training.augment ({type(error).__name__}: {error}).") from error


def _example(
    id_: str, rows: list[dict[str, Any]], recipe: Recipe, knowledge: Sequence[KnowledgeEntry], guard: Guard
) -> Example | None:
    turns = turns_of(rows, recipe)
    kept: list[Turn] = []
    passages: dict[int, tuple[str, ...]] = {}
    given, question = 0, Turn("cook", "")
    for turn, row in zip(turns, rows, strict=True):
        if row["origin"] == "context":
            kept.append(turn)
            given = len(kept)
        elif turn.role == "cook":
            question = turn
        else:
            passage = _backing(question.text, turn.text, recipe, knowledge, guard) if row["external"] else ""
            if row["external"] and not passage:
                continue
            if passage:
                passages[len(kept) + 1] = (passage,)
            kept += [question, turn]
    if len(kept) == given:
        return None
    return Example(Dialogue(id_, recipe.url, kept), recipe, passages, "augmented", given)


def _backing(question: str, answer: str, recipe: Recipe, knowledge: Sequence[KnowledgeEntry], guard: Guard) -> str:
    """The knowledge entry that bears an answer out, or ""."""
    said = content(answer)
    close = sorted(knowledge, key=lambda entry: -len(said & content(entry.text)))[:5]
    for entry in close:
        verdict = guard.check(answer, recipe, (entry.text,), utterance=question)
        if verdict.supported and len(said & content(entry.text)) >= 0.5 * len(said):
            return entry.text
    return ""
