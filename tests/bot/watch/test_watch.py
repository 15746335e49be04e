"""Metrics and health over HTTP, as Prometheus and a supervisor see them, while the bot serves a local Telegram."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from bot.commands import doctor
from bot.errors import SettingsError
from bot.job_table import JobRow
from bot.messages import Message
from bot.pantry import Kitchen
from bot.platforms import serving
from bot.scores import SCORES
from bot.settings import BotsSettings, Settings, TelegramSettings, WatchSettings
from bot.store import JudgeDayRow, ScoringRow
from bot.watch.readiness import STILL_S, Readiness
from model.vocabulary import Act
from retrieval.passage import Passage
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi
from tests.conftest import Bench

ANN = 501
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A bot that serves a local Telegram, watched."""

    def __init__(self, bench: Bench, settings: Settings, api: BotApi) -> None:
        self.bench, self.api, self.port = bench, api, free_port()
        self.settings = settings.model_copy(
            update={
                "bots": BotsSettings(per_minute=0, per_day=0),
                "telegram": TelegramSettings(token=SecretStr(TOKEN), api_url=api.url),
                "watch": WatchSettings(port=self.port),
            }
        )
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(serving.run(bench.assistant, self.settings, ["telegram"], self.stop))

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as client:
            return await client.get(f"http://127.0.0.1:{self.port}{path}")

    async def until_ready(self) -> None:
        async def ready() -> bool:
            try:
                return (await self.get("/readyz")).status_code == 200
            except httpx.TransportError:
                return False

        await until(ready, self.task)

    async def metrics(self) -> Samples:
        answer = await self.get("/metrics")
        assert answer.status_code == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    async def close(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, 30)


async def until(holds: Callable[[], Any], task: "asyncio.Task[None] | None" = None) -> None:
    """Wait for a condition, half a minute at the most."""
    for _ in range(600):
        assert task is None or not task.done(), task
        if await holds():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came to that")


@pytest_asyncio.fixture
async def served(bench: Bench, settings: Settings) -> AsyncIterator[Served]:
    api = await BotApi().start()
    served = Served(bench, settings, api)
    yield served
    if not served.task.done():
        await served.close()
    await api.stop()


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[f"souschef_{name}", tuple(sorted(labels.items()))]


async def test_what_a_bot_does_can_be_read_from_its_metrics(served: Served) -> None:
    await served.until_ready()
    bench = served.bench
    bench.passages.append(Passage("p", "note", "Feta keeps for a week.", 0.9, "test:note", "Test Note"))
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "Feta keeps for a week.")
    said = ["how long does feta keep?", "how many grams is 1 cup of flour?", "set a timer for 10 minutes"]
    for number, text in enumerate(said, 1):
        served.api.say(ANN, text)
        await served.api.reply(ANN, number)
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "It keeps 999 days.")
    served.api.say(ANN, "how long does ricotta keep?")
    await served.api.reply(ANN, 4)

    async def all_sent() -> bool:
        return (await served.metrics()).get(("souschef_delivery_seconds_count", (("platform", "telegram"),))) == 4

    await until(all_sent)
    samples = await served.metrics()
    assert value(samples, "messages_total", platform="telegram") == 4
    assert value(samples, "reply_seconds_count", platform="telegram") == 4
    assert value(samples, "first_text_seconds_count", platform="telegram") == 4
    assert value(samples, "replies_total", platform="telegram", intent="answer_question_recipe_steps") >= 1
    assert sum(v for (name, _), v in samples.items() if name == "souschef_replies_total") == 4
    assert value(samples, "student_replies_total", student="fake") == 2
    assert value(samples, "student_replies_total", student="code") == 2
    assert [value(samples, "guard_total", outcome=o) for o in ("passed", "changed", "unsupported")] == [1, 1, 0]
    assert value(samples, "stage_seconds_count", stage="retrieval") == 2
    assert value(samples, "platform_connected", platform="telegram") == 1
    assert value(samples, "queue_messages", state="waiting") == 0
    assert value(samples, "workers") == 2
    assert value(samples, "timers_pending") == 1
    assert value(samples, "timers_overdue") == 0
    assert value(samples, "scorings", state="waiting") == 4
    assert value(samples, "database_up") == 1
    assert samples["process_resident_memory_bytes", ()] > 1e6
    await until(lambda: beats(served))


async def beats(served: Served) -> bool:
    return value(await served.metrics(), "event_loop_stall_seconds_count") > 0


