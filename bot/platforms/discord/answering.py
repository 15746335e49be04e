"""What slash commands do."""

import asyncio
import contextlib
import logging
from typing import Any, Literal

import discord

from bot.errands import EXPORT
from bot.host import Received, Refusal
from bot.platforms.commands import COMMANDS
from bot.platforms.discord import cards
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.kitchens import SESSIONS, UNITS
from bot.platforms.discord.outbox import NO_MENTIONS, Gone, Refused
from bot.platforms.discord.surfaces import DirectSurface, InteractionSurface
from bot.platforms.discord.text import inert, shortened, split

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
QUICK_S = 1.2  # so long a command waits to hear whether it is taken; Discord wants an answer within 3 s
COMPLETE_S = 2.0
CHOICES, CHOICE, THREAD_NAME = 25, 100, 100
ASLEEP_MINUTES: Literal[1440] = (
    1440  # a thread in which nothing is said for a day is put away by Discord; a word in it wakes it
)
SURE = "Shall I delete everything about you: conversations, sessions, diet, timers, ratings? It cannot be undone."
NOT_YOUR_SERVER = "Only people who may manage this server can change how I behave in it."


async def say(desk: Desk, interaction: Interaction, text: str) -> None:
    """Words that a command stands for; they are answered where it was typed."""
    outcome: asyncio.Future[Received | Refusal] = asyncio.get_running_loop().create_future()
    acknowledged = asyncio.ensure_future(_acknowledge(interaction, outcome))
    channel = desk.channel(interaction.channel_id or 0)
    surface = InteractionSurface(interaction, desk.outbox, acknowledged, channel)
    received = await desk.interaction(interaction, text, surface)
    outcome.set_result(received)
    await acknowledged
    if (
        isinstance(received, Refusal)
        and interaction.response.type is discord.InteractionResponseType.deferred_channel_message
    ):
        await surface.tell(str(received))  # it came too late for the first answer


async def _acknowledge(interaction: Interaction, outcome: asyncio.Future[Received | Refusal]) -> bool:
    """Answer within Discord's three seconds: that it is refused (to the cook only), or that an answer comes.

    Returns:
        Whether an answer may be filled in.
    """
    await asyncio.wait([outcome], timeout=QUICK_S)
    try:
        if outcome.done() and isinstance(refused := outcome.result(), Refusal):
            await interaction.response.send_message(inert(str(refused)), ephemeral=True, allowed_mentions=NO_MENTIONS)
            return False
        await interaction.response.defer(thinking=True)
    except (discord.HTTPException, OSError) as error:
        log.info("A command could not be acknowledged: %s", error)
        return False
    return True


async def cook(desk: Desk, interaction: Interaction, text: str, dish: str) -> None:
    """Look for something to cook: in a channel of a server this opens a thread, which is the kitchen from then on."""
    known = await desk.guild_settings(interaction.guild_id)
    if not known.threads or interaction.guild_id is None or not isinstance(interaction.channel, discord.TextChannel):
        await say(desk, interaction, text)
        return
    await interaction.response.defer(thinking=True)
    name = shortened(f"🍳 {dish.strip() or interaction.user.display_name + ' cooks'}", THREAD_NAME)
    thread = await _open_thread(desk, interaction, name)
    if thread is None:  # the bot may not: then here
        surface: Any = InteractionSurface(interaction, desk.outbox, _true(), desk.channel(interaction.channel_id or 0))
    else:
        surface = desk.channel(thread)
    received = await desk.interaction(interaction, text, surface, thread or 0)
    if isinstance(received, Refusal):
        await surface.tell(inert(str(received)))


async def _open_thread(desk: Desk, interaction: Interaction, name: str) -> int | None:
    """A thread under the command's answer, with the cook in it; its id, or None where the bot may not."""
    says = f"{inert(interaction.user.display_name)} cooks. In the thread below I listen to every word."
    try:
        message = await desk.outbox.insist(
            lambda: interaction.edit_original_response(content=says, allowed_mentions=NO_MENTIONS)
        )
    except (Gone, Refused) as error:
        log.info("A thread could not be opened: %s", error)
        return None
    try:
        thread = await desk.outbox.insist(
            lambda: message.create_thread(name=name, auto_archive_duration=ASLEEP_MINUTES)
        )
    except Gone as error:
        log.info("A thread could not be opened: %s", error)
        return None
    except Refused as error:
        if "160004" not in str(error):
            return None
        return message.id  # it was made by a try of which we did not hear the answer, and has the message's id
    with contextlib.suppress(Exception):  # who is not put into it sees it below the command
        await desk.outbox.insist(lambda: thread.add_user(interaction.user), 10.0)
    return int(thread.id)


