"""The local judge itself: puts checks, features, trees and the encoder together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.judge import JudgeError, Scores, relevance
from model.judge import features as grounded
from model.judge.blend import Blend, sigmoid
from model.judge.encoder import ENCODER_NAMES, CrossEncoder, Grounding, Reader
from model.judge.features import Featurizer, read
from model.judge.forest import Forest
from model.judge.kitchen import food
from model.judge.reasons import Findings, answer_reason, context_reason, findings, grounded_reason
from model.judge.relevance import PairFeaturizer
from retrieval.embeddings import StaticEmbeddings

Floats = NDArray[np.float32]
CHECKS = ("check numbers", "check foods", "check flips", "check covered", "about food")
MEASURED = (*grounded.NAMES, *CHECKS, *ENCODER_NAMES)
FORESTS = {"grounded": MEASURED, "passage": relevance.NAMES, "reply": relevance.NAMES}
BLENDS = {
    "grounded": MEASURED,
    "cooking": ("forest",),
    "passage": ("forest", "encoder"),
    "reply": ("forest", "encoder"),
}
# Share of food words and amounts from which on passages begin to count as cooking, and from which on they fully do.
FOOD_FROM, FOOD_TO = 0.03, 0.08
# Log odds that a "don't" which no passage says takes off: the encoder overlooks it where another passage says "do not".
FLIPPED = 3.0
# What is read of a text that no cook would ever read to the end.
LONGEST_QUESTION, LONGEST_ANSWER, LONGEST_CONTEXT, MOST_CONTEXTS = 1_000, 4_000, 8_000, 12
READ_CONTEXTS = 2  # the most promising passages, which the encoder reads for context relevance


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply to judge, cut to what is read of it."""

    question: str
    contexts: tuple[str, ...]
    answer: str

    @classmethod
    def of(cls, question: str, contexts: Sequence[str], answer: str) -> "Reply":
        """Outer space and what is too long left off; passages without words left out."""
        kept = tuple(c[:LONGEST_CONTEXT].strip() for c in contexts[:MOST_CONTEXTS])
        return cls(
            question[:LONGEST_QUESTION].strip(),
            tuple(c for c in kept if read(c).words),
            answer[:LONGEST_ANSWER].strip(),
        )

    @property
    def claims(self) -> bool:
        """Whether there is an answer, and something that it may rest on."""
        return bool(read(self.answer).words and self.contexts)


