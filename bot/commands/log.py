"""The conversation log: export it in the Wizard of Tasks form, or delete every trace of a cook."""

import argparse
import json
import sys
from pathlib import Path

from bot.settings import Settings

EXAMPLE = "  souschef log export --out dialogues.json\n  souschef log forget terminal:local"


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    command = actions.add_parser(
        "export", help="write all conversations as Wizard of Tasks JSON, with ids that name nobody",
        description="Write all conversations as Wizard of Tasks JSON, with ids that name nobody.",
        epilog="example:\n  souschef log export --out dialogues.json", formatter_class=HelpFormatter,
    )  # fmt: skip
    command.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: standard output)")
    command.add_argument("--user", metavar="PLATFORM:ID", help="only this cook's")
    command.add_argument("--split", default="train", help="data_split to write (default: train)")
    command.add_argument("--json", action="store_true", help="(the export is JSON already)")
    command = actions.add_parser(
        "forget", help="delete every trace of a cook", description="Delete every trace of a cook.",
        epilog="example:\n  souschef log forget terminal:local", formatter_class=HelpFormatter,
    )  # fmt: skip
    command.add_argument("user", metavar="PLATFORM:ID", help="the cook, as platform and id")
    command.add_argument("--json", action="store_true", help="print JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.errors import InputError
    from bot.files import written
    from bot.log import export, forget, load_salt
    from bot.pantry import open_store

    store = open_store(settings)
    try:
        if options.action == "forget":
            if ":" not in options.user:
                raise InputError(
                    f'Write the cook as platform and id, for example "terminal:local", not "{options.user}".'
                )
            count = forget(store, options.user, settings.paths.data)
            print(
                json.dumps({"user": options.user, "turns": count})
                if options.json
                else f"Deleted {count} turns of {options.user}."
            )
            return 0
        dialogues = dict(export(store, load_salt(settings.paths.data), options.split, options.user))
        if options.out is None:
            json.dump(dialogues, sys.stdout, ensure_ascii=False, indent=1)
            print()
            return 0
        with written(options.out) as out:
            json.dump(dialogues, out, ensure_ascii=False, indent=1)
        print(f"{len(dialogues)} conversations in {options.out}", file=sys.stderr)
        return 0
    finally:
        store.close()
