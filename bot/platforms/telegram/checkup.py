"""What ``souschef doctor`` tells of Telegram: exactly what is missing between @BotFather and the first message."""

import asyncio

from bot.platforms.telegram import missing
from bot.redact import redact
from bot.settings import Settings

NO_TOKEN = (
    "no token; to use it: in Telegram talk to @BotFather, say /newbot, choose a name, and put the token that it gives "
    "you into .env as SOUSCHEF_TELEGRAM__TOKEN=...; then start souschef telegram"
)


def check(settings: Settings, online: bool = False) -> tuple[str, str]:
    """The state ("ok" or "problem") and a sentence.

    Args:
        settings: All settings.
        online: Whether to ask Telegram who the token belongs to.
    """
    if not settings.telegram.token.get_secret_value():
        return "ok", NO_TOKEN
    if problem := missing(settings):
        return "problem", problem
    if not online:
        return "ok", "token set and well-formed; souschef doctor --online asks Telegram whether it is right"
    return asyncio.run(_ask(settings))


async def _ask(settings: Settings) -> tuple[str, str]:
    from telegram import Bot
    from telegram.error import InvalidToken, TelegramError

    bot = Bot(settings.telegram.token.get_secret_value(), base_url=f"{settings.telegram.api_url}/bot")
    try:
        await bot.initialize()
        me, webhook = bot.bot, await bot.get_webhook_info()
    except InvalidToken:
        return "problem", "Telegram does not accept the token: copy it again from @BotFather (/mybots, API Token)"
    except TelegramError as error:
        return "problem", f"Telegram cannot be reached ({redact(str(error))}): check the network"
    finally:
        await bot.shutdown()
    says = f"the token is right: write to @{me.username} (https://t.me/{me.username})"
    if not me.can_join_groups:
        says += "; it cannot be taken into groups (@BotFather: /setjoingroups)"
    if not settings.telegram.webhook_url and webhook.url:
        says += "; a webhook is set, which souschef telegram takes away to poll"
    if webhook.last_error_message and settings.telegram.webhook_url:
        return "problem", f"{says}; but Telegram cannot call the webhook: {redact(webhook.last_error_message)}"
    return "ok", says
