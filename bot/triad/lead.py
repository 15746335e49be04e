"""Which of several processes scores: one per database at a time, and another at once when that one dies.

With SQLite a lock on a file beside the database, with PostgreSQL an advisory lock: both are let go of by the system
when the process ends, however it ends. Two that lead for a moment (a broken connection) do no harm: a score is written
only where there is none (``bot.triad.worker``).
"""

import contextlib
from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.store import Store

_KEY = 0x50CEF  # any number that nobody else locks


class Lead:
    """The right to score. A context manager that lets go at its end.

    Args:
        store: The database.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: Connection | None = None
        url = store.engine.url
        file = url.database if url.get_backend_name() == "sqlite" else None
        self._file = FileLock(f"{Path(file)}.triad") if file and file != ":memory:" else None
        self._elsewhere = url.get_backend_name() != "sqlite"

    def take(self) -> bool:
        """Whether this process leads now."""
        if self._file is not None:
            if self._file.is_locked:
                return True
            try:
                self._file.acquire(timeout=0)
            except (Timeout, OSError):
                return False
            return True
        return self._take_connection() if self._elsewhere else True

    def _take_connection(self) -> bool:
        if self._connection is not None:
            return True
        try:
            connection = self._store.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _KEY}):
                self._connection = connection
                return True
            connection.close()
        except SQLAlchemyError:
            pass
        return False

    def release(self) -> None:
        """Let another process lead."""
        if self._file is not None:
            self._file.release()
        if self._connection is not None:
            with contextlib.suppress(SQLAlchemyError):
                self._connection.scalar(text("SELECT pg_advisory_unlock(:key)"), {"key": _KEY})
                self._connection.close()
            self._connection = None

    def __enter__(self) -> "Lead":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
