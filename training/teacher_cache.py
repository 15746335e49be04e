"""What a teacher says, on disk: it runs once, students learn from it many times.

A cache is a folder with ``cache.json`` and shards. It belongs to one packed file and one teacher (both by hash) and
holds, for every position whose token counts at least ``from_weight``, in the packed file's order, a fixed-size row:

====================  =======================  =====================================================================
k ids                 uint16                   the likeliest tokens, best first; 65535 where there are fewer
k log-probabilities   uint8 or float16         at temperature 1; in 8 bits as ``255·sqrt(-log p / 20)``: fine where it
                                               matters, 0.01 nats at p = 0.9 and 0.1 at p = 0.0003
a tail per            float16                  log-probability of all other tokens, at each of the cache's temperatures;
temperature                                    NaN where the teacher has nothing to say
====================  =======================  =====================================================================

The tail at another temperature does not follow from the row, so the temperatures are chosen when the cache is made. A
shard is a line of JSON (what it is and the SHA-256 of what follows) and the three arrays. It gets its name only when it
is whole, so a killed run goes on where it stopped; a shard that does not match its checksum is named, and made again by
the same command.
"""

import hashlib
import json
import math
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from training.errors import TrainingError
from training.losses import FLOOR, Sparse
from training.packing import FULL, Packed

VERSION = 1
MANIFEST = "cache.json"
NOBODY = 65535  # id of an absent token
LOWEST = -20.0  # log-probabilities below count as this
MAGIC = "souschef-teacher"


