"""The student at work: retrieval, generation, guard. Stateless; the assistant and ``replay`` both use it.

The text is checked sentence by sentence while it streams: nothing unsupported is ever shown. What the guard takes away
is replaced by the best passage, verbatim, or by an honest "I am not sure".
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from bot import evidence
from bot.actions.base import Decision
from model.student import Constraints, Generation, Situation, Student, StudentError
from model.vocabulary import Act, Turn
from retrieval.passage import Passage, Query
from retrieval.recipe import Recipe

_FILLER = frozenset(
    "a about ahead all alright am an and are as at be but by can course do enjoy fine "
    "for go good great have here i in is it "
    "just let me much my next no now of ok okay on one or please problem problems ready "
    "right should so sorry sure thank "
    "thanks that that's the them then there these think this time to up want we welcome well what will with would yes "
    "yet you you'll you're your".split()
)
BESIDE = 0.05  # a passage that is less likely than this to be meant only leads a small model astray
NOT_SURE = "I am not sure: the recipe does not say."
TextSink = Callable[[str], None]


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
        supported: Whether the student's own text passed the guard whole.
        guarded: Whether the guard cut or replaced it.
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


class SentenceGate:
    """Passes on whole sentences that ``allow`` accepts; after the first that it refuses, nothing more.

    Sentences that say nothing ("No problem.") are held until one follows that does.
    """

    _END = re.compile(r"(?<=[.!?])(?:[\"')\]]*)(?=\s)|\n")

    def __init__(self, allow: Callable[[str], bool], sink: TextSink | None) -> None:
        self._allow, self._sink = allow, sink
        self._waiting = ""
        self.held = ""
        self.passed = ""
        self.refused = False

    def feed(self, piece: str) -> None:
        """Take a piece of text."""
        if self.refused:
            return
        self._waiting += piece
        while (match := self._END.search(self._waiting)) is not None:
            sentence, self._waiting = self._waiting[: match.end()], self._waiting[match.end() :]
            self._judge(sentence)

    def finish(self) -> None:
        """The text is over: judge what is left."""
        sentence, self._waiting = self._waiting, ""
        self._judge(sentence)

    def release(self) -> None:
        """Pass on what is held."""
        self._pass("")

    def _judge(self, sentence: str) -> None:
        if self.refused or not sentence.strip():
            return
        if not self._allow(sentence.strip()):
            self.refused = True
        elif says_nothing(sentence):
            self.held += sentence
        else:
            self._pass(sentence)

    def _pass(self, sentence: str) -> None:
        text, self.held = self.held + sentence, ""
        self.passed += text
        if self._sink is not None:
            self._sink(text)


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

        pages = [*(recipe.items if recipe else ()), *facts, *fixed]
        sure = evidence.best(utterance, passages) is not None

        def allow(sentence: str) -> bool:
            if _DOUBT.search(sentence):
                if moving or sure:
                    return False
            elif not (says_nothing(sentence) or quotes(sentence, fixed if moving else pages)):
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
            text, shared = self._instead(utterance, decision, act, passages)
            if on_text is not None:
                on_text(text)
        return Answer(
            replace(act, text=text, shared=shared),
            passages,
            supported=not gate.refused,
            guarded=guarded,
            first_token_s=first[0] if first else time.perf_counter() - begun,
            seconds=time.perf_counter() - begun,
            student=name,
        )

    @staticmethod
    def _instead(
        utterance: str, decision: Decision | None, act: Act, passages: tuple[Passage, ...]
    ) -> tuple[str, tuple[str, ...]]:
        """What is shown when nothing of the student's text may be: code's words, a passage, an item, or "not sure"."""
        if decision is not None:
            moving = decision.intent == "return_next_step" and decision.shared
            return (" ".join(decision.shared) if moving else decision.text), decision.shared
        asks = act.user_intent.startswith("ask_")
        best = evidence.best(utterance, passages)
        if best is not None and asks and best.kind != "ingredients":
            item = best.kind in ("step", "ingredient")
            return evidence.excerpt(utterance, best.text), ((best.text,) if item else ())
        if act.shared and (not asks or best is not None or len(act.shared) > 2):
            return (" ".join(act.shared) if len(act.shared) <= 2 else "Here they are."), act.shared
        return NOT_SURE, ()


_DOUBT = re.compile(r"doesn't|does not|not sure|don't know|no \w+ (?:is )?given", re.IGNORECASE)


def quotes(sentence: str, pages: Sequence[str], run: int = 3) -> bool:
    """Whether a sentence holds ``run`` words in a row (or all it has) that stand so on a page.

    A small model may string the page's words together in an order that means nothing; a few of them in the page's own
    order are the least that an answer from the page has.
    """
    words = _words(sentence)
    if not words:
        return True
    run = min(run, len(words))
    on_page = {tuple(page[i : i + run]) for page in map(_words, pages) for i in range(len(page) - run + 1)}
    return any(tuple(words[i : i + run]) in on_page for i in range(len(words) - run + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", text.lower())


def says_nothing(text: str) -> bool:
    """Whether a text holds no word that could answer a question ("Sure, go ahead!"); "Yes." does answer."""
    words = re.findall(r"[a-z']+|\d+", text.lower())
    answers = words[:1] in (["yes"], ["no"]) and words[1:2] != ["problem"]
    return not answers and all(word in _FILLER for word in words)


def _stand_in(decision: Decision | None) -> Act:
    if decision is None:
        return Act("misc", "answer_question_external_fact")
    return Act(decision.user_intent, decision.intent, decision.shared, decision.text)
