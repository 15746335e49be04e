"""The reader at work: onnxruntime over the exported cross-encoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from model.cross_encoder import Pair, batch, open_session, open_tokenizer, paired
from model.reader import ReaderError
from model.reader.candidates import ACTS, Candidate

FOLDER = Path(__file__).parent / "weights"
FIRST, LENGTH = 44, 96  # word pieces of what is said with the step at hand, and with the candidate
SAID, HERE = 32, 16  # words of what is said, and of the step at hand
WHOLE, BEGINS = 78, 16  # word pieces of what is said with the whole step, and of a long step's beginning
DONE_OR_NOT = ("next", "ok")  # whether a step is finished is seen from all of it
VERDICTS = ("", "y", "n")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of an utterance.

    Attributes:
        ranked: The candidates with their probabilities, the likeliest first; these sum to 1.
        verdict: Probabilities that "yes", and that "no", belongs before the first candidate.
    """

    ranked: tuple[tuple[Candidate, float], ...]
    verdict: tuple[float, float] = (0.0, 0.0)

    @property
    def best(self) -> Candidate:
        return self.ranked[0][0]

    @property
    def sure(self) -> float:
        """Probability of the best."""
        return self.ranked[0][1]

    def mass(self, *acts: str) -> float:
        """Probability of some acts together."""
        return sum(p for c, p in self.ranked if c.kind in acts)

    def within(self, step: int) -> tuple[Candidate | None, float]:
        """The sentence of a step that is likeliest spoken of, and its probability among those of that step."""
        there = [(c, p) for c, p in self.ranked if c.kind == "step" and c.number == step]
        total = sum(p for _, p in there)
        return (there[0][0], there[0][1] / total) if total else (None, 0.0)


def pairs_of(tokenizer: Any, utterance: str, at_hand: str, step: int, candidates: Sequence[Candidate]) -> list[Pair]:
    """An utterance at a step beside each candidate, as word pieces: of a long one its end, then the step at hand: all
    of it before the acts that say whether it is finished, else how it begins.
    """

    def pieces(text: str) -> list[int]:
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    said = pieces(" ".join(utterance.split()[-SAID:]))[-FIRST:]
    both = [*said, *(pieces(f"| {' '.join(at_hand.split()[:HERE])}") if at_hand else ())][:FIRST]
    here, room = pieces(f"| {at_hand}") if at_hand else [], WHOLE - len(said)
    whole = [*said, *(here if len(here) <= room else [*here[:BEGINS], *here[BEGINS - room :]])]
    pairs = []
    for candidate in candidates:
        alone = candidate.kind == "step" and candidate.number == step  # it is the step at hand
        head = said if alone else whole if candidate.kind in DONE_OR_NOT else both
        pairs.append(paired(tokenizer, head, pieces(candidate.read_at(step)), LENGTH))
    return pairs


class Reader:
    """Reads candidates.

    Args:
        folder: Where ``reader.onnx`` and ``vocab.txt`` are.
        threads: Of one call.

    Raises:
        ReaderError: They cannot be read.
    """

    def __init__(self, folder: Path = FOLDER, threads: int = 2) -> None:
        try:
            self.session = open_session(folder / "reader.onnx", threads)
            self.tokenizer = open_tokenizer(folder / "vocab.txt")
        except Exception as error:  # onnxruntime's errors have no common base but this
            raise ReaderError(
                f"The reader cannot be read from {folder} ({type(error).__name__}); reinstall souschef or export it "
                "again with training.reader."
            ) from error

    def read(self, utterance: str, at_hand: str, step: int, candidates: Sequence[Candidate]) -> Reading:
        """Rank candidates.

        Args:
            utterance: What the cook says.
            at_hand: Text of the step at hand, or "".
            step: Its number, from 1; 0 before the first.
            candidates: At least one.
        """
        pairs = pairs_of(self.tokenizer, utterance, at_hand, step, candidates)
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].ids))
        scores, verdicts = np.zeros(len(pairs)), np.zeros((len(pairs), 3))
        for start in range(0, len(order), 16):  # pairs of about the same length together
            rows = order[start : start + 16]
            ids, mask, kinds = batch([pairs[i] for i in rows])
            scores[rows], verdicts[rows] = self.session.run(None, {"ids": ids, "mask": mask, "kinds": kinds})
        exp = np.exp(scores - scores.max())
        ranked = sorted(
            zip(candidates, (exp / exp.sum()).tolist(), range(len(pairs)), strict=True), key=lambda r: -r[1]
        )
        best = verdicts[ranked[0][2]]
        shares = np.exp(best - best.max())
        shares /= shares.sum()
        verdict = (0.0, 0.0) if ranked[0][0].kind in ACTS else (float(shares[1]), float(shares[2]))
        return Reading(tuple((c, p) for c, p, _ in ranked), verdict)
