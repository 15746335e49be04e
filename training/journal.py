"""What a teacher has answered, kept so that nothing is asked (and paid for) twice.

An append-only file of JSON lines. ``asked`` goes in before a request is sent, ``answered`` once its answer is there and
on the disk (fsync) before anything else happens with it, ``failed`` when there is none. A request that was asked and
then never heard of (the process was killed) counts as paid for. A torn last line is cut off; a damaged line further
up is skipped and counted. Requests are known by their hash; no key of an endpoint is ever written. Answers stay on the
disk and are read when they are wanted: with distributions they are large.
"""

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from training.endpoint import Answer, TeacherError


class InUse(TeacherError):
    """Another run has the journal open."""


@dataclass(slots=True)
class Entry:
    """An answer with its circumstances. ``time`` is in seconds since 1970."""

    answer: Answer
    temperature: float
    time: float


class Kept(Mapping[str, Entry]):
    """Answers by request key, read from the journal's file one at a time."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._places: dict[str, tuple[int, int]] = {}

    def keep(self, key: str, offset: int, length: int) -> None:
        """Remember the line that holds an answer."""
        self._places[key] = (offset, length)

    def __getitem__(self, key: str) -> Entry:
        offset, length = self._places[key]
        return _entry(json.loads(os.pread(self._descriptor, length, offset)))

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(Answer(**row["answer"]), float(row["temperature"]), float(row["time"]))


class Journal:
    """An open journal. One process at a time.

    Attributes:
        answers: By request key.
        prompt_tokens, completion_tokens: Everything that has been, or may have been, paid for.
        damaged: Lines that could not be read.

    Args:
        path: The file; made if it is missing.

    Raises:
        InUse: Another run uses it.
        TeacherError: It cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.prompt_tokens = self.completion_tokens = self.damaged = 0
        self._open: dict[str, tuple[int, int]] = {}
        self._lock = FileLock(f"{path}.lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise InUse(f"Another run is using {path}: wait for it, or name another --journal.") from None
        except OSError as error:
            raise TeacherError(f"Cannot write {path}: {error.strerror}; name another --journal.") from error
        try:
            self._file = path.open("a+b", buffering=0)
            self.answers = Kept(self._file.fileno())
            self._read()
        except OSError as error:
            self._lock.release()
            raise TeacherError(f"Cannot use {path}: {error.strerror}; name another --journal.") from error

    def _read(self) -> None:
        whole = 0
        with self.path.open("rb") as lines:  # buffered, as the journal itself is not
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                try:
                    self._take(json.loads(line), whole, len(line))
                except (ValueError, KeyError, TypeError):
                    self.damaged += 1
                whole += len(line)
        self._file.truncate(whole)  # the line that a kill tore
        self._size = whole
        for prompt, completion in self._open.values():
            self._pay(prompt, completion)
        self._open.clear()

    def _take(self, row: dict[str, Any], offset: int, length: int) -> None:
        key = str(row["key"])
        if row["event"] == "asked":
            if key in self._open:  # asked, and the run ended before an answer
                self._pay(*self._open[key])
            self._open[key] = (int(row["prompt_tokens"]), int(row["max_tokens"]))
        elif row["event"] == "failed":
            asked = self._open.pop(key)
            if row["billed"]:
                self._pay(*asked)
        elif row["event"] == "answered":
            answer = _entry(row).answer
            self._open.pop(key, None)
            self._pay(answer.prompt_tokens, answer.completion_tokens)
            self.answers.keep(key, offset, length)
        else:
            raise ValueError(row["event"])

    def _pay(self, prompt_tokens: int, completion_tokens: int) -> None:
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens

    def asked(self, key: str, prompt_tokens: int, max_tokens: int) -> None:
        """A request is about to be sent; the tokens are what it may cost at worst."""
        self._write({"event": "asked", "key": key, "prompt_tokens": prompt_tokens, "max_tokens": max_tokens})

    def failed(self, key: str, why: str, billed: bool) -> None:
        """It brought no answer."""
        self._write({"event": "failed", "key": key, "why": why, "billed": billed})

    def answered(self, key: str, answer: Answer, temperature: float) -> Entry:
        """It brought an answer, which is on the disk when this returns."""
        entry = Entry(answer, temperature, round(time.time(), 3))
        kept = {name: value for name, value in asdict(answer).items() if value is not None}
        self._write(
            {"event": "answered", "key": key, "time": entry.time, "temperature": temperature, "answer": kept}, sync=True
        )
        return entry

    def _write(self, row: dict[str, Any], sync: bool = False) -> None:
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        try:
            self._file.write(line)
            if sync:
                os.fsync(self._file.fileno())
            offset, self._size = self._size, self._size + len(line)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._file.truncate(self._size)  # no half a line before what others may still write
            raise TeacherError(
                f"Cannot write {self.path}: {error.strerror}; make room and run it again, nothing is asked twice."
            ) from error
        self._take(row, offset, len(line))

    def close(self) -> None:
        """Close the file and let others have it."""
        self._file.close()
        self._lock.release()
