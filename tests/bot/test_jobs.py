"""Jobs: one at a time, in processes of their own that die, are taken up again, stop when told, say how far they are."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import jobs as jobs_module
from bot.errors import JobError, NotFoundError
from bot.job_report import Cancelled, Reporter
from bot.jobs import DEATHS, Jobs
from bot.settings import Settings, environment, load_settings
from bot.store import Store
from tests.conftest import Clock

# A job whose stages end when a file appears, so that a test decides how far it comes.
NAP = """
import sys, time
from bot.job_report import Cancelled, Reporter
from bot.jobs import Jobs
from bot.settings import load_settings
from bot.store import Store
from tests.conftest import Clock

settings = load_settings()
jobs = Jobs(Store(settings.database_url()), settings)
job = jobs.get(int(sys.argv[2]))
report = Reporter(jobs, job, {"doze": 1, "dream": 3})
try:
    with report.at_work(inherited=True):
        for stage in ("doze", "dream"):
            if (job.folder / stage).exists():
                continue
            report.stage(stage)
            while not (job.folder / f"let-{stage}").exists():
                time.sleep(0.01)
                report.progress(0.5)
                if (job.folder / "bad-dream").exists():
                    raise SystemExit("a nightmare")
            (job.folder / stage).touch()
    report.finish({"sentence": "slept well."})
except Cancelled:
    report.cancelled()
except SystemExit as error:
    report.fail(str(error))
