"""What is set up in Discord's Developer Portal: token, intents, permissions, invite link. Needs no discord.py.

A bot token has three parts; the first is the application's id in base64. So the invite link can be told without asking
Discord.
"""

import base64
import binascii
import json
import re
import urllib.error
import urllib.request
from typing import Any

from bot.settings import DiscordSettings

PORTAL = "https://discord.com/developers/applications"
ONLINE_TIMEOUT_S = 10.0

GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
# The application's flags that say that the portal's switch for message content is on (few or many servers).
_CONTENT_FLAGS = (1 << 18) | (1 << 19)
PERMISSIONS: dict[str, int] = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Create Public Threads": 1 << 35,
    "Send Messages in Threads": 1 << 38,
}
_SHAPE = re.compile(r"[\w-]{18,}\.[\w-]{5,8}\.[\w-]{27,}")

_GET_ONE = (
    f"make an application at {PORTAL}, copy the token of its bot (page Bot) and put it into .env as "
    "SOUSCHEF_DISCORD__TOKEN=..."
)
NO_TOKEN = f"Discord needs a bot token: {_GET_ONE}."
MALFORMED = (
    "The Discord token is malformed: it has three parts with dots between them. Copy the token of the bot (not the "
    f"public key or the client secret) from {PORTAL}, page Bot, into .env as SOUSCHEF_DISCORD__TOKEN=..."
)
REFUSED = (
    f"Discord does not accept the token: reset it at {PORTAL}, page Bot, and put the new one into .env as "
    "SOUSCHEF_DISCORD__TOKEN=..."
)
NO_CONTENT = (
    f"Discord does not let the bot read messages: switch on the Message Content Intent at {PORTAL}, page Bot, or set "
    "discord.message_content = false (then it reads slash commands, direct messages and mentions only)."
)


def intents(message_content: bool) -> int:
    """The gateway intents that the bot asks for, as Discord's bit field."""
    return GUILDS | GUILD_MESSAGES | DIRECT_MESSAGES | (MESSAGE_CONTENT if message_content else 0)


def permissions() -> int:
    """The permissions that the bot needs in a server, as Discord's bit field."""
    return sum(PERMISSIONS.values())


def application_id(token: str) -> str:
    """The application's id that a token carries, or "" if it is not shaped like one."""
    if not _SHAPE.fullmatch(token):
        return ""
    first = token.partition(".")[0]
    try:
        text = base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isdecimal() else ""


def token_problem(token: str) -> str:
    """Why a token cannot be one, in a sentence, or ""."""
    token = token.strip()
    if not token:
        return NO_TOKEN
    return "" if application_id(token) else MALFORMED


def invite_link(application: str) -> str:
    """Where the bot is taken into a server, with the permissions it needs."""
    return (
        f"https://discord.com/oauth2/authorize?client_id={application}"
        f"&scope=bot%20applications.commands&permissions={permissions()}"
    )


def examine(settings: DiscordSettings, online: bool = False) -> tuple[str, str]:
    """What ``souschef doctor`` says of Discord.

    Args:
        settings: What is set for Discord.
        online: Whether to ask Discord itself.

    Returns:
        ("ok" | "warning" | "problem", a sentence or two).
    """
    token, message_content = settings.token.get_secret_value().strip(), settings.message_content
    if not token:
        return "ok", f"no token; to use it: {_GET_ONE}; then start souschef discord"
    if problem := token_problem(token):
        return "problem", problem
    link = invite_link(application_id(token))
    if not online:
        need = (
            "needs the Message Content Intent, which is privileged: switch it on in the Developer Portal, page Bot"
            if message_content
            else "reads slash commands, direct messages and mentions only (discord.message_content is off)"
        )
        return "ok", f"token set; {need}. To take the bot into a server: {link}"
    return _ask(settings, token, link)


def _ask(settings: DiscordSettings, token: str, link: str) -> tuple[str, str]:
    try:
        bot = _get(settings.api_url, "/users/@me", token)
        application = _get(settings.api_url, "/applications/@me", token)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 401:
            return "problem", REFUSED
        return "warning", f"Discord answered with an error ({error.code}): try again in a few minutes."
    except (OSError, ValueError):
        return "warning", "Discord cannot be reached from here: check the connection, or a proxy on the way."
    name = bot.get("username", "the bot")
    if settings.message_content and not int(application.get("flags") or 0) & _CONTENT_FLAGS:
        return "problem", NO_CONTENT
    return "ok", f"Discord knows the token: it is {name}. To take it into a server: {link}"


def _get(api: str, path: str, token: str) -> dict[str, Any]:
    request = urllib.request.Request(
        api.rstrip("/") + path, headers={"Authorization": f"Bot {token}", "User-Agent": "DiscordBot (souschef, 1)"}
    )
    with urllib.request.urlopen(request, timeout=ONLINE_TIMEOUT_S) as response:
        data = json.load(response)
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data
