"""Token sequences with a weight per token, packed on disk, and batches of them.

A packed file is an ``.npz`` with ``tokens`` (uint16), ``weights`` (uint8, sixteenths: 16 counts fully) and ``offsets``
(int64, one more than there are sequences). Batches group sequences of like length, so that little is padding; a batch
holds at most ``batch_tokens`` padded tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.prompt import PromptBuilder, Segment, step_after
from model.tokenizer import FIRST_PIECE
from training.corpora import Example

FULL = 16


@dataclass(frozen=True, slots=True)
class Weights:
    """Loss weight of a token by what it belongs to, in sixteenths. ``structure`` is for intents and pointers, of which
    there are few.
    """

    act: int = 16
    structure: int = 48
    cook: int = 3
    recipe: int = 2
    passage: int = 1


Sequence_ = tuple[list[int], list[int]]


def sequences(
    builder: PromptBuilder, example: Example, limit: int, weights: Weights = Weights()
) -> Iterator[Sequence_]:
    """A dialogue as one or more (ids, weights) sequences of at most ``limit`` tokens.

    Where a dialogue does not fit, a new sequence begins with the recipe again and the two turns before, which do not
    count twice.
    """
    recipe, turns = example.recipe, example.dialogue.turns
    rendered = builder.turns(recipe, turns, 0, example.passages)
    steps = [0]
    for turn in turns:
        steps.append(step_after(recipe, turn, steps[-1]))
    start = 0
    while start < len(turns):
        begin = max(0, start - 2)
        head = [builder.tokenizer.bos, *builder.recipe_ids(recipe, steps[start])]
        ids, marks = list(head), [weights.recipe if start == 0 else 1] * len(head)
        marks[0] = 0
        position = begin
        while position < len(turns):
            counts = position >= max(start, example.given)
            new_ids, new_marks = act_sequence(rendered[position], weights if counts else _NOTHING)
            if len(ids) + len(new_ids) > limit and position > start:
                break
            ids += new_ids
            marks += new_marks
            position += 1
        yield ids[:limit], marks[:limit]
        start = max(position, start + 1)


_NOTHING = Weights(0, 0, 0, 0, 0)


def act_sequence(segments: list[Segment], weights: Weights) -> Sequence_:
    """The segments of one turn as (ids, weights)."""
    ids: list[int] = []
    marks: list[int] = []
    for segment in segments:
        ids += segment.ids
        if segment.kind == "act":
            marks += [weights.structure if 259 <= token < FIRST_PIECE else weights.act for token in segment.ids]
        elif segment.kind == "quote":
            # Its first token says that nothing more is shared: that, the student must learn. The rest code reads out.
            marks += [weights.structure, *[0] * (len(segment.ids) - 1)] if segment.ids else []
        else:
            marks += [weights.passage if segment.kind == "passage" else weights.cook] * len(segment.ids)
    return ids, marks


class Packed:
    """Packed sequences in memory."""

    def __init__(self, tokens: np.ndarray, weights: np.ndarray, offsets: np.ndarray) -> None:
        self.tokens, self.weights, self.offsets = tokens, weights, offsets

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @classmethod
    def of(cls, items: Sequence[Sequence_]) -> "Packed":
        offsets = np.zeros(len(items) + 1, np.int64)
        offsets[1:] = np.cumsum([len(ids) for ids, _ in items])
        tokens = np.fromiter((t for ids, _ in items for t in ids), np.uint16, count=int(offsets[-1]))
        weights = np.fromiter((w for _, marks in items for w in marks), np.uint8, count=int(offsets[-1]))
        return cls(tokens, weights, offsets)

    @classmethod
    def load(cls, path: Path) -> "Packed":
        with np.load(path) as file:
            return cls(file["tokens"], file["weights"], file["offsets"])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, tokens=self.tokens, weights=self.weights, offsets=self.offsets)

    def batches(self, batch_tokens: int, seed: int, pad: int = 2) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """One epoch of (ids [batch, time] int64, weights [batch, time] float32) in random order; the same seed, the
        same order.
        """
        rng = np.random.default_rng(seed)
        lengths = np.diff(self.offsets)
        order = np.argsort(lengths + rng.uniform(0, 32, len(lengths)), kind="stable")
        groups: list[list[int]] = [[]]
        longest = 0
        for index in order:
            longest = max(longest, int(lengths[index]))
            if groups[-1] and longest * (len(groups[-1]) + 1) > batch_tokens:
                groups.append([])
                longest = int(lengths[index])
            groups[-1].append(int(index))
        for number in rng.permutation(len(groups)):
            group = groups[number]
            time = int(max(lengths[index] for index in group))
            ids = np.full((len(group), time), pad, np.int64)
            weights = np.zeros((len(group), time), np.float32)
            for row, index in enumerate(group):
                begin, end = self.offsets[index], self.offsets[index + 1]
                ids[row, : end - begin] = self.tokens[begin:end]
                weights[row, : end - begin] = self.weights[begin:end]
            yield ids, weights / FULL
