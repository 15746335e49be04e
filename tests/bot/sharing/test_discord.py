"""The dialogues of the Discord suite, and what only several processes can get wrong, with two on one PostgreSQL."""

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from bot.assistant import Assistant
from bot.platforms import serving
from bot.sharing.crew import Crew
from bot.sharing.tables import ClaimRow, InboxRow, MemberRow
from bot.store import Store
from tests.bot.platforms.discord import conftest as towns
from tests.bot.platforms.discord import test_clicks as clicks
from tests.bot.platforms.discord import test_dialogues as dialogues
from tests.bot.platforms.discord import test_gateway as gateway
from tests.bot.platforms.discord import test_requests as requests
from tests.bot.platforms.discord import test_timers as timers
from tests.bot.platforms.discord.conftest import Town, TownMaker, make_town, town
from tests.bot.platforms.discord.local import LocalDiscord, visible
from tests.bot.platforms.discord.test_process import STEPS, Bot, Forker, forker

__all__ = ["forker", "make_town", "town"]  # fixtures
SAME = (
    dialogues.test_a_whole_dialogue_in_a_thread,
    dialogues.test_slash_commands_lead_through_a_recipe,
    dialogues.test_a_command_in_a_channel_opens_a_kitchen,
    dialogues.test_no_thread_where_the_bot_may_not_open_one,
    dialogues.test_an_edited_message_is_answered_again,
    dialogues.test_text_comes_as_it_is_made,
    dialogues.test_units_of_the_cook_s_language,
    clicks.test_buttons_work_after_a_restart,
    clicks.test_forgetting_asks_first,
    gateway.test_an_invalid_session_is_made_good_from_the_history,
    gateway.test_what_is_said_while_the_bot_is_off_is_answered_after_the_start,
    gateway.test_repeated_events_give_nothing_new,
    requests.test_an_answer_to_a_command_survives_errors,
    requests.test_a_flood_is_answered_in_order_within_the_limits,
    timers.test_timers_ring_where_they_were_set_and_over_a_restart,
)
globals().update({test.__name__: test for test in SAME})


@dataclass
class Pair(Town):
    """A town with two bots in it, each with a host and a member of its own, as two processes have."""

    others: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        await super().start()
        crew = Crew(self.store, self.settings.bots.lease_s)
        self.others = [asyncio.create_task(serving.run(self.assistant, self.settings, ["discord"], self.stop, crew))]
        await self.discord.until(lambda: crew.members == 2)

    async def end(self) -> None:
        await super().end()
        await asyncio.gather(*self.others)
        self.others = []


@pytest.fixture(autouse=True)
def a_pair_in_every_town(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(towns, "Town", Pair)
    monkeypatch.setenv("SOUSCHEF_DATABASE__URL", url)


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as db:
        return list(db.scalars(select(table)))


class Gate:
    """Holds replies while it is closed, and knows whose they are."""

    def __init__(self, assistant: Assistant) -> None:
        self.opened, self.inside = threading.Event(), 0
        reply = assistant.reply

        def held(*more: Any) -> Any:
            self.inside += 1
            assert self.opened.wait(60)
            return reply(*more)

        assistant.reply = held  # type: ignore[method-assign]


async def test_one_receives_and_both_answer_commands_too(make_town: TownMaker) -> None:
    made = await make_town(BOTS__WORKERS="1")
    gate = Gate(made.assistant)
    await made.start()
    assert len(made.discord.gateway.live) == 1
    commands = [await cook.slash(cook.dm, "cook", dish="Test Shakshuka") for cook in (made.anna, made.ben)]
    await made.discord.until(lambda: gate.inside == 2)  # one worker each
    await made.discord.until(lambda: all(command["acknowledged"] for command in commands))
    gate.opened.set()
    for cook, command in zip((made.anna, made.ben), commands, strict=True):
        assert "serves 2" in visible(await cook.answered(command))  # where it was typed, whoever answers
        assert len(made.discord.said(cook.dm)) == 1
    await made.discord.until(lambda: not rows(made.store, InboxRow))
    await made.end()
    assert rows(made.store, MemberRow) == rows(made.store, ClaimRow) == []


async def test_each_shard_is_received_by_one(make_town: TownMaker) -> None:
    made = await make_town(DISCORD__SHARDS="3")
    await made.start()
    await made.discord.until(lambda: len(made.discord.gateway.live) == 3)
    assert sorted(session.shard for session in made.discord.gateway.live) == [(0, 3), (1, 3), (2, 3)]
    mention = f"<@{made.discord.world.bot['id']}> hello"
    assert "Hello" in visible(await made.anna.asks(made.channel, mention))
    assert "Hello" in visible(await made.ben.asks(made.ben.dm, "hello"))
    assert len(made.discord.said(made.channel)) == 1


@pytest.fixture
async def processes(forker: Forker, data_dir: Any, url: str) -> AsyncIterator[tuple[LocalDiscord, list[Bot], Store]]:
    """Two bots in processes of their own; the first one receives."""
    store = Store(url)
    async with LocalDiscord() as local:
        more = {"SOUSCHEF_DATABASE__URL": url}
        bots = [Bot(forker, local, data_dir / name / "data", 0.2, more=more) for name in ("one", "two")]
        try:
            for number, bot in enumerate(bots, 1):
                bot.data.mkdir(parents=True)
                await bot.launch()
                await local.until(lambda number=number: len(rows(store, MemberRow)) == number, 120)
            await local.ready()
            yield local, bots, store
        finally:
            for bot in bots:
                if bot.pid:
                    bot.signal()
                    await bot.gone()
            store.close()


@pytest.mark.timeout(300)
async def test_the_one_that_receives_is_killed_at_the_worst_moments(
    processes: tuple[LocalDiscord, list[Bot], Store],
) -> None:
    local, bots, store = processes
    anna = local.person("Anna")
    asked = [await anna.says(anna.dm, STEPS[0])]
    await local.until(lambda: local.answers(asked[0]))
    one, two = bots

    async def revive(dead: Bot) -> None:
        """What it left is seen to by the other one; then it comes back, and the other one receives."""
        await dead.gone()
        for message in asked:
            await local.until(lambda message=message: local.answers(message), 120)
        await dead.launch()

    # Received, and at work in the one or the other.
    asked += [await anna.says(anna.dm, STEPS[1]), await anna.says(anna.dm, STEPS[2])]
    await local.until(lambda: len(rows(store, InboxRow)) == 2)
    one.signal()
    await revive(one)
    # The answer is there, and whoever sent it dies before noting that.
    local.trouble.fail("POST", "/messages", cut="after", then=two.signal)
    asked.append(await anna.says(anna.dm, STEPS[3]))
    await two.gone()
    await two.launch()
    await local.until(lambda: not rows(store, InboxRow), 120)
    asked.append(await anna.says(anna.dm, STEPS[4]))
    await local.until(lambda: local.answers(asked[-1]), 120)

    assert [len(local.answers(message)) for message in asked] == [1] * len(asked)
    assert len(local.said(anna.dm)) == len(asked)
    ids = [int(local.answers(message)[0]["id"]) for message in asked]
    assert ids == sorted(ids)
    assert "Make four wells" in visible(local.answers(asked[-1])[0])  # every step was made once
