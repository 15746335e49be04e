"""The student at work: retrieval, generation, guard. Stateless; the assistant and ``replay`` both use it.

The text is checked sentence by sentence while it streams: nothing unsupported is ever shown. What the guard takes away
is replaced by the best passage, verbatim, or by an honest "I am not sure".
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot import evidence
from bot.actions.base import Decision
from bot.brief import Brief, Checker
from bot.events import emit
from bot.gate import SentenceGate, TextSink, reassures
from bot.instead import instead, moves, settled, stand_in
from bot.page.places import mentions
from bot.page.question import read, went_wrong
from bot.reading import PageReader
from model.facts import foods
from model.reader.reader import Reading
from model.student import Constraints, Generation, Situation, Student, StudentError
from model.vocabulary import Act, Turn
from retrieval.passage import Passage, Query
from retrieval.recipe import Recipe

TROUBLES = "knowledge:trouble"  # entries on what may go wrong
REMEDIES, REMEDY = 8, 0.1  # how many passages are looked through for one, and its least score

log = logging.getLogger(__name__)


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
        said: What the student said before the guard; never shown to a cook.
        read_out: Whether the text is a sentence of the page or a note, and not the student's.
    """

    act: Act
    passages: tuple[Passage, ...] = ()
    supported: bool = True
    guarded: bool = False
    first_token_s: float = 0.0
    seconds: float = 0.0
    student: str = ""
    said: str = ""
    read_out: bool = False


