"""Questions with the pieces that answer them, for training and judging the reranker."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from model.vocabulary import Turn
from retrieval.passage import Query
from retrieval.pieces import Piece
from retrieval.recipe import Recipe
from retrieval.store import pieces_of
from retrieval.text import normalise
from training.corpora import Example, cookdial, open_text, recipe_from_lines, wizard_of_tasks

DONE = "you are done"


@dataclass(slots=True)
class Question:
    """A question about a recipe.

    Attributes:
        id: Its name in the data set.
        query: What retrieval is asked.
        recipe: The recipe.
        answers: Ids of the pieces that answer it.
        weight: In training.
        source: Data set.
        span: WoTe's answer, verbatim, or "".
    """

    id: str
    query: Query
    recipe: Recipe
    answers: frozenset[str]
    weight: float = 1.0
    source: str = ""
    span: str = ""


def plain(text: str) -> str:
    """Text as words with single spaces, for looking for a span: units of temperature, accents and marks do not matter."""
    return " ".join(re.findall(r"[a-z0-9/.]*[a-z0-9]", normalise(text).replace("degrees fahrenheit", "degrees")))


def holds(passage: str, span: str) -> bool:
    """Whether a passage contains an answer span."""
    return f" {plain(span)} " in f" {plain(passage)} " or plain(span) in plain(passage)


def wote(path: Path) -> list[Question]:
    """The cooking questions of WoTe (Fischer et al., 2024), with the history that it gives.

    The pieces that hold the span are the answers; of a span of several lines, the pieces that hold one of them (they count
    in training; as a hit counts only a passage that holds it all).
    """
    questions = []
    for line in open_text(path):
        row = json.loads(line)
        if row["domain"] != "cooking":
            continue
        data = row["task_data"]
        recipe = recipe_from_lines(
            row["document_url"],
            data["title"],
            data["ingredients"],
            data["steps"],
            description=data["description"] or "",
        )
        history = tuple(t.strip() for t in (row["history"] or "").split(" | ") if t.strip())
        span = row["extracted_answer"]
        pieces = [p for p in pieces_of(recipe) if p.kind != "recipe"]
        answers = _answers(pieces, span, recipe)
        questions.append(
            Question(
                row["question_id"], Query(row["question"], history, recipe.url), recipe, answers, 1.0, "wote", span
            )
        )
    return questions


def _answers(pieces: list[Piece], span: str, recipe: Recipe) -> frozenset[str]:
    if span.strip().lower().rstrip(".") == DONE:
        return frozenset({f"{recipe.url}#step-{len(recipe.steps)}"})
    whole = frozenset(p.id for p in pieces if holds(p.text, span))
    if whole:
        return whole
    parts = [part for part in re.split(r"\n|\. ", span) if len(part.split()) > 1]
    found = frozenset(p.id for p in pieces for part in parts if p.kind != "ingredients" and holds(p.text, part))
    if len([1 for i in found if "#ingredient-" in i]) > 2:
        return frozenset({f"{recipe.url}#ingredients"})
    return found


def dialogues(data: Path, rng: random.Random) -> list[Question]:
    """Cooks' turns of Wizard of Tasks and CookDial whose answer showed items of the recipe.

    The step at hand is given half the time (as the assistant knows it), and half the time left to the history.
    """
    wot = wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl")
    known = {json.loads(line)["url"] for line in open_text(data / "wizard_of_tasks_recipes.jsonl")}
    questions = []
    for example in wot:
        if (
            example.recipe is not None
            and len(example.recipe.steps) > 2
            and example.dialogue.split in ("train", "validation")
        ):
            questions += _from_dialogue(example, rng, "wot" if example.recipe.url in known else "wot-part")
    for example in cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl"):
        questions += _from_dialogue(example, rng, "cookdial")
    return questions


def _from_dialogue(example: Example, rng: random.Random, source: str) -> Iterator[Question]:
    recipe = example.recipe
    if recipe is None:
        return
    steps = {s: n for n, s in enumerate(recipe.steps, 1)}
    lines = {i.text: n for n, i in enumerate(recipe.ingredients, 1)}
    place: int | None = None
    turns = example.dialogue.turns
    for number, turn in enumerate(turns):
        if turn.role != "wizard":
            continue
        before = turns[number - 1] if number else None
        if before is not None and before.role == "cook" and turn.shared and before.text.strip():
            answers = {f"{recipe.url}#step-{steps[s]}" for s in turn.shared if s in steps}
            asked_lines = [f"{recipe.url}#ingredient-{lines[s]}" for s in turn.shared if s in lines]
            answers |= set(asked_lines) if len(asked_lines) <= 2 else {f"{recipe.url}#ingredients"}
            if 0 < len(answers) <= 3:
                back = rng.choice((2, 4, 4, 6))
                history = tuple(_said(t) for t in turns[max(0, number - 1 - back) : number - 1])
                given = place if rng.random() < 0.35 else None
                yield Question(
                    f"{example.dialogue.id}-{number}" if hasattr(example.dialogue, "id") else f"{recipe.url}-{number}",
                    Query(before.text, history, recipe.url, given), recipe, frozenset(answers), 1.0, source,
                )  # fmt: skip
        shown = [steps[s] for s in turn.shared if s in steps]
        if shown:
            place = shown[-1]


def _said(turn: Turn) -> str:
    return f"{turn.role}: {turn.text}"
