"""Finds amounts in running text: numbers with their units, temperatures, durations. The eyes of
:mod:`retrieval.quantity`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from retrieval.units import DIGITS, NUMBER, UNIT, WORDED, canonical_unit, dimension, number, size

_TEMPERATURE = (
    r"(?:[°º˚]\s*(?:[FC](?![\w])|Fahrenheit|Celsius)?|deg(?:rees?\b|s\b|\.|\b)(?:\s*(?:F(?:ahrenheit)?|C(?:elsius|"
    r"entigrade)?)\b)?|"
    r"Fahrenheit\b|Celsius\b|(?-i:[FC])\b|(?<=\d)[fc]\b)"
)
_SIZE = (
    r"(?:(?:heaping|heaped|scant|level|rounded|generous|packed|good|full|small|large|medium|big|thin|thick|fat|"
    r"short)\s+)"
)
_UNIT = rf"(?:{_TEMPERATURE}|(?-i:[Ttc])(?=[.\s](?!\w*°))|{UNIT})"
_AMOUNT = re.compile(
    rf"(?:(?<![\w./,°&#-])|(?<=\dx))(?P<neg>[-−](?=\d))?(?P<lo>{NUMBER}|\b(?:an?|another)(?=\s+{_SIZE}?{UNIT}))"
    rf"(?:(?P<sep>\s*[-–—]\s*|\s*-?\s*\b(?:to|or)\b-?\s*|(?<=\d)to(?=\d)|(?<=between \d)\s+and\s+|"
    rf"(?<=between \d\d)\s+and\s+|(?<=between \d\d\d)\s+and\s+)"
    rf"(?P<hi>{DIGITS}|{WORDED}))?"
    rf"(?P<gap>\s?[-‑]?\s?|"
    rf"\s+of\s+an?\s+(?={UNIT}))(?P<size>{_SIZE}(?={UNIT}))?(?P<unit>{_UNIT})?(?P<more>\s+and\s+a\s+(?:half|"
    rf"quarter)\b)?(?P<or>(?<=[a-z])\s+or\s+(?P<alt>\d|two|three|four)(?=\s+(?:of|more|longer|until|to|if)\b|\s*(?:[,.;:)]|$)))?",
    re.IGNORECASE,
)
_JOINED = re.compile(r"\s*(?:,|and|,\s*and|plus)?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a text, with its unit.

    Attributes:
        lo: The number, or the lower end of a range.
        hi: Upper end of a range, else None.
        unit: Canonical unit; "" where none follows; "degree" for degrees of an unsaid scale.
        start, end: Where it stands in the text.
        number_end: Where its number ends and the unit may begin.
        unit_start: Where the unit begins (``end`` if there is none).
        text: As written.
        hyphen: Whether it is an adjective ("1/2-inch", "14-ounce").
        said: The unit as written: of "a cup and a half" the cup.
    """

    lo: Fraction
    hi: Fraction | None
    unit: str
    start: int
    end: int
    number_end: int
    unit_start: int
    text: str
    hyphen: bool = False
    said: str = ""

    @property
    def dimension(self) -> str:
        """See :func:`retrieval.units.dimension`; "number" where there is no unit."""
        return dimension(self.unit) if self.unit else "number"

    @property
    def lead(self) -> str:
        """What stays before the number however it is written: "another "."""
        return f"{self.text[:7]} " if self.text[:8].lower() == "another " else ""

    @property
    def values(self) -> tuple[Fraction, ...]:
        """The number, or both ends of the range."""
        return (self.lo,) if self.hi is None else (self.lo, self.hi)

    @property
    def base(self) -> tuple[Fraction, ...]:
        """``values`` in the dimension's base: milliliters, grams, centimeters, seconds, degrees Celsius."""
        if self.unit == "fahrenheit" or (self.unit == "degree" and self.lo >= 120):  # "350 degrees" is an American oven
            return tuple((v - 32) * 5 / 9 for v in self.values)
        return tuple(v * size(self.unit) for v in self.values)


def find_amounts(text: str) -> list[Amount]:
    """Every number in the text with its unit, in order. Parts of words and of names ("V8", "00 flour") are left out."""
    return list(_found(text))


@lru_cache(maxsize=4096)
def _found(text: str) -> tuple[Amount, ...]:
    out: list[Amount] = []
    for match in _AMOUNT.finditer(text):
        lo = Fraction(1) if match["lo"].lower() in ("a", "an", "another") else number(match["lo"])
        hi = number(match["hi"]) if match["hi"] else None
        if lo is None or (match["hi"] and hi is None) or re.match("00", match["lo"]):  # "00 flour" is a name
            continue
        unit = canonical_unit(match["unit"]) if match["unit"] else ""
        if match["unit"] and match["unit"] in ("c", "C", "f", "F"):
            unit = {"c": "cup" if lo < 30 else "celsius", "C": "celsius", "f": "fahrenheit", "F": "fahrenheit"}[
                match["unit"]
            ]
            if unit in ("celsius", "fahrenheit") and (lo < 30 and unit == "fahrenheit"):
                unit = ""
        if match["more"]:
            lo += Fraction(1, 2) if match["more"].lower().endswith("half") else Fraction(1, 4)
        if match["neg"] and unit in ("fahrenheit", "celsius", "degree"):
            lo, hi = -lo, (None if hi is None else -hi)
        has_unit = bool(match["unit"]) and bool(unit)
        if match["lo"].lower() == "another" and (not has_unit or dimension(unit) not in ("volume", "mass")):
            continue  # another of what is counted, or waited for, says how many there are in all
        alternative = number(match["alt"]) if match["alt"] and has_unit and hi is None else None
        hi = alternative if alternative is not None and alternative > lo else hi  # "a tablespoon or two of water"
        number_end = match.end("hi") if match["hi"] else match.end("lo")
        end = match.end("more") if match["more"] else match.end("unit") if has_unit else number_end
        end = match.end("or") if alternative is not None and hi == alternative else end
        start = match.start("lo") if not match["neg"] or lo >= 0 else match.start()
        out.append(
            Amount(lo, hi, unit, start, end, number_end, match.start("unit") if has_unit else end, text[start:end],
                   hyphen=has_unit and "-" in match["gap"].replace("‑", "-"), said=match["unit"] if has_unit else "")
        )  # fmt: skip
    return tuple(_share_units(text, out))


