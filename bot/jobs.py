"""Long work beside the chat: one job at a time, in a process of its own, its progress in SQL.

::

    jobs = Jobs(store, settings)
    job = jobs.start("retrain", by="telegram:1", chat="telegram:99")   # the chat hears of every stage
    jobs.current(); jobs.recent(); jobs.get(job.id); jobs.cancel(job.id); jobs.resume(job.id)
    jobs.news("telegram")          # what chats of this platform should be told, until jobs.told(news.id)
    jobs.tend()                    # every now and then: takes up a job whose process died, starts one that is due

The process holds a lock on a file of the job's folder from its first to its last breath, so that "is it alive?" has an
answer even after kill −9. Two jobs at a time are ruled out by the database. The job itself reports through
:class:`bot.job_report.Reporter`.
"""

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from bot.background import spare_cores
from bot.errors import JobError, NotFoundError, StoreError
from bot.job_table import RUNNING, Job, JobNewsRow, JobRow, News, as_job, locked, take_lock
from bot.settings import Settings, environment
from bot.store import Store, TurnRow

KINDS = {"retrain": ("training.retrain", ("torch", "transformers", "gguf", "sacrebleu", "training"))}
DEATHS = 3  # a job whose process died so often in one stage is given up
SILENCE_S = 120.0  # a job on another machine that has said nothing for so long is taken for dead
_LIVE = "live"


