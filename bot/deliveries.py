"""What became of a reply on its platform: kept in SQL, so that after a crash it is sent if it was not, and only then.

A reply goes through three states. No row: nothing was sent. "sending": something may have been sent; ``message_ids``
names the platform's messages that are known to be there, which can be edited to the final text any number of times.
"sent": the cook has it, or the chat is gone and nobody can have it.
"""

from dataclasses import dataclass

from sqlalchemy import JSON, Float, ForeignKey, Integer, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from bot.messages import Message
from bot.sharing.tables import InboxRow
from bot.store import Base, Chat, Store, TimerRow, TurnRow

SENDING, SENT = "sending", "sent"


class DeliveryRow(Base):
    """Where the reply of a turn stands on its platform."""

    __tablename__ = "deliveries"
    turn_id: Mapped[int] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default=SENDING)
    message_ids: Mapped[list[str]] = mapped_column(JSON, default=list)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    at: Mapped[float] = mapped_column(Float, default=0.0)


class AnnouncementRow(Base):
    """That announcing a timer was begun: ``mark`` is what the platform needs to find out whether it arrived."""

    __tablename__ = "announcements"
    timer_id: Mapped[int] = mapped_column(ForeignKey("timers.id", ondelete="CASCADE"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(40))


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message whose cook does not have the reply yet.

    Attributes:
        message: As it was received.
        turn_id: Its logged turn.
        received: Seconds since 1970.
        answered: Whether the reply was made already.
        begun: Whether sending it was begun; then some of it may be there.
        message_ids: The platform's messages that hold (part of) it.
    """

    message: Message
    turn_id: int
    received: float
    answered: bool = False
    begun: bool = False
    message_ids: tuple[str, ...] = ()


class Deliveries:
    """The table of deliveries.

    Args:
        store: The database.
        shared: Whether what is delivered stands in an inbox (see :mod:`bot.sharing`).

    Raises:
        StoreError: From every method, if the database cannot be used.
    """

    def __init__(self, store: Store, shared: bool = False) -> None:
        self.store, self.shared = store, shared

    def mark(self, turn_id: int, state: str, message_ids: tuple[str, ...] = ()) -> None:
        """Note where a reply stands. A turn that was forgotten meanwhile leaves nothing."""
        with self.store.write() as db:
            if db.get(TurnRow, turn_id) is None:
                return
            row = db.get(DeliveryRow, turn_id)
            if row is None:
                row = DeliveryRow(turn_id=turn_id, attempts=0)
                db.add(row)
            if row.state != SENT and not row.message_ids and state == SENDING:
                row.attempts += 1
            row.state, row.message_ids, row.at = state, list(message_ids), self.store.clock()
            if self.shared and state == SENT:
                db.execute(delete(InboxRow).where(InboxRow.turn_id == turn_id))

    def unsent(self, platform: str, since: float) -> list[Unsent]:
        """Messages of a platform received after ``since`` whose reply was not sent, oldest first."""
        query = (
            select(TurnRow, Chat.key, DeliveryRow)
            .join(Chat, Chat.id == TurnRow.chat_id)
            .outerjoin(DeliveryRow, DeliveryRow.turn_id == TurnRow.id)
            .where(Chat.platform == platform, TurnRow.received >= since)
            .where(DeliveryRow.turn_id.is_(None) | (DeliveryRow.state != SENT))
            .order_by(TurnRow.id)
        )
        with self.store.read() as db:
            return [as_unsent(turn, key, platform, row) for turn, key, row in db.execute(query).all()]

    def known(self, platform: str, since: float, last: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Chats of a platform with the message ids that were noted for turns received after ``since``.

        Only for the ``last`` so many turns, where that is given.
        """
        query = (
            select(Chat.key, TurnRow.message_id, DeliveryRow.message_ids)
            .join(Chat, Chat.id == TurnRow.chat_id)
            .outerjoin(DeliveryRow, DeliveryRow.turn_id == TurnRow.id)
            .where(Chat.platform == platform, TurnRow.received >= since)
        )
        if last is not None:
            query = query.order_by(TurnRow.id.desc()).limit(last)
        with self.store.read() as db:
            rows = db.execute(query).all()
        return [(key.removeprefix(f"{platform}:"), (id_, *(sent or ()))) for key, id_, sent in rows]


def announcement_begun(store: Store, timer_id: int, mark: str) -> str:
    """Note that announcing a timer begins; the mark of the first time if it was begun before, else ""."""
    with store.write() as db:
        row = db.get(AnnouncementRow, timer_id)
        if row is not None:
            return row.mark
        if db.get(TimerRow, timer_id) is not None:
            db.add(AnnouncementRow(timer_id=timer_id, mark=mark))
    return ""


def as_unsent(turn: TurnRow, chat_key: str, platform: str, row: DeliveryRow | None) -> Unsent:
    """A logged message with what is known of its reply."""
    prefix = f"{platform}:"
    message = Message(
        chat=chat_key.removeprefix(prefix),
        user=turn.user.removeprefix(prefix),
        text=turn.utterance,
        message_id=turn.message_id,
        platform=platform,
    )
    sent = tuple(row.message_ids) if row is not None else ()
    return Unsent(message, turn.id, turn.received, turn.answered is not None, row is not None, sent)
