"""Where a reply is shown: in a channel, or as the answer to a command."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord

from bot.platforms.discord.cards import Part
from bot.platforms.discord.outbox import NO_MENTIONS, Gone, Outbox, Refused

log = logging.getLogger(__name__)
ClientSource = Callable[[], Awaitable[discord.Client]]
PRIVATE_PATIENCE_S = 20.0


class Surface(Protocol):
    """A place for the messages of one reply."""

    thinking: bool  # whether the cook sees that something is being made, without our saying so

    async def create(self, part: Part, nonce: str) -> str:
        """Send a message; its id. The same nonce gives the same message."""
        ...

    async def edit(self, message_id: str, part: Part) -> None:
        """Change a message to what ``part`` says."""
        ...

    async def tell(self, sentence: str) -> None:
        """Say something that is for the cook only, where that is possible."""
        ...


class ChannelSurface:
    """A channel, thread or direct messages.

    Args:
        client: Waits for a client that is logged in and gives it.
        outbox: Makes the requests.
        channel: Discord's id.
        reply_to: The message that is answered, or None.
    """

    thinking = False

    def __init__(self, client: ClientSource, outbox: Outbox, channel: int, reply_to: int | None = None) -> None:
        self._client, self._outbox, self.channel, self.reply_to = client, outbox, channel, reply_to

    async def create(self, part: Part, nonce: str) -> str:
        reference, self.reply_to = self.reply_to, None  # only the first message of a reply refers

        async def request() -> discord.Message:
            where = (await self._client()).get_partial_messageable(self.channel)
            more: dict[str, Any] = {"view": part.view} if part.view is not None else {}
            if reference is not None:
                more["reference"] = discord.MessageReference(
                    message_id=reference, channel_id=self.channel, fail_if_not_exists=False
                )
            return await where.send(
                part.content or None, embeds=list(part.embeds), nonce=nonce, allowed_mentions=NO_MENTIONS, **more
            )

        return str((await self._outbox.insist(request)).id)

    async def edit(self, message_id: str, part: Part) -> None:
        async def request() -> discord.Message:
            message = (await self._client()).get_partial_messageable(self.channel).get_partial_message(int(message_id))
            return await message.edit(
                content=part.content or None, embeds=list(part.embeds), view=part.view, allowed_mentions=NO_MENTIONS
            )

        await self._outbox.insist(request)

    async def tell(self, sentence: str) -> None:
        reference, self.reply_to = self.reply_to, None

        async def request() -> discord.Message:
            where = (await self._client()).get_partial_messageable(self.channel)
            more: dict[str, Any] = {}
            if reference is not None:
                more["reference"] = discord.MessageReference(
                    message_id=reference, channel_id=self.channel, fail_if_not_exists=False
                )
            return await where.send(sentence, allowed_mentions=NO_MENTIONS, **more)

        await self._outbox.insist(request, PRIVATE_PATIENCE_S)


class InteractionSurface:
    """The answer to a slash command, which was acknowledged with "thinking…".

    The answer's token is good for 15 minutes; after that, or if it is refused, the channel takes over.

    Args:
        interaction: The command.
        outbox: Makes the requests.
        acknowledged: Done once Discord knows that an answer comes.
        channel: Takes over.
    """

    thinking = True

    def __init__(
        self,
        interaction: discord.Interaction[Any],
        outbox: Outbox,
        acknowledged: Awaitable[bool],
        channel: ChannelSurface,
    ) -> None:
        self._interaction, self._outbox, self._channel = interaction, outbox, channel
        self._acknowledged = asyncio.ensure_future(acknowledged)
        self._filled = False
        self._here: set[str] = set()

    async def create(self, part: Part, nonce: str) -> str:
        if self._filled or not await self._usable():
            # A second answer to a command could be doubled by trying again; a message in the channel cannot.
            return await self._channel.create(part, nonce)
        self._filled = True
        more: dict[str, Any] = {"view": part.view} if part.view is not None else {}

        async def request() -> discord.Message:  # editing what is there can be repeated
            return await self._interaction.edit_original_response(
                content=part.content or None, embeds=list(part.embeds), allowed_mentions=NO_MENTIONS, **more
            )

        try:
            message = await self._outbox.insist(request)
        except (Gone, Refused) as error:
            log.info("A command can no longer be answered as one (%s); the channel is written to.", error)
            return await self._channel.create(part, nonce)
        self._here.add(str(message.id))
        return str(message.id)

    async def edit(self, message_id: str, part: Part) -> None:
        if message_id not in self._here:
            await self._channel.edit(message_id, part)
            return

        async def request() -> discord.Message:
            return await self._interaction.followup.edit_message(
                int(message_id),
                content=part.content or None,
                embeds=list(part.embeds),
                view=part.view,
                allowed_mentions=NO_MENTIONS,
            )

        try:
            await self._outbox.insist(request)
        except (Gone, Refused):
            await self._channel.edit(message_id, part)

    async def tell(self, sentence: str) -> None:
        if not await self._usable():
            await self._channel.tell(sentence)
            return
        try:
            if (
                not self._filled
            ):  # "thinking…" is for all to see: it goes, and what is said instead is for the cook only
                self._filled = True
                await self._outbox.insist(self._interaction.delete_original_response, PRIVATE_PATIENCE_S)
            await self._outbox.insist(
                lambda: self._interaction.followup.send(sentence, ephemeral=True, allowed_mentions=NO_MENTIONS),
                PRIVATE_PATIENCE_S,
            )
        except (Gone, Refused):
            await self._channel.tell(sentence)

    async def _usable(self) -> bool:
        return await asyncio.shield(self._acknowledged) and not self._interaction.is_expired()
