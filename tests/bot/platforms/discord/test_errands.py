"""A file or an admin's answer that was asked for before kill -9 comes after the next start, once, and in private."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.platforms.discord.local import LocalDiscord, visible
from tests.bot.platforms.discord.test_process import Bot, Forker, running


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    made = Forker()
    yield made
    made.close()


async def test_killed_before_a_file_and_a_command_were_answered(forker: Forker, data_dir: Path) -> None:
    async with running(forker, data_dir, 0.5) as (local, bot, anna):
        asked = [await anna.says(anna.dm, text) for text in ("test shakshuka", "/export", "/scores")]
        await local.until(lambda: bot.logged() == 3)
        bot.signal()
        await bot.gone()
        await bot.start()
        for message in asked:
            await local.until(lambda message=message: local.replied(message))
        file, told = (local.answers(message) for message in asked[1:])
        assert "test shakshuka" in file[0]["attachments"][0]["data"]
        assert "people who run this kitchen" in visible(told[0])
        # The file is there, and the bot does not know it yet.
        local.trouble.fail("POST", "/messages", cut="after", then=bot.signal)
        asked.append(await anna.says(anna.dm, "/export"))
        await bot.gone()
        local.world.nonces.clear()
        await bot.start()
        await anna.asks(anna.dm, "where am I?")
        assert len(local.answers(asked[-1])) == 1


async def test_what_a_slash_command_asked_for_comes_by_direct_message(forker: Forker, data_dir: Path) -> None:
    async with LocalDiscord() as local:
        anna, bot = local.person("Anna"), Bot(forker, local, data_dir, 0.5)
        guild = local.world.add_guild("Kitchen", anna.user)
        channel = local.world.add_channel(guild, "cooking")
        await bot.start()
        try:
            asked = await anna.says(channel, f"<@{local.world.bot['id']}> test shakshuka")
            command = await anna.slash(channel, "export")
            await local.until(lambda: command["acknowledged"] and bot.logged() == 2)
            bot.signal()
            await bot.gone()
            await bot.start()
            await local.until(lambda: local.replied(asked) and local.said(anna.dm))
            assert "test shakshuka" in local.said(anna.dm)[0]["attachments"][0]["data"]
            assert len(local.said(anna.dm)) == 1
            assert not any(message["attachments"] for message in local.said(channel))  # it is theirs alone
        finally:
            if bot.pid:
                bot.signal()
                await bot.gone()
