"""How long do cooks wait while the student is being trained again? ``python -m bot.load --retrain``.

    python -m bot.load --retrain --chats 4 --turns 40 --minutes 1 --pause 2

The same cooks go through the same script against one running bot three times: before, while a retraining runs beside it
(a process of its own, with a low priority), and after, with the student that is in use then. What is learned are
what the first pass was told, each reply corrected by a line of its page: that makes nobody wiser, but it is all the
work of a retraining: collecting, training, comparing both students on the frozen set, report. A fifth of the cooks is
set aside for measuring, so there should be a few.

Cooks read for ``--pause`` seconds before they write again: without a pause a few of them take the whole machine, and
the retraining, which gives way, gets nothing of it.

It ends. The retraining trains for ``--minutes`` at the most and compares ``JUDGED_TURNS`` turns of the cookbook beside
the safety questions and orders; every other setting is this machine's. What is not over after ``LONGEST`` times
``--minutes`` and ``MORE_S`` seconds is cancelled, and the figures say so. Where it is is told on standard error.
"""

import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot import load
from bot.errors import JobError
from bot.job_table import Job
from bot.jobs import Jobs
from bot.pantry import open_store
from bot.review import correct
from bot.settings import Settings, load_settings
from bot.store import Store, TurnRow

LOOK_S = 0.2
WAIT_S = 120.0  # for a reply; who waits longer has got none
JUDGED_TURNS = 20
LONGEST, MORE_S = 2.0, 600.0
BREATH_S = 60.0  # a cancelled job that has not ended by then is killed
ENOUGH = 20  # replies, before a stage gets figures of its own
LINES = tuple(line for line in load.SCRIPT if line != "*")


@dataclass(slots=True)
class Stages:
    """What a job was at, and when.

    Attributes:
        seconds: How long each stage took, in order.
        now: The stage that it is at; "start" before the first.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    now: str = "start"
    _since: float = field(default_factory=time.monotonic)

    def at(self, stage: str) -> bool:
        """Note where the job is; whether that is news."""
        moment = time.monotonic()
        self.seconds[self.now] = self.seconds.get(self.now, 0.0) + moment - self._since
        self._since, before, self.now = moment, self.now, stage or self.now
        return self.now != before


async def run(platform: str, chats: int, turns: int, minutes: float = 1.0, pause_s: float = 2.0) -> dict[str, Any]:
    """Measure; the figures of each pass, and of the job.

    Args:
        platform: "telegram" or "discord".
        chats: Cooks at once.
        turns: Messages of each before the retraining, and after it; while it runs they do not stop.
        minutes: Longest training.
        pause_s: Seconds between a reply and the next message.

    Raises:
        JobError: The retraining failed.
    """
    crowd = load.open_crowd(platform)
    with tempfile.TemporaryDirectory(prefix="souschef-") as name:
        folder = Path(name) / "bot"
        settings = _settings(folder / "data", minutes)
        environment = {"SOUSCHEF_BOTS__PER_MINUTE": "0", "SOUSCHEF_BOTS__PER_DAY": "0"} | await crowd.start()
        bot = load.Bot(platform, environment, folder)
        try:
            await bot.start()
            _tell(f"before: {chats} cooks, {turns} messages each")
            before = await _pass(crowd, chats, 0, lambda turn: turn < turns, pause_s)
            store, stages = open_store(settings), Stages()
            jobs = Jobs(store, settings)
            try:
                await asyncio.to_thread(_review, store)
                job = await asyncio.to_thread(jobs.start)
                limit_s = LONGEST * 60 * minutes + MORE_S
                watching = asyncio.create_task(_until_over(jobs, job.id, stages, limit_s))
                by_stage = await _pass(crowd, chats, chats, lambda _: not watching.done(), pause_s, lambda: stages.now)
                job = await watching
            finally:
                _leave_nothing(jobs)
                store.close()
            if job.state == "failed":
                raise JobError(f"{job.sentence()} {job.log.read_text(encoding='utf-8')[-1000:]}")
            _tell("after")
            after = await _pass(crowd, chats, 2 * chats, lambda turn: turn < turns, pause_s)
            await bot.stop()
        finally:
            if bot.process is not None and bot.process.returncode is None:
                await bot.kill()
            await crowd.stop()
    out: dict[str, Any] = {"chats": chats, "retraining_s": round(sum(stages.seconds.values()), 1)}
    out |= {f"{stage}_s": round(seconds, 1) for stage, seconds in stages.seconds.items()}
    out["outcome"] = job.result["sentence"] if job.state == "done" else job.sentence()
    for when, tallies in (("before", before), ("during", by_stage), ("after", after)):
        out |= _figures(when, *tallies.values())
    for stage, tally in by_stage.items():
        if len(tally.whole_s) >= ENOUGH:
            out |= _figures(f"during_{stage}", tally)
    return out


def _figures(when: str, *tallies: load.Tally) -> dict[str, float]:
    first, whole = ([s for tally in tallies for s in getattr(tally, name)] for name in ("first_s", "whole_s"))
    return {
        f"{when}_replies": len(whole),
        f"{when}_lost": sum(tally.lost for tally in tallies),
        **load.spread(f"{when}_first_text", first),
        **load.spread(f"{when}_whole_reply", whole),
    }


def _settings(data: Path, minutes: float) -> Settings:
    """Those of this machine, on a folder of its own; a short retraining, which may learn from everybody's words."""
    settings = load_settings()
    changed = {"consent": "everyone", "minutes": minutes, "judged_turns": JUDGED_TURNS, "epochs": 100.0}
    return settings.model_copy(
        update={
            "paths": settings.paths.model_copy(update={"data": data}),
            "retrain": settings.retrain.model_copy(update=changed),
        }
    )


