"""What an update of Telegram means for the assistant: what was said, where, by whom; or that it is not for us."""

import datetime
import re
from dataclasses import dataclass
from typing import Literal

from telegram import Message, MessageEntity, User

from bot import admin
from bot.errands import EXPORT
from bot.platforms.commands import COMMANDS, spoken
from bot.platforms.locale import regular_numbers
from bot.platforms.telegram.address import Address, message_id

EDIT_S = 300  # an edit this long after the message is a correction for the record, not a new question
Kind = Literal["say", "errand", "notice"]
_START = {"start": "hello", "help": "help"}


@dataclass(frozen=True, slots=True)
class Incoming:
    """Something addressed to the bot.

    Attributes:
        kind: "say" goes to the assistant, "errand" is a command (see :mod:`bot.errands`), "notice" is answered with
            ``text``.
        address: The conversation.
        user: Telegram's id of the cook.
        text: What was said (numbers with decimal points, whatever the cook's locale), or the notice.
        id: What it is logged under.
        language: The cook's, as Telegram has it ("pt-br"), or "".
    """

    kind: Kind
    address: Address
    user: int
    text: str
    id: str
    language: str = ""


def read(message: Message, me: User, per_cook: bool, edited: bool = False) -> Incoming | None:
    """Understand a message.

    Args:
        message: The message, new or edited.
        me: The bot itself.
        per_cook: Whether each cook of a group has a conversation of their own.
        edited: Whether it is an edit.

    Returns:
        None if it is not for the bot: from another bot, not addressed to it in a group, too old an edit, a service
        message.
    """
    author = message.from_user
    if (author is not None and author.is_bot and message.sender_chat is None) or message.via_bot is not None:
        return None
    user = message.sender_chat.id if message.sender_chat is not None else author.id if author is not None else 0
    if not user:
        return None
    private = message.chat.type == "private"
    thread = (message.message_thread_id or 0) if message.is_topic_message else 0
    address = Address(message.chat.id, thread, abs(user) if per_cook and not private else 0)
    when = 0
    if edited:
        if message.edit_date is None or message.edit_date - message.date > datetime.timedelta(seconds=EDIT_S):
            return None
        when = int(message.edit_date.timestamp())
    text = message.text or message.caption or ""
    addressed = private or _replies_to(message, me)
    if me.username and (mention := _mention(message, text, me)) is not None:
        addressed, text = True, mention
    kind: Kind = "say"
    if text.startswith("/"):
        command = _command(text, me, private or addressed)
        if command is None:
            return None
        kind, text = command
    elif not addressed or (not text and not _content(message)):
        return None
    elif not text:
        kind, text = "notice", "I can only read text: please write what you would like to cook or know."
    language = (author.language_code if author is not None else None) or ""
    if kind == "say":
        text = regular_numbers(text, language)
    return Incoming(kind, address, user, text, message_id(message.message_id, edited=when), language)


def _command(text: str, me: User, addressed: bool) -> tuple[Kind, str] | None:
    """What a slash command stands for; None if it is another bot's."""
    match = re.match(r"/(\w+)(?:@(\w+))?\s*", text)
    if match is None:
        return ("say", text) if addressed else None
    name, to, rest = match[1].lower(), match[2], text[match.end() :]
    if to is not None and (me.username is None or to.lower() != me.username.lower()):
        return None
    if name in admin.COMMANDS:
        return "errand", f"/{name} {rest}".strip()
    if name in _START:
        return "say", _START[name]
    if name == "export":
        return "errand", EXPORT
    said = spoken(f"/{name} {rest}") if name != "quit" else None
    if said is not None and not said.startswith("/"):
        return "say", said
    if to is None and not addressed:
        return None  # in a group, a command that nobody named us for may be another bot's
    return "notice", f"There is no /{name[:32]}; /help lists what there is."


def _replies_to(message: Message, me: User) -> bool:
    before = message.reply_to_message
    return before is not None and before.from_user is not None and before.from_user.id == me.id


def _mention(message: Message, text: str, me: User) -> str | None:
    """The text without the mention of the bot; None if it is not mentioned."""
    parse = message.parse_entities if message.text else message.parse_caption_entities
    for entity, words in parse([MessageEntity.MENTION, MessageEntity.TEXT_MENTION]).items():
        named = entity.user is not None and entity.user.id == me.id
        if named or words.lower() == f"@{(me.username or '').lower()}":
            return re.sub(r"\s{2,}", " ", text.replace(words, " ", 1)).strip(" ,:")
    return None


def _content(message: Message) -> bool:
    """Whether there is something that a person sent, though not in words."""
    sent = (
        message.photo, message.voice, message.audio, message.video, message.video_note, message.sticker,
        message.document, message.animation, message.location, message.contact, message.poll, message.dice,
    )  # fmt: skip
    return any(sent)


def help_text() -> str:
    """The commands with what may follow each, one a line."""
    return "\n".join(f"{f'/{n} {c.takes}'.rstrip()}: {c.summary}" for n, c in COMMANDS.items() if n != "quit")


def menu() -> list[tuple[str, str]]:
    """The commands for Telegram's menu, with what each does."""
    return [(name, command.summary) for name, command in COMMANDS.items() if name != "quit"]