async def _true() -> bool:
    return True


async def titles(desk: Desk, typed: str) -> list[str]:
    """Titles of recipes for what was typed so far: those that hold it, then those that speak of it."""

    def find() -> list[str]:
        pantry, low = desk.host.assistant.pantry, typed.strip().lower()
        mine = [r.title for r in pantry.recipes() if low in r.title.lower()]
        mine.sort(key=lambda title: (not title.lower().startswith(low), title))
        if low and len(mine) < CHOICES:
            mine += [r.title for r in pantry.search(typed, CHOICES)]
        return list(dict.fromkeys(title for title in mine if 0 < len(title) <= CHOICE))[:CHOICES]

    try:
        return await asyncio.wait_for(desk.host.run(find), COMPLETE_S)
    except Exception as error:  # suggestions are a courtesy
        log.info("No titles to offer: %r", error)
        return []


async def give_help(_desk: Desk, interaction: Interaction) -> None:
    """The list of commands, for the one who asked."""
    lines = [
        f"`/{name}{' ' + command.takes if command.takes else ''}` {inert(command.summary)}"
        for name, command in COMMANDS.items()
        if name != "quit"
    ]
    text = "Just talk to me: “something with chickpeas, under 30 minutes, no nuts”. Or:\n" + "\n".join(lines)
    await interaction.response.send_message(split(text)[0], ephemeral=True, allowed_mentions=NO_MENTIONS)


async def give_export(desk: Desk, interaction: Interaction) -> None:
    """The cook's conversations as a file that only they see."""
    await run_errand(desk, interaction, EXPORT)


async def run_errand(desk: Desk, interaction: Interaction, text: str) -> None:
    """What is none for the assistant, an admin's command for one; only who typed it sees the answer."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    direct = DirectSurface(desk.client, desk.outbox, interaction.user.id)
    surface = InteractionSurface(interaction, desk.outbox, _true(), direct)
    received = await desk.interaction(interaction, text, surface)
    if isinstance(received, Refusal):
        await surface.tell(inert(str(received)))


async def ask_to_forget(_desk: Desk, interaction: Interaction) -> None:
    """Ask first; what is pressed then is seen to by :mod:`clicks`."""
    view = discord.ui.View(timeout=None)
    for label, style, answer in (
        ("Yes, forget me", discord.ButtonStyle.danger, "yes"),
        ("No", discord.ButtonStyle.secondary, "no"),
    ):
        view.add_item(discord.ui.Button(label=label, style=style, custom_id=cards.make_id(cards.FORGET, answer)))
    await interaction.response.send_message(SURE, view=cards.sealed(view), ephemeral=True, allowed_mentions=NO_MENTIONS)


async def set_kitchen(
    desk: Desk, interaction: Interaction, sessions: str | None, units: str | None, threads: bool | None
) -> None:
    """Show how the bot behaves in a server, or change it."""
    changes: dict[str, Any] = {"sessions": sessions, "units": units, "threads": threads}
    changes = {key: value for key, value in changes.items() if value is not None}
    if changes.get("units") == "default":
        changes["units"] = ""
    await interaction.response.defer(ephemeral=True, thinking=True)
    if changes and not interaction.permissions.manage_guild:
        await interaction.edit_original_response(content=NOT_YOUR_SERVER)
        return
    guild = interaction.guild_id or 0
    known = await desk.host.run(lambda: desk.kitchens.change(guild, **changes) if changes else desk.kitchens.of(guild))
    await interaction.edit_original_response(
        content=f"Who cooks together: {SESSIONS[known.sessions]}.\nUnits: {UNITS[known.units]}.\n"
        f"/cook opens a thread: {'yes' if known.threads else 'no'}."
    )
