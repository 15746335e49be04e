"""Whether what a teacher made up may be learned from.

Every question–answer pair is checked by itself against the recipe, what was said before, and the knowledge entries
behind the answer: what a pair says with numbers or foods must stand there, unless it is marked as external knowledge.
A pair marked so that the page supports is unmarked. The guard that checks replies in a chat is the judge here too.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from model.facts import NEGATION, content, foods, words
from model.guard import Guard
from retrieval.asking import QUESTION_TYPES, question_types
from retrieval.clean import clean_text
from retrieval.quantity import numbers_in
from training.augment_prompts import MAX_WORDS, Augmented, FollowUp, Tag, labelled
from training.augment_source import SourceTurn

TOO_LONG = "too long"
EMPTY = "empty"
COPY = "near-copy"
INSTRUCTION = "instruction to the bot"
NUMBER = "unsupported number"
INGREDIENT = "unsupported ingredient"
CONTRADICTION = "contradicts the page"
UNGROUNDED = "not grounded"
NO_SUCH_LINE = "cites a line that is not there"
TAG = "tag does not fit"
FORM = "not in the form"  # of a whole answer, after one repair
REASONS = (TOO_LONG, EMPTY, COPY, INSTRUCTION, NUMBER, INGREDIENT, CONTRADICTION, UNGROUNDED, NO_SUCH_LINE, TAG, FORM)

MAX_QUESTION_WORDS = 60
ALIKE = 0.88  # of the words of two texts, in order
MAX_SHARED = 3

_INSTRUCTION = re.compile(
    r"\b(?:as an? (?:ai|language model|ai model)|language model|chat ?bot|system prompt|json|"
    r"(?:ignore|disregard|forget|override) (?:(?:all|any|the|your|these|everything) )*(?:previous|prior|above|earlier|"
    r"instructions|rules|prompts?)\b|(?:your|these|previous|above) (?:instructions|rules|prompts?)|"
    r"you are (?:now )?an? (?:ai|assistant|bot|model)|"
    r"(?:rewrite|rephrase|paraphrase|improve|translate) (?:the|this|my|your) (?:question|answer|dialogue|text|reply)|"
    r"pretend (?:to be|that)|(?:respond|answer|reply) (?:as (?:if|an?)|only (?:with|in))|"
    r"(?:the|this) (?:wizard|data ?set|training data|dialogue|follow[- ]?up)s?)\b|<\|?[a-z_]+\|?>|```",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:before|after|first|then|next|while|once|until|when|ahead|start|begin|last|finally|meanwhile|same time|"
    r"already|earlier|later|order|step|now|ready)\b",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(
    r"\b(?:often|every|each|times?|once|twice|again|constant(?:ly)?|continuous(?:ly)?|occasional(?:ly)?|frequent(?:ly)?|"
    r"regular(?:ly)?|keep (?:stirring|turning|checking|basting)|repeat|usually|always|daily|weekly)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:how long|long(?:er)?|minutes?|hours?|seconds?|days?|weeks?|months?|overnight|time|until|quick(?:ly)?|while|"
    r"soon)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and an answer that passed.

    Attributes:
        question, answer: The texts, cleaned.
        tag: Commonsense it is about; "" for the improved pair.
        external: Whether it rests on knowledge beyond the page.
        shared: Items of the recipe that it rests on, in recipe order.
    """

    question: str
    answer: str
    tag: Tag | str
    external: bool
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A pair that did not pass, and the first reason why (one of ``REASONS``)."""

    reason: str
    question: str
    answer: str
    detail: str = ""


@dataclass(slots=True)
class Checked:
    """What remains of one answer of the teacher. ``improved`` is None where the improved pair did not pass."""

    improved: Pair | None = None
    follow_ups: list[Pair] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def alike(one: str, other: str) -> float:
    """Share of words that two texts have in common, in order; in [0, 1]."""
    return difflib.SequenceMatcher(None, words(one), words(other), autojunk=False).ratio()


class Checker:
    """Checks a teacher's answers.

    Args:
        threshold: Least groundedness of an answer that is not marked as external knowledge, in [0, 1].
    """

    def __init__(self, threshold: float = 0.5) -> None:
        self.guard = Guard(threshold)

    def check(self, source: SourceTurn, answer: Augmented) -> Checked:
        """Judge every pair of an answer."""
        out = Checked()
        asked = [turn.text for turn in (*source.history, source.cook) if turn.role == "cook"]
        items: list[tuple[str, Augmented | FollowUp]] = [("", answer), *((f.tag, f) for f in answer.follow_ups)]
        for number, (tag, item) in enumerate(items):
            question, text = clean_text(item.question), clean_text(item.answer)
            near = self._original(source, question, text) if number == 0 else self._repeated(question, asked)
            raw = _INSTRUCTION.search(f"{item.question}\n{item.answer}")  # before markup is cleaned away
            if raw:
                found = f"{INSTRUCTION}: {raw[0]}"
            else:
                reasons = self._reasons(source, question, text, tag, item.external, item.lines)
                found = COPY if near else next(reasons, "")
            reason, _, detail = found.partition(": ")
            if reason:
                out.rejected.append(Rejected(reason, question, text, detail))
                continue
            pair = Pair(
                question, text, tag, self._external(source, text, item.external),
                self._shared(source, text, item.lines) or (source.wizard.shared if number == 0 else ()),
            )  # fmt: skip
            asked.append(question)
            if number == 0:
                out.improved = pair
            else:
                out.follow_ups.append(pair)
        return out

    def _reasons(
        self, source: SourceTurn, question: str, answer: str, tag: str, external: bool, lines: list[str]
    ) -> Iterator[str]:
        """Reasons against a pair, each perhaps with ": " and what exactly, the plainest first."""
        if not words(question) or not words(answer):
            yield EMPTY
        if len(answer.split()) >= MAX_WORDS or len(question.split()) > MAX_QUESTION_WORDS:
            yield TOO_LONG
        if tag and not fits(tag, question, answer):
            yield f"{TAG}: {tag}"
        known = labelled(source)
        if wrong := [label for label in lines if label not in known]:
            yield f"{NO_SUCH_LINE}: {', '.join(wrong)}"
        texts = _page(source)
        if not external:
            # What the teacher makes the cook ask is no source: its numbers must stand on the page as well.
            asked = self.guard.check(question, source.recipe, texts, utterance=source.cook.text)
            yield from (f"{NUMBER}: {said}" for said in asked.unsupported if numbers_in(said))
        verdict = self.guard.check(answer, source.recipe, texts, utterance=f"{source.cook.text} {question}")
        for said in verdict.unsupported:
            reason = _kind(said)
            if reason == CONTRADICTION or not external:
                yield f"{reason}: {said}"
        if not external and verdict.groundedness < self.guard.threshold:
            yield f"{UNGROUNDED}: {verdict.groundedness:.2f}"

    def _external(self, source: SourceTurn, answer: str, marked: bool) -> bool:
        """Whether an answer rests on more than the page: the teacher's mark, unless the page says it all, and also
        where only an earlier answer from general knowledge bears it out.
        """
        verdict = self.guard.check(answer, source.recipe, _page(source, False))
        if marked:
            return not (verdict.supported and verdict.groundedness >= 0.75 and content(answer))
        return not verdict.supported

    def _original(self, source: SourceTurn, question: str, answer: str) -> bool:
        return alike(question, source.cook.text) >= ALIKE and alike(answer, source.wizard.text) >= ALIKE

    def _repeated(self, question: str, asked: list[str]) -> bool:
        return any(alike(question, other) >= ALIKE for other in asked)

    def _shared(self, source: SourceTurn, answer: str, lines: list[str]) -> tuple[str, ...]:
        """The cited items that the answer has a word of, in recipe order."""
        known, said = labelled(source), content(answer)
        cited = {known[label] for label in lines if content(known[label]) & said}
        return tuple(item for item in source.recipe.items if item in cited)[:MAX_SHARED]


def fits(tag: str, question: str, answer: str) -> bool:
    """Whether a pair is at all about what its tag says: generous, since it only has to catch the careless."""
    types = dict(zip(QUESTION_TYPES, question_types(question), strict=True))
    both = f"{question} {answer}"
    if tag == "tool":
        return types["tool"] or types["howto"] or question_types(answer)[QUESTION_TYPES.index("tool")]
    if tag == "ingredient":
        return bool(foods(both)) or "ingredient" in both.lower()
    return bool({"duration": _DURATION, "order": _ORDER, "frequency": _FREQUENCY}[tag].search(both))


def _page(source: SourceTurn, external: bool = True) -> tuple[str, ...]:
    """Texts beside the recipe that count: knowledge entries, what was said before, the original answer; ``external``
    says whether also what was said from general knowledge.
    """
    said = (*source.history, source.wizard)
    return (*source.passages, *(t.text for t in said if external or t.intent != "answer_question_external_fact"))


def _kind(said: str) -> str:
    """The reason behind something that the guard did not find."""
    if numbers_in(said):
        return NUMBER
    return CONTRADICTION if said == "missing not" or NEGATION.fullmatch(said) else INGREDIENT
