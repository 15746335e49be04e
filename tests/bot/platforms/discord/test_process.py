"""The bot as a process: kill -9 at the worst moments loses and doubles nothing; SIGTERM ends it cleanly."""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bot.cli import main
from tests.bot.platforms.discord.local import LocalDiscord, Person, visible

ROOT = Path(__file__).resolve().parents[4]
STEPS = ("test shakshuka", "next", "next", "next", "next", "next", "back", "back")


class Forker:
    """Starts bots quickly (see :mod:`process`)."""

    def __init__(self) -> None:
        command = [sys.executable, "-W", "ignore", "-m", "tests.bot.platforms.discord.process"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)

    async def order(self, **order: Any) -> int:
        return await asyncio.to_thread(self._order, order)

    def _order(self, order: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    made = Forker()
    yield made
    made.close()


@dataclass
class Bot:
    """A bot that is started, killed and started again."""

    forker: Forker
    discord: LocalDiscord
    data: Path
    slow_s: float = 0.0
    pid: int = 0
    more: dict[str, str] = field(default_factory=dict)

    async def start(self) -> None:
        self.discord.rest.commands = []
        await self.launch()
        await self.discord.ready()

    async def launch(self) -> None:
        env = {f"SOUSCHEF_{key}": value for key, value in self.discord.settings().items()}
        env |= {"SOUSCHEF_PATHS__DATA": str(self.data), "SOUSCHEF_BOTS__PER_MINUTE": "0", "SLOW_S": str(self.slow_s)}
        self.pid = await self.forker.order(env=env | self.more, stderr=str(self._log))

    def signal(self, number: int = signal.SIGKILL) -> None:
        assert self.pid > 0  # 0 would be ourselves
        os.kill(self.pid, number)

    async def gone(self) -> int:
        """Wait for its end; its exit status."""
        status = await self.forker.order(wait=self.pid)
        self.pid = 0
        return status

    def wrote(self) -> str:
        return self._log.read_text(encoding="utf-8")

    @property
    def _log(self) -> Path:
        return self.data.parent / "stderr.txt"

    def logged(self) -> int:
        """Messages that were received and not answered."""
        with sqlite3.connect(f"file:{self.data / 'souschef.db'}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM turns WHERE answered IS NULL").fetchone()[0])


@asynccontextmanager
async def running(forker: Forker, data: Path, slow_s: float) -> AsyncIterator[tuple[LocalDiscord, Bot, Person]]:
    async with LocalDiscord() as local:
        bot = Bot(forker, local, data, slow_s)
        anna = local.person("Anna")
        try:
            await bot.start()
            yield local, bot, anna
        finally:
            if bot.pid:
                bot.signal()
                await bot.gone()


async def test_killed_at_the_worst_moments_nothing_is_lost_or_doubled(forker: Forker, data_dir: Path) -> None:
    async with running(forker, data_dir, 0.3) as (local, bot, anna):
        asked: list[dict[str, Any]] = [await anna.says(anna.dm, STEPS[0])]
        await local.until(lambda: local.replied(asked[0]))

        async def revive() -> None:
            await bot.gone()
            await bot.start()
            for message in asked:
                await local.until(lambda message=message: local.replied(message))

        # Received, not answered: two messages are logged, none of them is answered.
        asked += [await anna.says(anna.dm, STEPS[1]), await anna.says(anna.dm, STEPS[2])]
        await local.until(lambda: bot.logged() == 2)
        bot.signal()
        await revive()
        # Answered, and its sending was begun: the request does not arrive.
        local.trouble.fail("POST", "/messages", cut="before", then=bot.signal)
        asked.append(await anna.says(anna.dm, STEPS[3]))
        await revive()
        # The answer is there, and the bot does not know it yet.
        local.trouble.fail("POST", "/messages", cut="after", then=bot.signal)
        asked.append(await anna.says(anna.dm, STEPS[4]))
        await revive()
        # The same, and the bot is away for so long that Discord has forgotten the nonce.
        local.trouble.fail("POST", "/messages", cut="after", then=bot.signal)
        asked.append(await anna.says(anna.dm, STEPS[5]))
        await bot.gone()
        local.world.nonces.clear()
        await bot.start()
        await local.until(lambda: bot.logged() == 0)
        # Not even received.
        bot.signal()
        asked.append(await anna.says(anna.dm, STEPS[6]))
        await revive()
        asked.append(await anna.says(anna.dm, STEPS[7]))
        await local.until(lambda: local.replied(asked[-1]))

        assert [len(local.answers(message)) for message in asked] == [1] * len(asked)
        assert len(local.said(anna.dm)) == len(asked)
        ids = [int(local.answers(message)[0]["id"]) for message in asked]
        assert ids == sorted(ids)
        # Every step was made once: five on, two back.
        shown = visible(local.answers(asked[5])[0])
        assert "Crumble the feta" in shown
        assert "Add the tomatoes" in visible(local.answers(asked[-1])[0])


async def test_killed_between_a_command_and_its_answer(forker: Forker, data_dir: Path) -> None:
    async with running(forker, data_dir, 0.5) as (local, bot, anna):
        command = await anna.slash(anna.dm, "cook", dish="Test Shakshuka")
        await local.until(lambda: command["acknowledged"] and bot.logged() == 1)
        bot.signal()
        await bot.gone()
        await bot.start()
        await local.until(lambda: local.said(anna.dm))
        await anna.asks(anna.dm, "where am I?")
        assert sum("serves 2" in visible(m) for m in local.said(anna.dm)) == 1


async def test_sigterm_ends_it_cleanly_and_what_waits_is_answered_later(forker: Forker, data_dir: Path) -> None:
    async with running(forker, data_dir, 0.4) as (local, bot, anna):
        asked = [await anna.says(anna.dm, text) for text in STEPS[:4]]
        await local.until(lambda: local.replied(asked[0]))
        bot.signal(signal.SIGTERM)
        assert await bot.gone() == 0, bot.wrote()
        assert "Traceback" not in bot.wrote()
        assert not local.gateway.live
        assert len(local.said(anna.dm)) < len(asked)
        await bot.start()
        for message in asked:
            await local.until(lambda message=message: local.replied(message))
        assert [len(local.answers(message)) for message in asked] == [1] * len(asked)


@pytest.mark.parametrize(("token", "says"), [("", "needs a bot token"), ("abc", "malformed")])
def test_a_token_that_is_none_ends_with_status_2(
    token: str, says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUSCHEF_DISCORD__TOKEN", token)
    assert main(["discord"]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
