"""Backups: whole and of one moment while others write, put back only where nobody is at work."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from contextlib import closing
from pathlib import Path

import pytest

from bot import backup as module
from bot.backup import backup, restore
from bot.cli import main
from bot.errors import InputError, StoreError
from bot.schema import VERSION_TABLE
from bot.settings import Settings
from bot.store import Store
from tests.bot.databases import fill
from tests.bot.test_move import lies_in

ROOT = Path(__file__).parents[2]
WRITER = """
    import sys, threading
    from bot.pantry import open_store
    from bot.settings import load_settings
    store = open_store(load_settings())
    chat = store.chat("t:writer", "t", "u")
    end = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), end.set()), daemon=True).start()
    number = 0
    while not end.is_set():
        row = store.receive(chat, str(number), "u", "next")
        store.answer(row, {"step": number}, text="x" * 3000)
        number += 1
        if number == 5:
            print(flush=True)
    print(number)
"""


def test_of_one_moment_while_a_bot_writes(
    store: Store, tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES", 20)  # many steps, so that much is written in between
    fill(store, 500)
    file = tmp_path / "kept.db"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER)], env=environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    sizes: list[int] = []
    before = count_of(data_dir / "souschef.db")
    size = backup(store, file, lambda _done, total: sizes.append(total))
    after = count_of(data_dir / "souschef.db")
    out, _ = writer.communicate()
    assert int(out) >= after
    assert size == file.stat().st_size
    assert len(set(sizes)) == 1  # not begun again, whatever was written
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("kept")} == {"kept.db"}
    assert before <= count_of(file) <= after
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        numbers = [int(id_) for (id_,) in database.execute(
            "SELECT message_id FROM turns JOIN chats ON chats.id = chat_id WHERE key = 't:writer' AND answered > 0 "
            "ORDER BY turns.id")]  # fmt: skip
        state = database.execute("SELECT state FROM chats WHERE key = 't:writer'").fetchone()[0]
    assert numbers == list(range(len(numbers)))
    assert json.loads(state) == {"step": len(numbers) - 1}  # the reply and the session it leaves, together


def count_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        count: int = database.execute(
            "SELECT count(*) FROM turns JOIN chats ON chats.id = chat_id WHERE key = 't:writer'"
        ).fetchone()[0]
    return count


def test_there_and_back(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = data_dir / "souschef.db"
    store = Store(f"sqlite:///{path}")
    fill(store, 100)
    store.close()
    before = lies_in(path)
    assert main(["database", "backup", "kept.db", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bytes"] == (tmp_path / "kept.db").stat().st_size
    assert main(["database", "backup", "kept.db"]) == 2
    assert "there already" in capsys.readouterr().err
    store = Store(f"sqlite:///{path}")
    chat = store.chat("t:late", "t", "u")
    store.receive(chat, "m", "u", "gone soon")
    # A bot that was killed leaves its log behind; read with the database that is put back, it would damage it.
    log = (data_dir / "souschef.db-wal").read_bytes()
    store.close()
    (data_dir / "souschef.db-wal").write_bytes(log)
    assert main(["database", "restore", "kept.db"]) == 0
    assert "souschef.db.replaced-1" in capsys.readouterr().out
    assert not (data_dir / "souschef.db-wal").exists()
    assert lies_in(path) == before
    assert b"gone soon" in (data_dir / "souschef.db.replaced-1").read_bytes()
    store = Store(f"sqlite:///{path}")
    store.check()
    assert store.find_chat("t:late") is None
    store.close()
    assert {file.name for file in data_dir.iterdir()} == {"souschef.db", "souschef.db.replaced-1"}


def test_over_a_damaged_database(data_dir: Path, tmp_path: Path) -> None:
    path = data_dir / "souschef.db"
    store = Store(f"sqlite:///{path}")
    store.chat("t:1", "t", "u")
    backup(store, tmp_path / "kept.db")
    store.close()
    path.write_bytes(b"this is no database at all " * 100)
    with pytest.raises(StoreError, match="failed, and nothing was written"):
        backup(store, tmp_path / "other.db")
    assert not list(tmp_path.glob("other*"))
    aside = restore(Store(f"sqlite:///{path}", as_is=True), tmp_path / "kept.db")
    assert aside is not None
    assert aside.read_bytes().startswith(b"this is no database")
    store = Store(f"sqlite:///{path}")
    assert store.find_chat("t:1") is not None
    store.close()


def test_where_there_is_none_yet(tmp_path: Path, store: Store) -> None:
    backup(store, tmp_path / "kept.db")
    new = tmp_path / "elsewhere" / "new.db"
    assert restore(Store(f"sqlite:///{new}", as_is=True), tmp_path / "kept.db") is None
    Store(f"sqlite:///{new}").close()


@pytest.mark.parametrize("what", ["no database", "another program's", "a newer one", "nothing"])
def test_only_a_backup_is_put_back(what: str, tmp_path: Path, data_dir: Path, settings: Settings) -> None:
    store = Store(settings.database_url())
    store.chat("t:1", "t", "u")
    store.close()
    file = tmp_path / "kept.db"
    if what == "no database":
        file.write_bytes(b"not one " * 1000)
    elif what != "nothing":
        with closing(sqlite3.connect(file)) as other, other:
            other.execute("CREATE TABLE shopping (id INTEGER)")
    if what == "a newer one":
        file.unlink()
        backup(store, file)
        with closing(sqlite3.connect(file)) as other, other:
            other.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9000'")
    with pytest.raises(InputError, match=r"no backup|There is no file|newer Souschef"):
        restore(Store(settings.database_url(), as_is=True), file)
    assert {path.name for path in data_dir.iterdir()} == {"souschef.db"}
    store = Store(settings.database_url())
    assert store.find_chat("t:1") is not None
    store.close()


def test_not_while_a_bot_has_it_open(
    store: Store, tmp_path: Path, data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup(store, tmp_path / "kept.db")
    store.close()
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen([sys.executable, "-c", textwrap.dedent(WRITER)], env=environment, stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert writer.stdout is not None
    writer.stdout.readline()
    try:
        assert main(["database", "restore", "kept.db"]) == 2
        assert "stop the bot first" in capsys.readouterr().err
    finally:
        out, _ = writer.communicate()
    assert count_of(data_dir / "souschef.db") == int(out)


def test_a_disk_that_is_full_leaves_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot write"):
        backup(store, tmp_path / "nowhere" / "kept.db")
