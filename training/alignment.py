"""An endpoint's token distributions, said in the student's vocabulary.

A teacher behind an endpoint has a tokenizer of its own and gives, per token of its answer, a few likely alternatives.
Text is what both have in common: wherever one of the teacher's tokens and one of the student's begin at the same byte,
the teacher's alternatives say what text may come next, and each is credited to the student's token that this text
begins with, *given the text so far* (it is encoded together with the word it continues). What the endpoint does not
list, and what would change tokens before, is tail. Where boundaries do not agree there is no distribution, and the
student learns from the text alone (sequence-level distillation, Kim and Rush, 2016).

Three cases of a position, by what the student's token ``y`` covers:

- exactly one of the teacher's tokens, or only its first bytes: the alternatives as above;
- exactly several of the teacher's tokens: the product of their probabilities for ``y``, everything else tail;
- anything else: nothing.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from model.tokenizer import DialogueTokenizer
from training.errors import TrainingError
from training.losses import FLOOR
from training.teacher_cache import NOBODY, CacheSpec, Rows, squeeze


@dataclass(frozen=True, slots=True)
class Aligned:
    """What a teacher says of one token of the student.

    Attributes:
        ids: Likely tokens, likeliest first.
        logs: Their log-probabilities at temperature 1.
        tail: Log-probability of all other tokens.
    """

    ids: tuple[int, ...]
    logs: tuple[float, ...]
    tail: float


def align(
    tokenizer: DialogueTokenizer, text: str, entries: Sequence[Mapping[str, Any]], k: int = 16
) -> list[Aligned | None]:
    """Distributions for the tokens of an answer.

    Args:
        tokenizer: The student's.
        text: The answer.
        entries: Per token of the teacher: ``token``, ``bytes`` (or None), ``logprob`` and ``top``, a list of (token,
            bytes or None, logprob), as ``training.endpoint.Answer.logprobs`` holds them.
        k: Most tokens per distribution.

    Returns:
        One item per id of ``tokenizer.encode(text)``, None where the teacher says nothing of it.

    Raises:
        TrainingError: The teacher's tokens do not spell the text, or come without alternatives.
    """
    ids = tokenizer.encode(text)
    data = text.encode()
    if entries and not any(entry.get("top") for entry in entries):
        raise TrainingError("The answer has no top_logprobs: ask for them, or name an endpoint that gives them.")
    begins, end = {}, 0
    for number, entry in enumerate(entries):
        begins[end] = number
        end += len(_bytes(entry["token"], entry.get("bytes")))
    spelt = b"".join(_bytes(entry["token"], entry.get("bytes")) for entry in entries)
    if not spelt.startswith(data):  # what follows the text is the teacher's end of turn
        raise TrainingError("The teacher's tokens do not spell its answer: keep text and logprobs of the same answer.")
    begins[end] = len(entries)
    edges = _edges(tokenizer, ids, data)
    if edges is None:
        return [None] * len(ids)
    out: list[Aligned | None] = []
    for position, token in enumerate(ids):
        first, last = begins.get(edges[position]), begins.get(edges[position + 1])
        if first is None or first == len(entries):
            out.append(None)
        elif last is not None and last > first + 1:
            log = min(-1e-6, sum(float(entry["logprob"]) for entry in entries[first:last]))
            out.append(Aligned((token,), (log,), math.log(-math.expm1(log))))
        elif last is not None or _inside(edges[position + 1], first, begins, len(entries)):
            before = data[: edges[position]].decode("utf-8", errors="replace")
            out.append(_credited(tokenizer, before, ids[:position], entries[first], k))
        else:
            out.append(None)
    return out


def unspaced(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The same tokens without the spaces that an answer begins with, as many models' first tokens do.

    Alternatives without those spaces say something else, which becomes tail.
    """
    rest = list(entries)
    while rest and not str(rest[0]["token"]).strip():
        rest.pop(0)
    if not rest:
        return rest
    token = str(rest[0]["token"])
    lead = token[: len(token) - len(token.lstrip())]
    if lead:
        top = [[other[len(lead) :], None, log] for other, _, log in rest[0]["top"] if other.startswith(lead)]
        rest[0] = {"token": token[len(lead) :], "bytes": None, "logprob": rest[0]["logprob"], "top": top}
    return rest


