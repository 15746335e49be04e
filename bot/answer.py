"""The student at work: retrieval, generation, guard. Stateless; the assistant and ``replay`` both use it.

The text is checked sentence by sentence while it streams: nothing unsupported is ever shown. What the guard takes away
is replaced by the best passage, verbatim, or by an honest "I am not sure".
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from bot import evidence
from bot.actions.base import Decision
from bot.gate import DOUBT, SentenceGate, TextSink, quotes, says_nothing
from model.decoding import NOTHING_SHARED
from model.student import Constraints, Generation, Situation, Student, StudentError
from model.vocabulary import Act, Turn
from retrieval.passage import Passage, Query
from retrieval.recipe import Recipe

BESIDE = 0.05  # a passage that is less likely than this to be meant only leads a small model astray
LONGEST_DOUBT = 12  # words; an honest doubt is short
NOT_SURE = "I am not sure: the recipe does not say."
NOTHING_KNOWN = "I am not sure about that, and I have nothing written down on it."


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
class Answer:
    """What came out of it.

    Attributes:
        act: Intents, shared items and the text as it may be shown.
        passages: What retrieval found.
        supported: Whether everything in the text stands in the recipe or in a passage.
        guarded: Whether the guard cut or replaced what the student said.
        first_token_s, seconds: From the call.
        student: Name of the student, or "" where it failed and code answered.
    """

    act: Act
    passages: tuple[Passage, ...] = ()
    supported: bool = True
    guarded: bool = False
    first_token_s: float = 0.0
    seconds: float = 0.0
    student: str = ""


class Answerer:
    """Student, retrieval and guard together.

    Args:
        student: Gives the student when it is first needed (loading takes time).
        retrieve: ``(query, k) -> passages``.
        guard: Gives the guard when it is first needed.
        k: Passages per question.
        max_tokens: Longest text.
        strict: Whether a student that fails is an error; otherwise code answers for it, so that a chat goes on.

    Attributes:
        failure: Why the student failed when it was last asked, or "".
    """

    def __init__(
        self,
        student: Callable[[], Student],
        retrieve: Callable[[Query, int], list[Passage]],
        guard: Callable[[], Checker],
        k: int = 4,
        max_tokens: int = 80,
        strict: bool = False,
    ) -> None:
        self.strict, self.failure = strict, ""
        self._student, self._retrieve, self._guard = student, retrieve, guard
        self._k, self._max_tokens = k, max_tokens

    def passages(
        self, utterance: str, history: tuple[Turn, ...], original: Recipe | None, step: int
    ) -> tuple[Passage, ...]:
        """What retrieval finds for a turn."""
        query = Query(
            text=utterance,
            history=tuple(f"{turn.role}: {turn.text}" for turn in history),
            recipe=original.url if original else None,
            step=step or None,
        )
        return tuple(self._retrieve(query, self._k))

    def answer(
        self,
        utterance: str,
        recipe: Recipe | None,
        history: tuple[Turn, ...] = (),
        step: int | None = None,
        passages: tuple[Passage, ...] = (),
        decision: Decision | None = None,
        on_text: TextSink | None = None,
    ) -> Answer:
        """Let the student answer, under guard.

        Args:
            utterance: The cook's words.
            recipe: The recipe as this cook sees it.
            history: Earlier turns, oldest first.
            step: Step at hand, or None to derive it from what the history shared.
            passages: What retrieval found.
            decision: What code decided already; its text stands in where the student's own is refused.
            on_text: Gets each sentence once it is allowed.
        """
        begun = time.perf_counter()
        first: list[float] = []
        facts = tuple(p.text for p in passages)
        fixed = decision.shared if decision else ()
        moving = bool(fixed) and decision is not None and decision.intent == "return_next_step"

        # What words a step may speak of that step only: elsewhere in the recipe the same food may come with another
        # amount.
        source = None if decision is not None and decision.intent == "return_next_step" else recipe

        pages = [" ".join(fixed)] if moving else [*evidence.pages(utterance, recipe, passages), *fixed]
        sure = moving or evidence.best(utterance, recipe, passages) is not None

        def allow(sentence: str) -> bool:
            if DOUBT.search(sentence):
                if sure or len(sentence.split()) > LONGEST_DOUBT:
                    return False
            elif not (says_nothing(sentence) or quotes(sentence, pages)):
                return False
            if moving and not evidence.in_order(fixed, gate.passed, sentence):
                return False
            return self._guard().check(sentence, source, facts, fixed, utterance).supported

        def take(piece: str) -> None:
            if not first:
                first.append(time.perf_counter() - begun)
            gate.feed(piece)

        gate = SentenceGate(allow, on_text)
        # Steps and ingredients are in the prompt already.
        beside = tuple(p.text for p in passages if p.kind in ("knowledge", "note") and p.score >= BESIDE)
        items = {p.text: p.score for p in passages if p.kind in ("step", "ingredient")}
        situation = Situation(utterance, recipe, history, beside, step, items)
        constraints = Constraints(max_tokens=self._max_tokens)
        if decision is not None:
            constraints = replace(
                constraints, user_intent=decision.user_intent, intent=decision.intent, shared=decision.shared
            )
        name = ""
        try:
            student = self._student()
            generation = student.reply(situation, constraints, take)
            name = student.name
        except StudentError as error:
            self.failure, failed = str(error), True
            if self.strict:
                raise
            gate.refused = True
            generation = Generation(_stand_in(decision))
        else:
            self.failure, failed = "", False
            gate.finish()
        act = generation.act
        if gate.held and not gate.passed:
            if decision is None and act.user_intent.startswith("ask_"):
                gate.refused = True  # a question got no answer
            else:
                gate.release()
        text, shared, guarded = gate.passed.strip(), act.shared, gate.refused and not failed
        if not text:
            text, shared = self._instead(utterance, recipe, decision, act, passages)
            if on_text is not None:
                on_text(text)
        elif moving and (left := evidence.missing(fixed, text)):
            rest = " ".join(left)
            text = f"{text} {rest}"  # nothing of a step may be left out
            if on_text is not None:
                on_text(f" {rest}")
        told = self._guard().check(text, recipe, facts, shared, utterance) if guarded else None
        return Answer(
            replace(act, text=text, shared=shared),
            passages,
            supported=told is None or told.supported,
            guarded=guarded,
            first_token_s=first[0] if first else time.perf_counter() - begun,
            seconds=time.perf_counter() - begun,
            student=name,
        )

    @staticmethod
    def _instead(
        utterance: str, recipe: Recipe | None, decision: Decision | None, act: Act, passages: tuple[Passage, ...]
    ) -> tuple[str, tuple[str, ...]]:
        """What is shown when nothing of the student's text may be: code's words, a passage, an item, or "not sure"."""
        if decision is not None:
            moving = decision.intent == "return_next_step" and decision.shared
            return (" ".join(decision.shared) if moving else decision.text), decision.shared
        asks = act.user_intent.startswith("ask_") or evidence.went_wrong(utterance)
        best = evidence.best(utterance, recipe, passages)
        if best is not None and asks and best.kind != "ingredients":
            item = best.kind in ("step", "ingredient") and act.intent != NOTHING_SHARED
            return evidence.excerpt(utterance, best.text), ((best.text,) if item else ())
        if act.shared and (not asks or best is not None or len(act.shared) > 2):
            return (" ".join(act.shared) if len(act.shared) <= 2 else "Here they are."), act.shared
        return (NOT_SURE if recipe is not None else NOTHING_KNOWN), ()


def _stand_in(decision: Decision | None) -> Act:
    if decision is None:
        return Act("misc", "answer_question_external_fact")
    return Act(decision.user_intent, decision.intent, decision.shared, decision.text)
