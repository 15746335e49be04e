"""Scores what waits, in order, each reply exactly once.

A reply is claimed (its attempts are counted up), judged and recorded in memory, and then, in one transaction, its
scores, its state and its TruLens spans are written, if it still waits. So a process may be killed anywhere: what was
not written is done again, what was written is not. A reply that kills or fails the judge is given up after ``ATTEMPTS``
tries, with the reason.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import CursorResult

from bot.errors import StoreError
from bot.events import emit
from bot.redact import redact
from bot.scores import SCORES, lowest
from bot.session import Session
from bot.store import Chat, ScoringRow, Store, TurnRow
from bot.triad.evidence import Evidence, Pages, evidence
from bot.triad.panel import Ruling

log = logging.getLogger(__name__)

ATTEMPTS = 3
BACKOFF_S = (0.0, 2.0, 10.0)  # before the second, the third and any later try
POLL_S = 0.5


class Recorded(Protocol):
    """What a recorder gives (``bot.triad.recording.Recorded``)."""

    @property
    def events(self) -> list[Any]:
        """Rows for TruLens's table."""
        ...

    @property
    def ids(self) -> list[str]:
        """Their ids."""
        ...

    @property
    def ruling(self) -> Ruling | None:
        """The scores."""
        ...


class Recorder(Protocol):
    """Records and judges a reply (``bot.triad.recording.Recorder``)."""

    def record(self, turn: TurnRow, evidence: Evidence) -> Recorded:
        """Record a reply and score it."""
        ...


