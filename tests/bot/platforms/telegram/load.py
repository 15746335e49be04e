"""Cooks on the local Telegram, for ``python -m bot.load`` (see :class:`bot.load.Crowd`)."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence

from bot.load import Answer
from tests.bot.platforms.telegram.bot_api import TOKEN, BotApi

FIRST = 10_001


class Crowd:
    """Private chats on a server that keeps Telegram's limits."""

    def __init__(self) -> None:
        self.api = BotApi(strict=True)
        self._said: Counter[int] = Counter()

    async def start(self) -> dict[str, str]:
        await self.api.start()
        return {"SOUSCHEF_TELEGRAM__TOKEN": TOKEN, "SOUSCHEF_TELEGRAM__API_URL": self.api.url}

    async def say(self, chat: int, texts: Sequence[str], limit_s: float) -> list[Answer]:
        chat += FIRST
        begun = time.monotonic()
        for text in texts:
            self.api.say(chat, text)
        first = self._said[chat]
        self._said[chat] += len(texts)
        answers = []
        for number in range(first, first + len(texts)):
            while time.monotonic() - begun < limit_s:
                shown = self.api.replies(chat)[number : number + 1]
                if shown and shown[0].markup:  # the buttons come with the end
                    whole = time.monotonic() - begun
                    answers.append(Answer(shown[0].text, shown[0].at - begun, whole))
                    break
                await asyncio.sleep(0.02)
            else:
                answers.append(Answer(""))
        return answers

    def extra(self) -> int:
        return sum(max(0, len(self.api.replies(chat)) - count) for chat, count in self._said.items())

    async def stop(self) -> None:
        await self.api.stop()
