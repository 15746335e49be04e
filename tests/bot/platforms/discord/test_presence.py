"""Whether the bot is connected to Discord can be watched."""

import asyncio
import logging
import socket

import httpx
import pytest

from tests.bot.platforms.discord.conftest import TownMaker


async def test_a_connection_that_breaks_is_told_and_one_that_is_made_anew(
    make_town: TownMaker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.host")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def events() -> list[str]:
        told = [(getattr(r, "event", ""), getattr(r, "fields", {}).get("platform")) for r in caplog.records]
        return [event for event, platform in told if platform == "discord" and event.endswith("connected")]

    async def until(wanted: list[str]) -> None:
        for _ in range(600):
            if events() == wanted:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(events())

    town = await make_town(WATCH__PORT=str(port))
    await town.start()
    await until(["connected"])
    async with httpx.AsyncClient(trust_env=False) as client:
        ready = await client.get(f"http://127.0.0.1:{port}/readyz")
    assert ready.json()["checks"]["discord"] is True
    await town.discord.gateway.drop()
    await until(["connected", "disconnected", "connected"])
    await town.end()
