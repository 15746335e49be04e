"""What one logged reply teaches: the situation in which it was given, and the act that is to be learned for it."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from model.student import Situation
from model.vocabulary import Act, Turn
from retrieval.recipe import Recipe
from retrieval.store import from_json, to_json
from retrieval.text import content_words
from training.corpora import normalise_item

COVERED = 0.6  # share of a better answer's words that an item must hold to be the item that it means
LISTED = 3  # so many ingredient lines are a list


@dataclass(frozen=True, slots=True)
class Lesson:
    """A reply to learn.

    Attributes:
        turn_id: Id of the logged turn.
        conversation: A number for the chat (see ``bot.log.anonymous``).
        kind: "learned" as it was given, or "corrected" by a review.
        why: What decided that: "thumb", "review", "scores" or "teacher".
        frozen: Whether it belongs to the conversations that students are measured on and never trained on.
        utterance: The cook's words.
        user_intent, intent, shared, text: The act to learn.
        history: Turns before, oldest first.
        recipe: Url of the recipe at hand, or "".
        step: Step at hand when it was asked; 0 before the first.
        passages: Knowledge and notes that lay before the student.
    """

    turn_id: int
    conversation: int
    kind: Literal["learned", "corrected"]
    why: str
    frozen: bool
    utterance: str
    user_intent: str
    intent: str
    shared: tuple[str, ...]
    text: str
    history: tuple[Turn, ...] = ()
    recipe: str = ""
    step: int = 0
    passages: tuple[str, ...] = ()

    def situation(self, recipes: dict[str, Recipe]) -> Situation:
        """What the student knows when it is asked."""
        return Situation(self.utterance, recipes.get(self.recipe), self.history, self.passages, self.step)

    def turn(self) -> Turn:
        return Turn("wizard", self.text, self.intent, self.shared)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> "Lesson":
        row: dict[str, Any] = json.loads(line)
        row["history"] = tuple(Turn(t["role"], t["text"], t["intent"], tuple(t["shared"])) for t in row["history"])
        row |= {"shared": tuple(row["shared"]), "passages": tuple(row["passages"])}
        return cls(**row)


def save(folder: Path, lessons: Sequence[Lesson], recipes: Iterable[Recipe]) -> None:
    """Write lessons and the recipes that they are about."""
    folder.mkdir(parents=True, exist_ok=True)
    bodies = [to_json(recipe) for recipe in recipes]
    (folder / "recipes.jsonl").write_text("".join(f"{body}\n" for body in bodies), encoding="utf-8")
    lines = (lesson.to_json() + "\n" for lesson in lessons)
    (folder / "lessons.jsonl").write_text("".join(lines), encoding="utf-8")


def load(folder: Path) -> tuple[list[Lesson], dict[str, Recipe]]:
    """Read back what :func:`save` wrote: lessons, and recipes by url."""
    lines = (folder / "lessons.jsonl").read_text(encoding="utf-8").splitlines()
    recipes = dict(_recipes((folder / "recipes.jsonl").read_text(encoding="utf-8").splitlines()))
    return [Lesson.from_json(line) for line in lines], recipes


def _recipes(lines: Iterable[str]) -> Iterator[tuple[str, Recipe]]:
    for line in lines:
        recipe = from_json("recipe", line)
        assert isinstance(recipe, Recipe)
        yield recipe.url, recipe


def items_meant(text: str, recipe: Recipe | None) -> tuple[str, ...]:
    """Items of the recipe that a better answer speaks of: those it quotes, else the one that holds most of its words.

    Args:
        text: A person's words.
        recipe: The recipe at hand.
    """
    if recipe is None:
        return ()
    key = normalise_item(text)
    quoted = [item for item in recipe.items if len(normalise_item(item)) >= 6 and normalise_item(item) in key]
    if quoted:
        return tuple(dict.fromkeys(quoted))
    wanted = set(content_words(text))
    if not wanted:
        return ()

    def covered(item: str) -> float:
        return len(wanted & set(content_words(item))) / len(wanted)

    best = max(recipe.items, key=covered, default="")
    return (best,) if best and len(wanted & set(content_words(best))) >= 2 and covered(best) >= COVERED else ()


def corrected_act(better: str, user_intent: str, recipe: Recipe | None, step: int) -> Act:
    """The act that a better answer stands for: the items it speaks of, and the intents that these make likely.

    Args:
        better: A person's words.
        user_intent: What the student took the cook's intent for; it may have been wrong in that too.
        recipe: The recipe at hand.
        step: Step at hand when it was asked.
    """
    shared = items_meant(better, recipe)
    steps = [item for item in shared if recipe is not None and item in recipe.steps]
    moves = recipe is not None and recipe.steps[step : step + 1] == tuple(steps)
    if (user_intent == "request_next_step" and not (moves and steps)) or (steps and "ingredients" in user_intent):
        user_intent = "ask_question_recipe_steps"
    if user_intent == "request_next_step":
        intent = "return_next_step"
    elif len(shared) - len(steps) >= LISTED:
        intent = "return_list_ingredients_tools"
    else:
        intent = "answer_question_recipe_steps" if shared else "answer_question_external_fact"
    return Act(user_intent or "misc", intent, shared, better)
