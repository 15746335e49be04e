"""Admin commands: for admins only, every try noted, one sentence for whatever goes wrong."""

import logging
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.admin import COMMANDS, Admin, AdminLogRow
from bot.host import Host
from bot.settings import BotsSettings, Settings
from tests.conftest import Bench

BOSS, STRANGER = "telegram:1", "discord:2"


@pytest_asyncio.fixture
async def admin(bench: Bench, settings: Settings) -> Any:
    settings = settings.model_copy(update={"bots": BotsSettings(admins=(BOSS,))})
    host = Host(bench.assistant, settings)
    await host.start()
    yield Admin(host)
    await host.stop()


def noted(bench: Bench) -> list[tuple[str, str, bool]]:
    with bench.store.read() as db:
        return [(row.user, row.command, row.allowed) for row in db.scalars(select(AdminLogRow))]


@pytest.mark.parametrize("command", sorted(COMMANDS))
async def test_a_stranger_gets_a_polite_no_and_it_is_noted(
    admin: Admin, bench: Bench, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        answer = await admin.handle(STRANGER, f"/{command} x")
    assert answer is not None
    assert answer.startswith(f"I am sorry: /{command} is for the people who run this kitchen.")
    assert noted(bench) == [(STRANGER, command, False)]
    assert f"{STRANGER} tried /{command}" in caplog.text


async def test_what_is_no_admin_command(admin: Admin, bench: Bench) -> None:
    assert await admin.handle(BOSS, "/next") is None
    assert await admin.handle(BOSS, "hello") is None


async def test_scores_and_the_worst(admin: Admin, bench: Bench) -> None:
    bench.say("hello")
    for command in ("/scores", "/worst", "/worst 3", "/worst many"):
        answer = await admin.handle(BOSS, command)
        assert answer
        assert "\n\n\n" not in answer
    assert (BOSS, "scores", True) in noted(bench)


async def test_versions_of_the_student(admin: Admin, data_dir: Path) -> None:
    assert "no student version" in (await admin.handle(BOSS, "/promote nobody") or "")
    assert "* bundled" in (await admin.handle(BOSS, "/promote") or "")
    assert "now bundled" in (await admin.handle(BOSS, "promote bundled") or "")
    assert await admin.handle(BOSS, "/rollback")


async def test_jobs_that_are_not_there(admin: Admin) -> None:
    assert await admin.handle(BOSS, "/jobs") == "There was no job yet."
    assert await admin.handle(BOSS, "/cancel") == "No job is running."
    assert "There is no job 7" in (await admin.handle(BOSS, "/cancel 7") or "")
    assert "by its number" in (await admin.handle(BOSS, "/cancel that") or "")


async def test_broadcast_is_off_by_default(admin: Admin) -> None:
    assert "off" in (await admin.handle(BOSS, "/broadcast hello") or "")


async def test_broadcast_reaches_every_chat_of_the_platforms_that_run(bench: Bench, settings: Settings) -> None:
    settings = settings.model_copy(update={"bots": BotsSettings(admins=(BOSS,), broadcast=True)})
    admin = Admin(Host(bench.assistant, settings))
    heard: list[tuple[str, str]] = []

    async def send(chat: str, text: str) -> bool:
        heard.append((chat, text))
        if chat == "telegram:3":
            raise OSError("away")
        return chat != "telegram:2"

    admin.register("telegram", send)
    for platform, chats in (("telegram", "123"), ("terminal", "9")):
        for chat in chats:
            bench.store.chat(f"{platform}:{chat}", platform, f"{platform}:{chat}")
    assert await admin.handle(BOSS, "/broadcast  Soup is ready") == "1 chats were told, 2 could not be reached."
    assert heard == [(f"telegram:{n}", "Soup is ready") for n in "123"]
    assert "what to write" in (await admin.handle(BOSS, "/broadcast") or "")


async def test_a_failure_is_one_sentence(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> str:
        raise RuntimeError("boom")

    monkeypatch.setattr("bot.review.summary", broken)
    answer = await admin.handle(BOSS, "/scores")
    assert answer is not None
    assert "Something unexpected happened (RuntimeError: boom)" in answer
    assert "Traceback" not in answer


async def test_who_is_forgotten_is_forgotten_here_too(admin: Admin, bench: Bench) -> None:
    await admin.handle(STRANGER, "/scores")
    await admin.handle(BOSS, "/scores")
    bench.store.forget_user(STRANGER)
    assert [user for user, _, _ in noted(bench)] == [BOSS]
