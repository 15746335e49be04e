"""Slash commands: those of every platform, the kitchen's settings, and what admins may do."""

import contextlib
import logging
from typing import Any, Optional

import discord
from discord import app_commands

from bot import admin as admins
from bot import redact
from bot.platforms.commands import COMMANDS, SlashCommand, spoken
from bot.platforms.discord import answering
from bot.platforms.discord.clicks import privately
from bot.platforms.discord.desk import Desk
from bot.platforms.discord.kitchens import SESSIONS, UNITS
from bot.platforms.discord.text import told

log = logging.getLogger(__name__)
Interaction = discord.Interaction[Any]
Callback = Any  # the library reads the options of a command from the signature
_OPENS = ("cook", "recipes")  # in a channel they open a thread
# What follows a command: its name, and what there is to choose from.
_TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "cook": ("dish", ()),
    "units": ("units", ("metric", "US", "as written")),
    "timer": ("time", ()),
    "sub": ("ingredient", ()),
    "diet": ("diet", ()),
    "allergy": ("food", ()),
}
_NUMBERS = {"step": "number", "scale": "servings"}
_ADMIN_TEXTS = {"worst": "count", "cancel": "job", "promote": "version", "broadcast": "text"}


def build(tree: app_commands.CommandTree[Any], desk: Desk) -> None:
    """Put all commands into the tree."""
    for name, command in COMMANDS.items():
        if name != "quit":
            callback = _callback(name, command, desk)
            tree.add_command(
                app_commands.Command(name=name, description=command.summary.capitalize(), callback=callback)
            )
    for name, summary in admins.COMMANDS.items():
        about: app_commands.Command[Any, ..., Any] = app_commands.Command(
            name=name, description=summary.partition(":")[0].capitalize(), callback=_admin_callback(name, desk)
        )
        about.default_permissions = discord.Permissions(administrator=True)  # others need not see it
        tree.add_command(about)
    tree.add_command(_kitchen(desk))

    @tree.error
    async def failed(interaction: Interaction, error: app_commands.AppCommandError) -> None:
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        log.warning("/%s failed: %s", getattr(interaction.command, "name", "?"), redact.redact(repr(cause)))
        with contextlib.suppress(discord.HTTPException):
            await privately(interaction, told(cause))


def _callback(name: str, command: SlashCommand, desk: Desk) -> Callback:
    special = {"help": answering.give_help, "export": answering.give_export, "forget": answering.ask_to_forget}
    if name in special:

        async def alone(interaction: Interaction) -> None:
            await special[name](desk, interaction)

        return alone

    async def run(interaction: Interaction, value: str | int | None) -> None:
        text = spoken(f"/{name} {'' if value is None else value}".strip()) or name
        if name == "cook" and value and await desk.host.run(_is_title, desk, str(value)):
            text = f"let's make {value}"  # chosen from what was offered: this one and no other
        if name in _OPENS:
            await answering.cook(desk, interaction, text, str(value or ""))
        else:
            await answering.say(desk, interaction, text)

    if name in _NUMBERS:

        async def number(interaction: Interaction, value: Optional[app_commands.Range[int, 1, 1000]] = None) -> None:  # noqa: UP045
            await run(interaction, value)

        app_commands.rename(value=_NUMBERS[name])(number)
        app_commands.describe(value=_described(command))(number)
        return number
    if name in _TEXTS:

        async def text(interaction: Interaction, value: Optional[app_commands.Range[str, 1, 500]] = None) -> None:  # noqa: UP045
            await run(interaction, value)

        parameter, values = _TEXTS[name]
        app_commands.rename(value=parameter)(text)
        app_commands.describe(value=_described(command))(text)
        if values:
            app_commands.choices(value=[app_commands.Choice(name=v, value=v) for v in values])(text)
        if name == "cook":

            async def titles(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
                found = await answering.titles(desk, typed)
                return [app_commands.Choice(name=title, value=title) for title in found]

            app_commands.autocomplete(value=titles)(text)
        return text

    async def bare(interaction: Interaction) -> None:
        await run(interaction, None)

    return bare


def _described(command: SlashCommand) -> str:
    return f"For example {command.takes}" if command.takes.islower() else command.takes.capitalize() or "What"


def _is_title(desk: Desk, text: str) -> bool:
    return any(recipe.title == text for recipe in desk.host.assistant.pantry.search(text, 5))


def _admin_callback(name: str, desk: Desk) -> Callback:
    if name not in _ADMIN_TEXTS:

        async def bare(interaction: Interaction) -> None:
            await answering.run_errand(desk, interaction, f"/{name}")

        return bare

    async def text(interaction: Interaction, value: str = "") -> None:
        await answering.run_errand(desk, interaction, f"/{name} {value}".strip())

    app_commands.rename(value=_ADMIN_TEXTS[name])(text)
    app_commands.describe(value=admins.COMMANDS[name].partition(":")[2].strip() or "How many")(text)
    return text


def _kitchen(desk: Desk) -> app_commands.Command[Any, ..., Any]:
    """Settings of a server, for those who manage it."""

    async def kitchen(
        interaction: Interaction,
        sessions: str | None = None,
        units: str | None = None,
        threads: bool | None = None,
    ) -> None:
        await answering.set_kitchen(desk, interaction, sessions, units, threads)

    app_commands.describe(
        sessions="Who cooks together",
        units="Units that new conversations begin with",
        threads="Whether /cook in a channel opens a thread",
    )(kitchen)
    app_commands.choices(
        sessions=[app_commands.Choice(name=says, value=value) for value, says in SESSIONS.items()],
        units=[app_commands.Choice(name=says, value=value or "default") for value, says in UNITS.items()],
    )(kitchen)
    made: app_commands.Command[Any, ..., Any] = app_commands.Command(
        name="kitchen", description="How I behave in this server", callback=kitchen
    )
    made.default_permissions = discord.Permissions(manage_guild=True)
    made.guild_only = True
    return made
