"""Speed and size of the chat, as a cook gets it.

    python -m bot.bench [--json]

Start: ``souschef chat`` in a terminal of its own, first and second time in a fresh data folder, until it takes input.
Replies: a fixed script of 39 messages over three recipes through the whole assistant (database, retrieval, guard).
What the student was asked is generated right afterwards by a second student with nothing around it, which gives the
ratio. Memory: the largest resident set of this process, Chroma and the second student included.
"""

import argparse
import os
import pty
import resource
import select
import subprocess
import sys
import tempfile
import time
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

from bot.assistant import Assistant
from bot.load import show
from bot.messages import Message
from bot.pantry import Kitchen, Once, open_store
from bot.settings import load_settings
from model.student import Constraints, Generation, Situation, Student, TextSink

SCRIPTS = tuple(
    tuple(script.split(" | "))
    for script in (
        "let's make stovetop white rice | what do I need? | start | how long should I rinse it? | next | next | "
        "why do I rinse it? | what pot should I use? | okay done | how do I know it's done? | next | "
        "can I use broth instead of water? | next",
        "let's make mapo tofu | what can I use instead of sichuan pepper? | start | next | which tofu is best? | "
        "done, what now? | is it very spicy? | next | how hot should the wok be? | next | how much stock? | next | "
        "can I freeze it? | thanks!",
        "let's make no-knead dutch oven loaf | how long does the dough rise? | start | next | "
        "what if I don't have a dutch oven? | how do I tell that the dough is ready? | next | why so hot? | next | "
        "what should the crust look like? | next | how long does it keep? | bye",
    )
)


class Recorder:
    """A student that notes what it was asked, so that the same can be generated again alone."""

    def __init__(self, student: Student) -> None:
        self.inner, self.name = student, student.name
        self.calls: list[tuple[Situation, Constraints]] = []

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        self.calls.append((situation, constraints))
        return self.inner.reply(situation, constraints, on_text)

    def close(self) -> None:
        self.inner.close()


def time_to_prompt(data: Path) -> float:
    """Seconds from starting ``souschef chat`` in a terminal until it echoes what is typed."""
    command = [str(Path(sys.executable).with_name("souschef")), "chat"]
    environment = {**os.environ, "SOUSCHEF_PATHS__DATA": str(data), "TERM": "xterm-256color"}
    master, slave = pty.openpty()
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
    )
    os.close(slave)
    seen, took = b"", 0.0
    try:
        os.write(master, b"zqzq")
        while time.perf_counter() - begun < 120 and not took:
            if select.select([master], [], [], 0.05)[0]:
                seen += os.read(master, 65536)
                # The terminal echoes at once while nobody reads; the prompt draws the letters again after its mark.
                if seen.count(b"zqzq") >= 2:
                    took = time.perf_counter() - begun
    finally:
        process.kill()
        process.wait()
        os.close(master)
    return took


def replies(data: Path) -> dict[str, Any]:
    """Run the scripts through the assistant; seconds of replies and of bare generation."""
    os.environ["SOUSCHEF_PATHS__DATA"] = str(data)
    settings = load_settings()
    store, kitchen = open_store(settings), Kitchen(settings)
    begun = time.perf_counter()
    recorder, alone = Recorder(kitchen.student()), Kitchen(settings).student()
    kitchen.student = Once(lambda: recorder)
    kitchen.guard()
    kitchen.retriever()
    kitchen.reader()
    kitchen.notes()
    opened = time.perf_counter() - begun
    assistant = Assistant(settings, store, kitchen, kitchen.answerer())
    all_s: list[float] = []
    student_s: list[float] = []
    first: list[float] = []
    bare: list[float] = []
    tokens = 0
    for number, script in enumerate(SCRIPTS):
        for position, text in enumerate(script):
            before = len(recorder.calls)
            shown: list[float] = []
            begun = time.perf_counter()
            message = Message(f"bench-{number}", "bench", text, str(position))
            assistant.reply(message, lambda _, shown=shown: shown.append(time.perf_counter()))  # type: ignore[misc]
            took = time.perf_counter() - begun
            all_s.append(took)
            if len(recorder.calls) > before:
                student_s.append(took)
                first.append((shown[0] if shown else time.perf_counter()) - begun)
                begun = time.perf_counter()
                tokens += sum(alone.reply(*call).tokens for call in recorder.calls[before:])
                bare.append(time.perf_counter() - begun)
    alone.close()
    kitchen.close()
    store.close()
    return {
        "open_s": round(opened, 2),
        "replies": len(all_s),
        "replies_by_student": len(student_s),
        "reply_p50_s": round(median(all_s), 4),
        "reply_max_s": round(max(all_s), 4),
        "student_reply_p50_s": round(median(student_s), 4),
        "first_text_p50_s": round(median(first), 4),
        "bare_generation_p50_s": round(median(bare), 4),
        "over_bare_generation": round(sum(student_s) / sum(bare), 3),
        "over_bare_generation_p50": round(median(map(truediv, student_s, bare)), 3),
        "generated_tokens_per_s": round(tokens / sum(bare), 1),
        "resident_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        result = {"first_start_s": round(time_to_prompt(data), 2)}
        result |= replies(data)
        result["second_start_s"] = round(time_to_prompt(data), 2)
    show(result, args.json)


if __name__ == "__main__":
    main()
