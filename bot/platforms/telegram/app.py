"""The Telegram bot: takes updates in, keeps each chat in order, sends replies, rings timers, stops cleanly."""

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from telegram import BotCommand, BotCommandScopeChat, CallbackQuery, Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import ExtBot, Updater
from telegram.request import HTTPXRequest

from bot import admin as admin_commands
from bot.actions.timers import Ring
from bot.admin import Admin
from bot.cli import explain
from bot.errands import EXPORT, carry_out, is_errand
from bot.errors import SettingsError, StoreError
from bot.fence import ClaimLost
from bot.host import Host, Refusal
from bot.messages import Message, Reply
from bot.platforms.beginning import begin
from bot.platforms.exporting import conversations
from bot.platforms.locale import units
from bot.platforms.telegram import incoming, render
from bot.platforms.telegram.address import PLATFORM, Address, message_id, origin
from bot.platforms.telegram.incoming import Incoming
from bot.platforms.telegram.limiter import Limiter
from bot.platforms.telegram.polling import ALLOWED, CarefulRequest, poll
from bot.platforms.telegram.ringing import announce
from bot.platforms.telegram.sender import Gone, Sender
from bot.platforms.telegram.sharing import Sharing
from bot.platforms.telegram.showing import Showing
from bot.redact import redact
from bot.settings import Settings
from bot.store import TurnRow

log = logging.getLogger(__name__)
REMEMBERED = 20_000  # ids of messages, so that one that comes twice is told from a new one without the database
LATELY = 2_000  # messages, of all processes, among which one is looked for that may have been sent
START_TRIES_S = (1, 2, 4, 8, 15, 30)


class Inbox(asyncio.Queue[object]):
    """What the library's webhook server puts updates into: each is taken in before Telegram hears that it arrived."""

    def __init__(self, bot: "TelegramBot") -> None:
        super().__init__()
        self._bot = bot

    async def put(self, item: object) -> None:
        if isinstance(item, Update):
            await self._bot.take(item)


