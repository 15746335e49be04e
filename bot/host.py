"""The asyncio side of the assistant, for platforms on a network.

An adapter does three things with a message::

    received = await host.receive(message)      # logged for good; Busy, Limited; known already: nothing more to do
    reply = await host.ask(message, on_text)    # waits its turn; made in a worker thread, never in the event loop
    await host.sending(reply.id) … await host.sent(reply.id, ids)   # around what it sends

and at its start it takes up what a crash left behind: for every :meth:`Host.unsent` message it asks again (an answered
one gets its logged reply at once) and sends. So nothing is lost, and nothing is sent twice once it was noted as sent.
"""

import asyncio
import contextlib
import contextvars
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from bot import reception
from bot.actions.timers import Ring
from bot.assistant import Assistant
from bot.bell import Bell
from bot.deliveries import SENDING, SENT, Deliveries, Unsent
from bot.events import emit
from bot.limits import Busy, Limited, Limits, Refusal
from bot.line import FairLine
from bot.messages import Message, Reply
from bot.settings import Settings
from retrieval.clean import strip_controls

if TYPE_CHECKING:
    from bot.sharing.inbox import Taken

__all__ = ["Busy", "Health", "Host", "Limited", "Received", "Refusal", "Unsent"]

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_S = 24 * 3600.0  # older messages are not answered any more after a crash: nobody waits for them
REMEMBERED = 10_000  # messages on their way whose moment of arrival is kept, for the log's seconds


@dataclass(frozen=True, slots=True)
class Received:
    """That a message was logged. ``repeated``: it was known already, and whoever brought it first sees to it."""

    turn_id: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Health:
    """How the host is doing: messages that wait and are in work, workers, and what it did since its start."""

    waiting: int
    in_work: int
    workers: int
    answered: int
    failed: int
    refused: int


@dataclass(eq=False, slots=True)
class _Job:
    message: Message
    on_text: Callable[[str], None] | None
    reply: asyncio.Future[Reply]
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    context: contextvars.Context = field(default_factory=contextvars.copy_context)


