"""Train the student again from logged conversations, in a process beside the chat; put it in use if it is better."""

import argparse
import json
import sys
import time
from typing import Any

from bot.settings import Settings

EXAMPLE = "  souschef retrain --wait\n  souschef retrain --cancel"
LOOK_S = 0.5


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wait", action="store_true", help="wait for the end, saying how far it is; Ctrl-C leaves it running"
    )
    parser.add_argument(
        "--data", default="", metavar="DATA", help="folder with the public data sets (default: retrain.data)"
    )
    parser.add_argument("--force", action="store_true", help="put it in use whatever the gate says; needs --reason")
    parser.add_argument("--reason", default="", help="why, for the history")
    parser.add_argument("--cancel", action="store_true", help="stop the job that is running")
    parser.add_argument(
        "--resume", action="store_true", help="take up the last job, which was broken off, where it was"
    )
    parser.add_argument("--json", action="store_true", help="print the job as JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.errors import InputError
    from bot.jobs import Jobs
    from bot.pantry import open_store

    if options.force and not options.reason:
        raise InputError("--force needs a --reason, which is kept in the history.")
    jobs = Jobs(open_store(settings), settings)
    since = max((news.id for news in jobs.changes()), default=0)
    if options.cancel:
        job = jobs.cancel(why="cancelled from the command line.")
    elif options.resume:
        job = jobs.resume()
    else:
        asked: dict[str, Any] = {"force": True, "reason": options.reason} if options.force else {}
        if options.data:
            asked["data"] = options.data
        job = jobs.start("retrain", by="command line", options=asked)
        if not options.json:
            print(f"Job {job.id} is started; its log is {job.log}", file=sys.stderr if options.wait else sys.stdout)
    while options.wait and job.live:
        time.sleep(LOOK_S)
        for news in jobs.changes(since, job.id):
            since = news.id
            if not options.json:
                print(news.text, flush=True)
        jobs.tend()
        job = jobs.get(job.id)
    for news in jobs.changes(since, job.id) if options.wait and not options.json else ():
        print(news.text)
    if options.json:
        print(json.dumps(job.plain()))
    elif options.cancel:
        print(job.sentence() if not job.live else f"Job {job.id} stops at its next breath.")
    return 1 if options.wait and job.state in ("failed", "cancelled") else 0
