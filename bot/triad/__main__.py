"""The scoring process: ``python -m bot.triad``. It reads its settings as one line of JSON and ends with its input.

It is started by ``bot.triad.Triad``; there is no need to start it by hand (``souschef scores`` scores what waits, too).
"""

import contextlib
import json
import logging
import os
import signal
import sys
import threading

from bot import logs
from bot.errors import UserError
from bot.settings import Settings
from bot.triad import LED_ELSEWHERE
from bot.triad.lead import Lead

IDLE_S = 300.0


def main() -> int:
    """Score until the input ends, nothing waits for long, or another process does it already."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)  # replies come first
    stop = threading.Event()
    settings = Settings(**json.loads(sys.stdin.buffer.readline()))
    logs.configure(settings)
    threading.Thread(target=_until_end_of_input, args=(stop,), name="input", daemon=True).start()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    from bot.pantry import open_store

    store = open_store(settings)
    try:
        with Lead(store) as lead:
            if not lead.take():
                return LED_ELSEWHERE
            from bot.triad.scoring import open_worker

            worker = open_worker(store, settings)
            worker.adopt()
            worker.run(stop, IDLE_S)
    finally:
        store.close()
    return 0


def _until_end_of_input(stop: threading.Event) -> None:
    while sys.stdin.buffer.read(4096):
        pass
    stop.set()
    # TruLens may be half imported, or a judge at work for long: nothing is lost by ending (see bot.triad.worker).
    threading.Timer(0.5, os._exit, (0,)).start()


if __name__ == "__main__":
    try:
        status = main()
    except UserError as error:
        sys.exit(str(error))
    logging.shutdown()
    os._exit(status)  # taking TruLens down in good order takes a second that whoever stops us would wait for
