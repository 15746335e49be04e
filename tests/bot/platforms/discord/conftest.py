"""A local Discord with a bot in it: the real discord.py, the real host and store, a stand-in student."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.platforms import serving
from bot.settings import Settings, load_settings
from bot.store import Store
from tests.bot.platforms.discord.local import LocalDiscord, Person
from tests.conftest import FakeGuard, FakePantry, FakeStudent


@dataclass
class Town:
    """A local Discord, people, a server with a channel, and a bot that can be started, stopped and started again.

    Attributes:
        errors: What ended the bot by itself.
    """

    discord: LocalDiscord
    settings: Settings
    store: Store
    assistant: Assistant
    student: FakeStudent
    anna: Person
    ben: Person
    guild: dict[str, Any]
    channel: dict[str, Any]
    task: asyncio.Task[None] | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Start the bot and wait until it is connected."""
        self.stop = asyncio.Event()
        self.discord.rest.commands = []
        self.task = asyncio.create_task(serving.run(self.assistant, self.settings, ["discord"], self.stop))
        ready = asyncio.ensure_future(self.discord.ready())
        await asyncio.wait([ready, self.task], return_when=asyncio.FIRST_COMPLETED)
        if self.task.done():
            ready.cancel()
            ended, self.task = self.task, None
            ended.result()
        await ready

    async def end(self) -> None:
        """Stop it cleanly, as SIGTERM does."""
        if self.task is not None:
            self.stop.set()
            task, self.task = self.task, None
            await task

    def turns(self) -> list[str]:
        """Every utterance that was logged, in order."""
        from sqlalchemy import select

        from bot.store import TurnRow

        with self.store.read() as db:
            return list(db.scalars(select(TurnRow.utterance).order_by(TurnRow.id)))


TownMaker = Callable[..., Awaitable[Town]]


@pytest.fixture
async def make_town(monkeypatch: pytest.MonkeyPatch, data_dir: Any) -> AsyncIterator[TownMaker]:
    """Makes a town; settings by their environment names. The bot in it is not started."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(**environment: str) -> Town:
            local = await stack.enter_async_context(LocalDiscord())
            for key, value in {**local.settings(), "BOTS__PER_MINUTE": "0", **environment}.items():
                monkeypatch.setenv(f"SOUSCHEF_{key}", value)
            settings = load_settings()
            store = Store(settings.database_url())
            stack.callback(store.close)
            student = FakeStudent()
            answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard)
            assistant = Assistant(settings, store, FakePantry(), answerer)
            anna, ben = local.person("Anna"), local.person("Ben")
            guild = local.world.add_guild("Kitchen", anna.user)
            channel = local.world.add_channel(guild, "general")
            town = Town(local, settings, store, assistant, student, anna, ben, guild, channel)
            stack.push_async_callback(town.end)
            return town

        yield make


@pytest.fixture
async def town(make_town: TownMaker) -> Town:
    """A town with the bot started."""
    made = await make_town()
    await made.start()
    return made
