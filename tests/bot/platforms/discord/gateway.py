"""The gateway of the local Discord: HELLO, IDENTIFY, READY, heartbeats, RESUME with replay, INVALID_SESSION."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.bot.platforms.discord.world import World

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = (1 << 1) | (1 << 8) | MESSAGE_CONTENT


@dataclass
class Session:
    """A client's session; outlives its socket, so that it can be resumed."""

    id: str
    intents: int
    shard: tuple[int, int]
    sent: list[dict[str, Any]] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None
    valid: bool = True

    def sees(self, guild_id: str | None) -> bool:
        return (int(guild_id) >> 22) % self.shard[1] == self.shard[0] if guild_id else self.shard[0] == 0


class Gateway:
    """Serves gateway sockets.

    Attributes:
        token: The only bot token that is let in.
        allowed_intents: Privileged intents switched on in the portal; asking for others closes with 4014.
        opens: Operations that clients opened a socket with, in order: "identify" or "resume".
        heartbeats: Heartbeats received.
    """

    def __init__(self, world: World, token: str, url: str) -> None:
        self.world, self.token, self.url = world, token, url
        self.allowed_intents = MESSAGE_CONTENT
        self.heartbeat_s = 41.25
        self.sessions: dict[str, Session] = {}
        self.opens: list[str] = []
        self.heartbeats = 0
        self.resumes_refused = 0
        self.on_change: Any = lambda: None

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """One socket, from HELLO to its end."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await self._send(socket, HELLO, {"heartbeat_interval": self.heartbeat_s * 1000})
        session: Session | None = None
        try:
            async for frame in socket:
                if frame.type is not WSMsgType.TEXT:
                    break
                data = json.loads(frame.data)
                if data["op"] == HEARTBEAT:
                    self.heartbeats += 1
                    await self._send(socket, ACK, None)
                elif data["op"] == IDENTIFY:
                    session = await self._identify(socket, data["d"])
                elif data["op"] == RESUME:
                    session = await self._resume(socket, data["d"])
                self.on_change()
        finally:
            if session is not None and session.socket is socket:
                session.socket = None
            self.on_change()
        return socket

    async def _identify(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> Session | None:
        self.opens.append("identify")
        if asked["token"] != self.token:
            await socket.close(code=4004, message=b"Authentication failed.")
            return None
        if asked["intents"] & PRIVILEGED & ~self.allowed_intents:
            await socket.close(code=4014, message=b"Disallowed intent(s).")
            return None
        shard = tuple(asked.get("shard") or (0, 1))
        session = Session(secrets.token_hex(8), asked["intents"], shard, socket=socket)  # type: ignore[arg-type]
        self.sessions[session.id] = session
        guilds = [g for g in self.world.guilds.values() if session.sees(g["id"])]
        ready = {"v": 10, "user": self.world.bot, "guilds": [{"id": g["id"], "unavailable": True} for g in guilds]}
        ready |= {
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(shard),
            "private_channels": [],
        }
        ready["application"] = {"id": self.world.application_id, "flags": 1 << 18}
        await self._dispatch(session, "READY", ready)
        for guild in guilds:
            await self._dispatch(session, "GUILD_CREATE", self.world.guild_create(guild))
        return session

    async def _resume(self, socket: web.WebSocketResponse, asked: dict[str, Any]) -> Session | None:
        self.opens.append("resume")
        session = self.sessions.get(asked["session_id"] or "")
        if session is None or not session.valid or asked["token"] != self.token:
            self.resumes_refused += 1
            await self._send(socket, INVALID, False)
            return None
        session.socket = socket
        for payload in list(session.sent):
            if payload["s"] > (asked["seq"] or 0):
                await socket.send_str(json.dumps(payload))
        await self._dispatch(session, "RESUMED", {})
        return session

    async def dispatch(self, event: str, data: dict[str, Any], guild_id: str | None = None) -> None:
        """Send an event to whoever sees it; sessions without a socket get it when they resume."""
        for session in list(self.sessions.values()):
            if session.valid and session.sees(guild_id):
                await self._dispatch(session, event, data)
        self.on_change()

    async def _dispatch(self, session: Session, event: str, data: dict[str, Any]) -> None:
        if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
            data = self._redacted(session, data)
        payload = {"op": DISPATCH, "t": event, "s": len(session.sent) + 1, "d": data}
        session.sent.append(payload)
        await self._raw(session, json.dumps(payload))

    def _redacted(self, session: Session, message: dict[str, Any]) -> dict[str, Any]:
        """Without the content, where the intent does not cover it."""
        mine = any(user["id"] == self.world.bot["id"] for user in message.get("mentions", ()))
        ours = message["author"]["id"] == self.world.bot["id"]
        if session.intents & MESSAGE_CONTENT or mine or ours or not message.get("guild_id"):
            return message
        return message | {"content": "", "embeds": [], "components": []}

    async def _raw(self, session: Session, text: str) -> None:
        if session.socket is not None and not session.socket.closed:
            try:
                await session.socket.send_str(text)
            except ConnectionError:
                session.socket = None

    @staticmethod
    async def _send(socket: web.WebSocketResponse, op: int, data: Any) -> None:
        await socket.send_str(json.dumps({"op": op, "d": data, "s": None, "t": None}))

    # What goes wrong.

    @property
    def live(self) -> list[Session]:
        """Sessions with an open socket."""
        return [s for s in self.sessions.values() if s.socket is not None and not s.socket.closed]

    async def raw(self, text: str) -> None:
        """Send a frame as it is."""
        for session in self.live:
            await self._raw(session, text)

    async def drop(self) -> None:
        """Cut every socket without a goodbye; sessions stay resumable."""
        for session in self.live:
            assert session.socket is not None
            transport = session.socket._req.transport if session.socket._req else None
            session.socket = None
            if transport is not None:
                transport.abort()

    async def close(self, code: int) -> None:
        """Close every socket with a code; sessions stay resumable."""
        for session in self.live:
            assert session.socket is not None
            await session.socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Operation 7: the client shall come back and resume."""
        for session in self.live:
            assert session.socket is not None
            await self._send(session.socket, RECONNECT, None)

    async def invalidate(self, tell: bool = True) -> None:
        """Forget every session; ``tell`` says so on the socket, otherwise the client finds out when it resumes."""
        for session in self.live:
            session.valid = False
            if tell and session.socket is not None:
                await self._send(session.socket, INVALID, False)
        for session in self.sessions.values():
            session.valid = False

    async def repeat(self, event: str, count: int = 1) -> None:
        """Send the last events of a kind once more, with new sequence numbers, as a confused gateway would."""
        for session in self.live:
            old = [p for p in session.sent if p["t"] == event][-count:]
            for payload in old:
                again = payload | {"s": len(session.sent) + 1}
                session.sent.append(again)
                await self._raw(session, json.dumps(again))
