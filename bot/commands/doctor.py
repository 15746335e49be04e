"""Check the installation: Python, data folder, disk, database, index, student, reader, tokens, metrics."""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.settings import Settings

EXAMPLE = "  souschef doctor\n  souschef doctor --online"
Finding = tuple[str, str, str]  # what, "ok" | "warning" | "problem", sentence


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--online", action="store_true", help="also ask the platforms whether the tokens are right")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    findings = list(examine(settings, options.online))
    if options.json:
        print(json.dumps([{"what": what, "state": state, "says": says} for what, state, says in findings]))
    else:
        marks = {"ok": "✓", "warning": "!", "problem": "✗"}
        for what, state, says in findings:
            print(f"{marks[state]} {what}: {says}")
    return 2 if any(state == "problem" for _, state, _ in findings) else 0


def examine(settings: Settings, online: bool = False) -> Iterator[Finding]:
    """All findings, in the order in which things are needed."""
    checks: tuple[tuple[str, Callable[[Settings], tuple[str, str]]], ...] = (
        ("Python", _python),
        ("Data folder", _data),
        ("Disk", _disk),
        ("Database", _database),
        ("Recipes", _index),
        ("Student", _student),
        ("Reader", _reader),
        ("Teacher", _teacher),
        ("Discord", lambda s: _discord(s, online)),
        ("Telegram", lambda s: _telegram(s, online)),
        ("Watching", _watching),
    )
    for what, check in checks:
        try:
            state, says = check(settings)
        except Exception as error:
            from bot.cli import explain

            state, says = "problem", explain(error)
        yield what, state, says


def _python(_settings: Settings) -> tuple[str, str]:
    return "ok", f"{sys.version.split()[0]} at {sys.executable}"


def _data(settings: Settings) -> tuple[str, str]:
    folder = settings.paths.data
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("ok", encoding="utf-8")
    probe.unlink()
    return "ok", str(folder)


def _disk(settings: Settings) -> tuple[str, str]:
    free = shutil.disk_usage(_existing(settings.paths.data)).free / 1e9
    return ("ok" if free > 0.5 else "warning"), f"{free:.1f} GB free" + (
        "" if free > 0.5 else "; less than 0.5 GB, free some space"
    )


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _database(settings: Settings) -> tuple[str, str]:
    from bot.pantry import open_store

    store = open_store(settings)
    try:
        store.check()
        return "ok", store.name
    finally:
        store.close()


def _index(settings: Settings) -> tuple[str, str]:
    from bot.pantry import Kitchen
    from retrieval.errors import RetrievalError

    kitchen = Kitchen(settings)
    try:
        count = len(kitchen.index())
        if not count:
            return "problem", "the cookbook is empty: reinstall souschef"
        says = f"{count} recipes and {len(kitchen.knowledge())} notes"
        if not settings.retrieval.chroma_url:
            return "ok", says
        try:
            vectors = kitchen.index().open_chroma()
        except RetrievalError as error:
            return "warning", f"{says}; searched without vectors of the server: {error}"
        return "ok", f"{says}; {vectors.collection.count()} vectors at {settings.retrieval.chroma_url}"
    finally:
        kitchen.close()


def _student(settings: Settings) -> tuple[str, str]:
    import time

    from bot.pantry import Kitchen
    from model.student import Situation

    kitchen = Kitchen(settings)
    try:
        begun = time.perf_counter()
        student = kitchen.student()
        loaded = time.perf_counter()
        generation = student.reply(Situation("Hello!"))
        done = time.perf_counter()
        return (
            "ok",
            f"{student.name}, loaded in {loaded - begun:.1f} s, {generation.tokens} tokens in {done - loaded:.2f} s",
        )
    finally:
        kitchen.close()


def _reader(settings: Settings) -> tuple[str, str]:
    import time

    from bot.pantry import Kitchen
    from retrieval.cookbook import load_recipes

    kitchen = Kitchen(settings)
    try:
        kitchen.reader()  # says what is wrong with it
        notes = len(kitchen.notes().entries)
        begun = time.perf_counter()
        reading = kitchen.page_reader().read("how long does it take?", load_recipes()[0], 1)
        assert reading is not None
        took = time.perf_counter() - begun
        return "ok", f"{len(reading.ranked)} candidates of a page and of {notes} notes read in {took:.2f} s"
    finally:
        kitchen.close()


def _teacher(settings: Settings) -> tuple[str, str]:
    if settings.teacher.base_url and settings.teacher.model:
        return "ok", settings.teacher.model
    return "ok", "none set; needed only for distilling a new student (teacher.base_url, teacher.model)"


def _telegram(settings: Settings, online: bool) -> tuple[str, str]:
    from bot.platforms.telegram.checkup import check

    return check(settings, online)


def _watching(settings: Settings) -> tuple[str, str]:
    import httpx

    listen, port = settings.watch.listen, settings.watch.port
    if not port:
        return "ok", "off; watch.port switches metrics and health on for the bots"
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(listen, listen)
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    try:
        answer = httpx.get(f"{url}/readyz", timeout=3.0, trust_env=False)
        reasons = answer.json()["reasons"]
    except httpx.HTTPError:
        return "ok", f"{url}/metrics while the bots run; nothing answers there now"
    except (ValueError, KeyError, TypeError):
        return "problem", f"something else answers at {url}: set watch.port to a free port"
    return ("ok", f"{url}/metrics, ready") if answer.is_success else ("warning", f"{url}/readyz: {' '.join(reasons)}")


def _discord(settings: Settings, online: bool) -> tuple[str, str]:
    from bot.platforms.discord.portal import examine

    return examine(settings.discord, online)
