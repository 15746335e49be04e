"""Long polling that loses nothing: an update is confirmed to Telegram only after it was taken in.

Telegram repeats an update until a later ``offset`` confirms it. So every update of a batch is handed on, which logs its
message, before the next request confirms the batch. What cannot be read is passed over, with a line in the log.
"""

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.errors import StoreError
from bot.platforms.telegram.limiter import seconds_of
from bot.redact import redact

log = logging.getLogger(__name__)
LONG_POLL_S = 25
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
ALLOWED = ("message", "edited_message", "callback_query")


class CarefulRequest(HTTPXRequest):
    """Fetches updates; one that the library could not read becomes an empty one, so that it does not block the rest."""

    async def do_request(self, *arguments: Any, **more: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*arguments, **more)
        return code, readable(payload) if code == 200 else payload


def readable(payload: bytes) -> bytes:
    """The answer to getUpdates with unreadable updates emptied, or left out where they have no id, in order of ids."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return payload  # the library says so
    if not isinstance(answer, dict) or not isinstance(answer.get("result"), list):
        return payload
    updates: dict[int, Any] = {}
    for update in answer["result"]:
        id_ = update.get("update_id") if isinstance(update, dict) else None
        if not isinstance(id_, int) or isinstance(id_, bool):
            log.warning("Telegram sent something that is no update: %.200r", update)
            continue
        try:
            Update.de_json(update, None)
        except Exception as error:  # the library raises whatever it stumbles over
            log.warning("Update %d cannot be read (%s: %s); passed over.", id_, type(error).__name__, error)
            update = {"update_id": id_}
        updates[id_] = update
    if answer["result"] and not updates:
        raise TelegramError("nothing of what came could be read")
    return json.dumps(answer | {"result": [updates[id_] for id_ in sorted(updates)]}).encode()


async def poll(
    bot: "ExtBot[None]",
    take: Callable[[Update], Awaitable[None]],
    stop: asyncio.Event,
    long_poll_s: int = LONG_POLL_S,
    presence: Callable[[str], None] = lambda _problem: None,
) -> None:
    """Fetch updates until ``stop`` is set.

    Args:
        bot: The bot.
        take: Takes an update in; if it raises, the update is not confirmed and comes again.
        stop: When to end; then what was taken is confirmed.
        long_poll_s: How long Telegram may keep a request open while nothing comes.
        presence: Told "" when messages could be fetched, and why they could not.

    Raises:
        InvalidToken: The token is not accepted (any more).
    """
    offset: int | None = None
    pause = 0.0
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            request = asyncio.create_task(bot.get_updates(offset, timeout=long_poll_s, allowed_updates=ALLOWED))
            await asyncio.wait((request, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not request.done():
                request.cancel()
                await asyncio.gather(request, return_exceptions=True)
                break
            try:
                updates = request.result()
                presence("")
                for update in updates:
                    await take(update)
                    offset = update.update_id + 1
                pause = 0.0
            except InvalidToken:
                raise
            except TimedOut:
                continue
            except Exception as error:
                pause = min(LONGEST_PAUSE_S, max(FIRST_PAUSE_S, 2 * pause))
                if isinstance(error, RetryAfter):
                    pause = max(pause, seconds_of(error))
                problem = _sentence(error)
                if not isinstance(error, StoreError):  # the database has a check of its own
                    presence(f"{problem}.")
                log.warning("%s; trying again in %.1f s.", problem, pause)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)
        if offset is not None:
            with contextlib.suppress(TelegramError):  # then they come again, and are known
                await bot.get_updates(offset, timeout=0, limit=1, allowed_updates=ALLOWED)
    finally:
        stopped.cancel()


def _sentence(error: Exception) -> str:
    if isinstance(error, Conflict):
        return "Another process fetches the messages of the same bot: stop it, or use another token"
    return redact(f"Could not fetch messages ({type(error).__name__}: {error})")
