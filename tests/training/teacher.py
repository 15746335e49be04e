"""A teacher for tests: an OpenAI-compatible server on 127.0.0.1 whose answers are made from the prompt.

It reads the recipe out of the prompt and asks and answers about its lines, so that a check of the content means
something; some answers are wrong on purpose, in ways that depend on the prompt alone (``FLAWS``). Faults come at the
first sending of a request, also by its hash, so that every run meets the same ones.
"""

import asyncio
import json
import math
import random
import re
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

KEY = "sk-test-key-of-the-teacher"
FAULTS = ("429", "500", "timeout", "cut", "garbage")
FLAWS = ("", "number", "food", "instruction", "long", "line", "tag", "copy", "external")


def digest(body: dict[str, Any]) -> int:
    """Number of a request, by what it asks."""
    return zlib.crc32(json.dumps(body.get("messages") or body["prompt"], sort_keys=True).encode())


def made(prompt: str) -> dict[str, Any]:
    """An answer in the form asked for, out of the recipe in a prompt."""
    rng = random.Random(zlib.crc32(prompt.encode()))
    lines = dict(re.findall(r"^([ip]\d+): (.+)$", prompt, re.MULTILINE))
    ask = re.search(r"^QUESTION \(cook\): (.*)$", prompt, re.MULTILINE)
    assert ask is not None
    items = list(lines.items())
    rng.shuffle(items)
    follow_ups = [_follow_up(label, line, rng.choice(FLAWS) if rng.random() < 0.4 else "") for label, line in items[:7]]
    while len(follow_ups) < 5:  # a short recipe
        follow_ups.append(_follow_up(*items[0], flaw="copy"))
    label, line = items[0]
    return {
        "question": f"I would like to be sure: {ask[1]}", "answer": f"The recipe says: {line}", "external": False,
        "lines": [label], "follow_ups": follow_ups,
    }  # fmt: skip


