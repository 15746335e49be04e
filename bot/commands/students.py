"""The versions of the student model: list them, choose one, go back to the one before."""

import argparse
import json
from typing import Any

from bot.settings import Settings

EXAMPLE = "  souschef students list\n  souschef students use bundled\n  souschef students rollback"


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary, example in (
        ("list", "all versions, the one in use marked", "souschef students list --json"),
        ("show", "what is known of a version", "souschef students show bundled"),
        ("use", "make a version the one in use", "souschef students use bundled"),
        ("rollback", "go back to the version in use before", "souschef students rollback --reason 'it rambles'"),
        ("history", "which version was in use when, and why", "souschef students history --json"),
    ):
        command = actions.add_parser(
            name,
            help=summary,
            description=summary.capitalize() + ".",
            epilog=f"example:\n  {example}",
            formatter_class=HelpFormatter,
        )
        if name in ("show", "use"):
            command.add_argument(
                "version", nargs="?" if name == "show" else None, default="", help="name of the version"
            )
        if name in ("use", "rollback"):
            command.add_argument("--reason", default="", help="kept in the history")
        command.add_argument("--json", action="store_true", help="print JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from model.registry import Registry

    registry = Registry(settings.paths.data)
    if options.action == "list":
        versions = registry.versions()
        if options.json:
            print(json.dumps([_plain(v) for v in versions]))
        else:
            for version in versions:
                print(f"{'*' if version.active else ' '} {version.name}  {_summary(version.info)}".rstrip())
        return 0
    if options.action == "history":
        for change in registry.history():
            why = f": {change['reason']}" if change["reason"] else ""
            print(json.dumps(change) if options.json else f"{change['at']}  {change['from']} → {change['to']}{why}")
        return 0
    if options.action == "rollback":
        version = registry.rollback(options.reason or "command line")
    elif options.action == "use":
        version = registry.use(options.version, options.reason or "command line")
    else:
        version = registry.get(options.version)
    if options.json:
        print(json.dumps(_plain(version)))
    elif options.action != "show":
        print(f"The student is now {version.name}. A running bot takes it before its next reply.")
    else:
        print(f"{version.name}{' (in use)' if version.active else ''}\nfolder: {version.folder}")
        for key, value in version.info.items():
            print(f"{key}: {value}")
    return 0


def _plain(version: Any) -> dict[str, Any]:
    return {"name": version.name, "folder": str(version.folder), "active": version.active, "info": version.info}


def _summary(info: dict[str, Any]) -> str:
    known = [f"{key} {info[key]}" for key in ("name", "parameters", "quantization", "megabytes") if key in info]
    return ", ".join(known)
