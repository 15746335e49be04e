"""Tables as they lie in the database, for copying them exactly, and the numbers that their next rows get."""

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    cast,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.types import TypeEngine, UserDefinedType


class JsonText(UserDefinedType[str]):
    """JSON as it is written, not as what it means: spaces and order stay, and "null" is not the same as no value."""

    cache_ok = True

    def get_col_spec(self, **_kwargs: Any) -> str:
        return "JSON"

    def column_expression(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(column, Text)


def raw(table: Table) -> Table:
    """The same table, of the project's models or read from a database, with types that change no value."""
    columns = [Column(column.name, _plain(column.type), primary_key=column.primary_key) for column in table.columns]
    return Table(table.name, MetaData(), *columns)


def _plain(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, JSON):
        return JsonText()
    if isinstance(kind, String):
        return String(kind.length)
    if isinstance(kind, DateTime):
        return DateTime(timezone=kind.timezone)
    for simple in (Boolean, Integer, Float, LargeBinary):
        if isinstance(kind, simple):
            return simple()
    return kind.as_generic()


def given_ids(connection: Connection, table: Table) -> int:
    """The highest number that was ever given to a row, where the database remembers that beyond the rows; else 0."""
    if connection.dialect.name == "sqlite":
        if not inspect(connection).has_table("sqlite_sequence"):
            return 0
        return connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
    sequence = _sequence(connection, table)
    if sequence is None:
        return 0
    last, given = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()
    return int(last) if given else 0


def set_ids(connection: Connection, table: Table, given: int) -> None:
    """Let the next row of a table get a number that none has and, where the database remembers, none had.

    Args:
        connection: The database, in a transaction.
        table: The table.
        given: What :func:`given_ids` says of the database that the rows come from.
    """
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return
    last = max(connection.scalar(select(func.max(keys[0]))) or 0, given)
    if not last:
        return
    if connection.dialect.name != "sqlite":
        if (sequence := _sequence(connection, table)) is not None:
            connection.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": last})
        return
    made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table.name})
    if "AUTOINCREMENT" in str(made).upper():  # the others take the next after the highest there is
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(
            text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), {"name": table.name, "last": last}
        )


def _sequence(connection: Connection, table: Table) -> str | None:
    """PostgreSQL's sequence behind a key, quoted; None if there is none."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1:
        return None
    quote = connection.dialect.identifier_preparer.quote
    query = text("SELECT pg_get_serial_sequence(:table, :column)")
    return connection.scalar(query, {"table": quote(table.name), "column": keys[0].name})
