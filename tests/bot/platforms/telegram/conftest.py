"""A local Telegram with the bot in it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.admin import Admin
from bot.host import Host
from bot.platforms.telegram.app import TelegramBot
from bot.platforms.telegram.limiter import Limiter, Pace
from bot.settings import BotsSettings, Settings, TelegramSettings
from model.vocabulary import Act
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi
from tests.bot.platforms.telegram.people import Shown
from tests.conftest import SHAKSHUKA, Bench, FakePantry

STREAMED = "Heat the olive oil in a wide pan. Crumble the feta over the onion and serve."
SHOWN = f"{STREAMED}\n\nStep 1 of 2"
TWO_SENTENCES = replace(SHAKSHUKA, url="x:pie", title="Test Pie", steps=(STREAMED, "Serve."))
FAST = Pace(1000.0, 1000)


@pytest_asyncio.fixture
async def api() -> AsyncIterator[BotApi]:
    api = await BotApi().start()
    yield api
    await api.stop()


class Running:
    """The bot, running in the loop of the test."""

    def __init__(self, bench: Bench, settings: Settings, limiter: Limiter | None) -> None:
        self.stop_event = asyncio.Event()
        self.host = Host(bench.assistant, settings)
        self.admin = Admin(self.host)
        self.bot = TelegramBot(self.host, self.admin, settings, self.stop_event, limiter)
        self.task: asyncio.Task[None]

    async def start(self) -> "Running":
        await self.host.start()
        self.task = asyncio.create_task(self.bot.run())
        return self

    async def stop(self) -> None:
        self.stop_event.set()
        await self.host.stop(10)
        await asyncio.wait_for(self.task, 20)


class Kitchen:
    """Starts bots and stops what it started."""

    def __init__(self, bench: Bench, settings: Settings, api: BotApi) -> None:
        self.bench, self.api = bench, api
        self._settings = settings
        self._running: list[Running] = []

    def settings(self, bots: dict[str, Any] | None = None, **telegram: Any) -> Settings:
        return self._settings.model_copy(
            update={
                "bots": BotsSettings(**({"per_minute": 0, "per_day": 0} | (bots or {}))),
                "telegram": TelegramSettings(token=SecretStr(TOKEN), api_url=self.api.url, **telegram),
            }
        )

    async def start(
        self, bots: dict[str, Any] | None = None, limiter: Limiter | None = None, **telegram: Any
    ) -> Running:
        limiter = limiter or Limiter(FAST, FAST, FAST)
        running = await Running(self.bench, self.settings(bots, **telegram), limiter).start()
        self._running.append(running)
        return running

    async def close(self) -> None:
        for running in self._running:
            if not running.task.done():
                await running.stop()


@pytest_asyncio.fixture
async def kitchen(bench: Bench, settings: Settings, api: BotApi) -> AsyncIterator[Kitchen]:
    kitchen = Kitchen(bench, settings, api)
    yield kitchen
    await kitchen.close()


async def three_are_told_their_place(api: BotApi, slow: Any) -> None:
    """Three cooks write while everybody is at work until ``slow.gate`` opens."""
    for chat in (601, 602, 603):
        api.say(chat, "hello")
        await api.until(lambda: api.replies(chat))  # noqa: B023
    assert [api.texts(chat)[0] for chat in (601, 602, 603)] == [
        f"⏳ I am busy: you are {place} in line." for place in ("next", "second", "third")
    ]
    slow.gate.set()
    for chat in (601, 602, 603):
        assert "Hello" in (await api.reply(chat, 1)).text
        assert len(api.replies(chat)) == 1


async def until_it_streams(kitchen: Kitchen, api: BotApi, slow: Any, chat: int) -> Shown:
    """Bring the bot to where the first of two sentences is shown and the second is held back."""
    kitchen.bench.assistant.pantry = FakePantry((TWO_SENTENCES,))
    slow.gate.set()
    api.say(chat, "test pie")
    await api.reply(chat, 1)
    slow.gate.clear()
    kitchen.bench.student.act = Act("misc", "misc", (), STREAMED)
    api.say(chat, "next")
    shown: Shown = await api.until(lambda: len(api.replies(chat)) == 2 and api.replies(chat)[1])
    return shown


@pytest.fixture
def slow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A student that can be held while it speaks."""
    import threading

    class Slow:
        gate = threading.Event()
        spoken = 0

    reply = bench.student.reply

    def held(situation: Any, constraints: Any = None, on_text: Any = None) -> Any:
        def listen(piece: str) -> None:
            if on_text is not None:
                on_text(piece)
            Slow.spoken += 1
            if piece.rstrip().endswith("."):
                assert Slow.gate.wait(20)

        return reply(situation, constraints, listen)

    monkeypatch.setattr(bench.student, "reply", held)
    return Slow
