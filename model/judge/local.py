"""The local judge itself: puts checks, features and trees together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.judge import Scores, relevance
from model.judge import features as grounded
from model.judge.features import Featurizer, read
from model.judge.forest import Forest, read_forests
from model.judge.reasons import Findings, answer_reason, context_reason, findings, grounded_reason
from model.judge.relevance import PairFeaturizer
from retrieval.embeddings import StaticEmbeddings

Floats = NDArray[np.float32]
CHECKS = ("check numbers", "check foods", "check flips", "check covered")
NAMES = {
    "grounded": (*grounded.NAMES, *CHECKS),
    "passage": relevance.NAMES,
    "reply": relevance.NAMES,
}
# What is read of a text that no cook would ever read to the end.
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_CONTEXT, MOST_CONTEXTS = 1_000, 4_000, 20_000, 30
THRESHOLDS = {"grounded": 0.5, "passage": 0.5, "reply": 0.5}


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to judge, cut to what is read of it."""

    question: str
    contexts: tuple[str, ...]
    answer: str

    @classmethod
    def of(cls, question: str, contexts: Sequence[str], answer: str) -> "Reply":
        kept = tuple(c[:LONGEST_CONTEXT].strip() for c in contexts[:MOST_CONTEXTS])
        return cls(
            question[:LONGEST_QUESTION].strip(),
            tuple(c for c in kept if read(c).words),
            answer[:LONGEST_ANSWER].strip(),
        )


class LocalJudge:
    """Scores replies with the bundled weights. Holds no state between calls, so threads may share one.

    Args:
        forests: By name ("grounded", "passage", "reply").
        embeddings: The bundled word vectors.
    """

    name = "local"

    def __init__(self, forests: dict[str, Forest], embeddings: StaticEmbeddings) -> None:
        self.forests = forests
        self.thresholds = THRESHOLDS
        self._grounded = Featurizer(embeddings)
        self._pairs = PairFeaturizer(embeddings)

    @classmethod
    def load(cls, folder: Path) -> "LocalJudge":
        """From a folder of weights.

        Raises:
            JudgeError: They are missing or damaged.
        """
        return cls(read_forests(folder / "forests.npz", NAMES), StaticEmbeddings.load())

    def score(self, question: str, contexts: Sequence[str], answer: str) -> Scores:
        """Judge one reply."""
        return self.score_many([(question, contexts, answer)])[0]

    def score_many(self, replies: Iterable[tuple[str, Sequence[str], str]]) -> list[Scores]:
        """Judge (question, contexts, answer) triples, in order."""
        return [self._score(Reply.of(*reply)) for reply in replies]

    def grounded_rows(self, reply: Reply, found: Findings) -> Floats:
        """(1, F) features of groundedness."""
        checks = [len(found.numbers), len(found.foods), len(found.flips), found.covered]
        row = self._grounded.features(reply.answer, reply.contexts, reply.question)
        return np.concatenate([row, np.array(checks, dtype=np.float32)])[None]

    def pair_rows(self, question: str, texts: Sequence[str]) -> Floats:
        """(len(texts), F) features of relevance."""
        return np.stack([self._pairs.features(question, text) for text in texts])

    def _score(self, reply: Reply) -> Scores:
        reasons: dict[str, str] = {}
        scores: dict[str, float | None] = dict.fromkeys(("context_relevance", "groundedness", "answer_relevance"))
        if not read(reply.question).words:
            reasons["context_relevance"] = reasons["answer_relevance"] = "Nothing was asked."
        else:
            if reply.contexts:
                held = self.forests["passage"].probability(self.pair_rows(reply.question, reply.contexts))
                best = int(held.argmax())
                scores["context_relevance"] = _rounded(held[best])
                reasons["context_relevance"] = context_reason(
                    float(held[best]), self.thresholds["passage"], reply.question, reply.contexts[best]
                )
            else:
                reasons["context_relevance"] = "There is no passage."
            if not read(reply.answer).words:
                scores["answer_relevance"] = 0.0
                reasons["answer_relevance"] = "The answer is empty."
            else:
                score = float(self.forests["reply"].probability(self.pair_rows(reply.question, [reply.answer]))[0])
                scores["answer_relevance"] = _rounded(score)
                reasons["answer_relevance"] = answer_reason(score, self.thresholds["reply"], reply.question)
        if not read(reply.answer).words:
            reasons["groundedness"] = "The answer says nothing that could be supported."
        elif not reply.contexts:
            scores["groundedness"] = 0.0
            reasons["groundedness"] = "There is no passage that could support the answer."
        else:
            found = findings(reply.answer, reply.contexts, reply.question)
            score = float(self.forests["grounded"].probability(self.grounded_rows(reply, found))[0])
            scores["groundedness"] = _rounded(score)
            reasons["groundedness"] = grounded_reason(
                score, self.thresholds["grounded"], reply.answer, reply.contexts, found
            )
        return Scores(**scores, reasons=reasons)


def _rounded(score: float) -> float:
    return round(min(1.0, max(0.0, float(score))), 4)
