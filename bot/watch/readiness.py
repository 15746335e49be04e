"""Whether the process lives and can answer cooks, with the reasons where not."""

import time
from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import text

from bot.errors import StoreError
from bot.host import Host

STILL_S = 30.0  # an event loop that ran nothing for so long will not come back
KEPT_S = 1.0


@runtime_checkable
class Opened(Protocol):
    """What says of its parts whether they are open (:meth:`bot.pantry.Kitchen.opened`)."""

    def opened(self) -> dict[str, str]:
        """By part, "" where it is open and why it is not elsewhere."""
        ...


class Readiness:
    """Answers for ``/healthz`` and ``/readyz``.

    Args:
        host: Platforms and database.
        pantry: What is behind the assistant; asked for its parts if it can tell.
        last_beat: When the event loop last ran, by ``clock``.
        clock: Seconds.
    """

    def __init__(
        self, host: Host, pantry: object, last_beat: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._host, self._pantry, self._last_beat, self._clock = host, pantry, last_beat, clock
        self._begun = clock()
        self._database: tuple[float, str] | None = None

    def lives(self) -> tuple[bool, dict[str, Any]]:
        """Whether the process lives: its event loop runs."""
        still_s = self._clock() - self._last_beat()
        lives = still_s < STILL_S
        reasons = [] if lives else [f"The event loop has stood still for {still_s:.0f} seconds: restart the process."]
        return lives, {"lives": lives, "reasons": reasons, "seconds": round(self._clock() - self._begun, 1)}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether it can answer cooks: database, parts, at least all platforms that it serves."""
        problems = {"process": "The process is stopping." if self._host.stopping else ""}
        problems["database"] = self._database_problem()
        if isinstance(self._pantry, Opened):
            problems |= self._pantry.opened()
        problems |= self._host.platforms
        reasons = [problem for problem in problems.values() if problem]
        checks = {name: not problem for name, problem in problems.items()}
        return not reasons, {"ready": not reasons, "reasons": reasons, "checks": checks}

    def _database_problem(self) -> str:
        if self._database is None or self._clock() - self._database[0] >= KEPT_S:
            try:
                with self._host.assistant.store.read() as db:
                    db.execute(text("SELECT 1"))
                problem = ""
            except StoreError as error:
                problem = str(error)
            self._database = (self._clock(), problem)
        return self._database[1]
