"""Moving a whole database, SQLite to PostgreSQL or back, so that it can be killed at any moment and gone on with.

The source is locked for writing as long as it lasts, and nothing is written to it. Rows are read in batches, in the
order of their keys; each batch is written to the target in one transaction with a note of how far it got. Until
everything was read back and compared, row by row, the target carries "moving" for the number of its schema, and nothing
but this module opens it (see :mod:`bot.schema`). What is compared is what lies in the tables: JSON as its text, not as
its meaning, and "no value" apart from "null".

TruLens's tables are made by TruLens's own migrations, of the version that the source has, and moved like the others.
"""

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    inspect,
    select,
    text,
    tuple_,
)

from bot import schema
from bot.errors import InputError, StoreError
from bot.raw_tables import given_ids, raw, set_ids
from bot.store import Store
from bot.triad import PREFIX

BATCH = 500  # rows that are held in memory: a turn with long messages and passages takes up to 100 kB
Progress = Callable[[str, str, int, int], None]
"""Called with "copying" or "checking", the table, rows done and rows in all."""

NOTES = Table(
    "schema_moving",
    MetaData(),
    Column("name", String(200), primary_key=True),  # of a table; "" for the whole
    Column("last", Text, nullable=False),  # JSON: the key of the last row copied; for the whole, source and schema
    Column("rows", BigInteger, nullable=False),
)
_TRULENS_VERSION = f"{PREFIX}alembic_version"


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        tables: Rows by table.
        digests: By table, the sum of the hashes of its rows: the same in both databases.
        left: Tables of other programs, which stayed where they are.
        copied_s, checked_s: Seconds for the two passes.
    """

    tables: dict[str, int]
    digests: dict[str, str]
    left: tuple[str, ...]
    copied_s: float
    checked_s: float


@dataclass(slots=True)
class _Move:
    source: Connection
    target: Store
    tables: list[Table]
    progress: Progress
    counts: dict[str, int] = field(default_factory=dict)
    done: int = 0

    def report(self, stage: str, table: Table, rows: int) -> None:
        self.done += rows
        self.progress(stage, table.name, self.done, sum(self.counts.values()))


def move(
    source: Store,
    target: Store,
    resume: bool = False,
    again: bool = False,
    progress: Progress = lambda *_: None,
    wait_s: float = 10.0,
) -> Moved:
    """Copy everything from one database to another, and compare it.

    Args:
        source: Opened as usual, so that its schema is the newest.
        target: An empty database, opened with ``as_is=True``.
        resume: Go on with a move that was cut off.
        again: Throw away what a move that was cut off left in the target, and begin anew.
        progress: Told of every batch.
        wait_s: How long to wait for others who write to a PostgreSQL source.

    Raises:
        InputError: The target is not empty, or nothing is there to resume, or something is.
        StoreError: A database cannot be used, or a row cannot be moved or differs afterwards.
    """
    if source.engine.url == target.engine.url:
        raise InputError("The database is there already: name another one to move it to.")
    names, left = _names(source)
    _begin(source, target, resume, again)
    with _frozen(source, names, wait_s) as connection:
        state = _Move(connection, target, _tables(connection, names), progress)
        _make_trulens_tables(connection, target)
        state.counts = {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in state.tables
        }
        begun = time.monotonic()
        for table in state.tables:
            _copy(state, table)
        copied, state.done = time.monotonic(), 0
        digests = {table.name: _compare(state, table) for table in state.tables}
        _finish(state)
    return Moved(state.counts, digests, left, copied - begun, time.monotonic() - copied)


def _names(source: Store) -> tuple[list[str], tuple[str, ...]]:
    """Tables to move, and those of other programs."""
    with source.read() as db:
        there = set(inspect(db.connection()).get_table_names())
    recorded = {name for name in there if name.startswith(PREFIX) and name != _TRULENS_VERSION}
    ours = set(schema.models().tables)
    others = there - ours - recorded - {schema.VERSION_TABLE, NOTES.name, _TRULENS_VERSION}
    return sorted(ours | recorded), tuple(sorted(others))


@contextmanager
def _frozen(source: Store, names: list[str], wait_s: float) -> Iterator[Connection]:
    """A transaction that sees the source as it is, while nobody else can write to it."""
    with source.read() as db:
        if source.engine.dialect.name == "sqlite":
            yield db.connection(execution_options={"write": True})  # takes SQLite's lock; others go on reading
            return
        connection = db.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        quote = connection.dialect.identifier_preparer.quote
        # The locks come first: what the transaction sees is fixed by its first query.
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(wait_s * 1000)}")
        tables = ", ".join(quote(name) for name in names)
        connection.exec_driver_sql(f"LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE")
        yield connection


def _tables(source: Connection, names: list[str]) -> list[Table]:
    """The tables as they lie in the database, those that are pointed to before those that point to them."""
    recorded = MetaData()
    recorded.reflect(source, only=[name for name in names if name.startswith(PREFIX)])
    return [raw(table) for table in (*schema.models().sorted_tables, *recorded.sorted_tables)]


def _begin(source: Store, target: Store, resume: bool, again: bool) -> None:
    """Make the target ready, or find it so. After this nobody else opens it."""
    whole = json.dumps([source.name, schema.versions()[-1]])
    with target.alone() as connection:
        found = schema.version_of(connection)
        if found == schema.MOVING and again:
            _empty(connection)
            found = None
        if found == schema.MOVING:
            if not resume:
                raise InputError(
                    f"A move to {target.name} was cut off: go on with --resume, or throw away what is there "
                    "and begin anew with --again."
                )
            if connection.scalar(select(NOTES.c.last).where(NOTES.c.name == "")) != whole:
                raise InputError(
                    f"What was begun in {target.name} came from another database or version: begin anew with --again."
                )
            return
        _need_empty(connection, target.name, found)
        if found is None:
            schema.create(connection, schema.MOVING)
        else:
            schema.set_version(connection, schema.MOVING)
        NOTES.create(connection)
        connection.execute(insert(NOTES).values(name="", last=whole, rows=0))


def _need_empty(connection: Connection, name: str, found: str | None) -> None:
    ours = schema.models().tables
    for table in inspect(connection).get_table_names():
        if (table not in ours and not table.startswith(PREFIX)) or table == _TRULENS_VERSION:
            continue
        if found != schema.versions()[-1] and table in ours:
            raise InputError(f"The database {name} is not empty (it has a table {table}): name one that is.")
        if connection.execute(select(1).select_from(text(connection.dialect.identifier_preparer.quote(table)))).first():
            raise InputError(f"The database {name} is not empty (there are rows in {table}): name one that is.")


def _empty(connection: Connection) -> None:
    """Drop everything that a move has made."""
    recorded = MetaData()
    recorded.reflect(connection, only=lambda name, _: name.startswith(PREFIX))
    for metadata in (recorded, schema.models(), NOTES.metadata, schema.VERSION.metadata):
        metadata.drop_all(connection)


def _make_trulens_tables(source: Connection, target: Store) -> None:
    if not inspect(source).has_table(_TRULENS_VERSION):
        return
    version = source.scalar(text(f"SELECT version_num FROM {_TRULENS_VERSION}"))
    from alembic.util import CommandError
    from trulens.core.database.migrations import upgrade_db

    try:
        with target.read():  # for its sentences
            upgrade_db(target.engine.execution_options(write=True), revision=str(version), prefix=PREFIX)
    except CommandError as error:
        raise StoreError("The scores were recorded by another version of TruLens: upgrade trulens-core.") from error
    with target.read() as db:
        if db.scalar(text(f"SELECT version_num FROM {_TRULENS_VERSION}")) != version:
            raise StoreError(f"TruLens's tables in {target.name} are of another version: name an empty database.")


def _copy(state: _Move, table: Table) -> None:
    with state.target.read() as db:
        note = db.execute(select(NOTES).where(NOTES.c.name == table.name)).first()
    last, done = (json.loads(note.last), note.rows) if note else (None, 0)
    state.report("copying", table, done)
    while rows := _batch(state.source, table, last):
        if state.target.engine.dialect.name != "sqlite":
            _need_to_fit(table, rows)
        last, done = _key(table, rows[-1]), done + len(rows)
        with state.target.write() as db:
            db.execute(insert(table), [dict(row._mapping) for row in rows])
            db.execute(delete(NOTES).where(NOTES.c.name == table.name))
            db.execute(insert(NOTES).values(name=table.name, last=json.dumps(last), rows=done))
        state.report("copying", table, len(rows))


def _compare(state: _Move, table: Table) -> str:
    """Read both back. The sum of the hashes of the rows, in hexadecimal."""
    last, total, seen = None, 0, 0
    keys = list(table.primary_key.columns)
    while rows := _batch(state.source, table, last):
        wanted = [tuple(_key(table, row)) for row in rows]
        with state.target.read() as db:
            there = db.execute(select(table).where(tuple_(*keys).in_(wanted))).all()
        hashes = {tuple(_key(table, row)): _hash(row) for row in there}
        for key, row in zip(wanted, rows, strict=True):
            if hashes.get(key) != (one := _hash(row)):
                raise StoreError(_differs(state, table, f"row {', '.join(map(str, key))} of {table.name}"))
            total += one
        last, seen = list(wanted[-1]), seen + len(rows)
        state.report("checking", table, len(rows))
    with state.target.read() as db:
        if db.scalar(select(func.count()).select_from(table)) != seen:
            raise StoreError(_differs(state, table, f"the number of rows of {table.name}"))
    return f"{total % 2**128:032x}"


def _differs(state: _Move, table: Table, what: str) -> str:
    return (
        f"In {state.target.name} {what} is not what it is in the source, which was written to after the move had "
        "begun: move again with --again."
    )


def _finish(state: _Move) -> None:
    with state.target.alone() as connection:
        for table in state.tables:
            set_ids(connection, table, given_ids(state.source, table))
        NOTES.drop(connection)
        schema.set_version(connection, schema.versions()[-1])
    if state.target.engine.dialect.name == "postgresql":
        with state.target.write() as db:
            quote = db.connection().dialect.identifier_preparer.quote
            for table in state.tables:  # else its planner knows nothing of the tables for a while
                db.execute(text(f"ANALYZE {quote(table.name)}"))


def _batch(source: Connection, table: Table, last: list[Any] | None) -> Sequence[Row[Any]]:
    """The next rows after the one with the key ``last``."""
    keys = list(table.primary_key.columns)
    query = select(table).order_by(*keys).limit(BATCH)
    if last is not None:
        after: ColumnElement[bool] = keys[0] > last[0] if len(keys) == 1 else tuple_(*keys) > tuple_(*last)
        query = query.where(after)
    return source.execute(query).all()


def _key(table: Table, row: Row[Any]) -> list[Any]:
    return [row._mapping[column] for column in table.primary_key.columns]


def _hash(row: Row[Any]) -> int:
    return int.from_bytes(hashlib.blake2b(repr(tuple(row)).encode("utf-8", "replace"), digest_size=16).digest())


def _need_to_fit(table: Table, rows: Sequence[Row[Any]]) -> None:
    """Raises StoreError for what SQLite keeps and PostgreSQL does not."""
    for row in rows:
        for column in table.columns:
            value = row._mapping[column]
            if not isinstance(value, str):
                continue
            longest = getattr(column.type, "length", None)
            what = "a NUL character" if "\0" in value else f"more than {longest} characters"
            if "\0" in value or (longest is not None and len(value) > longest):
                key = ", ".join(map(str, _key(table, row)))
                raise StoreError(
                    f"Row {key} of {table.name} cannot be moved, because {column.name} holds {what}, which "
                    "PostgreSQL does not keep there: correct it in the source, then go on with --resume."
                )
