"""Scoring what waits: in order, exactly once, never blank."""

import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from bot.log import forget
from bot.scores import find
from bot.store import ScoringRow, Store, TurnRow
from bot.triad.evidence import Evidence
from bot.triad.lead import Lead
from bot.triad.panel import Ruling
from bot.triad.scoring import page_reader
from bot.triad.worker import ATTEMPTS, Worker, retry, waiting
from model.judge import JudgeError, Scores
from retrieval.store import Store as RecipeStore
from tests.conftest import Clock

ROOT = Path(__file__).parents[3]


SAID = Ruling(Scores(0.9, 0.5, None, {"groundedness": "why"}), "notes")


@dataclass
class Notes:
    """A recorder that notes what it was asked, without TruLens."""

    asked: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    meanwhile: Any = None
    events: list[Any] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    ruling: Ruling | None = SAID

    def record(self, turn: TurnRow, evidence: Evidence) -> "Notes":
        self.asked.append(turn.text)
        if self.meanwhile is not None:
            self.meanwhile()
        if turn.text in self.broken:
            raise JudgeError("The judge's file is broken; the key is sk-abcdefghijklmnopqrstuvwxyz.")
        return self


def say(store: Store, *texts: str, user: str = "t:cook") -> None:
    chat = store.chat(f"t:{user}", "t", user)
    for text in texts:
        passages = [{"id": "p", "kind": "step", "text": f"About {text}."}]
        store.answer(store.receive(chat, text, user, f"what of {text}?"), None, text=text, passages=passages)


def work(worker: Worker) -> None:
    while worker.step():
        pass


def test_in_order_and_once(store: Store) -> None:
    say(store, "salt", "pepper", "oil")
    notes = Notes()
    worker = Worker(store, lambda: notes)
    work(worker)
    work(worker)
    assert notes.asked == ["salt", "pepper", "oil"]
    first = find(store)[0]
    assert (first.state, first.lowest, first.judge, first.answer_relevance) == ("scored", 0.5, "notes", None)
    with store.read() as db:
        turn = db.get(TurnRow, first.id)
    assert turn is not None
    assert turn.scores is not None
    assert turn.scores["groundedness"] == 0.5
    assert turn.scores["reasons"] == {"groundedness": "why"}


def test_a_reply_that_breaks_the_judge_is_failed_with_its_reason_and_holds_up_nobody(
    store: Store, clock: Clock
) -> None:
    say(store, "salt", "pepper", "oil")
    notes = Notes(broken={"salt"})
    worker = Worker(store, lambda: notes)
    for _ in range(5):
        work(worker)
        clock.advance(20)
    assert notes.asked == ["salt", "pepper", "oil", "salt", "salt"]
    failed = next(r for r in find(store) if r.text == "salt")
    assert failed.state == "failed"
    assert failed.reasons["failed"].startswith("JudgeError: The judge's file is broken")
    assert "sk-" not in failed.reasons["failed"]
    notes.broken.clear()
    assert retry(store) == 1
    work(worker)
    assert {r.state for r in find(store)} == {"scored"}


def test_a_reply_that_kills_the_process_is_given_up(store: Store, clock: Clock) -> None:
    say(store, "salt")

    def die() -> None:
        raise KeyboardInterrupt  # no Exception: nothing in the worker catches it, as nothing catches a kill

    worker = Worker(store, lambda: Notes(meanwhile=die))
    for _ in range(ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            worker.step()
        assert waiting(store) == 1
        clock.advance(20)
    assert worker.step()
    assert "given up" in find(store)[0].reasons["failed"]


def test_a_cook_may_be_forgotten_while_their_reply_is_judged(store: Store) -> None:
    say(store, "salt")
    worker = Worker(store, lambda: Notes(meanwhile=lambda: forget(store, "t:cook")))
    assert worker.step()
    assert not worker.step()
    assert find(store) == []


def test_two_at_once_score_once(store: Store) -> None:
    say(store, "salt")
    other = Worker(store, lambda: Notes(ruling=Ruling(Scores(0.1, 0.1, 0.1, {}), "the quick one")))
    slow = Worker(store, lambda: Notes(meanwhile=other.step))
    work(slow)
    found = find(store)
    assert [(r.judge, r.lowest) for r in found] == [("the quick one", 0.1)]


def test_nothing_applies(store: Store) -> None:
    chat = store.chat("t:1", "t", "u")
    store.answer(store.receive(chat, "m", "u", "next"), None, text="There is no recipe open.", action="next")
    work(Worker(store, lambda: Notes(ruling=None)))
    reply = find(store)[0]
    assert reply.state == "not applicable"
    assert set(reply.reasons) == {"context_relevance", "groundedness", "answer_relevance"}


def test_replies_of_an_older_version_are_adopted(store: Store) -> None:
    say(store, "salt", "pepper")
    with store.write() as db:
        db.execute(delete(ScoringRow))
    worker = Worker(store, Notes)
    assert not worker.step()
    assert worker.adopt() == 2
    assert worker.adopt() == 0
    work(worker)
    assert {r.state for r in find(store)} == {"scored"}


def test_run_ends_when_told(store: Store) -> None:
    stop = threading.Event()
    notes = Notes(meanwhile=stop.set)
    say(store, "salt", "pepper")
    Worker(store, lambda: notes).run(stop)
    assert notes.asked == ["salt"]
    assert waiting(store) == 1


def test_one_leads_and_a_dead_one_makes_room(store: Store) -> None:
    code = (
        "import sys; from bot.store import Store; from bot.triad.lead import Lead\n"
        "lead = Lead(Store(sys.argv[1])); print(lead.take(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, store.engine.url.render_as_string(hide_password=False)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with Lead(store) as lead, subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == "True\n"
        assert not lead.take()
        process.kill()
        process.wait()
        assert lead.take()
        assert lead.take()
        with Lead(store) as other:
            assert not other.take()


def test_pages_are_read_beside_the_process_that_owns_the_index(tmp_path: Path) -> None:
    read = page_reader(tmp_path)
    assert read("r:1") is None
    RecipeStore(tmp_path / "recipes.sqlite").close()
    assert read("r:1") is None
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "recipes.sqlite").write_bytes(b"no database" * 100)
    assert page_reader(tmp_path / "other")("r:1") is None
