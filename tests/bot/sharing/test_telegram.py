"""The dialogues of the Telegram suite, and what only several processes can get wrong, with two on one PostgreSQL.

Each bot of these tests has a host and a member of its own, as a process has; the last tests use real processes.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select

from bot.admin import Admin
from bot.deliveries import DeliveryRow
from bot.platforms.telegram.app import TelegramBot
from bot.platforms.telegram.limiter import Limiter
from bot.settings import Settings
from bot.sharing.crew import Crew
from bot.sharing.host import SharedHost
from bot.sharing.tables import ClaimRow, InboxRow, MemberRow
from bot.store import Store
from model.vocabulary import Act
from tests.bot.platforms.telegram import test_dialogue as dialogue
from tests.bot.platforms.telegram import test_restart as restart
from tests.bot.platforms.telegram import test_trouble as trouble
from tests.bot.platforms.telegram.bot_api import BotApi
from tests.bot.platforms.telegram.conftest import FAST, Kitchen, Running, api, slow, three_are_told_their_place
from tests.bot.platforms.telegram.test_restart import ANN, Process
from tests.bot.sharing.conftest import stall, wake
from tests.conftest import SHAKSHUKA, Bench, Clock

__all__ = ["api", "slow"]  # fixtures
SAME = (
    dialogue.test_a_recipe_from_start_to_end,
    dialogue.test_buttons_move_and_are_always_answered,
    dialogue.test_a_button_that_is_pressed_twice_moves_once,
    dialogue.test_thumbs_reach_the_turn,
    dialogue.test_text_streams_by_editing_one_message,
    dialogue.test_a_long_step_comes_in_parts_that_end_with_a_sentence,
    dialogue.test_in_a_group_only_when_addressed,
    dialogue.test_an_edited_message_is_answered_again_if_it_is_young,
    dialogue.test_export_sends_a_file_and_forget_asks_first,
    dialogue.test_several_timers_ring_also_after_a_restart,
    restart.test_a_webhook,
    trouble.test_updates_twice_out_of_order_and_broken,
    trouble.test_the_same_message_under_another_update_gives_nothing_new,
    trouble.test_a_flood_of_a_cook_is_refused_once_politely,
)
globals().update({test.__name__: test for test in SAME})


@pytest.fixture
def store(url: str, clock: Clock) -> Iterator[Store]:
    """The database of the whole suite's fixtures is the PostgreSQL."""
    store = Store(url, clock=clock)
    yield store
    store.close()


class Member(Running):
    """A bot that shares the database with others."""

    def __init__(self, bench: Bench, settings: Settings, limiter: Limiter | None) -> None:
        self.stop_event = asyncio.Event()
        self.crew = Crew(bench.store, settings.bots.lease_s)
        self.host = SharedHost(bench.assistant, settings, self.crew, ("telegram",))
        self.admin = Admin(self.host)
        self.bot = TelegramBot(self.host, self.admin, settings, self.stop_event, limiter)

    async def stop(self) -> None:
        try:
            await super().stop()
        finally:
            await self.host.leave()


class Pair(Kitchen):
    """Starts two bots instead of one; stopping the first stops both."""

    members: list[Member]
    spare_port = 0

    async def start(self, bots: Any = None, limiter: Limiter | None = None, **telegram: Any) -> Running:
        self.members = []
        for number in range(2):
            if number and "webhook_port" in telegram:  # a server of its own, behind the same balancer
                telegram |= {"webhook_port": self.spare_port}
            settings = self.settings(bots, **telegram)
            member = Member(self.bench, settings, limiter or Limiter(FAST, FAST, FAST))
            self.members.append(member)
            self._running.append(member)
            await member.start()
        first, second = self.members

        async def stop_both() -> None:
            await asyncio.gather(Member.stop(first), Member.stop(second))

        first.stop = stop_both  # type: ignore[method-assign]
        second.stop = lambda: asyncio.sleep(0)  # type: ignore[method-assign,assignment,return-value]
        return first


@pytest_asyncio.fixture
async def kitchen(bench: Bench, settings: Settings, api: BotApi, unused_tcp_port_factory: Any) -> AsyncIterator[Pair]:
    pair = Pair(bench, settings, api)
    pair.spare_port = unused_tcp_port_factory()
    yield pair
    try:
        await pair.close()
    finally:
        for member in pair._running:
            await asyncio.to_thread(member.crew.leave)  # type: ignore[attr-defined]


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as db:
        return list(db.scalars(select(table)))


