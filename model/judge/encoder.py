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

Floats = NDArray[np.float32]
TASKS = ("grounded", "passage", "reply")
FIRST, LENGTH = 64, 160  # word pieces of the first text, and of both with their marks


def open_tokenizer(path: Path) -> Any:
    """The word pieces of BERT, lower case, from a vocabulary file with one piece a line."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    vocabulary = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    model = WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]", max_input_chars_per_word=40)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = BertNormalizer(lowercase=True)  # type: ignore[assignment]
    tokenizer.pre_tokenizer = BertPreTokenizer()  # type: ignore[assignment]
    return tokenizer


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts as word pieces.

    Attributes:
        ids: Numbers of the pieces, with the marks.
        first: Number of pieces of the first text; they stand at 1 … first.
        offsets: Of each of these, (start, end) in the first text.
    """

    ids: list[int]
    first: int
    offsets: list[tuple[int, int]]


def encode(tokenizer: Any, one: str, other: str, first: int = FIRST, length: int = LENGTH) -> Pair:
    """Cut two texts into word pieces; what is too long is left off at the end."""
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    a = tokenizer.encode(one, add_special_tokens=False)
    b = tokenizer.encode(other, add_special_tokens=False)
    head = a.ids[:first]
    tail = b.ids[: length - len(head) - 3]
    return Pair([start, *head, end, *tail, end], len(head), a.offsets[:first])


def batch(pairs: Sequence[Pair]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(ids, mask, segments), each (len(pairs), longest) int64, padded with 0."""
    longest = max(len(p.ids) for p in pairs)
    ids = np.zeros((len(pairs), longest), dtype=np.int64)
    mask, kinds = np.zeros_like(ids), np.zeros_like(ids)
    for i, pair in enumerate(pairs):
        n = len(pair.ids)
        ids[i, :n], mask[i, :n] = pair.ids, 1
        kinds[i, pair.first + 2 : n] = 1
    return ids, mask, kinds


class CrossEncoder:
    """Runs the exported model.

    Args:
        folder: Where ``encoder.onnx`` and ``vocab.txt`` are.
        threads: Of one call.
    """

    def __init__(self, folder: Path, threads: int = 2) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = open_tokenizer(folder / "vocab.txt")

    def run(self, pairs: Sequence[Pair]) -> list[tuple[Floats, Floats]]:
        """Per pair: (3,) logits in the order of ``TASKS``, and (first,) logits that a piece is wrong.

        Pairs of about the same length run together, so that little is padding; the result does not depend on it beyond
        rounding.
        """
        out: list[tuple[Floats, Floats]] = [(np.zeros(3, np.float32), np.zeros(0, np.float32))] * len(pairs)
        order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].ids))
        for at in range(0, len(order), 16):
            chosen = order[at : at + 16]
            ids, mask, kinds = batch([pairs[i] for i in chosen])
            heads, tokens = self.session.run(None, {"ids": ids, "mask": mask, "kinds": kinds})
            for row, i in enumerate(chosen):
                out[i] = (heads[row], tokens[row, 1 : pairs[i].first + 1])
        return out
