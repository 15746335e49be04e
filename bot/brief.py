"""All that is known of a turn before the student speaks, and which of its sentences that allows."""

import re
from dataclasses import dataclass
from typing import Protocol

from bot import evidence
from bot.actions.base import Decision
from bot.gate import DOUBT, quoted, says_nothing
from bot.page.answering import answering
from bot.page.places import Found
from bot.page.question import Question, asks_for_next, read, went_wrong
from bot.page.reading import STAYS, left_of
from bot.page.remarks import goes_on
from bot.words import regular
from model.prompt import step_at_hand
from model.reader.reader import Reading
from model.student import Situation
from model.vocabulary import Turn
from retrieval.passage import Passage
from retrieval.recipe import Recipe

BESIDE = 0.05  # a passage that is less likely than this to be meant only leads a small model astray
_WONDERS = re.compile(r"\b(?:how|what|which|when|where|why|who)\b", re.IGNORECASE)
LONGEST_DOUBT = 12  # words; an honest doubt is short
NOT_SURE = "I am not sure: the recipe does not say."
NOTHING_KNOWN = "I am not sure about that. Tell me what you would like to cook, and I will guide you through it."


class Verdict(Protocol):
    """What the guard says of a text."""

    @property
    def supported(self) -> bool:
        """Whether everything in the text is found in the recipe or in a passage."""
        ...


class Checker(Protocol):
    """The guard (``model.guard.Guard``)."""

    def check(
        self, text: str, recipe: Recipe | None, passages: tuple[str, ...], shared: tuple[str, ...], utterance: str
    ) -> Verdict:
        """Judge one text."""
        ...


@dataclass(frozen=True, slots=True)
class Brief:
    """A turn, read.

    Attributes:
        utterance: The cook's words.
        recipe: The recipe as this cook sees it.
        decision: What code decided already.
        passages: What retrieval found.
        question: What the cook asks for.
        at: Number of the step at hand, 0 before the first.
        goes_on: Whether the words may mean "done, what is next?".
        on_page: The sentence of the recipe, or the note, that answers, where one does.
        left: What is left of the step at hand, where the words are a remark on its beginning; or "".
        act: What the reader takes the turn for, where no text answers: "next", "ok", "none" or "chat"; else "".
        offered: The passages that may answer it.
        found: The passage to answer from, where retrieval is sure of one.
        pages: What a sentence may quote.
        last_reply: Its text, or "".
    """

    utterance: str
    recipe: Recipe | None
    decision: Decision | None
    passages: tuple[Passage, ...]
    question: Question
    at: int
    goes_on: bool
    on_page: Found | None
    left: str
    act: str
    offered: tuple[Passage, ...]
    found: Passage | None
    pages: tuple[str, ...]
    last_reply: str

    @classmethod
    def of(
        cls,
        utterance: str,
        recipe: Recipe | None,
        history: tuple[Turn, ...],
        step: int | None,
        passages: tuple[Passage, ...],
        decision: Decision | None,
        reading: Reading | None = None,
    ) -> "Brief":
        """Read a turn (the arguments are :meth:`bot.answer.Answerer.answer`'s)."""
        question = read(utterance) if decision is None else Question(utterance, utterance)
        at = step_at_hand(Situation(utterance, recipe, history, step=step))
        step_text = recipe.steps[at - 1] if recipe is not None and at else ""
        goes = decision is not None or goes_on(utterance, step_text)
        on_page, left, taken_for = None, "", ""
        if recipe is not None and decision is None:
            on_page, taken_for = answering(reading, question, recipe, at, goes, follows=step is None)
            goes = taken_for == "next" if taken_for else goes
            if reading is not None and not taken_for and reading.mass("next") < STAYS:
                goes = goes and asks_for_next(regular(utterance))
            left = left_of(reading, utterance, recipe, at) if taken_for == "ok" else ""
            if taken_for == "next":
                question = Question(utterance, utterance)
        free = decision is not None or on_page is not None or bool(taken_for)
        offered = passages if free else evidence.fitting(question, recipe, passages)
        fixed = decision.shared if decision is not None else ()
        found, pages = None, [" ".join(fixed)]
        if not _moving(decision):
            found = evidence.best(utterance, recipe, offered)
            # Which line answers "what makes it tender?" only the student may know; not so "covered?".
            known = bool(question.kinds) or (question.asks and not _WONDERS.search(utterance))
            remark = not (goes or question.asks or went_wrong(utterance))  # nothing on the page answers it
            pages = [] if remark else [*evidence.pages(utterance, recipe, offered, known), *fixed]
        if on_page is not None and on_page.note is not None and on_page.note.id not in {p.id for p in passages}:
            passages = (on_page.note, *passages)  # what is said rests on it
        return cls(
            utterance,
            recipe,
            decision,
            passages,
            question,
            at,
            goes,
            on_page,
            left,
            taken_for,
            offered,
            found,
            tuple(pages),
            history[-1].text if history else "",
        )

    @property
    def fixed(self) -> tuple[str, ...]:
        """The items that code has decided to share."""
        return self.decision.shared if self.decision is not None else ()

    @property
    def moving(self) -> bool:
        """Whether code has decided on the step to read out."""
        return _moving(self.decision)

    @property
    def settled(self) -> bool:
        """Whether what is said is clear before the student speaks: it is read out, or there is nothing to say."""
        return self.on_page is not None or self.act in ("none", "ok")

    @property
    def facts(self) -> tuple[str, ...]:
        """The texts that support what is said, beside the recipe."""
        return tuple(passage.text for passage in self.passages)

    @property
    def beside(self) -> tuple[str, ...]:
        """The texts for the prompt; steps and ingredients are in it already."""
        return tuple(p.text for p in self.passages if p.kind in ("knowledge", "note") and p.score >= BESIDE)

    @property
    def likely(self) -> dict[str, float]:
        """How likely retrieval finds each item of the recipe."""
        return {p.text: p.score for p in self.passages if p.kind in ("step", "ingredient")}

    def checked(self, sentence: str, told: str, guard: Checker) -> str:
        """What may be shown for the student's sentence: the page's own that it quotes, verbatim; "" if nothing.

        Args:
            sentence: The sentence.
            told: What was shown of this reply before it.
            guard: Checks its facts.
        """
        if DOUBT.search(sentence):
            doubts = self.moving or self.found is not None or len(sentence.split()) > LONGEST_DOUBT
            return "" if doubts else NOT_SURE if self.recipe is not None else NOTHING_KNOWN
        empty = says_nothing(sentence)
        shown = sentence if empty else quoted(sentence, self.pages)
        if not (shown and (told or empty)) and evidence.beside_the_point(self.utterance, self.found, shown):
            return ""
        if self.moving and not evidence.in_order(self.fixed, told, shown):
            return ""
        # What words a step may speak of that step only: elsewhere in the recipe the same food may come with another
        # amount.
        stepping = self.decision is not None and self.decision.intent == "return_next_step"
        source = None if stepping else self.recipe
        supported = guard.check(shown, source, self.facts, self.fixed, self.utterance).supported
        return shown if supported else ""


def _moving(decision: Decision | None) -> bool:
    return decision is not None and decision.intent == "return_next_step" and bool(decision.shared)
