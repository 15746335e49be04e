"""Requests to Discord that are made until they succeed or cannot: discord.py waits out what Discord tells it to, this
does the rest.

The library retries a 429 and most 5xx a few times and then gives up; it does not retry a 503, a reset connection, a
429 of the proxy in front of Discord. A message must not be lost to any of them, and not doubled either: a message is
sent with a nonce that Discord enforces, so that repeating the request gives the message that is there.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

log = logging.getLogger(__name__)
T = TypeVar("T")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
NO_MENTIONS = discord.AllowedMentions.none()


class Gone(Exception):
    """The message or channel is not there (any more), or the bot may not write in it."""


class Refused(Exception):
    """Discord does not take the request, whatever we do: something is wrong with it."""


class Outbox:
    """Makes requests.

    Args:
        patience_s: After how long to give up; None for never, while the bot runs.
    """

    def __init__(self, patience_s: float | None = None) -> None:
        self.patience_s = patience_s
        self.stopping = False

    async def insist(self, request: Callable[[], Awaitable[T]], patience_s: float | None = None) -> T:
        """Make a request, and again while it fails for reasons that pass.

        Args:
            request: Makes it; called anew for each try.
            patience_s: Overrides the outbox's.

        Raises:
            Gone: There is nothing to write to.
            Refused: The request is wrong.
            discord.DiscordException, OSError, aiohttp.ClientError, TimeoutError, RuntimeError: The last failure, where
                patience is over or the bot stops.
        """
        patience = self.patience_s if patience_s is None else patience_s
        end = None if patience is None else asyncio.get_running_loop().time() + patience
        wait = FIRST_WAIT_S
        failure: Exception
        while True:
            try:
                return await request()
            except (discord.Forbidden, discord.NotFound) as error:
                raise Gone(str(error)) from error
            except discord.RateLimited as error:
                failure, pause = error, error.retry_after
            except discord.HTTPException as error:
                if error.status != 429 and error.status < 500:
                    raise Refused(str(error)) from error
                failure, pause = error, max(wait, _retry_after(error))
            except (OSError, aiohttp.ClientError, TimeoutError) as error:
                failure, pause = error, wait
            except RuntimeError as error:
                if "closed" not in str(error):  # the library's connection; a new one is being made
                    raise
                failure, pause = error, wait
            if self.stopping or (end is not None and asyncio.get_running_loop().time() + pause > end):
                raise failure
            log.warning("Discord could not be written to (%s); trying again in %.1f s.", failure, pause)
            await asyncio.sleep(pause)
            wait = min(LONGEST_WAIT_S, wait * 2 * random.uniform(0.8, 1.2))


def _retry_after(error: discord.HTTPException) -> float:
    """Seconds that an answer asks to wait; 0 if it does not say."""
    try:
        return min(600.0, float(error.response.headers.get("Retry-After", 0)))
    except (AttributeError, ValueError):
        return 0.0
