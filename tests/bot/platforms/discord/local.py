"""A Discord on 127.0.0.1 for the real discord.py: HTTP, gateway, and people who write, click and type commands.

It keeps Discord's limits, so that a bot that breaks one fails here as it would there.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web

from tests.bot.platforms.discord.faults import Trouble
from tests.bot.platforms.discord.gateway import Gateway
from tests.bot.platforms.discord.rest import Rest
from tests.bot.platforms.discord.world import DM, EPHEMERAL, LOADING, World

T = TypeVar("T")
# Shaped like a token, and of no bot.
TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GaBcDe.abcdefghijklmnopqrstuvwxyz0123456789AB"


class LocalDiscord:
    """The whole service. Use ``async with``.

    Attributes:
        world: Guilds, channels, messages.
        gateway: Sockets; drops, invalidations and repetitions are made there.
        rest: Commands and interactions.
        trouble: Faults and rate limits of HTTP, and every request that came.
    """

    def __init__(self) -> None:
        self.world = World()
        self.trouble = Trouble()
        self._changed = asyncio.Event()

    async def __aenter__(self) -> "LocalDiscord":
        app = web.Application(middlewares=[self.trouble.middleware], client_max_size=32 << 20)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        # The port is known only once it is open, and routes must be there before.
        import socket

        listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = listener.getsockname()[1]
        self.gateway = Gateway(self.world, TOKEN, f"ws://127.0.0.1:{self.port}/gw/")
        self.rest = Rest(self.world, TOKEN, self.gateway.url, self.gateway.dispatch)
        self.gateway.on_change = self.trouble.on_change = self._changed.set
        app.add_routes([web.get("/gw/", self.gateway.serve), *self.rest.routes()])
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def settings(self) -> dict[str, str]:
        """What a bot needs to find it, by the names of the environment without their prefix."""
        return {"DISCORD__TOKEN": TOKEN, "DISCORD__API_URL": self.url, "DISCORD__GATEWAY_URL": self.gateway.url}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/v10"

    async def until(self, what: Callable[[], T], limit_s: float = 30.0) -> T:
        """Wait until ``what()`` is true and return it."""
        end = time.monotonic() + limit_s
        while not (value := what()):
            self._changed.clear()
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"it did not come to pass; last requests: {self.trouble.requests[-5:]}")
            try:
                await asyncio.wait_for(self._changed.wait(), min(left, 0.25))
            except TimeoutError:
                continue
        return value

    async def ready(self) -> None:
        """Wait until a bot is connected and has its commands registered."""
        await self.until(lambda: self.gateway.live and self.rest.commands)

    def person(self, name: str) -> "Person":
        return Person(self, self.world.add_user(name))

    def said(self, channel: dict[str, Any], by: str | None = None) -> list[dict[str, Any]]:
        """The bot's visible messages in a channel (or those of another author), oldest first."""
        author = by or self.world.bot["id"]
        messages = self.world.messages[channel["id"]].values()
        return [m for m in messages if m["author"]["id"] == author and not m["flags"] & LOADING]

    def finished(self, channel: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of the bot's messages that are whole."""
        return [m for m in self.said(channel) if whole(m)]

    def answers(self, to: dict[str, Any]) -> list[dict[str, Any]]:
        """The bot's messages that refer to a message, also those that are only begun."""
        messages = self.world.messages[to["channel_id"]].values()
        return [m for m in messages if (m.get("message_reference") or {}).get("message_id") == to["id"]]

    def replied(self, to: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of them that are whole."""
        return [m for m in self.answers(to) if whole(m)]

    def threads(self, channel: dict[str, Any]) -> list[dict[str, Any]]:
        return [c for c in self.world.channels.values() if c.get("parent_id") == channel["id"]]


class Person:
    """Somebody with a Discord client."""

    def __init__(self, discord: LocalDiscord, user: dict[str, Any]) -> None:
        self.discord, self.user, self.world = discord, user, discord.world
        self.locale = "en-US"

    @property
    def dm(self) -> dict[str, Any]:
        return self.world.add_dm(self.user)

    async def says(self, channel: dict[str, Any], text: str, to: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write a message; ``to`` makes it a reply."""
        body: dict[str, Any] = {"content": text}
        if to is not None:
            body["message_reference"] = {"message_id": to["id"]}
        message = self.world.add_message(channel, self.user, body)
        if to is not None and to["author"] not in message["mentions"]:
            message["mentions"].append(to["author"])  # replies ping, unless switched off
        await self.discord.gateway.dispatch("MESSAGE_CREATE", self.world.dispatched(message), channel.get("guild_id"))
        return message

    async def edits(self, message: dict[str, Any], text: str) -> None:
        self.world.change_message(message, {"content": text})
        guild = self.world.channels[message["channel_id"]].get("guild_id")
        await self.discord.gateway.dispatch("MESSAGE_UPDATE", self.world.dispatched(message), guild)

    async def asks(self, channel: dict[str, Any], text: str, to: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write a message and wait for the first answer to it, whole."""
        before = len(self.discord.finished(channel))
        await self.says(channel, text, to)
        await self.discord.until(lambda: len(self.discord.finished(channel)) > before)
        return self.discord.finished(channel)[before]

    async def slash(self, channel: dict[str, Any], name: str, permissions: str = "0", **options: Any) -> dict[str, Any]:
        """Run a slash command."""
        given = [{"name": k, "type": 4 if isinstance(v, int) else 3, "value": v} for k, v in options.items()]
        data = {"id": self._command(name)["id"], "name": name, "type": 1, "options": given}
        return await self._interact(channel, 2, data, permissions=permissions)

    async def completes(self, channel: dict[str, Any], name: str, option: str, text: str) -> list[dict[str, Any]]:
        """Type into an option of a command and get what is offered."""
        given = [{"name": option, "type": 3, "value": text, "focused": True}]
        data = {"id": self._command(name)["id"], "name": name, "type": 1, "options": given}
        interaction = await self._interact(channel, 4, data)
        await self.discord.until(lambda: interaction["acknowledged"])
        choices: list[dict[str, Any]] = interaction["data"]["choices"]
        return choices

    async def clicks(self, message: dict[str, Any], label: str) -> dict[str, Any]:
        """Press the button with this label (or emoji)."""
        button = next(c for c in components(message) if label in (c.get("label"), (c.get("emoji") or {}).get("name")))
        data = {"component_type": 2, "custom_id": button["custom_id"]}
        return await self._interact(self.world.channels[message["channel_id"]], 3, data, message)

    async def selects(self, message: dict[str, Any], label: str) -> dict[str, Any]:
        """Choose the option with this label in the message's menu."""
        menu = next(c for c in components(message) if c["type"] == 3)
        value = next(o["value"] for o in menu["options"] if o["label"] == label)
        data = {"component_type": 3, "custom_id": menu["custom_id"], "values": [value]}
        return await self._interact(self.world.channels[message["channel_id"]], 3, data, message)

    async def submits(self, shown: dict[str, Any], text: str) -> dict[str, Any]:
        """Fill the modal that an interaction showed, and send it."""
        modal = shown["data"]
        rows = []
        for row in modal["components"]:
            inside = row["components"][0] if row["type"] == 1 else row["component"]
            value = {"type": 4, "custom_id": inside["custom_id"], "value": text}
            rows.append({"type": 1, "components": [value]} if row["type"] == 1 else {"type": 18, "component": value})
        data = {"custom_id": modal["custom_id"], "components": rows}
        return await self._interact(self.world.channels[shown["channel_id"]], 5, data, shown.get("message"))

    def answer(self, interaction: dict[str, Any]) -> dict[str, Any] | None:
        """The first answer to an interaction, once it is more than "thinking" or a beginning."""
        for id_ in interaction["responses"][:1]:
            message = self.world.ephemeral.get(id_) or self.world.messages[interaction["channel_id"]].get(id_)
            if message is not None and not message["flags"] & LOADING and whole(message):
                return message
        return None

    async def answered(self, interaction: dict[str, Any]) -> dict[str, Any]:
        """Wait for the first answer to an interaction."""
        found = await self.discord.until(lambda: self.answer(interaction))
        assert found is not None
        return found

    def _command(self, name: str) -> dict[str, Any]:
        return next(c for c in self.discord.rest.commands if c["name"] == name)

    async def _interact(
        self,
        channel: dict[str, Any],
        kind: int,
        data: dict[str, Any],
        message: dict[str, Any] | None = None,
        permissions: str = "0",
    ) -> dict[str, Any]:
        id_, token = self.world.snowflake(), secrets.token_hex(20)
        kept: dict[str, Any] = {"id": id_, "token": token, "type": kind, "at": time.monotonic(), "acknowledged": None}
        kept |= {"data": {}, "responses": [], "channel_id": channel["id"], "message": message, "user": self.user["id"]}
        self.discord.rest.interactions[id_] = kept
        payload: dict[str, Any] = {"id": id_, "application_id": self.world.application_id, "type": kind, "token": token}
        payload |= {"version": 1, "data": data, "channel_id": channel["id"], "channel": channel, "locale": self.locale}
        payload |= {"app_permissions": str((1 << 50) - 1), "entitlements": [], "authorizing_integration_owners": {}}
        payload |= {"context": 1 if channel["type"] == DM else 0, "attachment_size_limit": 10 << 20}
        if channel["type"] == DM:
            payload["user"] = self.user
        else:
            payload["guild_id"] = channel["guild_id"]
            payload["guild"] = {"id": channel["guild_id"], "locale": "en-US", "features": []}
            payload["member"] = self.world.member(self.user) | {"permissions": permissions}
        if message is not None:
            payload["message"] = message
        await self.discord.gateway.dispatch("INTERACTION_CREATE", payload, channel.get("guild_id"))
        return kept


def whole(message: dict[str, Any]) -> bool:
    """Whether a message of the bot is neither the beginning of a reply nor a place in the line."""
    return not message["content"].endswith(" …") and not message["content"].startswith("⏳")


def components(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Buttons and menus of a message."""
    return [c for row in message["components"] for c in row["components"]]


def labels(message: dict[str, Any]) -> list[str]:
    """What stands on its buttons."""
    return [c.get("label") or (c.get("emoji") or {}).get("name", "") for c in components(message) if c["type"] == 2]


def visible(message: dict[str, Any]) -> str:
    """All that a message shows: content, then embeds."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [embed.get("title") or "", embed.get("description") or ""]
        parts += [f"{f['name']}: {f['value']}" for f in embed.get("fields", ())]
    return "\n".join(part for part in parts if part)


def private(message: dict[str, Any]) -> bool:
    """Whether only one person sees a message."""
    return bool(message["flags"] & EPHEMERAL)
