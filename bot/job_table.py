"""Jobs as they lie in SQL and on disk (see :mod:`bot.jobs`)."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store import Base

RUNNING = "running"


class JobRow(Base):
    """A job. ``live`` is "live" while it is not over, else NULL: being unique, it lets only one job live."""

    __tablename__ = "jobs"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20), default=RUNNING)  # running, done, failed, cancelled
    live: Mapped[str | None] = mapped_column(String(10), nullable=True, unique=True)
    stage: Mapped[str] = mapped_column(String(40), default="")
    done: Mapped[float] = mapped_column(Float, default=0.0)
    left_s: Mapped[float | None] = mapped_column(Float, nullable=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(200), default="")
    chat: Mapped[str] = mapped_column(String(200), default="")
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    folder: Mapped[str] = mapped_column(Text, default="")
    host: Mapped[str] = mapped_column(String(200), default="")
    pid: Mapped[int] = mapped_column(Integer, default=0)
    deaths: Mapped[int] = mapped_column(Integer, default=0)
    cancel: Mapped[bool] = mapped_column(Boolean, default=False)
    created: Mapped[float] = mapped_column(Float)
    beat: Mapped[float] = mapped_column(Float)
    ended: Mapped[float | None] = mapped_column(Float, nullable=True)


class JobNewsRow(Base):
    """Something worth telling about a job; ``told`` once a platform has taken it."""

    __tablename__ = "job_news"
    __table_args__ = (Index("ix_job_news_told", "told", "id"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    chat: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[float] = mapped_column(Float)
    told: Mapped[bool] = mapped_column(Boolean, default=False)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    Attributes:
        id: Its number.
        kind: What it does: "retrain".
        state: "running", "done", "failed" or "cancelled".
        stage: What it is at.
        done: Share of the whole that is done, 0 to 1.
        left_s: Seconds that are likely left; None while nobody can tell.
        reason: Why it failed or was cancelled, in a sentence.
        by, chat: Who asked ("platform:id"), and the chat that is told.
        options: What it was asked to do.
        result: What came of it, once it is done.
        folder: Where its files and its log are.
        created, ended: Seconds since 1970.
    """

    id: int
    kind: str
    state: str
    stage: str
    done: float
    left_s: float | None
    reason: str
    by: str
    chat: str
    options: dict[str, Any]
    result: dict[str, Any]
    folder: Path
    created: float
    ended: float | None
    host: str = ""
    pid: int = 0
    beat: float = 0.0

    @property
    def live(self) -> bool:
        return self.state == RUNNING

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def sentence(self) -> str:
        """How the job stands, for a person."""
        name = f"Job {self.id} ({self.kind})"
        if self.state == "done":
            return f"{name} is done: {self.result.get('sentence', 'see its folder')}"
        if self.state in ("failed", "cancelled"):
            verb = "failed" if self.state == "failed" else "was cancelled"
            at = f" at stage {self.stage}" if self.stage else ""
            return f"{name} {verb}{at}: {self.reason or 'see its log'}"
        left = f", about {duration(self.left_s)} left" if self.left_s is not None else ""
        return f"{name} is at {self.stage or 'its start'}: {self.done:.0%} done{left}."

    def plain(self) -> dict[str, Any]:
        """For ``--json``."""
        keys = ("id", "kind", "state", "stage", "done", "left_s", "reason", "by", "chat", "options", "result")
        return {key: getattr(self, key) for key in keys} | {
            "folder": str(self.folder), "log": str(self.log), "created": self.created, "ended": self.ended,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell a chat. ``id`` grows; ``chat`` is "" for a job that nobody asked for from a chat."""

    id: int
    job_id: int
    chat: str
    text: str
    at: float


def duration(seconds: float) -> str:
    """``90`` → "2 minutes", roughly as people say it."""
    if seconds < 50:
        return f"{max(1, round(seconds / 10)) * 10} seconds"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} minute{'s' if minutes != 1 else ''}"
    return f"{round(seconds / 3600)} hours"


def take_lock(folder: Path) -> int | None:
    """The lock of a job's folder as a file descriptor, or None if a process holds it; closing it gives it back."""
    import fcntl

    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def locked(folder: Path) -> bool:
    """Whether a process holds the lock of a job's folder."""
    if not (folder / "lock").exists():
        return False
    descriptor = take_lock(folder)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def as_job(row: JobRow) -> Job:
    """A row, detached from the database."""
    return Job(
        row.id, row.kind, row.state, row.stage, row.done, row.left_s, row.reason, row.by, row.chat,
        dict(row.options or {}), dict(row.result or {}), Path(row.folder), row.created, row.ended,
        row.host, row.pid, row.beat,
    )  # fmt: skip
