"""Trouble on demand for the HTTP side of the local Discord: errors, cut connections, rate limits; what was asked."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
VIA = {"Via": "1.1 google"}  # Discord's own answers carry it; one that comes from the proxy before it does not


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with the bare content type: discord.py takes ``application/json; charset=utf-8`` for text."""
    body = json.dumps(data).encode()
    return web.Response(body=body, status=status, headers={"Content-Type": "application/json", **(headers or {})})


@dataclass
class Fault:
    """What goes wrong ``times`` times with requests whose method and path match.

    Attributes:
        then: Called once the fault has happened.
        cut: "" to answer with ``status``; "before" or "after" to cut the connection before or after the deed is done.
    """

    method: str
    path: str
    status: int = 500
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1
    cut: str = ""
    then: Callable[[], None] | None = None


@dataclass
class Requested:
    """A request as it came, and the status that it got (0: cut)."""

    method: str
    path: str
    body: dict[str, Any]
    status: int
    at: float


class Trouble:
    """A middleware that injects faults, enforces rate limits and keeps a record.

    Attributes:
        limits: Rate limits by kind: (requests, window in seconds), per channel or per interaction.
        exceeded: Requests that broke a rate limit and got a 429 for it.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.requests: list[Requested] = []
        self.limits: dict[str, tuple[int, float]] = {"create": (5, 1.0), "edit": (5, 1.0), "webhook": (5, 2.0)}
        self.exceeded: list[tuple[str, str]] = []
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self.on_change: Callable[[], None] = lambda: None

    def fail(self, method: str, path: str, status: int = 500, **more: Any) -> Fault:
        """Let requests go wrong (see :class:`Fault`); errors of the API itself carry the header that says so."""
        fault = Fault(method, path, status, **more)
        self.faults.append(fault)
        return fault

    def rate_limited(self, method: str, path: str, retry_after_s: float, times: int = 1) -> Fault:
        """Answer 429, as Discord does it."""
        body = {"message": "You are being rate limited.", "retry_after": retry_after_s, "global": False}
        return self.fail(method, path, 429, body=body, headers={**VIA, "Retry-After": str(retry_after_s)}, times=times)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/gw"):
            return await handler(request)
        body: dict[str, Any] = {}
        if request.content_type == "application/json" and request.can_read_body:
            body = await request.json()
        seen = Requested(request.method, request.path, body if isinstance(body, dict) else {}, 0, time.time())
        self.requests.append(seen)
        try:
            response = await self._answer(request, handler)
            seen.status = response.status
            return response
        finally:
            self.on_change()

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        fault = next(
            (f for f in self.faults if f.times > 0 and f.method == request.method and f.path in request.path), None
        )
        if fault is not None:
            fault.times -= 1
            if fault.cut == "after":
                await handler(request)
            if fault.then is not None:
                fault.then()
            if fault.cut:
                assert request.transport is not None
                request.transport.abort()
                await asyncio.sleep(0)
                return web.Response(status=500)
            return json_response(fault.body, status=fault.status, headers=fault.headers)
        kind = self._kind(request)
        headers: dict[str, str] = {}
        if kind in self.limits:
            left, reset_after = self._take(kind, request.match_info.get("channel") or request.match_info["token"])
            most, _ = self.limits[kind]
            headers = {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(max(0, left)), **VIA}
            headers |= {"X-RateLimit-Reset-After": f"{reset_after:.3f}", "X-RateLimit-Bucket": kind}
            headers |= {"X-RateLimit-Reset": f"{time.time() + reset_after:.3f}"}
            if left < 0:
                self.exceeded.append((kind, request.path))
                body = {"message": "You are being rate limited.", "retry_after": reset_after, "global": False}
                return json_response(body, status=429, headers=headers)
        response = await handler(request)
        response.headers.update(headers)
        return response

    def _take(self, kind: str, channel: str) -> tuple[int, float]:
        """What is left in the window after this request (negative: refused), and the seconds until it is over."""
        most, window = self.limits[kind]
        recent = self._recent.setdefault((kind, channel), deque())
        now = time.monotonic()
        while recent and recent[0] <= now - window:
            recent.popleft()
        if len(recent) >= most:
            return -1, recent[0] + window - now
        recent.append(now)
        return most - len(recent), recent[0] + window - now

    @staticmethod
    def _kind(request: web.Request) -> str:
        if "channel" not in request.match_info:
            return "webhook" if "/webhooks/" in request.path else ""
        if request.method == "POST" and request.path.endswith("/messages"):
            return "create"
        return "edit" if request.method == "PATCH" else ""
