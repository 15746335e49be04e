"""The versions of the student model: list them, choose one, see what is known of one."""

import argparse
import json
from typing import Any

from bot.settings import Settings

EXAMPLE = "  souschef students list\n  souschef students use bundled"


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, summary, example in (
        ("list", "all versions, the one in use marked", "souschef students list --json"),
        ("show", "what is known of a version", "souschef students show bundled"),
        ("use", "make a version the one in use", "souschef students use bundled"),
    ):
        command = actions.add_parser(
            name,
            help=summary,
            description=summary.capitalize() + ".",
            epilog=f"example:\n  {example}",
            formatter_class=HelpFormatter,
        )
        if name != "list":
            command.add_argument(
                "version", nargs="?" if name == "show" else None, default="", help="name of the version"
            )
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
    version = (
        registry.use(options.version, "command line") if options.action == "use" else registry.get(options.version)
    )
    if options.json:
        print(json.dumps(_plain(version)))
    elif options.action == "use":
        print(f"The student is now {version.name}. A running chat takes it at its next start.")
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