"""


def until(true: Callable[[], object], what: str, patience_s: float = 60.0) -> None:
    end = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.02)


@pytest.fixture
def jobs(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jobs]:
    (tmp_path / "nap.py").write_text(NAP)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(jobs_module, "KINDS", {"nap": ("nap", ())})
    monkeypatch.setattr("bot.job_report.EVERY_S", 0.0)
    store = Store(settings.database_url())
    jobs = Jobs(store, settings)
    yield jobs
    running = jobs.current()
    if running is not None and jobs.alive(running):
        os.kill(running.pid, signal.SIGKILL)
        until(lambda: not jobs.alive(running), "the last job is dead")
    store.close()


def test_a_job_runs_to_its_end_and_tells_the_chat_once(jobs: Jobs) -> None:
    job = jobs.start("nap", by="telegram:1", chat="telegram:9")
    assert jobs.alive(job)
    assert job.live
    for stage in ("doze", "dream"):
        (job.folder / f"let-{stage}").touch()
    until(lambda: not jobs.get(job.id).live, "it is done")
    done = jobs.get(job.id)
    assert (done.state, done.done, done.result) == ("done", 1.0, {"sentence": "slept well."})
    assert done.ended
    texts = [news.text for news in jobs.changes()]
    assert texts[0] == f"Job {job.id} (nap), 1 of 2: doze, 0% done."
    assert texts[1].startswith(f"Job {job.id} (nap), 2 of 2: dream, 25% done")
    assert texts[2] == f"Job {job.id} (nap) is done: slept well."
    for _ in range(2):  # who is killed before the chat was told finds it again
        assert [news.text for news in jobs.news("telegram")] == texts
    for number, news in enumerate(jobs.news("telegram"), 1):
        jobs.told(news.id)
        assert [left.text for left in jobs.news("telegram")] == texts[number:]
    assert jobs.news("discord") == []
    assert [news.text for news in jobs.changes(since=next(jobs.changes()).id)] == texts[1:]
    assert {news.chat for news in jobs.changes()} == {"telegram:9"}
    until(lambda: not jobs.alive(done), "its process is gone")


def test_only_one_job_at_a_time(jobs: Jobs) -> None:
    first = jobs.start("nap")
    with pytest.raises(JobError, match=rf"^One job at a time\. Job {first.id} \(nap\) is at .*: \d+% done"):
        jobs.start("nap")
    assert [job.id for job in jobs.recent()] == [first.id]
    assert [p.name for p in first.folder.parent.iterdir()] == [first.folder.name]
    assert jobs.current() == jobs.get(first.id)


def test_cancelling_stops_it_and_another_may_start(jobs: Jobs) -> None:
    first = jobs.start("nap")
    until(lambda: jobs.get(first.id).stage == "doze", "it dozes")
    jobs.cancel(why="the kitchen is needed")
    until(lambda: not jobs.get(first.id).live, "it stops")
    stopped = jobs.get(first.id)
    assert stopped.sentence() == f"Job {first.id} (nap) was cancelled at stage doze: the kitchen is needed"
    with pytest.raises(JobError, match="nothing to cancel"):
        jobs.cancel(first.id)
    with pytest.raises(JobError, match="No job is running"):
        jobs.cancel()
    second = jobs.start("nap")
    assert second.id != first.id
    until(lambda: jobs.get(second.id).stage == "doze", "it dozes")
    os.kill(second.pid, signal.SIGTERM)  # as an admin of the machine would
    until(lambda: jobs.get(second.id).state == "cancelled", "SIGTERM is heard")


def test_a_killed_job_is_taken_up_where_it_was(jobs: Jobs, settings: Settings) -> None:
    job = jobs.start("nap")
    (job.folder / "let-doze").touch()
    until(lambda: jobs.get(job.id).stage == "dream", "it dreams")
    os.kill(jobs.get(job.id).pid, signal.SIGKILL)
    until(lambda: not jobs.alive(job), "it is dead")
    other = Jobs(jobs.store, settings)  # another process that looks after the jobs
    tended = other.tend()
    assert tended is not None
    assert tended.pid != job.pid
    assert other.alive(tended)
    (job.folder / "let-dream").touch()
    until(lambda: not jobs.get(job.id).live, "it is done")
    assert jobs.get(job.id).state == "done"
    assert [n.text.split(": ")[1].split(",")[0] for n in jobs.changes() if " of 2" in n.text] == [
        "doze", "dream", "dream",
    ]  # fmt: skip
    assert other.tend() is None


def test_a_job_that_keeps_dying_fails_with_its_reason_and_can_be_resumed(jobs: Jobs) -> None:
    job = jobs.start("nap")
    for _ in range(DEATHS):
        until(lambda: jobs.get(job.id).stage == "doze", "it dozes")
        os.kill(jobs.get(job.id).pid, signal.SIGKILL)
        until(lambda: not jobs.alive(job), "it is dead")
        jobs.tend()
    failed = jobs.get(job.id)
    assert failed.sentence() == (
        f"Job {job.id} (nap) failed at stage doze: its process died {DEATHS} times at stage doze; "
        f"the log is {failed.log}."
    )
    for stage in ("doze", "dream"):
        (job.folder / f"let-{stage}").touch()
    assert jobs.resume(job.id).live
    until(lambda: jobs.get(job.id).state == "done", "it is done after all")
    with pytest.raises(JobError, match="nothing to resume"):
        jobs.resume(job.id)


def test_a_job_that_fails_says_why(jobs: Jobs) -> None:
    job = jobs.start("nap", chat="discord:5")
    (job.folder / "bad-dream").touch()
    until(lambda: not jobs.get(job.id).live, "it fails")
    assert jobs.get(job.id).reason == "a nightmare"
    assert jobs.news("discord")[-1].text == f"Job {job.id} (nap) failed at stage doze: a nightmare"


def test_what_is_not_installed_is_said_in_one_sentence(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "KINDS", {"retrain": ("training.retrain", ("torch_that_is_not_there",))})
    with pytest.raises(JobError, match=r"needs torch_that_is_not_there, .* pip install 'souschef\[training\]'"):
        jobs.start()
    with pytest.raises(JobError, match="no kind of job"):
        jobs.start("rest")
    with pytest.raises(NotFoundError):
        jobs.get(77)
    assert jobs.recent() == []


def test_work_by_hand_holds_the_lock_too(jobs: Jobs) -> None:
    job = jobs.enter("nap")
    report = Reporter(jobs, job, {"doze": 1, "dream": 1})
    with report.at_work(inherited=False):
        assert jobs.alive(job)
        report.stage("dream")
        assert jobs.get(job.id).done == 0.5
        with pytest.raises(JobError, match="Another process is at job"), Reporter(jobs, job, {}).at_work(False):
            pass
        jobs.cancel(job.id)
        with pytest.raises(Cancelled):
            report.progress(0.5)
        report.cancelled()
    assert jobs.get(job.id).state == "cancelled"
    assert not jobs.alive(job)


def test_a_stage_that_is_over_at_once_is_not_told(jobs: Jobs) -> None:
    job = jobs.enter("nap", chat="telegram:9")
    report = Reporter(jobs, job, {"yawn": 0.01, "blink": 0.01, "dream": 1}, {"dream": "dreaming of salt"})
    with report.at_work(inherited=False):
        for stage in ("yawn", "blink", "dream"):
            report.stage(stage)
            assert jobs.get(job.id).stage == stage
        report.finish({"sentence": "slept well."})
    texts = [news.text.split("), ")[-1] for news in jobs.changes()]
    assert texts[:2] == ["1 of 2: yawn, 0% done.", "2 of 2: dreaming of salt, 2% done."]
    assert texts[2:] == [f"Job {job.id} (nap) is done: slept well."]


def test_a_process_gets_exactly_these_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOUSCHEF_TEACHER__API_KEY", "sesame")
    monkeypatch.setenv("SOUSCHEF_RETRAIN__EPOCHS", "2.5")
    config = tmp_path / "other.toml"
    config.write_text('[bots]\nadmins = ["telegram:1"]\n[paths]\ndata = "here"\n')
    settings = load_settings(config)
    for key, value in environment(settings).items():
        if key.startswith("SOUSCHEF_"):
            monkeypatch.setenv(key, value)
    for key in ("SOUSCHEF_TEACHER__API_KEY", "SOUSCHEF_RETRAIN__EPOCHS"):
        monkeypatch.delenv(key)
    again = load_settings()
    assert again.model_dump() == settings.model_dump()
    assert again.teacher.api_key.get_secret_value() == "sesame"
    assert sys.modules["bot.jobs"].__dict__.get("torch") is None


def test_retraining_is_due_by_the_calendar_once_enough_was_said(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOUSCHEF_RETRAIN__EVERY_DAYS", "7")
    monkeypatch.setenv("SOUSCHEF_RETRAIN__MIN_CONVERSATIONS", "3")
    monkeypatch.setattr(jobs_module, "KINDS", {"retrain": ("nap", ())})
    jobs = Jobs(store, load_settings())

    def cooks(count: int) -> None:
        for number in range(count):
            chat = store.chat(f"terminal:{number}", "terminal", f"terminal:{number}")
            store.answer(store.receive(chat, f"at {clock.now}", f"terminal:{number}", "hello"), None, text="hello")

    cooks(2)
    assert not jobs.due()
    cooks(3)
    assert jobs.due()
    jobs.end(jobs.enter("retrain").id, "done", result={"sentence": "done."})
    clock.advance(8 * 86_400)
    assert not jobs.due()  # nothing was said since
    cooks(3)
    assert jobs.due()
    monkeypatch.setenv("SOUSCHEF_RETRAIN__EVERY_DAYS", "0")
    assert not Jobs(store, load_settings()).due()
