"""The asyncio side: order, fairness, limits, exactly once, timers, stopping."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
import pytest_asyncio

from bot.actions.timers import Ring, overdue
from bot.host import Busy, Host, Limited
from bot.messages import Message
from bot.settings import BotsSettings, Settings
from tests.conftest import Bench


def message(chat: str, text: str, id_: str, user: str = "") -> Message:
    return Message(chat, user or chat, text, id_, "telegram")


def with_bots(settings: Settings, **values: Any) -> Settings:
    return settings.model_copy(update={"bots": BotsSettings(**values)})


async def until(true: Callable[[], Any], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not true():
            await asyncio.sleep(0.005)


class Gate:
    """Holds replies back until it is opened; notes what began."""

    def __init__(self, bench: Bench) -> None:
        self.opened, self.began = threading.Event(), []  # type: ignore[var-annotated]
        reply = bench.assistant.reply

        def held(message: Message, on_text: Any = None) -> Any:
            self.began.append((message.chat, message.text))
            assert self.opened.wait(20)
            return reply(message, on_text)

        bench.assistant.reply = held  # type: ignore[method-assign]


@pytest_asyncio.fixture
async def host(bench: Bench, settings: Settings) -> Any:
    host = Host(bench.assistant, with_bots(settings, workers=1), patience_s=0.01)
    await host.start()
    yield host
    await host.stop(5)


async def test_a_reply_and_its_text_in_the_loops_thread(host: Host) -> None:
    pieces, threads = [], []

    def on_text(piece: str) -> None:
        pieces.append(piece)
        threads.append(threading.get_ident())

    reply = await host.ask(message("1", "test shakshuka", "m1"), on_text)
    assert "".join(pieces).strip() == reply.text
    assert set(threads) == {threading.get_ident()}


async def test_fair_between_chats_and_in_order(bench: Bench, host: Host) -> None:
    gate = Gate(bench)
    asked = [asyncio.create_task(host.ask(message("loud", f"step {n}", f"m{n}"))) for n in range(1, 4)]
    await until(lambda: gate.began)
    asked.append(asyncio.create_task(host.ask(message("quiet", "hello", "m1"))))
    health = host.health()
    await until(lambda: len(host._line) == 3)
    health = host.health()
    assert (health.waiting, health.in_work, health.workers) == (3, 1, 1)
    gate.opened.set()
    await asyncio.gather(*asked)
    assert gate.began == [("loud", "step 1"), ("quiet", "hello"), ("loud", "step 2"), ("loud", "step 3")]
    assert host.health().answered == 4


async def test_who_waits_is_told_the_position(bench: Bench, host: Host) -> None:
    gate, told = Gate(bench), {}

    async def ask(chat: str) -> None:
        async def on_wait(position: int) -> None:
            told[chat] = position

        await host.ask(message(chat, "hello", "m"), on_wait=on_wait)

    tasks = []
    for chat in "abc":
        tasks.append(asyncio.create_task(ask(chat)))
        await until(lambda: len(gate.began) == 1 and len(host._line) == len(tasks) - 1)
    await until(lambda: len(told) == 2)
    gate.opened.set()
    await asyncio.gather(*tasks)
    assert told == {"b": 1, "c": 2}


async def test_the_loop_is_never_held_up_by_a_reply(bench: Bench, host: Host) -> None:
    gate = Gate(bench)
    task = asyncio.create_task(host.ask(message("1", "hello", "m")))
    await until(lambda: gate.began)
    for _ in range(100):
        await asyncio.sleep(0)
    assert not task.done()
    gate.opened.set()
    await task


async def test_a_full_line_is_refused_and_nothing_is_logged(bench: Bench, settings: Settings) -> None:
    host = Host(bench.assistant, with_bots(settings, workers=1, queue=1))
    await host.start()
    gate = Gate(bench)
    tasks = [asyncio.create_task(host.ask(message("a", "hello", "m")))]
    await until(lambda: gate.began)
    tasks.append(asyncio.create_task(host.ask(message("b", "hello", "m"))))
    await until(lambda: len(host._line) == 1)
    with pytest.raises(Busy, match=r"hands full.*minute\.$"):
        await host.ask(message("c", "hello", "m"))
    assert bench.store.find_chat("telegram:c") is None
    gate.opened.set()
    await asyncio.gather(*tasks)
    assert host.health().refused == 1
    await host.stop(5)


async def test_so_many_a_minute_and_a_day(bench: Bench, settings: Settings) -> None:
    host = Host(bench.assistant, with_bots(settings, per_minute=2, per_day=3))
    await host.start()
    await host.ask(message("a", "hello", "1", "ann"))
    bench.clock.advance(30)
    await host.ask(message("b", "hello", "1", "ann"))
    with pytest.raises(Limited, match="go on in 30 seconds") as caught:
        await host.receive(message("a", "hello", "2", "ann"))
    assert caught.value.tell
    with pytest.raises(Limited) as caught:
        await host.receive(message("a", "hello", "2", "ann"))
    assert not caught.value.tell
    await host.ask(message("a", "hello", "9", "bob"))
    bench.clock.advance(31)
    await host.ask(message("a", "hello", "2", "ann"))
    bench.clock.advance(61)
    again = Host(bench.assistant, host.settings)  # the day's count outlives a restart
    await again.start()
    for one in (host, again):
        with pytest.raises(Limited, match="3 messages for today"):
            await one.receive(message("a", "hello", "3", "ann"))
    bench.clock.advance(86_400)
    assert not (await again.receive(message("a", "hello", "3", "ann"))).repeated


async def test_a_repeated_message_is_known(host: Host) -> None:
    first = await host.receive(message("a", "hello", "1"))
    again = await asyncio.gather(*(host.receive(message("a", "hello", "1")) for _ in range(5)))
    assert not first.repeated
    assert all(one.repeated and one.turn_id == first.turn_id for one in again)
    reply = await host.ask(message("a", "hello", "1"))
    assert (reply.id, reply.repeated) == (first.turn_id, False)
    assert (await host.ask(message("a", "hello", "1"))).repeated


async def test_at_once_and_still_only_one_is_new(host: Host) -> None:
    received = await asyncio.gather(*(host.receive(message("a", "hello", "1")) for _ in range(8)))
    assert sorted(one.repeated for one in received) == [False] + [True] * 7


async def test_what_a_crash_left_behind(bench: Bench, host: Host, settings: Settings) -> None:
    sent = await host.ask(message("a", "hello", "sent"))
    await host.sending(sent.id)
    await host.sent(sent.id, ("77",))
    half = await host.ask(message("a", "hi", "half"))
    await host.sending(half.id, ("78",))
    made = await host.ask(message("b", "hi", "made"))
    await host.receive(message("c", "x" * 5000, "received"))
    await host.ask(Message("d", "d", "hello", "m", "discord"))

    again = Host(bench.assistant, settings)
    await again.start()
    left = await again.unsent("telegram")
    assert [(u.message.message_id, u.answered, u.begun, u.message_ids) for u in left] == [
        ("half", True, True, ("78",)),
        ("made", True, False, ()),
        ("received", False, False, ()),
    ]
    replies = [await again.ask(one.message) for one in left]
    assert [r.repeated for r in replies] == [True, True, False]
    assert replies[1].id == made.id
    assert "too long" in replies[2].text
    for reply in replies:
        await again.sent(reply.id)
    assert await again.unsent("telegram") == []
    bench.clock.advance(2 * 86_400)
    await host.receive(message("e", "hello", "1"))
    assert [u.message.chat for u in await again.unsent("telegram")] == ["e"]


async def test_stop_lets_work_finish_and_keeps_what_waits(bench: Bench, settings: Settings) -> None:
    host = Host(bench.assistant, with_bots(settings, workers=1))
    await host.start()
    gate = Gate(bench)
    first = asyncio.create_task(host.ask(message("a", "hello", "1")))
    await until(lambda: gate.began)
    second = asyncio.create_task(host.ask(message("b", "hello", "1")))
    await until(lambda: len(host._line) == 1)
    stopping = asyncio.create_task(host.stop(10))
    with pytest.raises(asyncio.CancelledError):
        await second
    with pytest.raises(Busy) as caught:
        await host.ask(message("c", "hello", "1"))
    assert not caught.value.tell
    gate.opened.set()
    await stopping
    await host.sent((await first).id)
    assert [u.message.chat for u in await host.unsent("telegram")] == ["b"]


async def test_an_error_reaches_the_one_who_asked_and_the_line_goes_on(bench: Bench, host: Host) -> None:
    reply = bench.assistant.reply

    def broken(message: Message, on_text: Any = None) -> Any:
        if message.chat == "bad":
            raise OSError("boom")
        return reply(message, on_text)

    bench.assistant.reply = broken  # type: ignore[method-assign]
    with pytest.raises(OSError, match="boom"):
        await host.ask(message("bad", "hello", "1"))
    assert (await host.ask(message("good", "hello", "1"))).text
    assert host.health().failed == 1


async def test_timers_ring_once_also_late_and_are_tried_again(bench: Bench, host: Host, settings: Settings) -> None:
    await host.ask(message("a", "set a timer for 5 minutes for the rice", "1"))
    await host.ask(Message("d", "d", "set a timer for 5 minutes", "1", "discord"))
    bench.clock.advance(3600)  # the bot was down when it came due
    rung: list[Ring] = []
    refused = asyncio.Event()

    async def refuses(ring: Ring) -> None:
        refused.set()
        raise OSError("no network")

    async def rings(ring: Ring) -> None:
        rung.append(ring)

    task = asyncio.create_task(host.timers("telegram", refuses))
    await asyncio.wait_for(refused.wait(), 10)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    again = Host(bench.assistant, settings)
    await again.start()
    task = asyncio.create_task(again.timers("telegram", rings))
    await until(lambda: rung and not again._bell.ringing)
    task.cancel()
    assert overdue(bench.store, bench.clock(), "telegram") == []
    assert [r.text for r in rung] == ["The rice timer (5 minutes) is over 55 minutes ago!"]
    assert rung[0].chat_key == "telegram:a"


async def test_thumbs(bench: Bench, host: Host) -> None:
    reply = await host.ask(message("a", "hello", "1", "ann"))
    assert await host.thumb(reply.id, "telegram:ann", -1)
    assert not await host.thumb(reply.id, "telegram:bob", 1)
    assert not await host.thumb(999, "telegram:ann", 1)
    chat = bench.store.find_chat("telegram:a")
    assert chat is not None
    assert bench.store.turns(chat.id)[0].thumb == -1


async def test_forgotten_leaves_no_delivery(host: Host, bench: Bench) -> None:
    reply = await host.ask(message("a", "hello", "1"))
    await host.sent(reply.id, ("5",))
    bench.store.forget_user("telegram:a")
    await host.sent(reply.id, ("5",))
    with bench.store.read() as db:
        from sqlalchemy import text

        assert db.execute(text("select count(*) from deliveries")).scalar() == 0
