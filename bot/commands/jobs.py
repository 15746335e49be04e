"""Long work beside the chat, as retraining is: how it goes and where its files are; cancel it, take it up again."""

import argparse
import json

from bot.settings import Settings

EXAMPLE = "  souschef jobs\n  souschef jobs 3 --json\n  souschef jobs 3 --cancel"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", nargs="?", type=int, help="number of a job")
    parser.add_argument("--cancel", action="store_true", help="stop it (without a number: the one that runs)")
    parser.add_argument(
        "--resume", action="store_true", help="take it up where it was (without a number: the last one)"
    )
    parser.add_argument("--limit", type=int, default=20, help="so many, the newest first (20)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.errors import InputError
    from bot.jobs import Jobs
    from bot.pantry import open_store

    if options.limit < 1:
        raise InputError("--limit must be 1 or more.")
    jobs = Jobs(open_store(settings), settings)
    if options.cancel:
        found = [jobs.cancel(options.job, "cancelled from the command line.")]
    elif options.resume:
        found = [jobs.resume(options.job)]
    else:
        found = jobs.recent(options.limit) if options.job is None else [jobs.get(options.job)]
    if options.json:
        plain = [job.plain() for job in found]
        print(json.dumps(plain if options.job is None else plain[0]))
        return 0
    for job in found:
        print(job.sentence())
        if options.job is not None:
            print(f"folder: {job.folder}\nlog: {job.log}")
    if not found:
        print("There was no job yet: souschef retrain starts one.")
    return 0
