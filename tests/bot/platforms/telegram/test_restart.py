"""kill -9 and start again: every message is answered once, in order. And a webhook instead of polling."""

import asyncio
import json
import os
import random
import signal
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.deliveries import SENT, Deliveries
from bot.host import Host
from bot.messages import Message
from bot.platforms.telegram.address import Address
from bot.platforms.telegram.whereabouts import UNSURE
from bot.settings import Settings
from bot.store import Store
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi, Fault
from tests.bot.platforms.telegram.conftest import Kitchen
from tests.conftest import SHAKSHUKA

ROOT = Path(__file__).parents[4]
ANN = 501


class Process:
    """The bot in a process that can be killed."""

    def __init__(self, api: BotApi, seconds: float = 0.0, gate: Path | None = None) -> None:
        self._arguments = [api.url, str(seconds), *([str(gate)] if gate else [])]
        self.process: asyncio.subprocess.Process

    async def __aenter__(self) -> "Process":
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bot.platforms.telegram.served", *self._arguments, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "SOUSCHEF_TELEGRAM__TOKEN": TOKEN,
                 "SOUSCHEF_BOTS__ADMINS": f'["telegram:{ANN}"]'},
        )  # fmt: skip
        return self

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def __aexit__(self, *_: object) -> None:
        if self.process.returncode is None:
            await self.kill()


