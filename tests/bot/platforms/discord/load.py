"""Cooks for :mod:`bot.load`: half of them in direct messages, half in threads."""

import contextlib
from collections.abc import Sequence
from typing import Any

from bot.load import Answer
from tests.bot.platforms.discord.local import LocalDiscord, Person, labels, visible


class Crowd:
    """Implements :class:`bot.load.Crowd`."""

    def __init__(self) -> None:
        self._discord = LocalDiscord()
        self._cooks: dict[int, tuple[Person, dict[str, Any]]] = {}
        self._answered = 0

    async def start(self) -> dict[str, str]:
        await self._discord.__aenter__()
        owner = self._discord.person("Owner")
        self._square = self._discord.world.add_channel(self._discord.world.add_guild("Town", owner.user), "square")
        # Discord's own window: five messages in five seconds per channel.
        self._discord.trouble.limits = {"create": (5, 5.0), "edit": (5, 5.0), "webhook": (5, 2.0)}
        return {f"SOUSCHEF_{key}": value for key, value in self._discord.settings().items()}

    def _cook(self, chat: int) -> tuple[Person, dict[str, Any]]:
        if chat not in self._cooks:
            cook, world = self._discord.person(f"Cook {chat}"), self._discord.world
            kitchen = cook.dm if chat % 2 else world.add_thread(self._square, f"Kitchen {chat}", world.bot["id"])
            self._cooks[chat] = (cook, kitchen)
        return self._cooks[chat]

    async def say(self, chat: int, texts: Sequence[str], limit_s: float) -> list[Answer]:
        cook, channel = self._cook(chat)
        asked = [await cook.says(channel, text) for text in texts]
        with contextlib.suppress(AssertionError):
            await self._discord.until(lambda: all(self._whole(message) for message in asked), limit_s)
        return [self._answer(message) for message in asked]

    def _whole(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a message, once it has its thumbs: what is still being made has none."""
        answers = self._discord.answers(asked)
        return answers[0] if answers and "👍" in labels(answers[0]) else None

    def _answer(self, asked: dict[str, Any]) -> Answer:
        whole, world = self._whole(asked), self._discord.world
        if whole is None:
            return Answer("")
        self._answered += 1
        sent = world.made[asked["id"]]
        return Answer(visible(whole), world.made[whole["id"]] - sent, world.changed[whole["id"]] - sent)

    def extra(self) -> int:
        said = sum(len(self._discord.said(channel)) for channel in self._discord.world.channels.values())
        return said - self._answered

    async def stop(self) -> None:
        await self._discord.__aexit__()
