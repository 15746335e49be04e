"""Messages that were received and whose replies are not delivered: every member puts in and takes out. Blocks."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as OrmSession

from bot.deliveries import SENT, DeliveryRow, Unsent, as_unsent
from bot.messages import Message
from bot.sharing.crew import NOW, Claim, Crew
from bot.sharing.tables import ClaimRow, InboxRow
from bot.store import Chat, Store, TurnRow

MOST_TRIES = 5  # a message over which so many processes died is left alone


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that this process is to answer, under a claim of its chat.

    Attributes:
        unsent: The message, and what is there of its reply.
        claim: The claim.
        details: What the platform needs to answer it.
        position: Which one in the line the chat is, counted from 1.
    """

    unsent: Unsent
    claim: Claim
    details: dict[str, Any]
    position: int = 1


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a message and its cook before it is let in.

    Attributes:
        turn_id: Its turn, if it was received before.
        waiting: Messages that wait, of all cooks.
        recent: When the cook's messages of the last minute were received.
        today: How many of the cook's were today.
    """

    turn_id: int | None
    waiting: int = 0
    recent: list[float] = field(default_factory=list)
    today: int = 0


class Inbox:
    """The inbox of all members.

    Args:
        store: The database.
        crew: This process among them.

    Raises:
        StoreError: From every method, if the database cannot be used.
    """

    def __init__(self, store: Store, crew: Crew) -> None:
        self.store, self.crew = store, crew

    def standing(self, message: Message, minute: float, day: float) -> Standing:
        """What is known of a message; ``minute`` and ``day``: since when its cook's messages count."""
        known = (
            select(TurnRow.id)
            .join(Chat, Chat.id == TurnRow.chat_id)
            .where(Chat.key == message.chat_key, TurnRow.message_id == message.message_id)
        )
        theirs = select(TurnRow.received).where(TurnRow.user == message.user_key, TurnRow.received >= min(minute, day))
        with self.store.read() as db:
            if (turn := db.scalar(known)) is not None:
                return Standing(turn)
            times = list(db.scalars(theirs.order_by(TurnRow.received)))
            waiting = db.scalar(select(func.count()).select_from(InboxRow)) or 0
        return Standing(None, waiting, [t for t in times if t > minute], sum(t >= day for t in times))

    def put(self, message: Message, text: str, details: dict[str, Any]) -> tuple[int, bool]:
        """Log a message and put it in, in one transaction; its turn, and whether it was known already."""
        key, now = message.chat_key, self.store.clock()
        chat = {"key": key, "platform": message.platform, "user": message.user_key, "state": {}}
        with self.store.write() as db:
            find = select(Chat.id).where(Chat.key == key)
            if (chat_id := db.scalar(find)) is None:
                db.execute(insert(Chat).values(**chat, created=now, updated=now).on_conflict_do_nothing())
                chat_id = db.scalars(find).one()
            turn = TurnRow(
                chat_id=chat_id,
                message_id=message.message_id,
                user=message.user_key,
                utterance=text,
                received=now,
            )
            # Another process may log the same message this moment: whoever is second waits here, and sees it.
            same = select(TurnRow.id).where(TurnRow.chat_id == chat_id, TurnRow.message_id == message.message_id)
            db.execute(select(Chat.id).where(Chat.id == chat_id).with_for_update())
            if (before := db.scalar(same)) is not None:
                return before, True
            db.add(turn)
            db.flush()
            db.add(InboxRow(turn_id=turn.id, platform=message.platform, chat_key=key, queued=NOW, details=details))
        return turn.id, False

    def adopt(self, since: float, platforms: Iterable[str]) -> None:
        """Take in what a version without an inbox, or SQLite, left undelivered; and what failed may be tried again."""
        lacking = (
            select(TurnRow.id, Chat.platform, Chat.key)
            .join(Chat, Chat.id == TurnRow.chat_id)
            .outerjoin(DeliveryRow, DeliveryRow.turn_id == TurnRow.id)
            .where(TurnRow.received >= since, Chat.platform.in_(tuple(platforms)))
            .where(DeliveryRow.turn_id.is_(None) | (DeliveryRow.state != SENT))
            .where(~exists().where(InboxRow.turn_id == TurnRow.id))
            .order_by(TurnRow.id)
        )
        with self.store.write() as db:
            db.execute(update(InboxRow).where(InboxRow.parked).values(parked=False, tries=0))
            for turn, platform, key in db.execute(lacking).all():
                row = insert(InboxRow).values(turn_id=turn, platform=platform, chat_key=key, queued=NOW, details={})
                db.execute(row.on_conflict_do_nothing())

    def take(self, platform: str, most: int, since: float) -> list[Taken]:
        """Claim chats with messages that wait, and give the first of each; those that waited longest first.

        Args:
            platform: Of which platform.
            most: How many chats.
            since: Messages that were received before are not answered any more.
        """
        with self.store.read() as db:  # most of the time there is nothing, and nobody need write
            keys = [key for key, _ in self._free(db, platform, since, most + self.crew.members)]
        return self._claim(keys, most, platform, since, begin=True)

    def neglected(self, platform: str, since: float, patience_s: float, most: int) -> list[Taken]:
        """Claim chats that have waited for so long without having heard anything, to tell their cooks so."""
        with self.store.read() as db:
            line = self._free(db, platform, since, None)
            late = [key for key, waited in line if waited > patience_s]
            if late:
                told = select(InboxRow.chat_key).join(DeliveryRow, DeliveryRow.turn_id == InboxRow.turn_id)
                late = [key for key in late if key not in set(db.scalars(told.where(InboxRow.chat_key.in_(late))))]
        places = {key: number for number, (key, _) in enumerate(line, 1)}
        taken = self._claim(late, most, platform, since, begin=False)
        return [replace(one, position=places[one.claim.key]) for one in taken]

    def let_go(self, taken: Taken, answered: bool, failed: bool = False) -> None:
        """Give a chat back; what waits there goes to the end of the line if something was answered.

        Args:
            taken: What was seen to.
            answered: Whether a message was answered (or tried to).
            failed: Park the message if it was not delivered.
        """
        with self.store.write() as db:
            mine = InboxRow.turn_id == taken.unsent.turn_id
            if failed:
                db.execute(update(InboxRow).where(mine).values(parked=True))
            if answered:
                chat = (InboxRow.platform == taken.unsent.message.platform) & (InboxRow.chat_key == taken.claim.key)
                db.execute(update(InboxRow).where(chat).values(queued=NOW))
            self.crew.release(db, taken.claim)

    def waits(self, chat_key: str, message_like: str = "%", up_to: int | None = None) -> int:
        """The last turn of a chat that waits, is at work or is being sent; 0 for none.

        Args:
            chat_key: The chat.
            message_like: Only messages whose id matches this.
            up_to: Only turns up to this one.
        """
        query = (
            select(func.max(InboxRow.turn_id))
            .join(TurnRow, TurnRow.id == InboxRow.turn_id)
            .where(InboxRow.chat_key == chat_key, ~InboxRow.parked, TurnRow.message_id.like(message_like))
        )
        with self.store.read() as db:
            return db.scalar(query if up_to is None else query.where(InboxRow.turn_id <= up_to)) or 0

    def _claim(self, keys: list[str], most: int, platform: str, since: float, begin: bool) -> list[Taken]:
        taken: list[Taken] = []
        for key in keys:
            if len(taken) == most:
                break
            with self.store.write() as db:  # one at a time: two members never wait for each other crosswise
                claim = self.crew.claim(db, key)
                first = self._first(db, claim, platform, since, begin) if claim is not None else None
            if first is not None:
                taken.append(first)
        return taken

    @staticmethod
    def _free(db: OrmSession, platform: str, since: float, most: int | None) -> list[tuple[str, float]]:
        """Chats with messages that nobody is at, in line, with the seconds that each has waited."""
        first = func.min(InboxRow.queued)
        query = (
            select(InboxRow.chat_key, NOW - first)
            .join(TurnRow, TurnRow.id == InboxRow.turn_id)
            .where(InboxRow.platform == platform, ~InboxRow.parked, TurnRow.received >= since)
            .where(~exists().where(ClaimRow.key == InboxRow.chat_key))
            .group_by(InboxRow.chat_key)
            .order_by(first, func.min(InboxRow.turn_id))
            .limit(most)
        )
        return [(key, waited) for key, waited in db.execute(query).all()]

    def _first(self, db: OrmSession, claim: Claim, platform: str, since: float, begin: bool) -> Taken | None:
        """The first message of a chat that was claimed; lets the chat go where there is none."""
        query = (
            select(InboxRow, TurnRow, DeliveryRow)
            .join(TurnRow, TurnRow.id == InboxRow.turn_id)
            .outerjoin(DeliveryRow, DeliveryRow.turn_id == InboxRow.turn_id)
            .where(InboxRow.platform == platform, InboxRow.chat_key == claim.key, ~InboxRow.parked)
            .where(TurnRow.received >= since)
            .order_by(InboxRow.turn_id)
        )
        for row, turn, delivery in db.execute(query).all():
            if delivery is not None and delivery.state == SENT:  # of a database that was moved away and back
                db.delete(row)
                continue
            if row.tries >= MOST_TRIES:
                row.parked = True
                continue
            if not begin and delivery is not None:
                break  # another process told them between our look and our claim
            row.tries += begin
            return Taken(as_unsent(turn, claim.key, platform, delivery), claim, row.details)
        db.flush()
        self.crew.release(db, claim)
        return None
