"""The check before sending: every number and every food of a reply must come from the recipe, a passage or the cook's
own words.

It reads amounts with their units ("an hour" is 60 minutes, "350 degrees" is 350°F, "half a cup" is 1/2 cup), knows
which food an amount
belongs to where a source says so, sees where "do" has become "don't", and scores how much of each sentence its sources
support.
It judges form, not truth: a reply that it lets pass says nothing that its sources do not mention.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.facts import (
    NEGATION,
    Facts,
    clauses,
    content,
    foods,
    kind,
    recipe_facts,
    sentences,
    span,
    text_facts,
    words,
)
from retrieval.lexicon import food_kinds
from retrieval.quantity import Amount, numbers_in
from retrieval.recipe import Recipe
from retrieval.units import singular

_IDIOM = re.compile(
    r"(?:just|in|wait|hang on|hold on|give me|one|another) (?:a|one) (?:minute|second|sec|moment)\b|\ba second\b",
    re.IGNORECASE,
)
_AFFIRMS = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|correct|exactly|right|sure|absolutely|of course|that's right|indeed)\b", re.IGNORECASE
)
_PLACE = re.compile(
    r"\bstep(?:s)?\s*(?:#|number|no\.?)?\s*$|\bsteps?\s+\d+\s+(?:to|and|of|through)\s+$|\bstep \d+ of (?:the )?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard says of a reply.

    Attributes:
        supported: Whether it may be sent.
        unsupported: What is not found in the sources, as it is written in the reply.
        groundedness: The least share, over the sentences that claim something, of content words that the sources
            contain; in [0, 1].
    """

    supported: bool
    unsupported: tuple[str, ...] = ()
    groundedness: float = 1.0


class Guard:
    """Checks replies against their sources.

    Args:
        threshold: Least groundedness, in [0, 1], of a reply that may be sent.
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self.threshold = threshold

    def check(
        self,
        text: str,
        recipe: Recipe | None = None,
        passages: Sequence[str] = (),
        shared: Sequence[str] = (),
        utterance: str = "",
        allowed: Sequence[str] = (),
    ) -> Verdict:
        """Judge a reply, or a sentence of one.

        Args:
            text: What is to be sent.
            recipe: The recipe at hand.
            passages: Texts that retrieval found.
            shared: Recipe items shown with the reply.
            utterance: What the cook said; its foods and numbers may be taken up.
            allowed: Further texts whose values count, for example scaled or converted lines.
        """
        own = [recipe_facts(recipe)] if recipe is not None else []
        sources = [*own, *(text_facts(p) for p in (*passages, *shared, *allowed) if p)]
        said = text_facts(utterance) if utterance else Facts()
        unsupported: list[str] = []
        for sentence in sentences(text):
            unsupported += self._numbers(sentence, recipe, sources, said)
            unsupported += _foods(sentence, sources, said)
            unsupported += _flips(sentence, sources)
        groundedness = _groundedness(text, sources, said)
        found = tuple(dict.fromkeys(unsupported))
        return Verdict(not found and groundedness >= self.threshold, found, groundedness)

    def check_prefix(
        self,
        text: str,
        recipe: Recipe | None = None,
        passages: Sequence[str] = (),
        shared: Sequence[str] = (),
        utterance: str = "",
        allowed: Sequence[str] = (),
    ) -> Verdict:
        """Judge the whole sentences of a reply that is still being written; the unfinished last one is left out."""
        ends = list(re.finditer(r"[.!?][\"')\]]*(?=\s)|\n", text))
        return self.check(text[: ends[-1].end()] if ends else "", recipe, passages, shared, utterance, allowed)

    def warm(self, recipe: Recipe) -> None:
        """Read a recipe ahead of the first reply about it (some tens of milliseconds, once)."""
        recipe_facts(recipe)

    def _numbers(self, sentence: str, recipe: Recipe | None, sources: list[Facts], said: Facts) -> list[str]:
        out = []
        for amount in numbers_in(sentence):
            before, after = sentence[: amount.start], sentence[amount.end :]
            if _is_talk(amount, before, after) or _is_place(amount, before, after, recipe):
                continue
            counted = recipe is not None and not amount.unit and amount.lo > 2 and not _SOME_OF_THEM.search(before)
            miscounted = counted and _COUNTED_NOUN.match(after)
            if not miscounted and _known(amount, after, sources) and not _out_of_place(amount, sentence, sources):
                continue
            affirmed = bool(_AFFIRMS.match(sentence))
            if not affirmed and _known(amount, after, [said]):
                continue
            out.append(amount.text)
        return out


def _is_talk(amount: Amount, before: str, after: str) -> bool:
    """Numbers that claim nothing: "this one", "one more", "in a minute", "a slice", "half way"."""
    low = amount.text.lower()
    if low.startswith(("a ", "an ")) and amount.dimension == "count":
        return True
    if low == "one" and not amount.unit:
        return True
    if amount.dimension == "time" and low in ("a minute", "a second", "a moment", "one second", "one minute"):
        return bool(_IDIOM.search(before[-14:] + low)) or low == "a second"
    if low in ("half", "one half") and re.match(r"[- ]?way\b", after):
        return True
    return bool(low == "two" and re.match(r"\s+(?:of (?:you|us|them)|things|options|ways|choices)\b", after))


def _is_place(amount: Amount, before: str, after: str, recipe: Recipe | None) -> bool:
    """Numbers that count the recipe's own steps and lines: "step 3 of 9", "4 steps left", "all 7 ingredients"."""
    if recipe is None or amount.unit or (amount.hi is not None and not _PLACE.search(before)):
        return False
    top = max(amount.values)
    if _PLACE.search(before) or re.search(r"\bstep\s+\S+\s+(?:of|out of)\s+(?:the )?$", before, re.IGNORECASE):
        return top <= len(recipe.steps)
    noun = _COUNTED_NOUN.match(after)
    return noun is not None and _counts(top, noun, after, recipe)


