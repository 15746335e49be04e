"""Which schema a database has, and how it comes to the one that this code knows.

Every database carries the number of its schema in a row of ``schema_version``. Opening one compares that row with the
newest file of ``bot/migrations/versions``, in plain SQL: Alembic, which takes seconds to import, is needed only where
something must change. A new database is made from the models at once; a test holds models and migrations equal. One
without a number is from a version up to 0.2, which made what it needed with ``create_all``: the first migration makes
only what is not there.

Only one process changes a schema at a time, in one transaction: what fails leaves the database as it was.
"""

import importlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from bot.errors import StoreError

MODULES = (
    "bot.store",
    "bot.job_table",
    "bot.deliveries",
    "bot.admin",
    "bot.platforms.discord.kitchens",
    "bot.sharing.tables",
)
"""The modules that define tables. For a new one, or a changed table: ``python -m bot.migrations "what changes"``."""

MOVING = "moving"
"""What stands for the number while a database is being filled by ``souschef database move``."""

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "schema_version"  # not Alembic's usual name: TruLens takes that for one of its own from long ago
VERSION = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)
_KEY = 0x50CF0  # of PostgreSQL's advisory lock: any number that nobody else locks
_upgrading = threading.Lock()  # Alembic keeps its context in globals


@cache
def versions() -> tuple[str, ...]:
    """Numbers of all schemas that this code knows, the oldest first: ``("0001",)``."""
    names = (re.fullmatch(r"v(\d{4})_\w+\.py", path.name) for path in (MIGRATIONS / "versions").iterdir())
    return tuple(sorted(name[1] for name in names if name))


def models() -> MetaData:
    """All tables of the project."""
    for module in MODULES:
        importlib.import_module(module)
    from bot.store import Base

    return Base.metadata


def version_of(connection: Connection) -> str | None:
    """The number that a database carries; None if it has none (it is empty, or from a version up to 0.2)."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.scalars(select(VERSION.c.version_num)).all()
    return str(found[0]) if found else None


def bring_up(engine: Engine, name: str) -> None:
    """Bring a database to the schema of this code; quick where it has that already.

    Args:
        engine: The database.
        name: What to call it in an error.

    Raises:
        StoreError: It is newer than this code, being moved, or somebody else's.
        SQLAlchemyError: It cannot be used.
    """
    with engine.connect() as connection:
        if version_of(connection) == versions()[-1]:
            return
    with alone(engine) as connection:
        found = version_of(connection)
        if found == versions()[-1]:
            return  # another process was quicker
        if found is None and not set(inspect(connection).get_table_names()) & set(models().tables):
            create(connection, versions()[-1])
            return
        check(connection, name, found)
        upgrade(connection)


def check(connection: Connection, name: str, found: str | None) -> None:
    """Raises StoreError if a database cannot be brought up from the schema it has."""
    if found == MOVING:
        raise StoreError(
            f"The database {name} is half moved: set database.url to the one that it is moved from, and finish with "
            "souschef database move --to URL --resume."
        )
    if found is not None and found not in versions():
        raise StoreError(
            f"The database {name} was made by a newer Souschef (schema {found}, this one knows up to "
            f"{versions()[-1]}): upgrade Souschef, or put a backup from before in its place."
        )
    if found is None:
        inspector = inspect(connection)
        there = set(inspector.get_table_names())
        for table in models().sorted_tables:
            if table.name in there:
                columns = {column["name"] for column in inspector.get_columns(table.name)}
                missing = [column.name for column in table.columns if column.name not in columns]
                if missing:
                    raise StoreError(
                        f"The database {name} belongs to another program (its table {table.name} has no column "
                        f"{missing[0]}): set database.url to one that is Souschef's own."
                    )


def create(connection: Connection, version: str) -> None:
    """Make all tables in an empty database and say which version that is."""
    models().create_all(connection)
    VERSION.create(connection, checkfirst=True)
    set_version(connection, version)


def set_version(connection: Connection, version: str) -> None:
    """Write the number that a database carries."""
    connection.execute(VERSION.delete())
    connection.execute(insert(VERSION).values(version_num=version))


def upgrade(connection: Connection, target: str = "head", folder: Path = MIGRATIONS) -> None:
    """Run the migrations that a database lacks, within the transaction of the connection.

    Args:
        connection: The database.
        target: The number to stop at.
        folder: Where the migrations are.

    Raises:
        StoreError: A migration would leave rows behind that point nowhere.
    """
    from alembic import command

    with _upgrading:
        command.upgrade(alembic_config(folder, connection), target)
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if lost is not None:
            raise StoreError(f"The schema was not changed: row {lost[1]} of {lost[0]} would point to no row any more.")


def alembic_config(folder: Path, connection: Connection | None) -> Any:
    """The settings with which Alembic runs the migrations of a folder on a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which no other process changes the schema; it is committed at the end of the block."""
    connection = engine.execution_options(write=True).connect()
    sqlite = engine.dialect.name == "sqlite"
    raw: Any = connection.connection.dbapi_connection
    try:
        if sqlite:
            # SQLite changes a table by making it anew: with foreign keys on, dropping the old one would delete the
            # rows that point to it. It can be switched off only outside a transaction.
            raw.execute("PRAGMA foreign_keys=OFF")
        with connection.begin():
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEY})
            yield connection
    finally:
        if sqlite:
            raw.execute("PRAGMA foreign_keys=ON")
        connection.close()
