"""The bot in a process of its own, with a student that takes its time: something to kill.

    python -m tests.bot.platforms.telegram.served API_URL SECONDS_PER_REPLY [GATE]

While the file GATE is there, no reply is finished.
"""

import asyncio
import sys
import time
from pathlib import Path

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.messages import Message, Reply
from bot.platforms import serving
from bot.platforms.telegram import limiter
from bot.settings import BotsSettings, TelegramSettings, load_settings
from bot.store import Store
from tests.conftest import FakeGuard, FakePantry, FakeStudent


def main(url: str, seconds: str, gate: str = "") -> None:
    limiter.Limiter.__init__.__defaults__ = (limiter.Pace(1000, 1000),) * 3  # type: ignore[attr-defined]
    settings = load_settings()
    settings = settings.model_copy(
        update={
            "bots": BotsSettings(per_minute=0, per_day=0, queue=1000, admins=settings.bots.admins),
            "telegram": TelegramSettings(token=settings.telegram.token, api_url=url),
        }
    )
    student = FakeStudent()
    assistant = Assistant(
        settings, Store(settings.database_url()), FakePantry(), Answerer(lambda: student, lambda q, k: [], FakeGuard)
    )
    reply = assistant.reply

    def slow(message: Message, on_text: object = None) -> Reply:
        time.sleep(float(seconds))
        while gate and Path(gate).exists():
            time.sleep(0.02)
        return reply(message, on_text)  # type: ignore[arg-type]

    assistant.reply = slow  # type: ignore[method-assign]
    asyncio.run(serving.run(assistant, settings, ["telegram"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
