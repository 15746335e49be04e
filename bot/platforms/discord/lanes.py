"""One lane per conversation: what was said in it is answered and shown one after the other, in Discord's order."""

import asyncio
import heapq
import itertools
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")


class Lanes(Generic[T]):
    """Runs jobs, one at a time per lane, lowest order first; lanes run side by side. Belongs to one event loop.

    Args:
        work: Does one job. Its errors are its own business; one that gets out is logged and ends the job only.
    """

    def __init__(self, work: Callable[[T], Awaitable[None]]) -> None:
        self._work = work
        self._count = itertools.count()
        self._waiting: dict[str, list[tuple[int, int, T]]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        """How many jobs wait."""
        return sum(len(jobs) for jobs in self._waiting.values())

    def put(self, lane: str, order: int, job: T) -> None:
        """Let a job wait in its lane, behind those with a lower order (Discord's snowflake)."""
        heapq.heappush(self._waiting.setdefault(lane, []), (order, next(self._count), job))
        if lane not in self._running:
            self._running[lane] = asyncio.create_task(self._run(lane), name=f"lane {lane}")

    async def stop(self, grace_s: float) -> None:
        """Drop what waits, let what is in work finish, ``grace_s`` at the most."""
        for waiting in self._waiting.values():
            waiting.clear()
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, lane: str) -> None:
        waiting = self._waiting[lane]
        try:
            while waiting:
                _, _, job = heapq.heappop(waiting)
                try:
                    await self._work(job)
                except Exception:
                    log.exception("A message of %s could not be answered.", lane)
        finally:
            del self._running[lane], self._waiting[lane]
