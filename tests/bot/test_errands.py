"""Exports and admin commands: logged before anything happens, carried out once, no part of the conversation."""

from typing import Any

import pytest_asyncio
from sqlalchemy import select

from bot.admin import Admin, AdminLogRow
from bot.errands import EXPORT, carry_out, is_errand
from bot.host import Host
from bot.messages import Message
from bot.settings import BotsSettings, Settings
from tests.conftest import Bench

BOSS = "7"


@pytest_asyncio.fixture
async def host(bench: Bench, settings: Settings) -> Any:
    bots = BotsSettings(admins=(f"telegram:{BOSS}",), queue=2)
    host = Host(bench.assistant, settings.model_copy(update={"bots": bots}))
    await host.start()
    yield host
    await host.stop()


def message(text: str, id_: str, user: str = BOSS) -> Message:
    return Message("9", user, text, id_, "telegram")


def test_what_is_an_errand() -> None:
    assert is_errand(EXPORT)
    assert is_errand("/promote night-2")
    assert not any(map(is_errand, ("export", "/next", "scores", "/exports", "rollback please", "")))


async def test_a_command_that_a_crash_cut_short_is_not_carried_out_again(host: Host, bench: Bench) -> None:
    for number, (text, again) in enumerate((("/rollback", False), ("/scores", True), ("/cancel 3", False))):
        asked = message(text, str(number))
        turn = (await host.receive(asked)).turn_id
        host.take(asked)
        first = await carry_out(host, Admin(host), asked, turn)
        assert "restarted" not in first
        # killed before the answer was noted as sent
        assert [one.turn_id for one in await host.unsent("telegram")] == [turn]
        second = await carry_out(host, Admin(host), asked, turn)
        assert second == first if again else f"restarted while I was at {text.split()[0]}" in second
        await host.sent(turn)
        assert await host.unsent("telegram") == []
        host.take(asked)
    with bench.store.read() as db:
        assert [row.command for row in db.scalars(select(AdminLogRow))] == ["rollback", "scores", "scores", "cancel"]


async def test_errands_leave_the_conversation_and_the_line_alone(host: Host, bench: Bench) -> None:
    for number in range(6):  # more than fit the line
        asked = message("/jobs", str(number))
        turn = (await host.receive(asked)).turn_id
        host.take(asked)
        await carry_out(host, Admin(host), asked, turn)
        await host.sent(turn)
    chat = bench.store.find_chat("telegram:9")
    assert chat is not None
    assert bench.store.turns(chat.id) == []  # nothing to score, to learn from or to export


async def test_a_stranger_is_told_no_however_often(host: Host) -> None:
    asked = message("/rollback", "1", "8")
    turn = (await host.receive(asked)).turn_id
    for _ in range(2):
        assert "for the people who run this kitchen" in await carry_out(host, Admin(host), asked, turn)
