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
from typing import TYPE_CHECKING, Any

import discord

from bot import redact
from bot.actions.timers import Ring
from bot.admin import Admin
from bot.errands import EXPORT, carry_out, is_errand
from bot.fence import ClaimLost
from bot.host import Host, Received, Refusal, Unsent
from bot.messages import Message, Reply
from bot.platforms.beginning import begin
from bot.platforms.discord import reading
from bot.platforms.discord.address import PLATFORM, Address, interaction_id, is_edit, is_interaction, message_id, origin
from bot.platforms.discord.cards import Part
from bot.platforms.discord.exporting import export_file
from bot.platforms.discord.kitchens import GuildSettings, Kitchens, address
from bot.platforms.discord.lanes import Lanes
from bot.platforms.discord.outbox import Gone, Outbox, Refused
from bot.platforms.discord.showing import EDITED, Showing
from bot.platforms.discord.surfaces import ChannelSurface, DirectSurface, Surface, surface_of
from bot.platforms.discord.text import inert, split, told
from bot.platforms.locale import regular_numbers, units
from bot.settings import Settings
from retrieval.clean import strip_controls

if TYPE_CHECKING:
    from bot.sharing.inbox import Taken

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
        self.kitchens = await self.host.run(Kitchens, self.host.assistant.store, self.host.shared)
        await self.look_back()
        self.admin.register(PLATFORM, self.broadcast)

    async def look_back(self) -> None:
        """Learn what was logged last in each channel, by whichever process.

        Raises:
            StoreError: The database cannot be used.
        """
        from bot.host import KEPT_S

        since = self.host.assistant.clock() - 14 * KEPT_S
        self.seen = await self.host.run(self.kitchens.last_seen, since)

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

    def disconnected(self, client: discord.Client) -> None:
        if client is self._client:
            self._online.clear()
        self.host.presence(PLATFORM, "The connection to Discord ended; a new one is being made.")

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
        if heard.kind == "errand" and text == EXPORT and guild is not None:
            await _told(surface, EXPORT_PRIVATELY)
        elif heard.kind == "notice":
            await _told(surface, heard.text)
        else:
            began = units(_language(channel), known.units, self.settings.chat.units)
            received = await self.take(Said(where, message.author.id, text, id_, surface), began)
            if isinstance(received, Refusal) and received.tell:
                await _told(surface, str(received))

    async def take(self, said: Said, began: str = "") -> Received | Refusal:
        """Log what was said, and let it wait for its answer. ``began``: units of a conversation that begins with it.

        Returns:
            What became of it; a refusal is for the caller to tell.
        """
        try:
            details = said.surface.details() | ({"units": began} if began else {})
            received = await self.host.receive(said.message, details)
        except Refusal as refusal:
            return refusal
        except Exception as error:
            log.warning("A message could not be taken in: %s", redact.redact(str(error)))
            return Refusal(told(error))
        channel = said.address.channel
        self.seen[channel] = max(self.seen.get(channel, 0), origin(said.id))
        if not received.repeated and not self.host.shared:
            said.turn = received.turn_id
            await self.host.run(begin, self.host.assistant.store, said.message.chat_key, began)
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
                began = units(language, known.units, self.settings.chat.units)
                result = await self.take(said, began)
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
            said = self._taken_up(one)
            self.answers.put(str(said.address), origin(said.id), said)

    def _taken_up(self, one: Unsent) -> Said:
        """A logged message as something said. What was asked in private is answered in private: not in a channel."""
        where, id_, user = Address.parse(one.message.chat), one.message.message_id, int(one.message.user)
        surface = self.channel(where.channel, None if is_interaction(id_) else origin(id_))
        if is_interaction(id_) and is_errand(one.message.text):
            surface = DirectSurface(self.client, self.outbox, user)
        return Said(where, user, one.message.text, id_, surface, one.turn_id, one.message_ids, one.begun)

    # Answering.

    async def answer_taken(self, taken: "Taken") -> None:
        """Answer what this or another process received."""
        said = await self._said(taken)
        await self.host.run(begin, self.host.assistant.store, said.message.chat_key, taken.details.get("units", ""))
        await self._answer(said)

    async def tell_taken(self, taken: "Taken", position: int) -> None:
        """Tell somebody who waits for any process; the notice becomes the reply later."""
        said = await self._said(taken)
        showing = Showing(self.host, said.surface, said.turn, EDITED if is_edit(said.id) else "")
        try:
            await showing.on_wait(position)
        finally:
            await showing.close()

    async def _said(self, taken: "Taken") -> Said:
        said = self._taken_up(taken.unsent)
        if "token" in taken.details and isinstance(said.surface, ChannelSurface):
            said.surface = surface_of(taken.details, origin(said.id), await self.client(), self.outbox, said.surface)
        return said

    async def _answer(self, said: Said) -> None:
        if said.again and not said.begun:
            said.begun = await self._find_begun(said)
        note = EDITED if is_edit(said.id) else ""
        showing = Showing(self.host, said.surface, said.turn, note, said.begun, lambda: self._type(said))
        try:
            if is_errand(said.text):
                await self._see_to(said, showing)
                return
            reply = await self.host.ask(said.message, showing.on_text, showing.on_wait)
            await showing.finish(reply)
        except ClaimLost:
            raise
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

    async def _see_to(self, said: Said, showing: Showing) -> None:
        """Answer what is none for the assistant, and note that it was."""
        self.host.take(said.message)
        if said.text != EXPORT:
            news_to = f"{PLATFORM}:{Address(said.address.channel)}"
            says = await carry_out(self.host, self.admin, said.message, said.turn, news_to)
            await showing.finish(Reply(0, redact.redact(says) or "Done."))
        elif not said.begun:  # else the file is there
            await showing.close()
            file = await self.host.run(export_file, self.host.assistant.store, self.settings.paths.data, said.user)
            await self.host.sending(said.turn)
            with contextlib.suppress(Gone, Refused):
                await said.surface.file(file.says, file.attachment, f"x{origin(said.id)}")
        await self.host.sent(said.turn)

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


def _language(channel: Any) -> str:
    """The language of a server, as far as somebody chose it: servers that are no communities all have "en-US"."""
    locale = _locale(channel)
    return "" if locale == "en-US" and "COMMUNITY" not in channel.guild.features else locale


def _same(before: str, now: str) -> bool:
    now = strip_controls(now)
    return before == now or (len(before) > 100 and now.startswith(before))
