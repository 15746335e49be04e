"""The data of a retraining: lessons from the log and, beside them, what the student knew already.

A student that is trained on a few hundred new replies alone forgets the rest, so most of what it sees are dialogues of
the cookbook (and, with a data folder, of the public data sets). A lesson is laid out exactly as the student is asked
when it serves: prompt and act, the loss on the act alone. What people corrected goes in three times.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from model.prompt import PromptBuilder
from retrieval.cookbook import load_knowledge
from retrieval.recipe import Recipe
from training.cookbook import as_served, cookbook_examples
from training.corpora import Example
from training.lessons import Lesson
from training.packing import Packed, Sequence_, Weights, act_sequence, sequences

LIMIT = 980
CORRECTED_TIMES = 3
LEAST_BASE = 20  # sequences, however few the lessons are
_SERVED = Weights(cook=0, recipe=0, passage=0)
_KNOWN = Weights(cook=1, recipe=0, passage=0)  # as the student was fine-tuned before


def lesson_sequence(builder: PromptBuilder, lesson: Lesson, recipes: dict[str, Recipe]) -> Sequence_:
    """(ids, weights) of one lesson: the prompt as it is served, then the act."""
    situation = lesson.situation(recipes)
    prompt = builder.prompt(situation)
    act = builder.act(situation.recipe, lesson.turn(), lesson.user_intent, lesson.step)
    ids, marks = act_sequence(act, _SERVED)
    return [*prompt, *ids], [0] * len(prompt) + marks


def base_examples(data: Path | None) -> Iterator[Example]:
    """What the student was trained on: the cookbook's dialogues, and the public data sets where they are given."""
    yield from cookbook_examples("train")
    if data is not None:
        from training.mixture import real_examples

        yield from real_examples(data)[0]


def build(
    builder: PromptBuilder,
    lessons: Sequence[Lesson],
    recipes: dict[str, Recipe],
    taught: Sequence[Example],
    base: Sequence[Example],
    share: float,
    seed: int,
) -> tuple[Packed, dict[str, int]]:
    """Mix and pack; the same input and seed give the same file.

    Args:
        builder: Lays out prompts with the student's tokenizer.
        lessons: What to learn; those set aside for measuring must not be among them.
        recipes: Their recipes by url.
        taught: Dialogues that a teacher made of what went wrong.
        base: What was known before; as much of it is taken as ``share`` asks for.
        share: Part of the tokens that are lessons, in (0, 1).
        seed: Of the choice and the order.

    Returns:
        The packed sequences, and counts for the report.
    """
    assert not any(lesson.frozen for lesson in lessons)
    rng = random.Random(seed)
    items: list[Sequence_] = []
    for lesson in lessons:
        items += [lesson_sequence(builder, lesson, recipes)] * (CORRECTED_TIMES if lesson.kind == "corrected" else 1)
    for example in taught:
        items += sequences(builder, example, LIMIT, _SERVED)
    learned = sum(len(ids) for ids, _ in items)
    wanted = learned * (1 - share) / share
    knowledge = load_knowledge()
    rest: list[Sequence_] = []
    order = rng.sample(list(base), len(base))
    while order and (sum(len(ids) for ids, _ in rest) < wanted or len(rest) < LEAST_BASE):
        rest += sequences(builder, as_served(order.pop(), rng, knowledge), LIMIT, _KNOWN)
    known = sum(len(ids) for ids, _ in rest)
    items += rest
    rng.shuffle(items)
    counts = {"lessons": len(lessons), "taught": len(taught), "lesson_tokens": learned, "base_tokens": known}
    return Packed.of(items), counts | {"sequences": len(items)}


def digest(packed: Packed) -> str:
    """A hash of everything that is trained on."""
    found = hashlib.sha256()
    for part in (packed.tokens, packed.weights, packed.offsets):
        found.update(np.ascontiguousarray(part).tobytes())
    return found.hexdigest()
