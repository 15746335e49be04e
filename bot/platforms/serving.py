"""Runs network platforms, one or all, in one process: one database, one student, one waiting line for all of them.

With PostgreSQL several such processes may run at once (see :mod:`bot.sharing`); with SQLite a second one is refused.

A platform is a package ``bot.platforms.NAME`` with two functions::

    def missing(settings: Settings) -> str                    # "" or what must be set before it can run, in a sentence
    async def run(host: Host, admin: Admin, settings: Settings, stop: asyncio.Event) -> None

``run`` serves until ``stop`` is set; then it takes in nothing more, finishes what it is sending and returns. The
package imports its client library inside ``run``.
"""

import asyncio
import contextlib
import gc
import importlib
import logging
import signal
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bot.admin import Admin
from bot.errors import SettingsError
from bot.host import Host
from bot.settings import Settings
from bot.watch import watched

if TYPE_CHECKING:
    from bot.sharing.crew import Crew

log = logging.getLogger(__name__)
PLATFORMS = ("telegram", "discord")
GRACE_S = 10.0
SCORING = "scoring"  # the role of the process that keeps the scoring process
FREEZE_S = (1.0, 10.0, 60.0)  # what is opened late is there by then
SWITCH_S = 0.001  # Python's lock changes hands this often, so that the event loop need not wait long for workers


def with_token(settings: Settings) -> list[str]:
    """The platforms that have a token; whether it is a good one is seen when they start."""
    return [name for name in PLATFORMS if getattr(settings, name).token.get_secret_value()]


def serve(settings: Settings, names: Sequence[str]) -> int:
    """Serve platforms until SIGTERM or SIGINT.

    Args:
        settings: All settings.
        names: Which of :data:`PLATFORMS`.

    Raises:
        SettingsError: Something that a platform needs is not set, or its token is not accepted.
        StoreError: The database cannot be used.
    """
    from bot import logs
    from bot.assistant import Assistant
    from bot.pantry import Kitchen, open_store
    from bot.triad import Triad

    for name in names:
        if problem := _platform(name).missing(settings):
            raise SettingsError(problem)
    logs.configure(settings)
    store = open_store(settings)
    kitchen = Kitchen(settings)
    try:
        kitchen.warm_up()
        assistant = Assistant(settings, store, kitchen, kitchen.answerer())
        crew = _crew(assistant, settings)
        scores = (lambda: crew.role(SCORING) is not None) if crew is not None else (lambda: True)
        with Triad(store, settings, may=scores):
            asyncio.run(run(assistant, settings, names, crew=crew))
    finally:
        kitchen.close()
        store.close()
    return 0


async def run(
    assistant: Any,
    settings: Settings,
    names: Sequence[str],
    stop: asyncio.Event | None = None,
    crew: "Crew | None" = None,
) -> None:
    """Serve platforms until ``stop`` is set or a signal comes; then stop cleanly.

    Args:
        assistant: The assistant.
        settings: All settings.
        names: Which of :data:`PLATFORMS`.
        stop: Set to stop.
        crew: This process among several; None to make what the database needs.

    Raises:
        StoreError: Another process serves from the same SQLite database.
        Exception: What made a platform fail; the others are stopped first.
    """
    crew = crew or _crew(assistant, settings)
    with contextlib.ExitStack() as stack:
        if crew is None:
            from bot.sharing.alone import alone

            stack.enter_context(alone(assistant.store))
            host = Host(assistant, settings)
        else:
            from bot.sharing.host import SharedHost

            host = SharedHost(assistant, settings, crew, tuple(names))
        await _run(host, settings, names, stop or asyncio.Event())


async def _run(host: Host, settings: Settings, names: Sequence[str], stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        log.info("Stopping; once more to stop at once.")
        stop.set()
        _listen(loop, None)

    _listen(loop, signalled)
    sys.setswitchinterval(SWITCH_S)
    await host.start()
    for name in names:
        host.presence(name, f"{name} is not connected yet.")
    admin = Admin(host)
    platforms = [
        asyncio.create_task(_platform(name).run(host, admin, settings, stop), name=f"platform {name}") for name in names
    ]
    waiting = asyncio.create_task(stop.wait())
    settling = asyncio.create_task(_settle())
    watching = asyncio.create_task(admin.watch())
    try:
        async with watched(host, settings):
            await asyncio.wait([*platforms, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        waiting.cancel()
        settling.cancel()
        watching.cancel()
        await host.stop(GRACE_S)
        done, late = await asyncio.wait(platforms, timeout=GRACE_S)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await host.leave()
        _listen(loop, None)
    for task in done:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error


def _crew(assistant: Any, settings: Settings) -> "Crew | None":
    """This process among those that serve from its database; None where it is for one."""
    from bot.sharing.crew import Crew, shared

    return Crew(assistant.store, settings.bots.lease_s) if shared(assistant.store) else None


async def _settle() -> None:
    """Spare the garbage collector what the start has made (modules, index, student), which stays until the end.

    Looking through it takes a tenth of a second, during which no thread runs, the event loop's neither.
    """
    for pause_s in FREEZE_S:
        await asyncio.sleep(pause_s)
        gc.freeze()


def _listen(loop: asyncio.AbstractEventLoop, handler: Any) -> None:
    """Let SIGTERM and SIGINT call ``handler``; None for what they do by themselves."""
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # Windows; not the main thread
            if handler is None:
                loop.remove_signal_handler(number)
            else:
                loop.add_signal_handler(number, handler)


def _platform(name: str) -> Any:
    return importlib.import_module(f"bot.platforms.{name}")
