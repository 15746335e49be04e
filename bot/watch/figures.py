"""What the database and the house say when Prometheus asks: scores, costs, timers, jobs, queue, connections.

Figures of the database are the same in every process that shares it, and cover what its other processes do (the
scoring process, jobs). Each query reads an index or a few rows, whatever the log has grown to.
"""

import threading
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from sqlalchemy import func, select

from bot.errors import StoreError
from bot.host import Host
from bot.job_table import RUNNING, JobRow
from bot.scores import SCORES
from bot.store import Chat, JudgeDayRow, ScoringRow, Store, TimerRow

RECENT = 1_000  # scored replies whose mean is shown
LOW = 0.5
LATE_S = 5.0  # a timer that has not rung so long after its time is late
KEPT_S = 5.0  # two scrapers, or a person who reloads, cost no more than one


@dataclass(slots=True)
class Figures:
    """What the database holds at a moment."""

    waiting: int = 0
    failed: int = 0
    means: dict[str, float] = field(default_factory=dict)
    low: float | None = None
    judge_calls: int = 0
    judge_usd: float = 0.0
    timers: int = 0
    overdue: int = 0
    jobs: dict[tuple[str, str], int] = field(default_factory=dict)
    running: list[tuple[str, float, float]] = field(default_factory=list)  # kind, share done, seconds of silence


def read(store: Store, platforms: Collection[str]) -> Figures:
    """The figures of a database.

    Args:
        store: The database.
        platforms: Whose timers are counted: those of a terminal that was closed ring for nobody.

    Raises:
        StoreError: It cannot be used.
    """
    now, found = store.clock(), Figures()
    with store.read() as db:
        states = select(ScoringRow.state, func.count()).where(ScoringRow.state.in_(("waiting", "failed")))
        counts = {row[0]: row[1] for row in db.execute(states.group_by(ScoringRow.state))}
        found.waiting, found.failed = counts.get("waiting", 0), counts.get("failed", 0)
        columns = [getattr(ScoringRow, name) for name in (*SCORES, "lowest")]
        scored = select(*columns).where(ScoringRow.state == "scored").order_by(ScoringRow.turn_id.desc()).limit(RECENT)
        rows = db.execute(scored).all()
        for number, name in enumerate(SCORES):
            values = [row[number] for row in rows if row[number] is not None]
            if values:
                found.means[name] = sum(values) / len(values)
        if rows:
            found.low = sum(row[-1] is not None and row[-1] < LOW for row in rows) / len(rows)
        paid = db.execute(select(func.sum(JudgeDayRow.calls), func.sum(JudgeDayRow.usd))).one()
        found.judge_calls, found.judge_usd = int(paid[0] or 0), float(paid[1] or 0.0)
        timers = select(func.count()).select_from(TimerRow).join(Chat, Chat.id == TimerRow.chat_id)
        theirs = timers.where(TimerRow.rung.is_(False), Chat.platform.in_(platforms))
        found.timers = db.scalar(theirs) or 0
        found.overdue = db.scalar(theirs.where(TimerRow.due < now - LATE_S)) or 0
        jobs = select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state)
        found.jobs = {(kind, state): count for kind, state, count in db.execute(jobs)}
        for kind, done, beat in db.execute(
            select(JobRow.kind, JobRow.done, JobRow.beat).where(JobRow.state == RUNNING)
        ):
            found.running.append((kind, done, max(0.0, now - beat)))
    return found


