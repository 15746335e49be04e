"""The Discord adapter: slash commands, buttons, menus, threads as kitchens, direct messages.

::

    client ── events ──► intake ── logged ──► lanes (one per chat) ── host.ask ──► showing ──► outbox ──► Discord

:mod:`desk` is where all of it meets. :mod:`portal` knows tokens, intents and the invite link, :mod:`text` and
:mod:`cards` how things look, :mod:`reading` what a message means, :mod:`kitchens` and :mod:`address` which conversation
it belongs to, :mod:`lanes` the order, :mod:`showing`, :mod:`surfaces` and :mod:`outbox` how an answer is there for sure
and once, :mod:`commands`, :mod:`answering` and :mod:`clicks` what people type and press, :mod:`client` the gateway's
events, :mod:`catching_up` what was said while nobody listened, :mod:`runner` start, reconnection and end.
"""

import asyncio
import importlib

from bot.admin import Admin
from bot.host import Host
from bot.platforms.discord.portal import token_problem
from bot.settings import Settings


def missing(settings: Settings) -> str:
    """What must be set before Discord can be served, in a sentence, or ""."""
    return token_problem(settings.discord.token.get_secret_value())


async def run(host: Host, admin: Admin, settings: Settings, stop: asyncio.Event) -> None:
    """Serve Discord until ``stop`` is set.

    Raises:
        SettingsError: Discord does not accept the token or the intents.
    """
    # discord.py takes a second to import: not in the event loop, where another platform may be serving.
    runner = await asyncio.to_thread(importlib.import_module, "bot.platforms.discord.runner")
    await runner.serve(host, admin, settings, stop)
