"""TruLens's own dashboard over the recorded replies, in the browser; only this computer can reach it."""

import argparse
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.store import Store

EXAMPLE = "  souschef dashboard --port 8501"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8501, help="port on 127.0.0.1 (default: 8501)")
    parser.add_argument("--as-is", action="store_true", help="do not score first what waits")


def run(settings: Settings, options: argparse.Namespace) -> int:
    import os
    import signal
    import subprocess
    import sys

    from bot.commands.scores import catch_up_aloud
    from bot.errors import NotFoundError
    from bot.pantry import open_store
    from bot.triad import dashboard_page

    _need_extra()
    _need_port(options.port)
    store = open_store(settings)
    try:
        if not options.as_is:
            catch_up_aloud(store, settings)
        if not _recorded(store):
            raise NotFoundError("No reply has been recorded yet: talk to the assistant first (souschef chat).")
    finally:
        store.close()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))  # Streamlit must not be left behind
    environment = {**os.environ, dashboard_page.URL: settings.database_url()}
    process = subprocess.Popen(
        [
            sys.executable, "-m", "streamlit", "run", dashboard_page.__file__,
            "--server.address", "127.0.0.1", "--server.port", str(options.port), "--server.headless", "true",
            "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
        ],
        env=environment, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    print(f"The dashboard is at http://127.0.0.1:{options.port} (Ctrl-C to end).", flush=True)
    try:
        status = process.wait()
    except KeyboardInterrupt:
        status = 0
    finally:
        process.terminate()
        process.wait()
    return 2 if status else 0


def _need_extra() -> None:
    from importlib.util import find_spec

    from bot.errors import SettingsError

    for name in ("streamlit", "trulens", "trulens.dashboard"):
        if find_spec(name) is None:
            raise SettingsError(
                'The dashboard is not installed: run .venv/bin/python -m pip install "trulens-dashboard>=2.10,<3" '
                "(souschef scores needs nothing more)."
            )


def _need_port(port: int) -> None:
    import socket

    from bot.errors import InputError

    try:
        with socket.create_server(("127.0.0.1", port)):
            pass
    except (OSError, OverflowError):
        raise InputError(f"Port {port} cannot be used: choose another with --port.") from None


def _recorded(store: "Store") -> bool:
    from sqlalchemy import inspect, select, table

    from bot.triad import PREFIX

    with store.read() as db:
        events = table(f"{PREFIX}events")
        there = inspect(db.connection()).has_table(events.name)
        return there and db.execute(select(1).select_from(events).limit(1)).first() is not None
