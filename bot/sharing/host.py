"""The host of a process among several: what one receives, any may answer (see :mod:`bot.sharing`)."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot import fence
from bot.assistant import Assistant
from bot.errors import StoreError
from bot.fence import ClaimLost
from bot.host import KEPT_S, Host, Received
from bot.limits import MINUTE_S
from bot.messages import Message, Reply
from bot.settings import Settings
from bot.sharing.crew import Crew
from bot.sharing.inbox import Inbox, Taken

log = logging.getLogger(__name__)
LOOK_S = 0.2  # how often the inbox is looked at; what this process puts in itself it sees at once
NOTICES = 4  # chats that are told at a time that they wait
PATIENCE_S = 60.0  # how long something that is not logged waits for what was said before it
RETRY_S = 1.0

Work = Callable[[Taken], Awaitable[None]]
Notice = Callable[[Taken, int], Awaitable[None]]  # (message, position in the line, counted from 1)


class SharedHost(Host):
    """Answers what is in the inbox, as many chats at a time as there are workers.

    Args:
        assistant: The assistant, over PostgreSQL.
        settings: As for :class:`bot.host.Host`; the line is ``bots.queue`` long for each process.
        crew: This process among the others.
        platforms: Those that it serves.
        patience_s: As for :class:`bot.host.Host`.
    """

    shared = True

    def __init__(
        self,
        assistant: Assistant,
        settings: Settings,
        crew: Crew,
        platforms: tuple[str, ...],
        patience_s: float = 1.5,
    ) -> None:
        super().__init__(assistant, settings, patience_s)
        self.crew = crew
        self._served = platforms
        self._inbox = Inbox(assistant.store, crew)
        self._busy: set[str] = set()  # chats whose message a worker is at, or is about to be
        self._news: dict[str, asyncio.Event] = {}

    @property
    def members(self) -> int:
        return self.crew.members

    async def start(self) -> None:
        await super().start()
        await self.run(self.crew.join)
        await self.run(self._inbox.adopt, self._since(), self._served)

    async def leave(self) -> None:
        await self.run(self.crew.leave)

    def leads(self, role: str) -> bool:
        return self.crew.role(role) is not None

    def act(self, role: str) -> bool:
        claim = self.crew.role(role)
        if claim is not None:
            fence.hold(claim)
        return claim is not None

    async def lead(self, role: str, work: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
        while not stop.is_set():
            claim = self.crew.role(role)
            if claim is None:
                await _until(stop, LOOK_S)
                continue
            over = asyncio.Event()
            task = asyncio.ensure_future(work(over))
            try:
                while not stop.is_set() and not task.done() and self.crew.role(role) is claim:
                    await asyncio.wait((task,), timeout=LOOK_S)
                over.set()
                await asyncio.wait((task,), timeout=self.crew.lease_s)
            finally:
                over.set()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if not task.cancelled():
                task.result()
                if not stop.is_set():
                    await _until(stop, LOOK_S)

    async def _look(self, message: Message) -> tuple[int | None, bool]:
        now, begun = self.assistant.clock(), self._limits.day_begun()
        known = await self.run(self._inbox.standing, message, now - MINUTE_S, begun)
        if known.turn_id is None:
            self._limits.replace(message.user_key, known.recent, known.today)  # others count, too
        return known.turn_id, known.waiting >= self.settings.bots.queue * self.members

    async def _log(self, message: Message, text: str, details: dict[str, Any]) -> Received:
        turn_id, repeated = await self.run(self._inbox.put, message, text, details)
        if not repeated:
            self._wake()
        return Received(turn_id, repeated)

    async def ask(
        self,
        message: Message,
        on_text: Callable[[str], None] | None = None,
        on_wait: Callable[[int], Awaitable[None]] | None = None,
    ) -> Reply:
        try:
            return await super().ask(message, on_text, on_wait)
        finally:
            self._free(message.chat_key)  # sending needs no worker

    async def attend(self, platform: str, work: Work, notice: Notice, stop: asyncio.Event) -> None:
        """Answer what is in the inbox for a platform until ``stop`` is set; then finish what is in work.

        Args:
            platform: The platform.
            work: Answers a message and sends the reply. What it does not note as sent is parked.
            notice: Tells a cook who has waited for ``patience_s`` the position in the line.
            stop: When to end.
        """
        news = self._news.setdefault(platform, asyncio.Event())
        tasks: set[asyncio.Task[None]] = set()

        def begin(task: asyncio.Task[None]) -> None:
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        try:
            while not stop.is_set():
                news.clear()
                try:
                    room = self.settings.bots.workers - len(self._busy)
                    if room > 0:
                        for taken in await self.run(self._inbox.take, platform, room, self._since()):
                            self._busy.add(taken.claim.key)
                            begin(asyncio.create_task(self._see_to(taken, work)))
                    else:
                        late = (platform, self._since(), self.patience_s, NOTICES)
                        for taken in await self.run(self._inbox.neglected, *late):
                            begin(asyncio.create_task(self._tell(taken, notice)))
                except (StoreError, ClaimLost) as error:  # the database may come back
                    log.warning("The inbox cannot be looked at: %s", error)
                    await _until(stop, RETRY_S)
                await _until(news, LOOK_S)
            if tasks:
                await asyncio.wait(tasks)
        finally:
            for task in tasks:
                task.cancel()

    async def settled(self, chat_key: str) -> None:
        """Wait until what was said in a chat before now is answered, a minute at the most."""
        end = time.monotonic() + PATIENCE_S
        with contextlib.suppress(StoreError):
            last = await self.run(self._inbox.waits, chat_key)
            while last and time.monotonic() < end and await self.run(self._inbox.waits, chat_key, "%", last):
                await asyncio.sleep(LOOK_S)

    async def at_work(self, chat_key: str, message_like: str) -> bool:
        """Whether a message with such an id waits for its reply in a chat (``%`` stands for anything)."""
        return bool(await self.run(self._inbox.waits, chat_key, message_like))

    async def _see_to(self, taken: Taken, work: Work) -> None:
        message = taken.unsent.message
        fence.hold(taken.claim)
        self._accepted[message.chat_key, message.message_id] = taken.unsent.turn_id
        try:
            await work(taken)
        except ClaimLost as lost:
            log.info("A message is left alone: %s.", lost)
        except Exception:
            log.exception("A message could not be answered")
        finally:
            self._accepted.pop((message.chat_key, message.message_id), None)
            self._free(message.chat_key)
        await self._let_go(taken, answered=True, failed=not (self._stopping or taken.claim.lost))

    async def _tell(self, taken: Taken, notice: Notice) -> None:
        fence.hold(taken.claim)
        try:
            await notice(taken, taken.position)
        except Exception as error:  # the reply matters more than the notice
            log.warning("Could not tell the position in the line: %s", error)
        await self._let_go(taken, answered=False)

    async def _let_go(self, taken: Taken, answered: bool, failed: bool = False) -> None:
        while not taken.claim.tenure.over:
            try:
                await self.run(self._inbox.let_go, taken, answered, failed)
                break
            except ClaimLost:
                break
            except StoreError:  # without this the chat would be this process's for good
                await asyncio.sleep(RETRY_S)
        self._wake()

    def _free(self, chat_key: str) -> None:
        self._busy.discard(chat_key)
        self._wake()

    def _wake(self) -> None:
        for news in self._news.values():
            news.set()

    def _since(self) -> float:
        return self.assistant.clock() - KEPT_S


async def _until(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
