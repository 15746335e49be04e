"""Rings timers: announces what is due on a platform, once, also what came due while the bot was down."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bot.actions.timers import Ring, overdue, rung
from bot.errors import StoreError

if TYPE_CHECKING:
    from bot.host import Host

log = logging.getLogger(__name__)
TICK_S = 0.5  # how often timers are looked at
RING_S = 5.0  # how long an announcement that is under way may take when the bot stops
RETRY_S = 15.0  # how long a timer that could not be announced waits for the next try


def announcing(platform: str) -> str:
    """The role of the process that speaks unasked on a platform: timers, and news of jobs."""
    return f"{platform} announcements"


class Bell:
    """The timers of a host.

    Args:
        host: Whose they are; it says whether this process is the one that announces.

    Attributes:
        ringing: Timers that are being announced, or wait for another try.
    """

    def __init__(self, host: "Host") -> None:
        self._host = host
        self.ringing: set[int] = set()

    async def timers(self, platform: str, ring: Callable[[Ring], Awaitable[None]]) -> None:
        """Announce due timers of a platform until cancelled, or until the host stops.

        A timer counts as announced once ``ring`` returns; if it raises, it is tried again later.
        """
        host, tasks = self._host, set[asyncio.Task[None]]()
        try:
            while not host.stopping:
                with contextlib.suppress(StoreError):  # the database may come back
                    leads = host.leads(announcing(platform))
                    now = host.assistant.clock()
                    for due in await host.run(overdue, host.assistant.store, now, platform) if leads else ():
                        if due.id not in self.ringing:
                            self.ringing.add(due.id)
                            task = asyncio.create_task(self._ring(platform, due, ring))
                            tasks.add(task)
                            task.add_done_callback(tasks.discard)
                await asyncio.sleep(TICK_S)
        finally:
            if tasks:  # what is being told must be noted, or it is told again after the next start
                await asyncio.wait(tasks, timeout=RING_S)
            for task in tasks:
                task.cancel()

    async def _ring(self, platform: str, due: Ring, ring: Callable[[Ring], Awaitable[None]]) -> None:
        again_s = 0.0
        try:
            if self._host.act(announcing(platform)):
                await ring(due)
                await self._host.run(rung, self._host.assistant.store, due.id)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.warning("Could not announce timer %d, trying again: %s", due.id, error)
            again_s = RETRY_S
        finally:
            if again_s:
                asyncio.get_running_loop().call_later(again_s, self.ringing.discard, due.id)
            else:
                self.ringing.discard(due.id)
