"""Answer recorded dialogues turn by turn: for each wizard turn that follows a cook's turn, what the assistant would
say.

DIALOGUES.json is in the official Wizard of Tasks form. The reference history before a turn is given, never what comes
after it. A dialogue whose recipe is not in RECIPES.jsonl (joined on url) uses what was shared before that turn.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bot.settings import Settings

EXAMPLE = "  souschef replay dialogues.json --recipes recipes.jsonl --out replies.jsonl --limit 100"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dialogues", type=Path, metavar="DIALOGUES.json", help="dialogues in the official form")
    parser.add_argument("--recipes", type=Path, metavar="RECIPES.jsonl", help="recipes: url, title, ingredients, steps")
    parser.add_argument("--out", type=Path, required=True, metavar="REPLIES.jsonl", help="one line per reply")
    parser.add_argument("--limit", type=int, help="only the first so many replies")
    parser.add_argument(
        "--before-guard", action="store_true", help="also what the student said before the guard (said), to judge it by"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.errors import InputError
    from bot.files import read_json, read_json_lines, written
    from bot.pantry import Kitchen
    from bot.replay import cases, read_recipes, replay

    if options.limit is not None and options.limit < 1:
        raise InputError("--limit must be 1 or more.")
    recipes = read_recipes(read_json_lines(options.recipes)) if options.recipes else {}
    wanted = list(cases(read_json(options.dialogues), recipes))[: options.limit]
    with tempfile.TemporaryDirectory(prefix="souschef-") as folder:
        # An index of its own: the cook's recipes stay out of the measurement, and the dialogues' out of the cook's
        # index.
        kitchen = Kitchen(settings, index_folder=Path(folder), more_recipes=tuple(recipes.values()))
        try:
            answerer = kitchen.answerer(strict=True)
            with written(options.out) as out, _progress(len(wanted)) as advance:
                for case in wanted:
                    indexed = case.recipe is not None and case.recipe.url in recipes
                    line = replay(case, answerer, indexed, options.before_guard)
                    out.write(json.dumps(line, ensure_ascii=False) + "\n")
                    advance()
        finally:
            kitchen.close()
    print(f"{len(wanted)} replies in {options.out}", file=sys.stderr)
    return 0


def _progress(total: int):  # type: ignore[no-untyped-def]
    """A progress bar on standard error, where that is a terminal; gives a function that advances it."""
    from collections.abc import Callable, Iterator
    from contextlib import contextmanager

    @contextmanager
    def bar() -> Iterator[Callable[[], None]]:
        if not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        with Progress(
            BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        ) as progress:
            task = progress.add_task("replay", total=total)
            yield lambda: progress.advance(task)

    return bar()
