"""What goes wrong between us and Telegram, and what must not come of it: nothing lost, nothing twice, no traceback."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot import redact
from bot.cli import main
from bot.errors import SettingsError
from bot.platforms.telegram import missing
from bot.platforms.telegram.checkup import check
from bot.platforms.telegram.limiter import Limiter
from bot.settings import Settings, TelegramSettings
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi, Fault
from tests.bot.platforms.telegram.conftest import SHOWN, Kitchen, until_it_streams
from tests.conftest import SHAKSHUKA

ANN = 501


@pytest.mark.parametrize("what", ["429", "500", "502", "drop", "garbage"])
@pytest.mark.parametrize("method", ["getMe", "getUpdates", "sendMessage", "setMyCommands", "answerCallbackQuery"])
async def test_trouble_passes_and_nothing_is_lost(kitchen: Kitchen, api: BotApi, what: str, method: str) -> None:
    api.faults.append(Fault(method, what, times=1))
    api.say(ANN, "test shakshuka")
    await kitchen.start()
    opened = await api.reply(ANN, 1)
    query = api.press(opened, "▶")
    await api.reply(ANN, 2)
    await api.until(lambda: query in api.answered)
    assert len(api.replies(ANN)) == 2
    assert api.faults[0].times == 0


@pytest.mark.parametrize("what", ["429", "502", "drop", "drop after"])
async def test_trouble_while_editing(kitchen: Kitchen, api: BotApi, slow: Any, what: str) -> None:
    await kitchen.start()
    fault = Fault("editMessageText", what, times=2)
    api.faults.append(fault)
    await until_it_streams(kitchen, api, slow, ANN)
    slow.gate.set()
    await api.reply(ANN, 2)
    assert api.texts(ANN)[1] == SHOWN
    await api.until(lambda: fault.times == 0)
    assert len(api.replies(ANN)) == 2


async def test_a_message_that_vanished_is_sent_anew(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    await kitchen.start()
    begun = await until_it_streams(kitchen, api, slow, ANN)
    del api.chats[ANN][begun.id]
    slow.gate.set()
    shown = await api.reply(ANN, 2)
    assert shown.id != begun.id
    assert shown.text == SHOWN


async def test_updates_twice_out_of_order_and_broken(kitchen: Kitchen, api: BotApi) -> None:
    updates = [
        {"update_id": 500 + n, "message": api._message(n, ANN, ANN, text)}
        for n, text in enumerate(("test shakshuka", "next", "next", "next"), 1)
    ]
    api.chats[ANN] = {}
    broken = [
        {"update_id": 505, "message": {"message_id": 5}},
        {"update_id": 506, "message": "what"},
        {"update_id": 507, "callback_query": {"id": "x"}},
        {"no_id": 1},
        "nonsense",
        {"update_id": 508, "poll_from_the_future": {"x": [1]}},
        {"update_id": 509, "message": api._message(9, ANN, ANN, "next") | {"entities": "all of it"}},
        {"update_id": 510, "message": api._message(10, ANN, ANN, "hi") | {"from": {"id": "nobody"}}},
    ]
    first, second, third, fourth = updates
    api.repeat(third, first, *broken, fourth, second, first)
    await kitchen.start()
    await api.until(lambda: len(api.replies(ANN)) == 4)
    api.again(*updates, *broken)
    api.say(ANN, "where am I?")
    await api.until(lambda: len(api.replies(ANN)) == 5)
    texts = api.texts(ANN)
    expected = ("Test Shakshuka: ", *SHAKSHUKA.steps[:3])
    assert [part in text for part, text in zip(expected, texts, strict=False)] == [True] * 4
    assert "step 3" in texts[4].lower()
    assert len(api.replies(ANN)) == 5


async def test_the_same_message_under_another_update_gives_nothing_new(kitchen: Kitchen, api: BotApi) -> None:
    running = await kitchen.start()
    message = api._message(1, ANN, ANN, "hello")
    api.chats[ANN] = {}
    for _ in range(3):
        api.push({"message": message})
    await api.until(lambda: len(api.replies(ANN)) == 1)
    await running.stop()
    await kitchen.start()  # what it had in memory is gone
    api.push({"message": message})
    api.push({"message": message | {"message_id": 2, "text": "thanks"}})
    await api.until(lambda: len(api.replies(ANN)) == 2)
    assert "Hello" in api.texts(ANN)[0]
    assert "welcome" in api.texts(ANN)[1]


async def test_a_flood_of_a_cook_is_refused_once_politely(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start(bots={"per_minute": 3})
    for _ in range(20):
        api.say(ANN, "hello")
    api.say(777, "hello")
    await api.reply(777, 1)
    await api.until(lambda: len(api.replies(ANN)) == 4)
    refused = [text for text in api.texts(ANN) if "messages in a minute" in text]
    assert len(refused) == 1
    opened = await api.until(lambda: next((r for r in api.replies(ANN) if r.buttons), None))
    query = api.press(opened, "👍")
    await api.until(lambda: query in api.answered)


async def test_a_full_house_says_so(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    await kitchen.start(bots={"workers": 1, "queue": 1})
    for chat in (601, 602, 603):
        api.say(chat, "what do you think of this?")
    await api.until(lambda: [c for c in (601, 602, 603) if "hands full" in str(api.texts(c))])
    slow.gate.set()


async def test_within_telegrams_limits_and_through_its_429(bench: Any, settings: Settings) -> None:
    api = await BotApi(strict=True).start()
    kitchen = Kitchen(bench, settings, api)
    try:
        await kitchen.start(limiter=Limiter())
        for chat in (701, 702):
            for _ in range(5):
                api.say(chat, "hello")
        await api.until(lambda: all(len(api.replies(c)) == 5 for c in (701, 702)))
        assert api.refused == 0
        times = [r.at for r in api.replies(701)]
        assert times[4] - times[0] > 1.5  # three at once, then one a second
    finally:
        await kitchen.close()
        await api.stop()


async def test_telegrams_429_holds_and_loses_nothing(bench: Any, settings: Settings) -> None:
    api = await BotApi(strict=True).start()
    kitchen = Kitchen(bench, settings, api)
    try:
        await kitchen.start()  # no pace of its own: it runs into every limit
        for _ in range(7):
            api.say(701, "hello")
        await api.until(lambda: len(api.replies(701)) == 7)
        assert api.refused > 0
        assert all("Hello" in text for text in api.texts(701))
    finally:
        await kitchen.close()
        await api.stop()


async def test_a_cook_who_blocked_the_bot_holds_up_nobody(kitchen: Kitchen, api: BotApi) -> None:
    running = await kitchen.start()
    api.blocked.add(ANN)
    api.say(ANN, "hello")
    api.say(777, "hello")
    await api.reply(777, 1)
    await api.until(lambda: not running.bot._chains)
    assert await running.host.unsent("telegram") == []


async def test_a_group_that_moved(kitchen: Kitchen, api: BotApi) -> None:
    await kitchen.start()
    api.supergroup(-1002)
    api.types[-77] = {"id": -77, "type": "group", "title": "old", "moved": -1002}
    api.say(-77, "@souschef_bot hello", user=ANN)
    await api.until(lambda: api.replies(-1002))
    assert "Hello" in api.texts(-1002)[0]


async def test_html_that_telegram_cannot_read_is_sent_plain(kitchen: Kitchen, api: BotApi) -> None:
    from bot.platforms.telegram.address import Address

    running = await kitchen.start()
    api.chats[ANN] = {}
    await running.bot.sender.send(Address(ANN), "<b>half &amp; <i>half</b>")
    assert api.texts(ANN) == ["half & half"]


async def test_an_error_of_ours_is_a_sentence_for_the_cook(
    kitchen: Kitchen, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = await kitchen.start()
    reply = kitchen.bench.assistant.reply

    def broken(*arguments: Any) -> Any:
        if broken.times:  # type: ignore[attr-defined]
            broken.times -= 1  # type: ignore[attr-defined]
            raise RuntimeError(f"secret {TOKEN}")
        return reply(*arguments)

    broken.times = 1  # type: ignore[attr-defined]
    monkeypatch.setattr(kitchen.bench.assistant, "reply", broken)
    api.say(ANN, "hello")
    await api.until(lambda: api.replies(ANN))
    assert "Something unexpected happened (RuntimeError" in api.texts(ANN)[0]
    assert "Planted" not in api.texts(ANN)[0]
    api.say(ANN, "hello again")
    await api.reply(ANN, 2)
    await api.until(lambda: not running.bot._chains)
    assert len(await running.host.unsent("telegram")) == 1  # the answer is still owed


async def test_stopping_sends_what_is_being_said(kitchen: Kitchen, api: BotApi, slow: Any) -> None:
    running = await kitchen.start(bots={"workers": 1})
    api.say(ANN, "what do you think of this?")
    await api.until(lambda: slow.spoken)
    api.say(777, "hello")
    await api.until(lambda: len(running.bot._chains) == 2)
    stopping = asyncio.create_task(running.stop())
    await asyncio.sleep(0)
    slow.gate.set()
    await stopping
    assert (await api.reply(ANN, 1)).text
    assert api.replies(777) == []
    assert not api._pending  # what was taken in is confirmed
    await kitchen.start()
    assert "Hello" in (await api.reply(777, 1)).text
    assert len(api.replies(ANN)) == 1


def test_what_is_missing(settings: Settings) -> None:
    def of(**values: Any) -> str:
        return missing(settings.model_copy(update={"telegram": TelegramSettings(**values)}))

    assert "@BotFather" in of()
    assert "does not look like one" in of(token=SecretStr("123"))
    assert of(token=SecretStr(TOKEN)) == ""
    assert "https://" in of(token=SecretStr(TOKEN), webhook_url="http://x.y/z")
    assert "needs a secret" in of(token=SecretStr(TOKEN), webhook_url="https://x.y/z")
    assert of(token=SecretStr(TOKEN), webhook_url="https://x.y/z", webhook_secret=SecretStr("abc")) == ""


@pytest.mark.parametrize(("command", "says"), [("telegram", "@BotFather"), ("serve", "No platform has a token")])
def test_without_a_token_one_sentence_and_status_2(command: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command]) == 2
    printed = capsys.readouterr().err
    assert says in printed
    assert printed.count("\n") == 1


async def test_the_doctor(settings: Settings, api: BotApi, kitchen: Kitchen) -> None:
    assert check(settings)[0] == "ok"
    assert "/newbot" in check(settings)[1]
    good = kitchen.settings()
    assert "--online" in check(good)[1]
    state, says = await asyncio.to_thread(check, good, True)
    assert (state, "@souschef_bot" in says) == ("ok", True)
    wrong = good.model_copy(update={"telegram": good.telegram.model_copy(update={"token": SecretStr("1" + TOKEN)})})
    state, says = await asyncio.to_thread(check, wrong, True)
    assert (state, "does not accept" in says) == ("problem", True)
    away = good.model_copy(update={"telegram": good.telegram.model_copy(update={"api_url": "http://127.0.0.1:1"})})
    state, says = await asyncio.to_thread(check, away, True)
    assert (state, "cannot be reached" in says) == ("problem", True)


async def test_a_wrong_token_is_one_sentence(kitchen: Kitchen, api: BotApi) -> None:
    running = await kitchen.start()
    await running.stop()
    wrong = SecretStr("123456789:BBPlantedTokenPlantedTokenPlanted0x")
    settings = running.host.settings
    telegram = settings.telegram.model_copy(update={"token": wrong})
    from tests.bot.platforms.telegram.conftest import Running

    again = await Running(kitchen.bench, settings.model_copy(update={"telegram": telegram}), None).start()
    with pytest.raises(SettingsError, match="does not accept the token") as caught:
        await again.task
    assert "Planted" not in str(caught.value)


async def test_the_token_is_nowhere(
    kitchen: Kitchen, api: BotApi, data_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    factory = logging.getLogRecordFactory()
    redact.install(kitchen.settings())
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "telegram"):
        caplog.set_level(logging.DEBUG, name)
    try:
        api.faults += [Fault("sendMessage", "drop", 1), Fault("getUpdates", "502", 1), Fault("sendMessage", "500", 1)]
        running = await kitchen.start(bots={"admins": (f"telegram:{ANN}",)})
        for text in ("hello", "/scores", "/export", "/nonsense", "next"):
            api.say(ANN, text)
        await api.until(lambda: len(api.replies(ANN)) == 5)
        await running.stop()
    finally:
        logging.setLogRecordFactory(factory)
    secret = TOKEN.partition(":")[2]
    assert len(caplog.records) > 50
    assert "getUpdates" in caplog.text
    assert secret not in caplog.text
    assert secret not in str(api.texts(ANN))
    assert secret.encode() not in b"".join(path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
