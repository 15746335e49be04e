"""Moments as people write them on the command line."""

import re
from datetime import datetime

from bot.errors import InputError

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}


def moment(option: str, text: str | None, now: float) -> float | None:
    """``"7d"`` (so long ago) or ``"2026-11-28"``, ``"2026-11-28T18:00"`` (local time) as seconds since 1970.

    Args:
        option: Name of the option, for the error.
        text: What was written; None gives None.
        now: Seconds since 1970.

    Raises:
        InputError: It is neither.
    """
    if text is None:
        return None
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mhdw])", text.strip().lower())
    if match:
        return now - float(match[1]) * _UNITS[match[2]]
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        raise InputError(
            f'{option} "{text}" is no moment: write how long ago ("7d", "12h") or a date ("2026-11-28").'
        ) from None