@dataclass(slots=True)
class Jobs:
    """All jobs of one database.

    Args:
        store: The database.
        settings: All settings; the job's process gets the same.

    Raises:
        StoreError: From every method, if the database cannot be used.
    """

    store: Store
    settings: Settings
    _locks: dict[int, int] = field(default_factory=dict)

    def start(self, kind: str = "retrain", by: str = "", chat: str = "", options: dict[str, Any] | None = None) -> Job:
        """Start a job in a process of its own.

        Args:
            kind: One of ``KINDS``.
            by: Who asks, "platform:id" or a name.
            chat: Key of the chat that is told of every stage; "" for none.
            options: What the kind of job understands (see ``python -m training.retrain --help``).

        Raises:
            JobError: Another job is running, or what the job needs is not installed.
        """
        job = self.enter(kind, by, chat, options)
        self._launch(job, self._locks.pop(job.id))
        return self.get(job.id)

    def enter(self, kind: str, by: str = "", chat: str = "", options: dict[str, Any] | None = None) -> Job:
        """Enter a job without starting a process: this process does the work (``training.retrain`` by hand).

        Raises:
            JobError: See :meth:`start`.
        """
        if kind not in KINDS:
            raise JobError(f'There is no kind of job called "{kind}": choose one of {", ".join(KINDS)}.')
        missing = [name for name in KINDS[kind][1] if find_spec(name) is None]
        if missing:
            raise JobError(
                f"Retraining needs {', '.join(missing)}, which chatting does not: run pip install 'souschef[training]'."
            )
        self._take_up()
        now = self.store.clock()
        name = f"{kind}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}"
        folder = self.settings.paths.data / "jobs" / name
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise JobError(f"The folder {folder} cannot be made: {error.strerror}.") from error
        lock = take_lock(folder)  # before anybody can see the job: it is alive from the first moment
        assert lock is not None
        try:
            with self.store.write() as db:
                row = JobRow(
                    kind=kind, live=_LIVE, by=by, chat=chat, options=options or {}, result={}, created=now, beat=now,
                    host=socket.gethostname(), pid=os.getpid(), folder=str(folder),
                )  # fmt: skip
                db.add(row)
        except StoreError:
            os.close(lock)
            shutil.rmtree(folder, ignore_errors=True)
            running = self.current()
            if running is None:
                raise
            raise JobError(f"One job at a time. {running.sentence()} Wait for it, or cancel it first.") from None
        self._locks[row.id] = lock
        return as_job(row)

    def lock_of(self, job: Job) -> int | None:
        """The lock of a job that was entered here, or one that is free; None if another process holds it."""
        lock = self._locks.pop(job.id, None)
        return take_lock(job.folder) if lock is None else lock

    def recent(self, limit: int = 20) -> list[Job]:
        """The newest jobs, newest first."""
        with self.store.read() as db:
            return [as_job(row) for row in db.scalars(select(JobRow).order_by(JobRow.id.desc()).limit(limit))]

    def get(self, job_id: int) -> Job:
        """One job.

        Raises:
            NotFoundError: There is none with this number.
        """
        with self.store.read() as db:
            row = db.get(JobRow, job_id)
            if row is None:
                raise NotFoundError(f"There is no job {job_id}: see souschef jobs.")
            return as_job(row)

    def current(self) -> Job | None:
        """The job that is not over, or None."""
        with self.store.read() as db:
            row = db.scalar(select(JobRow).where(JobRow.live == _LIVE))
            return as_job(row) if row is not None else None

    def cancel(self, job_id: int | None = None, why: str = "") -> Job:
        """Stop a job; without a number, the one that runs. It ends at its next breath and keeps what it has.

        Raises:
            NotFoundError: There is no such job.
            JobError: Nothing runs, or the job is over already.
        """
        job = self.current() if job_id is None else self.get(job_id)
        if job is None:
            raise JobError("No job is running.")
        if not job.live:
            raise JobError(f"There is nothing to cancel: {job.sentence()}")
        with self.store.write() as db:
            row = db.get(JobRow, job.id)
            if row is not None and row.live:
                row.cancel, row.reason = True, why
        if not self.alive(job):
            self.end(job.id, "cancelled", reason=why or "it was asked to stop.")
        return self.get(job.id)

    def resume(self, job_id: int | None = None) -> Job:
        """Take up a job whose process died, or one that failed or was cancelled, at the stage it had reached.

        Raises:
            NotFoundError: There is no such job.
            JobError: It is running or done, or another job is running.
        """
        jobs = self.recent(1) if job_id is None else [self.get(job_id)]
        if not jobs:
            raise JobError("There is no job to resume.")
        job = jobs[0]
        if job.state == "done" or (job.live and self.alive(job)):
            raise JobError(f"There is nothing to resume: {job.sentence()}")
        now = self.store.clock()
        try:
            with self.store.write() as db:
                row = db.get(JobRow, job.id)
                assert row is not None
                row.state, row.live, row.reason, row.ended = RUNNING, _LIVE, "", None
                row.cancel, row.deaths, row.beat = False, 0, now
        except StoreError:
            running = self.current()
            if running is None or running.id == job.id:
                raise
            raise JobError(f"One job at a time. {running.sentence()}") from None
        self._launch(job)
        return self.get(job.id)

    def tend(self) -> Job | None:
        """Take up the job that should be running and is not, and start the one that is due by the calendar.

        Call it at the start and every now and then, from as many processes as there are: the database lets one job
        live. A job whose process died too often fails with its reason. Returns the job that runs now, or None.
        """
        job = self._take_up()
        if job is None and self.due():
            with contextlib.suppress(JobError):  # another process was first, or training is not installed here
                job = self.start("retrain", by="schedule")
        return job

    def due(self) -> bool:
        """Whether it is time to retrain by ``retrain.every_days``, and enough was said since the last time."""
        settings, now = self.settings.retrain, self.store.clock()
        if not settings.every_days or not self.installed("retrain"):
            return False
        with self.store.read() as db:
            last = db.scalar(select(func.max(JobRow.created)).where(JobRow.kind == "retrain")) or 0.0
            if now - last < settings.every_days * 86_400:
                return False
            said = select(func.count(func.distinct(TurnRow.chat_id))).where(TurnRow.answered > last)
            return (db.scalar(said) or 0) >= settings.min_conversations

    @staticmethod
    def installed(kind: str) -> bool:
        """Whether what a kind of job needs is installed."""
        return all(find_spec(name) is not None for name in KINDS[kind][1])

    def _take_up(self) -> Job | None:
        job = self.current()
        if job is None or self.alive(job):
            return job
        with self.store.write() as db:
            row = db.get(JobRow, job.id)
            if row is None or row.live is None or row.beat != job.beat:
                return self.current()  # somebody else saw it first
            row.beat, row.deaths = self.store.clock(), row.deaths + 1
            cancelled, deaths = row.cancel, row.deaths
        if cancelled:
            self.end(job.id, "cancelled", reason="it was asked to stop.")
        elif deaths >= DEATHS:
            where = f"at stage {job.stage}" if job.stage else "at its start"
            self.end(job.id, "failed", reason=f"its process died {deaths} times {where}; the log is {job.log}.")
        else:
            self._launch(job)
        return self.current()

    def alive(self, job: Job) -> bool:
        """Whether the process of a job lives: by its lock on this machine, by its last word on another."""
        if job.host and job.host != socket.gethostname():
            return self.store.clock() - job.beat < SILENCE_S
        return locked(job.folder)

    def end(self, job_id: int, state: str, reason: str = "", result: dict[str, Any] | None = None) -> None:
        """Close a job and say so to the chat that asked."""
        with self.store.write() as db:
            row = db.get(JobRow, job_id)
            if row is None or row.live is None:
                return
            row.state, row.live, row.reason, row.ended, row.left_s = state, None, reason, self.store.clock(), None
            if state == "done":
                row.done, row.result = 1.0, result or {}
            db.add(JobNewsRow(job_id=row.id, chat=row.chat, text=as_job(row).sentence(), at=row.ended))

    def changes(self, since: int = 0, job_id: int | None = None) -> Iterator[News]:
        """News with an id greater than ``since``, oldest first; of one job if given. Reading them takes nothing."""
        query = select(JobNewsRow).where(JobNewsRow.id > since).order_by(JobNewsRow.id)
        with self.store.read() as db:
            rows = list(db.scalars(query if job_id is None else query.where(JobNewsRow.job_id == job_id)))
        for row in rows:
            yield News(row.id, row.job_id, row.chat, row.text, row.at)

    def news(self, platform: str) -> list[News]:
        """What chats of a platform should be told now, oldest first. It is news until it was :meth:`told`."""
        waiting = select(JobNewsRow).where(JobNewsRow.told.is_(False), JobNewsRow.chat.startswith(f"{platform}:"))
        with self.store.read() as db:
            rows = list(db.scalars(waiting.order_by(JobNewsRow.id)))
        return [News(row.id, row.job_id, row.chat, row.text, row.at) for row in rows]

    def told(self, news_id: int) -> None:
        """Note that a chat has a piece of news, or cannot be reached any more."""
        with self.store.write() as db:
            row = db.get(JobNewsRow, news_id)
            if row is not None:
                row.told = True

    def _launch(self, job: Job, lock: int | None = None) -> None:
        command = [sys.executable, "-m", KINDS[job.kind][0], "--job", str(job.id)]
        root = Path(__file__).resolve().parents[1]
        job.folder.mkdir(parents=True, exist_ok=True)
        lock = take_lock(job.folder) if lock is None else lock
        if lock is None:  # somebody else has just started it
            return
        environ = environment(self.settings) | {"PYTHONUNBUFFERED": "1"}
        environ.setdefault("OMP_NUM_THREADS", str(self.settings.retrain.threads or spare_cores()))  # of any library
        environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH", ""))))
        try:
            with job.log.open("ab") as log:
                log.write(f"--- {time.strftime('%Y-%m-%d %H:%M:%S')} {json.dumps(job.options)}\n".encode())
                log.flush()
                child = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ, cwd=job.folder,
                    start_new_session=True, pass_fds=(lock,),
                )  # fmt: skip
        except OSError as error:
            self.end(job.id, "failed", reason=f"its process could not be started: {error.strerror}.")
            raise JobError(f"The process of the job could not be started: {error.strerror}.") from error
        finally:
            os.close(lock)  # the child has it now
        threading.Thread(target=child.wait, name=f"job-{job.id}", daemon=True).start()  # or it stays on as a zombie
        with self.store.write() as db:
            row = db.get(JobRow, job.id)
            if row is not None:
                row.pid, row.host = child.pid, socket.gethostname()
