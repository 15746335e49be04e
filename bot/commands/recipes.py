"""Import recipes (schema.org JSON-LD, HTML, Cooklang, Markdown, JSON lines), list, show, search and check them."""

import argparse
import json
import re
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.settings import Settings
from retrieval.recipe import Recipe

EXAMPLE = (
    "  souschef recipes import ~/recipes\n  souschef recipes search chickpeas --max-minutes 30 --without nuts\n"
    "  souschef recipes show shakshuka --servings 6"
)

STREAMED_BYTES = 50_000_000  # larger files are not held in memory
COMPARED = 5_000  # recipes whose content a new one is compared with
SHOWN_REASONS = 10


def configure(parser: argparse.ArgumentParser) -> None:
    from bot.cli import HelpFormatter

    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def add(name: str, summary: str, example: str) -> argparse.ArgumentParser:
        return actions.add_parser(
            name,
            help=summary,
            description=summary.capitalize() + ".",
            epilog=f"example:\n  {example}",
            formatter_class=HelpFormatter,
        )

    command = add(
        "import", "read recipe files and folders into the index", "souschef recipes import cake.html ~/recipes"
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
    _json(command)
    command = add(
        "check",
        "check the cookbook, or say what would be read from files",
        "souschef recipes check\n  souschef recipes check ~/recipes --rules",
    )
    command.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="file or folder (default: the cookbook)")
    command.add_argument("--rules", action="store_true", help="hold the files to the rules of the cookbook, too")
    command.add_argument("--data", type=Path, metavar="FOLDER", help="collections of which no sentence may be borrowed")
    _json(command)
    command = add("list", "list the recipes", "souschef recipes list --json")
    command.add_argument("--all", action="store_true", help="the imported ones too, not only the cookbook")
    _json(command)
    command = add("show", "show one recipe", "souschef recipes show shakshuka --units metric")
    command.add_argument("name", help="url, name or title")
    command.add_argument("--servings", type=int, help="scale to so many servings")
    command.add_argument("--units", choices=("recipe", "metric", "us"), default="recipe", help="units of amounts")
    _json(command)
    command = add("search", "search the recipes", "souschef recipes search chickpeas --max-minutes 30 --without nuts")
    command.add_argument("text", nargs="+", help="what to look for")
    command.add_argument("-k", type=int, default=10, help="how many (default: 10)")
    command.add_argument("--max-minutes", type=int, help="longest total time")
    command.add_argument("--diet", action="append", default=[], help="vegan, gluten-free, ... (may be repeated)")
    command.add_argument("--without", action="append", default=[], metavar="FOOD", help="leave out (may be repeated)")
    _json(command)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON lines")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.pantry import Kitchen

    kitchen = Kitchen(settings)
    try:
        return int(_ACTIONS[options.action](kitchen, options) or 0)
    finally:
        kitchen.close()


def _list(kitchen: Any, options: argparse.Namespace) -> None:
    recipes = list(kitchen.recipes())
    if options.all:
        known = {r.url for r in recipes}
        recipes += [r for r in kitchen.index().recipes() if r.url not in known]
    _print_lines(recipes, options.json)


def _search(kitchen: Any, options: argparse.Namespace) -> None:
    limits: dict[str, Any] = {}
    if options.max_minutes:
        limits["max_total_s"] = options.max_minutes * 60
    if options.diet:
        limits["diet"] = options.diet
    if options.without:
        limits["without"] = options.without
    _print_lines(kitchen.search(" ".join(options.text), options.k, **limits), options.json)


def _show(kitchen: Any, options: argparse.Namespace) -> None:
    from bot.errors import InputError
    from bot.look import in_units
    from bot.pantry import need_recipe
    from retrieval.quantity import scale_recipe

    recipe = need_recipe(kitchen, options.name)
    if options.servings is not None:
        if options.servings < 1:
            raise InputError("--servings must be 1 or more.")
        recipe = scale_recipe(recipe, options.servings, steps=True)
    recipe = in_units(recipe, options.units)
    print(json.dumps(_plain(recipe), ensure_ascii=False) if options.json else _page(recipe))


