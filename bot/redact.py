"""Keeps secrets out of what is written down: every log record and every message made of another library's error.

Libraries put tokens where they are read by many: Telegram's is part of every URL that ``httpx`` logs, and of the error
for a wrong one. What is replaced: the values of all secret settings, and whatever looks like a Telegram or Discord
token or a bearer header.
"""

import logging
import re
import threading
import traceback
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, SecretStr

HIDDEN = "[hidden]"
SHORTEST = 6  # shorter secrets would take ordinary words with them
_SHAPES = re.compile(
    r"(?<!\d)\d{6,14}:[A-Za-z0-9_-]{30,}"  # Telegram
    r"|\b[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,}"  # Discord
    r"|(?<=[Bb]earer )[\w.~+/-]{8,}=*|(?<=Bot )[\w.-]{30,}"
    r"|\bsk-[\w-]{20,}"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of a URL
)
_secrets: set[str] = set()
_guard = threading.Lock()


def redact(text: str) -> str:
    """The text with every known secret, and whatever looks like a token, replaced by ``[hidden]``."""
    for secret in sorted(_secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _SHAPES.sub(HIDDEN, text)


def secrets_of(settings: BaseModel) -> Iterator[str]:
    """The values of all secret settings."""
    for name in type(settings).model_fields:
        value: Any = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from secrets_of(value)
        elif isinstance(value, SecretStr):
            yield value.get_secret_value()


class Redactor(logging.Filter):
    """Redacts a record in place: message, arguments and traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (TypeError, ValueError):  # the format does not fit its arguments: logging tells so itself
            message = str(record.msg)
        record.msg, record.args = redact(message), ()
        if record.exc_info and record.exc_info[0] is not None:
            record.exc_text = redact("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
            record.exc_info = None  # a formatter would write it out again
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True


def install(settings: BaseModel) -> None:
    """Redact everything that is logged from now on, by whichever logger and handler. May be called again."""
    _secrets.update(secret for secret in secrets_of(settings) if len(secret) >= SHORTEST)
    with _guard:
        factory = logging.getLogRecordFactory()
        if getattr(factory, "redacts", False):
            return
        redactor = Redactor()

        def make(*arguments: Any, **more: Any) -> logging.LogRecord:
            record = factory(*arguments, **more)
            redactor.filter(record)
            return record

        make.redacts = True  # type: ignore[attr-defined]
        logging.setLogRecordFactory(make)
