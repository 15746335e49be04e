"""The prompt: one layout, written once, used by training and by every engine.

::

    <s><recipe>Title<i0>1 cup flour<i1>2 eggs<p0>Heat the oven.<p1>Beat the eggs.
    <know>a retrieved passage
    <cook><p0>what's next?<u:request_next_step><w:return_next_step><p1><know>Beat the eggs.<say>Now beat the eggs.</s>
    <cook><p1>…

A recipe's items stand behind pointer tokens (``<i0>``, ``<p1>``); sharing an item means saying its pointer, so that
what is shared is verbatim by construction. Once the pointers are said, code *quotes* what they point to, right before
the text: a small model copies what it has just read far better than what it has to look up. The pointer after
``<cook>`` is the step at hand (``<start>`` before the first). The recipe comes first and the dialogue grows at the end,
so that an engine reuses what it has already read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from model.student import Situation
from model.tokenizer import (
    COOK,
    KNOWLEDGE,
    MAX_INGREDIENTS,
    MAX_STEPS,
    RECIPE,
    SAY,
    START,
    DialogueTokenizer,
    ingredient_token,
    step_token,
    user_token,
    wizard_token,
)
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS, Turn
from retrieval.recipe import Recipe

CONTEXT = 1024
# Together with the longest act they stay within the context.
RECIPE_BUDGET = 430
HISTORY_BUDGET = 200
PASSAGES_BUDGET = 120
UTTERANCE_BUDGET = 80
QUOTE_BUDGET = 70
ITEM_LIMIT = 64  # tokens of one step or ingredient line
QUOTED = 3  # a longer list of items is not read out again


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the prompt. An ``act`` is what the student must produce; everything else is given to it."""

    ids: list[int]
    kind: Literal["passage", "cook", "act", "quote"]


