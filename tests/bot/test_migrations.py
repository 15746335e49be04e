"""The schema: models and migrations are the same thing, and every database comes to it without loss, or not at all."""

import re
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from bot import schema
from bot.errors import StoreError
from bot.migrations.__main__ import write
from bot.schema import MIGRATIONS, VERSION_TABLE, alembic_config, alone, models, upgrade, version_of, versions
from bot.store import ScoringRow, Store, TurnRow
from tests.bot.databases import ROWS, SQL_0_1, SQL_0_2, as_in_0_2, postgres

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres() as database:
        yield database


def differences(engine: Engine) -> list[Any]:
    """What Alembic's autogenerate would write to bring a database to the models."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    names = set(models().tables)
    options = {
        "version_table": VERSION_TABLE,
        "include_name": lambda name, kind, _parents: kind != "table" or name in names,
        "compare_type": True,
        "compare_server_default": True,
    }
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), models()))


def migrated(url: str) -> Store:
    """An empty database on which every migration was run, one after the other."""
    store = Store(url, as_is=True)
    with alone(store.engine) as connection:
        upgrade(connection)
    return store


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_models_and_migrations_are_equal(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if kind == "postgres":
        database = request.getfixturevalue("server")
        urls = [database("migrated"), database("made")]
    else:
        urls = [f"sqlite:///{tmp_path / name}.db" for name in ("migrated", "made")]
    slow, quick = migrated(urls[0]), Store(urls[1])
    try:
        for store in (slow, quick):
            assert differences(store.engine) == []
            with store.engine.connect() as connection:
                assert version_of(connection) == versions()[-1]
        assert shape(slow.engine) == shape(quick.engine)
    finally:
        slow.close()
        quick.close()


def shape(engine: Engine) -> dict[str, Any]:
    """Everything that the database says of its tables, in an order that does not matter."""
    inspector = inspect(engine)
    found: dict[str, Any] = {}
    for name in inspector.get_table_names():
        found[name] = {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"], c["default"]) for c in
                              inspector.get_columns(name)),
            "key": inspector.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted(str(sorted(key.items(), key=str)) for key in inspector.get_foreign_keys(name)),
            "unique": sorted(str(key["column_names"]) for key in inspector.get_unique_constraints(name)),
            "indexes": sorted((i["name"], i["column_names"], i["unique"]) for i in inspector.get_indexes(name)),
        }  # fmt: skip
    return found


def test_a_changed_model_would_be_noticed(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE timers DROP COLUMN label"))
        connection.execute(text("DROP INDEX ix_turns_user"))
    assert {difference[0] for difference in differences(store.engine)} == {"add_column", "add_index"}


def test_every_module_with_a_table_is_known() -> None:
    for path in (ROOT / "bot").rglob("*.py"):
        if re.search(r"^ +__tablename__ = ", path.read_text(encoding="utf-8"), re.MULTILINE):
            assert ".".join(path.relative_to(ROOT).with_suffix("").parts) in schema.MODULES


def test_migrations_are_one_line_in_order() -> None:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config(MIGRATIONS, None))
    assert scripts.get_heads() == [versions()[-1]]
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == versions()


def test_opening_imports_no_alembic(tmp_path: Path) -> None:
    code = f"""
        import sys
        from bot.store import Store
        for _ in range(2):
            Store("sqlite:///{tmp_path / "x.db"}").close()
            assert not [name for name in sys.modules if name.startswith(("alembic", "mako"))]
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True)


@pytest.mark.parametrize("tables", [SQL_0_1, SQL_0_1 + SQL_0_2], ids=["0.1", "0.2"])
def test_an_old_database_keeps_everything(tables: str, tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as old:
        old.executescript(tables + ROWS)
    before = {table: old.execute(f"SELECT * FROM {table}").fetchall() for table in ("chats", "turns", "timers")}
    old.close()
    store = Store(f"sqlite:///{path}")
    try:
        assert differences(store.engine) == []
        with store.engine.connect() as connection:
            assert version_of(connection) == versions()[-1]
            for table, rows in before.items():
                assert [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")] == rows
        chat = store.find_chat("terminal:kitchen")
        assert chat is not None
        assert chat.state["step"] == 3
        assert [turn.shared for turn in store.turns(chat.id)] == [["Add the tomatoes."]]
        assert store.receive(chat, "m2", "terminal:local", "next").id == 42
    finally:
        store.close()


def test_an_old_postgresql_database_keeps_everything(server: Any) -> None:
    url = server("old")
    as_in_0_2(url)
    store = Store(url)
    try:
        assert differences(store.engine) == []
        chat = store.find_chat("t:1")
        assert chat is not None
        assert [row.text for row in store.turns(chat.id)] == ["A pinch."]
    finally:
        store.close()


def test_a_newer_database_is_refused_and_left_alone(store: Store, settings: Any) -> None:
    with store.write() as db:
        db.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9000'"))
    with pytest.raises(StoreError, match=r"made by a newer Souschef \(schema 9000, .*: upgrade Souschef, or"):
        Store(settings.database_url())
    with store.engine.connect() as connection:
        assert version_of(connection) == "9000"


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY, salary INTEGER)")
    other.close()
    with pytest.raises(StoreError, match="belongs to another program"):
        Store(f"sqlite:///{path}")
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("jobs",)]
    other.close()