@dataclass(frozen=True, slots=True)
class CacheSpec:
    """What a cache holds.

    Attributes:
        packed: SHA-256 of the packed file.
        teacher: Fingerprint of the teacher.
        vocabulary: Size of the vocabulary.
        k: Tokens per position.
        bits: Of a log-probability, 8 or 16.
        temperatures: Those that a student may learn at.
        from_weight: Least weight of a position's token, in sixteenths.
        sequences: Sequences per shard.
    """

    packed: str
    teacher: str
    vocabulary: int
    k: int = 16
    bits: int = 8
    temperatures: tuple[float, ...] = (1.0, 2.0)
    from_weight: int = FULL
    sequences: int = 512

    @property
    def bytes_per_token(self) -> int:
        """Of one row."""
        return self.k * (2 + self.bits // 8) + 2 * len(self.temperatures)

    def key(self) -> str:
        """Hash of all of it; every shard carries it."""
        return hashlib.sha256(json.dumps([VERSION, asdict(self)], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a cache in memory: ids [rows, k] uint16, logs [rows, k] uint8 or float16, tails [rows, temperatures]
    float16.
    """

    ids: np.ndarray
    logs: np.ndarray
    tails: np.ndarray

    def tobytes(self) -> bytes:
        return b"".join(np.ascontiguousarray(part).tobytes() for part in (self.ids, self.logs, self.tails))


def file_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        TrainingError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror}): name a file of training.mixture.") from error


def judged(packed: Packed, from_weight: int) -> np.ndarray:
    """[tokens] bool: which tokens of a packed file a teacher judges (never the first of a sequence)."""
    mask: np.ndarray = packed.weights >= max(1, from_weight)
    mask[packed.offsets[:-1]] = False
    return mask


def encode(log_probs: torch.Tensor, spec: CacheSpec) -> Rows:
    """Rows of dense log-probabilities [rows, vocabulary] at temperature 1."""
    top = log_probs.topk(spec.k, -1)
    rest = log_probs.scatter(1, top.indices, -math.inf)
    tails = [((rest / t).logsumexp(-1) - (log_probs / t).logsumexp(-1)) for t in spec.temperatures]
    ids = top.indices.cpu().numpy().astype(np.uint16)
    tail = torch.stack(tails, 1).clamp(min=FLOOR).cpu().numpy().astype(np.float16)
    return Rows(ids, squeeze(top.values.cpu().numpy(), spec.bits), tail)


def squeeze(logs: np.ndarray, bits: int) -> np.ndarray:
    """Log-probabilities in 8 or 16 bits."""
    if bits == 16:
        return logs.astype(np.float16)
    return np.rint(255 * np.sqrt(np.clip(logs / LOWEST, 0, 1))).astype(np.uint8)


def unsqueeze(logs: np.ndarray) -> np.ndarray:
    """The inverse, in float32."""
    if logs.dtype == np.uint8:
        return (LOWEST * (logs.astype(np.float32) / 255) ** 2).astype(np.float32)
    return logs.astype(np.float32)


def decode(rows: Rows, temperature: float, column: int) -> tuple[Sparse, torch.Tensor]:
    """The distributions in rows.

    Args:
        rows: From a cache.
        temperature: One of the cache's.
        column: Its place among them.

    Returns:
        The distributions at that temperature (they sum to one), and [rows] bool: where the teacher says something.
    """
    tail = torch.from_numpy(rows.tails[:, column].astype(np.float32))
    known = ~torch.isnan(tail)
    tail = tail.nan_to_num(0.0).clamp(max=-1e-7)
    ids = torch.from_numpy(rows.ids.astype(np.int64))
    ids[ids == NOBODY] = -1
    logs = torch.from_numpy(unsqueeze(rows.logs)).div_(temperature).masked_fill_(ids < 0, -math.inf)
    # The tail is kept more exactly than the top, so the top is what it leaves.
    logs += torch.log(-torch.expm1(tail))[:, None] - logs.logsumexp(-1, keepdim=True)
    return Sparse(ids, logs.clamp_(min=FLOOR), tail.clamp(min=FLOOR)), known


class CacheWriter:
    """Makes a cache, or what is missing of one.

    Raises:
        TrainingError: The folder holds another cache, cannot be written, or the disk is too small.
    """

    def __init__(self, folder: Path, spec: CacheSpec, packed: Packed) -> None:
        self.folder, self.spec, self.packed = folder, spec, packed
        counts = np.concatenate([[0], np.cumsum(judged(packed, spec.from_weight))])
        self.starts = counts[packed.offsets]  # first row of every sequence
        self.key = spec.key()
        if (folder / MANIFEST).exists() and read_manifest(folder)[1] != self.key:
            raise TrainingError(
                f"{folder} holds what another teacher said, of another file or with other settings: name another "
                "--out, or delete it."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            missing = sum(self._rows(n) for n in self.missing()) * spec.bytes_per_token
            free = shutil.disk_usage(folder).free
            if missing + 10_000_000 > free:
                raise TrainingError(
                    f"The cache needs {missing / 1e6:.0f} MB more and {folder} has {free / 1e6:.0f} MB left: name a "
                    "roomier --out, or lower --k."
                )
            report = asdict(spec) | {"key": self.key, "version": VERSION, "rows": int(self.starts[-1])}
            report["bytes_per_token"] = spec.bytes_per_token
            write_whole(folder / MANIFEST, json.dumps(report, indent=1).encode())
        except OSError as error:
            raise TrainingError(f"{folder} cannot be written ({error.strerror}): name another --out.") from error

    @property
    def shards(self) -> int:
        return math.ceil(len(self.packed) / self.spec.sequences)

    def sequences(self, shard: int) -> range:
        """Sequences of a shard."""
        return range(shard * self.spec.sequences, min(len(self.packed), (shard + 1) * self.spec.sequences))

    def _rows(self, shard: int) -> int:
        mine = self.sequences(shard)
        return int(self.starts[mine.stop] - self.starts[mine.start])

    def missing(self) -> list[int]:
        """Shards that are not there, or damaged."""
        return [
            n for n in range(self.shards) if read_shard(self.folder / shard_name(n), self.key, self._rows(n)) is None
        ]

    def write(self, shard: int, rows: Rows) -> None:
        """Keep a shard.

        Raises:
            TrainingError: The disk is full.
        """
        payload = rows.tobytes()
        head = {"magic": MAGIC, "key": self.key, "shard": shard, "rows": len(rows.ids)}
        head["sha256"] = hashlib.sha256(payload).hexdigest()
        try:
            write_whole(self.folder / shard_name(shard), json.dumps(head).encode() + b"\n" + payload)
        except OSError as error:
            raise TrainingError(
                f"{self.folder} cannot be written ({error.strerror}): make room or name another --out; the shards that "
                "are there are kept."
            ) from error


class Cache:
    """A whole cache, checked when it is opened.

    Args:
        folder: The cache.
        packed: The packed file's contents.
        packed_hash: Its hash.
        vocabulary: The student's.
        temperature: The one to learn at.

    Raises:
        TrainingError: Another packed file's, another vocabulary's, without this temperature, incomplete or damaged.
    """

    def __init__(self, folder: Path, packed: Packed, packed_hash: str, vocabulary: int, temperature: float) -> None:
        self.spec, key = read_manifest(folder)
        self.temperature = temperature
        if self.spec.packed != packed_hash:
            raise TrainingError(f"The cache in {folder} belongs to another packed file: name its own in --packed.")
        if self.spec.vocabulary != vocabulary:
            raise TrainingError(
                f"The cache in {folder} has a vocabulary of {self.spec.vocabulary} and the student one of {vocabulary}"
                ": name another --cache, or start --student from a model with the teacher's vocabulary."
            )
        if temperature not in self.spec.temperatures:
            has = ", ".join(f"{t:g}" for t in self.spec.temperatures)
            raise TrainingError(
                f"The cache in {folder} was made for --temperature {has}: choose one of them, or make it again with "
                f"training.teach --temperatures {temperature:g}."
            )
        self._column = self.spec.temperatures.index(temperature)
        mask = judged(packed, self.spec.from_weight)
        self._row_of = np.where(mask, np.cumsum(mask) - 1, -1)
        starts = np.concatenate([[0], np.cumsum(mask)])[packed.offsets]
        shards = math.ceil(len(packed) / self.spec.sequences)
        self._begins: list[int] = []
        self._parts: list[Rows] = []
        bad = []
        for number in range(shards):
            first, last = number * self.spec.sequences, min(len(packed), (number + 1) * self.spec.sequences)
            count = int(starts[last] - starts[first])
            path = folder / shard_name(number)
            offset = read_shard(path, key, count)
            if offset is None:
                bad.append(path)
            else:
                self._begins.append(int(starts[first]))
                self._parts.append(_mapped(path, offset, count, self.spec))
        if bad:
            state = "missing" if not bad[0].exists() else "damaged"
            more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
            raise TrainingError(
                f"{bad[0]}{more} of --cache is {state}: run the same training.teach again, which makes only what is "
                "missing or damaged."
            )

    def rows(self, places: np.ndarray) -> Rows:
        """Rows of tokens.

        Args:
            places: [rows] positions of tokens in the packed file, all of them judged.
        """
        numbers = self._row_of[places]
        parts = np.searchsorted(self._begins, numbers, side="right") - 1
        ids = np.empty((len(places), self.spec.k), np.uint16)
        logs = np.empty((len(places), self.spec.k), np.uint8 if self.spec.bits == 8 else np.float16)
        tails = np.empty((len(places), len(self.spec.temperatures)), np.float16)
        for part in np.unique(parts):
            mine = parts == part
            inside = numbers[mine] - self._begins[part]
            source = self._parts[part]
            ids[mine], logs[mine], tails[mine] = source.ids[inside], source.logs[inside], source.tails[inside]
        return Rows(ids, logs, tails)

    def judges(self, places: np.ndarray) -> np.ndarray:
        """Whether tokens at these positions (-1 for padding) have a row."""
        return (places >= 0) & (self._row_of[np.maximum(places, 0)] >= 0)

    def distributions(self, places: np.ndarray) -> tuple[Sparse, torch.Tensor]:
        """See :func:`decode`."""
        return decode(self.rows(places), self.temperature, self._column)


def _mapped(path: Path, offset: int, count: int, spec: CacheSpec) -> Rows:
    """A shard's arrays, read from the disk as they are needed."""
    if not count:
        return Rows(np.empty((0, spec.k), np.uint16), np.empty((0, spec.k)), np.empty((0, len(spec.temperatures))))
    kind = np.dtype(np.uint8 if spec.bits == 8 else np.float16)
    ids = np.memmap(path, np.uint16, "r", offset, (count, spec.k))
    offset += count * spec.k * 2
    logs = np.memmap(path, kind, "r", offset, (count, spec.k))
    offset += count * spec.k * kind.itemsize
    return Rows(ids, logs, np.memmap(path, np.float16, "r", offset, (count, len(spec.temperatures))))


def shard_name(number: int) -> str:
    return f"shard-{number:05d}.top"


def read_manifest(folder: Path) -> tuple[CacheSpec, str]:
    """What a cache says that it is, and its key.

    Raises:
        TrainingError: There is none, or it cannot be read.
    """
    try:
        row = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        names = CacheSpec.__dataclass_fields__
        spec = CacheSpec(**{name: row[name] for name in names} | {"temperatures": tuple(row["temperatures"])})
    except FileNotFoundError:
        raise TrainingError(f"{folder} is no cache: name one that training.teach made in --cache.") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{folder / MANIFEST} is damaged: delete it and run the same training.teach again, which keeps the shards."
        ) from error
    return spec, spec.key()


def read_shard(path: Path, key: str, rows: int) -> int | None:
    """Where a shard's arrays begin, in bytes, if it is whole; else None."""
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline(4096))
            offset = file.tell()
            if (head["magic"], head["key"], head["rows"]) != (MAGIC, key, rows):
                return None
            return offset if hashlib.file_digest(file, "sha256").hexdigest() == head["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    temporary = path.with_suffix(".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def join_rows(parts: Sequence[Rows], spec: CacheSpec) -> Rows:
    """Rows one after another; none give empty ones."""
    kind = np.uint8 if spec.bits == 8 else np.float16
    empty = Rows(
        np.empty((0, spec.k), np.uint16), np.empty((0, spec.k), kind), np.empty((0, len(spec.temperatures)), np.float16)
    )
    whole = [empty, *parts]
    return Rows(*(np.concatenate([getattr(p, name) for p in whole]) for name in ("ids", "logs", "tails")))
