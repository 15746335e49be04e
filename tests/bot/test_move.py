"""Moving the database: everything arrives as it was, over kills, and nothing is moved that would get lost."""

import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from bot import moving, schema
from bot.assistant import Assistant
from bot.errors import InputError, StoreError
from bot.log import forget
from bot.moving import move
from bot.settings import Settings
from bot.store import Store, TurnRow
from tests.bot.databases import fill, postgres
from tests.conftest import SHAKSHUKA, Bench

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres() as database:
        yield database


def lies_in(path: Path) -> dict[str, list[Any]]:
    """Every value of an SQLite database with its type, table by table, in the order of the keys."""
    with closing(sqlite3.connect(path)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in names:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
            both = ", ".join(f'"{column}", typeof("{column}")' for column in columns)
            found[name] = database.execute(f'SELECT {both} FROM {name} ORDER BY "{columns[0]}"').fetchall()
    return found


@pytest.mark.timeout(300)
def test_ten_thousand_turns_to_postgresql_and_back_and_the_chat_goes_on(
    bench: Bench, settings: Settings, data_dir: Path, tmp_path: Path, server: Any
) -> None:
    fill(bench.store, 10_000)
    bench.say("test shakshuka")
    bench.say("next")
    bench.say("next")
    before = lies_in(data_dir / "souschef.db")
    assert len(before["turns"]) == 10_003

    there = Store(server("big"), as_is=True)
    seen: list[tuple[str, int, int]] = []
    moved = move(bench.store, there, progress=lambda stage, _table, done, total: seen.append((stage, done, total)))
    there.close()
    assert moved.tables == {name: len(rows) for name, rows in before.items() if name != schema.VERSION_TABLE}
    assert moved.left == ()
    assert all(moved.tables.values()), "tests.bot.databases.fill must fill every table"
    rows = sum(moved.tables.values())
    assert next(entry for entry in seen if entry[1] == entry[2])[0] == "copying"
    assert seen[-1] == ("checking", rows, rows)
    assert len({done for stage, done, _ in seen if stage == "copying"}) > 20

    there = Store(there.engine.url.render_as_string(hide_password=False), clock=bench.clock)
    back = Store(f"sqlite:///{tmp_path / 'back.db'}", as_is=True)
    again = move(there, back)
    back.close()
    assert again.digests == moved.digests
    assert lies_in(tmp_path / "back.db") == before
    assert lies_in(data_dir / "souschef.db") == before

    assistant = Assistant(settings, there, bench.assistant.pantry, bench.assistant.answerer, bench.clock)
    here = replace(bench, assistant=assistant, store=there)
    assert here.session.step == 2
    assert here.say("next").shared == (SHAKSHUKA.steps[2],)
    with there.read() as db:
        assert db.query(TurnRow).count() == 10_004
    there.close()


KILLED = """
    import os, sys
    from sqlalchemy import event
    from bot import moving, schema
    from bot.store import Store
    schema.models()
    moving.BATCH = 40
    kill, calls, stage = 4, 0, "beginning"

    def progress(at, *_):
        global stage
        stage = at

    def count(_connection, _cursor, statement, *_):
        # Killed before its n-th statement to the target, wherever that is: between an insert and its commit, too.
        global calls
        if not statement.startswith(("PRAGMA", "SELECT")):
            calls += 1
            if calls == kill:
                print(stage, statement.split()[0], flush=True)
                os.kill(os.getpid(), 9)

    while True:
        if not (child := os.fork()):
            source, target = Store(sys.argv[1]), Store(sys.argv[2], as_is=True)
            event.listen(target.engine, "before_cursor_execute", count)
            moving.move(source, target, resume=True, progress=progress)
            source.close()
            target.close()
            os._exit(0)
        if os.waitpid(child, 0)[1] == 0:
            break
        kill += int(sys.argv[3])
    print("done")
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_killed_again_and_again_and_gone_on_with(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    source = Store(f"sqlite:///{tmp_path / 'a.db'}")
    fill(source, 400)
    before = lies_in(tmp_path / "a.db")
    url = request.getfixturevalue("server")("killed") if kind == "postgres" else f"sqlite:///{tmp_path / 'b.db'}"
    command = [sys.executable, "-c", textwrap.dedent(KILLED), f"sqlite:///{tmp_path / 'a.db'}", url, "11"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    *kills, end = done.stdout.splitlines()
    assert end == "done"
    assert len(kills) >= 5
    assert {kill.split()[0] for kill in kills} >= {"beginning", "copying"}
    if kind == "postgres":
        there = Store(url)
        back = Store(f"sqlite:///{tmp_path / 'b.db'}", as_is=True)
        move(there, back)
        there.close()
        back.close()
    assert lies_in(tmp_path / "b.db") == before
    source.close()


class Cut(Exception):
    """What cuts a move off in these tests."""


def cut_off(source: Store, target: Store, stage: str = "copying", done: int = 300) -> None:
    def progress(at: str, _table: str, count: int, _total: int) -> None:
        if at == stage and count >= done:
            raise Cut

    with pytest.raises(Cut):
        move(source, target, progress=progress)


@pytest.fixture
def halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Store, Store]]:
    """A database, and one that it was moved to half."""
    monkeypatch.setattr(moving, "BATCH", 50)
    source = Store(f"sqlite:///{tmp_path / 'a.db'}")
    fill(source, 400)
    target = Store(f"sqlite:///{tmp_path / 'b.db'}", as_is=True)
    cut_off(source, target)
    yield source, target
    source.close()
    target.close()


def test_what_is_half_moved_is_opened_by_nobody(halves: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = halves
    with pytest.raises(StoreError, match=r"is half moved: set database\.url to the one that it is moved from"):
        Store(f"sqlite:///{tmp_path / 'b.db'}")
    with pytest.raises(InputError, match="go on with --resume, or throw away"):
        move(source, target)
    other = Store(f"sqlite:///{tmp_path / 'c.db'}")
    with pytest.raises(InputError, match="came from another database"):
        move(other, target, resume=True)
    other.close()
    move(source, target, resume=True)
    Store(f"sqlite:///{tmp_path / 'b.db'}").close()
    assert lies_in(tmp_path / "a.db") == lies_in(tmp_path / "b.db")


def test_cut_off_at_the_very_end(halves: tuple[Store, Store], tmp_path: Path) -> None:
    def stop(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "DROP TABLE" in statement:
            raise Cut

    source, target = halves
    event.listen(target.engine, "before_cursor_execute", stop)
    with pytest.raises(Cut):
        move(source, target, resume=True)
    event.remove(target.engine, "before_cursor_execute", stop)
    with pytest.raises(StoreError, match="is half moved"):
        Store(f"sqlite:///{tmp_path / 'b.db'}")
    move(source, target, resume=True)
    assert lies_in(tmp_path / "a.db") == lies_in(tmp_path / "b.db")


def test_a_source_that_was_used_meanwhile_is_noticed(halves: tuple[Store, Store], tmp_path: Path) -> None:
    source, target = halves
    with source.write() as db:
        first = db.query(TurnRow).order_by(TurnRow.id).first()
        assert first is not None
        first.text += " More salt."
    with pytest.raises(StoreError, match=rf"row {first.id} of turns is not what it is in the source.*--again"):
        move(source, target, resume=True)
    with pytest.raises(StoreError, match="half moved"):
        Store(f"sqlite:///{tmp_path / 'b.db'}")
    move(source, target, again=True)
    assert lies_in(tmp_path / "a.db") == lies_in(tmp_path / "b.db")


def test_who_was_forgotten_meanwhile_does_not_come_back(halves: tuple[Store, Store]) -> None:
    source, target = halves
    assert forget(source, "telegram:3") > 0
    with pytest.raises(StoreError, match=r"the number of rows of|is not what it is in the source"):
        move(source, target, resume=True)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_nobody_writes_to_the_source_meanwhile(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("server")("frozen") if kind == "postgres" else f"sqlite:///{tmp_path / 'a.db'}"
    source, other = Store(url), Store(url, busy_timeout_s=0.05)
    fill(source, 20)
    target = Store(f"sqlite:///{tmp_path / 'b.db'}", as_is=True)
    refused = 0

    def progress(*_: Any) -> None:
        nonlocal refused
        assert other.find_chat("nobody") is None  # reading goes on
        with pytest.raises(StoreError):
            write()
        refused += 1

    def write() -> None:
        with other.write() as db:
            if kind == "postgres":
                db.execute(text("SET LOCAL lock_timeout = 50"))
            db.execute(text("DELETE FROM turns"))

    move(source, target, progress=progress)
    assert refused > 5
    write()
    for store in (source, other, target):
        store.close()


def test_only_into_an_empty_database(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is there already"):
        move(store, Store(store.engine.url.render_as_string(), as_is=True))
    used = Store(f"sqlite:///{tmp_path / 'used.db'}")
    used.chat("t:1", "t", "u")
    with pytest.raises(InputError, match=r"not empty \(there are rows in chats\)"):
        move(store, used)
    with pytest.raises(InputError, match=r"not empty \(there are rows in chats\)"):
        move(store, used, again=True)  # throws away only what a move has left
    assert used.find_chat("t:1") is not None
    with used.write() as db:
        db.execute(text("DELETE FROM chats"))
    store.chat("t:2", "t", "u")
    move(store, used)
    assert used.find_chat("t:2") is not None
    used.close()


@pytest.mark.parametrize(("name", "value", "what"), [
    ("utterance", "salt\0pepper", "a NUL character"),
    ("message_id", "m" * 201, "more than 200 characters"),
])  # fmt: skip
def test_what_postgresql_does_not_keep_is_named(name: str, value: str, what: str, store: Store, server: Any) -> None:
    turn = store.receive(store.chat("t:1", "t", "u"), "m", "u", "salt")
    with store.write() as db:
        db.execute(text(f"UPDATE turns SET {name} = :value"), {"value": value})
    target = Store(server(f"fits_{name}"), as_is=True)
    with pytest.raises(StoreError, match=rf"Row {turn.id} of turns cannot be moved, because {name} holds {what}"):
        move(store, target)
    with store.write() as db:
        db.execute(text(f"UPDATE turns SET {name} = 'mended'"))
    assert move(store, target, resume=True).tables["turns"] == 1
    target.close()


def test_numbers_are_not_given_again(server: Any) -> None:
    source = Store(server("numbers"))
    chat = source.chat("t:1", "t", "u")
    last = [source.receive(chat, str(number), "u", "hi").id for number in range(5)][-1]
    with source.write() as db:
        db.execute(text("DELETE FROM turns WHERE id = :last"), {"last": last})
    target = Store(server("more_numbers"), as_is=True)
    move(source, target)
    found = target.find_chat("t:1")
    assert found is not None
    assert target.receive(found, "next", "u", "hi").id == last + 1
    source.close()
    target.close()


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # of TruLens
def test_records_of_trulens_are_moved_too(store: Store, settings: Settings, server: Any, tmp_path: Path) -> None:
    from bot.triad.drill import count
    from bot.triad.scoring import catch_up
    from tests.bot.triad.test_worker import say

    say(store, "a pinch of salt", user="t:one")
    say(store, "two onions 🧅", user="t:two")
    assert catch_up(store, settings) == 0
    with store.write() as db:
        db.execute(text("CREATE TABLE shopping (id INTEGER)"))
    target = Store(server("recorded"), as_is=True)
    moved = move(store, target)
    assert moved.left == ("shopping",)
    assert moved.tables["trulens_events"] > 10
    assert count(target) == count(store)
    say(target, "three leeks", user="t:one")
    assert catch_up(target, settings) == 0
    assert count(target)["records"] == 3
    back = Store(f"sqlite:///{tmp_path / 'back.db'}", as_is=True)
    move(target, back)
    assert count(back) == count(target)
    back.close()
    assert forget(target, "t:one") == 2
    assert count(target)["wrong"] == []
    target.close()
