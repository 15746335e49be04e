"""What an LLM judge said and what it cost, in SQL: nothing is paid for twice, and the cap holds over restarts."""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import delete, update

from bot.settings import JudgeSettings
from bot.store import JudgeCacheRow, JudgeDayRow, Store
from model.judge import JudgeError, Scores

KEPT_S = 30 * 86400.0


class Ledger:
    """Cache and spending cap of an LLM judge. Days are UTC.

    Args:
        store: The database.
        settings: For the cap and the prices.
    """

    def __init__(self, store: Store, settings: JudgeSettings) -> None:
        self._store, self._settings = store, settings

    @staticmethod
    def key(prompt: str, question: str, contexts: Sequence[str], answer: str) -> str:
        """Names a judgement: the same for the same prompt, model and texts."""
        return hashlib.sha256(json.dumps([prompt, question, list(contexts), answer]).encode()).hexdigest()

    def known(self, key: str) -> Scores | None:
        """What was said before about the same."""
        with self._store.read() as db:
            row = db.get(JudgeCacheRow, key)
        return Scores(**row.scores) if row is not None else None

    def keep(self, key: str, scores: Scores) -> None:
        """Remember what was said, for a month."""
        now = self._store.clock()
        with self._store.write() as db:
            db.merge(JudgeCacheRow(key=key, scores=asdict(scores), at=now))
            db.execute(delete(JudgeCacheRow).where(JudgeCacheRow.at < now - KEPT_S))

    def reserve(self) -> None:
        """Count a call before it is made, so that a killed process cannot make uncounted ones.

        Raises:
            JudgeError: Today's cap is reached.
        """
        settings = self._settings
        with self._store.write() as db:
            row = db.get(JudgeDayRow, self._today(), with_for_update=True)
            if row is None:
                row = JudgeDayRow(day=self._today(), calls=0, usd=0.0)
                db.add(row)
            if settings.calls_per_day and row.calls >= settings.calls_per_day:
                raise JudgeError(f"Today's cap of {settings.calls_per_day} calls to the LLM judge is reached.")
            if settings.usd_per_day and row.usd >= settings.usd_per_day:
                raise JudgeError(f"Today's cap of {settings.usd_per_day:g} USD for the LLM judge is reached.")
            row.calls += 1

    def pay(self, tokens_in: int, tokens_out: int) -> None:
        """Add what a call cost, at the prices of the settings."""
        settings = self._settings
        usd = (tokens_in * settings.usd_per_million_in + tokens_out * settings.usd_per_million_out) / 1e6
        if usd:
            with self._store.write() as db:
                db.execute(
                    update(JudgeDayRow).where(JudgeDayRow.day == self._today()).values(usd=JudgeDayRow.usd + usd)
                )

    def spent(self) -> tuple[int, float]:
        """Calls and USD of today."""
        with self._store.read() as db:
            row = db.get(JudgeDayRow, self._today())
        return (row.calls, row.usd) if row is not None else (0, 0.0)

    def _today(self) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(self._store.clock()))
