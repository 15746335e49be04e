"""Answer recorded dialogues, as ``souschef replay`` does, with the work spread over several processes.

    python -m training.replay dialogues.json --recipes recipes.jsonl --out replies.jsonl --ray local --workers 4
    python -m training.evaluate replies.jsonl --dialogues dialogues.json --recipes recipes.jsonl --out runs/report

Each process has a student, a retriever and a guard of its own and takes whole dialogues; the lines are those of one
process, in the same order, but for their times.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from bot.errors import InputError, UserError
from bot.files import read_json, read_json_lines, written
from bot.pantry import Kitchen
from bot.replay import Case, cases, read_recipes, replay
from bot.settings import Settings, load_settings
from model.afresh import forget
from model.student import StudentError
from retrieval.errors import RetrievalError
from retrieval.recipe import Recipe
from training.cluster import add_arguments, connected, mapped
from training.errors import TrainingError

Lines = list[dict[str, Any]]


def replayer(
    plain: dict[str, Any], folder: Path, recipes: dict[str, Recipe], before_guard: bool, threads: int
) -> Callable[[list[Case]], Lines]:
    """A function that answers the cases of a dialogue, with a student of its own.

    Args:
        plain: All settings, as a table: the class that read them may not be known elsewhere.
        folder: Where the index is; on another machine it is built again.
        recipes: What it holds beside the cookbook, by url.
        before_guard: See :func:`bot.replay.replay`.
        threads: Of the student, where the settings do not say.
    """
    if not folder.is_dir():
        folder = Path(tempfile.mkdtemp(prefix="souschef-"))
    settings = Settings(**plain)
    student = settings.student.model_copy(update={"threads": settings.student.threads or threads})
    kitchen = Kitchen(settings.model_copy(update={"student": student}), folder, tuple(recipes.values()))
    answerer = kitchen.answerer(strict=True)

    def answer(dialogue: list[Case]) -> Lines:
        forget(kitchen.student())  # or a line could depend on which dialogues this process had before
        indexed = [case.recipe is not None and case.recipe.url in recipes for case in dialogue]
        return [replay(case, answerer, known, before_guard) for case, known in zip(dialogue, indexed, strict=True)]

    return answer


def replayed(args: argparse.Namespace, settings: Settings) -> int:
    """Answer all dialogues and write the lines; how many.

    Raises:
        UserError: The input is wrong.
        StudentError: The student cannot answer.
        TrainingError: There is no cluster.
    """
    from tqdm import tqdm

    if args.limit is not None and args.limit < 1:
        raise InputError("--limit must be 1 or more.")
    recipes = read_recipes(read_json_lines(args.recipes)) if args.recipes else {}
    wanted = list(cases(read_json(args.dialogues), recipes))[: args.limit]
    dialogues = [list(group) for _, group in groupby(wanted, key=lambda case: case.conversation_id)]
    with tempfile.TemporaryDirectory(prefix="souschef-") as folder, tqdm(total=len(wanted), unit="reply") as bar:
        kitchen = Kitchen(settings, Path(folder), tuple(recipes.values()))
        kitchen.index()  # built here, once
        kitchen.close()
        make = partial(replayer, settings.model_dump(), Path(folder), recipes, args.before_guard)
        with written(args.out) as out:
            for lines in _spread(partial(make, 1), dialogues, args) if args.ray else map(make(0), dialogues):
                out.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
                bar.update(len(lines))
    return len(wanted)


def _spread(
    make: Callable[[], Callable[[list[Case]], Lines]], dialogues: list[list[Case]], args: argparse.Namespace
) -> Iterator[Lines]:
    with connected(args.ray, args.workers):
        yield from mapped(make, dialogues, args.workers)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dialogues", type=Path, metavar="DIALOGUES.json", help="dialogues in the official form")
    parser.add_argument("--recipes", type=Path, metavar="RECIPES.jsonl", help="recipes: url, title, ingredients, steps")
    parser.add_argument("--out", type=Path, required=True, metavar="REPLIES.jsonl", help="one line per reply")
    parser.add_argument("--limit", type=int, help="only the first so many replies")
    parser.add_argument("--before-guard", action="store_true", help="also what the student said before the guard")
    parser.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    add_arguments(parser)
    args = parser.parse_args(argv)
    try:
        count = replayed(args, load_settings(args.config))
    except (UserError, StudentError, RetrievalError, TrainingError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("replay: Stopped.", file=sys.stderr)
        return 130
    print(f"{count} replies in {args.out}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    from training import replay as importable  # under a name that workers know

    sys.exit(importable.main())
