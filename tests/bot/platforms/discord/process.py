"""A bot in a process of its own, against a local Discord: to be killed.

Run as a script it imports everything once and then forks a bot for each order, so that a test can start many. An order
is a line of JSON on standard input: ``{"env": …, "stderr": FILE}`` starts a bot and is answered with its process id;
``{"wait": PID}`` is answered with its exit status once it is over. ``SLOW_S`` in ``env`` says how long a reply takes.
"""

import asyncio
import json
import os
import sys
import time
import traceback
from typing import Any

import bot.platforms.discord.runner  # imported late otherwise, in each bot anew
from bot.answer import Answerer
from bot.assistant import Assistant
from bot.platforms import serving
from bot.settings import load_settings
from bot.store import Store
from tests.conftest import FakeGuard, FakePantry, FakeStudent


def run() -> None:
    """Be a bot until SIGTERM."""
    slow_s = float(os.environ["SLOW_S"])
    settings = load_settings()
    student = FakeStudent()
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard)
    assistant = Assistant(settings, Store(settings.database_url()), FakePantry(), answerer)
    answer = assistant.reply

    def reply(*arguments: Any) -> Any:
        time.sleep(slow_s)
        return answer(*arguments)

    assistant.reply = reply  # type: ignore[method-assign]
    asyncio.run(serving.run(assistant, settings, ["discord"]))


def child(order: dict[str, Any]) -> None:
    """What a forked process does; does not return."""
    status = 1
    try:
        os.environ.update(order["env"])
        file = os.open(order["stderr"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, 1)
        os.dup2(file, 2)
        run()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def main() -> None:
    assert bot.platforms.discord.runner
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        elif (answer := os.fork()) == 0:
            child(order)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
