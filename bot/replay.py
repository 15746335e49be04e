"""Recorded dialogues, answered turn by turn: what the assistant would have said where the wizard said something.

For every wizard turn that follows a cook's turn, the student sees the reference history before it and nothing after
it. The same student, retrieval and guard as in a chat, without a session: the step at hand is derived from what the
history shared.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bot.answer import Answerer
from bot.errors import InputError
from model.vocabulary import Turn
from retrieval.clean import clean_text
from retrieval.passage import Passage
from retrieval.recipe import Ingredient, Recipe

HISTORY = 200  # turns; the prompt takes as many of the last as fit


@dataclass(frozen=True, slots=True)
class Case:
    """One reply to be made: everything known when it was asked for."""

    conversation_id: str
    turn_counter: int
    utterance: str
    history: tuple[Turn, ...]
    recipe: Recipe | None


def read_recipes(lines: Iterator[tuple[int, dict[str, Any]]]) -> dict[str, Recipe]:
    """Recipes by url, and by conversation id under ``"id:…"`` where the line has one; items verbatim.

    Raises:
        InputError: A line has no title, ingredients or steps.
    """
    recipes: dict[str, Recipe] = {}
    for number, line in lines:
        items, steps = line.get("ingredients"), line.get("steps", line.get("directions"))
        if not isinstance(items, list) or not isinstance(steps, list):
            raise InputError(f'Recipe line {number} has no "ingredients" and "steps" lists.')
        url = str(line.get("url") or line.get("source_url") or f"line:{number}")
        recipes[url] = make_recipe(url, str(line.get("title") or ""), items, steps, str(line.get("description") or ""))
    return recipes


def make_recipe(url: str, title: str, ingredients: list[Any], steps: list[Any], description: str = "") -> Recipe:
    """A recipe out of plain lines."""
    from retrieval.quantity import parse_ingredient

    lines = [text for raw in ingredients if (text := clean_text(str(raw)))]
    return Recipe(
        url=url,
        title=clean_text(title) or "Recipe",
        ingredients=tuple(parse_ingredient(text) for text in lines),
        steps=tuple(text for raw in steps if (text := clean_text(str(raw)))),
        description=clean_text(description),
    )


def rebuilt(url: str, turns: list[dict[str, Any]]) -> Recipe | None:
    """A recipe out of what wizards shared in some turns; None if that is nothing.

    What a turn shared under an ingredients intent is a line of the list, everything else a step.
    """
    from retrieval.quantity import parse_ingredient

    ingredients: dict[str, Ingredient] = {}
    steps: dict[str, None] = {}
    for turn in turns:
        for raw in turn.get("shared_data") or ():
            text = clean_text(str(raw))
            if not text or text in ingredients or text in steps:
                continue
            if turn.get("intent") == "return_list_ingredients_tools":
                ingredients[text] = parse_ingredient(text)
            else:
                steps[text] = None
    if not ingredients and not steps:
        return None
    return Recipe(url, "Recipe", tuple(ingredients.values()), tuple(steps))


def cases(dialogues: Any, recipes: dict[str, Recipe]) -> Iterator[Case]:
    """Every reply that is to be made, in order.

    Raises:
        InputError: The dialogues are not in the official form.
    """
    if not isinstance(dialogues, dict):
        raise InputError(
            "The dialogues must be one JSON object of conversations by id (the official Wizard of Tasks form)."
        )
    for id_, dialogue in dialogues.items():
        turns = dialogue.get("turns") if isinstance(dialogue, dict) else None
        if not isinstance(turns, list) or not all(
            isinstance(t, dict) and isinstance(t.get("text"), str) for t in turns
        ):
            raise InputError(f'Conversation "{id_}" has no list of turns with texts.')
        url = str(dialogue.get("document_url") or id_)
        history: list[Turn] = []
        for number, turn in enumerate(turns):
            cook = turn.get("role") == "student"
            if not cook and number and turns[number - 1].get("role") == "student":
                recipe = recipes.get(url) or rebuilt(url, turns[:number])
                utterance = history[-1].text
                counter = turn.get("turn_counter")
                before = tuple(history[:-1][-HISTORY:])
                yield Case(
                    str(id_), int(counter) if isinstance(counter, int) else number + 1, utterance, before, recipe
                )
            shared = tuple(clean_text(str(item)) for item in turn.get("shared_data") or ())
            history.append(
                Turn("cook" if cook else "wizard", clean_text(turn["text"]), str(turn.get("intent") or ""), shared)
            )


def replay(case: Case, answerer: Answerer, indexed: bool = True, before_guard: bool = False) -> dict[str, Any]:
    """The line for one case (see the contract in the README).

    Args:
        case: What is known.
        answerer: Student, retrieval and guard.
        indexed: Whether the recipe is in the index; one that was rebuilt is not, and only knowledge is retrieved for
        it.
        before_guard: Whether the line also has ``said``, the student's own words before the guard.
    """
    from model.prompt import step_after

    begun = time.perf_counter()
    step = 0
    for turn in case.history:
        step = step_after(case.recipe, turn, step)
    passages = answerer.passages(case.utterance, case.history, case.recipe if indexed else None, step)
    if not indexed:
        passages = tuple(p for p in passages if p.kind == "knowledge")
    reading = answerer.read(case.utterance, case.recipe, step)
    answer = answerer.answer(case.utterance, case.recipe, case.history, None, passages, reading=reading)
    seconds = time.perf_counter() - begun
    line = {
        "conversation_id": case.conversation_id,
        "turn_counter": case.turn_counter,
        "utterance": case.utterance,
        "user_intent": answer.act.user_intent,
        "intent": answer.act.intent,
        "shared": list(answer.act.shared),
        "text": answer.act.text,
        "passages": [_plain(p) for p in answer.passages],
        "supported": answer.supported,
        "guarded": answer.guarded,
        # Retrieval comes before the student: its time counts.
        "first_token_s": round(answer.first_token_s + seconds - answer.seconds, 4),
        "seconds": round(seconds, 4),
    }
    return line | {"said": answer.said} if before_guard else line


def _plain(passage: Passage) -> dict[str, Any]:
    data = asdict(passage)
    return {key: data[key] for key in ("id", "kind", "text", "score")}
