"""A student that stands in for another: a server words the replies, and a student in this process where it fails.

A server that is away, times out, answers nonsense or breaks off in the middle of a text costs one cook a wait; the
replies after that go to the stand-in at once, and the server is tried again in the background every few seconds, so
that no cook waits for the trying (Nygard, Release It!, 2007, calls this a circuit breaker). What was shown before a
text broke off stays, and the stand-in goes on from there: nothing is shown twice.
"""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from model.student import Constraints, Generation, Situation, Student, TextSink

log = logging.getLogger(__name__)
_END = re.compile(r"(?<=[.!?])[\"')\]]*(?=\s)|\n")
_PROBE = Situation("Hello!")
_PROBED = Constraints(user_intent="misc", intent="misc", shared=(), max_tokens=1)


class TooSlow(Exception):
    """The first student takes longer over a reply than it may."""


class FailoverStudent:
    """Two students as one; implements :class:`model.student.Student`.

    Args:
        first: Who answers as long as it can.
        second: Gives the stand-in; called for every reply that it makes.
        retry_s: How long the first is left alone after a failure.
        limit_s: The longest that a reply of the first may take, in seconds.
        clock: Seconds.

    Attributes:
        name: Of the first; which one made a reply stands in :attr:`Generation.student`.
        up: Whether the first is used.
        failures: How often it began to fail.
        stood_in: Replies of the stand-in.
    """

    def __init__(
        self,
        first: Student,
        second: Callable[[], Student],
        retry_s: float = 15.0,
        limit_s: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.first = first.name, first
        self.up, self.failures, self.stood_in = True, 0, 0
        self._second, self._retry_s, self._limit_s, self._clock = second, retry_s, limit_s, clock
        self._lock = threading.Lock()
        self._retry_at = 0.0
        self._probe: threading.Thread | None = None
        self._made: Student | None = None

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        """Answer, by whichever student can.

        Raises:
            StudentError: Neither can.
        """
        if not self.up:
            self._try_again()
            return self._stand_in(situation, constraints, on_text)
        told = _Told(on_text, self._clock, self._limit_s)
        try:
            generation = self.first.reply(situation, constraints, told.take)
        except Exception as error:  # a server breaks in more ways than its client has names for
            if error is told.raised:  # whoever listens wants to hear no more
                raise
            self._broke(error)
            return self._stand_in(situation, constraints, on_text, told.given)
        told.finish()
        return replace(generation, student=self.first.name)

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until a try of the first student that is under way is over."""
        probe = self._probe
        if probe is not None:
            probe.join(timeout_s)

    def close(self) -> None:
        """Free both."""
        self.first.close()
        if self._made is not None:
            self._made.close()

    def _stand_in(
        self, situation: Situation, constraints: Constraints, on_text: TextSink | None, given: str = ""
    ) -> Generation:
        second = self._made = self._second()
        with self._lock:
            self.stood_in += 1
        if not given:
            return replace(second.reply(situation, constraints, on_text), student=second.name)
        rest = _Rest(given, on_text)
        generation = second.reply(situation, constraints, rest.take)
        rest.finish()
        act = replace(generation.act, text=rest.text.strip())
        return replace(generation, act=act, student=f"{self.first.name}, then {second.name}")

    def _broke(self, error: Exception) -> None:
        with self._lock:
            self._retry_at = self._clock() + self._retry_s
            if not self.up:  # another reply found out at the same time
                return
            self.up = False
            self.failures += 1
        reason = str(error) or type(error).__name__
        log.warning("The bundled student stands in, for %g seconds at least: %s", self._retry_s, reason)

    def _try_again(self) -> None:
        """Ask the first student something, beside the reply that is being made, if it is time to."""
        with self._lock:
            if self._clock() < self._retry_at or self._probe is not None:
                return
            self._probe = threading.Thread(target=self._ask, name="student-server", daemon=True)
            self._probe.start()

    def _ask(self) -> None:
        try:
            self.first.reply(_PROBE, _PROBED)
            good = True
        except Exception as error:
            log.debug("The student's server still fails: %s", error)
            good = False
        with self._lock:
            self._probe = None
            self._retry_at = self._clock() + self._retry_s
            self.up = good
        if good:
            log.info("%s words the replies again.", self.name)


class _Sentences:
    """Cuts a stream into whole sentences; the spaces before one belong to it."""

    def __init__(self) -> None:
        self._waiting = ""

    def take(self, piece: str) -> None:
        """Take a piece of text."""
        self._waiting += piece
        while (match := _END.search(self._waiting)) is not None:
            sentence, self._waiting = self._waiting[: match.end()], self._waiting[match.end() :]
            self.sentence(sentence)

    def finish(self) -> None:
        """The text is over: what is left is a sentence."""
        sentence, self._waiting = self._waiting, ""
        if sentence:
            self.sentence(sentence)

    def sentence(self, text: str) -> None:
        """Gets every sentence."""
        raise NotImplementedError


class _Told(_Sentences):
    """Passes on whole sentences only: half of one could not be taken back.

    Attributes:
        given: What was passed on.
        raised: What the listener raised.
    """

    def __init__(self, listener: TextSink | None, clock: Callable[[], float], limit_s: float) -> None:
        super().__init__()
        self.given = ""
        self.raised: Exception | None = None
        self._listener, self._clock, self._until, self._limit_s = listener, clock, clock() + limit_s, limit_s

    def take(self, piece: str) -> None:
        if self._clock() > self._until:
            raise TooSlow(f"The student's server takes longer than {self._limit_s:g} seconds over a reply.")
        super().take(piece)

    def sentence(self, text: str) -> None:
        self.given += text
        if self._listener is None:
            return
        try:
            self._listener(text)
        except Exception as error:
            self.raised = error
            raise


class _Rest(_Sentences):
    """Passes on the sentences that were not said yet.

    Attributes:
        text: What was said before and since.
    """

    def __init__(self, given: str, listener: TextSink | None) -> None:
        super().__init__()
        self.text, self._listener = given, listener
        said = _Words()
        said.take(given)
        said.finish()
        self._said = said.words

    def sentence(self, text: str) -> None:
        if _words(text) in self._said:
            return
        if not text[:1].isspace() and not self.text[-1:].isspace():
            text = f" {text}"
        self.text += text
        if self._listener is not None:
            self._listener(text)


class _Words(_Sentences):
    """The words of each sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[tuple[str, ...]] = {()}

    def sentence(self, text: str) -> None:
        self.words.add(_words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", text.lower()))
