"""kill -9 in every stage of a retraining: taken up again, it comes to the same end as one that nobody broke off."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot import jobs as jobs_module
from bot.jobs import Job, Jobs
from bot.pantry import open_store
from bot.settings import Settings, load_settings
from tests.training.drill import Prepared
from tests.training.teacher import KEY, Teacher, serving
from training.retrain import work_on
from training.retrain_stages import STAGES

pytestmark = [pytest.mark.drill, pytest.mark.timeout(2400)]
PATIENCE_S = 2000.0
OPTIONS = {
    "preset": "nano", "peak": "1.0", "batch_tokens": "1024", "share": "0.6", "judged_turns": "10", "epochs": "0.3",
    "threads": "1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """A job that is over, with what it left."""

    job: Job
    facts: dict[str, Any]
    student: bytes
    history: list[dict[str, Any]]
    asked: int  # requests to the teacher

    @classmethod
    def of(cls, settings: Settings, job: Job, asked: int) -> "Ended":
        assert job.state == "done", job.sentence()
        students = settings.paths.data / "students"
        return cls(
            job,
            json.loads((job.folder / "report.json").read_text()),
            (students / job.result["version"] / "student.gguf").read_bytes(),
            [json.loads(line) for line in (students / "history.jsonl").read_text().splitlines()],
            asked,
        )


@pytest.fixture(scope="module")
def ends(logged: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ended, Ended]]:
    """(the unbroken one, the one that was killed in every stage), from the same conversations."""
    folder = tmp_path_factory.mktemp("twins")
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        patch.chdir(folder)
        for key, value in OPTIONS.items():
            patch.setenv(f"SOUSCHEF_RETRAIN__{key.upper()}", value)
        for key, value in (("SOUSCHEF_STUDENT__THREADS", "1"), ("OMP_NUM_THREADS", "1")):
            patch.setenv(key, value)
        teacher = stack.enter_context(serving(Teacher()))
        for key, value in (("BASE_URL", teacher.url), ("MODEL", "test-teacher"), ("API_KEY", KEY)):
            patch.setenv(f"SOUSCHEF_TEACHER__{key}", value)
        twins = []
        for name, module in (("whole", "training.retrain"), ("broken", "tests.training.dying")):
            patch.setenv("SOUSCHEF_PATHS__DATA", str(logged.copy(folder / name)))
            settings = load_settings()
            patch.setattr(jobs_module, "KINDS", {"retrain": (module, ())})
            store = open_store(settings)
            jobs = Jobs(store, settings)
            forced = {"force": True, "reason": "the drill"}  # promoted, whatever so short a training makes of it
            if name == "whole":
                job = jobs.enter("retrain", options=forced)
                work_on(settings, jobs, job.id, inherited=False)
            else:
                job = jobs.start("retrain", options=forced)
                until_over(jobs, job)
            twins.append(
                Ended.of(settings, jobs.get(job.id), teacher.asked.total() - sum(twin.asked for twin in twins))
            )
            store.close()
        yield twins[0], twins[1]


def until_over(jobs: Jobs, job: Job) -> None:
    """Look after a job as a bot does, until it is over."""
    end = time.monotonic() + PATIENCE_S
    while jobs.get(job.id).live:
        assert time.monotonic() < end, jobs.get(job.id).sentence()
        time.sleep(0.05)
        jobs.tend()


@pytest.mark.parametrize("stage", STAGES)
def test_killed_in_a_stage_it_comes_to_the_same_end(ends: tuple[Ended, Ended], stage: str) -> None:
    whole, broken = ends
    assert (broken.job.folder / f"killed-{stage}").exists()
    assert stage in whole.facts or stage == "promote"
    noisy = ("seconds", "curve", "changes", "reason", "old", "new")  # times, and what is compared below
    kept = {key: value for key, value in whole.facts.get(stage, {}).items() if key not in noisy}
    assert {key: broken.facts.get(stage, {})[key] for key in kept} == kept


def test_its_data_its_student_and_its_evaluation_are_the_same(ends: tuple[Ended, Ended]) -> None:
    whole, broken = ends
    assert broken.asked == whole.asked  # nothing that was answered is asked twice
    assert broken.facts["teacher"]["taught"] == whole.facts["teacher"]["taught"] > 0
    assert broken.job.result["data_hash"] == whole.job.result["data_hash"]
    assert broken.student == whole.student
    assert broken.facts["evaluate"] == whole.facts["evaluate"]  # every reply, and what was made of it
    assert broken.facts["parts"] == whole.facts["parts"]
    measured, again = ([c for c in end.facts["gate"]["changes"] if c["name"] != "seconds"] for end in ends)
    assert measured == again
    for which in ("old", "new"):
        assert broken.facts["judge"][which] == pytest.approx(whole.facts["judge"][which], abs=1e-4)


def test_it_is_put_in_use_once(ends: tuple[Ended, Ended]) -> None:
    whole, broken = ends
    assert [(c["from"], c["to"]) for c in broken.history] == [(c["from"], c["to"]) for c in whole.history]
    assert broken.job.result["promoted"]
    assert not Path(broken.job.folder / "private").exists()
