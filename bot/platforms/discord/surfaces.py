"""Where a reply is shown: in a channel, or as the answer to a command."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import discord

from bot.platforms.discord.cards import Part
from bot.platforms.discord.outbox import NO_MENTIONS, Gone, Outbox, Refused

log = logging.getLogger(__name__)
ClientSource = Callable[[], Awaitable[discord.Client]]
PRIVATE_PATIENCE_S = 20.0
ACKNOWLEDGED_S = 5.0  # a command that was not acknowledged by then (Discord waits for 3 s) never will be
TOKEN_S = 15 * 60.0


class Surface(Protocol):
    """A place for the messages of one reply."""

    thinking: bool  # whether the cook sees that something is being made, without our saying so

    def details(self) -> dict[str, Any]:
        """What another process needs, beside the ids of chat and message, to show a reply there."""
        ...

    async def create(self, part: Part, nonce: str) -> str:
        """Send a message; its id. The same nonce gives the same message."""
        ...

    async def edit(self, message_id: str, part: Part) -> None:
        """Change a message to what ``part`` says."""
        ...

    async def tell(self, sentence: str) -> None:
        """Say something that is for the cook only, where that is possible."""
        ...

    async def file(self, says: str, attachment: Callable[[], discord.File], nonce: str) -> None:
        """Send a file; it is made anew for each try."""
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

    def details(self) -> dict[str, Any]:
        return {}

    async def create(self, part: Part, nonce: str) -> str:
        more: dict[str, Any] = {"view": part.view} if part.view is not None else {}
        message = await self._outbox.insist(
            self._message(part.content or None, embeds=list(part.embeds), nonce=nonce, **more)
        )
        return str(message.id)

    async def edit(self, message_id: str, part: Part) -> None:
        async def request() -> discord.Message:
            message = (await self._where()).get_partial_message(int(message_id))
            return await message.edit(
                content=part.content or None, embeds=list(part.embeds), view=part.view, allowed_mentions=NO_MENTIONS
            )

        await self._outbox.insist(request)

    async def tell(self, sentence: str) -> None:
        await self._outbox.insist(self._message(sentence), PRIVATE_PATIENCE_S)

    async def file(self, says: str, attachment: Callable[[], discord.File], nonce: str) -> None:
        await self._outbox.insist(self._message(says, attachment, nonce=nonce))

    def _message(
        self, content: str | None, attachment: Callable[[], discord.File] | None = None, **more: Any
    ) -> Callable[[], Awaitable[discord.Message]]:
        """The request for a new message; only the first one of a reply refers to what is answered."""
        reference, self.reply_to = self.reply_to, None
        if reference is not None:
            more["reference"] = discord.MessageReference(
                message_id=reference, channel_id=self.channel, fail_if_not_exists=False
            )

        async def request() -> discord.Message:
            file: dict[str, Any] = {"file": attachment()} if attachment is not None else {}
            return await (await self._where()).send(content, allowed_mentions=NO_MENTIONS, **more, **file)

        return request

    async def _where(self) -> discord.PartialMessageable:
        return (await self._client()).get_partial_messageable(self.channel)


class DirectSurface(ChannelSurface):
    """Direct messages with a cook, for what was asked in private and cannot be answered there any more.

    Args:
        client: Waits for a client that is logged in and gives it.
        outbox: Makes the requests.
        user: Discord's id of the cook.
    """

    def __init__(self, client: ClientSource, outbox: Outbox, user: int) -> None:
        super().__init__(client, outbox, 0)
        self._user = user

    async def _where(self) -> discord.PartialMessageable:
        if not self.channel:
            self.channel = (await (await self._client()).create_dm(discord.Object(self._user))).id
        return await super()._where()


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
        interaction: "discord.Interaction[Any] | Command",
        outbox: Outbox,
        acknowledged: Awaitable[bool],
        channel: ChannelSurface,
    ) -> None:
        self._interaction, self._outbox, self._channel = interaction, outbox, channel
        self._acknowledged = asyncio.ensure_future(acknowledged)
        self._filled = False
        self._here: set[str] = set()

    def details(self) -> dict[str, Any]:
        return {"application": self._interaction.application_id, "token": self._interaction.token}

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

    async def file(self, says: str, attachment: Callable[[], discord.File], nonce: str) -> None:
        if not self._filled and await self._usable():
            self._filled = True

            async def request() -> discord.Message:  # editing what is there can be repeated
                return await self._interaction.edit_original_response(content=says, attachments=[attachment()])

            try:
                await self._outbox.insist(request)
                return
            except (Gone, Refused) as error:
                log.info("A command can no longer be answered with a file (%s); the channel is written to.", error)
        await self._channel.file(says, attachment, nonce)

    async def _usable(self) -> bool:
        return await asyncio.shield(self._acknowledged) and not self._interaction.is_expired()


class Command:
    """A command that another process may have received: it is answered by its token.

    Args:
        client: Makes the requests.
        application, token, id: Of the command.
    """

    def __init__(self, client: discord.Client, application: int, token: str, id_: int) -> None:
        self.application_id, self.token = application, token
        self._begun = discord.utils.snowflake_time(id_).timestamp()
        hook: Any = {"id": application, "type": discord.WebhookType.application.value, "token": token}
        self.followup = discord.Webhook.from_state(hook, client._connection)

    async def edit_original_response(self, **content: Any) -> discord.Message:
        original: Any = "@original"
        try:
            return await self.followup.edit_message(original, **content)
        except discord.NotFound:
            if time.time() - self._begun > ACKNOWLEDGED_S:
                raise
            raise OSError("the process that received the command has not acknowledged it yet") from None

    async def delete_original_response(self) -> None:
        original: Any = "@original"
        await self.followup.delete_message(original)

    def is_expired(self) -> bool:
        return time.time() - self._begun > TOKEN_S


def surface_of(
    details: dict[str, Any], id_: int, client: discord.Client, outbox: Outbox, channel: ChannelSurface
) -> InteractionSurface:
    """The answer to a command, from what :meth:`InteractionSurface.details` said of it."""

    async def acknowledged() -> bool:
        return True

    command = Command(client, int(details["application"]), str(details["token"]), id_)
    return InteractionSurface(command, outbox, acknowledged(), channel)
