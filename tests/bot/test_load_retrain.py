"""Cooks who talk beside a retraining: they go on for as long as they are let, and every wait is counted."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot import jobs as jobs_module
from bot import load_retrain
from bot.jobs import Jobs
from bot.load import Answer
from bot.load_retrain import LINES, Stages, _figures, _pass, _until_over
from bot.settings import load_settings
from bot.store import Store


class Quick:
    """A crowd whose third message in every chat is lost; nothing waits."""

    def __init__(self) -> None:
        self.said: dict[int, list[str]] = {}

    async def start(self) -> dict[str, str]:
        return {}

    async def say(self, chat: int, texts: Sequence[str], limit_s: float) -> list[Answer]:
        lines = self.said.setdefault(chat, [])
        lines += texts
        return [Answer("") if len(lines) == 3 else Answer("yes", 0.1, 0.1 * len(lines))]

    def extra(self) -> int:
        return 0

    async def stop(self) -> None:
        pass


async def test_cooks_talk_for_as_long_as_they_are_let() -> None:
    crowd = Quick()
    (tally,) = (await _pass(crowd, 2, 10, lambda turn: turn < 4)).values()
    assert crowd.said == {10: list(LINES[:4]), 11: list(LINES[:4])}
    assert (tally.said, tally.lost) == (8, 2)
    assert sorted(round(seconds, 1) for seconds in tally.whole_s) == [0.1, 0.1, 0.2, 0.2, 0.4, 0.4]
    assert len(tally.first_s) == 6


async def test_a_wait_counts_for_the_stage_in_which_it_began() -> None:
    crowd = Quick()
    tallies = await _pass(
        crowd, 1, 0, lambda turn: turn < 5, 0.0, lambda: "mix" if len(crowd.said.get(0, ())) < 2 else "train"
    )
    assert {stage: (tally.said, tally.lost) for stage, tally in tallies.items()} == {"mix": (2, 0), "train": (3, 1)}
    assert _figures("during", *tallies.values()) == {
        "during_replies": 4, "during_lost": 1,
        "during_first_text_p50_s": 0.1, "during_first_text_p95_s": 0.1, "during_first_text_max_s": 0.1,
        "during_whole_reply_p50_s": 0.3, "during_whole_reply_p95_s": pytest.approx(0.5, abs=0.08),
        "during_whole_reply_max_s": 0.5,
    }  # fmt: skip


SLEEPS = """
import signal, sys, time
from bot.job_report import Cancelled, Reporter
from bot.jobs import Jobs
from bot.settings import load_settings
from bot.store import Store

settings = load_settings()
jobs = Jobs(Store(settings.database_url()), settings)
job = jobs.get(int(sys.argv[2]))
report = Reporter(jobs, job, {"train": 1})
try:
    with report.at_work(inherited=True):
        report.stage("train")
        if (job.folder.parent / "deaf").exists():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        while True:
            time.sleep(0.05)
            report.progress(0.5, now=True)
except Cancelled:
    report.cancelled()
"""


@pytest.mark.parametrize("deaf", [False, True])
async def test_a_retraining_that_does_not_end_is_ended(
    deaf: bool, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sleeps.py").write_text(SLEEPS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs_module, "KINDS", {"retrain": ("sleeps", ())})
    monkeypatch.setattr(load_retrain, "BREATH_S", 1.0)
    settings = load_settings()
    folder = settings.paths.data / "jobs"
    folder.mkdir(parents=True)
    if deaf:
        (folder / "deaf").touch()
    jobs, stages = Jobs(store, settings), Stages()
    job = jobs.start()
    while not jobs.get(job.id).stage:
        await asyncio.sleep(0.02)
    job = await asyncio.wait_for(_until_over(jobs, job.id, stages, 1.0), 60)
    assert (job.state, job.reason) == ("cancelled", "it was not over after 1 s.")
    while jobs.alive(job):  # its last breath
        await asyncio.sleep(0.02)
    assert stages.seconds["train"] >= 0.4
