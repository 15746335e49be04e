"""Who judges: the judge that the settings name, and the local one where that cannot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.settings import Settings
from bot.store import Store
from bot.triad.evidence import GROUNDED, NO_CLAIM, claims_nothing
from model.judge import Judge, JudgeError, Scores


@dataclass(frozen=True, slots=True)
class Ruling:
    """Three scores and who gave them.

    Attributes:
        scores: The scores.
        judge: Name of the judge that gave them.
        note: Why it was not the judge that the settings name, or "".
    """

    scores: Scores
    judge: str
    note: str = ""


class Panel:
    """Judges in the order of preference.

    Args:
        first: The judge that the settings name.
        second: Gives the judge that steps in; made when it is first needed.
    """

    def __init__(self, first: Judge, second: Callable[[], Judge] | None = None) -> None:
        self._first, self._make_second = first, second
        self._second: Judge | None = None

    def score(self, question: str, contexts: Sequence[str], answer: str) -> Ruling:
        """Judge an answer.

        Args:
            question: What was asked.
            contexts: The texts that the answer should rest on.
            answer: The answer.

        Raises:
            JudgeError: No judge could.
        """
        return self.score_many([(question, contexts, answer)])[0]

    def score_many(self, replies: Sequence[tuple[str, Sequence[str], str]]) -> list[Ruling]:
        """Judge (question, contexts, answer) triples, in order.

        Raises:
            JudgeError: No judge could.
        """
        if self._make_second is None:
            said = self._first.score_many(replies)
            return [_sound(Ruling(s, self._first.name), reply[2]) for s, reply in zip(said, replies, strict=True)]
        return [self._either(*reply) for reply in replies]

    def _either(self, question: str, contexts: Sequence[str], answer: str) -> Ruling:
        try:
            return _sound(Ruling(self._first.score(question, contexts, answer), self._first.name), answer)
        except JudgeError as error:
            assert self._make_second is not None
            if self._second is None:
                self._second = self._make_second()
            scores = self._second.score(question, contexts, answer)
            return _sound(Ruling(scores, self._second.name, str(error)), answer)


def _sound(ruling: Ruling, answer: str) -> Ruling:
    """Scores within [0, 1] (anything else is a bug of the judge, and is said to be one), and none for mere courtesy."""
    for name in ("context_relevance", "groundedness", "answer_relevance"):
        value = getattr(ruling.scores, name)
        if value is not None and not 0.0 <= value <= 1.0:  # also NaN
            raise JudgeError(f"The judge {ruling.judge} gave {value} for {name}, which is not between 0 and 1.")
    if claims_nothing(answer):
        reasons = {**ruling.scores.reasons, GROUNDED: NO_CLAIM}
        return replace(ruling, scores=replace(ruling.scores, groundedness=None, reasons=reasons))
    return ruling


def open_panel(settings: Settings, store: Store | Callable[[], Store], kind: str = "") -> Panel:
    """The judges of the settings.

    Args:
        settings: All settings.
        store: Keeps what an LLM judge said and what it cost, or gives what does (it is asked for an LLM judge only).
        kind: "local" or "openai"; "" for the setting.

    Raises:
        SettingsError: An LLM judge is wanted and its model is not named.
    """
    from model.judge import load_judge

    if (kind or settings.judge.kind) == "local":
        return Panel(load_judge())
    from bot.triad.ledger import Ledger
    from bot.triad.llm import OpenAIJudge

    ledger = Ledger(store if isinstance(store, Store) else store(), settings.judge)
    return Panel(OpenAIJudge(settings.judge, ledger), load_judge)