async def test_one_fetches_and_both_answer(kitchen: Pair, api: BotApi, slow: Any, store: Store) -> None:
    await kitchen.start(bots={"workers": 1})
    bots = kitchen.members
    await api.until(lambda: any(bot.host.leads("telegram updates") for bot in bots))
    slow.gate.set()
    for chat in (601, 602):
        api.say(chat, "test shakshuka")
        await api.reply(chat, 1)
    slow.gate.clear()
    for chat in (601, 602):  # each has one worker, and it waits for the gate
        api.say(chat, "next")
    await api.until(lambda: [(bot.host.health().in_work) for bot in bots] == [1, 1])
    slow.gate.set()
    for chat in (601, 602):
        assert SHAKSHUKA.steps[0] in (await api.reply(chat, 2)).text
    assert sum(bot.host.health().answered for bot in bots) == 4
    await api.until(lambda: not rows(store, InboxRow))
    await api.until(lambda: all(claim.key.startswith("role:") for claim in rows(store, ClaimRow)))  # let go again
    await kitchen.close()
    assert rows(store, MemberRow) == rows(store, ClaimRow) == []


async def test_who_waits_for_any_of_them_is_told_where_it_stands(kitchen: Pair, api: BotApi, slow: Any) -> None:
    await kitchen.start(bots={"workers": 1})
    for bot in kitchen.members:
        bot.host.patience_s = 0.05
    kitchen.bench.student.act = Act("misc", "answer_question_external_fact", (), "I think so.")
    for number, chat in enumerate((501, 502), 1):
        api.say(chat, "which bowl is best for beating egg whites?")
        await api.until(lambda: slow.spoken >= 3 * number)  # noqa: B023
    await three_are_told_their_place(api, slow)


async def test_who_was_stopped_over_a_reply_neither_sends_nor_writes_it(
    kitchen: Pair, api: BotApi, slow: Any, store: Store
) -> None:
    """A process stops in the middle of a reply, for longer than its lease, and comes to when another has answered."""
    await kitchen.start(bots={"workers": 1})
    one, two = kitchen.members
    slow.gate.set()
    api.say(ANN, "test shakshuka")
    await api.reply(ANN, 1)
    slow.gate.clear()
    spoken = slow.spoken
    api.say(ANN, "next")
    await api.until(lambda: slow.spoken > spoken)
    frozen, other = (one, two) if one.host.health().in_work else (two, one)
    reply = kitchen.bench.assistant.reply
    kitchen.bench.assistant.reply = lambda *more: _unlocked(kitchen.bench, reply, *more)  # type: ignore[method-assign]
    said = kitchen.bench.student.reply
    kitchen.bench.student.reply = type(kitchen.bench.student).reply.__get__(kitchen.bench.student)  # not held
    await asyncio.to_thread(stall, frozen.crew)
    shown = await api.reply(ANN, 2)  # by the other
    assert SHAKSHUKA.steps[0] in shown.text
    await api.until(lambda: not rows(store, InboxRow))
    (before,) = [row for row in rows(store, DeliveryRow) if str(shown.id) in row.message_ids]
    sent = len([1 for _, method, _ in api.calls if method in ("sendMessage", "editMessageText")])
    kitchen.bench.student.reply = said
    slow.gate.set()  # the frozen one's reply is made, and is nobody's any more
    await api.until(lambda: not frozen.host.health().in_work)
    await asyncio.to_thread(wake, frozen.crew)
    assert len([1 for _, method, _ in api.calls if method in ("sendMessage", "editMessageText")]) == sent
    (after,) = [row for row in rows(store, DeliveryRow) if str(shown.id) in row.message_ids]
    assert (after.state, after.at, after.message_ids) == (before.state, before.at, before.message_ids)
    session = kitchen.bench.assistant.session(f"telegram:{ANN}")
    assert session.step == 1  # once, not twice
    assert len(api.replies(ANN)) == 2
    assert frozen.crew.tenure.id > other.crew.tenure.id


def _unlocked(bench: Bench, reply: Any, *more: Any) -> Any:
    """Both bots of a test share an assistant, whose lock of the chat the frozen one holds; processes share none."""
    bench.assistant._locks.clear()
    return reply(*more)


async def test_a_cook_who_blocked_the_bot_holds_up_nobody(kitchen: Pair, api: BotApi, store: Store) -> None:
    await kitchen.start()
    api.blocked.add(ANN)
    api.say(ANN, "hello")
    api.say(777, "hello")
    await api.reply(777, 1)
    await api.until(lambda: not rows(store, InboxRow))


