"""Telegram: python-telegram-bot, long polling or a webhook. See :mod:`bot.platforms.serving` for the two functions."""

import asyncio
import os
import re
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.admin import Admin
    from bot.host import Host

os.environ.setdefault("PTB_TIMEDELTA", "true")  # the library's way to choose timedelta, without a warning each time
TOKEN = re.compile(r"\d{4,16}:[A-Za-z0-9_-]{30,64}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


def missing(settings: Settings) -> str:
    """What must be set before the bot can run, in a sentence; "" if nothing is missing."""
    token = settings.telegram.token.get_secret_value()
    if not token:
        return (
            "There is no Telegram token: talk to @BotFather in Telegram, say /newbot, and put the token that it gives "
            "you into .env as SOUSCHEF_TELEGRAM__TOKEN=..."
        )
    if not TOKEN.fullmatch(token):
        return (
            "The Telegram token does not look like one (digits, a colon, 35 letters and digits): copy it whole from "
            "@BotFather into .env as SOUSCHEF_TELEGRAM__TOKEN=..."
        )
    if settings.telegram.webhook_url:
        if not settings.telegram.webhook_url.startswith("https://"):
            return "The setting telegram.webhook_url must begin with https://: Telegram calls nothing else."
        if not SECRET.fullmatch(settings.telegram.webhook_secret.get_secret_value()):
            return (
                "A webhook needs a secret, so that only Telegram can call it: put "
                "SOUSCHEF_TELEGRAM__WEBHOOK_SECRET=... into .env (1 to 256 letters, digits, _ and -)."
            )
    return ""


async def run(host: "Host", admin: "Admin", settings: Settings, stop: asyncio.Event) -> None:
    """Serve Telegram until ``stop`` is set.

    Raises:
        SettingsError: Telegram does not accept the token.
    """
    from bot.platforms.telegram.app import TelegramBot

    await TelegramBot(host, admin, settings, stop).run()
