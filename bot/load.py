"""A crowd of cooks on a platform at once: is anything lost, doubled or out of order, and how long do they wait?

    python -m bot.load --platform telegram --chats 50 --turns 20 [--kill] [--student bundled|none] [--json]

The bot runs in a process of its own, with its real student, index and database, against a local server that speaks the
platform's protocol and keeps its limits (from ``tests/``, so this needs a checkout). Each cook waits for a reply before
the next message, except for bursts of three at once. ``--kill`` kills the bot half-way (SIGKILL) and starts it again.

Seconds count from a message leaving its cook: to the first text that is visible (be it "you are third in line"), and
to the whole reply. A stall is how long the bot's event loop could not run. Of the longest one, ``stall_loop_s`` is what
the loop's own thread computed, and ``stall_process_s`` what all threads of the process did: where that is little, the
machine had no processor to give.
"""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any, Protocol

LONGEST_WAIT_S = 600.0
PROBE_S = 0.01
SCRIPT = (
    "let's make stovetop white rice | what do I need? | start | how long should I rinse it? | next | "
    "* | why do I rinse it? | next | what can I use instead of butter? | make it for 6 | how do I know it's done? | "
    "next | * | in grams please | what was that again? | can I freeze it? | next | * | where am I? | thanks!"
).split(" | ")
BURST = "how many milliliters is {} tablespoons?"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one message. Seconds count from when it was sent; ``text`` is "" if nothing came."""

    text: str
    first_s: float = 0.0
    whole_s: float = 0.0


class Crowd(Protocol):
    """The cooks and the platform's server; ``tests.bot.platforms.PLATFORM.load.Crowd``."""

    async def start(self) -> dict[str, str]:
        """Start the server; what the bot's process needs in its environment."""
        ...

    async def say(self, chat: int, texts: Sequence[str], limit_s: float) -> list[Answer]:
        """A cook sends messages at once; their answers, in order, once all are whole."""
        ...

    def extra(self) -> int:
        """Replies that nobody asked for."""
        ...

    async def stop(self) -> None:
        """Stop the server."""
        ...


@dataclass(slots=True)
class Tally:
    """What the cooks saw."""

    said: int = 0
    lost: int = 0
    out_of_order: int = 0
    first_s: list[float] = None  # type: ignore[assignment]
    whole_s: list[float] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.first_s, self.whole_s = [], []


class Bot:
    """The bot's process."""

    def __init__(self, platform: str, environment: dict[str, str], folder: Path) -> None:
        self._platform, self._environment, self._folder = platform, environment, folder
        self._runs = 0
        self.process: asyncio.subprocess.Process

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self._runs += 1
        report = self._folder / f"report-{self._runs}.json"
        with (self._folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.load", "--platform", self._platform, "--serve", str(report),
                env=os.environ | self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        while not report.exists():
            if self.process.returncode is not None:
                raise SystemExit((self._folder / "log").read_text()[-2000:])
            await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> dict[str, float]:
        """Stop it cleanly; the worst of what all its runs reported."""
        self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 60)
        reports = [json.loads(path.read_text()) for path in self._folder.glob("report-*.json")]
        longest = max(reports, key=lambda r: r["stall_s"])
        return longest | {"memory_mb": max(r["memory_mb"] for r in reports)}


async def run(platform: str, chats: int, turns: int, kill: bool = False, student: str = "bundled") -> dict[str, Any]:
    """Let a crowd talk to the bot; the figures."""
    try:
        module = importlib.import_module(f"tests.bot.platforms.{platform}.load")
    except ModuleNotFoundError:
        raise SystemExit(f"The local server for {platform} is part of the tests: run this in a checkout.") from None
    crowd: Crowd = module.Crowd()
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "SOUSCHEF_PATHS__DATA": f"{folder}/data",
            "SOUSCHEF_BOTS__PER_MINUTE": "0",
            "SOUSCHEF_BOTS__PER_DAY": "0",
            "SOUSCHEF_BOTS__QUEUE": str(chats * turns + 1),
        }
        if student == "none":
            environment["SOUSCHEF_STUDENT__VERSION"] = "none"  # there is no such one: code answers for it
        bot = Bot(platform, environment | await crowd.start(), Path(folder))
        try:
            await bot.start()
            begun = time.monotonic()
            cooks = [asyncio.create_task(_cook(crowd, chat, turns, tally)) for chat in range(chats)]
            if kill:
                while tally.said < chats * turns / 2 and not all(cook.done() for cook in cooks):
                    await asyncio.sleep(0.05)
                await bot.kill()
                await bot.start()
            await asyncio.gather(*cooks)
            seconds = time.monotonic() - begun
            report = await bot.stop()
        finally:
            if bot.process.returncode is None:
                await bot.kill()
            await crowd.stop()
    return {
        "chats": chats,
        "messages": tally.said,
        "lost": tally.lost,
        "doubled": crowd.extra(),
        "out_of_order": tally.out_of_order,
        "killed": kill,
        **_spread("first_text", tally.first_s),
        **_spread("whole_reply", tally.whole_s),
        "longest_stall_s": report["stall_s"],
        "stall_loop_s": report["loop_s"],
        "stall_process_s": report["process_s"],
        "memory_mb": report["memory_mb"],
        "seconds": round(seconds, 1),
        "replies_per_s": round(len(tally.whole_s) / seconds, 2),
    }