def _review(store: Store) -> None:
    """Correct every reply that the student worded by the first line that it shared or rested on."""
    with store.read() as db:
        found = [row for row in db.scalars(select(TurnRow)) if row.student and not row.action]
        pages = {row.id: [*row.shared, *(passage["text"] for passage in row.passages)] for row in found}
    for turn, page in pages.items():
        if page:
            correct(store, turn, "load", right=False, better=page[0])


async def _until_over(jobs: Jobs, number: int, stages: Stages, limit_s: float) -> Job:
    """The job when it is over. After ``limit_s`` seconds it is cancelled, and killed if it does not hear that."""
    end = time.monotonic() + limit_s
    while (job := await asyncio.to_thread(jobs.get, number)).live:
        if stages.at(job.stage):
            _tell(f"{sum(stages.seconds.values()):.0f} s: {stages.now}")
        late = time.monotonic() - end
        if late > BREATH_S and jobs.alive(job):
            os.kill(job.pid, signal.SIGKILL)
        elif late > 0:  # also ends one that was killed
            await asyncio.to_thread(jobs.cancel, number, f"it was not over after {limit_s:.0f} s.")
        await asyncio.sleep(LOOK_S)
    stages.at("")
    return job


def _leave_nothing(jobs: Jobs) -> None:
    """Whoever interrupts the measurement wants no retraining that goes on."""
    job = jobs.current()
    if job is not None and jobs.alive(job):
        os.kill(job.pid, signal.SIGKILL)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _pass(
    crowd: load.Crowd,
    chats: int,
    first: int,
    going: Callable[[int], bool],
    pause_s: float = 0.0,
    stage: Callable[[], str] = str,
) -> dict[str, load.Tally]:
    """Cooks who have not been here yet talk for as long as ``going`` (asked with the turn's number) says so.

    Returns:
        What they saw, by what ``stage`` said when they sent their message.
    """
    tallies: dict[str, load.Tally] = {}

    async def cook(chat: int) -> None:
        turn = 0
        while going(turn):
            tally = tallies.setdefault(stage(), load.Tally())
            (answer,) = await crowd.say(chat, [LINES[turn % len(LINES)]], WAIT_S)
            turn, tally.said = turn + 1, tally.said + 1
            if answer.text:
                tally.first_s.append(answer.first_s)
                tally.whole_s.append(answer.whole_s)
            else:
                tally.lost += 1
            await asyncio.sleep(pause_s)

    await asyncio.gather(*(cook(first + number) for number in range(chats)))
    return tallies