class Answerer:
    """Student, retrieval and guard together.

    Args:
        student: Gives the student when it is first needed (loading takes time).
        retrieve: ``(query, k) -> passages``.
        guard: Gives the guard when it is first needed.
        k: Passages per question.
        max_tokens: Longest text.
        strict: Whether a student that fails is an error; otherwise code answers for it, so that a chat goes on.
        reader: Says what on the page answers; without it the words alone must tell.

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
        reader: PageReader | None = None,
    ) -> None:
        self.strict, self.failure, self._reader = strict, "", reader
        self._student, self._retrieve, self._guard = student, retrieve, guard
        self._k, self._max_tokens = k, max_tokens

    def settle(self) -> None:
        """Wait until the version of the student that is in use now is the one that answers."""
        self._student()
        settle = getattr(self._student, "settle", None)  # a student that never changes has nothing to wait for
        if settle is not None:
            settle()

    def passages(
        self, utterance: str, history: tuple[Turn, ...], original: Recipe | None, step: int
    ) -> tuple[Passage, ...]:
        """What retrieval finds for a turn."""
        begun = time.perf_counter()
        query = Query(
            text=utterance,
            history=tuple(f"{turn.role}: {turn.text}" for turn in history),
            recipe=original.url if original else None,
            step=step or None,
        )
        found = tuple(self._retrieve(query, self._k))
        if original is not None and went_wrong(utterance):
            found = (*self._remedies(utterance, original, step), *found)
        emit(log, "retrieved", passages=len(found), seconds=time.perf_counter() - begun)
        return found

    def read(self, utterance: str, recipe: Recipe | None, step: int) -> Reading | None:
        """What the reader makes of an utterance at a step; None without a recipe, or without a reader."""
        return self._reader.read(utterance, recipe, step) if self._reader is not None and recipe is not None else None

    def _remedies(self, utterance: str, recipe: Recipe, step: int) -> tuple[Passage, ...]:
        """The note on what went wrong, which need not be near what the recipe says; at most one."""
        told = read(utterance).about
        at_hand = " ".join(sorted(foods(recipe.steps[step - 1]))) if step else ""
        for text in dict.fromkeys((utterance, f"{utterance} {at_hand}".strip())):  # "it has lumps": what has?
            found = self._retrieve(Query(text=text), REMEDIES)
            for passage in found:
                said = f"{passage.title} {passage.text}"
                if passage.id.startswith(TROUBLES) and passage.score >= REMEDY and any(mentions(w, said) for w in told):
                    return (passage,)
        return ()

    def answer(
        self,
        utterance: str,
        recipe: Recipe | None,
        history: tuple[Turn, ...] = (),
        step: int | None = None,
        passages: tuple[Passage, ...] = (),
        decision: Decision | None = None,
        on_text: TextSink | None = None,
        reading: Reading | None = None,
        mind: Callable[[str], str] = lambda _: "",
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
            reading: What the reader makes of it (see :meth:`read`).
            mind: What a cook must mind in a note, or "".
        """
        begun = time.perf_counter()
        brief = Brief.of(utterance, recipe, history, step, passages, decision, reading)
        speech = _Speech(brief, self._guard, on_text, begun)
        generation = self._generate(brief, history, step, speech)
        failed = generation is None
        if generation is None:
            speech.gate.refused, act, name = True, stand_in(decision), ""
        else:
            act, name = generation.act, generation.student
            speech.finish(asked=decision is None and act.user_intent.startswith("ask_"))
            spoken_s = time.perf_counter() - begun - speech.judging_s
            emit(log, "student", student=name, tokens=generation.tokens, seconds=spoken_s)
        said = act.text
        act, on_page = settled(brief, act)
        text, shared, guarded = speech.told, act.shared, speech.gate.refused and not failed and not brief.settled
        rest = ""
        if on_page is not None:
            text = on_page.text if moves(act) else on_page.told(brief.at)
            warning = mind(text) if on_page.note is not None else ""
            text = rest = f"{text} {warning}".strip()
        elif not text:
            text, shared = instead(brief, act)
            rest = text
        elif brief.moving and (left := evidence.missing(brief.fixed, text)):
            rest = " " + " ".join(left)
            text += rest  # nothing of a step may be left out
        if rest and on_text is not None:
            on_text(rest)
        supported = not guarded or self._guard().check(text, recipe, brief.facts, shared, utterance).supported
        if not failed and on_page is None:  # what is read out the guard has not seen
            outcome = "passed" if not guarded else "changed" if supported else "unsupported"
            emit(log, "guard", outcome=outcome, seconds=speech.judging_s)
        seconds = time.perf_counter() - begun
        return Answer(
            replace(act, text=text, shared=shared),
            brief.passages,
            supported=supported,
            guarded=guarded,
            first_token_s=seconds if speech.first_s is None else speech.first_s,
            seconds=seconds,
            student=name,
            said=said,
            read_out=on_page is not None,
        )

    def _generate(
        self, brief: Brief, history: tuple[Turn, ...], step: int | None, speech: "_Speech"
    ) -> Generation | None:
        """What the student makes of it, or None where it fails and need not answer."""
        situation = Situation(brief.utterance, brief.recipe, history, brief.beside, step, brief.likely)
        # What stands on the page is read out, whatever the student says.
        constraints = Constraints(max_tokens=1 if brief.settled else self._max_tokens)
        if (decision := brief.decision) is not None:
            constraints = replace(
                constraints, user_intent=decision.user_intent, intent=decision.intent, shared=decision.shared
            )
        try:
            student = self._student()
            generation = student.reply(situation, constraints, speech.take)
        except StudentError as error:
            self.failure = str(error)
            emit(log, "student failed", logging.WARNING, reason=self.failure)
            if self.strict:
                raise
            return None
        self.failure = ""
        return generation if generation.student else replace(generation, student=student.name)


class _Speech:
    """The student's text as it comes, sentence by sentence through the gate, and the time that takes."""

    def __init__(self, brief: Brief, guard: Callable[[], Checker], on_text: TextSink | None, begun: float) -> None:
        self._brief, self._guard, self._begun = brief, guard, begun
        self.first_s: float | None = None
        self.judging_s = 0.0
        self.gate = SentenceGate(self._checked, on_text)
        self.gate.refused = brief.settled

    @property
    def told(self) -> str:
        return self.gate.passed.strip()

    def take(self, piece: str) -> None:
        if self.first_s is None:
            self.first_s = time.perf_counter() - self._begun
        self.gate.feed(piece)

    def finish(self, asked: bool) -> None:
        """The text is over. What is held and says nothing answers everything but a question that was ``asked``; and
        beside small talk, nobody can say of a pan that they do not see that all is well.
        """
        self.gate.finish()
        if self.gate.held and not self.gate.passed:
            brief = self._brief
            unseen = brief.recipe is not None and brief.decision is None and brief.act != "chat"
            if asked or (unseen and reassures(self.gate.held)):
                self.gate.refused = True
            else:
                self.gate.release()

    def _checked(self, sentence: str) -> str:
        since = time.perf_counter()
        shown = self._brief.checked(sentence, self.gate.passed, self._guard())
        self.judging_s += time.perf_counter() - since
        return shown
