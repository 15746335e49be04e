"""What small BERTs that read two texts at once have in common: word pieces, pairs, and onnxruntime."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


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


def encode(tokenizer: Any, one: str, other: str, first: int, length: int) -> Pair:
    """Cut two texts into word pieces; what is too long is left off at the end."""
    a = tokenizer.encode(one, add_special_tokens=False)
    b = tokenizer.encode(other, add_special_tokens=False)
    return paired(tokenizer, a.ids[:first], b.ids, length, a.offsets[:first])


def paired(
    tokenizer: Any, head: list[int], tail: list[int], length: int, offsets: Sequence[tuple[int, int]] = ()
) -> Pair:
    """Pieces of two texts with the marks; of the second as many as there is room for."""
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    return Pair([start, *head, end, *tail[: length - len(head) - 3], end], len(head), list(offsets))


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


def open_session(path: Path, threads: int) -> Any:
    """An exported model on the CPU; ``threads`` of one call."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait by spinning take from the student what they do not use.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
