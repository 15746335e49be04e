"""Limits on what an endpoint is asked: requests and tokens per minute, and money."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from training.endpoint import TeacherError

WINDOW_S = 60.0
MILLION = 1e6


class CapReached(TeacherError):
    """The next request could pass the spending cap; nothing more is asked."""


class RateLimiter:
    """At most so many requests and tokens in any minute, and silence for as long as an endpoint asks for it.

    Args:
        requests: Per minute; 0 for no limit.
        tokens: Per minute, read and written together; 0 for no limit. One request larger than this goes alone.
        clock: Seconds from any start.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        requests: int = 0,
        tokens: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.requests, self.tokens = requests, tokens
        self._clock, self._sleep = clock, sleep
        self._sent: deque[list[float]] = deque()
        self._silent_until = float("-inf")
        self._turn = asyncio.Lock()  # first come, first served

    async def acquire(self, tokens: int) -> list[float]:
        """Wait until a request of so many tokens may go; returns the entry for :meth:`settle`."""
        async with self._turn:
            while (wait := self._wait(tokens)) > 0:
                await self._sleep(wait)
            entry = [self._clock(), float(tokens)]
            self._sent.append(entry)
            return entry

    def settle(self, entry: list[float], tokens: int) -> None:
        """Say how many tokens a request really took."""
        entry[1] = float(tokens)

    def silence(self, seconds: float) -> None:
        """Send nothing for so long (a server's ``Retry-After``)."""
        self._silent_until = max(self._silent_until, self._clock() + seconds)

    def _wait(self, tokens: int) -> float:
        """Seconds until the next look; 0 where the request may go now."""
        now = self._clock()
        while self._sent and self._sent[0][0] <= now - WINDOW_S:
            self._sent.popleft()
        if now < self._silent_until:
            return self._silent_until - now
        full = bool(self.requests) and len(self._sent) >= self.requests
        used = sum(entry[1] for entry in self._sent)
        heavy = bool(self.tokens) and bool(self._sent) and used + tokens > self.tokens
        return max(0.001, self._sent[0][0] + WINDOW_S - now) if full or heavy else 0.0


class Spending:
    """Money spent and promised. A request is sent only if its worst case still fits under the cap.

    Args:
        price_in: For a million tokens read.
        price_out: For a million tokens written.
        cap: The most that may be spent; 0 for no cap.
        spent: What was spent before.
    """

    def __init__(self, price_in: float = 0.0, price_out: float = 0.0, cap: float = 0.0, spent: float = 0.0) -> None:
        self.price_in, self.price_out, self.cap, self.spent = price_in, price_out, cap, spent
        self._promised: list[float] = []
        self._changed = asyncio.Condition()

    def cost(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.price_in + completion_tokens * self.price_out) / MILLION

    async def promise(self, prompt_tokens: int, max_tokens: int) -> float:
        """Set the worst case of a request aside; waits for others to be settled where it does not fit yet.

        Raises:
            CapReached: It does not fit, whatever the requests under way come to.
        """
        worst = self.cost(prompt_tokens, max_tokens)
        async with self._changed:
            while self.cap and self.spent + sum(self._promised) + worst > self.cap:
                if not self._promised:
                    raise CapReached(
                        f"The spending cap of {self.cap:g} is reached ({self.spent:.4g} spent, the next request could "
                        f"cost {worst:.4g}): raise teacher.spending_cap and run it again; nothing is asked twice."
                    )
                await self._changed.wait()
            self._promised.append(worst)
        return worst

    async def settle(self, promised: float, prompt_tokens: int, completion_tokens: int) -> None:
        """Replace a promise by what it came to."""
        async with self._changed:
            self._promised.remove(promised)
            self.spent += self.cost(prompt_tokens, completion_tokens)
            self._changed.notify_all()
