"""A job's own side of :mod:`bot.jobs`: it says how far it is, hears that it should stop, and ends with a word."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any

from bot.errors import JobError
from bot.job_table import Job, JobNewsRow, JobRow, duration
from bot.jobs import Jobs

EVERY_S = 1.0  # between two writes of the progress
ENOUGH = 0.1  # of the whole, before anybody can tell how long the rest takes
TOLD = 0.05  # a stage that is less of the whole is over before anybody has read that it began


class Cancelled(BaseException):
    """The job was asked to stop. Not an Exception: nothing on the way may take it for a failure of its own."""


class Reporter:
    """Tells the table of jobs how one job goes. Used by the process that does the work.

    Args:
        jobs: The table.
        job: The job.
        stages: Share of the whole by stage, in order; they need not add up to one.
        titles: What a chat is told that a stage does, where its name does not say it.
    """

    def __init__(
        self, jobs: Jobs, job: Job, stages: Mapping[str, float], titles: Mapping[str, str] | None = None
    ) -> None:
        self.jobs, self.job, self.stages, self.titles = jobs, job, dict(stages), dict(titles or {})
        self._total = sum(stages.values())
        self._stage, self._begun, self._at_begin, self._last = "", time.monotonic(), 0.0, 0.0
        self._lock: int | None = None

    @contextlib.contextmanager
    def at_work(self, inherited: bool) -> Iterator[None]:
        """Hold the job's lock and take SIGTERM for a wish to cancel, while the block runs.

        Args:
            inherited: Whether the process that started this one gave it the lock.

        Raises:
            JobError: Another process is at this job.
        """
        if not inherited:
            self._lock = self.jobs.lock_of(self.job)
            if self._lock is None:
                raise JobError(f"Another process is at job {self.job.id} already.")
        with self.jobs.store.write() as db:
            row = db.get(JobRow, self.job.id)
            if row is not None:
                row.pid, row.host, row.beat = os.getpid(), socket.gethostname(), self.jobs.store.clock()
        before = signal.signal(signal.SIGTERM, _stop)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, before)
            if self._lock is not None:
                os.close(self._lock)

    def stage(self, name: str) -> None:
        """A stage begins: the chat that asked hears of it, if it is the first or takes a while.

        Raises:
            Cancelled: The job should stop.
        """
        self._stage, self._last = name, 0.0
        if not self._at_begin and name != next(iter(self.stages)):
            self._at_begin, self._begun = self._share(name, 0.0), time.monotonic()
        self.progress(0.0, now=True, news=name in self._told())

    def progress(self, share: float, now: bool = False, news: bool = False) -> None:
        """How much of the stage is done, 0 to 1. Cheap: it writes once a second.

        Raises:
            Cancelled: The job should stop.
        """
        time_ = time.monotonic()
        if time_ - self._last < EVERY_S and not now:
            return
        self._last = time_
        done = self._share(self._stage, share)
        spent, gained = time_ - self._begun, done - self._at_begin
        left = spent / gained * (1 - done) if gained > ENOUGH else None
        with self.jobs.store.write() as db:
            row = db.get(JobRow, self.job.id)
            if row is None or row.live is None or row.cancel:
                raise Cancelled
            if row.stage != self._stage:
                row.deaths = 0  # it got on since it died last
            row.stage, row.done, row.left_s, row.beat = self._stage, done, left, self.jobs.store.clock()
            if news:
                told = self._told()
                number, doing = told.index(self._stage) + 1, self.titles.get(self._stage, self._stage)
                text = f"Job {row.id} ({row.kind}), {number} of {len(told)}: {doing}, {done:.0%} done"
                text += f", about {duration(left)} left." if left is not None else "."
                db.add(JobNewsRow(job_id=row.id, chat=row.chat, text=text, at=row.beat))

    def _told(self) -> list[str]:
        """The stages that a chat hears of: the first, and those that take a while."""
        first = next(iter(self.stages))
        return [name for name, weight in self.stages.items() if weight >= TOLD * self._total or name == first]

    def _share(self, stage: str, share: float) -> float:
        before = 0.0
        for name, weight in self.stages.items():
            if name == stage:
                return (before + weight * min(max(share, 0.0), 1.0)) / self._total
            before += weight
        raise ValueError(stage)

    def finish(self, result: dict[str, Any]) -> None:
        """The job is done; ``result["sentence"]`` is what the chat is told."""
        self.jobs.end(self.job.id, "done", result=result)

    def fail(self, reason: str) -> None:
        """The job failed, for this reason (one sentence)."""
        self.jobs.end(self.job.id, "failed", reason=reason)

    def cancelled(self) -> None:
        """The job stopped because it was asked to."""
        reason = self.jobs.get(self.job.id).reason
        self.jobs.end(self.job.id, "cancelled", reason=reason or "it was asked to stop.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise Cancelled