_SOME_OF_THEM = re.compile(r"\b(?:first|last|next|previous|following|these|those|other)\s+$", re.IGNORECASE)
_COUNTED_NOUN = re.compile(r"\s+(?:more |other |main |total |remaining |left )?(steps?|ingredients?)\b", re.IGNORECASE)


def _counts(number: Fraction, noun: re.Match[str], after: str, recipe: Recipe) -> bool:
    """Whether the recipe has that many steps (at most that many, where it says "left") or ingredients."""
    if noun[1].lower().startswith("ingredient"):
        return number == len(recipe.ingredients)
    left = re.search(r"\b(?:left|remain|remaining|to go|more)\b", after[:40]) is not None
    return number <= len(recipe.steps) if left else number == len(recipe.steps)


def _known(amount: Amount, after: str, sources: Sequence[Facts]) -> bool:
    """Whether a source has the amount; where sources say how much of that very food, it must be one of these."""
    what = kind(amount)
    if what in ("count", "volume", "mass"):
        named = re.split(r"[,.;:()]|\b(?:and|or|plus|with|to|in|into|for|from)\b", after.lower(), maxsplit=1)[0]
        pairs = [p for food in foods(named) for facts in sources for p in facts.by_food.get((food, what), ())]
        if pairs:
            return _has(amount, what, pairs)
    if what == "count" and not amount.unit:
        return all(any(value in facts.numbers for facts in sources) for value in amount.values)
    if what == "temperature" and amount.unit == "degree":
        numbers = {n for facts in sources for pair in facts.values.get(what, ()) for n in _scales(pair)}
        if all(round(float(v)) in numbers for v in amount.values):
            return True
    return _has(amount, what, [p for facts in sources for p in facts.values.get(what, ())])


def _scales(pair: tuple[float, float, bool]) -> set[int]:
    return {round(c) for c in pair[:2]} | {round(c * 9 / 5 + 32) for c in pair[:2]}


def _has(amount: Amount, what: str, pairs: list[tuple[float, float, bool]]) -> bool:
    """Whether a source has the value; of a range, both ends, in order."""
    low, high, metric = span(amount)
    if amount.hi is not None and amount.hi <= amount.lo:
        return False
    return all(any(_equal(v, metric, what, pair) for pair in pairs) for v in (low, high))


def _equal(value: float, metric: bool, what: str, pair: tuple[float, float, bool]) -> bool:
    """Whether a value is one of a source's; across the two systems cooks' rounding is granted."""
    low, high, other = pair
    slack = 1e-6 * max(abs(value), abs(low), 1.0)
    if what == "temperature":
        slack = 0.3 if metric == other else 4.5 if value >= 100 else 1.2
    elif metric != other and what in ("volume", "mass", "length"):
        slack = 0.06 * max(abs(low), abs(high))
    return abs(value - low) <= slack or abs(value - high) <= slack


def _out_of_place(amount: Amount, sentence: str, sources: Sequence[Facts]) -> bool:
    """Whether the sentence retells one of a source's, but with another number of the same kind."""
    stems, what = content(sentence), kind(amount)
    if len(stems) < 2 or what == "count":
        return False
    best, fits = 0.0, True
    for facts in sources:
        for other, said in facts.spoken:
            common = len(stems & other)
            if common < min(3, len(stems)) or common < 0.75 * len(stems):
                continue
            score = common + common / (len(other) + 1)
            if score >= best - 1e-9:
                fit = what not in said or _has(amount, what, said[what])
                fits = fit or (fits and score <= best + 1e-9)
                best = max(best, score)
    return not fits


def _foods(sentence: str, sources: list[Facts], said: Facts) -> list[str]:
    known = said.foods.union(*(facts.foods for facts in sources))
    out = []
    for food in sorted(foods(sentence)):
        if food in known or known & food_kinds().get(food, frozenset()):
            continue
        if len(food) > 3 and any(other.endswith(food) for other in known):
            continue  # "bean" where the source says "soybean"
        out.append(next((w for w in words(sentence) if singular(w.removesuffix("'s")) == food), food))
    return out


def _flips(sentence: str, sources: list[Facts]) -> list[str]:
    """Clauses that deny what a source says, or say what it denies."""
    out: list[str] = []
    if sentence.rstrip().endswith("?"):
        return out
    for stems, denies in clauses(sentence):
        if len(stems) < 2:
            continue
        best, agree = 0.0, True
        for facts in sources:
            for other, denied in facts.clauses:
                common = len(stems & other)
                if common < 2:
                    continue
                score = common / len(stems) + 0.01 * common / len(other)
                if score > best + 1e-9:
                    best, agree = score, denies == denied
                elif abs(score - best) <= 1e-9:
                    agree = agree or denies == denied
        if best >= 0.75 and not agree:
            match = NEGATION.search(sentence)
            out.append(match[0] if denies and match else "missing not")
    return out


def _groundedness(text: str, sources: list[Facts], said: Facts) -> float:
    """Least share of supported content words over the sentences that claim something; questions and small talk claim
    nothing.

    One word is granted to every sentence, so that a short one is not condemned for a word of its own.
    """
    least = 1.0
    if not sources:
        return least
    for sentence in sentences(text):
        stems = content(sentence)
        if len(stems) < 3 or sentence.rstrip().endswith("?"):
            continue
        supported = sum(1 for s in stems if any(s in facts.stems for facts in sources))
        echoed = sum(1 for s in stems if s in said.stems and not any(s in facts.stems for facts in sources))
        least = min(least, min(1.0, (supported + 0.5 * echoed + 1) / (len(stems) + 1)))
    return least
