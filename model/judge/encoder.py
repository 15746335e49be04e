"""The judge's cross-encoder: a small BERT that reads two texts at once, run by onnxruntime.

It reads ``[CLS] text [SEP] other text [SEP]`` and gives three logits (the first text is supported by the second; the
second text holds the answer to the first; the second text answers the first) and, for each word piece of the first
text, the logit that it is wrong. ``training/judge_encoder.py`` trains and exports it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.cross_encoder import Pair, batch, encode, open_session, open_tokenizer
from model.judge import JudgeError
from model.judge.evidence import Idf, select
from model.judge.features import split

Floats = NDArray[np.float32]
TASKS = ("grounded", "passage", "reply")
FIRST, LENGTH = 64, 128  # word pieces of an answer, and of the answer and what it rests on with their marks
ASKED, ASKED_LENGTH = 40, 104  # the same of a question and a text
MOST_WORDS = 45  # of an answer that is read in one piece


class CrossEncoder:
    """Runs the exported model.

    Args:
        folder: Where ``encoder.onnx`` and ``vocab.txt`` are.
        threads: Of one call.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        try:
            self.session = open_session(folder / "encoder.onnx", threads)
            self.tokenizer = open_tokenizer(folder / "vocab.txt")
        except Exception as error:  # onnxruntime's errors have no common base but this
            raise JudgeError(
                f"The judge's encoder cannot be read from {folder} ({type(error).__name__}); reinstall souschef or "
                "export it again with training.judge_encoder."
            ) from error

    def run(self, pairs: Sequence[Pair]) -> list[tuple[Floats, Floats]]:
        """Per pair: (3,) logits in the order of ``TASKS``, and (first,) logits that a piece is wrong.

        Each pair runs by itself: its activations are rounded to 8 bits by the greatest of all that run together, so a
        score would depend on its neighbours.
        """
        out: list[tuple[Floats, Floats]] = []
        for pair in pairs:
            ids, mask, kinds = batch([pair])
            heads, tokens = self.session.run(None, {"ids": ids, "mask": mask, "kinds": kinds})
            out.append((heads[0], tokens[0, 1 : pair.first + 1]))
        return out


@dataclass(frozen=True, slots=True)
class Grounding:
    """What the encoder says of one answer.

    Attributes:
        logit: That it is supported; of an answer in several pieces, the least.
        worst: The greatest logit of a word piece that it is wrong.
        mean: The mean of these logits.
        suspects: The words that it holds for wrong, as written, worst first.
    """

    logit: float
    worst: float
    mean: float
    suspects: tuple[str, ...] = ()

    @property
    def row(self) -> tuple[float, float, float]:
        """The numbers, in the order of ``ENCODER_NAMES``."""
        return self.logit, self.worst, self.mean


ENCODER_NAMES = ("encoder", "encoder worst", "encoder mean")


def chunks(answer: str) -> list[str]:
    """An answer in pieces of whole sentences, each short enough to be read at once."""
    out: list[list[str]] = [[]]
    size = 0
    for sentence in split(answer):
        words = len(sentence.split())
        if out[-1] and size + words > MOST_WORDS:
            out.append([])
            size = 0
        out[-1].append(sentence)
        size += words
    return [" ".join(part) for part in out if part]


class Reader:
    """Reads answers against their passages, and texts against questions.

    Args:
        encoder: Anything with the ``tokenizer`` and ``run`` of :class:`CrossEncoder`.
        idf: How rare a stem is, for choosing what of the passages is read.
    """

    def __init__(self, encoder: Any, idf: Idf) -> None:
        self.encoder = encoder
        self.idf = idf

    def ground(self, answers: Sequence[tuple[str, Sequence[str]]]) -> list[Grounding]:
        """Groundedness of (answer, passages) pairs; answers have words, and passages too."""
        parts = [(i, part) for i, (answer, _) in enumerate(answers) for part in chunks(answer)[:12]]
        pairs = [encode(self.encoder.tokenizer, p, select(p, answers[i][1], self.idf), FIRST, LENGTH) for i, p in parts]
        found: list[list[tuple[float, Floats, list[str]]]] = [[] for _ in answers]
        for (i, part), pair, (heads, tokens) in zip(parts, pairs, self.encoder.run(pairs), strict=True):
            found[i].append((float(heads[0]), tokens, _suspects(part, pair, tokens)))
        out = []
        for pieces in found:
            tokens = np.concatenate([t for _, t, _ in pieces]) if pieces else np.zeros(0, np.float32)
            if not len(tokens):
                out.append(Grounding(0.0, 0.0, 0.0))
                continue
            suspects = tuple(word for *_, words in sorted(pieces, key=lambda p: p[0]) for word in words)
            out.append(Grounding(min(p[0] for p in pieces), float(tokens.max()), float(tokens.mean()), suspects))
        return out

    def relate(self, task: str, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Logits of (question, text) pairs for a task, "passage" or "reply"."""
        read = [encode(self.encoder.tokenizer, q, t, ASKED, ASKED_LENGTH) for q, t in pairs]
        return [float(heads[TASKS.index(task)]) for heads, _ in self.encoder.run(read)] if read else []


def _suspects(text: str, pair: Pair, tokens: Floats) -> list[str]:
    """The words of which a piece is rather wrong than right, worst first; neighbours are one."""
    spans: list[tuple[int, int, float]] = []
    for (start, end), logit in zip(pair.offsets, tokens, strict=True):
        if logit > 0:
            while start > 0 and text[start - 1].isalnum():
                start -= 1
            while end < len(text) and text[end].isalnum():
                end += 1
            if spans and start <= spans[-1][1] + 1:
                spans[-1] = (spans[-1][0], end, max(spans[-1][2], float(logit)))
            else:
                spans.append((start, end, float(logit)))
    worst = sorted(spans, key=lambda s: -s[2])
    return [text[a:b] for a, b, _ in worst if any(c.isalnum() for c in text[a:b])]
