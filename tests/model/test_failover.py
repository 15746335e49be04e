"""A student's server that is killed, hangs, errs and comes back; the stand-in's words, and nothing said twice."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.host import Host
from bot.messages import Message
from bot.pantry import Kitchen
from bot.settings import Settings, StudentSettings
from bot.store import Store, TurnRow
from bot.watch.figures import Collector
from model.engines import EngineOptions, open_student
from model.failover import FailoverStudent
from model.registry import bundled_folder
from model.student import Constraints, Situation, StudentError
from model.vocabulary import Act
from tests.conftest import Clock, FakePantry, FakeStudent
from tests.processes import ServerProcess

ROOT = Path(__file__).parents[2]
TEXT = "Melt the butter. Add the onions. Stir well."
ASKED = Situation("and now?")
INTENTS = {"user_intent": "request_next_step", "intent": "return_next_step"}


class Server(ServerProcess):
    """The completions server as a process; ``play`` says what it does."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._script = folder / "script.json"
        self.command = (sys.executable, "-m", "tests.model.completions", str(self.port), str(self._script))
        self.url = f"{self.origin}/v1"
        self.play()
        self.start()

    def play(self, mode: str = "ok", text: str = TEXT) -> None:
        part = self._script.with_suffix(".part")
        part.write_text(json.dumps({"mode": mode, "text": text, **INTENTS}))
        part.replace(self._script)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.kill()


class Pair:
    """A server's student with a stand-in whose words are known, and what was told."""

    def __init__(self, server: Server, says: str, timeout_s: float = 20.0, limit_s: float = 20.0) -> None:
        self.clock, self.told = Clock(), []  # type: tuple[Clock, list[str]]
        options = EngineOptions(
            engine="openai", folder=bundled_folder(), base_url=server.url, model="m", timeout_s=timeout_s
        )
        self.stand_in = FakeStudent(name="bundled", act=Act("misc", "misc", (), says))
        self.student = FailoverStudent(open_student(options), lambda: self.stand_in, 15.0, limit_s, self.clock)

    def ask(self, on_text: Callable[[str], None] | None = None) -> Any:
        self.told = []
        return self.student.reply(ASKED, Constraints(max_tokens=40), on_text or self.told.append)

    @property
    def text(self) -> str:
        return "".join(self.told).strip()


def test_the_server_answers_as_long_as_it_can(server: Server) -> None:
    pair = Pair(server, "Never said.")
    generation = pair.ask()
    assert pair.text == generation.act.text == TEXT
    assert generation.act.intent == "return_next_step"
    assert generation.student == f"m at {server.url}"
    assert (pair.student.up, pair.student.failures, pair.student.stood_in) == (True, 0, 0)
    assert pair.stand_in.asked == []


def test_killed_and_started_again(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="model.failover")
    pair = Pair(server, "Fry them.")
    server.kill()
    for _ in range(3):
        generation = pair.ask()
        assert (generation.act.text, pair.text, generation.student) == ("Fry them.", "Fry them.", "bundled")
    assert (pair.student.up, pair.student.failures, pair.student.stood_in) == (False, 1, 3)
    (line,) = caplog.records
    assert "cannot be reached: check student.base_url" in line.getMessage()
    pair.clock.advance(16)
    pair.ask()  # meanwhile the server is tried, and is still away
    pair.student.settle()
    assert not pair.student.up
    server.start()
    pair.ask()
    pair.student.settle()
    assert not pair.student.up  # left alone for a while
    pair.clock.advance(16)
    assert pair.ask().student == "bundled"  # no cook waits for the trying
    pair.student.settle()
    assert pair.student.up
    assert pair.ask().student == f"m at {server.url}"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("error", "out of memory"), ("nonsense", ""), ("hang", "cannot be reached"), ("drip", "")],
)
def test_every_kind_of_failure(server: Server, mode: str, reason: str, caplog: pytest.LogCaptureFixture) -> None:
    server.play(mode)
    pair = Pair(server, "Fry them.", timeout_s=0.5)
    generation = pair.ask()
    assert (pair.text, generation.student) == ("Fry them.", "bundled")
    assert len(caplog.records) == 1
    assert reason in caplog.text