class Collector:
    """Gives Prometheus the figures of a house.

    Args:
        host: Queue, connections, database.
        pantry: What is behind the assistant; its student's name and fail-over are shown where it has them.
        clock: Seconds, for how long figures are kept.
    """

    def __init__(self, host: Host, pantry: object, clock: Callable[[], float] = time.monotonic) -> None:
        self._host, self._pantry, self._clock = host, pantry, clock
        self._lock = threading.Lock()
        self._read: tuple[float, Figures | None] | None = None

    def collect(self) -> Iterator[Metric]:
        """All figures."""
        yield from self._house()
        figures = self._figures()
        yield _gauge("database_up", "Whether the database answers.", float(figures is not None))
        if figures is not None:
            yield from _database(figures)

    def describe(self) -> list[Metric]:
        """Nothing: registering must not read the database."""
        return []

    def _figures(self) -> Figures | None:
        with self._lock:
            if self._read is None or self._clock() - self._read[0] >= KEPT_S:
                try:
                    found: Figures | None = read(self._host.assistant.store, self._host.platforms)
                except StoreError:
                    found = None
                self._read = (self._clock(), found)
            return self._read[1]

    def _house(self) -> Iterator[Metric]:
        state = self._host.health()
        queue = GaugeMetricFamily("souschef_queue_messages", "Messages that wait, and in work.", labels=["state"])
        queue.add_metric(["waiting"], state.waiting)
        queue.add_metric(["in work"], state.in_work)
        yield queue
        yield _gauge("workers", "Replies that can be made at the same time.", state.workers)
        up = GaugeMetricFamily("souschef_platform_connected", "Whether a platform is connected.", labels=["platform"])
        for platform, problem in self._host.platforms.items():
            up.add_metric([platform], float(not problem))
        yield up
        yield from _student(getattr(getattr(self._pantry, "student", None), "made", None))
        index = getattr(getattr(self._pantry, "index", None), "made", None)
        if index is not None and index.server_up is not None:
            yield _gauge("chroma_server_up", "Whether the Chroma server is used.", float(index.server_up))


def _student(student: Any) -> Iterator[Metric]:
    """Which student is loaded; and where one stands in for a server, how that goes."""
    if student is None:
        return
    yield InfoMetricFamily("souschef_student", "The student that is loaded.", {"version": str(student.name)})
    if hasattr(student, "stood_in"):
        yield _gauge("student_server_up", "Whether the student's server is used.", float(student.up))
        yield CounterMetricFamily("souschef_failovers", "Times that the student's server failed.", student.failures)
        yield CounterMetricFamily("souschef_stand_in_replies", "Replies of the bundled student.", student.stood_in)


def _database(found: Figures) -> Iterator[Metric]:
    scorings = GaugeMetricFamily("souschef_scorings", "Replies that wait for scores, or got none.", labels=["state"])
    scorings.add_metric(["waiting"], found.waiting)
    scorings.add_metric(["failed"], found.failed)
    yield scorings
    means = GaugeMetricFamily(
        "souschef_triad_mean", f"Mean score of the last {RECENT} scored replies.", labels=["score"]
    )
    for name, mean in found.means.items():
        means.add_metric([name], mean)
    yield means
    if found.low is not None:
        says = f"Share of the last {RECENT} scored replies whose lowest score is below {LOW}."
        yield _gauge("triad_low_ratio", says, found.low)
    yield CounterMetricFamily("souschef_judge_calls", "Calls to an LLM judge.", found.judge_calls)
    yield CounterMetricFamily(
        "souschef_judge_usd", "What the LLM judge cost, by judge.usd_per_million.", found.judge_usd
    )
    yield _gauge("timers_pending", "Timers that have not rung.", found.timers)
    yield _gauge("timers_overdue", f"Timers that should have rung {LATE_S:g} seconds ago.", found.overdue)
    jobs = GaugeMetricFamily("souschef_jobs", "Jobs by state.", labels=["kind", "state"])
    for (kind, state), count in found.jobs.items():
        jobs.add_metric([kind, state], count)
    yield jobs
    done = GaugeMetricFamily("souschef_job_done_ratio", "How much of the running job is done.", labels=["kind"])
    silent = GaugeMetricFamily("souschef_job_silent_seconds", "Since the running job was heard of.", labels=["kind"])
    for kind, share, silence in found.running:
        done.add_metric([kind], share)
        silent.add_metric([kind], silence)
    yield done
    yield silent


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"souschef_{name}", says, value=value)
