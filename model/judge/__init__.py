"""The local judge: the three scores of the RAG triad for a reply, in milliseconds, without any hub or API.

- *Context relevance*: do the passages hold what the question asks for? (The best of them counts.)
- *Groundedness*: is all of the answer supported by the passages?
- *Answer relevance*: does the answer answer the question?

Each is a probability in [0, 1] with a reason. It is made of checks (numbers, foods, negation; :mod:`model.guard`), of
features (:mod:`model.judge.features`), and of trees and regressions that weigh them (:mod:`model.judge.forest`,
:mod:`model.judge.blend`). A folder of weights may also hold a small cross-encoder (:mod:`model.judge.encoder`); the
bundled one does not. ``training/judge.py`` fits it all, ``weights/MODEL_CARD.md`` says how good it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from model.judge.local import LocalJudge

WEIGHTS = Path(__file__).parent / "weights"


class JudgeError(Exception):
    """The judge cannot be used. The message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What a judge says of a reply.

    Attributes:
        context_relevance: In [0, 1]; None where there is no question or no passage.
        groundedness: In [0, 1]; None where the answer is empty or says nothing that could be supported.
        answer_relevance: In [0, 1]; None where there is no question.
        reasons: For each score that is given or left out, by its name, one sentence.
    """

    context_relevance: float | None
    groundedness: float | None
    answer_relevance: float | None
    reasons: dict[str, str] = field(default_factory=dict)


class Judge(Protocol):
    """Who gives the three scores."""

    name: str

    def score(self, question: str, contexts: Sequence[str], answer: str) -> Scores:
        """Judge one reply: what was asked, the passages that it may rest on, what was answered."""
        ...

    def score_many(self, replies: Iterable[tuple[str, Sequence[str], str]]) -> list[Scores]:
        """Judge (question, contexts, answer) triples, in order; quicker than one by one."""
        ...


def load_judge(folder: Path | None = None) -> "LocalJudge":
    """The bundled judge, or one from another folder. Takes a fraction of a second; one may serve all threads.

    Raises:
        JudgeError: Its weights are missing or damaged.
    """
    from model.judge.local import LocalJudge

    return LocalJudge.load(folder or WEIGHTS)


__all__ = ["Judge", "JudgeError", "Scores", "load_judge"]
