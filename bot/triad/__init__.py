"""The RAG triad of every reply: context relevance, groundedness and answer relevance, recorded through TruLens.

    triad = Triad(store, settings)
    triad.start()      # returns at once; whoever answers cooks never waits for a score
    ...
    triad.stop()

A reply is logged together with a row that says "waiting" (``bot.store.ScoringRow``), so none can be overlooked. The
scoring itself is done by a process of its own (``python -m bot.triad``) at a low priority: TruLens takes seconds to
import and would hold up every reply that is being made meanwhile, it patches global state, and a judge that crashes
must not take the chat along. It is started once there is something to score, and ends when it has been idle for long.
"""

import contextlib
import json
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, SecretStr
from sqlalchemy import select

from bot.errors import StoreError
from bot.settings import Settings
from bot.store import ScoringRow, Store

log = logging.getLogger(__name__)

PREFIX = "trulens_"
"""Prefix of TruLens's tables in the project's database."""

DELAY_S = 15.0
LOOK_S = 1.0
REST_S = 30.0
LED_ELSEWHERE = 3
"""Exit status of a scoring process that found another one at work."""


class Triad:
    """Keeps a scoring process at work as long as there are replies to score.

    Args:
        store: The database in which replies are logged.
        settings: All settings.
        delay_s: What an earlier run left waits so long, unless a reply is made before: starting comes first.
        may: Whether it is this process that should keep one, where several share a database.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        delay_s: float = DELAY_S,
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self._store, self._settings, self._delay_s, self._may = store, settings, delay_s, may
        self._stop = threading.Event()
        self._log_file = settings.paths.data / "triad.log"
        self._watcher: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Begin to watch; returns at once. Does nothing where ``judge.record`` is off."""
        if self._settings.judge.record and self._watcher is None:
            self._watcher = threading.Thread(target=self._watch, name="triad", daemon=True)
            self._watcher.start()

    def stop(self, wait_s: float = 1.0) -> None:
        """End. The reply at work is finished if that takes less than ``wait_s``; what waits is scored another day."""
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(wait_s)
            self._watcher = None
        process, self._process = self._process, None
        if process is None:
            return
        _let_go(process)  # the scoring process takes that for the end
        try:
            process.wait(wait_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int | None:
        """Process id of the scoring process, while there is one."""
        process = self._process
        return process.pid if process is not None else None

    def __enter__(self) -> "Triad":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def _watch(self) -> None:
        begun = time.monotonic()
        try:
            newest = self._newest()
        except StoreError:
            newest = 0
        rest_until = 0.0
        while not self._stop.wait(LOOK_S):
            now = time.monotonic()
            if self._process is not None:
                status = self._process.poll()
                if status is None:
                    continue
                _let_go(self._process)
                self._process = None
                if status:
                    rest_until = now + REST_S
                    if status != LED_ELSEWHERE:
                        log.warning("Replies are not scored at the moment: see %s.", self._log_file)
            try:
                waits = self._newest() if self._may() else 0
                if waits and now >= rest_until and (waits > newest or now - begun >= self._delay_s):
                    self._process = self._spawn()
            except (StoreError, OSError) as error:
                log.warning("Replies cannot be scored now: %s", error)
                rest_until = now + REST_S

    def _newest(self) -> int:
        """Id of the newest reply that waits; 0 if none does."""
        query = select(ScoringRow.turn_id).where(ScoringRow.state == "waiting").order_by(ScoringRow.turn_id.desc())
        with self._store.read() as db:
            return db.scalar(query.limit(1)) or 0

    def _spawn(self) -> "subprocess.Popen[bytes]":
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot.triad"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # Ctrl-C in the chat is not meant for it
            )
        assert process.stdin is not None
        # Through the pipe, because arguments and environment can be read by others on the machine.
        process.stdin.write(json.dumps(plain(self._settings)).encode() + b"\n")
        process.stdin.flush()
        return process


def _let_go(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipe to a process."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()


def plain(settings: BaseModel) -> dict[str, Any]:
    """Settings as JSON values, secrets in the clear: for another process of ours, through a pipe."""

    def value(item: Any) -> Any:
        if isinstance(item, BaseModel):
            return plain(item)
        if isinstance(item, SecretStr):
            return item.get_secret_value()
        return item if isinstance(item, str | int | float | bool | list | tuple | dict | None) else str(item)

    return {name: value(getattr(settings, name)) for name in type(settings).model_fields}
