"""Backups of an SQLite database, made while the bot runs, and put back while it does not.

A backup is what the database was at one moment: it is copied page by page under one read transaction (SQLite's online
backup), during which others go on reading and writing. It is a whole database of its own, checked before it gets its
name, and readable by nobody but its owner: it holds conversations. Who is forgotten later is still in it.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlalchemy import inspect

from bot import schema
from bot.errors import InputError, StoreError
from bot.occupied import occupant
from bot.store import Store, TurnRow

PAGES = 2000  # copied at a time


def backup(store: Store, file: Path, progress: Callable[[int, int], None] = lambda *_: None) -> int:
    """Write the database to a file; its size in bytes.

    Args:
        store: The database; others may have it open.
        file: What to write; it must not be there.
        progress: Told of pages done and pages in all.

    Raises:
        InputError: The database is not SQLite, or the file cannot be written.
        StoreError: The database is damaged.
    """
    source = _path(store)
    if file.exists():
        raise InputError(f"{file} is there already: choose another name, or move it away first.")
    if not source.exists():
        raise InputError(f"There is no database {source} yet.")
    part = file.with_name(file.name + ".part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
            old.execute("BEGIN")  # what others write from here on is not seen, so nothing is begun again
            old.execute("SELECT 1 FROM sqlite_master").fetchone()
            old.backup(new, pages=PAGES, sleep=0, progress=lambda _status, left, all_: progress(all_ - left, all_))
            if new.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreError(f"The database {store.name} is damaged: put an earlier backup in its place.")
        _leave_log(part)
        _sync(part)
        os.replace(part, file)
        _sync(file.absolute().parent)
    except sqlite3.Error as error:
        raise StoreError(f"The backup failed, and nothing was written: {error}.") from error
    except OSError as error:
        raise InputError(f"Cannot write {file}: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return file.stat().st_size


def restore(store: Store, file: Path) -> Path | None:
    """Put a backup in the place of the database.

    Args:
        store: The database, opened with ``as_is=True`` and not used yet; nobody may have it open.
        file: The backup.

    Returns:
        Where the database that was there is now; None if there was none.

    Raises:
        InputError: The file is no backup, or a process has the database open.
    """
    target = _path(store)
    if not file.is_file():
        raise InputError(f"There is no file {file}.")
    if who := occupant(store):
        raise InputError(f"The database is open in {who}: stop the bot first.")
    part = target.with_name(target.name + ".part")
    aside = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(file)) as old, closing(sqlite3.connect(part)) as new:
            old.backup(new)
        _need_readable(part, file)
        _leave_log(part)
        _sync(part)
        if target.exists():
            _leave_log(target)
            aside = _set_aside(target)
        for log in ("-wal", "-shm"):  # of a damaged database: read with the new one, they would damage it, too
            target.with_name(target.name + log).unlink(missing_ok=True)
        os.replace(part, target)
        _sync(target.absolute().parent)
    except sqlite3.Error as error:
        raise InputError(f"{file} is no backup that can be put back: {error}.") from error
    except OSError as error:
        raise InputError(f"Cannot write {error.filename or target}: {error.strerror}.") from error
    finally:
        for name in (part, *(part.with_name(part.name + log) for log in ("-wal", "-shm"))):
            with suppress(OSError):
                name.unlink(missing_ok=True)
    return aside


def _need_readable(part: Path, file: Path) -> None:
    """Raises InputError if a copy is not a whole database of ours that this code can read."""
    found = Store(f"sqlite:///{part}", as_is=True)
    try:
        with found.read() as db:
            connection = db.connection()
            if not inspect(connection).has_table(TurnRow.__tablename__):
                raise InputError(f"{file} is no backup of Souschef: it has no conversations.")
            schema.check(connection, str(file), schema.version_of(connection))
        found.check()
    except StoreError as error:
        raise InputError(f"{file} is no backup that can be put back: {error}") from error
    finally:
        found.close()


def _leave_log(path: Path) -> None:
    """Take in what the write-ahead log of a database holds, so that the file is all there is of it."""
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.DatabaseError):  # a damaged one stays as it is
        database.execute("PRAGMA journal_mode=DELETE")


def _set_aside(path: Path) -> Path:
    """Give a file a second name that nothing has."""
    number = 1
    while (aside := path.with_name(f"{path.name}.replaced-{number}")).exists():
        number += 1
    try:
        os.link(path, aside)  # so that there is a database at every moment
    except OSError:
        shutil.copy2(path, aside)
    return aside


def _path(store: Store) -> Path:
    url = store.engine.url
    if url.get_backend_name() != "sqlite":
        raise InputError(
            f"{store.name} is kept by a PostgreSQL server: back it up with pg_dump --format=custom --file=FILE, and "
            "put it back with pg_restore --clean --if-exists."
        )
    if not url.database or url.database == ":memory:":
        raise InputError("A database in memory cannot be backed up.")
    return Path(url.database)


def _sync(path: Path) -> None:
    """Wait until a file or the names in a folder are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