class TelegramBot:
    """Serves Telegram.

    Args:
        host: Answers.
        admin: Carries out what admins say.
        settings: ``settings.telegram``.
        stop: Set to stop.
        limiter: Keeps the pace; None for Telegram's own limits.
    """

    def __init__(
        self, host: Host, admin: Admin, settings: Settings, stop: asyncio.Event, limiter: Limiter | None = None
    ) -> None:
        self.host, self.admin, self.settings, self.stop = host, admin, settings, stop
        self.limiter = limiter or Limiter()
        options = settings.telegram
        self.bot: ExtBot[None] = ExtBot(
            options.token.get_secret_value(),
            base_url=f"{options.api_url}/bot",
            request=HTTPXRequest(connection_pool_size=64, pool_timeout=30, read_timeout=20, connect_timeout=10),
            get_updates_request=CarefulRequest(connection_pool_size=2, read_timeout=10, connect_timeout=10),
            rate_limiter=self.limiter,
        )
        self.sender = Sender(self.bot, stop, self._catch_up if host.shared else None)
        self._chains: dict[str, deque[Callable[[], Awaitable[None]]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._pressed: set[tuple[int, int]] = set()

    async def run(self) -> None:
        """Serve until ``stop`` is set.

        Raises:
            SettingsError: Telegram does not accept the token.
        """
        try:
            await self._open()
            if self.stop.is_set():
                return
            await self._take_up()
            self.admin.register(PLATFORM, self.broadcast)
            self.host.presence(PLATFORM)
            ringing, sharing = asyncio.create_task(self.host.timers(PLATFORM, self.ring)), Sharing(self)
            attending = asyncio.create_task(self.host.attend(PLATFORM, sharing.answer, sharing.tell, self.stop))
            try:
                await (self._hear() if self.settings.telegram.webhook_url else self._poll())
            finally:
                ringing.cancel()
                if self._tasks:
                    await asyncio.wait(self._tasks)
                if not self.stop.is_set():  # something failed
                    attending.cancel()
                await asyncio.gather(ringing, attending, return_exceptions=True)
        except InvalidToken:
            raise SettingsError(
                "Telegram does not accept the token: copy it again from @BotFather (/mybots, API Token) into .env as "
                "SOUSCHEF_TELEGRAM__TOKEN=..."
            ) from None
        finally:
            with contextlib.suppress(TelegramError, RuntimeError):
                await self.bot.shutdown()

    async def _take_up(self) -> None:
        """See to what the last run left behind, before anything new is taken in."""
        await self._catch_up(None)
        if self.host.shared:
            return
        for unsent in await self.host.unsent(PLATFORM):
            with contextlib.suppress(ValueError):
                message, to = unsent.message, Address.parse(unsent.message.chat)
                answer = partial(self.answer, to, message, unsent.turn_id, unsent.message_ids)
                self._line_up(message.chat_key, answer)
                self._remember(message)

    async def _catch_up(self, last: int | None = LATELY) -> None:
        """Note the ids of messages that are in the database, of the newest ``last``."""
        for chat, ids in await self.host.known(PLATFORM, last):
            with contextlib.suppress(ValueError):
                for id_ in ids:
                    self.sender.ids.recall(Address.parse(chat).chat, id_)

    async def take(self, update: Update) -> None:
        """Take an update in: log its message, and see to the rest in the background.

        Raises:
            StoreError: It could not be logged; Telegram must bring it again.
        """
        try:
            if update.callback_query is not None:
                await self._press(update.callback_query)
            elif (message := update.message or update.edited_message) is not None:
                self.sender.ids.note(message.chat.id, message.message_id)
                per_cook = self.settings.telegram.groups == "cook"
                said = incoming.read(message, self.bot.bot, per_cook, edited=update.edited_message is not None)
                if said is not None:
                    await self._hear_out(said)
        except StoreError:
            raise
        except Exception as error:  # one odd update must not stop the rest
            log.error(
                "Update %d failed: %s", update.update_id, redact(f"{type(error).__name__}: {error}"), exc_info=error
            )

    async def ring(self, ring: Ring) -> None:
        """Announce a timer."""
        await announce(self.host, self.sender, ring)

    async def broadcast(self, chat_key: str, text: str) -> bool:
        """Write to a chat without having been asked; whether it arrived."""
        try:
            for part in render.plain(text):
                await self.sender.send(Address.parse(chat_key), part)
        except (Gone, ValueError):
            return False
        return True

    async def _hear_out(self, said: Incoming) -> None:
        message = Message(str(said.address), str(said.user), said.text, said.id, PLATFORM)
        if self._repeated(message):
            return
        if said.kind == "notice":
            self._remember(message)
            self._line_up(message.chat_key, partial(self._say, said.address, said.text))
        else:
            await self._accept(said.address, message, said.language)

    async def _accept(self, to: Address, message: Message, language: str) -> str:
        """Log a message and line it up; a refusal is said, and given back."""
        began = units(language, default=self.settings.chat.units)
        try:
            received = await self.host.receive(message, {"units": began})
            await self.host.run(begin, self.host.assistant.store, message.chat_key, began)
        except Refusal as refusal:
            if refusal.tell:
                self._spawn(self._say(to, str(refusal)))
            return str(refusal)
        self._remember(message)
        if not received.repeated and not self.host.shared:
            self._line_up(message.chat_key, partial(self.answer, to, message, received.turn_id))
        return ""

    def _line_up(self, chat: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do something for a chat after everything that was asked there earlier was answered and shown."""
        if chat in self._chains:
            self._chains[chat].append(work)
            return
        self._chains[chat] = deque([work])
        self._spawn(self._work_off(chat))

    async def _work_off(self, chat: str) -> None:
        chain = self._chains[chat]
        try:
            while chain and not self.stop.is_set():
                await self.host.settled(chat)
                await self._or_log(chain.popleft()())
        finally:
            del self._chains[chat]

    async def answer(self, to: Address, message: Message, turn_id: int, begun: tuple[str, ...] = ()) -> None:
        showing = Showing(self.host, self.sender, self.limiter, to, message.message_id, turn_id, begun)
        try:
            if is_errand(message.text):
                await self._see_to(to, message, turn_id, showing)
                return
            reply = await self.host.ask(message, showing.on_text, showing.on_wait)
            await showing.finish(reply)
        except ClaimLost:
            raise
        except TelegramError as error:  # only while stopping: it is sent after the next start
            log.warning("A reply is left for the next start: %s", redact(str(error)))
        except Refusal as refusal:
            if refusal.tell:
                await self._or_log(showing.tell(str(refusal)))
        except Exception as error:
            log.error("A message could not be answered: %s", redact(f"{type(error).__name__}: {error}"), exc_info=error)
            await self._or_log(showing.tell(redact(explain(error))))
        finally:
            await showing.close()
            self._pressed.discard((to.chat, origin(message.message_id)))

    async def _press(self, query: CallbackQuery) -> None:
        """A button was pressed. It is always answered: until then it turns."""
        kind, _, rest = (query.data or "").partition(":")
        if query.message is None:
            self._spawn(self.sender.pressed(query.id))
            return
        per_cook = self.settings.telegram.groups == "cook" and query.message.chat.type != "private"
        thread = getattr(query.message, "message_thread_id", None) or 0
        is_topic = getattr(query.message, "is_topic_message", None)
        to = Address(query.message.chat.id, thread if is_topic else 0, query.from_user.id if per_cook else 0)
        if kind in ("up", "down") and rest.isdecimal():
            await self._thumb(query, int(rest), 1 if kind == "up" else -1)
            return
        text = rest if kind == "say" else await self._offered(rest) if kind == "offer" else ""
        if not text:
            self._spawn(self.sender.pressed(query.id, "That button does not work any more."))
            return
        place = (to.chat, query.message.message_id)
        if place in self._pressed or await self.host.at_work(f"{PLATFORM}:{to}", message_id(place[1], query="%")):
            self._spawn(self.sender.pressed(query.id, "One moment …"))
            return
        id_ = message_id(query.message.message_id, query=query.id)
        message = Message(str(to), str(query.from_user.id), text, id_, PLATFORM)
        if self._repeated(message):
            return
        if not self.host.shared:
            self._pressed.add(place)
        refusal = await self._accept(to, message, query.from_user.language_code or "")
        if refusal:
            self._pressed.discard(place)
        self._spawn(self.sender.pressed(query.id))

    async def _offered(self, rest: str) -> str:
        """The words of a button that were too long to stand in it."""
        turn, _, number = rest.partition(":")
        if not (turn.isdecimal() and number.isdecimal()):
            return ""

        def look() -> str:
            with self.host.assistant.store.read() as db:
                row = db.get(TurnRow, int(turn))
            buttons = row.details.get("buttons", []) if row is not None else []
            return str(buttons[int(number)]["text"]) if int(number) < len(buttons) else ""

        return await self.host.run(look)

    async def _thumb(self, query: CallbackQuery, turn: int, value: int) -> None:
        kept = await self.host.thumb(turn, f"{PLATFORM}:{query.from_user.id}", value)
        thanks = "Thank you! That helps me to learn." if value > 0 else "Thank you! I will try to do better."
        self._spawn(self.sender.pressed(query.id, thanks if kept else "Only who asked can rate the answer."))

    async def _say(self, to: Address, text: str) -> None:
        with contextlib.suppress(Gone):
            for part in render.plain(text):
                await self.sender.send(to, part)

    async def _see_to(self, to: Address, message: Message, turn_id: int, showing: Showing) -> None:
        """Answer what is none for the assistant, and note that it was."""
        self.host.take(message)
        if message.text == EXPORT:
            said = await self._export(to, message)
        else:
            said = await carry_out(self.host, self.admin, message, turn_id)
        if said:
            await showing.finish(Reply(0, redact(said)))
        await self.host.sent(turn_id)

    async def _export(self, to: Address, message: Message) -> str:
        """Send a cook's conversations; what to say where that cannot be."""
        if not to.private:
            return "Your conversations are yours alone: say /export in a private chat with me."
        store, folder = self.host.assistant.store, self.settings.paths.data
        count, content = await self.host.run(conversations, store, folder, message.user_key)
        if not count:
            return "There is nothing to export yet."
        with contextlib.suppress(Gone):
            caption = "Our conversations, as Wizard of Tasks dialogues."
            await self.sender.file(to, "souschef-conversations.json", content, caption)
        return ""

    async def _open(self) -> None:
        """Say hello to Telegram; a network that is away is waited for.

        Raises:
            InvalidToken: The token is not accepted.
        """
        for pause in (*START_TRIES_S, None):
            try:
                await self.bot.initialize()
                await self.bot.set_my_commands([BotCommand(*one) for one in incoming.menu()])
                break
            except InvalidToken:
                raise
            except TelegramError as error:
                if self.stop.is_set():
                    return
                if pause is None:
                    raise SettingsError(
                        f"Telegram cannot be reached ({redact(str(error))}): check the network."
                    ) from None
                log.warning("Telegram cannot be reached, trying again in %d s: %s", pause, redact(str(error)))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.stop.wait(), pause)
        for user in self.settings.bots.admins:
            if user.startswith(f"{PLATFORM}:") and user.removeprefix(f"{PLATFORM}:").isdecimal():
                both = [*incoming.menu(), *admin_commands.COMMANDS.items()]
                with contextlib.suppress(TelegramError):  # an admin who has not said hello to the bot yet
                    await self.bot.set_my_commands(
                        [BotCommand(*one) for one in both], BotCommandScopeChat(int(user.partition(":")[2]))
                    )
        log.info("Telegram: I am @%s.", self.bot.username)

    async def _poll(self) -> None:
        await self.host.lead(f"{PLATFORM} updates", self._fetch, self.stop)

    async def _fetch(self, over: asyncio.Event) -> None:
        with contextlib.suppress(TelegramError):
            await self.bot.delete_webhook()  # one that is set keeps updates from being fetched
        await poll(self.bot, self.take, over, presence=partial(self.host.presence, PLATFORM))
        if not self.stop.is_set():
            self.host.presence(PLATFORM)  # whoever fetches now says how that goes

    async def _hear(self) -> None:
        options = self.settings.telegram
        updater = Updater(self.bot, Inbox(self))
        await updater.initialize()
        await updater.start_webhook(
            listen=options.webhook_listen,
            port=options.webhook_port,
            url_path=urlsplit(options.webhook_url).path,
            webhook_url=options.webhook_url,
            secret_token=options.webhook_secret.get_secret_value(),
            allowed_updates=ALLOWED,
            max_connections=1,  # more would bring the messages of a chat out of order
            bootstrap_retries=-1,
        )
        await self.stop.wait()
        await updater.stop()  # not its shutdown, which would take the bot away from replies that are being sent

    def _repeated(self, message: Message) -> bool:
        return (message.chat_key, message.message_id) in self._seen

    def _remember(self, message: Message) -> None:
        self._seen[message.chat_key, message.message_id] = None
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.create_task(self._or_log(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _or_log(self, work: Awaitable[None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("Could not be sent: %s", redact(f"{type(error).__name__}: {error}"))
