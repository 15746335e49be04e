"""Watching the bots: Prometheus metrics, and whether the process lives and is ready, over HTTP. Off by default.

    /metrics   counters and histograms of this process, and figures of the database (shared by all processes)
    /healthz   200 while the process lives, 503 once its event loop has stood still for long
    /readyz    200 if it can answer cooks; else 503 and the reasons

:mod:`bot.watch.metrics` counts events, :mod:`bot.watch.figures` reads the database when Prometheus asks,
:mod:`bot.watch.readiness` says what is missing, :mod:`bot.watch.server` answers. What the scoring process and jobs do
is read from the database, too. Everything runs in a thread of its own: a busy event loop can still be watched.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.host import Host
    from bot.watch.server import Watch


@asynccontextmanager
async def watched(host: "Host", settings: Settings) -> "AsyncIterator[Watch | None]":
    """Let the process be watched while the block runs; None where ``watch.port`` is 0.

    Raises:
        SettingsError: The port or the address cannot be used.
    """
    if not settings.watch.port:
        yield None
        return
    from bot.watch.server import Watch

    # prometheus_client takes a tenth of a second to import.
    watch = await asyncio.to_thread(Watch, host, settings)
    watch.start()
    beating = asyncio.create_task(watch.heart.beat())
    try:
        yield watch
    finally:
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating
        await asyncio.to_thread(watch.stop)
