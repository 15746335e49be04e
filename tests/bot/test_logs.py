"""The log: one JSON object a line, one id from arrival to reply, no secret and no cook's words in it."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from bot import events, logs, redact
from bot.host import Host
from bot.log import anonymous, load_salt
from bot.messages import Message
from bot.settings import LogSettings, Settings, load_settings
from model.vocabulary import Act
from retrieval.passage import Passage
from tests.conftest import Bench

PLANTED = "987654321:AAPlantedPlantedPlantedPlantedPlan0"
STAGES = ["received", "retrieved", "student", "guard", "answered", "sent"]


@pytest.fixture
def written() -> Iterator[Any]:
    """Turns the log on in a form and gives what is written; afterwards all is as it was."""
    root, factory = logging.getLogger(), logging.getLogRecordFactory()
    handlers, level = list(root.handlers), root.level
    noisy = {name: logging.getLogger(name).level for name in logs.NOISY}
    stream = io.StringIO()

    def on(settings: Settings, **options: str) -> io.StringIO:
        logs.configure(settings.model_copy(update={"log": LogSettings(**options)}), stream)  # type: ignore[arg-type]
        return stream

    yield on
    root.handlers, root.level = handlers, level
    root.setLevel(level)
    logging.setLogRecordFactory(factory)
    redact._secrets.clear()
    for name, before in noisy.items():
        logging.getLogger(name).setLevel(before)


def lines_of(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


async def talk(bench: Bench, settings: Settings, *texts: str) -> list[int]:
    host = Host(bench.assistant, settings)
    await host.start()
    ids = []
    for number, text in enumerate(texts):
        reply = await host.ask(Message("5", "ann", text, f"m{number}", "telegram"))
        await host.sent(reply.id, ("99",))
        ids.append(reply.id)
    await host.stop()
    return ids


async def test_a_reply_can_be_followed_by_one_id(
    bench: Bench, settings: Settings, written: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = written(settings, format="json")
    bench.passages.append(Passage("p", "note", "Feta keeps for a week.", 0.9, "test:note", "Test Note"))
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "Feta keeps for a week.")
    id_, other = await talk(bench, settings, "how long does feta keep?", "how many grams is 1 cup of flour?")
    lines = lines_of(stream)
    assert [line["event"] for line in lines if line.get("reply") == id_] == STAGES
    assert [line["event"] for line in lines if line.get("reply") == other] == ["received", "answered", "sent"]
    number = anonymous("telegram:5", load_salt(settings.paths.data))
    assert all(line["chat"] == number for line in lines if "reply" in line)
    by_event = {line["event"]: line for line in lines if line.get("reply") == id_}
    assert by_event["retrieved"]["passages"] == 1
    assert by_event["student"]["student"] == "fake"
    assert by_event["guard"]["outcome"] == "passed"
    assert by_event["sent"]["platform"] == "telegram"
    for event in ("retrieved", "student", "guard", "answered", "sent"):
        assert isinstance(by_event[event]["seconds"], float)
    for line in lines:
        assert {"time", "level", "event", "logger"} <= set(line)
        assert line["time"].endswith("Z")
    assert "feta" not in stream.getvalue().lower()
    assert "telegram:5" not in stream.getvalue()


async def test_what_a_library_says_meanwhile_carries_the_id_too(bench: Bench, settings: Settings, written: Any) -> None:
    stream = written(settings, format="json")
    retrieve = bench.assistant.answerer._retrieve

    def complaining(query: Any, k: int) -> Any:
        logging.getLogger("some.library").warning("slow disk")
        return retrieve(query, k)

    bench.assistant.answerer._retrieve = complaining
    (id_,) = await talk(bench, settings, "how long does feta keep?")
    logging.getLogger("some.library").warning("slow disk again")
    told = [line for line in lines_of(stream) if line["event"] == "log"]
    assert [(line["message"], line.get("reply")) for line in told] == [("slow disk", id_), ("slow disk again", None)]


async def test_the_guard_and_a_failing_student_are_told(bench: Bench, settings: Settings, written: Any) -> None:
    stream = written(settings, format="json")
    bench.passages.append(Passage("p", "note", "Feta keeps for a week.", 0.9, "test:note", "Test Note"))
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "It keeps 999 days.")
    (id_,) = await talk(bench, settings, "how long does feta keep?")
    assert [line["outcome"] for line in lines_of(stream) if line["event"] == "guard"] == ["changed"]
    bench.student.fail = True
    host = Host(bench.assistant, settings)
    await host.start()
    await host.ask(Message("5", "ann", "and ricotta salata?", "n1", "telegram"))
    await host.stop()
    (failed,) = [line for line in lines_of(stream) if line["event"] == "student failed"]
    assert failed["level"] == "warning"
    assert failed["reason"] == "The student's model file is missing."
    assert failed["reply"] > id_


def test_secrets_are_hidden_in_both_forms(written: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSCHEF_TEACHER__API_KEY", 'open"sesame-42')
    monkeypatch.setenv("SOUSCHEF_TELEGRAM__TOKEN", PLANTED)
    settings = load_settings()
    logger = logging.getLogger("some.library")
    for form in ("json", "text"):
        stream = written(settings, format=form)
        logger.info("GET https://api.telegram.org/bot%s/getMe", PLANTED)
        events.emit(logger, "failed", logging.ERROR, reason='the key open"sesame-42 is wrong')
        try:
            raise ValueError(f"The token {PLANTED} was rejected")
        except ValueError:
            logger.exception("could not")
    text = stream.getvalue()
    assert "Planted" not in text
    assert "sesame" not in text
    assert text.count("[hidden]") == 6
    assert text.count("ValueError: The token [hidden] was rejected") == 2


def test_text_is_one_line_for_people(settings: Settings, written: Any) -> None:
    stream = written(settings, format="text")
    events.emit(logging.getLogger("bot.host"), "sent", platform="telegram", seconds=0.123456, reply=12)
    logging.getLogger("bot.host").info("Stopping; %d left.", 3)
    first, second = stream.getvalue().splitlines()
    assert first.endswith("INFO bot.host: sent platform=telegram seconds=0.1235 reply=12")
    assert second.endswith("INFO bot.host: Stopping; 3 left.")


def test_the_level_is_kept_and_configuring_twice_writes_once(settings: Settings, written: Any) -> None:
    written(settings, format="json", level="info")
    stream = written(settings, format="json", level="warning")
    logger = logging.getLogger("bot.host")
    events.emit(logger, "received")
    logger.warning("once")
    logging.getLogger("httpx").info("a request")
    assert [line["message"] for line in lines_of(stream)] == ["once"]


def test_listeners_hear_events_that_are_not_logged_and_cannot_break_a_reply(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def listen(event: str, fields: Any) -> None:
        heard.append(event)
        raise RuntimeError("broken counter")

    leave = events.subscribe(listen)
    try:
        assert bench.say("hello").text
    finally:
        leave()
    assert heard == ["answered"]
    assert "could not be counted" in caplog.text
    bench.say("hello")
    assert heard == ["answered"]


async def test_two_messages_at_once_do_not_mix_their_ids(bench: Bench, settings: Settings, written: Any) -> None:
    stream = written(settings, format="json")
    host = Host(bench.assistant, settings)
    await host.start()
    replies = await asyncio.gather(
        *(host.ask(Message(str(n), f"cook{n}", "how long does feta keep?", "m", "telegram")) for n in range(8))
    )
    await host.stop()
    salt = load_salt(settings.paths.data)
    owner = {reply.id: anonymous(f"telegram:{n}", salt) for n, reply in enumerate(replies)}
    lines = [line for line in lines_of(stream) if "reply" in line]
    assert len({line["reply"] for line in lines}) == 8
    assert all(line["chat"] == owner[line["reply"]] for line in lines)
