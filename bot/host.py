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
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import func, select

from bot.actions.timers import Ring, overdue, rung
from bot.assistant import Assistant
from bot.deliveries import SENDING, SENT, Deliveries, Unsent
from bot.errors import StoreError
from bot.limits import Busy, Limited, Limits, Refusal
from bot.line import FairLine
from bot.messages import Message, Reply
from bot.settings import Settings
from bot.store import TurnRow
from retrieval.clean import strip_controls

__all__ = ["Busy", "Health", "Host", "Limited", "Received", "Refusal", "Unsent"]

log = logging.getLogger(__name__)
T = TypeVar("T")
KEPT_S = 24 * 3600.0  # older messages are not answered any more after a crash: nobody waits for them
TICK_S = 0.5  # how often timers are looked at
RETRY_S = 15.0  # how long a timer that could not be announced waits for the next try


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


class Host:
    """Answers the messages of all network platforms in one event loop.

    Args:
        assistant: The assistant.
        settings: ``settings.bots`` says how many workers, how long the line, how much per cook.
        patience_s: How long a message waits before its cook is told the position in the line.
    """

    def __init__(self, assistant: Assistant, settings: Settings, patience_s: float = 1.5) -> None:
        self.assistant, self.settings, self.patience_s = assistant, settings, patience_s
        self.deliveries: Deliveries
        self._line: FairLine[_Job] = FairLine()
        self._limits = Limits(settings.bots.per_minute, settings.bots.per_day, assistant.clock)
        self._accepted: dict[tuple[str, str], int] = {}  # received and not yet asked → turn id
        self._working: set[asyncio.Task[None]] = set()
        self._ringing: set[int] = set()
        self._pool: ThreadPoolExecutor | None = None
        self._door = asyncio.Lock()
        self._stopping = False
        self._answered = self._failed = self._refused = 0

    async def start(self) -> None:
        """Open what it needs.

        Raises:
            StoreError: The database cannot be used.
        """
        self._pool = ThreadPoolExecutor(self.settings.bots.workers, thread_name_prefix="reply")
        self.deliveries = await self.run(Deliveries, self.assistant.store)

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

    async def receive(self, message: Message) -> Received:
        """Log a message before anything else happens to it. After that it survives a crash.

        Raises:
            Busy: The line is full; nothing was logged.
            Limited: The cook has had their share; nothing was logged.
            StoreError: The database cannot be used.
        """
        async with self._door:  # in order, and no two at a time can think themselves the first
            return await self._take_in(message)

    async def _take_in(self, message: Message) -> Received:
        known = await self.run(self._known, message)
        if known is not None:
            return Received(known, repeated=True)
        user = message.user_key
        if len(self._line) + len(self._accepted) >= self.settings.bots.queue:
            self._refused += 1
            raise Busy("I have my hands full at the moment: please say that again in a minute.")
        if not self._limits.knows(user):
            self._limits.recall(user, await self.run(self._count_today, user, self._limits.day_begun()))
        try:
            self._limits.admit(user)
        except Limited:
            self._refused += 1
            raise
        turn_id = await self.run(self._receive, message)
        self._accepted[message.chat_key, message.message_id] = turn_id
        return Received(turn_id, repeated=False)

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

    async def unsent(self, platform: str) -> list[Unsent]:
        """Messages of a platform whose cooks have no reply yet, oldest first: at the start, what a crash left behind.

        They are past all limits; hand each to :meth:`ask`, then send. An adapter that uses this must use ``sent``.
        """
        since = self.assistant.clock() - KEPT_S
        found: list[Unsent] = await self.run(self.deliveries.unsent, platform, since)
        for one in found:
            self._accepted.setdefault((one.message.chat_key, one.message.message_id), one.turn_id)
        return found

    async def known(self, platform: str) -> list[tuple[str, tuple[str, ...]]]:
        """Chats of a platform with the ids that were lately noted there, of messages that came in and went out."""
        return await self.run(self.deliveries.known, platform, self.assistant.clock() - KEPT_S)

    async def sending(self, turn_id: int, message_ids: tuple[str, ...] = ()) -> None:
        """Note that sending a reply begins, or which messages of the platform hold the beginning of it."""
        if turn_id:
            await self.run(self.deliveries.mark, turn_id, SENDING, message_ids)

    async def sent(self, turn_id: int, message_ids: tuple[str, ...] = ()) -> None:
        """Note that the cook has the whole reply (or that the chat is gone). It is never sent again."""
        if turn_id:
            await self.run(self.deliveries.mark, turn_id, SENT, message_ids)

    async def timers(self, platform: str, ring: Callable[[Ring], Awaitable[None]]) -> None:
        """Announce due timers of a platform until cancelled, also those that came due while the bot was down.

        A timer counts as announced once ``ring`` returns; if it raises, it is tried again later.
        """
        tasks: set[asyncio.Task[None]] = set()
        try:
            while not self._stopping:
                with contextlib.suppress(StoreError):  # the database may come back
                    for due in await self.run(overdue, self.assistant.store, self.assistant.clock(), platform):
                        if due.id not in self._ringing:
                            self._ringing.add(due.id)
                            task = asyncio.create_task(self._ring(due, ring))
                            tasks.add(task)
                            task.add_done_callback(tasks.discard)
                await asyncio.sleep(TICK_S)
        finally:
            for task in tasks:
                task.cancel()

    async def thumb(self, reply_id: int, user_key: str, value: int) -> bool:
        """Attach a thumb (1 or -1; 0 takes it back) to a reply; False if it is not this cook's or is forgotten."""
        return await self.run(self._thumb, reply_id, user_key, max(-1, min(1, value)))

    async def health(self) -> Health:
        """Numbers for metrics; costs nothing."""
        return Health(
            len(self._line),
            self._line.in_work,
            self.settings.bots.workers,
            self._answered,
            self._failed,
            self._refused,
        )

    def _begin(self) -> None:
        while not self._stopping and len(self._working) < self.settings.bots.workers:
            taken = self._line.take()
            if taken is None:
                return
            task = asyncio.create_task(self._work(*taken))
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
            reply = await loop.run_in_executor(
                self._pool, self.assistant.reply, job.message, text if job.on_text else None
            )
            self._answered += 1
            if not job.reply.done():
                job.reply.set_result(reply)
        except asyncio.CancelledError:
            job.reply.cancel()
            raise
        except Exception as error:
            self._failed += 1
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

    async def _ring(self, due: Ring, ring: Callable[[Ring], Awaitable[None]]) -> None:
        try:
            await ring(due)
            await self.run(rung, self.assistant.store, due.id)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("Could not announce timer %d, trying again: %s", due.id, error)
            await asyncio.sleep(RETRY_S)
        finally:
            self._ringing.discard(due.id)

    def _known(self, message: Message) -> int | None:
        chat = self.assistant.store.find_chat(message.chat_key)
        if chat is None:
            return None
        query = select(TurnRow.id).where(TurnRow.chat_id == chat.id, TurnRow.message_id == message.message_id)
        with self.assistant.store.read() as db:
            return db.scalar(query)

    def _receive(self, message: Message) -> int:
        store = self.assistant.store
        chat = store.chat(message.chat_key, message.platform, message.user_key)
        # One character more than is read: so it is known to be too long after a crash as well.
        text = strip_controls(message.text[: self.settings.chat.max_message_chars + 1]).strip()
        return store.receive(chat, message.message_id, message.user_key, text).id

    def _count_today(self, user: str, since: float) -> int:
        query = select(func.count()).select_from(TurnRow).where(TurnRow.user == user, TurnRow.received >= since)
        with self.assistant.store.read() as db:
            return db.scalar(query) or 0

    def _thumb(self, reply_id: int, user_key: str, value: int) -> bool:
        with self.assistant.store.write() as db:
            row = db.get(TurnRow, reply_id)
            if row is None or row.user != user_key:
                return False
            row.thumb = value
            return True
