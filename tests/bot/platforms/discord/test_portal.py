"""Token, intents, permissions and invite link, without and with asking (a local) Discord."""

import asyncio

import discord
import pytest
from pydantic import SecretStr

from bot.platforms.discord import missing, portal
from bot.settings import DiscordSettings, load_settings
from tests.bot.platforms.discord.local import TOKEN, LocalDiscord


def settings(token: str = TOKEN, content: bool = True, url: str = "") -> DiscordSettings:
    made = DiscordSettings(token=SecretStr(token), message_content=content)
    return made.model_copy(update={"api_url": url}) if url else made


def test_permissions_and_intents_are_those_of_the_library() -> None:
    permissions = discord.Permissions(
        view_channel=True, send_messages=True, embed_links=True, attach_files=True, read_message_history=True,
        create_public_threads=True, send_messages_in_threads=True,
    )  # fmt: skip
    assert portal.permissions() == permissions.value
    intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
    assert portal.intents(False) == intents.value
    intents.message_content = True
    assert portal.intents(True) == intents.value


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", TOKEN[:-20], "Bot " + TOKEN, TOKEN.replace(".", "-")])
def test_a_malformed_token_is_named(token: str) -> None:
    assert portal.token_problem(token) == portal.MALFORMED
    assert portal.examine(settings(token))[0] == "problem"


def test_no_token_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert missing(load_settings()) == portal.NO_TOKEN
    state, says = portal.examine(settings(""))
    assert state == "ok"
    assert "SOUSCHEF_DISCORD__TOKEN" in says
    monkeypatch.setenv("SOUSCHEF_DISCORD__TOKEN", TOKEN)
    assert missing(load_settings()) == ""


def test_the_invite_link_comes_from_the_token() -> None:
    state, says = portal.examine(settings())
    assert state == "ok"
    assert "client_id=123456789012345678&" in says
    assert f"permissions={portal.permissions()}" in says
    assert "Message Content Intent" in says
    assert TOKEN not in says
    assert "mentions only" in portal.examine(settings(content=False))[1]


async def test_online_the_token_and_the_intent_are_checked() -> None:
    async with LocalDiscord() as local:

        async def ask(token: str = TOKEN, content: bool = True) -> tuple[str, str]:
            return await asyncio.to_thread(portal.examine, settings(token, content, local.url), True)

        state, says = await ask()
        assert state == "ok"
        assert "it is Souschef" in says
        assert await ask(TOKEN[:-1] + "x") == ("problem", portal.REFUSED)
        local.rest.flags = 0
        assert await ask() == ("problem", portal.NO_CONTENT)
        assert (await ask(content=False))[0] == "ok"
        local.trouble.fail("GET", "/users/@me", 503, times=1)
        assert "error (503)" in (await ask())[1]
    state, says = await ask()
    assert state == "warning"
    assert "cannot be reached" in says
