"""The terminal chat on a real pseudo-terminal, with a stand-in student."""

import os
import pty
import re
import select
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import bot.platforms.terminal as terminal
from bot.answer import Answerer
from bot.assistant import Assistant
from bot.settings import load_settings
from bot.store import Store
from tests.conftest import FakeGuard, FakePantry, FakeStudent
settings = load_settings()
student = FakeStudent()
answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard)
assistant = Assistant(settings, Store(settings.database_url()), FakePantry(), answerer)
terminal.Terminal(assistant, "kitchen", on_ready=lambda: print("READY")).run()
"""


class Screen:
    """A process on a pseudo-terminal."""

    def __init__(self, env: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", textwrap.dedent(SCRIPT)],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=env, close_fds=True, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self.text = ""

    def wait_for(self, part: str, limit_s: float = 60.0) -> str:
        """Read until a text is seen; returns everything since the last call."""
        end = time.monotonic() + limit_s
        while part not in self.text:
            ready, _, _ = select.select([self.master], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{part!r} was not seen in:\n{self.text[-2000:]}")
            try:
                data = os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:
                data = ""
            if "\x1b[6n" in data:  # prompt_toolkit asks where the cursor is
                os.write(self.master, b"\x1b[1;1R")
            if not data and part not in self.text:
                raise AssertionError(f"it ended before {part!r}:\n{self.text[-2000:]}")
            self.text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r", "", data)
        seen, self.text = self.text, self.text[self.text.index(part) + len(part) :]
        return seen

    def type(self, line: str) -> None:
        os.write(self.master, line.encode())

    def type_until(self, keys: str, part: str) -> None:
        """Type until it is heeded: what is typed before the prompt is back is lost."""
        for _ in range(10):
            self.type(keys)
            try:
                self.wait_for(part, limit_s=3)
            except AssertionError:
                continue
            return
        raise AssertionError(f"{part!r} was not seen in:\n{self.text[-2000:]}")

    def close(self) -> None:
        os.close(self.master)
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_talk_on_a_terminal() -> None:
    env = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"}
    screen = Screen(env)
    try:
        screen.wait_for("say what you would like to cook")
        screen.wait_for("no recipe yet")
        screen.type("test shakshuka\r")
        screen.wait_for("serves 2")
        screen.wait_for("5 steps, not started")
        screen.type("/next\r")
        screen.wait_for("Heat the olive oil")
        screen.wait_for("Step 1 of 5")
        screen.wait_for("step 1/5")
        screen.type("set a timer for 1 second for the oil\r")
        screen.wait_for("The oil timer (1 second) is over!")
        screen.type_until("\x03", "Ctrl-C once more")
        screen.type_until("\x04", "Bye!")
        assert screen.process.wait(timeout=20) == 0
    finally:
        screen.close()
    screen = Screen(env)
    try:
        screen.wait_for("You were at step 1 of Test Shakshuka: go on?")
        screen.type("yes\r")
        screen.wait_for("Welcome back")
    finally:
        screen.close()
