"""An OpenAI-compatible server on 127.0.0.1 that answers as it is told, for the real client."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aiohttp import web

GOOD = (
    '{"context_relevance": {"score": 8, "reason": "It is there."}, "groundedness": {"score": 3, "reason": "5 cups."}, '
    '"answer_relevance": {"score": 10, "reason": ""}}'
)


class LocalModel:
    """The server. Use ``with``.

    Attributes:
        answer: Called for every request with its body; gives the model's text, or (HTTP status, text of the error), or
            None to say nothing until the server ends.
        asked: Bodies of the requests that came.
        keys: Their Authorization headers.
    """

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], str | tuple[int, str] | None] = lambda _body: GOOD
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._end: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),), daemon=True)

    def __enter__(self) -> "LocalModel":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
        self._ready.set()
        await self._end.wait()
        await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        said = self.answer(body)
        if said is None:
            assert self._end is not None
            await self._end.wait()
            return web.Response()
        if isinstance(said, tuple):
            return web.json_response({"error": {"message": said[1]}}, status=said[0])
        message = {"role": "assistant", "content": said}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
        return web.json_response({"id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
                                  "choices": [choice], "usage": usage})  # fmt: skip
