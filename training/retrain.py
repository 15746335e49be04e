"""Train the student again from what cooks said, and put it in use if it is better.

    python -m training.retrain                                  # as souschef retrain --wait does
    python -m training.retrain --data DATA                      # the public data sets beside the cookbook
    python -m training.retrain --force --reason "the frozen set does not know our menu"
    python -m training.retrain --job 7                          # what the bot starts: do, or take up, job 7

Stages: collect the lessons of the log → ask the teacher, where one is set, about what went wrong → mix with what was
known → train on from the student in use → export → evaluate old and new on the frozen set → judge both by the triad →
gate → promote. Each stage is written down when it is over (``stages.json``), so that a killed job goes on where it was
and comes to the same end. The report (``report.md``) lies in the job's folder, which ``souschef jobs`` names.

Exit status: 0 done, promoted or not; 1 cancelled or failed, with the reason in the table of jobs; 2 wrong input.
"""

import argparse
import json
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

from bot.background import step_back
from bot.cli import explain
from bot.errors import JobError, SouschefError
from bot.job_report import Cancelled, Reporter
from bot.jobs import Jobs
from bot.pantry import open_store
from bot.settings import Settings, load_settings
from training.retrain_stages import STAGES, TITLES, Work, _write


def run(work: Work) -> dict[str, Any]:
    """Do every stage that is not done; returns the job's result.

    Raises:
        Cancelled: The job should stop.
        SouschefError: A stage cannot be done; says why.
    """
    path = work.folder / "stages.json"
    if path.is_file():
        work.facts = json.loads(path.read_text(encoding="utf-8"))
        if not (work.private / "lessons.jsonl").is_file() and "promote" not in work.facts:
            raise JobError("What it learned from is gone, because a cook was forgotten or it was done: start it again.")
    for name, (_, stage) in STAGES.items():
        if name not in work.facts:
            work.report.stage(name)
            work.facts[name] = stage(work)
            _write(path, work.facts)
        if name == "teacher" and not work.facts["collect"]["to_learn"] and not work.facts["teacher"]["taught"]:
            return _nothing(work.facts["collect"])
    result = work.facts["promote"] | {"version": work.facts["export"]["name"], "report": str(work.folder / "report.md")}
    result |= {"data_hash": work.facts["mix"]["data_hash"], "left_out": work.facts["collect"]["left_out"]}
    return result


def _nothing(collected: dict[str, Any]) -> dict[str, Any]:
    reasons = "; ".join(f"{reason}: {count}" for reason, count in collected["left_out"].items())
    sentence = f"there is nothing to learn in {collected['conversations']} conversations"
    sentence += f" (left out: {reasons})." if reasons else "."
    return {"promoted": False, "sentence": sentence, "left_out": collected["left_out"]}


def with_options(settings: Settings, options: dict[str, Any]) -> Settings:
    """The settings with what a job's options change."""
    changed = {key: value for key, value in options.items() if key in type(settings.retrain).model_fields}
    return settings.model_copy(update={"retrain": settings.retrain.model_copy(update=changed)})


def work_on(settings: Settings, jobs: Jobs, job_id: int, inherited: bool) -> int:
    """Do a job in this process; returns the exit status."""
    job = jobs.get(job_id)
    report = Reporter(jobs, job, {name: weight for name, (weight, _) in STAGES.items()}, TITLES)
    try:
        with report.at_work(inherited):
            try:
                work = Work(with_options(settings, job.options), jobs.store, report, job.folder, job.options)
                result = run(work)
                shutil.rmtree(work.private, ignore_errors=True)  # before anybody hears that it is done
                report.finish(result)
            except Cancelled:
                report.cancelled()
                return 1
            except SystemExit as error:  # a stage that is a command of its own ends so
                report.fail(str(error))
                return 1
            except Exception as error:
                traceback.print_exc()
                report.fail(explain(error))
                return 1
    except Cancelled:
        report.cancelled()
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.retrain", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--job", type=int, help="a job that was entered already")
    parser.add_argument("--data", default="", help="folder with the public data sets")
    parser.add_argument("--force", action="store_true", help="put it in use whatever the gate says; give a --reason")
    parser.add_argument("--reason", default="", help="why, for the history")
    parser.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    args = parser.parse_args(arguments)
    if args.force and not args.reason:
        parser.error("--force needs a --reason, which is kept in the history")
    try:
        settings = load_settings(args.config)
        jobs = Jobs(open_store(settings), settings)
        if args.job is None:
            options: dict[str, Any] = {"force": args.force, "reason": args.reason}
            job = jobs.enter("retrain", by="command line", options=options | ({"data": args.data} if args.data else {}))
            status = work_on(settings, jobs, job.id, inherited=False)
            print(jobs.get(job.id).sentence())
            return status
        step_back()  # cooks come first
        return work_on(settings, jobs, args.job, inherited=True)
    except SouschefError as error:
        print(f"retrain: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
