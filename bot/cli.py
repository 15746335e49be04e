"""The command ``souschef``. Each command lives in ``bot.commands`` and imports what it needs when it runs."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.errors import UserError

COMMANDS: dict[str, str] = {
    "chat": "cook in the terminal",
    "ask": "one question, one reply",
    "telegram": "serve Telegram",
    "serve": "serve every platform that has a token",
    "recipes": "import, list, show, search and check recipes",
    "replay": "answer recorded dialogues, turn by turn",
    "retrieve": "passages for a file of questions",
    "students": "versions of the student model",
    "retrain": "train the student again from logged conversations",
    "jobs": "long work: how it goes, cancel it, take it up again",
    "scores": "how good the replies were; reviews",
    "judge": "score a file of answers",
    "dashboard": "TruLens's dashboard over the scores",
    "log": "export or forget conversations",
    "database": "its state and schema; back it up, move it to PostgreSQL or back",
    "discord": "serve the Discord bot",
    "doctor": "check the installation and say what to do",
}


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the example at the end of a command's help as it is written."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; ``only`` builds just one command (starting is faster so)."""
    from bot import __version__

    parser = argparse.ArgumentParser(
        prog="souschef", description="A cooking assistant that answers from the recipe.", formatter_class=HelpFormatter,
        epilog="example:\n  souschef chat",
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"souschef {__version__}")
    parser.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        if only in COMMANDS and name != only:
            commands.add_parser(name, help=summary, add_help=False)
            continue
        module = importlib.import_module(f"bot.commands.{name}")
        command = commands.add_parser(
            name,
            help=summary,
            description=module.__doc__,
            epilog=f"example:\n{module.EXAMPLE}",
            formatter_class=HelpFormatter,
        )
        module.configure(command)
        command.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit status."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    named = next((a for a in arguments if a in COMMANDS), None)
    try:
        options = build_parser(named).parse_args(arguments)
    except SystemExit as exit_:
        return int(exit_.code or 0)
    debug = options.debug or bool(os.environ.get("SOUSCHEF_DEBUG"))
    try:
        return int(_run(options) or 0)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debug:
            raise
        print(f"souschef: {explain(error)}", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int | None:
    from bot.settings import load_settings

    result: int | None = options.run(load_settings(options.config), options)
    return result


def explain(error: Exception) -> str:
    """One sentence for any error: its own, or what kind of thing happened."""
    if isinstance(error, UserError):
        return str(error)
    kind = type(error)
    if kind.__module__.split(".")[0] in ("model", "retrieval"):  # their errors are written for people
        return str(error)
    if isinstance(error, MemoryError):
        return "Not enough memory: close other programs or choose a smaller student."
    if isinstance(error, OSError) and error.strerror:
        where = f" {error.filename}" if error.filename else ""
        return f"{error.strerror}{':' if where else '.'}{where}"
    return (
        f"Something unexpected happened ({kind.__name__}: {str(error)[:200]}); run it again with "
        f"--debug and report what it prints."
    )


if __name__ == "__main__":
    sys.exit(main())