@dataclass(frozen=True, slots=True)
class Weights:
    """What training fits, beside the encoder.

    Attributes:
        forests: By task: "grounded" (cooking answers), "passage", "reply".
        blends: By task: "grounded" (answers about anything), "cooking" (calibrates the trees), "passage", "reply".
        thresholds: By task, the score from which on a reply counts as good; chosen on validation.
    """

    forests: dict[str, Forest]
    blends: dict[str, Blend]
    thresholds: dict[str, float]

    def save(self, path: Path) -> None:
        """Write an npz file."""
        parts: dict[str, NDArray[np.generic]] = {}
        for name in FORESTS:
            parts |= self.forests[name].arrays(f"forest.{name}")
        for name in BLENDS:
            parts |= self.blends[name].arrays(f"blend.{name}")
        parts["thresholds"] = np.array([self.thresholds[name] for name in FORESTS], dtype=np.float32)
        np.savez_compressed(path, allow_pickle=False, **parts)  # type: ignore[arg-type]

    def grounded(self, rows: Floats) -> Floats:
        """(n, len(MEASURED)) → (n,) groundedness in [0, 1].

        Two judges share the work. The trees have learnt from cooking answers with one thing wrong, where the words are
        nearly all there and the figures decide; the regression from talk about anything, where a made-up answer shows
        in its words. The more the passages are about cooking, the more the trees count.
        """
        trees = self.forests["grounded"].log_odds(rows)[:, None]
        cooking = self.blends["cooking"].log_odds(trees, BLENDS["cooking"])
        cooking -= FLIPPED * (rows[:, MEASURED.index("check flips")] > 0)
        anything = self.blends["grounded"].log_odds(rows, MEASURED)
        share = np.clip((rows[:, MEASURED.index("about food")] - FOOD_FROM) / (FOOD_TO - FOOD_FROM), 0, 1)
        return sigmoid(share * cooking + (1 - share) * anything)

    def relevance(self, task: str, rows: Floats, logits: Floats) -> Floats:
        """(n, F) features and the encoder's (n,) logits → (n,) scores in [0, 1], for "passage" or "reply"."""
        table = np.stack([self.forests[task].log_odds(rows), logits], axis=1)
        return sigmoid(self.blends[task].log_odds(table, BLENDS[task]))

    @classmethod
    def load(cls, path: Path) -> "Weights":
        """Read what :meth:`save` wrote.

        Raises:
            JudgeError: The file is missing, damaged, or does not fit the code.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                return cls(
                    {name: Forest.read(data, f"forest.{name}", known) for name, known in FORESTS.items()},
                    {name: Blend.read(data, f"blend.{name}", known) for name, known in BLENDS.items()},
                    {name: round(float(x), 4) for name, x in zip(FORESTS, data["thresholds"], strict=True)},
                )
        except (OSError, KeyError, ValueError, EOFError) as error:
            raise JudgeError(
                f"The judge's file {path.name} cannot be read ({error}); reinstall souschef or run training.judge."
            ) from error


class Meter:
    """Measures replies: the features, checks and readings that the weights are fitted on.

    Args:
        embeddings: The bundled word vectors.
        reader: Reads answers and passages with an encoder; without one, its measures are 0.
    """

    def __init__(self, embeddings: StaticEmbeddings, reader: Reader | None = None) -> None:
        self.reader = reader
        self._grounded = Featurizer(embeddings)
        self._pairs = PairFeaturizer(embeddings)

    def grounded(self, replies: Sequence[Reply]) -> tuple[Floats, list[Findings], list[Grounding]]:
        """(len(replies), len(MEASURED)) features, and what was found; every reply must claim something."""
        if self.reader is None:
            readings = [Grounding(0.0, 0.0, 0.0)] * len(replies)
        else:
            readings = self.reader.ground([(r.answer, r.contexts) for r in replies])
        found = [findings(r.answer, r.contexts, r.question) for r in replies]
        rows = np.zeros((len(replies), len(MEASURED)), dtype=np.float32)
        for i, (reply, checks, reading) in enumerate(zip(replies, found, readings, strict=True)):
            counts = (len(checks.numbers), len(checks.foods), len(checks.flips), checks.covered, food(reply.contexts))
            features = self._grounded.features(reply.answer, reply.contexts, reply.question)
            rows[i] = (*features, *counts, *reading.row)
        return rows, found, readings

    def pairs(self, pairs: Sequence[tuple[str, str]]) -> Floats:
        """(len(pairs), F) features of relevance of (question, text) pairs."""
        return np.stack([self._pairs.features(question, text) for question, text in pairs])


class LocalJudge:
    """Scores replies with the bundled weights. Holds no state between calls, so threads may share one.

    Args:
        weights: What training fitted.
        meter: Measures replies.
    """

    name = "local"

    def __init__(self, weights: Weights, meter: Meter) -> None:
        self.weights = weights
        self.meter = meter

    @classmethod
    def load(cls, folder: Path, threads: int = 1) -> "LocalJudge":
        """From a folder of weights; an encoder is used where the folder has one, with ``threads`` threads.

        Raises:
            JudgeError: They are missing or damaged.
        """
        weights = Weights.load(folder / "judge.npz")
        embeddings = StaticEmbeddings.load()
        if not (folder / "encoder.onnx").is_file():
            return cls(weights, Meter(embeddings))
        return cls(weights, Meter(embeddings, Reader(CrossEncoder(folder, threads), embeddings.idf)))

    @property
    def thresholds(self) -> dict[str, float]:
        """By task ("grounded", "passage", "reply"), the score from which on a reply counts as good."""
        return self.weights.thresholds

    def score(self, question: str, contexts: Sequence[str], answer: str) -> Scores:
        """Judge one reply."""
        return self.score_many([(question, contexts, answer)])[0]

    def score_many(self, replies: Iterable[tuple[str, Sequence[str], str]]) -> list[Scores]:
        """Judge (question, contexts, answer) triples, in order."""
        read_replies = [Reply.of(*reply) for reply in replies]
        scores = [_Scored() for _ in read_replies]
        self._ground(read_replies, scores)
        self._relate_answers(read_replies, scores)
        self._relate_contexts(read_replies, scores)
        return [s.scores() for s in scores]

    def grounded_scores(self, replies: Sequence[Reply]) -> tuple[Floats, list[Findings], list[Grounding]]:
        """(len(replies),) groundedness in [0, 1], and what was found; every reply must claim something."""
        rows, found, readings = self.meter.grounded(replies)
        return self.weights.grounded(rows), found, readings

    def relevance_scores(self, task: str, pairs: Sequence[tuple[str, str]], most: int = 0) -> Floats:
        """(len(pairs),) scores in [0, 1] of (question, text) pairs for "passage" or "reply".

        With ``most``, the encoder reads only so many of the most promising pairs, and the others get what they would
        get if the encoder found nothing in them.
        """
        rows = self.meter.pairs(pairs)
        logits = np.zeros(len(pairs), dtype=np.float32)
        if self.meter.reader is not None:
            logits[:] = NOTHING
            chosen = np.argsort(-self.weights.forests[task].log_odds(rows), kind="stable")[: most or len(pairs)]
            logits[chosen] = self.meter.reader.relate(task, [pairs[i] for i in chosen])
        return self.weights.relevance(task, rows, logits)

    def _ground(self, replies: Sequence[Reply], scores: Sequence["_Scored"]) -> None:
        chosen = [i for i, reply in enumerate(replies) if reply.claims]
        for reply, scored in zip(replies, scores, strict=True):
            if not read(reply.answer).words:
                scored.set("groundedness", None, "The answer says nothing that could be supported.")
            elif not reply.contexts:
                scored.set("groundedness", 0.0, "There is no passage that could support the answer.")
        if not chosen:
            return
        values, found, readings = self.grounded_scores([replies[i] for i in chosen])
        for i, value, checks, reading in zip(chosen, values, found, readings, strict=True):
            reply, threshold = replies[i], self.thresholds["grounded"]
            reason = grounded_reason(float(value), threshold, reply.answer, reply.contexts, checks, reading.suspects)
            scores[i].set("groundedness", float(value), reason)

    def _relate_answers(self, replies: Sequence[Reply], scores: Sequence["_Scored"]) -> None:
        chosen = []
        for i, (reply, scored) in enumerate(zip(replies, scores, strict=True)):
            if not read(reply.question).words:
                scored.set("answer_relevance", None, "Nothing was asked.")
            elif not read(reply.answer).words:
                scored.set("answer_relevance", 0.0, "The answer is empty.")
            else:
                chosen.append(i)
        if chosen:
            values = self.relevance_scores("reply", [(replies[i].question, replies[i].answer) for i in chosen])
            for i, value in zip(chosen, values, strict=True):
                reason = answer_reason(float(value), self.thresholds["reply"], replies[i].question)
                scores[i].set("answer_relevance", float(value), reason)

    def _relate_contexts(self, replies: Sequence[Reply], scores: Sequence["_Scored"]) -> None:
        for reply, scored in zip(replies, scores, strict=True):
            if not read(reply.question).words:
                scored.set("context_relevance", None, "Nothing was asked.")
            elif not reply.contexts:
                scored.set("context_relevance", None, "There is no passage.")
            else:
                pairs = [(reply.question, context) for context in reply.contexts]
                values = self.relevance_scores("passage", pairs, READ_CONTEXTS)
                best = int(values.argmax())
                reason = context_reason(
                    float(values[best]), self.thresholds["passage"], reply.question, reply.contexts[best]
                )
                scored.set("context_relevance", float(values[best]), reason)


NOTHING = -6.0  # the encoder's logit for a passage that it was not given to read


class _Scored:
    """Scores that are being put together."""

    def __init__(self) -> None:
        self.values: dict[str, float | None] = {}
        self.reasons: dict[str, str] = {}

    def set(self, name: str, value: float | None, reason: str) -> None:
        self.values[name] = None if value is None else round(min(1.0, max(0.0, value)), 4)
        self.reasons[name] = reason

    def scores(self) -> Scores:
        v = self.values
        return Scores(v["context_relevance"], v["groundedness"], v["answer_relevance"], self.reasons)