async def test_scores_costs_jobs_and_late_timers_come_from_the_database(served: Served) -> None:
    bench = served.bench
    for text in ("hello", "thanks"):
        bench.say(text)
    message = Message("5", "ann", "set a timer for 1 minute", "7", "telegram")
    bench.assistant.reply(message)
    bench.clock.advance(90)
    with bench.store.write() as db:
        for id_, scores in ((1, (1.0, 0.8, None)), (2, (0.5, 0.4, 0.9))):
            row = db.get(ScoringRow, id_)
            assert row is not None
            row.state = "scored"
            for name, score in zip(SCORES, scores, strict=True):
                setattr(row, name, score)
            row.lowest = min(score for score in scores if score is not None)
        db.add(JudgeDayRow(day="2023-11-13", calls=7, usd=0.25))
        db.add(JudgeDayRow(day="2023-11-14", calls=3, usd=0.5))
        now = bench.clock()
        elsewhere = {"host": "another-machine", "folder": "x"}
        db.add(JobRow(kind="retrain", live="live", done=0.25, created=now - 100, beat=now - 40, **elsewhere))
        db.add(JobRow(kind="retrain", state="failed", created=now - 900, beat=now - 800, **elsewhere))
    await served.until_ready()
    samples = await served.metrics()
    assert value(samples, "triad_mean", score="context_relevance") == pytest.approx(0.75)
    assert value(samples, "triad_mean", score="groundedness") == pytest.approx(0.6)
    assert value(samples, "triad_mean", score="answer_relevance") == pytest.approx(0.9)
    assert value(samples, "triad_low_ratio") == 0.5
    assert value(samples, "judge_calls_total") == 10
    assert value(samples, "judge_usd_total") == 0.75
    assert value(samples, "jobs", kind="retrain", state="running") == 1
    assert value(samples, "jobs", kind="retrain", state="failed") == 1
    assert value(samples, "job_done_ratio", kind="retrain") == 0.25
    assert value(samples, "job_silent_seconds", kind="retrain") == pytest.approx(40, abs=1)


async def test_health_and_its_reasons(served: Served, bench: Bench, settings: Settings) -> None:
    await served.until_ready()
    assert (await served.get("/healthz")).json()["lives"] is True
    ready = (await served.get("/readyz")).json()
    assert ready == {"ready": True, "reasons": [], "checks": {"process": True, "database": True, "telegram": True}}
    assert (await served.get("/nowhere")).status_code == 404
    database = settings.paths.data / "souschef.db"
    bench.store.close()
    for file in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        file.unlink(missing_ok=True)
    database.write_bytes(b"this is no database " * 500)

    async def lost() -> bool:
        return (await served.get("/readyz")).status_code == 503

    await until(lost)
    says = (await served.get("/readyz")).json()
    assert says["checks"]["database"] is False
    assert "is damaged" in says["reasons"][0]
    assert (await served.get("/healthz")).status_code == 200

    async def counted() -> bool:
        return value(await served.metrics(), "database_up") == 0

    await until(counted)
    assert value(await served.metrics(), "log_records_total", level="error") >= 0


async def test_a_platform_that_goes_away_makes_it_unready(served: Served) -> None:
    await served.until_ready()
    await served.api.stop()

    async def away() -> bool:
        return (await served.get("/readyz")).status_code == 503

    await until(away)
    says = (await served.get("/readyz")).json()
    assert says["checks"]["telegram"] is False
    assert "Could not fetch messages" in says["reasons"][0]
    assert TOKEN not in json.dumps(says)


async def test_off_by_default_and_a_taken_port_is_one_sentence(
    bench: Bench, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert settings.watch.port == 0
    api = await BotApi().start()
    telegram = TelegramSettings(token=SecretStr(TOKEN), api_url=api.url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        watch = WatchSettings(port=taken.getsockname()[1])
        both = settings.model_copy(update={"watch": watch, "telegram": telegram})
        with pytest.raises(SettingsError, match=r"set watch\.port to a free port"):
            await serving.run(bench.assistant, both, ["telegram"], asyncio.Event())
    await api.stop()


async def test_doctor_tells_of_it(served: Served) -> None:
    async def found(port: int) -> tuple[str, str]:
        settings = served.settings.model_copy(update={"watch": WatchSettings(port=port)})
        return await asyncio.to_thread(doctor._watching, settings)

    await served.until_ready()
    assert await found(served.port) == ("ok", f"http://127.0.0.1:{served.port}/metrics, ready")
    state, says = await found(free_port())
    assert state == "ok"
    assert "nothing answers there now" in says
    assert (await found(0))[1].startswith("off")
    somebody_else = int(served.api.url.rpartition(":")[2].partition("/")[0])
    assert (await found(somebody_else))[0] == "problem"


def test_a_loop_that_stands_still_is_found_dead(bench: Bench, settings: Settings) -> None:
    from bot.host import Host

    now = [100.0]
    readiness = Readiness(Host(bench.assistant, settings), object(), lambda: 100.0, lambda: now[0])
    assert readiness.lives()[0]
    now[0] += STILL_S + 1
    lives, says = readiness.lives()
    assert not lives
    assert "stood still for 31 seconds" in says["reasons"][0]


def test_the_kitchen_says_what_is_not_open(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    kitchen = Kitchen(settings)
    assert set(kitchen.opened()) == {"index", "student", "guard"}
    assert kitchen.opened()["student"] == "The student is not open yet."
    settings.paths.data.mkdir(parents=True)
    (settings.paths.data / "index").write_text("in the way")
    monkeypatch.setenv("SOUSCHEF_STUDENT__VERSION", "none")
    kitchen.warm_up()
    for _ in range(600):
        if not kitchen.opened()["guard"] and "cannot be opened" in kitchen.opened()["index"]:
            break
        time.sleep(0.05)
    opened = kitchen.opened()
    assert opened["guard"] == opened["student"] == ""
    assert "cannot be opened" in opened["index"]
    kitchen.close()
