"""Serve Telegram until stopped (Ctrl-C or SIGTERM). Needs a token from @BotFather: see souschef doctor."""

import argparse

from bot.settings import Settings

EXAMPLE = "  souschef telegram"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a setting."""


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.platforms.serving import serve

    return serve(settings, ["telegram"])