LATER = '''"""Turns know the weather."""

import sqlalchemy as sa
from alembic import op

revision = "{0}"
down_revision = "{1}"


def upgrade() -> None:
    with op.batch_alter_table("turns") as turns:
        turns.add_column(sa.Column("weather", sa.String(20), nullable=False, server_default="fair"))
        turns.alter_column("student", type_=sa.String(300))
    {2}
'''


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """The migrations with one more."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for path in [*MIGRATIONS.glob("*.*"), *MIGRATIONS.glob("versions/v*.py")]:
        if path.is_file():
            (folder / path.relative_to(MIGRATIONS)).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "versions" / "v9001_weather.py").write_text(LATER.format("9001", versions()[-1], ""), encoding="utf-8")
    return folder


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_later_migration_changes_a_table_that_others_point_to(
    kind: str, later: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("server")("later") if kind == "postgres" else f"sqlite:///{tmp_path / 'l.db'}"
    store = Store(url)
    try:
        chat = store.chat("t:1", "t", "u")
        for number in range(30):
            store.answer(store.receive(chat, str(number), "u", "next"), {}, text="ok", student="x" * 100)
        with alone(store.engine) as connection:
            upgrade(connection, folder=later)
        with store.read() as db:
            assert db.query(ScoringRow).count() == 30
            assert db.scalars(text("SELECT weather FROM turns")).all() == ["fair"] * 30
            assert [row.student for row in db.query(TurnRow)] == ["x" * 100] * 30
            assert version_of(db.connection()) == "9001"
        with store.engine.connect() as connection:
            if kind == "sqlite":
                assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    finally:
        store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    kind: str, later: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("server")("fails") if kind == "postgres" else f"sqlite:///{tmp_path / 'f.db'}"
    file = later / "versions" / "v9001_weather.py"
    file.write_text(LATER.format("9001", versions()[-1], 'op.execute("INSERT INTO nowhere VALUES (1)")'))
    store = Store(url)
    try:
        before = shape(store.engine)
        with pytest.raises(Exception, match="nowhere"), alone(store.engine) as connection:
            upgrade(connection, folder=later)
        assert shape(store.engine) == before
        with store.engine.connect() as connection:
            assert version_of(connection) == versions()[-1]
    finally:
        store.close()


def test_a_migration_that_orphans_rows_is_taken_back(later: Path, store: Store) -> None:
    file = later / "versions" / "v9001_weather.py"
    file.write_text(LATER.format("9001", versions()[-1], 'op.execute("DELETE FROM turns")'))
    turn = store.receive(store.chat("t:1", "t", "u"), "m", "u", "next")
    store.answer(turn, {}, text="ok")
    with (
        pytest.raises(StoreError, match="row 1 of scorings would point to no row"),
        alone(store.engine) as connection,
    ):
        upgrade(connection, folder=later)
    with store.read() as db:
        assert db.query(TurnRow).count() == 1


def test_the_next_migration_is_written_from_the_models(later: Path) -> None:
    (later / "versions" / "v9001_weather.py").unlink()
    from sqlalchemy import Column, Integer, Table

    metadata = models()
    table = Table("spoons", metadata, Column("id", Integer, primary_key=True))
    try:
        path = write("Spoons are counted", later)
    finally:
        metadata.remove(table)
    assert path.name == f"v{int(versions()[-1]) + 1:04d}_spoons_are_counted.py"
    written = path.read_text(encoding="utf-8")
    assert "op.create_table('spoons'" in written
    assert "drop" not in written
    assert written.count("op.create_table") == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_several_processes_open_one_database_at_once(
    kind: str, old: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "postgres":
        url = request.getfixturevalue("server")(f"together_{old}".lower())
    else:
        url = f"sqlite:///{tmp_path / 'together.db'}"
    if old:
        as_in_0_2(url)
    code = f"""
        import os
        from bot.schema import models
        from bot.store import Store
        models()
        start, go = os.pipe()
        for number in range(4):
            if os.fork():
                continue
            os.close(go)
            os.read(start, 1)  # until all are there
            store = Store({url!r})
            chat = store.chat(f"u:{{number}}", "t", "u")
            store.answer(store.receive(chat, "m", "u", "hi"), {{}}, text="ok")
            os._exit(0)
        os.close(go)
        assert [os.wait()[1] for _ in range(4)] == [0] * 4
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True)
    assert result.stderr == ""
    store = Store(url)
    try:
        assert differences(store.engine) == []
        with store.read() as db:
            assert db.query(TurnRow).count() == 4 + old
    finally:
        store.close()
