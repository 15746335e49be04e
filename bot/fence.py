"""The right to act for a chat, carried along with the work: who has lost it writes and sends no more.

Where several processes share a database, each works on a chat under a claim (:mod:`bot.sharing`). A process may be
stopped in the middle and come back when another has taken the chat over. So the claim travels in a context variable,
into every task and thread that the work starts, and is asked twice: by the clock right before anything is sent
(:func:`check`), and in the database, in the transaction itself, before anything is written (:func:`confirm`, called by
:meth:`bot.store.Store.write`). Without a claim, as in a process that is alone, both let everything pass.
"""

from contextvars import ContextVar
from typing import Protocol

from sqlalchemy.orm import Session as OrmSession

from bot.errors import SouschefError


class ClaimLost(SouschefError):
    """Another process has taken over what this one was at (or may have by now): stop, and leave it to that one."""


class Fence(Protocol):
    """A claim that work is done under."""

    def check(self) -> None:
        """Raises ClaimLost if another process may have taken over by now. Quick: looks at the clock only."""
        ...

    def confirm(self, db: OrmSession) -> None:
        """Raises ClaimLost if the claim is gone, else keeps it from being taken until the transaction is over."""
        ...


_held: ContextVar[Fence | None] = ContextVar("fence", default=None)


def hold(fence: Fence) -> None:
    """Do everything from here on, in this task or thread and in those that it starts, under a claim."""
    _held.set(fence)


def check() -> None:
    """Call right before sending something.

    Raises:
        ClaimLost: It must not be sent.
    """
    if (fence := _held.get()) is not None:
        fence.check()


def confirm(db: OrmSession) -> None:
    """Call first in a transaction that writes.

    Raises:
        ClaimLost: Nothing must be written.
    """
    if (fence := _held.get()) is not None:
        fence.confirm(db)
