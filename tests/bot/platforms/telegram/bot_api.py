"""A Bot API server on 127.0.0.1 that keeps Telegram's rules.

It confirms updates by ``offset``, counts characters and requests, reads HTML, and refuses what Telegram refuses. Faults
can be put in the way of any method. The people who write to the bot are in :mod:`people`.
"""

import asyncio
import contextlib
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from tests.bot.platforms.telegram.markup import MENTION, CannotParse, units, visible
from tests.bot.platforms.telegram.people import BOT, People, Shown

TOKEN = "123456789:AAPlantedTokenPlantedTokenPlanted0x"
LONGEST = 4096


@dataclass(slots=True)
class Fault:
    """Goes wrong ``times`` times: a status with its body, "drop" before or "drop after" the request took effect."""

    method: str
    what: str
    times: int = 1
    retry_after: int = 1
    if_: Callable[[dict[str, Any]], bool] = lambda _data: True


class Refused(Exception):
    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class BotApi(People):
    """The server.

    Args:
        strict: Whether to answer 429 to what is too fast for Telegram.
        webhook_port: Where updates are posted to once a webhook is set.
    """

    def __init__(self, strict: bool = False, webhook_port: int = 0) -> None:
        super().__init__()
        self.strict, self.webhook_port = strict, webhook_port
        self.calls: list[tuple[float, str, dict[str, Any]]] = []
        self.faults: list[Fault] = []
        self.blocked: set[int] = set()
        self.answered: dict[str, dict[str, Any]] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] = {}
        self.confirmed = 0
        self.refused = 0
        self._times: dict[int, deque[float]] = defaultdict(deque)
        self._all: deque[float] = deque()
        self._held: dict[int, float] = {}
        self._poll: asyncio.Future[None] | None = None
        self._runner: web.AppRunner | None = None
        self._pusher: asyncio.Task[None] | None = None
        self.url = ""

    async def start(self) -> "BotApi":
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def stop(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        assert self._runner is not None
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        form = await request.post()
        data: dict[str, Any] = {}
        for key, value in form.items():
            if isinstance(value, web.FileField):
                data[key] = value.file.read()
                continue
            try:
                data[key] = json.loads(value) if key not in ("text", "caption", "callback_query_id") else value
            except ValueError:
                data[key] = value
        if request.match_info["token"] != TOKEN:
            return self._json({"ok": False, "error_code": 401, "description": "Unauthorized"}, 401)
        self.calls.append((time.monotonic(), method, data))
        fault = next((f for f in self.faults if f.method == method and f.times > 0 and f.if_(data)), None)
        if fault is not None:
            fault.times -= 1
            if fault.what == "429":
                return self._too_fast(fault.retry_after)
            if fault.what == "drop after":
                with contextlib.suppress(Refused):
                    await self._act(method, data)
            if fault.what.startswith("drop"):
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            if fault.what == "garbage":
                return web.Response(body=b"<html>not json", content_type="application/json")
            return web.Response(body=b"<html>Bad Gateway</html>", status=int(fault.what))
        try:
            return self._json({"ok": True, "result": await self._act(method, data)})
        except Refused as refused:
            self.refused += 1
            body: dict[str, Any] = {"ok": False, "error_code": refused.code, "description": refused.description}
            if refused.parameters:
                body["parameters"] = refused.parameters
            return self._json(body, refused.code)

    @staticmethod
    def _json(body: Any, status: int = 200) -> web.Response:
        return web.json_response(body, status=status)

    def _too_fast(self, seconds: int) -> web.Response:
        self.refused += 1
        description = f"Too Many Requests: retry after {seconds}"
        body = {"ok": False, "error_code": 429, "description": description, "parameters": {"retry_after": seconds}}
        return self._json(body, 429)

    async def _act(self, method: str, data: dict[str, Any]) -> Any:
        act = getattr(self, f"_do_{method}", None)
        if act is None:
            raise Refused(404, "Not Found")
        return await act(data)

    def _count(self, chat: int) -> None:
        """Telegram's limits: 30 a second overall, 20 a minute in a group, short bursts and 1 a second in a chat."""
        if not self.strict:
            return
        now = time.monotonic()
        if self._held.get(chat, 0) > now:
            raise self._flood(chat, self._held[chat] - now)
        checks = ((self._all, 30, 1.0), (self._times[chat], *((5, 3.0) if chat > 0 else (20, 60.0))))
        for times, most, span in checks:
            while times and times[0] < now - span:
                times.popleft()
            if len(times) >= most:
                raise self._flood(chat, 3)
        for times, _, _ in checks:
            times.append(now)

    def _flood(self, chat: int, seconds: float) -> Refused:
        self._held[chat] = time.monotonic() + seconds
        whole = max(1, round(seconds + 0.5))
        return Refused(429, f"Too Many Requests: retry after {whole}", retry_after=whole)

    def _content(self, data: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
        text = str(data.get("text", ""))
        try:
            shown, entities = visible(text) if data.get("parse_mode") == "HTML" else (text, [])
        except CannotParse as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
        if not shown.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if units(shown) > LONGEST:
            raise Refused(400, "Bad Request: message is too long")
        for row in (data.get("reply_markup") or {}).get("inline_keyboard", []):
            for button in row:
                if not 1 <= len(button["callback_data"].encode()) <= 64:
                    raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        for mention in MENTION.finditer(shown):
            entities.append({"type": "mention", "text": mention[0]})
        return shown, entities

    def _there(self, chat: int) -> None:
        if chat in self.blocked:
            raise Refused(403, "Forbidden: bot was blocked by the user")
        if (moved := self._chat(chat).get("moved")) is not None:
            raise Refused(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=moved)
        if chat not in self.chats and chat not in self.types:
            raise Refused(400, "Bad Request: chat not found")

    async def _do_getMe(self, _data: dict[str, Any]) -> Any:
        return BOT | {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}

    async def _do_getUpdates(self, data: dict[str, Any]) -> Any:
        if self.webhook.get("url"):
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refused(409, "Conflict: terminated by other getUpdates request"))
        mine = self._poll = asyncio.get_running_loop().create_future()
        mine.add_done_callback(lambda f: f.cancelled() or f.exception())
        offset = data.get("offset") or 0
        self.confirmed = max(self.confirmed, offset)
        if offset:  # what has no id cannot be asked for again either
            self._pending = [u for u in self._pending if isinstance(u, dict) and u.get("update_id", 0) >= offset]
        end = time.monotonic() + float(data.get("timeout") or 0)
        while not (self._pending or self._stubborn) and time.monotonic() < end:
            self._news.clear()
            news = asyncio.create_task(self._news.wait())
            await asyncio.wait((news, mine), timeout=end - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
            if mine.done():
                break
        if mine.done():
            mine.result()
        mine.set_result(None)
        if data.get("limit") == 1:  # the one that only confirms
            return self._pending[:1]
        stubborn, self._stubborn = self._stubborn, []
        return [*stubborn, *self._pending][: data.get("limit") or 100]

    async def _do_sendMessage(self, data: dict[str, Any]) -> Any:
        chat = data["chat_id"]
        self._there(chat)
        self._count(chat)
        text, entities = self._content(data)
        id_ = self._next_id(chat)
        reply = (data.get("reply_parameters") or {}).get("message_id")
        self.chats[chat][id_] = Shown(
            id_, chat, True, [text], data.get("reply_markup"), reply, data.get("message_thread_id"), time.monotonic(),
            entities, str(data["text"]),
        )  # fmt: skip
        return {"message_id": id_, "date": int(time.time()), "chat": self._chat(chat), "from": BOT, "text": text}

    async def _do_editMessageText(self, data: dict[str, Any]) -> Any:
        chat = data["chat_id"]
        self._there(chat)
        shown = self.chats[chat].get(data["message_id"])
        if shown is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if not shown.by_bot:
            raise Refused(400, "Bad Request: message can't be edited")
        self._count(chat)
        text, entities = self._content(data)
        if text == shown.text and data.get("reply_markup") == shown.markup:
            raise Refused(
                400, "Bad Request: message is not modified: specified new message content and reply markup are exactly "
                "the same as a current content and reply markup of the message",
            )  # fmt: skip
        shown.texts.append(text)
        shown.markup, shown.entities, shown.raw = data.get("reply_markup"), entities, str(data["text"])
        return {"message_id": shown.id, "date": int(time.time()), "chat": self._chat(chat), "from": BOT, "text": text}

    async def _do_sendDocument(self, data: dict[str, Any]) -> Any:
        chat = data["chat_id"]
        self._there(chat)
        self._count(chat)
        id_ = self._next_id(chat)
        content = next(value for value in data.values() if isinstance(value, bytes))
        self.chats[chat][id_] = Shown(id_, chat, True, [data.get("caption", "")], document=content)
        document = {"file_id": "f", "file_unique_id": "u"}
        return {
            "message_id": id_,
            "date": int(time.time()),
            "chat": self._chat(chat),
            "from": BOT,
            "document": document,
        }

    async def _do_sendChatAction(self, data: dict[str, Any]) -> Any:
        self._there(data["chat_id"])
        return True

    async def _do_answerCallbackQuery(self, data: dict[str, Any]) -> Any:
        query = str(data["callback_query_id"])
        if query not in self._queries or query in self.answered:
            raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        if len(data.get("text", "")) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        self.answered[query] = data
        return True

    async def _do_setMyCommands(self, data: dict[str, Any]) -> Any:
        for command in data["commands"]:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        scope = data.get("scope") or {"type": "default"}
        self.commands[f"{scope['type']}{scope.get('chat_id', '')}"] = data["commands"]
        return True

    async def _do_setWebhook(self, data: dict[str, Any]) -> Any:
        if data.get("url") and not data["url"].startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = data
        if data.get("url") and self._pusher is None:
            self._pusher = asyncio.create_task(self._push())
        return True

    async def _do_deleteWebhook(self, _data: dict[str, Any]) -> Any:
        self.webhook = {}
        return True

    async def _do_getWebhookInfo(self, _data: dict[str, Any]) -> Any:
        pending = len(self._pending)
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": pending}

    async def _push(self) -> None:
        """Post updates to the webhook, each until it is taken."""
        path = "/" + self.webhook["url"].split("/", 3)[3]
        async with aiohttp.ClientSession() as session:
            while True:
                if not self._pending or not self.webhook:
                    self._news.clear()
                    await self._news.wait()
                    continue
                update = self._pending[0]
                headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
                try:
                    url = f"http://127.0.0.1:{self.webhook_port}{path}"
                    async with session.post(url, json=update, headers=headers) as response:
                        taken = response.status == 200
                except aiohttp.ClientError:
                    taken = False
                if taken:
                    self._pending.pop(0)
                else:
                    await asyncio.sleep(0.05)
