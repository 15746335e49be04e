"""The things of the local Discord in their wire form: users, guilds, channels, threads, messages."""

import itertools
import re
import time
from typing import Any

EPOCH_MS = 1_420_070_400_000
DM, TEXT, THREAD = 1, 0, 11
EPHEMERAL, LOADING = 64, 128
JOINED = "2024-01-01T00:00:00.000000+00:00"
ALL_PERMISSIONS = str((1 << 50) - 1)


class World:
    """State of the local Discord.

    Attributes:
        messages: Every message by channel id, then by id, in the order in which they were made.
        ephemeral: Messages that only one person sees, by id.
        made, changed: When a message was made, and made or changed last, by id, in seconds of the monotonic clock.
        pings: ``(message id, whom)`` of every mention that would have made somebody's phone ring.
    """

    def __init__(self) -> None:
        self._count = itertools.count(1)
        self.application_id = self.snowflake()
        self.bot = self.user("Souschef", bot=True, id_=self.application_id)
        self.users: dict[str, dict[str, Any]] = {self.bot["id"]: self.bot}
        self.guilds: dict[str, dict[str, Any]] = {}
        self.channels: dict[str, dict[str, Any]] = {}
        self.messages: dict[str, dict[str, dict[str, Any]]] = {}
        self.ephemeral: dict[str, dict[str, Any]] = {}
        self.nonces: dict[tuple[str, str], dict[str, Any]] = {}
        self.pings: list[tuple[str, str]] = []
        self.made: dict[str, float] = {}
        self.changed: dict[str, float] = {}

    def snowflake(self) -> str:
        """A new id; later ones are greater, and carry the time."""
        return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(self._count) & 0x3FFFFF)

    def user(self, name: str, bot: bool = False, id_: str = "") -> dict[str, Any]:
        user = {"id": id_ or self.snowflake(), "username": name, "discriminator": "0", "global_name": name}
        return user | {"avatar": None, "bot": bot, "public_flags": 0}

    def add_user(self, name: str) -> dict[str, Any]:
        user = self.user(name)
        self.users[user["id"]] = user
        return user

    def add_guild(self, name: str, owner: dict[str, Any]) -> dict[str, Any]:
        id_ = self.snowflake()
        everyone = {"id": id_, "name": "@everyone", "permissions": ALL_PERMISSIONS, "position": 0, "color": 0}
        everyone |= {"hoist": False, "managed": False, "mentionable": False, "flags": 0, "colors": {"primary_color": 0}}
        guild: dict[str, Any] = {"id": id_, "name": name, "owner_id": owner["id"], "roles": [everyone], "emojis": []}
        guild |= {"features": [], "verification_level": 0, "default_message_notifications": 0, "mfa_level": 0}
        guild |= {"explicit_content_filter": 0, "nsfw_level": 0, "premium_tier": 0, "preferred_locale": "en-US"}
        guild |= {"afk_timeout": 300, "afk_channel_id": None, "system_channel_id": None, "system_channel_flags": 0}
        guild |= {"stickers": [], "icon": None, "splash": None, "banner": None, "description": None, "large": False}
        guild |= {"joined_at": JOINED, "member_count": 2, "voice_states": [], "presences": [], "stage_instances": []}
        guild |= {"premium_progress_bar_enabled": False, "unavailable": False, "guild_scheduled_events": []}
        guild |= {"application_id": None, "rules_channel_id": None, "public_updates_channel_id": None}
        self.guilds[id_] = guild
        return guild

    def add_channel(self, guild: dict[str, Any], name: str) -> dict[str, Any]:
        channel = {"id": self.snowflake(), "type": TEXT, "guild_id": guild["id"], "name": name, "position": 0}
        channel |= {"permission_overwrites": [], "nsfw": False, "topic": None, "parent_id": None, "flags": 0}
        channel |= {"rate_limit_per_user": 0, "last_message_id": None}
        return self._keep(channel)

    def add_dm(self, user: dict[str, Any]) -> dict[str, Any]:
        for channel in self.channels.values():
            if channel["type"] == DM and channel["recipients"][0]["id"] == user["id"]:
                return channel
        return self._keep(
            {"id": self.snowflake(), "type": DM, "last_message_id": None, "recipients": [user], "flags": 0}
        )

    def add_thread(self, parent: dict[str, Any], name: str, owner: str, id_: str = "") -> dict[str, Any]:
        thread = {"id": id_ or self.snowflake(), "type": THREAD, "guild_id": parent["guild_id"], "name": name}
        thread |= {"parent_id": parent["id"], "owner_id": owner, "message_count": 0, "member_count": 1, "flags": 0}
        meta = {"archived": False, "auto_archive_duration": 1440, "archive_timestamp": JOINED, "locked": False}
        thread |= {"thread_metadata": meta, "rate_limit_per_user": 0, "last_message_id": None, "applied_tags": []}
        return self._keep(thread)

    def _keep(self, channel: dict[str, Any]) -> dict[str, Any]:
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = {}
        return channel

    def guild_create(self, guild: dict[str, Any]) -> dict[str, Any]:
        """The payload with which the gateway shows a guild."""
        mine = [c for c in self.channels.values() if c.get("guild_id") == guild["id"]]
        return guild | {
            "channels": [c for c in mine if c["type"] == TEXT],
            "threads": [c for c in mine if c["type"] == THREAD and not c["thread_metadata"]["archived"]],
            "members": [self.member(self.bot)],
        }

    def member(self, user: dict[str, Any] | None) -> dict[str, Any]:
        """A member; without the user inside where None is given."""
        member = {"roles": [], "joined_at": JOINED, "deaf": False, "mute": False, "nick": None, "avatar": None}
        member |= {"premium_since": None, "pending": False, "flags": 0, "communication_disabled_until": None}
        return member | ({"user": user} if user is not None else {})

    def add_message(
        self, channel: dict[str, Any], author: dict[str, Any], body: dict[str, Any], flags: int = 0, **extra: Any
    ) -> dict[str, Any]:
        """Make a message of a checked body and count whom it pings."""
        id_ = self.snowflake()
        content = body.get("content") or ""
        mentioned = [self.users[i] for i in re.findall(r"<@!?(\d+)>", content) if i in self.users]
        message: dict[str, Any] = {"id": id_, "channel_id": channel["id"], "author": author, "content": content}
        message |= {"timestamp": _iso(), "edited_timestamp": None, "tts": False, "mention_everyone": False}
        message |= {"mentions": mentioned, "mention_roles": [], "attachments": [], "embeds": body.get("embeds") or []}
        message |= {"pinned": False, "type": 0, "flags": flags, "components": body.get("components") or []}
        reference = body.get("message_reference")
        if reference:
            message["type"] = 19
            message["message_reference"] = {"message_id": str(reference["message_id"]), "channel_id": channel["id"]}
            message["referenced_message"] = self.messages[channel["id"]].get(str(reference["message_id"]))
        message |= extra
        self.made[id_] = self.changed[id_] = time.monotonic()
        if author["id"] == self.bot["id"]:
            self.count_pings(message, body.get("allowed_mentions"))
        if flags & EPHEMERAL:
            self.ephemeral[id_] = message
        else:
            self.messages[channel["id"]][id_] = message
            channel["last_message_id"] = id_
        return message

    def change_message(self, message: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        """Edit a message with a checked body."""
        for key in ("content", "embeds", "components"):
            if key in body:
                message[key] = body[key] or ("" if key == "content" else [])
        if message["flags"] & LOADING:  # until now nothing was to be seen
            self.made[message["id"]] = time.monotonic()
        self.changed[message["id"]] = time.monotonic()
        message["flags"] &= ~LOADING
        message["edited_timestamp"] = _iso()
        self.count_pings(message, body.get("allowed_mentions"))
        return message

    def count_pings(self, message: dict[str, Any], allowed: dict[str, Any] | None) -> None:
        content = message["content"]
        parse = {"everyone", "users", "roles"} if allowed is None else set(allowed.get("parse", ()))
        if "everyone" in parse and re.search(r"@(everyone|here)", content):
            self.pings.append((message["id"], "everyone"))
        for id_ in re.findall(r"<@!?(\d+)>", content):
            if "users" in parse or id_ in (allowed or {}).get("users", ()):
                self.pings.append((message["id"], id_))
        answered = message.get("referenced_message")
        if answered and (allowed is None or allowed.get("replied_user")):
            self.pings.append((message["id"], answered["author"]["id"]))

    def dispatched(self, message: dict[str, Any]) -> dict[str, Any]:
        """A message as the gateway sends it: with guild and member."""
        guild = self.channels[message["channel_id"]].get("guild_id")
        return message | ({"guild_id": guild, "member": self.member(None)} if guild else {})


def _iso() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{time.time_ns() // 1000 % 1_000_000:06}+00:00"