def _inside(edge: int, first: int, begins: Mapping[int, int], count: int) -> bool:
    """Whether a byte lies within the teacher's token ``first``."""
    following = next((byte for byte, number in begins.items() if number == first + 1), None)
    return following is not None and edge < following and first < count


def _bytes(token: str, raw: Any) -> bytes:
    """Bytes of a teacher's token."""
    return bytes(raw) if raw is not None else token.encode()


def _edges(tokenizer: DialogueTokenizer, ids: Sequence[int], data: bytes) -> list[int] | None:
    """Where the student's tokens begin in the text, in bytes, and its end; None if they do not spell it."""
    edges = [0]
    for number in range(len(ids)):
        spelt = _spelt(tokenizer, ids[number])
        if number == 0 and not data.startswith(b" ") and spelt.startswith(b" "):
            spelt = spelt[1:]  # the tokenizer begins every text with a space
        edges.append(edges[-1] + len(spelt))
        if data[edges[-2] : edges[-1]] != spelt:
            return None
    return edges


def _spelt(tokenizer: DialogueTokenizer, number: int) -> bytes:
    piece = tokenizer.pieces[number]
    return bytes([number - 3]) if 3 <= number < 259 else piece.replace("\u2581", " ").encode()


def _credited(
    tokenizer: DialogueTokenizer, before: str, ids: Sequence[int], entry: Mapping[str, Any], k: int
) -> Aligned | None:
    """The alternatives at a boundary, credited to the student's tokens."""
    word = before[before.rfind(" ") :] if " " in before else before
    prefix = _tail_of(tokenizer, ids, word)
    if prefix is None:
        return None
    mass: dict[int, float] = {}
    listed = {_bytes(token, raw): float(log) for token, raw, log in entry.get("top") or ()}
    listed.setdefault(_bytes(entry["token"], entry.get("bytes")), float(entry["logprob"]))
    for raw, log in listed.items():
        try:
            text = raw.decode()
        except UnicodeDecodeError:  # half a character
            continue
        new = tokenizer.encode(word + text)
        if len(new) > len(prefix) and new[: len(prefix)] == prefix:
            mass[new[len(prefix)]] = mass.get(new[len(prefix)], 0.0) + math.exp(log)
    best = sorted(mass.items(), key=lambda item: -item[1])[:k]
    if not best:
        return None
    total = min(1.0, sum(p for _, p in best))
    logs = tuple(math.log(max(p, 1e-12)) for _, p in best)
    return Aligned(tuple(n for n, _ in best), logs, math.log(max(1 - total, 1e-7)))


def _tail_of(tokenizer: DialogueTokenizer, ids: Sequence[int], word: str) -> list[int] | None:
    """The last of ``ids`` that spell ``word``, if encoding the word alone gives the same."""
    prefix = tokenizer.encode(word)
    return prefix if list(ids[len(ids) - len(prefix) :]) == prefix or not word else None


def rows_of(aligned: Sequence[Aligned | None], spec: CacheSpec) -> Rows:
    """Rows of a cache (made for temperature 1 alone: a sparse list says nothing about others).

    Raises:
        TrainingError: The cache is for other temperatures.
    """
    if spec.temperatures != (1.0,):
        raise TrainingError("What an endpoint says is known at temperature 1 alone: use --temperatures 1.")
    ids = np.full((len(aligned), spec.k), NOBODY, np.uint16)
    logs = np.full((len(aligned), spec.k), FLOOR, np.float32)
    tails = np.full((len(aligned), 1), np.nan, np.float16)
    for row, item in enumerate(aligned):
        if item is not None:
            count = min(spec.k, len(item.ids))
            ids[row, :count], logs[row, :count] = item.ids[:count], item.logs[:count]
            cut = sum(math.exp(log) for log in item.logs[count:])
            tails[row] = math.log(max(math.exp(item.tail) + cut, 1e-7))
    return Rows(ids, squeeze(logs, spec.bits), tails)
