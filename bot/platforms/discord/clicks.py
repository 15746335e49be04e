"""What people press, choose and fill in: read from the ``custom_id``, so that it works on messages of any age."""

import asyncio
import contextlib
import logging
from typing import Any

import discord

from bot import redact
from bot.errors import NotFoundError
from bot.host import Refusal
from bot.log import forget
from bot.platforms.discord import cards
from bot.platforms.discord.address import PLATFORM
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.outbox import NO_MENTIONS
from bot.platforms.discord.text import inert, told

log = logging.getLogger(__name__)
QUICK_S = 1.5  # an answer must be there within three seconds
NOT_YOURS = "Only the cook who got this reply can rate it."
THANKS = "Thank you, I am glad."
LEARNED = "Thank you: I keep that, and it becomes a lesson for the next version of me."
OLD = "I do not know that button any more: please use a newer message of mine."


async def handle(desk: Desk, interaction: discord.Interaction[Any]) -> None:
    """See to a pressed button, a choice in a menu or a filled form. Errors are told to who did it, and only to them."""
    try:
        await _handle(desk, interaction)
    except discord.HTTPException as error:
        log.info("A press could not be answered: %s", error)
    except Exception as error:
        log.warning("A press failed: %s", redact.redact(repr(error)))
        with contextlib.suppress(discord.HTTPException):
            await privately(interaction, told(error))


async def privately(interaction: discord.Interaction[Any], sentence: str) -> None:
    """Say something to the person only, whether or not the interaction was acknowledged before."""
    if interaction.response.is_done():
        await interaction.followup.send(inert(sentence), ephemeral=True, allowed_mentions=NO_MENTIONS)
    else:
        await interaction.response.send_message(inert(sentence), ephemeral=True, allowed_mentions=NO_MENTIONS)


async def _handle(desk: Desk, interaction: discord.Interaction[Any]) -> None:
    data: dict[str, Any] = dict(interaction.data or {})
    pressed = cards.read_id(str(data.get("custom_id", "")))
    if pressed is None:
        await privately(interaction, OLD)
    elif pressed.kind in (cards.SAY, cards.PICK):
        words = pressed.rest if pressed.kind == cards.SAY else cards.chosen(data.get("values", ()))
        await _say(desk, interaction, words)
    elif pressed.kind == cards.FORGET:
        await _forget(desk, interaction, pressed.rest == "yes")
    elif not pressed.rest.isdecimal():
        await privately(interaction, OLD)
    elif pressed.kind == cards.UP:
        await interaction.response.defer()
        mine = await desk.host.thumb(int(pressed.rest), _cook(interaction), 1)
        await privately(interaction, THANKS if mine else NOT_YOURS)
    elif pressed.kind == cards.DOWN:
        await _down(desk, interaction, int(pressed.rest))
    else:
        await _better(desk, interaction, int(pressed.rest), _filled(data))


async def _say(desk: Desk, interaction: discord.Interaction[Any], words: str) -> None:
    """Words are said by pressing; the answer is a message of its own."""
    outcome = desk.interaction(interaction, words, desk.channel(interaction.channel_id or 0))
    await interaction.response.defer()
    received = await outcome
    if isinstance(received, Refusal):
        await privately(interaction, str(received))


async def _down(desk: Desk, interaction: discord.Interaction[Any], reply_id: int) -> None:
    """A thumb down counts at once; what should have been said may be told then."""
    noting = asyncio.ensure_future(desk.host.thumb(reply_id, _cook(interaction), -1))
    done, _ = await asyncio.wait([noting], timeout=QUICK_S)
    if done and not noting.result():
        await privately(interaction, NOT_YOURS)
        return
    await interaction.response.send_modal(cards.BetterAnswer(reply_id))
    await noting


async def _better(desk: Desk, interaction: discord.Interaction[Any], reply_id: int, better: str) -> None:
    from bot.review import correct

    await interaction.response.defer(ephemeral=True, thinking=True)
    cook = _cook(interaction)
    if not await desk.host.thumb(reply_id, cook, -1):
        await interaction.edit_original_response(content=NOT_YOURS)
        return
    try:
        await desk.host.run(correct, desk.host.assistant.store, reply_id, cook, False, better)
    except NotFoundError:
        await interaction.edit_original_response(content=NOT_YOURS)
        return
    await interaction.edit_original_response(content=LEARNED)


async def _forget(desk: Desk, interaction: discord.Interaction[Any], sure: bool) -> None:
    await interaction.response.defer()  # then the question is replaced by what became of it
    says = "I keep everything as it is."
    if sure:
        count = await desk.host.run(forget, desk.host.assistant.store, _cook(interaction), desk.settings.paths.data)
        says = f"I have forgotten you: {count} messages, your sessions, timers and ratings are deleted."
    await interaction.edit_original_response(content=says, view=None)


def _cook(interaction: discord.Interaction[Any]) -> str:
    return f"{PLATFORM}:{interaction.user.id}"


def _filled(data: dict[str, Any]) -> str:
    """What was written into a form, however the library wrapped its field."""
    for row in data.get("components", ()):
        inside: dict[str, Any] = row.get("component") or next(iter(row.get("components", ())), {})
        if inside.get("value"):
            return str(inside["value"]).strip()
    return ""
