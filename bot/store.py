"""Conversations, sessions and timers in SQL: SQLite in WAL mode by default, the same code for PostgreSQL.

A message is logged in two strokes: first that it was received, then, in one transaction, its reply and the session that
the reply leaves behind. A process killed in between leaves a received turn without a reply, which is answered when the
platform repeats the message; a message id that has its reply gets that reply again. So nothing is lost or done twice.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    column,
    create_engine,
    delete,
    event,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.orm import Session as OrmSession

from bot import fence
from bot.errors import StoreError
from bot.schema import alone, bring_up

log = logging.getLogger(__name__)

APPLICATION = "souschef"
"""What connections to PostgreSQL call themselves (see ``bot.occupied``)."""


class Base(DeclarativeBase):
    """Tables use types that SQLite and PostgreSQL share; moments are seconds since 1970 (UTC)."""


class Chat(Base):
    """One chat and the session in it (see :class:`bot.session.Session`)."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), unique=True)
    platform: Mapped[str] = mapped_column(String(40))
    user: Mapped[str] = mapped_column(String(200), index=True)
    state: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created: Mapped[float] = mapped_column(Float, default=time.time)
    updated: Mapped[float] = mapped_column(Float, default=time.time)


class TurnRow(Base):
    """A message and its reply. ``answered`` is None until the reply is logged; ``details`` is small print."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("chat_id", "message_id"), Index("ix_turns_chat", "chat_id", "id"))
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(200))
    user: Mapped[str] = mapped_column(String(200), index=True)
    received: Mapped[float] = mapped_column(Float)
    answered: Mapped[float | None] = mapped_column(Float, nullable=True)
    utterance: Mapped[str] = mapped_column(Text)
    user_intent: Mapped[str] = mapped_column(String(40), default="")
    intent: Mapped[str] = mapped_column(String(40), default="")
    action: Mapped[str] = mapped_column(String(40), default="")
    shared: Mapped[list[str]] = mapped_column(JSON, default=list)
    text: Mapped[str] = mapped_column(Text, default="")
    passages: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    recipe: Mapped[str | None] = mapped_column(Text, nullable=True)
    step: Mapped[int] = mapped_column(Integer, default=0)
    supported: Mapped[bool] = mapped_column(Boolean, default=True)
    guarded: Mapped[bool] = mapped_column(Boolean, default=False)
    student: Mapped[str] = mapped_column(String(120), default="")
    first_token_s: Mapped[float] = mapped_column(Float, default=0.0)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    thumb: Mapped[int] = mapped_column(Integer, default=0)
    scores: Mapped[dict[str, Any] | None] = mapped_column(JSON, nullable=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class TimerRow(Base):
    """A timer; ``rung`` once it has been announced."""

    __tablename__ = "timers"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(120), default="")
    seconds: Mapped[float] = mapped_column(Float)
    due: Mapped[float] = mapped_column(Float, index=True)
    rung: Mapped[bool] = mapped_column(Boolean, default=False)


class ScoringRow(Base):
    """Where the scoring of a reply stands; made with the reply, so that none can be overlooked (see ``bot.triad``).

    ``state`` is "waiting", "scored", "not applicable" or "failed"; ``lowest`` the least of the scores there are;
    ``events`` the ids of the TruLens spans that hold the record.
    """

    __tablename__ = "scorings"
    __table_args__ = (Index("ix_scorings_state", "state", "turn_id"),)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    context_relevance: Mapped[float | None] = mapped_column(Float, nullable=True)
    groundedness: Mapped[float | None] = mapped_column(Float, nullable=True)
    answer_relevance: Mapped[float | None] = mapped_column(Float, nullable=True)
    lowest: Mapped[float | None] = mapped_column(Float, nullable=True, index=True)
    reasons: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    judge: Mapped[str] = mapped_column(String(120), default="")
    events: Mapped[list[str]] = mapped_column(JSON, default=list)
    at: Mapped[float] = mapped_column(Float, default=0.0)


class ReviewRow(Base):
    """What a person thinks of a reply: right or wrong, and the answer that would have been better."""

    __tablename__ = "reviews"
    __table_args__ = (UniqueConstraint("turn_id", "reviewer"),)
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), index=True)
    reviewer: Mapped[str] = mapped_column(String(200))
    right: Mapped[bool] = mapped_column(Boolean)
    better: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[float] = mapped_column(Float)


class ConsentRow(Base):
    """Whether a cook lets the student learn from their conversations (see ``bot.consent``)."""

    __tablename__ = "consents"
    user: Mapped[str] = mapped_column(String(200), primary_key=True)
    given: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[float] = mapped_column(Float)


class JudgeDayRow(Base):
    """What an LLM judge was asked on a day (UTC, "2026-11-28") and what that cost."""

    __tablename__ = "judge_days"
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    calls: Mapped[int] = mapped_column(Integer, default=0)
    usd: Mapped[float] = mapped_column(Float, default=0.0)


class JudgeCacheRow(Base):
    """What an LLM judge said, by a digest of what it was asked; kept for a month."""

    __tablename__ = "judge_cache"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    scores: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[float] = mapped_column(Float, index=True)


class Store:
    """The database. ``read()`` and ``write()`` give a session that ends with the block; errors come out as StoreError.

    Args:
        url: An SQLAlchemy URL.
        busy_timeout_s: How long to wait for another writer.
        clock: Seconds since 1970; tests pass their own.
        as_is: Leave the schema as it is, or the database empty; only for ``souschef database``.
    """

    def __init__(
        self,
        url: str,
        busy_timeout_s: float = 10.0,
        clock: Callable[[], float] = time.time,
        as_is: bool = False,
    ) -> None:
        self.clock = clock
        try:
            make_url(url)
        except (SQLAlchemyError, ValueError):
            raise StoreError(
                "The setting database.url is not a database URL: write it as postgresql+psycopg://..."
            ) from None
        # What follows the "?" may hold a password as well.
        query = {key: value for key, value in make_url(url).query.items() if key in ("host", "port")}
        self.name = make_url(url).set(query=query).render_as_string(hide_password=True)
        self._sqlite_file = make_url(url).database if url.startswith("sqlite") else None
        with self._explained():
            self.engine = self._connect(url, busy_timeout_s)
            if not as_is:
                bring_up(self.engine, self.name)

    def _connect(self, url: str, busy_timeout_s: float) -> Engine:
        if not url.startswith("sqlite"):
            parsed = make_url(url)
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            if "psycopg" in parsed.drivername and "application_name" not in parsed.query:
                parsed = parsed.update_query_dict({"application_name": APPLICATION})
            return create_engine(parsed, pool_pre_ping=True)
        if self._sqlite_file and self._sqlite_file != ":memory:":
            from pathlib import Path

            Path(self._sqlite_file).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": busy_timeout_s, "check_same_thread": False})

        @event.listens_for(engine, "connect")
        def _configure(connection: Any, _record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            cursor = connection.cursor()
            # secure_delete: "forget me" must leave nothing in the file's free pages.
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine, "begin")
        def _begin(connection: Any) -> None:
            # A writer takes its lock at once: upgrading a read lock later fails without waiting.
            write = connection.get_execution_options().get("write")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

        return engine

    @contextmanager
    def read(self) -> Iterator[OrmSession]:
        with self._explained(), OrmSession(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[OrmSession]:
        """A transaction; ClaimLost where another process has what this one was at (see :mod:`bot.fence`)."""
        engine = self.engine.execution_options(write=True)
        with self._explained(), OrmSession(engine, expire_on_commit=False) as session, session.begin():
            fence.confirm(session)
            yield session

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A transaction in which nobody else changes the schema."""
        with self._explained(), alone(self.engine) as connection:
            yield connection

    def chat(self, key: str, platform: str, user: str) -> Chat:
        """The chat with this key, made if need be."""
        with self.read() as db:
            found = db.scalar(select(Chat).where(Chat.key == key))
        if found is not None:
            return found
        with self.write() as db:
            found = db.scalar(select(Chat).where(Chat.key == key))
            if found is None:
                found = Chat(
                    key=key, platform=platform, user=user, state={}, created=self.clock(), updated=self.clock()
                )
                db.add(found)
        return found

    def find_chat(self, key: str) -> Chat | None:
        with self.read() as db:
            return db.scalar(select(Chat).where(Chat.key == key))

    def receive(self, chat: Chat, message_id: str, user: str, utterance: str) -> TurnRow:
        """Log that a message came; a message id that is known gives the row it has."""
        with self.write() as db:
            row = db.scalar(select(TurnRow).where(TurnRow.chat_id == chat.id, TurnRow.message_id == message_id))
            if row is None:
                row = TurnRow(
                    chat_id=chat.id, message_id=message_id, user=user, utterance=utterance, received=self.clock()
                )
                db.add(row)
        return row

    def answer(self, turn: TurnRow, state: dict[str, Any] | None, **values: Any) -> None:
        """Log the reply and the session it leaves, together.

        ``state`` None leaves the session alone.
        """
        now = self.clock()
        with self.write() as db:
            row = db.get(TurnRow, turn.id)
            if row is None:  # forgotten while it was being answered
                return
            for key, value in values.items():
                setattr(row, key, value)
            row.answered = now
            db.merge(ScoringRow(turn_id=row.id))
            chat = db.get(Chat, row.chat_id)
            if chat is not None and state is not None:
                chat.state, chat.updated = state, now

    def turns(self, chat_id: int, limit: int | None = None, recipe: str | None = None) -> list[TurnRow]:
        """Answered turns of a chat, oldest first; the last ``limit``; only those over ``recipe`` if given."""
        query = select(TurnRow).where(TurnRow.chat_id == chat_id, TurnRow.answered.is_not(None))
        if recipe is not None:
            query = query.where(TurnRow.recipe == recipe)
        query = query.order_by(TurnRow.id.desc())
        with self.read() as db:
            return list(reversed(db.scalars(query.limit(limit) if limit else query).all()))

    def forget_user(self, user: str) -> int:
        """Delete every row of a cook and the pages they stood on; returns how many turns went."""
        with self.write() as db:
            chats = db.scalars(select(Chat.id).where(Chat.user == user)).all()
            theirs = (TurnRow.user == user) | TurnRow.chat_id.in_(chats)
            count = len(db.scalars(select(TurnRow.id).where(theirs)).all())
            spans = select(ScoringRow.events).where(ScoringRow.turn_id.in_(select(TurnRow.id).where(theirs)))
            self._delete_spans(db, [id_ for ids in db.scalars(spans) for id_ in ids])
            db.execute(delete(JudgeCacheRow))  # reasons may quote anybody, and nothing is lost but a few calls
            db.execute(delete(ReviewRow).where(ReviewRow.reviewer == user))
            db.execute(delete(TurnRow).where(theirs))
            db.execute(delete(TimerRow).where(TimerRow.chat_id.in_(chats)))
            db.execute(delete(Chat).where(Chat.id.in_(chats)))
            db.execute(delete(ConsentRow).where(ConsentRow.user == user))
            admins = table("admin_log", column("user"))  # of bot.admin, which stands above this module
            db.execute(delete(admins).where(admins.c.user == user))
        if self._sqlite_file:
            # The write-ahead log still holds the old pages until it is checkpointed and truncated.
            with self._explained():
                raw = self.engine.raw_connection()
                try:
                    for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                        raw.cursor().execute(statement).fetchall()
                except sqlite3.Error as error:
                    raise StoreError(self._sentence(error)) from error
                finally:
                    raw.close()
        return count

    @staticmethod
    def _delete_spans(db: OrmSession, ids: list[str]) -> None:
        """Delete what TruLens recorded, in its table (which is there once anything was)."""
        events = table("trulens_events", column("event_id"))
        if ids and inspect(db.connection()).has_table(events.name):
            for start in range(0, len(ids), 500):
                db.execute(delete(events).where(events.c.event_id.in_(ids[start : start + 500])))

    def check(self) -> None:
        """Raises StoreError if the database is damaged."""
        if self._sqlite_file:
            with self.read() as db:
                result = db.execute(text("PRAGMA quick_check(1)")).scalar()
            if result != "ok":
                raise StoreError(self._damaged())

    def close(self) -> None:
        self.engine.dispose()

    def _damaged(self) -> str:
        return (
            f"The database {self.name} is damaged: move the file away or put a backup in its place, then start again."
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ImportError as error:
            raise StoreError(f"The database {self.name} needs a driver: pip install 'psycopg[binary]'.") from error
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(self._sentence(error)) from error

    def _sentence(self, error: Exception) -> str:
        reason = str(error.orig if isinstance(error, DatabaseError) and error.orig else error).strip().splitlines()[0]
        low = reason.lower()
        if "malformed" in low or "not a database" in low or "corrupt" in low:
            return self._damaged()
        if "disk is full" in low or "no space left" in low:
            return f"The disk is full: free some space for {self.name}, then say it again."
        if "readonly" in low or "read-only" in low or "unable to open" in low or "permission denied" in low:
            return f"Cannot write the database {self.name}: make its folder writable or set paths.data to another one."
        if "locked" in low or "busy" in low:
            return f"The database {self.name} is busy in another process: try again in a moment."
        return f"The database {self.name} cannot be used: {reason}."