class Worker:
    """Scores waiting replies, one after the other.

    Args:
        store: The database.
        recorder: Gives the recorder when there is something to score (opening it takes seconds).
        page: Recipes and knowledge entries by id (see :func:`bot.triad.evidence.evidence`).
    """

    def __init__(
        self,
        store: Store,
        recorder: Callable[[], Recorder],
        page: Pages = lambda _id: None,
    ) -> None:
        self._store, self._make_recorder, self._page = store, recorder, page
        self._recorder: Recorder | None = None

    def adopt(self) -> int:
        """Let replies wait that were logged without a row to say so (by an older version); returns how many."""
        missing = (
            select(TurnRow.id)
            .outerjoin(ScoringRow, ScoringRow.turn_id == TurnRow.id)
            .where(TurnRow.answered.is_not(None), ScoringRow.turn_id.is_(None))
        )
        with self._store.write() as db:
            ids = list(db.scalars(missing))
            if ids:
                db.execute(insert(ScoringRow), [{"turn_id": id_, "reasons": {}, "events": []} for id_ in ids])
        return len(ids)

    def step(self) -> bool:
        """Score the first reply that waits and is due; False if there is none.

        Raises:
            StoreError: The database cannot be used; nothing is lost.
        """
        claimed = self._claim()
        if claimed is None:
            return False
        turn, units, attempts = claimed
        if attempts > ATTEMPTS:
            self._fail(turn, f"Scoring was given up after {ATTEMPTS} tries that ended the process.")
            return True
        try:
            if self._recorder is None:
                self._recorder = self._make_recorder()
            case = evidence(turn, self._page, units)
            recorded = self._recorder.record(turn, case)
        except StoreError:
            raise
        except Exception as error:  # of a judge, of TruLens, of a strange reply: it must not stop the ones behind it
            reason = redact(f"{type(error).__name__}: {error}"[:500])
            log.warning("Reply %d was not scored at try %d (%s).", turn.id, attempts, type(error).__name__)
            if attempts >= ATTEMPTS:
                self._fail(turn, reason)
            else:
                self._put_off(turn, attempts, reason)
            return True
        self._finish(turn, case, recorded)
        return True

    def run(self, stop: threading.Event, idle_s: float | None = None) -> None:
        """Score until told to stop, or until nothing waited for ``idle_s`` seconds."""
        idle = 0.0
        while not stop.is_set():
            try:
                busy = self.step()
            except StoreError as error:  # busy, full, away: the replies wait
                log.warning("%s", error)
                stop.wait(5.0)
                continue
            if busy:
                idle = 0.0
            else:
                stop.wait(POLL_S)
                idle += POLL_S
                if idle_s is not None and idle >= idle_s and not waiting(self._store):
                    return

    def _claim(self) -> tuple[TurnRow, str, int] | None:
        now = self._store.clock()
        due = (
            select(ScoringRow.turn_id)
            .where(ScoringRow.state == "waiting", ScoringRow.at <= now)
            .order_by(ScoringRow.turn_id)
            .limit(1)
        )
        with self._store.read() as db:
            first = db.scalar(due)
        if first is None:
            return None
        with self._store.write() as db:
            row = db.get(ScoringRow, first, with_for_update=True)
            turn = db.get(TurnRow, first)
            if row is None or turn is None or row.state != "waiting":
                return self._claim()
            row.attempts += 1
            # Should the process die over it, the ones behind go first.
            row.at = now + BACKOFF_S[min(row.attempts, len(BACKOFF_S)) - 1]
            chat = db.get(Chat, turn.chat_id)
            units = Session.from_json(chat.state).units if chat is not None else "recipe"
            return turn, units, row.attempts

    def _finish(self, turn: TurnRow, case: Evidence, recorded: Recorded) -> None:
        values: dict[str, Any] = {"state": "not applicable", "judge": "", "events": recorded.ids}
        reasons = dict(case.omitted)
        ruling = recorded.ruling
        if ruling is not None:
            for name in SCORES:
                if name in case.omitted:
                    continue
                values[name] = getattr(ruling.scores, name)
                if ruling.scores.reasons.get(name):
                    reasons[name] = ruling.scores.reasons[name]
            if ruling.note:
                reasons["judge"] = ruling.note
            values["judge"] = ruling.judge
            values["lowest"] = lowest(values.get(name) for name in SCORES)
            if values["lowest"] is not None:
                values["state"] = "scored"
        values["reasons"] = {name: redact(reason) for name, reason in reasons.items()}
        self._write(turn, values, recorded.events)
        scores = {name: values[name] for name in SCORES if values.get(name) is not None}
        emit(log, "scored", reply=turn.id, state=values["state"], judge=values["judge"], **scores)

    def _fail(self, turn: TurnRow, reason: str) -> None:
        self._write(turn, {"state": "failed", "reasons": {"failed": reason}}, [])

    def _put_off(self, turn: TurnRow, attempts: int, reason: str) -> None:
        later = self._store.clock() + BACKOFF_S[min(attempts, len(BACKOFF_S) - 1)]
        with self._store.write() as db:
            db.execute(
                update(ScoringRow)
                .where(ScoringRow.turn_id == turn.id, ScoringRow.state == "waiting")
                .values(at=later, reasons={"failed": reason})
            )

    def _write(self, turn: TurnRow, values: dict[str, Any], events: list[Any]) -> None:
        """All or nothing, and only if the reply still waits: it may be forgotten, or scored by somebody else."""
        values["at"] = self._store.clock()
        with self._store.write() as db:
            done = db.execute(
                update(ScoringRow)
                .where(ScoringRow.turn_id == turn.id, ScoringRow.state == "waiting")
                .values(**values)
                .execution_options(synchronize_session=False)
            )
            if not isinstance(done, CursorResult) or done.rowcount != 1:
                return
            db.add_all(events)
            row = db.get(TurnRow, turn.id)
            if row is not None:
                kept = ("state", "judge", "reasons", "at", *SCORES)
                row.scores = {name: values.get(name) for name in kept}


def retry(store: Store) -> int:
    """Let failed replies wait again, for when what failed is mended; returns how many."""
    with store.write() as db:
        failed = list(db.scalars(select(ScoringRow.turn_id).where(ScoringRow.state == "failed")))
        again = {"state": "waiting", "attempts": 0, "at": 0.0, "reasons": {}}
        db.execute(update(ScoringRow).where(ScoringRow.state == "failed").values(**again))
    return len(failed)


def waiting(store: Store) -> int:
    """How many replies wait for their scores."""
    with store.read() as db:
        return db.scalar(select(func.count()).select_from(ScoringRow).where(ScoringRow.state == "waiting")) or 0
