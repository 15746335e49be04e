"""Timers ring in the chat they were set in: several, late, over a restart, and once."""

from tests.bot.platforms.discord.conftest import Town
from tests.bot.platforms.discord.local import visible


def rings(town: Town, channel: dict) -> list[str]:  # type: ignore[type-arg]
    return [visible(m) for m in town.discord.said(channel) if visible(m).startswith("⏰")]


async def test_timers_ring_where_they_were_set_and_over_a_restart(town: Town) -> None:
    dm, channel = town.anna.dm, town.channel
    await town.anna.asks(dm, "set a timer for 1 second for the eggs")
    await town.discord.until(lambda: rings(town, dm))
    assert "The eggs timer" in rings(town, dm)[0]
    await town.anna.asks(dm, "set a timer for 2 hours for the beans")
    await town.anna.asks(dm, "set a timer for 1 hour for the pasta")
    await town.ben.asks(channel, f"<@{town.discord.world.bot['id']}> set a timer for 1 hour")
    await town.end()
    before = town.assistant.clock
    town.assistant.clock = lambda: before() + 2.5 * 3600
    await town.start()
    await town.discord.until(lambda: len(rings(town, dm)) == 3 and rings(town, channel))
    late = sorted(rings(town, dm)[1:])  # they are sent side by side
    assert "The beans timer (2 hours) is over" in late[0]
    assert "The pasta timer (1 hour) is over" in late[1]
    await town.end()
    await town.start()
    await town.anna.asks(dm, "test shakshuka")
    assert len(rings(town, dm)) == 3
    assert len(rings(town, channel)) == 1


async def test_a_ring_is_there_once_although_its_sending_was_cut_short(town: Town) -> None:
    await town.anna.asks(town.anna.dm, "test shakshuka")
    await town.anna.asks(town.anna.dm, "set a timer for 1 second")
    town.discord.trouble.fail("POST", "/messages", cut="after", times=2)
    await town.discord.until(lambda: rings(town, town.anna.dm))
    await town.discord.until(lambda: not town.discord.trouble.faults[0].times)
    await town.anna.asks(town.anna.dm, "next")
    assert len(rings(town, town.anna.dm)) == 1
