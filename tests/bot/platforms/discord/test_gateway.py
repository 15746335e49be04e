"""The gateway's bad days: dropped sockets, resume, invalid sessions, repetitions, nonsense; what is told at once."""

import logging
from pathlib import Path
from typing import Any

import pytest

from bot.errors import SettingsError
from bot.platforms.discord import portal
from tests.bot.platforms.discord.conftest import Town, TownMaker
from tests.bot.platforms.discord.local import TOKEN


async def once(town: Town, *asked: dict[str, Any]) -> None:
    """Wait until every message has its answer, then make sure that each has one."""
    for message in asked:
        await town.discord.until(lambda message=message: town.discord.replied(message))
    assert [len(town.discord.answers(message)) for message in asked] == [1] * len(asked)


async def test_what_is_said_while_the_socket_is_cut_comes_with_the_resume(town: Town) -> None:
    dm = town.anna.dm
    await once(town, await town.anna.says(dm, "test shakshuka"))
    await town.discord.gateway.drop()
    asked = [await town.anna.says(dm, text) for text in ("next", "next")]
    await once(town, *asked)
    assert town.discord.gateway.opens == ["identify", "resume"]
    await town.discord.gateway.ask_to_reconnect()
    await once(town, await town.anna.says(dm, "next"))
    await town.discord.gateway.close(4000)
    await once(town, await town.anna.says(dm, "back"))
    assert town.discord.gateway.opens == ["identify", "resume", "resume", "resume"]
    assert town.turns() == ["test shakshuka", "next", "next", "next", "back"]


async def test_an_invalid_session_is_made_good_from_the_history(town: Town) -> None:
    dm = town.anna.dm
    await once(town, await town.anna.says(dm, "test shakshuka"))
    await town.discord.gateway.invalidate(tell=False)
    await town.discord.gateway.drop()
    asked = [await town.anna.says(dm, text) for text in ("next", "next", "back")]  # no session sees these
    await once(town, *asked)
    assert town.discord.gateway.resumes_refused == 1
    assert town.turns() == ["test shakshuka", "next", "next", "back"]
    order = [int(town.discord.answers(message)[0]["id"]) for message in asked]
    assert order == sorted(order)


async def test_what_is_said_while_the_bot_is_off_is_answered_after_the_start(town: Town) -> None:
    dm = town.anna.dm
    opened = await town.anna.slash(town.channel, "cook", dish="Test Shakshuka")
    await town.anna.answered(opened)
    thread = (await town.discord.until(lambda: town.discord.threads(town.channel)))[0]
    await town.discord.until(lambda: town.discord.finished(thread))
    await once(town, await town.anna.says(dm, "test shakshuka"))
    mention = f"<@{town.discord.world.bot['id']}>"
    await once(town, await town.ben.says(town.channel, f"{mention} test chickpea stew"))
    await town.end()
    missed = [
        await town.anna.says(dm, "next"), await town.ben.says(thread, "next"), await town.anna.says(dm, "next"),
        await town.ben.says(town.channel, f"{mention} next"),
    ]  # fmt: skip
    ignored = await town.ben.says(town.channel, "not for the bot")
    await town.start()
    after = await town.anna.says(dm, "next")
    await once(town, *missed, after)
    assert not town.discord.answers(ignored)
    mine = [m for m in (*missed, after) if m["channel_id"] == dm["id"]]
    assert [int(town.discord.answers(m)[0]["id"]) for m in mine] == sorted(
        int(town.discord.answers(m)[0]["id"]) for m in mine
    )
    assert "Add the tomatoes" in str(town.discord.answers(after)[0])


async def test_repeated_events_give_nothing_new(town: Town) -> None:
    dm = town.anna.dm
    await once(town, await town.anna.says(dm, "test shakshuka"))
    asked = await town.anna.says(dm, "next")
    await town.discord.gateway.repeat("MESSAGE_CREATE", 3)
    await once(town, asked)
    await town.discord.gateway.repeat("MESSAGE_CREATE", 4)
    last = await town.anna.says(dm, "next")
    await once(town, asked, last)
    command = await town.anna.slash(dm, "next")
    await town.discord.gateway.repeat("INTERACTION_CREATE")
    await town.anna.answered(command)
    await once(town, await town.anna.says(dm, "back"))
    assert town.turns() == ["test shakshuka", "next", "next", "next", "back"]


