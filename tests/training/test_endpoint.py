"""The endpoint over HTTP: answers, distributions, and one sentence or one name for everything that goes wrong."""

import asyncio
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from tests.training.teacher import FAULTS, KEY, Teacher, digest, serving
from training.asking import Asker, NoAnswer
from training.endpoint import Answer, Endpoint, Failure, Refusal, Request, TeacherError, retry_after
from training.journal import Journal
from training.limits import RateLimiter, Spending

ASK = Request(({"role": "user", "content": "How long?"},), 0.0, 50)


@pytest.fixture
def teacher() -> Iterator[Teacher]:
    with serving(Teacher()) as running:
        yield running


def ask(teacher: Teacher, request: Request = ASK, key: str = KEY, model: str = "test-teacher", **rest: Any) -> Answer:
    async def once() -> Answer:
        endpoint = Endpoint(rest.pop("url", teacher.url), model, key, **rest)
        try:
            return await endpoint.ask(request)
        finally:
            await endpoint.close()

    return asyncio.run(once())


def with_fault(name: str) -> Request:
    """A request that the server answers with this fault at first."""
    for number in range(10_000):
        request = Request(({"role": "user", "content": f"Question {number}?"},), 0.0, 50)
        found = digest({"messages": list(request.messages)})
        if found % 4 == 0 and FAULTS[found // 4 % len(FAULTS)] == name:
            return request
    raise AssertionError(name)


def test_an_answer_with_its_costs(teacher: Teacher) -> None:
    answer = ask(teacher)
    assert answer.text == "You said: How long?"
    assert (answer.finish, answer.model, answer.completion_tokens) == ("stop", "test-teacher-1", 4)
    assert answer.prompt_tokens > 0
    assert answer.logprobs is None
    assert "response_format" not in teacher.bodies[0]


def test_distributions_are_kept_as_they_come(teacher: Teacher) -> None:
    answer = ask(teacher, Request(ASK.messages, 0.0, 50, top_logprobs=3))
    assert answer.logprobs is not None
    assert [entry["token"] for entry in answer.logprobs] == ["You", " said:", " How", " long?"]
    assert answer.logprobs[0]["bytes"] == [89, 111, 117]
    assert answer.logprobs[0]["top"] == [["You0", None, -1.0], ["You1", None, -2.0], ["You2", None, -3.0]]


def test_an_endpoint_without_logprobs_is_named(teacher: Teacher) -> None:
    teacher.logprobs = False
    with pytest.raises(TeacherError, match=r"gives no top_logprobs: .*teacher.base_url"):
        ask(teacher, Request(ASK.messages, 0.0, 50, top_logprobs=3))


def test_a_wrong_key_is_one_sentence_without_the_key(teacher: Teacher) -> None:
    with pytest.raises(TeacherError, match=r"refuses the key: check teacher.api_key") as raised:
        ask(teacher, key="sk-wrong-one")
    assert "sk-wrong-one" not in str(raised.value)


def test_a_wrong_model_and_a_wrong_address_name_their_settings(teacher: Teacher) -> None:
    with pytest.raises(TeacherError, match=r"knows no model 'other': check teacher.model"):
        ask(teacher, model="other")
    with pytest.raises(Failure, match="unreachable"):
        ask(teacher, url="http://127.0.0.1:9/v1")
    with pytest.raises(TeacherError, match=r"set teacher\.base_url"):
        ask(teacher, url="ftp://x")
    with pytest.raises(TeacherError, match=r"set teacher\.model"):
        ask(teacher, model="")


@pytest.mark.parametrize(
    ("fault", "why", "billed"),
    [("429", "429", False), ("500", "500", False), ("timeout", "timeout", True), ("cut", "cut off", True),
     ("garbage", "cut off", True)],
)  # fmt: skip
def test_what_may_pass_is_a_failure_and_then_passes(teacher: Teacher, fault: str, why: str, billed: bool) -> None:
    teacher.faults = True
    request = with_fault(fault)
    with pytest.raises(Failure) as raised:
        ask(teacher, request, timeout_s=1.0 if fault == "timeout" else 30.0)
    assert (raised.value.why, raised.value.billed) == (why, billed)
    assert raised.value.retry_after_s == (0.05 if fault == "429" else 0)
    assert ask(teacher, request).text.startswith("You said: Question")


def test_the_form_steps_down_to_what_the_endpoint_takes_and_stays_there(teacher: Teacher) -> None:
    teacher.formats = ()
    schema = {"type": "object", "properties": {}, "additionalProperties": False}

    async def twice() -> str:
        endpoint = Endpoint(teacher.url, "test-teacher", KEY)
        for text in ("one", "two"):
            await endpoint.ask(Request(({"role": "user", "content": text},), 0.0, 50, schema=schema))
        await endpoint.close()
        return endpoint.format

    assert asyncio.run(twice()) == "text"
    assert teacher.forms == ["none", "none"]  # what was answered: plain, both times


def test_retry_after_in_every_way_it_is_written() -> None:
    now = time.time()
    assert retry_after({"retry-after": "7"}) == 7
    assert retry_after({"retry-after": "0.5"}) == 0.5
    assert retry_after({"retry-after-ms": "250", "retry-after": "9"}) == 0.25
    assert retry_after({"retry-after": formatdate(now + 30, usegmt=True)}, now) == pytest.approx(30, abs=1)
    assert retry_after({"retry-after": formatdate(now - 30, usegmt=True)}, now) == 0
    assert retry_after({"retry-after": "soon"}) == retry_after({}) == 0


def test_the_estimate_grows_with_what_the_endpoint_counts(teacher: Teacher) -> None:
    async def run() -> tuple[int, int]:
        endpoint = Endpoint(teacher.url, "test-teacher", KEY)
        long = Request(({"role": "user", "content": "word " * 200},), 0.0, 5)
        before = endpoint.estimate(long)
        await endpoint.ask(ASK)  # the server counts the braces of a short message as well
        after = endpoint.estimate(long)
        await endpoint.close()
        return before, after

    before, after = asyncio.run(run())
    assert before >= 1000 / 3
    assert after >= before


def test_a_request_is_known_by_all_that_decides_its_answer() -> None:
    keys = {
        ASK.key("m"), ASK.key("other"),
        Request(ASK.messages, 0.5, 50).key("m"), Request(ASK.messages, 0.0, 51).key("m"),
        Request(ASK.messages, 0.0, 50, 2).key("m"), Request(ASK.messages, 0.0, 50, 0, {"a": 1}).key("m"),
        Request(({"role": "user", "content": "How long"},), 0.0, 50).key("m"),
    }  # fmt: skip
    assert len(keys) == 7
    assert ASK.key("m") == Request(({"role": "user", "content": "How long?"},), 0.0, 50).key("m")


class Waits:
    """Sleeps that take no time and are remembered."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def asked(teacher: Teacher, path: Path, requests: list[Request], waits: Waits, **rest: Any) -> tuple[list[Any], Asker]:
    async def run() -> tuple[list[Any], Asker]:
        endpoint = Endpoint(rest.pop("url", teacher.url), "test-teacher", KEY, rest.pop("timeout_s", 30.0))
        journal = Journal(path)
        asker = Asker(endpoint, journal, RateLimiter(), rest.pop("spending", Spending()), sleep=waits, **rest)
        results = await asyncio.gather(*(asker.ask(r) for r in requests), return_exceptions=True)
        journal.close()
        await endpoint.close()
        return results, asker

    return asyncio.run(run())


def test_a_server_that_asks_for_time_gets_it(teacher: Teacher, tmp_path: Path) -> None:
    teacher.faults, teacher.retry_after, waits = True, "0.4", Waits()
    (entry,), asker = asked(teacher, tmp_path / "j", [with_fault("429")], waits, backoff_s=0.01)
    assert entry.answer.text.startswith("You said")
    assert max(waits.seconds) >= 0.4
    assert asker.tally.requests == 2
    assert dict(asker.tally.failures) == {"429": 1}


def test_failures_wait_longer_each_time_and_are_given_up(teacher: Teacher, tmp_path: Path) -> None:
    waits = Waits()
    (error,), _ = asked(teacher, tmp_path / "j", [with_fault("500")], waits, url=teacher.url + "/nothing", tries=2)
    assert isinstance(error, TeacherError)  # 404 is not a matter of patience
    assert waits.seconds == []
    (error,), _ = asked(teacher, tmp_path / "j", [ASK], waits, url="http://127.0.0.1:9/v1")
    assert isinstance(error, TeacherError)
    assert "cannot be reached: check teacher.base_url" in str(error)
    assert len(waits.seconds) == 2
    assert waits.seconds[1] > waits.seconds[0]


def test_the_same_question_at_once_is_asked_once(teacher: Teacher, tmp_path: Path) -> None:
    teacher.pace_s = 0.05
    results, asker = asked(teacher, tmp_path / "j", [ASK] * 5, Waits())
    assert {r.answer.text for r in results} == {"You said: How long?"}
    assert asker.tally.requests == 1
    _, again = asked(teacher, tmp_path / "j", [ASK], Waits())
    assert (again.tally.requests, again.tally.kept) == (0, 1)
    assert sum(teacher.asked.values()) == 1


def test_a_refused_request_costs_only_itself_until_all_are_refused(teacher: Teacher, tmp_path: Path) -> None:
    async def refuse(request: Any) -> Any:
        raise Refusal("content policy")

    async def run(count: int) -> list[Any]:
        endpoint, journal = Endpoint(teacher.url, "test-teacher", KEY), Journal(tmp_path / "j")
        endpoint.ask = refuse  # type: ignore[method-assign]
        asker = Asker(endpoint, journal, RateLimiter(), Spending())
        requests = [Request(({"role": "user", "content": str(n)},)) for n in range(count)]
        results = [await asyncio.gather(asker.ask(r), return_exceptions=True) for r in requests]
        journal.close()
        await endpoint.close()
        return [r[0] for r in results]

    results = asyncio.run(run(5))
    assert all(isinstance(r, NoAnswer) for r in results[:4])
    assert isinstance(results[4], TeacherError)
    assert "content policy" in str(results[4])


def test_the_cap_stops_before_it_is_passed(teacher: Teacher, tmp_path: Path) -> None:
    spending = Spending(price_in=0.0, price_out=1_000_000.0, cap=120.0)  # 1 a token written; 50 at worst per request
    requests = [Request(({"role": "user", "content": f"Say {n}"},), 0.0, 50) for n in range(40)]
    results, asker = asked(teacher, tmp_path / "j", requests, Waits(), spending=spending)
    stopped = [r for r in results if isinstance(r, TeacherError)]
    assert stopped
    assert "teacher.spending_cap" in str(stopped[0])
    assert asker.spending.spent <= 120
    assert asker.spending.spent > 120 - 50  # and not earlier than it must
    assert asker.spending.spent == 4 * asker.tally.requests
