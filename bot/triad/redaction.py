"""Secrets out of what is recorded: a token that a cook or an error message spelled out must not end up in a span."""

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MASK = "[redacted]"
_SHORTEST = 6  # a shorter secret would blank out ordinary words

_SHAPES = re.compile(
    r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}"  # keys of OpenAI and of servers that copy its form
    r"|\b\d{6,12}:[A-Za-z0-9_-]{30,}"  # Telegram bot tokens
    r"|\b[MNO][A-Za-z0-9_-]{22,}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"  # Discord bot tokens
    r"|\b(?:gh[pousr]|hf|xox[abprs])[_-][A-Za-z0-9-]{16,}"
    r"|(?<=[Bb]earer )[A-Za-z0-9._~+/-]{12,}=*"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password of a URL
)


class Redactor:
    """Blanks out secrets in strings, lists and dictionaries.

    Args:
        secrets: Known secrets, blanked out wherever they occur.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, value: Any) -> Any:
        """The same value without secrets."""
        if isinstance(value, str):
            if self._known is not None:
                value = self._known.sub(MASK, value)
            return _SHAPES.sub(MASK, value)
        if isinstance(value, dict):
            return {key: self(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self(item) for item in value]
        return value


def secrets_of(settings: BaseModel) -> set[str]:
    """Every secret among the settings, and the password inside a database URL."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            found |= secrets_of(value)
        elif isinstance(value, SecretStr) and value.get_secret_value():
            secret = value.get_secret_value()
            found.add(secret)
            if "://" in secret:
                try:
                    found.add(str(make_url(secret).password or ""))
                except ArgumentError:
                    continue
    return found - {""}