def _share_units(text: str, amounts: list[Amount]) -> list[Amount]:
    """Gives a bare number the unit of the next one where only "to", "and" or a slash stands between ("7, 8 or 9
    minutes", "9 x 13-inch").
    """
    for i in range(len(amounts) - 2, -1, -1):
        here, after = amounts[i], amounts[i + 1]
        between = text[here.end : after.start]
        if not here.unit and after.unit and re.fullmatch(r"\s*(?:x|×|by)\s*", between) and after.dimension == "length":
            amounts[i] = replace(here, unit=after.unit, hyphen=after.hyphen)
        elif (
            not here.unit
            and after.dimension in ("temperature", "time")
            and re.fullmatch(r"\s*(?:,|,? or|and|,? to)\s+", between)
        ):
            amounts[i] = replace(here, unit=after.unit)
    return amounts


def _merge_times(text: str, amounts: Iterable[Amount]) -> list[Amount]:
    out: list[Amount] = []
    for amount in amounts:
        last = out[-1] if out else None
        if (
            last is not None
            and amount.dimension == last.dimension == "time"
            and size(amount.unit) < size(last.unit)
            and amount.hi is None
            and last.hi is None
            and not last.hyphen
            and _JOINED.fullmatch(text[last.end : amount.start])
        ):
            whole = last.lo + amount.lo * size(amount.unit) / size(last.unit)
            out[-1] = replace(last, lo=whole, end=amount.end, text=text[last.start : amount.end])
        else:
            out.append(amount)
    return out


@lru_cache(maxsize=4096)
def _numbers(text: str) -> tuple[Amount, ...]:
    return tuple(_merge_times(text, find_amounts(text)))


def numbers_in(text: str) -> list[Amount]:
    """Every number of a text, words and fractions included, with its unit; ``"1 hour 10 minutes"`` is one amount of 7/6
    hours.
    """
    return list(_numbers(text))


def temperatures_in(text: str) -> list[Amount]:
    """The temperatures of a text, in order; unit "fahrenheit", "celsius", or "degree" where the scale is not said."""
    return [a for a in numbers_in(text) if a.dimension == "temperature"]


_TIMED = ("second", "minute", "hour")
_ISO = re.compile(
    r"P(?:(\d+(?:\.\d+)?)D)?(?:T(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.IGNORECASE
)


def parse_duration(text: str) -> int | None:
    """Seconds of ``"1 h 10 min"``, ``"an hour and a half"``, ``"PT1H10M"``, ``"1:30"`` (hours and minutes); None if it
    is none.

    Of a range ("2 to 3 hours") the lower end counts.
    """
    text = text.strip()
    iso = _ISO.fullmatch(text)
    if iso and any(iso.groups()):
        return round(sum(float(n) * s for n, s in zip(iso.groups(), (86400, 3600, 60, 1), strict=True) if n))
    clock = re.fullmatch(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d))?(?:\s*h(?:ours?)?)?", text)
    if clock:
        return int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0)
    text = re.sub(r"(?<=\d)\s*m\b(?!\w)", " min", text)
    text = re.sub(r"(?<=\d)h(?=\d)", " h ", re.sub(r"(?<=\d)\s*s\b", " sec", text))
    text = re.sub(r"\b(\d+ h) (\d+)$", r"\1 \2 min", text)
    times = [a for a in numbers_in(text) if a.dimension == "time"]
    return round(sum((a.base[0] for a in times), Fraction(0))) if times else None


def find_durations(text: str) -> list[tuple[int, tuple[int, int]]]:
    """Times to wait in a step, as ``(seconds, (start, end))``; of a range the lower end; days and longer are not for a
    timer.
    """
    return [(round(a.base[0]), (a.start, a.end)) for a in numbers_in(text) if a.unit in _TIMED and a.lo > 0]


def format_duration(seconds: float) -> str:
    """``4200`` → ``"1 h 10 min"``, ``45`` → ``"45 s"``, ``90`` → ``"1 min 30 s"``."""
    left = max(0, round(seconds))
    hours, rest = divmod(left, 3600)
    minutes, secs = divmod(rest, 60)
    parts = [f"{n} {u}" for n, u in ((hours, "h"), (minutes, "min"), (secs, "s")) if n]
    return " ".join(parts) or "0 s"
