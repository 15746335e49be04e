"""The database: nothing lost, nothing twice, nothing left, clear sentences when it cannot be used."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.errors import StoreError
from bot.log import forget
from bot.store import Store
from tests.conftest import Bench


def test_wal_and_busy_timeout(store: Store) -> None:
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_receive_is_once_per_chat(store: Store) -> None:
    one, two = store.chat("a:1", "a", "u"), store.chat("a:2", "a", "u")
    assert store.receive(one, "m", "u", "hi").id == store.receive(one, "m", "u", "hi").id
    assert store.receive(two, "m", "u", "hi").id != store.receive(one, "m", "u", "hi").id


def test_kill_between_receive_and_answer_loses_nothing(data_dir: Path, tmp_path: Path) -> None:
    code = f"""
        import os, signal
        from bot.store import Store
        store = Store("sqlite:///{tmp_path / "k.db"}")
        chat = store.chat("t:1", "t", "u")
        for number in range(20):
            row = store.receive(chat, str(number), "u", "next")
            store.answer(row, {{"step": number}}, text="ok")
        store.receive(chat, "last", "u", "next")
        os.kill(os.getpid(), signal.SIGKILL)
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=_root())
    assert result.returncode == -signal.SIGKILL
    store = Store(f"sqlite:///{tmp_path / 'k.db'}")
    store.check()
    chat = store.find_chat("t:1")
    assert chat is not None
    assert chat.state == {"step": 19}
    assert len(store.turns(chat.id)) == 20
    assert store.receive(chat, "last", "u", "next").answered is None
    store.close()


def _root() -> Path:
    return Path(__file__).parents[2]


def test_forget_leaves_no_trace_in_any_file(bench: Bench, data_dir: Path) -> None:
    bench.say("my name is Rumpelstiltskin and I'm allergic to kryptonite")
    bench.say("set a timer for 10 minutes for the kryptonite")
    bench.say("test shakshuka")
    before = b"".join(p.read_bytes() for p in data_dir.iterdir())
    assert b"Rumpelstiltskin" in before
    assert forget(bench.store, "terminal:cook") == 3
    after = b"".join(p.read_bytes() for p in data_dir.iterdir())
    assert b"Rumpelstiltskin" not in after
    assert b"kryptonite" not in after
    assert b"terminal:cook" not in after


def test_forget_leaves_other_cooks_alone(store: Store) -> None:
    for name in ("one", "two"):
        chat = store.chat(f"t:{name}", "t", f"t:{name}")
        store.answer(store.receive(chat, "m", f"t:{name}", "hi"), {}, text="hello")
    assert forget(store, "t:one") == 1
    assert store.find_chat("t:one") is None
    chat = store.find_chat("t:two")
    assert chat is not None
    assert len(store.turns(chat.id)) == 1


def test_forget_me_in_the_chat_asks_first(bench: Bench) -> None:
    bench.say("test shakshuka")
    assert "for good" in bench.say("forget me").text
    assert bench.say("no").text == "Nothing was deleted."
    bench.say("forget me")
    assert "deleted" in bench.say("yes").text
    assert bench.store.find_chat("terminal:kitchen") is None


def test_damaged_database(tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    path.write_bytes(b"this is no database at all " * 100)
    with pytest.raises(StoreError, match=r"damaged: move the file away"):
        Store(f"sqlite:///{path}")


def test_damaged_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "bad.db"
    store = Store(f"sqlite:///{path}")
    chat = store.chat("t:1", "t", "u")
    for number in range(50):
        store.answer(store.receive(chat, str(number), "u", "x" * 2000), {}, text="y" * 2000)
    store.close()
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 12] = os.urandom(4096 * 9)
    path.write_bytes(bytes(data))
    with pytest.raises(StoreError, match="damaged"):
        Store(f"sqlite:///{path}").check()


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match=r"cannot be used|Cannot write"):
        Store(f"sqlite:///{tmp_path / 'file' / 'deeper' / 'x.db'}")


@pytest.mark.parametrize(
    ("reason", "part"),
    [
        ("database or disk is full", "The disk is full"),
        ("attempt to write a readonly database", "make its folder writable"),
        ("database is locked", "busy in another process"),
        ("unable to open database file", "make its folder writable"),
        ("database disk image is malformed", "damaged"),
    ],
)
def test_reasons_become_sentences(store: Store, reason: str, part: str) -> None:
    sentence = store._sentence(OperationalError("SELECT", {}, Exception(reason)))
    assert part in sentence
    assert "\n" not in sentence


def test_the_password_is_never_in_a_sentence() -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL driver not installed")
    with pytest.raises(StoreError) as caught:
        Store("postgresql+psycopg://cook:sesame@127.0.0.1:1/x")
    assert "sesame" not in str(caught.value)
