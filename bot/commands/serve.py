"""Serve every platform that has a token, in one process, until stopped (Ctrl-C or SIGTERM)."""

import argparse

from bot.settings import Settings

EXAMPLE = "  souschef serve"


def configure(parser: argparse.ArgumentParser) -> None:
    """No options: everything is a setting."""


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.errors import SettingsError
    from bot.platforms.serving import PLATFORMS, serve, with_token

    names = with_token(settings)
    if not names:
        variables = " or ".join(f"SOUSCHEF_{name.upper()}__TOKEN" for name in PLATFORMS)
        raise SettingsError(f"No platform has a token: put {variables} into .env (souschef doctor leads the way).")
    return serve(settings, names)
