"""What admins may do from a chat: text in, text out, the same on every platform.

Who is an admin stands in ``bots.admins``. Everyone else gets a polite no; who tried, and what, goes into the log and
into the table ``admin_log``, as does what admins do.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import Boolean, Float, Integer, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.bell import announcing
from bot.errors import SouschefError
from bot.host import Host
from bot.store import Base, Chat, Store
from model.student import StudentError

log = logging.getLogger(__name__)
Send = Callable[[str, str], Awaitable[bool]]  # (chat key, text) → whether it arrived
WORST = 5
NEWS_S, TEND_S = 2.0, 30.0
CALENDAR = "calendar"  # the role of the process that starts what is due, and what should be running

COMMANDS: dict[str, str] = {
    "scores": "how good the replies were",
    "worst": "the replies with the lowest scores",
    "retrain": "train the student again from what was learned",
    "jobs": "what is being trained",
    "cancel": "stop a job: /cancel NUMBER",
    "promote": "make a version the student in use: /promote VERSION",
    "rollback": "go back to the student before",
    "broadcast": "write to all chats: /broadcast TEXT",
}


class AdminLogRow(Base):
    """An admin command: who said what, and whether it was allowed."""

    __tablename__ = "admin_log"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    user: Mapped[str] = mapped_column(String(200), index=True)
    command: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text, default="")
    allowed: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[float] = mapped_column(Float)


class Admin:
    """Carries out admin commands.

    Args:
        host: The host of the platforms.
    """

    def __init__(self, host: Host) -> None:
        self.host, self.settings = host, host.settings
        self._senders: dict[str, Send] = {}

    def register(self, platform: str, send: Send) -> None:
        """Let ``/broadcast`` and news of jobs reach the chats of a platform."""
        self._senders[platform] = send

    def is_admin(self, user_key: str) -> bool:
        """Whether a cook ("platform:id") stands in ``bots.admins``."""
        return user_key in self.settings.bots.admins

    async def handle(self, user_key: str, text: str, chat_key: str = "") -> str | None:
        """Carry out an admin command.

        Args:
            user_key: Who says it, as "platform:id".
            text: What was typed, with or without the slash: ``"/promote night-2"``.
            chat_key: Where, as "platform:chat": there it is told how a job goes.

        Returns:
            What to say to them; None if it is no admin command.
        """
        name, _, rest = text.strip().removeprefix("/").partition(" ")
        name, rest = name.lower(), rest.strip()
        if name not in COMMANDS:
            return None
        allowed = self.is_admin(user_key)
        await self.host.run(self._note, user_key, name, rest, allowed)
        if not allowed:
            log.warning("%s tried /%s and is no admin.", user_key, name)
            return (
                f"I am sorry: /{name} is for the people who run this kitchen. Is there something I can cook with you?"
            )
        log.info("%s: /%s %s", user_key, name, rest)
        try:
            answer: str = await getattr(self, f"_{name}")(rest, user_key, chat_key)
        except SouschefError as error:
            return str(error)
        except Exception as error:
            from bot.cli import explain

            if type(error).__module__.split(".")[0] != "model":  # those say what is the matter
                log.exception("/%s failed", name)
            return explain(error)
        return answer

    async def _scores(self, _rest: str, _user: str, _chat: str) -> str:
        from bot.review import summary

        return await self.host.run(summary, self.host.assistant.store)

    async def _worst(self, rest: str, _user: str, _chat: str) -> str:
        count = int(rest) if rest.isdecimal() and 0 < int(rest) <= 50 else WORST
        from bot.review import worst

        return await self.host.run(worst, self.host.assistant.store, count)

    async def _retrain(self, _rest: str, user: str, chat: str) -> str:
        job = await self.host.run(self._jobs_().start, "retrain", user, chat)
        return f"Job {job.id} is started: retraining the student. I write here how far it is; /cancel stops it."

    async def _jobs(self, _rest: str, _user: str, _chat: str) -> str:
        jobs = await self.host.run(self._jobs_().recent, 5)
        return "\n".join(job.sentence() for job in jobs) or "There was no job yet."

    async def _cancel(self, rest: str, user: str, _chat: str) -> str:
        if rest and not rest.isdecimal():
            return "Say which job by its number: /cancel 3; without a number I stop the one that runs."
        job = await self.host.run(self._jobs_().cancel, int(rest) if rest else None, f"{user} asked for it.")
        return str(job.sentence())

    async def _promote(self, rest: str, user: str, _chat: str) -> str:
        if not rest:
            versions = await self.host.run(self._registry().versions)
            names = "\n".join(f"{'* ' if v.active else '  '}{v.name}" for v in versions)
            return f"Say which version: /promote VERSION. There are:\n{names}"
        version = await self.host.run(self._registry().use, rest, f"/promote by {user}")
        await self.host.run(self.host.assistant.answerer.settle)
        return f"The student is now {version.name}, from the next reply on. /rollback takes it back."

    async def _rollback(self, _rest: str, user: str, _chat: str) -> str:
        version = await self.host.run(self._registry().rollback, f"/rollback by {user}")
        await self.host.run(self.host.assistant.answerer.settle)
        return f"The student is {version.name} again."

    def _jobs_(self) -> Any:
        from bot.jobs import Jobs

        return Jobs(self.host.assistant.store, self.settings)

    def _registry(self) -> Any:
        from model.registry import Registry

        return Registry(self.settings.paths.data)

    async def watch(self) -> None:
        """Tell chats how the jobs that they asked for go, and take up jobs whose process died; until cancelled."""
        jobs = await self.host.run(self._jobs_)
        tended = 0.0
        while True:
            try:
                now = asyncio.get_running_loop().time()
                if now - tended >= TEND_S and self.host.leads(CALENDAR):
                    tended = now
                    await self.host.run(jobs.tend)
                for platform, send in list(self._senders.items()):
                    if not self.host.leads(announcing(platform)):
                        continue
                    for news in await self.host.run(jobs.news, platform):
                        with contextlib.suppress(StudentError):  # "is in use" is true when it is read
                            await self.host.run(self.host.assistant.answerer.settle)
                        await send(news.chat, news.text)
                        await self.host.run(jobs.told, news.id)  # killed before that, it says so again: not less
            except Exception as error:  # the next look may go better
                log.warning("Could not look after the jobs: %s", error)
            await asyncio.sleep(NEWS_S)

    async def _broadcast(self, rest: str, _user: str, _chat: str) -> str:
        if not self.settings.bots.broadcast:
            return "Broadcasting is off: an admin of the machine can switch it on with bots.broadcast = true."
        if not rest:
            return "Say what to write to everyone: /broadcast TEXT."
        told = missed = 0
        for platform, key in await self.host.run(self._chats):
            if platform not in self._senders:
                continue
            try:
                arrived = await self._senders[platform](key, rest)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # one chat that is away must not keep the others from hearing it
                log.warning("Broadcast did not reach %s: %s", key, error)
                arrived = False
            told, missed = told + arrived, missed + (not arrived)
        return f"{told} chats were told" + (f", {missed} could not be reached." if missed else ".")

    def _chats(self) -> list[tuple[str, str]]:
        with self.host.assistant.store.read() as db:
            rows = db.execute(select(Chat.platform, Chat.key).where(Chat.platform.in_(list(self._senders))))
            return [(platform, key) for platform, key in rows]

    def _note(self, user: str, command: str, text: str, allowed: bool) -> None:
        store: Store = self.host.assistant.store
        with store.write() as db:
            db.add(AdminLogRow(user=user, command=command, text=text[:500], allowed=allowed, at=store.clock()))