class Host:
    """Answers the messages of all network platforms in one event loop.

    Args:
        assistant: The assistant.
        settings: ``settings.bots`` says how many workers, how long the line, how much per cook.
        patience_s: How long a message waits before its cook is told the position in the line.

    Attributes:
        platforms: By platform, "" while it is connected, else why it is not (see :meth:`presence`).
        shared: Whether other processes serve from the same database (see :mod:`bot.sharing`).
    """

    shared = False

    def __init__(self, assistant: Assistant, settings: Settings, patience_s: float = 1.5) -> None:
        self.assistant, self.settings, self.patience_s = assistant, settings, patience_s
        self.deliveries: Deliveries
        self._line: FairLine[_Job] = FairLine()
        self._limits = Limits(settings.bots.per_minute, settings.bots.per_day, assistant.clock)
        self._accepted: dict[tuple[str, str], int] = {}  # received and not yet asked → turn id
        self._working: set[asyncio.Task[None]] = set()
        self._bell = Bell(self)
        self._arrived: OrderedDict[int, tuple[float, Message]] = OrderedDict()  # turn id → when, what
        self._pool: ThreadPoolExecutor | None = None
        self._door = asyncio.Lock()
        self._stopping = False
        self._answered = self._failed = self._refused = 0
        self.platforms: dict[str, str] = {}

    async def start(self) -> None:
        """Open what it needs.

        Raises:
            StoreError: The database cannot be used.
        """
        self._pool = ThreadPoolExecutor(self.settings.bots.workers, thread_name_prefix="reply")
        self.deliveries = await self.run(Deliveries, self.assistant.store, self.shared)

    async def stop(self, grace_s: float = 10.0) -> None:
        """Begin nothing more and let what is in work finish, ``grace_s`` at the most.

        Who waits in :meth:`ask` for a message that was not begun is cancelled; the message is logged and is answered
        after the next start. ``sending``, ``sent`` and ``receive`` go on working.
        """
        self._stopping = True
        for job in self._line.clear():
            job.reply.cancel()
        if self._working:
            await asyncio.wait(self._working, timeout=grace_s)
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call something that blocks (the database, a file) outside the event loop."""
        return await asyncio.to_thread(function, *arguments)

    async def receive(self, message: Message, details: dict[str, Any] | None = None) -> Received:
        """Log a message before anything else happens to it. After that it survives a crash.

        Args:
            message: What came in.
            details: What another process of a shared host needs to answer it, as JSON.

        Raises:
            Busy: The line is full; nothing was logged.
            Limited: The cook has had their share; nothing was logged.
            StoreError: The database cannot be used.
        """
        async with self._door:  # in order, and no two at a time can think themselves the first
            return await self._take_in(message, details or {})

    async def _take_in(self, message: Message, details: dict[str, Any]) -> Received:
        known, full = await self._look(message)
        if known is not None:
            return Received(known, repeated=True)
        if full:
            self._refuse(message, "busy")
            raise Busy("I have my hands full at the moment: please say that again in a minute.")
        try:
            self._limits.admit(message.user_key)
        except Limited:
            self._refuse(message, "limited")
            raise
        # One character more than is read: so it is known to be too long after a crash as well.
        text = strip_controls(message.text[: self.settings.chat.max_message_chars + 1]).strip()
        received = await self._log(message, text, details)
        if not received.repeated:
            self._note_arrival(message, received.turn_id)
        return received

    async def _look(self, message: Message) -> tuple[int | None, bool]:
        """(turn id of a message that is known already, whether the line is full); the limits learn of the cook."""
        store, user = self.assistant.store, message.user_key
        known = await self.run(reception.known, store, message)
        if known is None and not self._limits.knows(user):
            self._limits.recall(user, await self.run(reception.count, store, user, self._limits.day_begun()))
        return known, len(self._line) + len(self._accepted) >= self.settings.bots.queue

    async def _log(self, message: Message, text: str, details: dict[str, Any]) -> Received:
        turn_id = await self.run(reception.receive, self.assistant.store, message, text)
        self._accepted[message.chat_key, message.message_id] = turn_id
        return Received(turn_id, repeated=False)

    def _note_arrival(self, message: Message, turn_id: int) -> None:
        self._arrived[turn_id] = (time.perf_counter(), message)
        while len(self._arrived) > REMEMBERED:
            self._arrived.popitem(last=False)
        emit(log, "received", platform=message.platform, waiting=len(self._line), **_about(message, turn_id))

    def _refuse(self, message: Message, why: str) -> None:
        self._refused += 1
        emit(log, "refused", platform=message.platform, why=why, chat=message.chat_key)

    async def ask(
        self,
        message: Message,
        on_text: Callable[[str], None] | None = None,
        on_wait: Callable[[int], Awaitable[None]] | None = None,
    ) -> Reply:
        """Answer a message when its turn comes: one of a chat at a time, in order, round robin over the chats.

        Args:
            message: What came in; :meth:`receive` is called for it if it was not.
            on_text: Gets the text in pieces as it becomes ready; called in the event loop's thread.
            on_wait: Told once, if the message has not begun after ``patience_s``, the position in the line, counted
                from 1.

        Raises:
            Busy, Limited: See :meth:`receive`; also while the host stops.
            StoreError: The database cannot be used.
            asyncio.CancelledError: The host stopped before the message was begun.
        """
        if self._stopping:
            raise Busy("I am about to restart: your message is kept, and I answer it in a moment.", tell=False)
        if (message.chat_key, message.message_id) not in self._accepted:
            await self.receive(message)
        self._accepted.pop((message.chat_key, message.message_id), None)
        job = _Job(message, on_text, asyncio.get_running_loop().create_future())
        self._line.put(message.chat_key, job)
        self._begin()
        try:
            if on_wait is not None:
                await self._tell_position(job, on_wait)
            return await asyncio.shield(job.reply)
        finally:
            self._line.remove(message.chat_key, job)  # the one who asked is gone; the message stays logged

    def take(self, message: Message) -> None:
        """Take a received message that is none for the assistant: it does not wait for :meth:`ask` any more."""
        self._accepted.pop((message.chat_key, message.message_id), None)

    async def unsent(self, platform: str) -> list[Unsent]:
        """Messages of a platform whose cooks have no reply yet, oldest first: at the start, what a crash left behind.

        They are past all limits; hand each to :meth:`ask`, then send. An adapter that uses this must use ``sent``.
        """
        since = self.assistant.clock() - KEPT_S
        found: list[Unsent] = await self.run(self.deliveries.unsent, platform, since)
        for one in found:
            self._accepted.setdefault((one.message.chat_key, one.message.message_id), one.turn_id)
        return found

    async def known(self, platform: str, last: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Chats of a platform with the ids that were lately noted there, of messages that came in and went out.

        Args:
            platform: The platform.
            last: Only for so many messages, the newest.
        """
        return await self.run(self.deliveries.known, platform, self.assistant.clock() - KEPT_S, last)

    async def sending(self, turn_id: int, message_ids: tuple[str, ...] = ()) -> None:
        """Note that sending a reply begins, or which messages of the platform hold the beginning of it."""
        if turn_id:
            await self.run(self.deliveries.mark, turn_id, SENDING, message_ids)

    async def sent(self, turn_id: int, message_ids: tuple[str, ...] = ()) -> None:
        """Note that the cook has the whole reply (or that the chat is gone). It is never sent again."""
        if turn_id:
            await self.run(self.deliveries.mark, turn_id, SENT, message_ids)
            arrived = self._arrived.pop(turn_id, None)
            if arrived is None:  # it came before this process began
                emit(log, "sent", reply=turn_id)
            else:
                since, message = arrived
                seconds = time.perf_counter() - since
                emit(log, "sent", platform=message.platform, seconds=seconds, **_about(message, turn_id))

    async def timers(self, platform: str, ring: Callable[[Ring], Awaitable[None]]) -> None:
        """Announce due timers of a platform until cancelled (see :class:`bot.bell.Bell`)."""
        await self._bell.timers(platform, ring)

    # Where several processes share a database, :class:`bot.sharing.host.SharedHost` says who does what. Alone, this
    # process does everything, and its adapters line up what they receive themselves.

    @property
    def members(self) -> int:
        """How many processes serve from the database."""
        return 1

    def leads(self, role: str) -> bool:
        """Whether this process is the one that sees to something at the moment."""
        return True

    def act(self, role: str) -> bool:
        """What is done from here on in this task is done as the process that sees to something; False if it is not."""
        return self.leads(role)

    async def lead(self, role: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        """Do something whenever and as long as this process is the one that sees to it, until ``stop`` is set.

        Args:
            role: A name for it.
            work: Does it until the event that it is given is set.
            stop: When to end.
        """
        await work(stop)

    async def attend(
        self,
        platform: str,
        work: "Callable[[Taken], Awaitable[None]]",
        notice: "Callable[[Taken, int], Awaitable[None]]",
        stop: asyncio.Event,
    ) -> None:
        """Answer what other processes received, too, until ``stop`` is set."""
        await stop.wait()

    async def settled(self, chat_key: str) -> None:
        """Wait until what was said in a chat before now is answered, whoever answers it."""

    async def at_work(self, chat_key: str, message_like: str) -> bool:
        """Whether a message with such an id waits for its reply in a chat, whoever answers it."""
        return False

    async def leave(self) -> None:
        """The last thing to call: let the others have what this process was at."""

    async def thumb(self, reply_id: int, user_key: str, value: int) -> bool:
        """Attach a thumb (1 or -1; 0 takes it back) to a reply; False if it is not this cook's or is forgotten."""
        return await self.run(reception.thumb, self.assistant.store, reply_id, user_key, max(-1, min(1, value)))

    def presence(self, platform: str, problem: str = "") -> None:
        """Note that a platform is connected, or why it is not; the log hears of every change."""
        before = self.platforms.get(platform)
        self.platforms[platform] = problem
        if problem and before == "":
            emit(log, "disconnected", logging.WARNING, platform=platform, reason=problem)
        elif not problem and before != "":
            emit(log, "connected", platform=platform)

    @property
    def stopping(self) -> bool:
        """Whether nothing more is begun."""
        return self._stopping

    def health(self) -> Health:
        """Numbers for metrics, from any thread."""
        line, workers = self._line, self.settings.bots.workers
        return Health(len(line), line.in_work, workers, self._answered, self._failed, self._refused)

    def _begin(self) -> None:
        while not self._stopping and len(self._working) < self.settings.bots.workers:
            taken = self._line.take()
            if taken is None:
                return
            task = asyncio.create_task(self._work(*taken), context=taken[1].context)
            self._working.add(task)

    async def _work(self, chat: str, job: _Job) -> None:
        loop = asyncio.get_running_loop()
        job.begun.set()

        def text(piece: str) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(listen, piece)

        def listen(piece: str) -> None:
            if job.on_text is not None and not job.reply.done():
                job.on_text(piece)

        try:
            make = contextvars.copy_context().run  # what holds for the one who asked holds in the worker's thread
            reply = await loop.run_in_executor(
                self._pool, make, self.assistant.reply, job.message, text if job.on_text else None
            )
            self._answered += 1
            if not job.reply.done():
                job.reply.set_result(reply)
        except asyncio.CancelledError:
            job.reply.cancel()
            raise
        except Exception as error:
            self._failed += 1
            emit(
                log, "failed", logging.ERROR, platform=job.message.platform, chat=job.message.chat_key,
                reason=f"{type(error).__name__}: {error}",
            )  # fmt: skip
            if not job.reply.done():
                job.reply.set_exception(error)
                job.reply.exception()  # if the one who asked is gone, nobody need be warned of it
        finally:
            task = asyncio.current_task()
            if task is not None:
                self._working.discard(task)
            self._line.done(chat)
            self._begin()

    async def _tell_position(self, job: _Job, on_wait: Callable[[int], Awaitable[None]]) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(job.begun.wait(), self.patience_s)
        position = self._line.position(job.message.chat_key, job)
        if position and not self._stopping:
            try:
                await on_wait(position)
            except Exception as error:  # the reply matters more than the notice
                log.warning("Could not tell the position in the line: %s", error)


def _about(message: Message, turn_id: int) -> dict[str, Any]:
    return {"chat": message.chat_key, "reply": turn_id}
