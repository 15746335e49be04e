"""What a Discord message means for the assistant: what was said; or that it is not for us."""

import datetime
import re
from dataclasses import dataclass
from typing import Any, Literal

import discord

from bot import admin
from bot.errands import EXPORT
from bot.platforms.commands import spoken

EDIT_S = 300  # an edit this long after the message is a correction for the record, not a new question
Kind = Literal["say", "errand", "notice"]
_MENTION = re.compile(r"<@[!&]?(\d+)>")
_CHANNEL = re.compile(r"<#\d+>")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_KINDS = (discord.MessageType.default, discord.MessageType.reply)


@dataclass(frozen=True, slots=True)
class Heard:
    """Something addressed to the bot: "notice" is answered with ``text`` at once, "errand" is a command
    (see :mod:`bot.errands`).
    """

    kind: Kind
    text: str


def addressed(message: discord.Message, channel: Any, me: int) -> bool:
    """Whether a message is for the bot: in direct messages and the bot's own threads every one, else where it is named.

    Args:
        message: The message.
        channel: Where it was written, as far as it is known.
        me: The bot's id.
    """
    if message.author.bot or message.webhook_id is not None or message.type not in _KINDS:
        return False
    if isinstance(channel, discord.DMChannel) or (isinstance(channel, discord.Thread) and channel.owner_id == me):
        return True
    if me in message.raw_mentions:
        return True
    guild = getattr(channel, "guild", None)
    mine = guild.self_role if guild is not None else None  # people pick the bot's role as easily as the bot
    if mine is not None and mine.id in message.raw_role_mentions:
        return True
    answered = message.reference.resolved if message.reference is not None else None
    return isinstance(answered, discord.Message) and answered.author.id == me


def read(message: discord.Message, me: int) -> Heard:
    """Understand a message that is addressed to the bot."""
    text = words(message, me)
    if text.startswith("/"):
        return _command(text)
    if not text and (message.attachments or message.stickers):
        return Heard("notice", "I can only read text: please write what you would like to cook or know.")
    return Heard("say", text or "hello")


def words(message: discord.Message, me: int) -> str:
    """The text without mentions of the bot, others' mentions as their names."""
    names = {user.id: user.display_name for user in message.mentions}
    guild = message.guild
    mine = guild.self_role.id if guild is not None and guild.self_role is not None else 0

    def name(match: re.Match[str]) -> str:
        id_ = int(match[1])
        return "" if id_ in (me, mine) else f"@{names.get(id_, 'someone')}"

    text = _MENTION.sub(name, message.content)
    text = _EMOJI.sub(r"\1", _CHANNEL.sub("#channel", text))
    return re.sub(r"[^\S\n]{2,}", " ", text).strip(" ,:\n\t")


def changed(message: discord.Message) -> int:
    """When a message was edited, in milliseconds since 1970; 0 if it was not, or so late that nobody waits for it."""
    if message.edited_at is None or message.edited_at - message.created_at > datetime.timedelta(seconds=EDIT_S):
        return 0
    return int(message.edited_at.timestamp() * 1000)


def _command(text: str) -> Heard:
    """What a command means that was typed as a plain message."""
    name = text[1:].partition(" ")[0].lower()
    if name in admin.COMMANDS:
        return Heard("errand", text)
    if name == "export":
        return Heard("errand", EXPORT)
    said = spoken(text) if name != "quit" else None
    if said is None:
        return Heard("notice", f"There is no /{name[:32]}; /help lists what there is.")
    return Heard("say", "help" if said == "/help" else said)
