"""Start, reconnection and end of the Discord platform."""

import asyncio
import contextlib
import logging
import random
import time
from functools import partial

import aiohttp
import discord

from bot import redact
from bot.admin import Admin
from bot.errors import SettingsError
from bot.host import Host
from bot.platforms.discord.address import PLATFORM
from bot.platforms.discord.client import make_client
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.portal import NO_CONTENT, REFUSED
from bot.settings import Settings

log = logging.getLogger(__name__)
GRACE_S = 8.0
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
STEADY_S = 120.0  # a connection that held so long was a good one
_FATAL = {
    4004: REFUSED,
    4010: "Discord does not accept the number of shards: set discord.shards = 0 for as many as it wants.",
    4011: "The bot is in too many servers for one connection: set discord.shards = 0 for as many as it wants.",
    4013: "Discord does not know an intent that the bot asks for: is discord.py up to date?",
    4014: NO_CONTENT,
}


class _Terse(logging.Filter):
    """The library logs a traceback for every lost connection; one line tells as much."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not logging.getLogger(record.name).isEnabledFor(logging.DEBUG):
            record.exc_info = record.exc_text = None
        return True


async def serve(host: Host, admin: Admin, settings: Settings, stop: asyncio.Event) -> None:
    """Serve Discord until ``stop`` is set.

    Raises:
        SettingsError: Discord does not accept the token, the intents or the shards.
        StoreError: The database cannot be used.
    """
    for name in ("client", "gateway", "shard"):
        logger = logging.getLogger(f"discord.{name}")
        if not any(isinstance(f, _Terse) for f in logger.filters):
            logger.addFilter(_Terse())
    desk = Desk(host, admin, settings)
    await desk.start()
    if host.shared:
        work = share(desk, settings, stop)
    else:
        await desk.recover()
        work = keep_connected(desk, settings)
    connection = asyncio.create_task(work, name="discord connection")
    attending = asyncio.create_task(host.attend(PLATFORM, desk.answer_taken, desk.tell_taken, stop))
    timers = asyncio.create_task(host.timers(PLATFORM, desk.ring), name="discord timers")
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([connection, stopping], return_when=asyncio.FIRST_COMPLETED)
        if connection.done():
            connection.result()
    finally:
        log.info("Leaving Discord.")
        await desk.stop(GRACE_S)
        if stop.is_set():
            await asyncio.wait([attending], timeout=GRACE_S)
        for task in (timers, stopping, attending, connection):
            task.cancel()
        await asyncio.gather(timers, stopping, attending, connection, return_exceptions=True)


async def share(desk: Desk, settings: Settings, stop: asyncio.Event) -> None:
    """One of several processes: each answers through a client of its own, and receives from the shards that it leads.

    Goes on after ``stop`` was set, until cancelled: what is in work is still sent.
    """
    options = settings.discord
    every = range(options.shards) if options.shards > 1 else (None,)
    client = await _log_in(desk, settings)
    try:
        leading = (desk.host.lead(_role(shard), partial(_receive, desk, settings, shard), stop) for shard in every)
        await asyncio.gather(*leading)
        await asyncio.Event().wait()
    finally:
        await client.close()


def _role(shard: int | None) -> str:
    return f"{PLATFORM} gateway" + ("" if shard is None else f", shard {shard}")


async def _receive(desk: Desk, settings: Settings, shard: int | None, over: asyncio.Event) -> None:
    """Listen to a shard (None: to all) until ``over`` is set."""
    await desk.look_back()
    connection = asyncio.create_task(keep_connected(desk, settings, shard, sends=False))
    ending = asyncio.create_task(over.wait())
    try:
        await asyncio.wait([connection, ending], return_when=asyncio.FIRST_COMPLETED)
        if connection.done():
            connection.result()
    finally:
        for task in (connection, ending):
            task.cancel()
        await asyncio.gather(connection, ending, return_exceptions=True)
        desk.host.presence(PLATFORM)  # others receive, and this one goes on answering


async def _log_in(desk: Desk, settings: Settings) -> discord.Client:
    """A client for requests only; a network that is away is waited for."""
    wait = FIRST_WAIT_S
    while True:
        client = make_client(desk, settings.discord, receives=False)
        try:
            await client.login(settings.discord.token.get_secret_value().strip())
            desk.host.presence(PLATFORM)
            return client
        except discord.LoginFailure:
            raise SettingsError(REFUSED) from None
        except (discord.DiscordException, OSError, aiohttp.ClientError, TimeoutError) as error:
            await client.close()
            log.warning("Discord cannot be reached (%s); again in %.0f s.", redact.redact(str(error)), wait)
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))
        wait = min(LONGEST_WAIT_S, wait * 2)


async def keep_connected(desk: Desk, settings: Settings, shard: int | None = None, sends: bool = True) -> None:
    """Connect, and connect anew whenever the library gives up; ends only with an error that a person must mend."""
    token = settings.discord.token.get_secret_value().strip()
    wait = FIRST_WAIT_S
    while True:
        client = make_client(desk, settings.discord, shard, sends)
        begun = time.monotonic()
        failure: object = "it was closed"
        try:
            await client.start(token)
        except discord.LoginFailure:
            raise SettingsError(REFUSED) from None
        except discord.PrivilegedIntentsRequired:
            raise SettingsError(NO_CONTENT) from None
        except discord.ConnectionClosed as error:
            if error.code in _FATAL:
                raise SettingsError(_FATAL[error.code]) from None
            failure = error
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
        finally:
            desk.disconnected(client)
            with contextlib.suppress(Exception):
                await client.close()
        if time.monotonic() - begun > STEADY_S:
            wait = FIRST_WAIT_S
        log.warning("The connection to Discord ended (%s); a new one in %.0f s.", redact.redact(str(failure)), wait)
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))
        wait = min(LONGEST_WAIT_S, wait * 2)
