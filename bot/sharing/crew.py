"""The processes that serve from one database: who is alive, and who does what. Blocks; call it in a thread.

A member's life hangs on one row, which a thread of its own renews every sixth of ``lease_s``. The database's clock
decides, so that clocks that differ do no harm. The member itself stops acting by a clock of its own a quarter of the
lease earlier, counted from *before* the renewal: it is the first to know. A member whose lease ran out never comes back
to life: it becomes a new one, with a new number and without claims.
"""

import contextlib
import logging
import os
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Float, cast, delete, event, exists, extract, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as OrmSession

from bot.fence import ClaimLost
from bot.redact import redact
from bot.sharing.tables import ClaimRow, MemberRow
from bot.store import Store

log = logging.getLogger(__name__)
ROLE = "role:"
BEATS, MARGIN = 6, 0.25  # renewals in a lease; the part of it in which the member does not trust it any more
NOW = cast(extract("epoch", func.clock_timestamp()), Float)
"""The database's clock, seconds since 1970; goes on within a transaction."""


def clock() -> float:
    """Seconds of this machine that also pass while it sleeps, where the system has such a clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


@dataclass(eq=False, slots=True)
class Tenure:
    """A member from its beginning to the end of its lease. ``until`` is by :func:`clock`."""

    id: int
    until: float
    over: bool = False

    def held(self) -> bool:
        return not self.over and clock() < self.until


@dataclass(eq=False, slots=True)
class Claim:
    """What a member does alone. Implements :class:`bot.fence.Fence`.

    Attributes:
        key: A chat's key, or a role.
        lost: Whether something was refused under it.
    """

    key: str
    tenure: Tenure
    lost: bool = False

    def held(self) -> bool:
        return self.tenure.held()

    def check(self) -> None:
        if not self.tenure.held():
            self._refuse()

    def confirm(self, db: OrmSession) -> None:
        # Whoever takes a claim away must wait for this lock, and passes on to the next one meanwhile.
        mine = select(ClaimRow.key).where(ClaimRow.key == self.key, ClaimRow.member == self.tenure.id)
        if db.scalar(mine.with_for_update(read=True)) is None:
            self._refuse()

    def _refuse(self) -> None:
        self.lost = True
        raise ClaimLost(f"{self.key} is seen to by another process")


@dataclass
class Crew:
    """This process among those that serve from the same PostgreSQL.

    Args:
        store: The database.
        lease_s: How long a member may be silent.
        name: What to call this process in the log.
    """

    store: Store
    lease_s: float = 6.0
    name: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")
    members: int = 1
    _roles: dict[str, Claim | None] = field(default_factory=dict)  # those wished for; the claim once it is there

    def __post_init__(self) -> None:
        self._tenure = Tenure(0, 0.0, over=True)
        self._connection: Connection | None = None
        self._leaving = threading.Event()
        self._heart: threading.Thread | None = None
        self._guarded = False

    @property
    def tenure(self) -> Tenure:
        """This process as the member that it is at the moment."""
        return self._tenure

    def join(self) -> None:
        """Become a member; from now on a thread keeps it one.

        Raises:
            StoreError: The database cannot be used.
        """
        if not self._guarded:
            # A process that is stopped in a transaction must not keep its locks: the database ends it.
            self._guarded = True
            limit = f"SET idle_in_transaction_session_timeout = {int(self.lease_s * 2000)}"

            @event.listens_for(self.store.engine, "checkout")
            def _limit(connection: Any, record: Any, _proxy: Any) -> None:
                if not record.info.get("limited"):
                    connection.execute(limit)
                    connection.commit()
                    record.info["limited"] = True

        with self.store.read():  # which says in a sentence what is wrong, if something is
            self._enter()
            self._tend()
        self._leaving.clear()
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()

    def leave(self) -> None:
        """Give everything back, so that the others need not wait."""
        self._leaving.set()
        if self._heart is not None:
            self._heart.join(self.lease_s)
            self._heart = None
        tenure, self._tenure.over = self._tenure, True
        self._roles = dict.fromkeys(self._roles)
        with contextlib.suppress(SQLAlchemyError):
            connection = self._open()
            connection.execute(delete(ClaimRow).where(ClaimRow.member == tenure.id))
            connection.execute(delete(MemberRow).where(MemberRow.id == tenure.id))
        self._close()

    def role(self, name: str) -> Claim | None:
        """This process's claim of a role; None while another has it. Asking once is wishing for it from then on."""
        claim = self._roles.setdefault(name, None)
        return claim if claim is not None and claim.held() else None

    def claim(self, db: OrmSession, key: str) -> Claim | None:
        """Claim a chat; None if another member has it, or a task of this one."""
        tenure = self._tenure
        return Claim(key, tenure) if self._take(db, key, tenure) else None

    @staticmethod
    def release(db: OrmSession, claim: Claim) -> None:
        """Let go of a chat."""
        db.execute(delete(ClaimRow).where(ClaimRow.key == claim.key, ClaimRow.member == claim.tenure.id))

    @staticmethod
    def _take(db: OrmSession | Connection, key: str, tenure: Tenure) -> bool:
        alive = select(literal(key), MemberRow.id).where(MemberRow.id == tenure.id, MemberRow.until > NOW)
        wanted = insert(ClaimRow).from_select(["key", "member"], alive).on_conflict_do_nothing()
        return not tenure.over and db.scalar(wanted.returning(ClaimRow.key)) is not None

    # The heartbeat, in its thread and on its connection.

    def _beat(self) -> None:
        while not self._leaving.wait(self.lease_s / BEATS):
            try:
                self._renew()
                self._tend()
            except Exception as error:  # the lease runs out if it stays so, and everything stops by itself
                log.warning("The database cannot be reached: %s", redact(str(error).partition("\n")[0]))
                self._close()

    def _renew(self) -> None:
        begun = clock()
        mine = update(MemberRow).where(MemberRow.id == self._tenure.id, MemberRow.until > NOW)
        done: Any = self._open().execute(mine.values(until=NOW + self.lease_s))
        if done.rowcount == 1:
            self._tenure.until = begun + self.lease_s * (1 - MARGIN)
            return
        log.warning("This process was silent for longer than %.0f s: others have what it was at.", self.lease_s)
        self._enter()

    def _enter(self) -> None:
        self._tenure.over = True
        begun = clock()
        row = insert(MemberRow).values(name=self.name[:200], since=NOW, until=NOW + self.lease_s)
        id_ = self._open().scalar(row.returning(MemberRow.id))
        self._roles = dict.fromkeys(self._roles)
        self._tenure = Tenure(int(id_ or 0), begun + self.lease_s * (1 - MARGIN))

    def _tend(self) -> None:
        """See to what the dead have left, and to the roles that are free."""
        connection, tenure = self._open(), self._tenure
        alive = exists().where(MemberRow.id == ClaimRow.member, MemberRow.until > NOW)
        # One that a transaction holds on to this moment is left for the next time: nobody waits for the dead.
        left = select(ClaimRow.key).where(~alive).with_for_update(skip_locked=True)
        done: Any = connection.execute(delete(ClaimRow).where(ClaimRow.key.in_(left)))
        if done.rowcount:
            log.info("%d claims of processes that are gone are free.", done.rowcount)
        connection.execute(delete(MemberRow).where(MemberRow.until < NOW - self.lease_s))
        self.members = connection.scalar(select(func.count()).where(MemberRow.until > NOW)) or 1
        for name in list(self._roles):
            if self._roles[name] is None and self._take(connection, ROLE + name, tenure):
                log.info("This process (member %d) sees to: %s.", tenure.id, name)
                self._roles[name] = Claim(ROLE + name, tenure)
        mine = set(connection.scalars(select(ClaimRow.key).where(ClaimRow.member == tenure.id)))
        for name, claim in list(self._roles.items()):
            if claim is not None and claim.key not in mine:
                claim.lost, self._roles[name] = True, None

    def _open(self) -> Connection:
        if self._connection is None:
            connection = self.store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            connection.detach()  # its own for good: what is set on it must not come back to the pool
            limit = int(self.lease_s * 1000 / 2)
            connection.exec_driver_sql(f"SET statement_timeout = {limit}")
            self._connection = connection
        return self._connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                connection.close()


def shared(store: Store) -> bool:
    """Whether several processes may serve from this database."""
    return store.engine.dialect.name == "postgresql"
