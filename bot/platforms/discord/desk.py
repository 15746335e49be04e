"""Where everything that is said on Discord comes in, is logged, waits its turn, is answered and shown.

A message passes two lanes. In the lane of its channel it is read and logged (:meth:`bot.host.Host.receive`), in order;
what was said while the bot was away comes first there. In the lane of its conversation it is answered and shown. What
is logged survives a crash; what was not logged is found again in the channel's history.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord

from bot import redact
from bot.actions.timers import Ring
from bot.admin import Admin
from bot.host import Host, Received, Refusal
from bot.messages import Message
from bot.platforms.discord import reading
from bot.platforms.discord.address import PLATFORM, Address, interaction_id, is_edit, is_interaction, message_id, origin
from bot.platforms.discord.cards import Part
from bot.platforms.discord.exporting import export_file
from bot.platforms.discord.kitchens import GuildSettings, Kitchens, address, units
from bot.platforms.discord.lanes import Lanes
from bot.platforms.discord.outbox import NO_MENTIONS, Gone, Outbox, Refused
from bot.platforms.discord.showing import EDITED, Showing
from bot.platforms.discord.surfaces import ChannelSurface, Surface
from bot.platforms.discord.text import inert, split, told
from bot.platforms.locale import regular_numbers
from bot.settings import Settings
from retrieval.clean import strip_controls

log = logging.getLogger(__name__)
EXPORT_PRIVATELY = "Type /export as a command here, then only you see the file; or write to me directly."


@dataclass(slots=True)
class Said:
    """Something that was said to the bot, and where the answer goes.

    Attributes:
        address: The conversation.
        user: Discord's id of the cook.
        text: The words.
        id: What it is logged under.
        surface: Where the answer is shown.
        turn: Its logged turn.
        begun: Messages that hold the beginning of the answer already.
        again: Whether a crash came between, so that the answer may be there.
    """

    address: Address
    user: int
    text: str
    id: str
    surface: Surface
    turn: int = 0
    begun: tuple[str, ...] = ()
    again: bool = False

    @property
    def message(self) -> Message:
        return Message(str(self.address), str(self.user), self.text, self.id, PLATFORM)


class Desk:
    """The adapter without its connection; lives as long as the process, while clients come and go.

    Args:
        host: Answers.
        admin: Carries out admin commands.
        settings: All settings.
    """

    def __init__(self, host: Host, admin: Admin, settings: Settings) -> None:
        self.host, self.admin, self.settings = host, admin, settings
        self.outbox = Outbox()
        self.kitchens: Kitchens
        self.arrivals: Lanes[Callable[[], Awaitable[None]]] = Lanes(lambda take: take())
        self.answers: Lanes[Said] = Lanes(self._answer)
        self.seen: dict[int, int] = {}  # last snowflake that was logged, by channel
        self.commands_registered = False
        self._client: discord.Client | None = None
        self._online = asyncio.Event()

    async def start(self) -> None:
        """Open the tables.

        Raises:
            StoreError: The database cannot be used.
        """
        from bot.host import KEPT_S

        self.kitchens = await self.host.run(Kitchens, self.host.assistant.store)
        since = self.host.assistant.clock() - 14 * KEPT_S
        self.seen = await self.host.run(self.kitchens.last_seen, since)
        self.admin.register(PLATFORM, self.broadcast)

    async def stop(self, grace_s: float) -> None:
        """Take in nothing more and finish what is in work. What waits is answered after the next start."""
        self.outbox.stopping = True
        await self.arrivals.stop(grace_s / 2)
        await self.answers.stop(grace_s / 2)

    # The connection.

    def connected(self, client: discord.Client) -> None:
        """A client is logged in: requests go through it from now on."""
        self._client = client
        self._online.set()

    def disconnected(self) -> None:
        self._online.clear()

    async def client(self) -> discord.Client:
        """The client that is logged in, once there is one."""
        await self._online.wait()
        assert self._client is not None
        return self._client

    @property
    def me(self) -> int:
        """The bot's own id; 0 before it is known."""
        user = self._client.user if self._client is not None else None
        return user.id if user is not None else 0

    def channel(self, id_: int, reply_to: int | None = None) -> ChannelSurface:
        return ChannelSurface(self.client, self.outbox, id_, reply_to)

    async def guild_settings(self, guild: int | None) -> GuildSettings:
        """How the bot behaves in a server, or in direct messages."""
        known = self.kitchens.known(guild)
        return known if known is not None else await self.host.run(self.kitchens.of, guild)

    # Taking in.

    def message(self, message: discord.Message, edited: bool = False) -> None:
        """A message came, or was edited. In the order in which Discord made them."""
        if not self.outbox.stopping:
            self.arrivals.put(
                str(message.channel.id),
                message.id,
                lambda: self.take_message(message, message.channel, edited),
            )

    async def take_message(self, message: discord.Message, channel: Any, edited: bool = False) -> None:
        """Read a message and log it if it is for the bot."""
        if isinstance(channel, discord.PartialMessageable):
            channel = await self._whole(channel)
        if not reading.addressed(message, channel, self.me):
            return
        heard = reading.read(message, self.me)
        text = regular_numbers(heard.text, _locale(channel))
        guild = channel.guild.id if getattr(channel, "guild", None) is not None else None
        thread = isinstance(channel, discord.Thread)
        known = await self.guild_settings(guild)
        where = address(channel.id, message.author.id, guild, thread, known.sessions)
        id_ = message_id(message.id)
        if edited:
            before = await self.host.run(self.kitchens.logged, where, message.id)
            moment = reading.changed(message)
            if before is not None and (not moment or _same(before, text)):
                return
            id_ = message_id(message.id, moment if before is not None else 0)
        surface = self.channel(channel.id, message.id)
        user = message.author.id
        if heard.kind == "say":
            begin = units(known.units, _locale(channel), self.settings.chat.units)
            received = await self.take(Said(where, user, text, id_, surface), begin)
            if isinstance(received, Refusal) and received.tell:
                await _told(surface, str(received))
        else:
            await self._at_once(heard, surface, user, guild, id_)

    async def take(self, said: Said, begin: str = "") -> Received | Refusal:
        """Log what was said, and let it wait for its answer. ``begin``: units of a conversation that begins with it.

        Returns:
            What became of it; a refusal is for the caller to tell.
        """
        try:
            received = await self.host.receive(said.message)
        except Refusal as refusal:
            return refusal
        except Exception as error:
            log.warning("A message could not be taken in: %s", redact.redact(str(error)))
            return Refusal(told(error))
        channel = said.address.channel
        self.seen[channel] = max(self.seen.get(channel, 0), origin(said.id))
        if not received.repeated:
            said.turn = received.turn_id
            if begin:
                await self.host.run(self.kitchens.begin, said.address, begin)
            self.answers.put(str(said.address), origin(said.id), said)
        return received

    def interaction(
        self, interaction: discord.Interaction[Any], text: str, surface: Surface, channel: int = 0
    ) -> asyncio.Future[Received | Refusal]:
        """A command, a press or a choice that stands for words. The future says what became of it."""
        outcome: asyncio.Future[Received | Refusal] = asyncio.get_running_loop().create_future()
        place = channel or interaction.channel_id or 0
        thread = bool(channel) or isinstance(interaction.channel, discord.Thread)

        async def take() -> None:
            try:
                known = await self.guild_settings(interaction.guild_id)
                where = address(place, interaction.user.id, interaction.guild_id, thread, known.sessions)
                language = str(interaction.locale)
                words = regular_numbers(text, language)
                said = Said(where, interaction.user.id, words, interaction_id(interaction.id), surface)
                begin = units(known.units, language, self.settings.chat.units)
                result = await self.take(said, begin)
            except Exception as error:
                result = Refusal(told(error))
            if not outcome.done():
                outcome.set_result(result)

        if self.outbox.stopping:
            outcome.set_result(Refusal("I am about to restart: please say that again in a moment."))
        else:
            self.arrivals.put(str(place), interaction.id, take)
        return outcome

    async def recover(self) -> None:
        """Take up what a crash or a stop left without its answer."""
        for one in await self.host.unsent(PLATFORM):
            where, id_ = Address.parse(one.message.chat), one.message.message_id
            surface = self.channel(where.channel, None if is_interaction(id_) else origin(id_))
            said = Said(where, int(one.message.user), one.message.text, id_, surface, one.turn_id, one.message_ids)
            said.again = one.begun
            self.answers.put(str(where), origin(id_), said)

    # Answering.

    async def _answer(self, said: Said) -> None:
        if said.again and not said.begun:
            said.begun = await self._find_begun(said)
        note = EDITED if is_edit(said.id) else ""
        showing = Showing(self.host, said.surface, said.turn, note, said.begun, lambda: self._type(said))
        try:
            reply = await self.host.ask(said.message, showing.on_text, showing.on_wait)
            await showing.finish(reply)
        except Refusal as refusal:
            if refusal.tell:
                await showing.tell(str(refusal))
        except Exception as error:
            if self.outbox.stopping:  # it is logged, and answered after the next start
                log.info("A reply waits for the next start: %s", error)
            else:
                log.warning("A message could not be answered: %s", redact.redact(repr(error)))
                await showing.tell(told(error))
        finally:
            await showing.close()

    async def _find_begun(self, said: Said) -> tuple[str, ...]:
        """The message that holds an answer whose sending a crash cut short, if it is there.

        Discord remembers nonces for minutes only, so a bot that was away longer looks for itself.
        """
        asked = origin(said.id)

        async def request() -> tuple[str, ...]:
            where = (await self.client()).get_partial_messageable(said.address.channel)
            async for message in where.history(limit=100, after=discord.Object(asked), oldest_first=True):
                if message.author.id != self.me or message.flags.loading:
                    continue
                by_command = message.interaction_metadata is not None and message.interaction_metadata.id == asked
                if by_command or (message.reference is not None and message.reference.message_id == asked):
                    return (str(message.id),)
            return ()

        with contextlib.suppress(Gone, Refused):
            return await self.outbox.insist(request)
        return ()

    async def _type(self, said: Said) -> None:
        await (await self.client()).http.send_typing(said.address.channel)

    async def _at_once(
        self, heard: reading.Heard, surface: ChannelSurface, user: int, guild: int | None, id_: str
    ) -> None:
        """Answer what needs no assistant."""
        text = heard.text
        if heard.kind == "admin":
            text = await self.admin.handle(f"{PLATFORM}:{user}", heard.text, f"{PLATFORM}:{surface.channel}") or ""
        elif heard.kind == "export" and guild is None:
            file = await self.host.run(export_file, self.host.assistant.store, self.settings.paths.data, user)

            async def request() -> discord.Message:
                where = (await self.client()).get_partial_messageable(surface.channel)
                return await where.send(
                    file.says, file=file.attachment(), allowed_mentions=NO_MENTIONS, nonce=f"x{origin(id_)}"
                )

            with contextlib.suppress(Gone, Refused):
                await self.outbox.insist(request)
            return
        elif heard.kind == "export":
            text = EXPORT_PRIVATELY
        await _told(surface, text)

    async def _whole(self, channel: discord.PartialMessageable) -> Any:
        """What a channel is that the library has not seen: a thread that was asleep, say."""

        async def request() -> Any:
            return await (await self.client()).fetch_channel(channel.id)

        try:
            return await self.outbox.insist(request)
        except (Gone, Refused):
            return channel

    # Speaking unasked.

    async def ring(self, ring: Ring) -> None:
        """Announce a timer. Raises while it cannot be told, so that it is tried again."""
        where = Address.parse(ring.chat_key)
        with contextlib.suppress(Gone, Refused):
            await self.channel(where.channel).create(Part(f"⏰ {inert(ring.text)}"), f"timer-{ring.id}")

    async def broadcast(self, chat_key: str, text: str) -> bool:
        """Write something to a conversation; whether it arrived."""
        try:
            await _said_whole(self.channel(Address.parse(chat_key).channel), text)
        except (Gone, Refused):
            return False
        return True


async def _told(surface: Surface, text: str) -> None:
    with contextlib.suppress(Gone, Refused):
        await _said_whole(surface, text)


async def _said_whole(surface: Surface, text: str) -> None:
    for part in split(inert(text)):
        await surface.tell(part)


def _locale(channel: Any) -> str:
    guild = getattr(channel, "guild", None)
    return str(getattr(guild, "preferred_locale", None) or "")


def _same(before: str, now: str) -> bool:
    now = strip_controls(now)
    return before == now or (len(before) > 100 and now.startswith(before))
