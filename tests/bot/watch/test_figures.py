"""The figures of a PostgreSQL are those of an SQLite; one that goes away is told, and nothing breaks."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.host import Host
from bot.job_table import JobRow
from bot.messages import Message
from bot.scores import SCORES
from bot.settings import Settings
from bot.store import JudgeDayRow, ScoringRow, Store
from bot.watch.figures import Collector, Figures, read
from tests.bot.databases import postgres
from tests.conftest import Clock, FakeGuard, FakePantry, FakeStudent


@pytest.fixture(scope="module")
def database() -> Iterator[Any]:
    with postgres() as make:
        yield make


def filled(store: Store, settings: Settings, clock: Clock) -> Assistant:
    """A database in which a little has happened; the assistant over it."""
    student = FakeStudent()
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard)
    assistant = Assistant(settings, store, FakePantry(), answerer, clock)
    for number, text in enumerate(("hello", "set a timer for 1 minute", "set a timer for 1 hour", "thanks")):
        assistant.reply(Message("5", "ann", text, str(number), "telegram"))
    assistant.reply(Message("k", "ben", "set a timer for 1 minute", "1", "terminal"))
    clock.advance(90)
    now = clock()
    with store.write() as db:
        for id_, score in ((1, 1.0), (2, 0.25)):
            row = db.get(ScoringRow, id_)
            assert row is not None
            row.state, row.lowest = "scored", score
            for name in SCORES:
                setattr(row, name, score)
        failed = db.get(ScoringRow, 3)
        assert failed is not None
        failed.state = "failed"
        db.add(JudgeDayRow(day="2023-11-13", calls=7, usd=0.25))
        db.add(JudgeDayRow(day="2023-11-14", calls=3, usd=0.5))
        db.add(JobRow(kind="retrain", live="live", done=0.25, created=now - 100, beat=now - 40, folder="x"))
        db.add(JobRow(kind="retrain", state="done", created=now - 900, beat=now - 800, folder="y"))
    return assistant


def test_both_databases_give_the_same_figures(settings: Settings, database: Any, store: Store, clock: Clock) -> None:
    other_clock = Clock()
    other = Store(database("figures"), clock=other_clock)
    filled(store, settings, clock)
    filled(other, settings, other_clock)
    wanted = Figures(
        waiting=2,
        failed=1,
        means=dict.fromkeys(SCORES, 0.625),
        low=0.5,
        judge_calls=10,
        judge_usd=0.75,
        timers=2,
        overdue=1,
        jobs={("retrain", "running"): 1, ("retrain", "done"): 1},
        running=[("retrain", 0.25, 40.0)],
    )
    assert read(store, ("telegram",)) == wanted
    assert read(other, ("telegram",)) == wanted
    other.close()


def test_an_empty_database_has_figures_too(store: Store) -> None:
    assert read(store, ()) == Figures()


def test_a_database_that_goes_away_is_told(settings: Settings) -> None:
    clock, ticks = Clock(), [0.0]
    with postgres() as make:
        store = Store(make("away"), clock=clock)
        host = Host(filled(store, settings, clock), settings)
        host.presence("telegram")
        registry = CollectorRegistry()
        registry.register(Collector(host, object(), lambda: ticks[0]))  # type: ignore[arg-type]
        text = generate_latest(registry).decode()
        assert "souschef_database_up 1.0" in text
        assert "souschef_timers_overdue 1.0" in text
        store.close()  # a server waits for its clients before it stops
    ticks[0] += 60
    text = generate_latest(registry).decode()
    assert "souschef_database_up 0.0" in text
    assert "souschef_timers_overdue" not in text
    assert 'souschef_platform_connected{platform="telegram"} 1.0' in text
    store.close()