def import_recipes(kitchen: Any, options: argparse.Namespace) -> int:
    """Read ``options.paths`` into the index and say what was read, as JSON with ``options.json``."""
    from retrieval.importers import import_path, stream

    index = kitchen.index()
    read = 0
    for path in options.paths:
        if path.is_file() and path.stat().st_size > STREAMED_BYTES:
            added, there = index.add(stream(path), progress=_say_progress)
            _say(options, {"path": str(path), "read": added, "duplicates": there, "skipped": []})
            read += added
            continue
        # Content is compared with what is there, as far as that fits in memory; ids are always.
        known = list(index.recipes()) if len(index) <= COMPARED else ()
        report = import_path(path, known)
        index.add(report.recipes)
        read += len(report.recipes)
        for file in report.files:
            _say(options, _facts(file))
    if not options.json:
        print(f"{read} recipes imported; {len(index)} in the index.")
    return 0


def _check(_kitchen: Any, options: argparse.Namespace) -> int:
    from retrieval.importers import import_path

    bad = 0
    for path in options.paths:
        for file in import_path(path).files:
            _say(options, _facts(file))
            bad += not file.recipes
    held: list[Path | None] = [*options.paths] if options.rules or options.data else []
    for path in held if options.paths else [None]:
        bad += _hold_to_rules(path, options)
    return 2 if bad else 0


def _hold_to_rules(path: Path | None, options: argparse.Namespace) -> int:
    """Prints problems and counts of the cookbook or of files; how many errors there are."""
    from retrieval.check import examine

    report = examine(path, options.data)
    counts = report.counts()
    for problem in report.problems:
        print(json.dumps(asdict(problem), ensure_ascii=False) if options.json else problem)
    if options.json:
        print(json.dumps({"counts": counts}, ensure_ascii=False))
        return counts["all"]["errors"]
    for name, table in counts.items():
        print(f"{name}: " + ", ".join(f"{what} {n:,}" for what, n in table.items()))
    return counts["all"]["errors"]


def _facts(file: Any) -> dict[str, Any]:
    return {
        "path": str(file.path),
        "read": len(file.recipes),
        "duplicates": len(file.duplicates),
        "skipped": [f"{s.where}: {s.reason}" if s.where else s.reason for s in file.skipped],
        "flagged": [str(flag) for flag in file.flagged],
    }


def _say(options: argparse.Namespace, facts: dict[str, Any]) -> None:
    if options.json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    there = f", {facts['duplicates']} there already" if facts["duplicates"] else ""
    print(f"{facts['path']}: {facts['read']} read{there}")
    reasons = facts["skipped"]
    for reason in reasons[:SHOWN_REASONS]:
        print(f"  skipped: {reason}")
    if len(reasons) > SHOWN_REASONS:
        print(f"  ... and {len(reasons) - SHOWN_REASONS} more were skipped (--json shows all)")
    for flag in facts.get("flagged", ()):
        print(f"  note: tries to instruct the bot, kept as plain text: {flag}")


def _say_progress(stage: str, done: int, total: int) -> None:
    print(f"\r{stage}: {done}{f' of {total}' if total else ''} ", end="", file=sys.stderr, flush=True)


def _print_lines(recipes: list[Recipe], as_json: bool) -> None:
    from bot.words import spell_duration

    for recipe in recipes:
        if as_json:
            print(
                json.dumps(
                    {"url": recipe.url, "title": recipe.title, "servings": recipe.servings, "total_s": recipe.total_s}
                )
            )
        else:
            time = f"  ({spell_duration(recipe.total_s)})" if recipe.total_s else ""
            print(f"{recipe.url}  {recipe.title}{time}")


def _page(recipe: Recipe) -> str:
    from bot.words import spell_duration

    facts = [f"serves {recipe.servings}" if recipe.servings else recipe.recipe_yield]
    facts += [spell_duration(recipe.total_s) if recipe.total_s else "", recipe.difficulty, ", ".join(recipe.diet)]
    lines = [recipe.title, "; ".join(f for f in facts if f), recipe.description, "", "Ingredients"]
    lines += [f"  - {i.text}" for i in recipe.ingredients]
    lines += ["", "Steps", *(f"  {n}. {step}" for n, step in enumerate(recipe.steps, 1))]
    for heading, notes in (
        ("Tips", recipe.tips),
        ("What can go wrong", recipe.pitfalls),
        ("Storage", (recipe.storage,)),
    ):
        if any(notes):
            lines += ["", heading, *(f"  - {note}" for note in notes if note)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))


def _plain(recipe: Recipe) -> dict[str, Any]:
    data = asdict(recipe)
    data["ingredients"] = [i.text for i in recipe.ingredients]
    return data


_ACTIONS: dict[str, Callable[[Any, argparse.Namespace], int | None]] = {
    "import": import_recipes,
    "check": _check,
    "list": _list,
    "show": _show,
    "search": _search,
}
