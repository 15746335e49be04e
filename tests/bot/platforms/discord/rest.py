"""The HTTP side of the local Discord: the routes of API version 10 that a chat bot uses."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.bot.platforms.discord import limits
from tests.bot.platforms.discord.faults import json_response
from tests.bot.platforms.discord.limits import Refused
from tests.bot.platforms.discord.world import DM, EPHEMERAL, LOADING, THREAD, World

Dispatch = Callable[[str, dict[str, Any], str | None], Awaitable[None]]
CHANNEL_MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, AUTOCOMPLETE, MODAL = 4, 5, 6, 7, 8, 9
ACKNOWLEDGE_S, TOKEN_S = 3.0, 900.0


class Rest:
    """Handlers over the world.

    Attributes:
        interactions: What people did, by id: its token, when, and how the bot answered.
        commands: The slash commands that the bot registered last.
    """

    def __init__(self, world: World, token: str, url: str, dispatch: Dispatch) -> None:
        self.world, self.token, self.url, self.dispatch = world, token, url, dispatch
        self.interactions: dict[str, dict[str, Any]] = {}
        self.commands: list[dict[str, Any]] = []
        self.typing: list[str] = []
        self.shards = 1
        self.flags = 1 << 18  # of the application: the switch for message content is on
        self.no_threads: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        base = "/api/v10"
        table: list[tuple[str, str, Callable[[web.Request], Awaitable[Any]]]] = [
            ("GET", "/users/@me", self.me),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", "/gateway/bot", self.gateway),
            ("PUT", "/applications/{app}/commands", self.put_commands),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/channels/{channel}", self.channel),
            ("POST", "/channels/{channel}/typing", self.start_typing),
            ("GET", "/channels/{channel}/messages", self.history),
            ("POST", "/channels/{channel}/messages", self.create),
            ("GET", "/channels/{channel}/messages/{message}", self.message),
            ("PATCH", "/channels/{channel}/messages/{message}", self.edit),
            ("POST", "/channels/{channel}/messages/{message}/threads", self.thread),
            ("POST", "/channels/{channel}/threads", self.thread),
            ("PUT", "/channels/{channel}/thread-members/{user}", self.add_to_thread),
            ("POST", "/interactions/{id}/{token}/callback", self.callback),
            ("POST", "/webhooks/{app}/{token}", self.followup),
            ("GET", "/webhooks/{app}/{token}/messages/{message}", self.original),
            ("PATCH", "/webhooks/{app}/{token}/messages/{message}", self.edit_original),
            ("DELETE", "/webhooks/{app}/{token}/messages/{message}", self.delete_original),
        ]
        return [web.route(method, base + path, self._wrapped(handler)) for method, path, handler in table]

    def _wrapped(self, handler: Callable[[web.Request], Awaitable[Any]]) -> Callable[[web.Request], Any]:
        async def run(request: web.Request) -> web.Response:
            try:
                open_to_all = "/interactions/" in request.path or "/webhooks/" in request.path
                if not open_to_all and request.headers.get("Authorization") != f"Bot {self.token}":
                    raise Refused(401, 0, "401: Unauthorized")
                result = await handler(request)
            except Refused as error:
                return json_response({"code": error.code, "message": error.message}, status=error.status)
            return web.Response(status=204) if result is None else json_response(result)

        return run

    # The bot itself.

    async def me(self, _request: web.Request) -> Any:
        return self.world.bot

    async def application(self, _request: web.Request) -> Any:
        about = {"id": self.world.application_id, "name": "Souschef", "description": "", "icon": None, "summary": ""}
        about |= {
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "",
            "flags": self.flags,
            "team": None,
        }
        return about | {"owner": next(iter(self.world.users.values())), "bot": self.world.bot}

    async def gateway(self, _request: web.Request) -> Any:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return {"url": self.url, "shards": self.shards, "session_start_limit": limit}

    async def put_commands(self, request: web.Request) -> Any:
        commands = await request.json()
        limits.check_commands(commands)
        known = {"application_id": self.world.application_id, "version": "1", "default_member_permissions": None}
        self.commands = [known | c | {"id": self.world.snowflake()} for c in commands]
        return self.commands

    # Channels and messages.

    def _channel(self, request: web.Request) -> dict[str, Any]:
        found = self.world.channels.get(request.match_info["channel"])
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        return found

    def _message(self, request: web.Request) -> dict[str, Any]:
        found = self.world.messages[self._channel(request)["id"]].get(request.match_info["message"])
        if found is None:
            raise Refused(404, 10008, "Unknown Message")
        return found

    async def open_dm(self, request: web.Request) -> Any:
        user = self.world.users.get(str((await request.json())["recipient_id"]))
        if user is None:
            raise Refused(400, 50033, "Invalid Recipient(s)")
        return self.world.add_dm(user)

    async def channel(self, request: web.Request) -> Any:
        return self._channel(request)

    async def start_typing(self, request: web.Request) -> Any:
        self.typing.append(self._channel(request)["id"])

    async def message(self, request: web.Request) -> Any:
        return self._message(request)

    async def history(self, request: web.Request) -> Any:
        messages = list(self.world.messages[self._channel(request)["id"]].values())
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 1 << 63))
        found = [m for m in messages if after < int(m["id"]) < before]
        count = int(request.query.get("limit", 50))
        if not 1 <= count <= 100:
            raise limits.form("limit must be 1 to 100")
        chosen = found[:count] if "after" in request.query else found[-count:]
        return list(reversed(chosen))

    async def create(self, request: web.Request) -> Any:
        channel = self._channel(request)
        body, files = await _body(request)
        limits.check_message(body, len(files))
        key = (channel["id"], str(body.get("nonce")))
        if body.get("nonce") is not None and body.get("enforce_nonce") and key in self.world.nonces:
            return self.world.nonces[key]  # "that message will be returned and no new message will be created"
        reference = body.get("message_reference")
        known = self.world.messages[channel["id"]]
        if reference and str(reference["message_id"]) not in known and reference.get("fail_if_not_exists", True):
            raise limits.form("message_reference: Unknown message")
        message = self.world.add_message(channel, self.world.bot, body, attachments=files)
        if body.get("nonce") is not None:
            self.world.nonces[key] = message
        shown = message | {"nonce": body.get("nonce")}
        await self.dispatch("MESSAGE_CREATE", self.world.dispatched(shown), channel.get("guild_id"))
        return shown

    async def edit(self, request: web.Request) -> Any:
        message = self._message(request)
        if message["author"]["id"] != self.world.bot["id"]:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        body, files = await _body(request)
        limits.check_message({**message, **body}, len(files), edit=True)
        await self._changed(self.world.change_message(message, body))
        return message

    async def _changed(self, message: dict[str, Any]) -> None:
        if not message["flags"] & EPHEMERAL:
            guild = self.world.channels[message["channel_id"]].get("guild_id")
            await self.dispatch("MESSAGE_UPDATE", self.world.dispatched(message), guild)

    async def thread(self, request: web.Request) -> Any:
        parent = self._channel(request)
        if parent["type"] in (DM, THREAD):
            raise Refused(400, 50024, "Cannot execute action on this channel type")
        if parent["id"] in self.no_threads:
            raise Refused(403, 50013, "Missing Permissions")
        body = await request.json()
        if not 1 <= len(body["name"]) <= 100:
            raise limits.form("name must be between 1 and 100 in length")
        id_ = request.match_info.get("message", "")
        if id_ in self.world.channels:
            raise Refused(400, 160004, "A thread has already been created for this message")
        thread = self.world.add_thread(parent, body["name"], self.world.bot["id"], id_)
        await self.dispatch("THREAD_CREATE", thread | {"newly_created": True}, thread["guild_id"])
        return thread

    async def add_to_thread(self, request: web.Request) -> Any:
        self._channel(request).setdefault("people", []).append(request.match_info["user"])

    # Interactions.

    async def callback(self, request: web.Request) -> Any:
        interaction = self.interactions.get(request.match_info["id"])
        if interaction is None or interaction["token"] != request.match_info["token"]:
            raise Refused(404, 10062, "Unknown interaction")
        if time.monotonic() - interaction["at"] > ACKNOWLEDGE_S:
            raise Refused(404, 10062, "Unknown interaction")
        if interaction["acknowledged"] is not None:
            raise Refused(400, 40060, "Interaction has already been acknowledged.")
        answer, files = await _body(request)
        kind, data = answer["type"], answer.get("data") or {}
        self._check_callback(interaction, kind, data, files)
        interaction["acknowledged"], interaction["data"] = kind, data
        message = None
        if kind in (CHANNEL_MESSAGE, DEFERRED):
            message = await self._respond(interaction, data, files, loading=kind == DEFERRED)
        elif kind == UPDATE:
            message = interaction["message"]
            await self._changed(self.world.change_message(message, data))
        if request.query.get("with_response") != "1":
            return None
        shown = {"id": request.match_info["id"], "type": interaction["type"]}
        if message is not None:
            flags = message["flags"]
            shown |= {"response_message_id": message["id"], "response_message_loading": bool(flags & LOADING)}
            shown |= {"response_message_ephemeral": bool(flags & EPHEMERAL)}
        return {"interaction": shown} | ({"resource": {"type": kind, "message": message}} if message else {})

    @staticmethod
    def _check_callback(interaction: dict[str, Any], kind: int, data: dict[str, Any], files: list[Any]) -> None:
        if interaction["type"] == 4:
            if kind != AUTOCOMPLETE:
                raise limits.form("an autocomplete is answered with choices")
            limits.check_choices(data["choices"])
        elif kind == MODAL:
            if interaction["type"] == 5:
                raise limits.form("a modal cannot follow a modal")
            limits.check_modal(data)
        elif kind == CHANNEL_MESSAGE:
            limits.check_message(data, len(files))
        elif kind == UPDATE:
            limits.check_message(data, len(files), edit=True)
        elif kind not in (DEFERRED, DEFERRED_UPDATE) or (kind == DEFERRED_UPDATE and interaction["type"] == 2):
            raise limits.form(f"callback type {kind} does not fit")

    async def _respond(
        self, interaction: dict[str, Any], data: dict[str, Any], files: list[dict[str, Any]], loading: bool = False
    ) -> dict[str, Any]:
        channel = self.world.channels[interaction["channel_id"]]
        flags = (data.get("flags", 0) & EPHEMERAL) | (LOADING if loading else 0)
        message = self.world.add_message(channel, self.world.bot, data, flags, attachments=files)
        shown = {"id": interaction["id"], "type": interaction["type"], "authorizing_integration_owners": {}}
        message["interaction_metadata"] = shown | {"user": self.world.users[interaction["user"]]}
        interaction["responses"].append(message["id"])
        if not flags & EPHEMERAL:
            await self.dispatch("MESSAGE_CREATE", self.world.dispatched(message), channel.get("guild_id"))
        return message

    def _interaction(self, request: web.Request) -> dict[str, Any]:
        token = request.match_info["token"]
        found = next((i for i in self.interactions.values() if i["token"] == token), None)
        if found is None or found["acknowledged"] is None:
            raise Refused(404, 10015, "Unknown Webhook")
        if time.monotonic() - found["at"] > TOKEN_S:
            raise Refused(401, 50027, "Invalid Webhook Token")
        return found

    def _response(self, request: web.Request) -> dict[str, Any]:
        interaction = self._interaction(request)
        id_ = request.match_info["message"]
        if id_ == "@original":
            if interaction["acknowledged"] == DEFERRED_UPDATE:
                shown: dict[str, Any] = interaction["message"]
                return shown
            if not interaction["responses"]:
                raise Refused(404, 10008, "Unknown Message")
            id_ = interaction["responses"][0]
        found = self.world.ephemeral.get(id_) or self.world.messages[interaction["channel_id"]].get(id_)
        if found is None:
            raise Refused(404, 10008, "Unknown Message")
        return found

    async def followup(self, request: web.Request) -> Any:
        interaction = self._interaction(request)
        body, files = await _body(request)
        limits.check_message(body, len(files))
        first = interaction["responses"] and self._find(interaction, interaction["responses"][0])
        if first and first["flags"] & LOADING:  # the first follow-up fills the deferred answer
            changed = self.world.change_message(first, body)
            changed["attachments"] = files
            await self._changed(changed)
            return changed
        return await self._respond(interaction, body, files)

    def _find(self, interaction: dict[str, Any], id_: str) -> dict[str, Any] | None:
        return self.world.ephemeral.get(id_) or self.world.messages[interaction["channel_id"]].get(id_)

    async def original(self, request: web.Request) -> Any:
        return self._response(request)

    async def edit_original(self, request: web.Request) -> Any:
        message = self._response(request)
        body, files = await _body(request)
        limits.check_message({**message, **body}, len(files), edit=True)
        if files:
            message["attachments"] = files
        await self._changed(self.world.change_message(message, body))
        return message

    async def delete_original(self, request: web.Request) -> Any:
        message = self._response(request)
        self.world.ephemeral.pop(message["id"], None)
        self.world.messages[message["channel_id"]].pop(message["id"], None)


async def _body(request: web.Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The JSON of a request and its files, whichever way it was sent."""
    if request.content_type == "application/json":
        return await request.json(), []
    body: dict[str, Any] = {}
    files: list[dict[str, Any]] = []
    async for part in await request.multipart():
        data = await part.read(decode=False)  # type: ignore[union-attr]
        if part.name == "payload_json":  # type: ignore[union-attr]
            body = json.loads(data)
        else:
            files.append(
                {"id": str(len(files) + 1), "filename": part.filename, "size": len(data), "data": data.decode()}
            )  # type: ignore[union-attr]
            files[-1] |= {"url": "http://127.0.0.1/file", "proxy_url": "http://127.0.0.1/file"}
    return body, files