async def test_events_out_of_order_are_answered_in_the_order_of_the_messages(town: Town) -> None:
    dm = town.anna.dm
    await once(town, await town.anna.says(dm, "test shakshuka"))
    world, gateway = town.discord.world, town.discord.gateway
    first = world.add_message(dm, town.anna.user, {"content": "go to step 3"})
    second = world.add_message(dm, town.anna.user, {"content": "next"})
    blocker = await town.anna.says(dm, "next")  # while it is answered, the others come, the later one first
    await gateway.dispatch("MESSAGE_CREATE", world.dispatched(second))
    await gateway.dispatch("MESSAGE_CREATE", world.dispatched(first))
    await once(town, blocker, first, second)
    assert "Make four wells" in str(town.discord.answers(second)[0])


@pytest.mark.parametrize(
    "frame",
    [
        '{"op": 0, "t": "MESSAGE_CREATE", "s": 900, "d": {"id": "1"}}',
        '{"op": 0, "t": "INTERACTION_CREATE", "s": 900, "d": {"type": 3, "data": {}}}',
        '{"op": 0, "t": "MESSAGE_CREATE", "s": 900, "d": []}',
        '{"op": 0, "t": "NO_SUCH_EVENT", "s": 900, "d": null}',
        '{"op": 77, "d": null}',
    ],
)
async def test_a_malformed_event_is_left_out(town: Town, frame: str) -> None:
    await town.discord.gateway.raw(frame)
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    assert town.discord.gateway.opens == ["identify"]


async def test_a_frame_that_is_no_json_costs_a_connection_and_no_message(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    await town.discord.gateway.raw("<html>502</html>")
    await once(town, await town.anna.says(town.anna.dm, "next"))
    await once(town, await town.anna.says(town.anna.dm, "next"))
    assert town.discord.gateway.opens == ["identify", "identify"]


async def test_a_wrong_token_is_told_in_a_sentence(make_town: TownMaker) -> None:
    town = await make_town(DISCORD__TOKEN=TOKEN[:-1] + "x")
    with pytest.raises(SettingsError, match="does not accept the token") as told:
        await town.start()
    assert TOKEN[:-1] not in str(told.value)


@pytest.mark.parametrize("shards", ["1", "0"])
async def test_a_refused_intent_is_told_in_a_sentence(make_town: TownMaker, shards: str) -> None:
    town = await make_town(DISCORD__SHARDS=shards)
    town.discord.gateway.allowed_intents = 0
    with pytest.raises(SettingsError) as told:
        await town.start()
    assert str(told.value) == portal.NO_CONTENT


async def test_without_the_privileged_intent_it_reads_what_is_addressed(make_town: TownMaker) -> None:
    town = await make_town(DISCORD__MESSAGE_CONTENT="false")
    town.discord.gateway.allowed_intents = 0
    await town.start()
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    mention = f"<@{town.discord.world.bot['id']}>"
    await once(town, await town.ben.says(town.channel, f"{mention} test shakshuka"))


async def test_discord_away_at_the_start_is_waited_for(
    make_town: TownMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.platforms.discord.runner.FIRST_WAIT_S", 0.05)
    town = await make_town()
    town.discord.trouble.fail("GET", "/users/@me", 503, times=2)
    with caplog.at_level(logging.WARNING, "bot.platforms.discord.runner"):
        await town.start()
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    assert "The connection to Discord ended" in caplog.text
    assert not any(record.exc_info for record in caplog.records)


async def test_the_token_is_nowhere(town: Town, caplog: pytest.LogCaptureFixture, data_dir: Path) -> None:
    caplog.set_level(logging.DEBUG)
    await once(town, await town.anna.says(town.anna.dm, "test shakshuka"))
    town.discord.trouble.fail("POST", "/messages", 503)
    await once(town, await town.anna.says(town.anna.dm, "next"))
    await town.discord.gateway.drop()
    await once(town, await town.anna.says(town.anna.dm, "next"))
    await town.end()
    town.store.close()
    assert TOKEN not in caplog.text
    assert not any(TOKEN.encode() in path.read_bytes() for path in data_dir.rglob("*") if path.is_file())
    assert TOKEN not in str(town.discord.world.messages)
