"""How the log is written: as text, or as one JSON object a line for whatever collects logs.

Every line has its time, level, event and logger; lines about a message have ``reply`` (the id of its turn), and
``chat`` as the number under which ``souschef log export`` shows it too. Secrets are hidden (see :mod:`bot.redact`),
and what cooks say is not logged.
"""

import json
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from bot import events, redact
from bot.settings import Settings

NOISY = ("httpx", "httpcore", "apscheduler", "chromadb", "alembic", "trulens", "opentelemetry", "openai")
_DIGITS = 4  # tenths of milliseconds


def configure(settings: Settings, stream: TextIO | None = None, level: str | None = None) -> None:
    """Write everything that is logged in this process as the settings say. May be called again.

    Args:
        settings: ``settings.log`` and the secrets to hide.
        stream: Where to; None for standard error.
        level: Instead of ``settings.log.level``.
    """
    redact.install(settings)
    handler = logging.StreamHandler(stream)
    shape = JsonLines if settings.log.format == "json" else TextLines
    handler.setFormatter(shape(settings.paths.data))
    root = logging.getLogger()
    for old in [h for h in root.handlers if isinstance(h.formatter, Lines)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel((level or settings.log.level).upper())
    for noisy in NOISY:
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


class Lines(logging.Formatter):
    """What both forms share: the fields of a record.

    Args:
        data: The data folder, whose salt makes numbers of chats; None where chats are left out.
    """

    def __init__(self, data: Path | None = None) -> None:
        super().__init__()
        self._data, self._salt = data, b""

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """Figures and names of an event, or of what a plain line is about; the chat as a number."""
        given: Mapping[str, Any] = getattr(record, "fields", None) or events.context()
        fields = {name: self._value(value) for name, value in given.items()}
        chat = fields.pop("chat", None)
        number = self._number(str(chat)) if chat else None
        return fields | ({"chat": number} if number is not None else {})

    @staticmethod
    def _value(value: Any) -> Any:
        if isinstance(value, float):
            return round(value, _DIGITS)
        return value if isinstance(value, int | None) else redact.redact(str(value))

    def _number(self, chat: str) -> int | None:
        from bot.log import anonymous, load_salt

        if not self._salt and self._data is not None:
            try:
                self._salt = load_salt(self._data)
            except OSError:  # the disk is full: the line is worth more without the chat than not at all
                return None
        return anonymous(chat, self._salt) if self._salt else None

    @staticmethod
    def trouble(record: logging.LogRecord) -> str:
        """The traceback, or ""; the redactor has put it into ``exc_text``."""
        if record.exc_info and not record.exc_text:
            return redact.redact(logging.Formatter().formatException(record.exc_info))
        return "\n".join(filter(None, (record.exc_text, record.stack_info)))


class TextLines(Lines):
    """``2026-11-29 00:31:46,123 INFO bot.host: sent platform=telegram seconds=0.21 reply=12 chat=4711``."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, with the traceback below it."""
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        fields = "".join(f" {name}={value}" for name, value in self.fields(record).items())
        line = f"{at},{int(record.msecs):03d} {record.levelname} {record.name}: {record.getMessage()}{fields}"
        return "\n".join(filter(None, (line, self.trouble(record))))


class JsonLines(Lines):
    """One JSON object: ``time`` (UTC), ``level``, ``event`` ("log" for a plain line, with its ``message``), ``logger``,
    and the fields; ``trouble`` holds a traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """A line."""
        event = getattr(record, "event", "")
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line: dict[str, Any] = {
            "time": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "event": event or "log",
            "logger": record.name,
        }
        if not event:
            line["message"] = redact.redact(record.getMessage())
        line |= {name: value for name, value in self.fields(record).items() if name not in line}
        if trouble := self.trouble(record):
            line["trouble"] = trouble
        return json.dumps(line, ensure_ascii=False)
