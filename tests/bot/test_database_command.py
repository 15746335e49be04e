"""``souschef database``: what it prints, what it refuses, and that no password is in either."""

import json
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import schema
from bot.cli import main
from bot.store import Store
from tests.bot.databases import fill, postgres

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    with postgres() as database:
        yield database


def test_the_command(data_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = Store(f"sqlite:///{data_dir / 'souschef.db'}")
    fill(store, 30)
    store.close()
    url = f"sqlite:///{tmp_path / 'new.db'}"
    assert main(["database", "move", "--to", url, "--json"]) == 0
    captured = capsys.readouterr()
    facts = json.loads(captured.out)
    assert captured.err == ""
    assert (facts["to"], facts["tables"]["turns"]) == (url, 30)
    assert main(["database", "move", "--to", url]) == 2
    assert "is not empty" in capsys.readouterr().err
    assert main(["database", "status", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["state"], facts["schema"], facts["tables"]["turns"]) == ("ready", schema.versions()[-1], 30)
    assert facts["bytes"] > 10_000


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_not_while_a_bot_has_it_open(
    kind: str,
    data_dir: Path,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if kind == "postgres":
        monkeypatch.setenv("SOUSCHEF_DATABASE__URL", request.getfixturevalue("server")("open"))
    code = """
        import sys
        from bot.pantry import open_store
        from bot.settings import load_settings
        store = open_store(load_settings())
        store.chat("t:1", "t", "u")
        print(flush=True)
        sys.stdin.read()
    """
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    bot = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], env=environment, stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE)  # fmt: skip
    assert bot.stdout is not None
    bot.stdout.readline()
    try:
        assert main(["database", "move", "--to", "sqlite:///new.db"]) == 2
        error = capsys.readouterr().err
        who = f"process {bot.pid}" if kind == "sqlite" and sys.platform == "linux" else "is open in "
        assert who in error
        assert "stop the bot first" in error
        assert not Path("new.db").exists()
    finally:
        bot.communicate()
    end = time.monotonic() + 30
    while kind == "postgres" and main(["database", "status", "--json"]) == 0 and time.monotonic() < end:
        if not json.loads(capsys.readouterr().out)["open_in"]:  # the server has noticed that the bot is gone
            break
    assert main(["database", "move", "--to", "sqlite:///new.db"]) == 0
    assert "Now set database.url" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://cook:sesame@127.0.0.1:1/x",
        "postgresql+psycopg://cook@127.0.0.1:1/x?password=sesame",
        "postgresql://cook:sesame@127.0.0.1:1/x",
        "postgresql+psycopg://cook@host:sesame/x",
        "mysql://cook:sesame@127.0.0.1/x",
        "sesame",
    ],
)
def test_the_password_is_never_printed(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("psycopg", reason="PostgreSQL driver not installed")
    assert main(["database", "move", "--to", url]) == 2
    captured = capsys.readouterr()
    assert "sesame" not in captured.err + captured.out
    assert captured.err.count("\n") == 1


def test_what_is_not_there_is_not_moved(data_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["database", "status"]) == 0
    assert "not made yet" in capsys.readouterr().out
    assert main(["database", "move", "--to", "sqlite:///new.db"]) == 2
    assert "There is no database" in capsys.readouterr().err
    assert not (data_dir / "souschef.db").exists()
    assert not Path("new.db").exists()


def test_postgresql_is_backed_up_by_its_own_tools(
    server: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUSCHEF_DATABASE__URL", server("kept"))
    assert main(["database", "backup", "kept.dump"]) == 2
    assert "pg_dump" in capsys.readouterr().err
    assert main(["database", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "new"
    assert main(["database", "upgrade"]) == 0
    assert f"has schema {schema.versions()[-1]} now" in capsys.readouterr().out
    assert main(["database", "status"]) == 0
    assert "the newest that this Souschef knows" in capsys.readouterr().out