class PromptBuilder:
    """Builds token ids out of situations and dialogues."""

    def __init__(self, tokenizer: DialogueTokenizer) -> None:
        self.tokenizer = tokenizer
        self._id = tokenizer.special

    def pointer(self, recipe: Recipe | None, item: str) -> int | None:
        """Id of the pointer to a recipe item, or None if the recipe has no such line (or it is past the last
        pointer).
        """
        if recipe is None:
            return None
        for index, step in enumerate(recipe.steps[:MAX_STEPS]):
            if step == item:
                return self._id(step_token(index))
        for index, ingredient in enumerate(recipe.ingredients[:MAX_INGREDIENTS]):
            if ingredient.text == item:
                return self._id(ingredient_token(index))
        return None

    def pointers(self, recipe: Recipe | None) -> dict[int, str]:
        """Item behind every pointer id of a recipe."""
        if recipe is None:
            return {}
        steps = {self._id(step_token(i)): text for i, text in enumerate(recipe.steps[:MAX_STEPS])}
        lines = {
            self._id(ingredient_token(i)): line.text for i, line in enumerate(recipe.ingredients[:MAX_INGREDIENTS])
        }
        return {**lines, **steps}

    def recipe_ids(self, recipe: Recipe | None, step: int = 0, budget: int = RECIPE_BUDGET) -> list[int]:
        """The recipe block. Lines too long are cut; steps far from ``step`` (counted from 1) go first when it does not
        fit.
        """
        if recipe is None:
            return []
        encode = self.tokenizer.encode
        head = [self._id(RECIPE), *encode(recipe.title)[:24]]
        lines = [
            [self._id(ingredient_token(i)), *encode(line.text)[:ITEM_LIMIT]]
            for i, line in enumerate(recipe.ingredients[:MAX_INGREDIENTS])
        ]
        steps = [
            [self._id(step_token(i)), *encode(text)[:ITEM_LIMIT]] for i, text in enumerate(recipe.steps[:MAX_STEPS])
        ]
        kept = set(range(len(steps)))
        # Dropped in blocks of whole steps, farthest from the step at hand first, the coming ones kept longest.
        by_distance = sorted(kept, key=lambda i: -((i - step) if i >= step else 1.7 * (step - i)))
        total = len(head) + sum(map(len, lines)) + sum(map(len, steps))
        for index in by_distance:
            if total <= budget or len(kept) <= 4:
                break
            kept.discard(index)
            total -= len(steps[index])
        for cut in (32, 16, 8):
            if total <= budget:
                break
            total -= sum(max(0, len(line) - cut) for line in lines)
            lines = [line[:cut] for line in lines]
        while total > budget and lines:
            total -= len(lines.pop())
        out = list(head)
        for line in lines:
            out += line
        for index in sorted(kept):
            out += steps[index]
        return out[:budget]

    def passages_ids(self, passages: Sequence[str], budget: int = PASSAGES_BUDGET) -> list[int]:
        """Passages, best first, each behind ``<know>``; the last that fits only in part is cut."""
        out: list[int] = []
        for passage in passages:
            ids = [self._id(KNOWLEDGE), *self.tokenizer.encode(passage)]
            if len(out) + len(ids) > budget:
                if not out or budget - len(out) > 40:
                    out += ids[: budget - len(out)]
                break
            out += ids
        return out

    def cook_ids(self, text: str, step: int) -> list[int]:
        """A cook's turn: ``<cook>``, the step at hand, the words."""
        at = step_token(step - 1) if step > 0 else START
        return [self._id(COOK), self._id(at), *self.tokenizer.encode(text)[:UTTERANCE_BUDGET]]

    def quote_ids(self, recipe: Recipe | None, shared: Sequence[str], intent: str, step: int) -> list[int]:
        """What code reads out before the text: the shared items, or the step at hand where a question about it shares
        nothing.

        Args:
            recipe: The recipe at hand.
            shared: Items of the reply.
            intent: Intent of the reply.
            step: Step at hand, counted from 1; 0 before the first.
        """
        if recipe is None:
            return []
        if not shared and intent == "answer_question_recipe_steps" and 0 < step <= len(recipe.steps):
            shared = (recipe.steps[step - 1],)
        if len(shared) > QUOTED:
            return []
        out: list[int] = []
        for item in shared:
            ids = [self._id(KNOWLEDGE), *self.tokenizer.encode(item)]
            out += ids[: max(0, QUOTE_BUDGET - len(out))]
        return out

    def act(self, recipe: Recipe | None, turn: Turn, user_intent: str, step: int) -> list[Segment]:
        """A wizard's turn: intents and pointers, the quotation, text and end."""
        head = [self._id(user_token(user_intent))] if user_intent in USER_INTENTS else []
        intent = turn.intent if turn.intent in WIZARD_INTENTS else "misc"
        head.append(self._id(wizard_token(intent)))
        pointed = []
        for item in turn.shared:
            pointer = self.pointer(recipe, item)
            if pointer is not None and pointer not in head:
                head.append(pointer)
                pointed.append(item)
        text = [self._id(SAY), *self.tokenizer.encode(turn.text)[:UTTERANCE_BUDGET], self.tokenizer.eos]
        quote = self.quote_ids(recipe, pointed, intent, step)
        return [Segment(head, "act"), Segment(quote, "quote"), Segment(text, "act")]

    def turns(
        self,
        recipe: Recipe | None,
        turns: Sequence[Turn],
        step: int = 0,
        passages: dict[int, tuple[str, ...]] | None = None,
    ) -> list[list[Segment]]:
        """Segments of every turn. ``passages`` gives, by the wizard turn's position, what it may answer from."""
        out: list[list[Segment]] = []
        cook: Turn | None = None
        for position, turn in enumerate(turns):
            if turn.role == "cook":
                known = (passages or {}).get(position + 1, ())
                out.append(
                    [Segment(self.passages_ids(known), "passage"), Segment(self.cook_ids(turn.text, step), "cook")]
                )
                cook = turn
            else:
                out.append(self.act(recipe, turn, cook.intent if cook else "", step))
                step = step_after(recipe, turn, step)
                cook = None
        return out

    def prompt(self, situation: Situation) -> list[int]:
        """Ids of everything before the act; ends with the cook's words."""
        recipe, step = situation.recipe, step_at_hand(situation)
        rendered = self.turns(recipe, situation.history, _first_step(recipe, situation, step))
        history: list[int] = []
        for turn in reversed(rendered):
            ids = [number for segment in turn for number in segment.ids]
            if len(history) + len(ids) > HISTORY_BUDGET:
                break
            history = ids + history
        return [
            self.tokenizer.bos,
            *self.recipe_ids(recipe, step),
            *history,
            *self.passages_ids(situation.passages),
            *self.cook_ids(situation.utterance, step),
        ]


def step_at_hand(situation: Situation) -> int:
    """The step that the cook is at, counted from 1; 0 before the first."""
    if situation.step is not None:
        return situation.step
    step = 0
    for turn in situation.history:
        step = step_after(situation.recipe, turn, step)
    return step


def _first_step(recipe: Recipe | None, situation: Situation, step: int) -> int:
    """The step at the beginning of the history: 0, unless nothing in the history tells how the cook came
    to ``step``.
    """
    moved = any(item in recipe.steps for turn in situation.history for item in turn.shared) if recipe else False
    return 0 if moved else step


def step_after(recipe: Recipe | None, turn: Turn, step: int) -> int:
    """The step at hand (counted from 1) after a wizard's turn: the last step that a next-step reply shared, else
    unchanged.
    """
    if recipe is None or turn.role != "wizard" or not turn.shared:
        return step
    shared = [index + 1 for index, text in enumerate(recipe.steps) if text in turn.shared]
    if not shared:
        return step
    if turn.intent == "return_next_step" or max(shared) == step + 1 or step == 0:
        return max(shared)
    return step