async def test_timers_ring_once_and_go_over_to_another(kitchen: Pair, api: BotApi) -> None:
    await kitchen.start()
    for number, minutes in enumerate((3, 10), 1):
        api.say(ANN, f"set a timer for {minutes} minutes")
        await api.reply(ANN, number)
    role = "telegram announcements"
    leader = await api.until(lambda: next((bot for bot in kitchen.members if bot.host.leads(role)), None))
    kitchen.bench.clock.advance(200)
    await api.until(lambda: len(api.replies(ANN)) == 3)
    await asyncio.to_thread(stall, leader.crew)
    other = next(bot for bot in kitchen.members if bot is not leader)
    await api.until(lambda: other.host.leads(role))
    assert not leader.host.leads(role)
    kitchen.bench.clock.advance(500)
    await api.until(lambda: len(api.replies(ANN)) == 4)
    await asyncio.to_thread(wake, leader.crew)
    api.say(ANN, "timers")
    assert "No timer" in (await api.reply(ANN, 5)).text
    assert [text.startswith("⏰") for text in api.texts(ANN)] == [False, False, True, True, False]


async def test_limits_count_over_all_processes(kitchen: Pair, api: BotApi, unused_tcp_port: int) -> None:
    api.webhook_port = unused_tcp_port
    hook = {
        "webhook_url": "https://kitchen.example/hook",
        "webhook_secret": SecretStr("s"),
        "webhook_port": unused_tcp_port,
    }
    await kitchen.start(bots={"per_minute": 3}, **hook)
    for number in range(1, 4):
        api.say(ANN, f"how many milliliters is {number} cups?")
        await api.reply(ANN, number)
        # The balancer gives the next one to the other process.
        api.webhook_port = kitchen.spare_port if api.webhook_port == unused_tcp_port else unused_tcp_port
    api.say(ANN, "and 4 cups?")
    await api.until(lambda: len(api.replies(ANN)) == 4)
    assert "3 messages in a minute" in api.texts(ANN)[3]


@pytest.fixture
def shared_database(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSCHEF_DATABASE__URL", url)


@pytest.mark.timeout(600)
async def test_of_three_processes_two_are_killed(api: BotApi, shared_database: None, url: str) -> None:
    """The one that fetches is killed in the middle of a crowd, then the next one; the third answers what is left."""
    chats, turns = range(601, 609), 4
    async with contextlib.AsyncExitStack() as stack:
        bots = [await stack.enter_async_context(Process(api, 0.05)) for _ in range(3)]
        store = Store(url)
        stack.callback(store.close)
        await api.until(lambda: len(rows(store, MemberRow)) == 3, 200)
        for turn in range(turns):
            for chat in chats:
                api.say(chat, f"set a timer for {turn * 10 + chat - 600} minutes")

        def answered() -> int:
            return sum(len(api.replies(chat)) for chat in chats)

        def fetching() -> Process | None:
            """The living one that fetches; the role of a killed one stays written down until its lease ends."""
            living = [bot for bot in bots if bot.process.returncode is None]
            pid = _pid(store, "role:telegram updates")
            return next((bot for bot in living if bot.process.pid == pid), None)

        for share in (0.25, 0.6):
            await api.until(lambda: answered() >= share * turns * len(chats), 120)  # noqa: B023
            await (await api.until(fetching, 60)).kill()
        await api.until(lambda: answered() >= turns * len(chats), 120)
        for chat in chats:
            api.say(chat, "thanks")
        await api.until(lambda: all("welcome" in api.texts(chat)[-1] for chat in chats), 120)
        (left,) = [bot for bot in bots if bot.process.returncode is None]
        left.process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(left.process.wait(), 60) == 0
        assert rows(store, InboxRow) == []
    for chat in chats:
        texts = api.texts(chat)
        assert len(texts) == turns + 1, texts
        for turn, text in enumerate(texts[:turns]):
            assert f"set for {turn * 10 + chat - 600} minute" in text


def _pid(store: Store, role: str) -> int:
    """Process id of the member that has a role; 0 while nobody has."""
    with store.read() as db:
        name = db.scalar(
            select(MemberRow.name).join(ClaimRow, ClaimRow.member == MemberRow.id).where(ClaimRow.key == role)
        )
    return int(name.rpartition(":")[2]) if name else 0


@pytest.mark.timeout(300)
async def test_with_sqlite_a_second_one_is_refused(api: BotApi) -> None:
    async with Process(api):
        api.say(ANN, "hello")
        await api.until(lambda: api.texts(ANN), 120)
        async with Process(api) as second:
            assert await asyncio.wait_for(second.process.wait(), 120) != 0
        api.say(ANN, "thanks")
        await api.reply(ANN, 2)
