"""How good the replies were: the scores of every reply, the worst first; one reply in full; reviews.

What waits for its scores is scored first, unless another process is at it. The scores are in [0, 1]; "–" stands for one
that does not apply (--show says why).
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.scores import Filter
    from bot.store import Store

EXAMPLE = (
    "  souschef scores --since 7d --below 0.5\n"
    "  souschef scores --show 42\n"
    '  souschef scores review 42 --wrong --better "Two eggs, not three."'
)


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    parser.add_argument("--since", metavar="WHEN", help='answered since: "7d", "12h", or a date (2026-11-28)')
    parser.add_argument("--until", metavar="WHEN", help="answered before")
    parser.add_argument("--platform", default="", help="only this platform (terminal, telegram, discord)")
    parser.add_argument("--student", default="", help='only this version of the student; "code" for exact code')
    parser.add_argument(
        "--state", default="", choices=("scored", "not applicable", "failed", "waiting"), help="only in this state",
    )  # fmt: skip
    parser.add_argument("--below", type=float, metavar="X", help="lowest score at most X")
    parser.add_argument("--above", type=float, metavar="X", help="lowest score at least X")
    parser.add_argument("--newest", action="store_true", help="newest first instead of worst first")
    parser.add_argument("--limit", type=int, default=20, metavar="N", help="at most N replies (default: 20; 0: all)")
    parser.add_argument("--show", type=int, metavar="ID", help="one reply in full")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write all that match to a CSV file")
    parser.add_argument("--plot", type=Path, metavar="FILE.png", help="draw the trend of all that match")
    parser.add_argument("--retry", action="store_true", help="first let replies be scored again that failed")
    parser.add_argument("--as-is", action="store_true", help="do not score first what waits")
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    review = actions.add_parser(
        "review", help="mark a reply right or wrong", formatter_class=HelpFormatter,
        description="Mark a reply right or wrong, and say what would have been better; retraining learns from it.",
        epilog='example:\n  souschef scores review 42 --wrong --better "Two eggs, not three."',
    )  # fmt: skip
    review.add_argument("id", type=int, metavar="ID", help="the reply")
    verdict = review.add_mutually_exclusive_group(required=True)
    verdict.add_argument("--right", action="store_true", help="the reply was right")
    verdict.add_argument("--wrong", action="store_true", help="the reply was wrong")
    review.add_argument("--better", default="", metavar="TEXT", help="what should have been said")
    review.add_argument("--reviewer", default="terminal:local", metavar="NAME", help="who says so")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.pantry import open_store

    store = open_store(settings)
    try:
        if options.action == "review":
            from bot.review import correct

            correct(store, options.id, options.reviewer, options.right, options.better)
            print(f"Reply {options.id} is marked {'right' if options.right else 'wrong'}.")
            return 0
        where = _filter(options, store.clock())
        if options.retry:
            from bot.triad.worker import retry

            print(f"{retry(store)} replies that failed are scored again.", file=sys.stderr)
        if not options.as_is:
            catch_up_aloud(store, settings)
        if options.show is not None:
            _show(store, settings, options.show, options.json)
        else:
            _list(store, where, options)
        return 0
    finally:
        store.close()


def _filter(options: argparse.Namespace, now: float) -> "Filter":
    from bot.errors import InputError
    from bot.scores import Filter
    from bot.times import moment

    if options.limit < 0:
        raise InputError("--limit must be 0 (all) or more.")
    return Filter(
        since=moment("--since", options.since, now),
        until=moment("--until", options.until, now),
        platform=options.platform,
        student=options.student,
        state=options.state,
        low=options.above,
        high=options.below,
        order="newest" if options.newest else "worst",
        limit=options.limit or None,
    )


def catch_up_aloud(store: "Store", settings: Settings) -> None:
    """Score what waits; tell on standard error, because it may take seconds."""
    from bot.triad.worker import waiting

    count = waiting(store)
    if not count or not settings.judge.record:
        return
    print(f"Scoring {count} {'reply' if count == 1 else 'replies'} first …", file=sys.stderr, flush=True)
    from bot.triad.scoring import catch_up

    left = catch_up(store, settings)
    if left:
        print(f"{left} still wait: another process is scoring them, or tries again soon.", file=sys.stderr)


def _show(store: "Store", settings: Settings, id_: int, as_json: bool) -> None:
    from rich.console import Console

    from bot.errors import NotFoundError
    from bot.score_views import in_full, print_in_full
    from bot.scores import one
    from bot.triad.scoring import page_reader

    reply = one(store, id_)
    if reply is None:
        raise NotFoundError(f"There is no reply {id_}: see souschef scores for their numbers.")
    found = in_full(store, reply, page_reader(settings.paths.data / "index"))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print_in_full(found, Console(highlight=False))


def _list(store: "Store", where: "Filter", options: argparse.Namespace) -> None:
    from dataclasses import replace

    from rich.console import Console

    from bot.files import written
    from bot.review import totals_in_words
    from bot.score_views import table, write_csv
    from bot.scores import find, totals

    if options.csv or options.plot:
        every = find(store, replace(where, limit=None))
        if options.csv:
            with written(options.csv) as out:
                write_csv(every, out)
            print(f"{len(every)} replies in {options.csv}", file=sys.stderr)
        if options.plot:
            from bot.score_plot import plot

            plot(every, options.plot)
            print(f"The trend of {len(every)} replies in {options.plot}", file=sys.stderr)
        if not options.json:
            return
    replies, total = find(store, where), totals(store, where)
    if options.json:
        print(json.dumps({"totals": asdict(total), "replies": [asdict(r) for r in replies]}, ensure_ascii=False))
        return
    if replies:
        console = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
        table(replies, console)
        print()
    print(totals_in_words(total))