async def test_killed_between_receiving_and_answering(api: BotApi, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    async with Process(api, gate=gate) as bot:
        for text in ("test shakshuka", "next", "next"):
            api.say(ANN, text)
        await api.until(lambda: api.confirmed > 1003)  # Telegram will not bring them again
        assert api.replies(ANN) == []
        await bot.kill()
    gate.unlink()
    async with Process(api) as bot:
        await api.until(lambda: len(api.replies(ANN)) == 3)
        api.say(ANN, "where am I?")
        await api.reply(ANN, 4)
        bot.process.terminate()
        assert await asyncio.wait_for(bot.process.wait(), 20) == 0
    texts = api.texts(ANN)
    assert "Shakshuka: " in texts[0]
    assert [step in text for step, text in zip(SHAKSHUKA.steps, texts[1:3], strict=False)] == [True, True], texts
    assert "step 2" in api.texts(ANN)[3].lower()


async def test_killed_before_a_file_and_commands_were_answered(api: BotApi, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    async with Process(api, gate=gate) as bot:
        for text in ("test shakshuka", "/export", "/scores", "/rollback", "next"):
            api.say(ANN, text)
        await api.until(lambda: api.confirmed > 1005)  # Telegram will not bring them again
        assert api.replies(ANN) == []
        await bot.kill()
    gate.unlink()
    async with Process(api):
        await api.until(lambda: len(api.replies(ANN)) == 5, 120)
        api.say(ANN, "/export")
        await api.until(lambda: len(api.replies(ANN)) == 6)
    file = json.loads(api.replies(ANN)[1].document)
    assert next(turn["text"] for row in file.values() for turn in row["turns"]) == "test shakshuka"
    assert "repl" in api.texts(ANN)[2]
    assert "student" in api.texts(ANN)[3]
    assert SHAKSHUKA.steps[0] in api.texts(ANN)[4]
    assert b"/scores" not in api.replies(ANN)[5].document  # no part of the conversation


async def test_what_was_received_and_not_seen_to_is_seen_to_in_order(kitchen: Kitchen, api: BotApi) -> None:
    host = Host(kitchen.bench.assistant, kitchen.settings({"admins": (f"telegram:{ANN}",)}))
    await host.start()
    for text in ("test shakshuka", "/export", "/scores", "/rollback", "next"):
        id_ = api._next_id(ANN)
        await host.receive(Message(str(ANN), str(ANN), text, str(id_), "telegram"))
    await host.stop()
    running = await kitchen.start({"admins": (f"telegram:{ANN}",)})
    await api.until(lambda: len(api.replies(ANN)) == 5)
    file = json.loads(api.replies(ANN)[1].document)
    assert next(turn["text"] for row in file.values() for turn in row["turns"]) == "test shakshuka"
    assert "repl" in api.texts(ANN)[2]
    assert "student" in api.texts(ANN)[3]
    assert SHAKSHUKA.steps[0] in api.texts(ANN)[4]
    await api.until(lambda: not running.bot._chains)
    assert await running.host.unsent("telegram") == []


@pytest.mark.parametrize("between", [0, 20])
async def test_killed_after_sending_and_before_noting_it(api: BotApi, between: int) -> None:
    """The answer to sendMessage never arrives: whether the message did, only looking can tell. Other chats have taken
    numbers in between, of which the killed process has not heard.
    """
    api.say(ANN, "hello")
    api.say(888, "hello")

    def lost(data: dict[str, Any]) -> bool:
        if data["chat_id"] == ANN:
            for _ in range(between):
                api._next_id(999)
        return bool(data["chat_id"] == ANN)

    api.faults.append(Fault("sendMessage", "drop after", 1, if_=lost))
    async with Process(api) as bot:
        await api.until(lambda: api.replies(ANN))
        await bot.kill()
    async with Process(api):
        api.say(ANN, "thanks")
        await api.until(lambda: len(api.replies(ANN)) == 2 and api.replies(888))
    assert "Hello" in api.texts(ANN)[0]
    assert "welcome" in api.texts(ANN)[1]
    assert len(api.replies(888)) == 1


async def test_a_number_that_another_reply_saw_is_no_reason_not_to_look_there(api: BotApi, settings: Settings) -> None:
    """The killed process knew the number of the first reply in memory only, and noted it as the highest when it began
    the second.
    """
    api.say(ANN, "hello")
    api.faults.append(Fault("sendMessage", "drop after", 1, if_=lambda data: data["chat_id"] == ANN))
    async with Process(api) as bot:
        await api.until(lambda: api.replies(ANN))
        await bot.kill()
    store = Store(settings.database_url())
    turn = store.receive(store.chat("telegram:888", "telegram", "telegram:888"), "9000", "telegram:888", "hello")
    Deliveries(store).mark(turn.id, SENT, (f"{UNSURE}{api.replies(ANN)[0].id}",))
    store.close()
    async with Process(api):
        api.say(ANN, "thanks")
        await api.until(lambda: len(api.replies(ANN)) == 2)
    assert "Hello" in api.texts(ANN)[0]
    assert "welcome" in api.texts(ANN)[1]


async def test_a_message_that_arrived_though_the_answer_did_not(kitchen: Kitchen, api: BotApi) -> None:
    running = await kitchen.start()
    for chat in range(601, 605):
        api.say(chat, "hello")
    api.supergroup(-1_000_000_000_123)
    api.say(-1_000_000_000_123, "@souschef_bot hello", user=ANN)
    fault = Fault("sendMessage", "drop after", 5)
    api.faults.append(fault)
    await api.until(lambda: fault.times == 0 and not running.bot._chains)
    assert [len(api.replies(chat)) for chat in (*range(601, 605), -1_000_000_000_123)] == [1] * 5


async def test_killed_again_and_again_in_the_middle_of_a_crowd(api: BotApi) -> None:
    chance = random.Random(1)
    chats, turns = range(601, 607), 6
    for _ in range(turns):
        for chat in chats:
            api.say(
                chat, "make it for 3" if chance.random() < 0.3 else f"set a timer for {chance.randint(2, 40)} hours"
            )

    def answered() -> int:
        return sum(len(api.replies(chat)) for chat in chats)

    for share in (0.2, 0.6):
        async with Process(api, 0.01) as bot:
            await api.until(lambda: answered() >= share * turns * len(chats), 60)  # noqa: B023
            await asyncio.sleep(chance.random() * 0.1)
            await bot.kill()
    async with Process(api):
        await api.until(lambda: answered() >= turns * len(chats), 60)
        for chat in chats:
            api.say(chat, "thanks")
        await api.until(lambda: all("welcome" in api.texts(chat)[-1] for chat in chats))
    for chat in chats:
        said = [shown for _, shown in sorted(api.chats[chat].items()) if not shown.by_bot]
        replies = api.texts(chat)
        assert len(replies) == turns + 1
        for cook, text in zip(said[:turns], replies[:turns], strict=True):
            expected = "There is no recipe" if "make" in cook.text else cook.text.removeprefix("set a timer for ")
            assert expected in text


async def test_a_webhook(kitchen: Kitchen, api: BotApi, unused_tcp_port: int, data_dir: Path) -> None:
    api.webhook_port = unused_tcp_port
    options: dict[str, Any] = {
        "webhook_url": "https://kitchen.example/telegram/hook",
        "webhook_secret": SecretStr("only-telegram-knows"),
        "webhook_port": unused_tcp_port,
    }
    running = await kitchen.start(**options)
    for text in ("test shakshuka", "next", "next"):
        api.say(ANN, text)
    await api.until(lambda: len(api.replies(ANN)) == 3)
    assert api.webhook["secret_token"] == "only-telegram-knows"
    assert api.webhook["max_connections"] == 1
    assert SHAKSHUKA.steps[1] in api.texts(ANN)[2]
    url = f"http://127.0.0.1:{unused_tcp_port}/telegram/hook"
    update = {"update_id": 1, "message": api._message(99, 777, 777, "hello")}
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"X-Telegram-Bot-Api-Secret-Token": "guess"}):
            async with session.post(url, json=update, headers=headers) as response:
                assert response.status == 403
    assert api.replies(777) == []
    await running.stop()
    api.say(ANN, "next")  # while the bot is down; Telegram tries until it is taken
    await kitchen.start(**options)
    assert SHAKSHUKA.steps[2] in (await api.reply(ANN, 4)).text
    assert [method for _, method, _ in api.calls].count("getUpdates") == 0


def test_addresses() -> None:
    for text in ("5", "-1001", "-1001/7", "-1001:5", "-1001/7:5"):
        assert str(Address.parse(text)) == str(Address.parse(f"telegram:{text}")) == text
    for text in ("", "x", "5:", "discord:5", TOKEN):
        with pytest.raises(ValueError, match="no Telegram chat"):
            Address.parse(text)
