"""Keeps within what Telegram allows: about 1 message a second in a chat, 20 a minute in a group, 30 a second overall.

Requests wait here until they may go; a 429 holds its chat (or, without a chat, everything) for as long as Telegram says
and is then tried again, as often as it takes. Nothing is dropped.
"""

import asyncio
import datetime
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot import fence

log = logging.getLogger(__name__)
# What Telegram counts against a chat; typing and the answers to button presses only count overall.
_COUNTED = frozenset(("sendMessage", "editMessageText", "sendDocument"))
_IDLE_CHATS = 2000


@dataclass(frozen=True, slots=True)
class Pace:
    """So many requests per second, and how many may come at once after a pause."""

    per_s: float
    burst: int


PRIVATE = Pace(1.0, 3)
GROUP = Pace(0.25, 5)  # 5 + 60 × 0.25 = 20 in the first minute
OVERALL = Pace(28.0, 20)


class Bucket:
    """A token bucket whose tokens can be promised ahead: who comes later waits longer."""

    def __init__(self, pace: Pace, now: float) -> None:
        self.pace, self._tokens, self._at = pace, float(pace.burst), now
        self.held_until = 0.0

    def tokens(self, now: float) -> float:
        """Tokens there are now; negative if some are promised."""
        self._tokens = min(float(self.pace.burst), self._tokens + (now - self._at) * self.pace.per_s)
        self._at = now
        return self._tokens

    def take(self, now: float) -> float:
        """Take a token; how many seconds to wait until it is there."""
        left = self.tokens(now) - 1
        self._tokens = left
        return max(0.0, -left / self.pace.per_s, self.held_until - now)


class Limiter(BaseRateLimiter[None]):
    """The rate limiter of the bot.

    Args:
        private, group, overall: How fast.
    """

    def __init__(self, private: Pace = PRIVATE, group: Pace = GROUP, overall: Pace = OVERALL) -> None:
        self._private, self._group, self._overall = private, group, overall
        self._all = Bucket(overall, time.monotonic())
        self._chats: dict[int, Bucket] = {}
        self.held = 0  # how many 429s there were

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    def share(self, processes: int) -> None:
        """Keep to a part of what is allowed overall, because so many processes send for the same bot."""
        whole = self._overall
        self._all.pace = Pace(whole.per_s / processes, max(1, whole.burst // processes))

    def roomy(self, chat: int) -> bool:
        """Whether a request that could also be left out may go to a chat now, with one to spare for what may not."""
        now = time.monotonic()
        bucket = self._bucket(chat)
        return bucket.held_until <= now and bucket.tokens(now) >= 2 and self._all.tokens(now) >= 2

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,
    ) -> Any:
        """Make a request when it may be made; again after a 429."""
        chat = data.get("chat_id") if endpoint in _COUNTED else None
        buckets = [self._all]
        if isinstance(chat, int):
            buckets.append(self._bucket(chat))
        while True:
            wait = max(bucket.take(time.monotonic()) for bucket in buckets)
            if wait > 0:
                await asyncio.sleep(wait)
            now = time.monotonic()
            while (held := max(bucket.held_until for bucket in buckets)) > now:  # a 429 came meanwhile
                await asyncio.sleep(held - now)
                now = time.monotonic()
            fence.check()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                self.held += 1
                seconds = seconds_of(error)
                log.info("Telegram asks to wait %.0f s (%s).", seconds, endpoint)
                buckets[-1].held_until = time.monotonic() + seconds + 0.05

    def _bucket(self, chat: int) -> Bucket:
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= _IDLE_CHATS:
                self._forget_idle()
            bucket = self._chats[chat] = Bucket(self._private if chat > 0 else self._group, time.monotonic())
        return bucket

    def _forget_idle(self) -> None:
        now = time.monotonic()
        full = [c for c, b in self._chats.items() if b.tokens(now) >= b.pace.burst and b.held_until <= now]
        for chat in full:
            del self._chats[chat]


def seconds_of(error: RetryAfter) -> float:
    """How long a 429 asks to wait."""
    after = error.retry_after  # what it is, a switch of the library decides (see the package)
    return after.total_seconds() if isinstance(after, datetime.timedelta) else float(after)
