"""Whether another process has the database open: what it writes would be lost when that is moved or replaced."""

import errno
import os
import struct
import sys
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.store import APPLICATION, Store

# The bytes of the file that every SQLite connection in WAL mode holds a shared lock on, from its first statement to its
# end (sqlite.org/src, os.h: SHARED_FIRST, SHARED_SIZE).
_FIRST, _SIZE = 0x40000002, 510


def occupant(store: Store) -> str:
    """Who else has the database open, for a sentence: "process 4711"; "" where nobody is known to.

    Args:
        store: The database. With SQLite this process must not have opened it yet: closing a file gives up every lock
            that the process has on it.
    """
    url = store.engine.url
    if url.get_backend_name() == "sqlite":
        return _locked(Path(url.database)) if url.database and url.database != ":memory:" else ""
    return _connected(store)


def _locked(path: Path) -> str:
    try:
        import fcntl
    except ImportError:  # Windows: SQLite's locks cannot be asked for
        return ""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return ""
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, _SIZE, _FIRST)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EAGAIN):  # a file system without locks knows nothing
            return ""
        if sys.platform == "linux":
            asked = fcntl.fcntl(descriptor, fcntl.F_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, _FIRST, _SIZE, 0))
            pid = struct.unpack("hhqqi4x", asked)[4]
            return f"process {pid}" if pid > 0 else "another process"
        return "another process"
    finally:
        os.close(descriptor)
    return ""


def _connected(store: Store) -> str:
    query = text(
        "SELECT pid, client_addr FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = :name AND pid <> pg_backend_pid() ORDER BY pid LIMIT 1"
    )
    try:
        with store.read() as db:
            found = db.execute(query, {"name": APPLICATION}).first()
    except SQLAlchemyError:
        return ""
    if found is None:
        return ""
    return f"a connection from {found.client_addr or 'this machine'} (PostgreSQL's process {found.pid})"
