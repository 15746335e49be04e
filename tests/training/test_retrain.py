"""The drill of retraining: an admin asks for it on Telegram, cooks see what it learned, an admin takes it back."""

import asyncio
import contextlib
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.jobs import Jobs
from bot.platforms import serving
from bot.settings import BotsSettings, Settings, TelegramSettings, load_settings
from model.registry import Registry
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi
from tests.training.drill import PLANTED, DrillKitchen, Prepared

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]
ADMIN, GUEST = 1, 900

STAGES = ("reading the conversations", "learning", "comparing old and new")


class Served:
    """The bot on the local Telegram: what people write there, and what they see."""

    def __init__(self, api: BotApi, drill: DrillKitchen) -> None:
        self.api, self.drill, self._seen = api, drill, dict[int, int]()

    async def ask(self, chat: int, text: str) -> str:
        """A cook writes, and reads the whole reply: text and card, without the line that says where they are."""
        self._seen[chat] = self._seen.get(chat, 0) + 1
        self.api.say(chat, text)
        shown = await self.api.reply(chat, self._seen[chat])
        return re.sub(r"\s*Step \d+ of \d+$", "", shown.text)

    async def answers(self, first: int) -> list[str]:
        """Five new cooks, each at the first step of a recipe, ask what was planted."""
        out = []
        for number, planted in enumerate(PLANTED):
            for text in (f"let's make {planted.recipe.title}", "start"):
                await self.ask(first + number, text)
            out.append(await self.ask(first + number, planted.question))
        return out

    async def command(self, text: str) -> str:
        """The admin writes a command, and reads the next message."""
        before = len(self.api.replies(ADMIN))
        self.api.say(ADMIN, text)
        await self.api.until(lambda: len(self.api.replies(ADMIN)) > before)
        return self.api.texts(ADMIN)[before]


@pytest_asyncio.fixture
async def served(tiny: Path) -> AsyncIterator[Served]:
    api = await BotApi(strict=True).start()
    stop, drill = asyncio.Event(), DrillKitchen.open(with_telegram(load_settings(), api))
    bot = asyncio.create_task(serving.run(drill.assistant, drill.settings, ["telegram"], stop))
    yield Served(api, drill)
    stop.set()
    jobs = Jobs(drill.store, drill.settings)
    if (running := jobs.current()) is not None:  # the test failed
        jobs.cancel(running.id)
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.wait_for(bot, 60)
    drill.close()
    await api.stop()


def with_telegram(settings: Settings, api: BotApi) -> Settings:
    bots = BotsSettings(admins=(f"telegram:{ADMIN}",), per_minute=0, per_day=0)
    return settings.model_copy(
        update={"bots": bots, "telegram": TelegramSettings(token=SecretStr(TOKEN), api_url=api.url)}
    )


async def test_what_cooks_taught_is_learned_put_in_use_and_taken_back(served: Served, logged: Prepared) -> None:
    """Forty cooks got wrong answers that were reviewed; eight tried to poison the bot."""
    data, jobs = served.drill.settings.paths.data, Jobs(served.drill.store, served.drill.settings)
    assert logged.wrong == 40
    before = await served.answers(100)
    assert not any(planted.answered_by(text) for planted, text in zip(PLANTED, before, strict=True)), before

    assert (await served.command("/retrain")).startswith("Job 1 is started: retraining the student.")
    while (job := jobs.get(1)).live:  # and the bot answers all the while
        assert "250 grams" in await served.ask(GUEST, "how many grams is 2 cups of flour")
        await asyncio.sleep(1.0)
    assert job.state == "done", job.log.read_text()[-4000:]
    assert job.result["promoted"], job.sentence()
    assert Registry(data).active_name() == job.result["version"]
    await served.api.until(lambda: "is done" in served.api.texts(ADMIN)[-1])
    told = served.api.texts(ADMIN)
    assert [text.split(": ")[1].split(",")[0] for text in told[1:-1]] == list(STAGES), told
    assert f"{job.result['version']} is in use instead of nano" in told[-1]

    assert f"It learned 30 replies; the report is {job.folder / 'report.md'}." in told[-1]
    report, facts = (job.folder / "report.md").read_text(), json.loads((job.folder / "report.json").read_text())
    for reason, count in (*logged.poison.items(), ("thumb down", 10)):
        assert f"- left out: {count} – {reason}\n" in report
    parts = {part["part"]: part for part in facts["parts"]}
    assert parts["reviews"]["new"] > parts["reviews"]["old"] + 0.5  # of conversations that it never saw
    for part in ("cookbook", "safety", "orders"):
        assert parts[part]["new"] >= parts[part]["old"] - 0.05, parts
    assert all((job.folder / name).stat().st_size > 1000 for name in ("report.md", "measures.png", "training.png"))
    assert not (job.folder / "private").exists()

    after = await served.answers(200)  # of the same process
    right = [planted.answered_by(text) for planted, text in zip(PLANTED, after, strict=True)]
    assert sum(right) >= 4, after
    begun = time.monotonic()
    assert await served.command("/rollback") == "The student is nano again."
    seconds = time.monotonic() - begun
    again = await served.answers(300)
    assert again == before
    assert served.api.refused == 0
    print(*served.api.texts(ADMIN), f"(after {seconds:.1f} s)", *before, *after, sep="\n")
