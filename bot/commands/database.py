"""The database: how it is, its schema, a backup while the bot runs; move all of it to PostgreSQL or to SQLite."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.settings import Settings

EXAMPLE = (
    "  souschef database status\n  souschef database backup souschef-monday.db\n"
    "  souschef database move --to postgresql+psycopg://cook@localhost/souschef"
)


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, summary: str, example: str, more: str = "") -> argparse.ArgumentParser:
        command = actions.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.{more}",
            epilog=f"example:\n  {example}",
            formatter_class=HelpFormatter,
        )
        command.add_argument("--json", action="store_true", help="print JSON")
        return command

    add("status", "where the database is, its schema, how much is in it", "souschef database status")
    add(
        "upgrade",
        "bring the schema up to this version",
        "souschef database upgrade",
        "\nEvery command that opens the database does so, too.",
    )
    command = add("backup", "write an SQLite database to a file, also while the bot runs",
                  "souschef database backup souschef-monday.db")  # fmt: skip
    command.add_argument("file", type=Path, metavar="FILE", help="what to write")
    command = add("restore", "put a backup in the place of the SQLite database",
                  "souschef database restore souschef-monday.db",
                  "\nStop the bot first. What was there is kept under another name.")  # fmt: skip
    command.add_argument("file", type=Path, metavar="FILE", help="what backup wrote")
    command = add(
        "move",
        "move everything to another database and compare it, row by row",
        "souschef database move --to postgresql+psycopg://cook@localhost/souschef\n"
        "  souschef database move --to sqlite:////var/lib/souschef/souschef.db",
        "\nStop the bot first, and set database.url when it is done; the old database stays as it was. "
        "Leave the password\nout of the URL: it is taken from ~/.pgpass or PGPASSWORD.",
    )
    command.add_argument("--to", required=True, metavar="URL", help="an empty database")
    go_on = command.add_mutually_exclusive_group()
    go_on.add_argument("--resume", action="store_true", help="go on with a move that was cut off")
    go_on.add_argument(
        "--again", action="store_true", help="throw away what a move that was cut off left, and begin anew"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    facts = _ACTIONS[options.action](settings, options)
    sentence = facts.pop("says")
    print(json.dumps(facts) if options.json else sentence)
    return 0


def _status(settings: Settings, _options: argparse.Namespace) -> dict[str, Any]:
    from bot.database_status import status

    return status(settings)


def _upgrade(settings: Settings, _options: argparse.Namespace) -> dict[str, Any]:
    from bot import schema
    from bot.pantry import open_store
    from bot.store import Store

    store = Store(settings.database_url(), settings.database.busy_timeout_s, as_is=True)
    with store.read() as db:
        before = schema.version_of(db.connection())
    store.close()
    open_store(settings).close()
    newest = schema.versions()[-1]
    done = f"The database {store.name} has schema {newest}" + (", as it had." if before == newest else " now.")
    return {"database": store.name, "before": before, "schema": newest, "says": done}


def _backup(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    from bot.backup import backup
    from bot.store import Store

    store = Store(settings.database_url(), settings.database.busy_timeout_s, as_is=True)
    with _bar() as advance:
        size = backup(store, options.file, lambda done, total: advance("copying", "pages", done, total))
    says = f"{options.file}: {size / 1e6:.1f} MB, checked. It holds conversations: keep it as safe as the database."
    return {"database": store.name, "file": str(options.file), "bytes": size, "says": says}


def _restore(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    from bot.backup import restore
    from bot.store import Store

    store = Store(settings.database_url(), settings.database.busy_timeout_s, as_is=True)
    aside = restore(store, options.file)
    says = f"{options.file} is the database now." + (f" What was there before is {aside}." if aside else "")
    return {"database": store.name, "file": str(options.file), "kept": str(aside) if aside else None, "says": says}


def _move(settings: Settings, options: argparse.Namespace) -> dict[str, Any]:
    from bot.errors import InputError, StoreError
    from bot.moving import move
    from bot.occupied import occupant
    from bot.pantry import open_store
    from bot.store import Store

    wait_s = settings.database.busy_timeout_s
    try:
        target = Store(options.to, wait_s, as_is=True)
    except StoreError as error:
        if "not a database URL" not in str(error):
            raise
        raise InputError(
            "--to is not a database URL: write it as postgresql+psycopg://USER@HOST/DATABASE or sqlite:///FILE."
        ) from None
    if target.engine.url.get_backend_name() not in ("sqlite", "postgresql"):
        raise InputError("--to must name a PostgreSQL or SQLite database.")
    source = Store(settings.database_url(), wait_s, as_is=True)
    try:
        for store in (source, target):
            if who := occupant(store):
                raise InputError(
                    f"The database {store.name} is open in {who}: stop the bot first, so that no message is lost."
                )
        source.close()
        _need_file(source)
        source = open_store(settings)
        with _bar() as advance:
            moved = move(source, target, options.resume, options.again, advance, wait_s)
    finally:
        source.close()
        target.close()
    rows, seconds = sum(moved.tables.values()), moved.copied_s + moved.checked_s
    return {
        "from": source.name,
        "to": target.name,
        "rows": rows,
        "tables": moved.tables,
        "digests": moved.digests,
        "left": list(moved.left),
        "copied_s": round(moved.copied_s, 3),
        "checked_s": round(moved.checked_s, 3),
        "says": f"{rows:,} rows in {len(moved.tables)} tables moved from {source.name} to {target.name} and compared, "
        f"row by row, in {seconds:.1f} s.\n"
        + (f"Tables of other programs stayed where they are: {', '.join(moved.left)}.\n" if moved.left else "")
        + "Now set database.url to the new one and start the bot. The old database is as it was: delete it when all "
        "is well, since who asks to be forgotten is forgotten only in the new one.",
    }


def _need_file(store: Any) -> None:
    """Raises InputError for an SQLite database that is not there: opening it would make an empty one."""
    from bot.errors import InputError

    url = store.engine.url
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise InputError(f"There is no database {store.name} to move: check database.url and paths.data.")


@contextmanager
def _bar() -> Iterator[Callable[[str, str, int, int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=None)
        yield lambda stage, table, done, total: progress.update(
            task, description=f"{stage} {table}", completed=done, total=total
        )


_ACTIONS: dict[str, Callable[[Settings, argparse.Namespace], dict[str, Any]]] = {
    "status": _status,
    "upgrade": _upgrade,
    "backup": _backup,
    "restore": _restore,
    "move": _move,
}
