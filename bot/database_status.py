"""What there is to say of a database without changing it."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, table, text

from bot import schema
from bot.occupied import occupant
from bot.settings import Settings
from bot.store import Store
from bot.triad import PREFIX

_STATES = {
    "new": "not made yet; the first command that needs it makes it",
    "ready": "the newest that this Souschef knows",
    "old": "an old one: the next command that opens it brings it up (or: souschef database upgrade)",
    "newer": "of a newer Souschef: upgrade Souschef",
    "moving": "half moved: finish with souschef database move --to URL --resume, from the database that it comes from",
}


def status(settings: Settings) -> dict[str, Any]:
    """Facts of the database of the settings; "says" holds them for a person.

    Raises:
        StoreError: It cannot be read.
    """
    store = Store(settings.database_url(), settings.database.busy_timeout_s, as_is=True)
    url = store.engine.url
    kind = url.get_backend_name()
    facts: dict[str, Any] = {"database": store.name, "kind": kind, "schema": None, "newest": schema.versions()[-1]}
    facts |= {"state": "new", "bytes": 0, "open_in": "", "tables": {}, "trulens": None}
    try:
        if kind != "sqlite" or (url.database and Path(url.database).exists()):
            facts["open_in"] = occupant(store)
            with store.read() as db:
                facts |= _inside(db.connection())
    finally:
        store.close()
    counts = ", ".join(f"{name} {count:,}" for name, count in facts["tables"].items() if count)
    facts["says"] = "\n".join(
        (
            f"{store.name}: {facts['bytes'] / 1e6:.1f} MB" + (f", open in {who}" if (who := facts["open_in"]) else ""),
            f"schema: {facts['schema'] or 'without a number'}, {_STATES[facts['state']]}",
            f"rows: {counts or 'none'}",
        )
    )
    return facts


def _inside(connection: Connection) -> dict[str, Any]:
    there = set(inspect(connection).get_table_names())
    names = [name for name in schema.models().tables if name in there]
    names += sorted(name for name in there if name.startswith(PREFIX) and not name.endswith("alembic_version"))
    found = schema.version_of(connection)
    known = schema.versions()
    if found is None:
        state = "old" if there & set(schema.models().tables) else "new"
    else:
        state = {schema.MOVING: "moving", known[-1]: "ready"}.get(found, "old" if found in known else "newer")
    size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    if connection.dialect.name != "sqlite":
        size = "SELECT pg_database_size(current_database())"
    version = f"{PREFIX}alembic_version"
    return {
        "schema": found,
        "state": state,
        "bytes": connection.scalar(text(size)),
        "tables": {name: connection.scalar(select(func.count()).select_from(table(name))) for name in names},
        "trulens": connection.scalar(text(f"SELECT version_num FROM {version}")) if version in there else None,
    }