async def _cook(crowd: Crowd, chat: int, turns: int, tally: Tally) -> None:
    """One cook goes through the script; every burst must be answered in its order."""
    for turn in range(turns):
        line = SCRIPT[turn % len(SCRIPT)]
        amounts = [chat % 7 + turn + k + 2 for k in range(3)] if line == "*" else []
        texts = [BURST.format(amount) for amount in amounts] or [line]
        answers = await crowd.say(chat, texts, LONGEST_WAIT_S)
        tally.said += len(texts)
        for number, answer in enumerate(answers):
            if not answer.text:
                tally.lost += 1
                continue
            tally.first_s.append(answer.first_s)
            tally.whole_s.append(answer.whole_s)
            if amounts and not answer.text.startswith(f"{amounts[number]} tablespoons"):
                tally.out_of_order += 1


def _spread(name: str, seconds: list[float]) -> dict[str, float]:
    if len(seconds) < 2:
        return {}
    cuts = quantiles(seconds, n=100)
    return {
        f"{name}_p50_s": round(cuts[49], 3),
        f"{name}_p95_s": round(cuts[94], 3),
        f"{name}_max_s": round(max(seconds), 3),
    }


def serve(platform: str, report: Path) -> None:
    """The bot's process: serve, and note stalls and memory every second."""
    from bot import redact
    from bot.assistant import Assistant
    from bot.pantry import Kitchen, open_store
    from bot.platforms import serving
    from bot.settings import load_settings
    from model.student import StudentError

    settings = load_settings()
    redact.install(settings)
    store, kitchen = open_store(settings), Kitchen(settings)
    for part in (kitchen.index, kitchen.student, kitchen.guard, kitchen.retriever):
        with contextlib.suppress(StudentError):
            part()
    kitchen.retriever().warm_up()
    assistant = Assistant(settings, store, kitchen, kitchen.answerer())

    async def both() -> None:
        probe = asyncio.create_task(_probe(report))
        try:
            await serving.run(assistant, settings, [platform])
        finally:
            probe.cancel()

    asyncio.run(both())
    kitchen.close()
    store.close()


async def _probe(report: Path) -> None:
    await asyncio.sleep(3.0)  # what the platform's library needs for its start is no stall
    stall, own, all_, written = 0.0, 0.0, 0.0, 0.0
    while True:
        at, cpu, cpus = time.monotonic(), time.thread_time(), time.process_time()
        await asyncio.sleep(PROBE_S)
        late = time.monotonic() - at - PROBE_S
        if late > stall:
            stall, own, all_ = late, time.thread_time() - cpu, time.process_time() - cpus
        if time.monotonic() - written > 1.0:
            written = time.monotonic()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            figures = {"stall_s": stall, "loop_s": own, "process_s": all_, "memory_mb": memory}
            figures = {name: round(value, 4) for name, value in figures.items()}
            part = report.with_suffix(".part")
            part.write_text(json.dumps(figures))
            part.replace(report)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", default="telegram", choices=("telegram", "discord"))
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--kill", action="store_true", help="kill the bot half-way and start it again")
    parser.add_argument("--student", choices=("bundled", "none"), default="bundled")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.platform, options.serve)
        return
    figures = asyncio.run(run(options.platform, options.chats, options.turns, options.kill, options.student))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
