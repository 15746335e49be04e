"""The connection to Discord's gateway: events go to the desk, nothing else happens here."""

import logging
from typing import Any

import aiohttp
import discord
import yarl
from discord import app_commands

from bot import fence, redact
from bot.platforms.discord import clicks, commands
from bot.platforms.discord.address import PLATFORM
from bot.platforms.discord.catching_up import CatchingUp
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.outbox import NO_MENTIONS
from bot.settings import DiscordSettings

log = logging.getLogger(__name__)
SYNC_PATIENCE_S = 300.0


def make_client(
    desk: Desk, settings: DiscordSettings, shard: int | None = None, sends: bool = True, receives: bool = True
) -> discord.Client:
    """A client, not connected yet: one connection, or as many shards as the settings say (0: as Discord says).

    Args:
        desk: Takes in what comes, and sends through the client.
        settings: ``settings.discord``.
        shard: The only one of so many shards to connect; None for all.
        sends: Whether the desk's requests go through it.
        receives: Whether it is for the gateway.
    """
    discord.http.Route.BASE = settings.api_url.rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway_url)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody misses what voice would need
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    intents.message_content = settings.message_content
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_before_request)
    options: dict[str, Any] = {
        "http_trace": trace,
        "intents": intents,
        "allowed_mentions": NO_MENTIONS,
        "max_messages": None,
        "chunk_guilds_at_startup": False,
        "member_cache_flags": discord.MemberCacheFlags.none(),
    }
    if shard is not None:
        options |= {"shard_id": shard, "shard_count": settings.shards}
    if settings.shards == 1 or shard is not None or not receives:
        client: SingleClient | ShardedClient = SingleClient(desk, **options)
    else:
        client = ShardedClient(desk, shard_count=settings.shards or None, **options)
    client.sends, client.registers = sends, receives and not shard
    return client


async def _before_request(*_: Any) -> None:
    """After all that the library waits for: what another process may be sending by now is not sent."""
    fence.check()


class _Events:
    """What both kinds of client do."""

    desk: Desk
    tree: app_commands.CommandTree[Any]
    sends = registers = True

    def prepare(self, client: discord.Client, desk: Desk) -> None:
        self.desk = desk
        self.tree = app_commands.CommandTree(client)
        self._catching_up = CatchingUp(desk)
        commands.build(self.tree, desk)
        # An event that the library cannot read must not end the connection: it is left out.
        parsers = client._connection.parsers
        for event, parse in list(parsers.items()):
            parsers[event] = _guarded(event, parse)

    def dispatch(self, event: str, /, *args: Any, **more: Any) -> None:
        """Tell of an event; the library says that it is ready even after it was closed, when nobody can listen."""
        assert isinstance(self, discord.Client)
        if not self.is_closed():
            super().dispatch(event, *args, **more)  # type: ignore[misc]

    async def setup_hook(self) -> None:
        """Logged in, and not connected yet."""
        assert isinstance(self, discord.Client)
        if self.sends:
            self.desk.connected(self)
        if self.registers and not self.desk.commands_registered:
            self.loop.create_task(self._register_commands())

    async def _register_commands(self) -> None:
        try:
            await self.desk.outbox.insist(self.tree.sync, SYNC_PATIENCE_S)
            self.desk.commands_registered = True
        except Exception as error:  # the bot can be talked to without them
            log.warning("The slash commands could not be registered: %s", redact.redact(str(error)))

    async def on_connect(self) -> None:
        """A new session: what was said before it is read from the history."""
        self._catching_up.begin()

    async def on_ready(self) -> None:
        """The gateway knows us."""
        self.desk.host.presence(PLATFORM)

    async def on_resumed(self) -> None:
        """A connection that broke goes on."""
        self.desk.host.presence(PLATFORM)

    async def on_disconnect(self) -> None:
        """The connection broke; the library makes a new one."""
        self.desk.host.presence(PLATFORM, "The connection to Discord broke.")

    async def on_message(self, message: discord.Message) -> None:
        self.desk.message(message)

    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        self.desk.message(payload.message, edited=True)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await clicks.handle(self.desk, interaction)

    async def on_error(self, event_method: str, /, *_args: Any, **_kwargs: Any) -> None:
        log.exception("Handling of %s failed", event_method)


class SingleClient(_Events, discord.Client):
    """One connection."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self.prepare(self, desk)


class ShardedClient(_Events, discord.AutoShardedClient):
    """A connection per shard."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self.prepare(self, desk)


def _guarded(event: str, parse: Any) -> Any:
    def guarded(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:
            if event in ("READY", "RESUMED"):  # without these there is no session
                raise
            log.warning("An event %s could not be read and is left out: %r", event, error)

    return guarded
