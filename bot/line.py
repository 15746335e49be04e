"""A waiting line that is fair between chats: one message of a chat in work, in order, round robin over the chats."""

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class FairLine(Generic[T]):
    """Messages that wait for a worker. Not thread-safe: it belongs to one event loop.

    A chat that has just been served goes to the end of the line, however many of its messages wait, so that nobody who
    writes a lot holds up the others.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[T]] = {}
        self._ready: deque[str] = deque()  # chats with a message that may begin, next one first
        self._in_work: set[str] = set()

    def __len__(self) -> int:
        """How many messages wait (those in work do not count)."""
        return sum(len(items) for items in self._waiting.values())

    @property
    def in_work(self) -> int:
        """How many chats have a message in work."""
        return len(self._in_work)

    def put(self, chat: str, item: T) -> None:
        """Let a message wait behind the earlier ones of its chat."""
        items = self._waiting.setdefault(chat, deque())
        items.append(item)
        if len(items) == 1 and chat not in self._in_work:
            self._ready.append(chat)

    def take(self) -> tuple[str, T] | None:
        """The message whose turn it is, now in work; None if none may begin. :meth:`done` must follow."""
        if not self._ready:
            return None
        chat = self._ready.popleft()
        items = self._waiting[chat]
        item = items.popleft()
        if not items:
            del self._waiting[chat]
        self._in_work.add(chat)
        return chat, item

    def done(self, chat: str) -> None:
        """The message of this chat that was in work is answered."""
        self._in_work.discard(chat)
        if chat in self._waiting:
            self._ready.append(chat)

    def remove(self, chat: str, item: T) -> bool:
        """Take a waiting message out of the line; False if it does not wait (any more)."""
        items = self._waiting.get(chat)
        if items is None or item not in items:
            return False
        items.remove(item)
        if not items:
            del self._waiting[chat]
            if chat in self._ready:
                self._ready.remove(chat)
        return True

    def position(self, chat: str, item: T) -> int:
        """Which one from now a waiting message is, counted from 1, if nothing more comes; 0 if it does not wait."""
        items = self._waiting.get(chat)
        if items is None or item not in items:
            return 0
        mine = items.index(item)
        ahead, passed = mine, chat not in self._ready
        for other in self._ready:
            if other == chat:
                passed = True
            else:  # chats ahead of this one begin once more before it than those behind
                ahead += min(len(self._waiting[other]), mine + (chat not in self._ready or not passed))
        return ahead + 1

    def clear(self) -> list[T]:
        """Empty the line; what waited."""
        items = [item for waiting in self._waiting.values() for item in waiting]
        self._waiting.clear()
        self._ready.clear()
        return items
