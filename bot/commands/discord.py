"""Serve the Discord bot until stopped (Ctrl-C or SIGTERM).

It needs a bot token (discord.token); souschef doctor tells where to get one, and the link that takes the bot into a
server.
"""

import argparse

from bot.settings import Settings

EXAMPLE = "  souschef discord"


def configure(parser: argparse.ArgumentParser) -> None:
    pass


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.platforms.serving import serve

    return serve(settings, ["discord"])
