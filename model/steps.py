"""Which step comes next: a linear prior on the steps of a recipe, beside the student's own.

A wizard does not always share what is told, tells two steps at once, goes back or jumps ahead, so "the one after the
last shared" is right in three of four cases only. For every step the prior weighs where it stands from the last shared
and the last told one, how much of it earlier replies have said, and how much of it the cook's words hold; a softmax
over the steps makes log-probabilities. Trained by ``training.steps``; used when the student chooses a step by itself (a
chat's session knows the step exactly and does not ask).
"""

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import numpy as np

from model.prompt import step_at_hand
from model.student import Situation
from retrieval.recipe import Recipe

FILE = "steps.npz"
NAMES = (
    *("from shared: -", "from shared: 0", "from shared: +1", "from shared: +2", "from shared: far", "distance"),
    *("from told: -", "from told: 0", "from told: +1", "from told: +2", "from told: far"),
    *("was shared", "how much was told", "was told", "first not told", "last told", "after the last told in full"),
    *("cook names it", "cook names the one before", "cook names it, at hand", "cook names the one before, next"),
    *("again: at hand", "again: next", "done: next", "told, but next", "first", "first, after the end", "last"),
)
_STOP = frozenset(
    "the a an and or of to in on with for until is it be your you at into from this that then them as are by up about "
    "will can i now next step have shared details".split()
)
_AGAIN = re.compile(r"\b(?:again|repeat|sorry|missed|what was)\b")
_DONE = re.compile(r"\b(?:done|finished|next|after|now what|ready)\b")
_TOLD = 0.5  # share of a step's words, by weight, that makes it told
_MEANT = 0.35  # the same for the one step that a reply is taken to be about


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _words(text: str) -> set[str]:
    return {_stem(word) for word in re.findall(r"[a-z]{3,}|\d+", text.lower()) if word not in _STOP}


class _Told:
    """What earlier replies shared and said of a recipe's steps."""

    def __init__(self, recipe: Recipe, situation: Situation) -> None:
        self.words = [_words(step) for step in recipe.steps]
        held = Counter(word for words in self.words for word in words)
        size = len(self.words)
        self.weight = {word: float(np.log(1 + size / count)) for word, count in held.items()}
        self.shared, self.share = np.zeros(size), np.zeros(size)
        self.last = self.full = self.moved = 0  # counted from 1; 0 for none
        for turn in situation.history:
            if turn.role != "wizard":
                continue
            items = [index for index, step in enumerate(recipe.steps) if step in turn.shared]
            self.shared[items] = 1
            said = _words(turn.text)
            covered = np.array([self._weigh(words & said) / max(1e-6, self._weigh(words)) for words in self.words])
            self.share = np.maximum(self.share, covered)
            if len(said) >= 3 and turn.intent in ("return_next_step", "answer_question_recipe_steps"):
                closeness = covered + 0.3 * np.array([len(words & said) / len(said) for words in self.words])
                about = int(closeness.argmax())
                if covered[about] > _MEANT:
                    self.last = about + 1
                    self.full = max([self.full, *(np.flatnonzero(covered > _TOLD) + 1).tolist()])
            if turn.intent == "return_next_step":
                self.moved = max(items) + 1 if items else max(self.moved, self.last)

    def _weigh(self, words: set[str]) -> float:
        return sum(self.weight.get(word, 0.0) for word in words)

    def named(self, utterance: str) -> np.ndarray:
        """Share [steps] of the utterance's recipe words that each step holds."""
        said = _words(utterance)
        return np.array([self._weigh(words & said) for words in self.words]) / max(1e-6, self._weigh(said))


def features(situation: Situation) -> np.ndarray:
    """Features [steps, len(NAMES)] of every step of the situation's recipe (which must have one)."""
    recipe = situation.recipe
    assert recipe is not None
    told, at, size = _Told(recipe, situation), step_at_hand(situation), len(recipe.steps)
    low = situation.utterance.lower()
    again, done = bool(_AGAIN.search(low)), bool(_DONE.search(low))
    named = told.named(situation.utterance)
    fresh = [i for i in range(told.moved, size) if told.share[i] < _TOLD and not told.shared[i]]
    rows = []
    for i in range(size):
        off, from_told = i + 1 - at, i + 1 - told.moved
        before = named[i - 1] if i else 0.0
        rows.append(
            (
                *(off < 0, off == 0, off == 1, off == 2, off > 2, min(off, 6) / 6 * (off > 1)),
                *(from_told < 0, from_told == 0, from_told == 1, from_told == 2, from_told > 2),
                *(told.shared[i], told.share[i], told.share[i] > _TOLD, fresh[:1] == [i]),
                *(i + 1 == told.last, i == told.full),
                *(named[i], before, named[i] * (off == 0), before * (off == 1)),
                *(again and off == 0, again and off == 1, done and off == 1, told.share[i] * (off == 1)),
                *(i == 0 and at == 0, i == 0 and at >= size, i == size - 1),
            )
        )
    return np.array(rows, np.float64).reshape(size, len(NAMES))


class StepPrior:
    """Log-probability of every step being the next.

    Args:
        weights: [len(NAMES)].
        strength: Factor on the log-probabilities.
    """

    def __init__(self, weights: np.ndarray, strength: float = 1.0) -> None:
        self.weights, self.strength = weights.astype(np.float64), strength

    def scores(self, situation: Situation) -> dict[str, float]:
        """Step → log-probability times the strength; empty without a recipe with steps."""
        recipe = situation.recipe
        if recipe is None or not recipe.steps:
            return {}
        raw = features(situation) @ self.weights
        raw -= raw.max()
        return dict(zip(recipe.steps, (self.strength * (raw - np.log(np.exp(raw).sum()))).tolist(), strict=True))


@lru_cache(maxsize=4)
def load_steps(folder: Path) -> StepPrior | None:
    """The prior in a student's folder, or None if it has none."""
    path = folder / FILE
    if not path.is_file():
        return None
    with np.load(path) as file:
        return StepPrior(file["weights"], float(file["strength"]))