def _follow_up(label: str, line: str, flaw: str) -> dict[str, Any]:
    words = " ".join(line.split()[:5]).rstrip(".,")
    question, answer, tag, external = f'And "{words}", first or later?', line, "order", False
    if label.startswith("i"):
        question, tag = f'What exactly does the ingredient line "{words}" say?', "ingredient"
    elif re.search(r"minutes?|hours?", line):
        question, tag = f'How long does "{words}" take?', "duration"
    elif re.search(r"\b(?:pan|pot|bowl|skillet|dish|oven)\b", line):
        question, tag = f'Which pan or bowl is for "{words}"?', "tool"
    if flaw == "number":
        answer = f"{line} Do it for 977 minutes."
    elif flaw in ("food", "external"):
        answer, external = f"{line} Serve it with durian and turnips.", flaw == "external"
    elif flaw == "instruction":
        answer = f"As an AI language model I say: {line}"
    elif flaw == "long":
        answer = " ".join([line] * (100 // len(line.split()) + 1))
    elif flaw == "tag":
        question, tag = f'What about "{words}"?', "frequency"
        answer = re.sub(r"\b(?:every|each|times?|once|twice|often|again)\b", "", line)
    elif flaw == "copy":
        question, tag = "What about it, before and after?", "order"
    return {
        "question": question, "answer": answer, "tag": tag, "external": external,
        "lines": ["p99"] if flaw == "line" else [label],
    }  # fmt: skip


@dataclass
class Teacher:
    """A running server and what it was asked.

    Attributes:
        formats: Values of ``response_format.type`` that it takes.
        faults: Whether to make faults.
        malformed: Whether some answers are no JSON at first.
        logprobs: Whether it gives any.
        echo: Whether it scores texts that it is shown.
        pace_s: Seconds per answer.
        asked: How often each request came.
        answered: Requests that got an answer whose last byte was sent.
        forms: ``response_format.type`` of every request.
    """

    formats: tuple[str, ...] = ("json_schema", "json_object")
    faults: bool = False
    malformed: bool = False
    logprobs: bool = True
    echo: bool = False
    pace_s: float = 0.0
    url: str = ""
    asked: Counter[int] = field(default_factory=Counter)
    answered: Counter[int] = field(default_factory=Counter)
    met: Counter[str] = field(default_factory=Counter)
    forms: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    retry_after: str = "0.05"

    async def chat(self, request: web.Request) -> web.StreamResponse:
        return await self._met(request, await request.json())

    async def completions(self, request: web.Request) -> web.StreamResponse:
        if not self.echo:
            return _error(404, "This model is for chat only")
        return await self._met(request, await request.json())

    async def _met(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            said = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return _error(401, f"Incorrect API key provided: {said}")
        if body["model"] != "test-teacher":
            return _error(404, "The model does not exist")
        form = body.get("response_format", {}).get("type", "none")
        if form not in (*self.formats, "none"):
            return _error(400, f"Invalid value: '{form}'. Supported values of 'response_format' are others.")
        number = digest(body)
        self.asked[number] += 1
        self.forms.append(form)
        self.bodies.append(body)
        fault = FAULTS[number // 4 % len(FAULTS)] if self.faults and number % 4 == 0 and self.asked[number] == 1 else ""
        if fault:
            self.met[fault] += 1
        if fault == "429":
            return _error(429, "Slow down", {"Retry-After": self.retry_after})
        if fault == "500":
            return _error(500, "Something broke")
        if fault == "timeout":
            await asyncio.sleep(60)
        await asyncio.sleep(self.pace_s)
        if "prompt" in body:
            return await self._scores(request, body, number, fault)
        return await self._answer(request, body, number, fault)

    async def _scores(self, request: web.Request, body: dict[str, Any], number: int, fault: str) -> web.StreamResponse:
        """A text with the probabilities of its words: each 0.6, or else one of two others."""
        tokens = re.findall(r"\s*\w+|\s*[^\w\s]|\s+", body["prompt"])
        assert "".join(tokens) == body["prompt"]
        tops = [{token: math.log(0.6), " the": math.log(0.2), " zebra": math.log(0.1)} for token in tokens]
        logs = [math.log(0.6)] * len(tokens)
        logprobs = {
            "tokens": tokens, "token_logprobs": [None, *logs[1:]], "top_logprobs": [None, *tops[1:]],
            "text_offset": [0] * len(tokens),
        }  # fmt: skip
        choice = {"text": f"{body['prompt']} And", "index": 0, "finish_reason": "length", "logprobs": logprobs}
        usage = {"prompt_tokens": len(tokens), "completion_tokens": 1, "total_tokens": len(tokens) + 1}
        answer = {
            "id": "1", "object": "text_completion", "created": 0, "model": "test-teacher-1", "choices": [choice],
            "usage": usage,
        }  # fmt: skip
        if fault == "cut":
            assert request.transport is not None
            request.transport.abort()
        if fault == "garbage":
            return web.Response(text='{"choices": [{', content_type="application/json")
        self.answered[number] += 1
        return web.json_response(answer)

    async def _answer(self, request: web.Request, body: dict[str, Any], number: int, fault: str) -> web.StreamResponse:
        prompt = body["messages"][1]["content"] if len(body["messages"]) > 1 else body["messages"][0]["content"]
        repair = len(body["messages"]) > 2
        text = json.dumps(made(prompt)) if "QUESTION (cook)" in prompt else f"You said: {prompt}"
        if self.malformed and not repair and number % 7 == 0:
            text = text[: len(text) // 2]  # half an object
        elif self.malformed and repair and number % 2 == 0:
            text = "I am sorry, I cannot do that."
        pieces = re.findall(r"\s*\S+", text) or [text]
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for place, piece in enumerate(pieces):
            if fault == "cut" and place > len(pieces) // 2:
                await asyncio.sleep(0.02)  # what was sent arrives
                assert request.transport is not None
                request.transport.abort()
                return response
            if fault == "garbage" and place > len(pieces) // 2:
                await response.write(b'data: {"choices": [{"delta"\n\n')
            await response.write(_event(body, piece, self.logprobs and body.get("logprobs")))
        usage = {"prompt_tokens": len(str(body["messages"])) // 4, "completion_tokens": len(pieces), "total_tokens": 0}
        await response.write(_event(body, "", False, "stop", usage))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        self.answered[number] += 1
        return response


def _event(
    body: dict[str, Any], piece: str, logprobs: Any, finish: str | None = None, usage: dict[str, int] | None = None
) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {"content": piece}, "finish_reason": finish}
    if logprobs:
        top = [{"token": f"{piece}{n}", "bytes": None, "logprob": -1.0 - n} for n in range(body["top_logprobs"])]
        entry = {"token": piece, "bytes": list(piece.encode()), "logprob": -0.5, "top_logprobs": top}
        choice["logprobs"] = {"content": [entry]}
    chunk = {
        "id": "1", "object": "chat.completion.chunk", "created": 0, "model": "test-teacher-1", "choices": [choice],
        "usage": usage,
    }  # fmt: skip
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response({"error": {"message": message, "code": None}}, status=status, headers=headers)


@contextmanager
def serving(teacher: Teacher) -> Iterator[Teacher]:
    """Run the server in a thread of its own; its address is ``teacher.url``."""
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/chat/completions", teacher.chat)
        app.router.add_post("/v1/completions", teacher.completions)
        runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        teacher.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        ready.set()
        await stop.wait()
        await runner.cleanup()

    def main() -> None:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(run())
        loop.close()

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield teacher
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@contextmanager
def named(teacher: Teacher, patch: pytest.MonkeyPatch, **settings: str) -> Iterator[Teacher]:
    """Run the server while the settings name it as the teacher; others of ``[teacher]`` may be given."""
    with serving(teacher) as running:
        known = {"MODEL": "test-teacher", "API_KEY": KEY, "CONCURRENCY": "4", "TIMEOUT_S": "20", "PRICE_IN": "1"}
        for name, value in ({"BASE_URL": running.url, "PRICE_OUT": "4"} | known | settings).items():
            patch.setenv(f"SOUSCHEF_TEACHER__{name}", value)
        yield running
