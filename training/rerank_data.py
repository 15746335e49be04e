"""Questions with the pieces that answer them, for training and judging the reranker."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types
from retrieval.clean import clean_text
from retrieval.passage import Query
from retrieval.pieces import Piece
from retrieval.recipe import Recipe
from retrieval.store import pieces_of
from retrieval.text import content_words, normalise
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
    """Text as words with single spaces, for looking for a span: units of temperature, accents and marks do not
    matter.
    """
    return " ".join(re.findall(r"[a-z0-9/.]*[a-z0-9]", normalise(text).replace("degrees fahrenheit", "degrees")))


def holds(passage: str, span: str) -> bool:
    """Whether a passage contains an answer span."""
    return f" {plain(span)} " in f" {plain(passage)} " or plain(span) in plain(passage)


def wote(path: Path, domain: str = "cooking") -> list[Question]:
    """The questions of WoTe (Fischer et al., 2024) in one domain ("cooking" or "diy"), with the history that it gives.

    The pieces that hold the span are the answers; of a span of several lines, the pieces that hold one of them (they
    count in training; as a hit counts only a passage that holds it all).
    """
    source = "wote" if domain == "cooking" else domain
    questions = []
    for line in open_text(path):
        row = json.loads(line)
        if row["domain"] != domain:
            continue
        data = row["task_data"]
        recipe = recipe_from_lines(
            row["document_url"],
            data["title"],
            data.get("ingredients") or [],
            data["steps"],
            description=data["description"] or "",
        )
        history = tuple(t.strip() for t in (row["history"] or "").split(" | ") if t.strip())
        span = row["extracted_answer"]
        pieces = [p for p in pieces_of(recipe) if p.kind != "recipe"]
        answers = _answers(pieces, span, recipe)
        questions.append(
            Question(
                row["question_id"], Query(row["question"], history, recipe.url), recipe, answers, 1.0, source, span
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
    """Cooks' turns of Wizard of Tasks and CookDial whose answer shows or says what an item of the recipe says.

    The step at hand is given a third of the time (as the assistant knows it); otherwise it is left to the history.
    """
    wot = wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl")
    known = {json.loads(line)["url"] for line in open_text(data / "wizard_of_tasks_recipes.jsonl")}
    questions: list[Question] = []
    for example in wot:
        if (
            example.recipe is not None
            and len(example.recipe.steps) > 2
            and example.dialogue.split in ("train", "validation")
        ):
            questions += _wizard_of_tasks(example, rng, "wot" if example.recipe.url in known else "wot-part")
    recipes = {
        e.dialogue.url: e.recipe for e in cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl")
    }
    for line in open_text(data / "cookdial_dialogs.jsonl"):
        row = json.loads(line)
        recipe = recipes[f"cookdial:{row['recipe']}"]
        if recipe is not None:
            questions += _cookdial(row, recipe, rng)
    return questions


def _wizard_of_tasks(example: Example, rng: random.Random, source: str) -> Iterator[Question]:
    recipe = example.recipe
    assert recipe is not None
    steps = {s: n for n, s in enumerate(recipe.steps, 1)}
    lines = {i.text: n for n, i in enumerate(recipe.ingredients, 1)}
    pieces = [p for p in pieces_of(recipe) if p.kind in ("step", "ingredient")]
    place: int | None = None
    turns = example.dialogue.turns
    for number in range(1, len(turns)):
        turn, before = turns[number], turns[number - 1]
        if turn.role != "wizard":
            continue
        answers = {f"{recipe.url}#step-{steps[s]}" for s in turn.shared if s in steps}
        asked_lines = [f"{recipe.url}#ingredient-{lines[s]}" for s in turn.shared if s in lines]
        answers |= set(asked_lines) if len(asked_lines) <= 2 else {f"{recipe.url}#ingredients"}
        asks = before.intent.startswith("ask_question")
        if (
            asks
            and turn.intent in ("answer_question_recipe_steps", "answer_question_external_fact")
            and len(answers) != 1
        ):
            answers = _said_by(turn.text, pieces)
        weight = 1.0 if asks else 0.4
        if before.role == "cook" and before.text.strip() and 0 < len(answers) <= 2:
            back = rng.choice((2, 4, 4, 4))
            history = tuple(f"{t.role}: {t.text}" for t in turns[max(0, number - 1 - back) : number - 1])
            given = place if rng.random() < 0.35 else None
            query = Query(before.text, history, recipe.url, given)
            yield Question(f"{example.dialogue.id}-{number}", query, recipe, frozenset(answers), weight, source)
        shown = [steps[s] for s in turn.shared if s in steps]
        if shown:
            place = shown[-1]


def _said_by(answer: str, pieces: list[Piece]) -> set[str]:
    """The piece that a wizard's answer plainly comes from: it holds most of the answer's content words and its
    numbers.
    """
    stems = set(content_words(answer))
    if len(stems) < 2:
        return set()
    shares = [(len(stems & set(content_words(p.text))) / (len(stems) + 0.5), p) for p in pieces]
    share, best = max(shares, key=lambda item: item[0])
    numbers = {s for s in stems if s[0].isdigit()}
    return {best.id} if share >= 0.5 and numbers <= set(content_words(best.text)) else set()


_QUESTIONS = {
    "req_temperature",
    "req_duration",
    "req_amount",
    "req_tool",
    "req_use_all",
    "req_repeat",
    "req_parallel_action",
    "req_substitute",
    "req_ingredient",
}


def _cookdial(row: dict[str, Any], recipe: Recipe, rng: random.Random) -> Iterator[Question]:
    """CookDial says for each of the cook's turns which step it is about."""
    messages = row["messages"]
    for number, message in enumerate(messages):
        if message["bot"]:
            continue
        notes = json.loads(message["annotations"])
        asked = set(re.findall(r"[a-z_]+", notes.get("intent", "")))
        step = re.fullmatch(r"inst-(\d+)", str(notes.get("tracker_requested_step", "")))
        reply = (
            messages[number + 1]["annotations"] if number + 1 < len(messages) and messages[number + 1]["bot"] else ""
        )
        line = re.search(r"inform_amount\(ing-(\d+)", reply)
        if line:
            answer = f"#ingredient-{int(line[1]) + 1}"
        elif step:
            answer = f"#step-{int(step[1]) + 1}"
        else:
            continue
        if rng.random() < 0.5 and asked <= {"req_instruction", "confirm", "thank", "affirm"}:
            continue  # there are plenty of "what's next?"
        questioning = bool(asked & _QUESTIONS) or ("?" in message["utterance"] and "req_instruction" not in asked)
        back = rng.choice((2, 4, 4, 4))
        history = tuple(
            f"{'wizard' if m['bot'] else 'cook'}: {m['utterance']}" for m in messages[max(0, number - back) : number]
        )
        done = re.fullmatch(r"inst-(\d+)", str(notes.get("tracker_completed_step", "")))
        given = int(done[1]) + 1 if done and rng.random() < 0.35 else None
        query = Query(clean_text(message["utterance"]), tuple(clean_text(h) for h in history), recipe.url, given)
        weight = 1.0 if questioning else 0.25
        yield Question(f"{row['id']}-{number}", query, recipe, frozenset({recipe.url + answer}), weight, "cookdial")


def plausible(question: Question) -> bool:
    """Whether an answer can be one: "how long" wants a duration, "how hot" a temperature or a heat, "how much" a
    number.

    In dialogues the items shown with a reply are often the next step rather than the answer; such labels would teach
    the reranker to pass over what was asked.
    """
    types = dict(zip(QUESTION_TYPES, question_types(question.query.text), strict=True))
    texts = [p.text for p in pieces_of(question.recipe) if p.id in question.answers]
    for asked, wanted in (("how_long", ("time", "until")), ("how_hot", ("degrees", "heat")), ("how_much", ("amount",))):
        held = [dict(zip(OFFERS, offers(text), strict=True)) for text in texts]
        if types[asked] and not any(h[w] for h in held for w in wanted):
            return False
    return True
