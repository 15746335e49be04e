"""What happens to a message, as events: one call writes the line of the log and feeds whoever counts.

    with about(reply=12, chat="telegram:5"):
        emit(log, "retrieved", passages=4, seconds=0.012)

An event is a name and a few figures, never a cook's words. All events of one message carry the same ``reply``, the id
of its turn, in whichever process and after whichever crash: received, retrieved, student, guard, answered, sent,
scored. What else is logged within :func:`about` (a library's warning, say) carries it too.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

log = logging.getLogger(__name__)
Listener = Callable[[str, Mapping[str, Any]], None]

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_about: ContextVar[Mapping[str, Any]] = ContextVar("about", default=_NOTHING)
_listeners: tuple[Listener, ...] = ()


@contextmanager
def about(**fields: Any) -> Iterator[None]:
    """Everything that is emitted or logged in the block, in this thread, also has these fields."""
    token = _about.set({**_about.get(), **fields})
    try:
        yield
    finally:
        _about.reset(token)


def context() -> Mapping[str, Any]:
    """The fields that hold here (see :func:`about`)."""
    return _about.get()


def emit(logger: logging.Logger, event: str, level: int = logging.INFO, /, **fields: Any) -> None:
    """Say that something happened.

    Args:
        logger: Whose it is.
        event: What happened, in a word.
        level: How loud the line in the log is.
        fields: Figures and names; ``chat`` is a chat's key, which the log shows as a number that leads nowhere.
    """
    fields = {**_about.get(), **fields}
    for listener in _listeners:
        try:
            listener(event, fields)
        except Exception:  # counting must never cost a cook the reply
            log.exception("An event could not be counted: %s", event)
    if logger.isEnabledFor(level) and logger.hasHandlers():  # a chat in a terminal has none: nobody reads along there
        logger.log(level, event, extra={"event": event, "fields": fields}, stacklevel=2)


def subscribe(listener: Listener) -> Callable[[], None]:
    """Hear every event of this process from now on, in the thread in which it happens; returns how to stop."""
    global _listeners
    _listeners = (*_listeners, listener)

    def leave() -> None:
        global _listeners
        _listeners = tuple(one for one in _listeners if one is not listener)

    return leave