def test_killed_in_the_middle_of_a_text_says_nothing_twice(server: Server) -> None:
    server.play("stop")
    pair = Pair(server, "Melt the BUTTER! Then serve. Enjoy")
    told: list[str] = []
    heard = threading.Event()

    def listen(piece: str) -> None:
        told.append(piece)
        heard.set()

    def kill() -> None:
        assert heard.wait(30)
        server.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    generation = pair.ask(listen)
    killer.join()
    assert "".join(told).strip() == generation.act.text == "Melt the butter. Then serve. Enjoy"
    assert generation.student == f"m at {server.url}, then bundled"
    assert pair.student.failures == 1


def test_a_reply_that_takes_too_long_goes_to_the_stand_in(server: Server) -> None:
    pair = Pair(server, "Fry them.", limit_s=5.0)

    def listen(piece: str) -> None:
        told.append(piece)
        pair.clock.advance(6)

    told: list[str] = []
    generation = pair.ask(listen)
    assert "".join(told).strip() == generation.act.text == "Melt the butter. Fry them."


def test_who_wants_to_hear_no_more_is_no_failure(server: Server) -> None:
    pair = Pair(server, "Never said.")

    class EnoughError(Exception):
        pass

    def listen(piece: str) -> None:
        raise EnoughError

    with pytest.raises(EnoughError):
        pair.ask(listen)
    assert pair.student.up
    assert pair.stand_in.asked == []


def test_neither_can(server: Server) -> None:
    pair = Pair(server, "")
    pair.stand_in.fail = True
    server.kill()
    with pytest.raises(StudentError, match="model file is missing"):
        pair.ask()


def test_many_at_once_find_out_once(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    pair = Pair(server, "Fry them.")
    server.kill()
    students: list[str] = []
    threads = [
        threading.Thread(target=lambda: students.append(pair.student.reply(ASKED, Constraints(max_tokens=4)).student))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert students == ["bundled"] * 6
    assert pair.student.failures == 1
    assert pair.student.stood_in == 6
    assert len(caplog.records) == 1


def test_a_bot_whose_server_dies_goes_on_with_the_bundled_student(
    server: Server, settings: Settings, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    options = StudentSettings(
        engine="openai", base_url=server.url, model="big", api_key=SecretStr("k"), threads=1, timeout_s=10
    )
    kitchen = Kitchen(settings.model_copy(update={"student": options}))
    answerer = Answerer(kitchen.student, lambda query, k: [], kitchen.guard)
    assistant = Assistant(settings, store, FakePantry(), answerer)
    try:
        for number, text in enumerate(("test shakshuka", "start", "why is it called that?")):
            assistant.reply(Message("k", "ann", text, f"a{number}"))
        server.kill()
        for number, text in enumerate(("next", "why is it so called?")):
            assert assistant.reply(Message("k", "ann", text, f"b{number}")).text
        with store.read() as db:
            rows = [(row.message_id, row.student) for row in db.query(TurnRow).order_by(TurnRow.id)]
        by_server = {id_ for id_, student in rows if student == f"big at {server.url}"}
        by_bundled = {id_ for id_, student in rows if student == kitchen._versions("gguf")().name}
        assert "a2" in by_server
        assert {"b0", "b1"} <= by_bundled | {id_ for id_, student in rows if not student}
        assert "b1" in by_bundled
        figures = {m.name: m.samples[0] for m in Collector(Host(assistant, settings), kitchen)._house() if m.samples}
        assert figures["souschef_student"].labels == {"version": f"big at {server.url}"}
        assert figures["souschef_student_server_up"].value == 0
        assert figures["souschef_failovers"].value == 1
        assert figures["souschef_stand_in_replies"].value >= 1
        with pytest.raises(StudentError, match="cannot be reached"):
            kitchen.answerer(strict=True).answer("hi", None)
    finally:
        kitchen.close()
