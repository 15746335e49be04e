"""Cooklang, the markup for recipes: ``Mix @flour{250%g} in a #bowl{}; rest for ~{10%minutes}``.

Source: the specification at https://cooklang.org/docs/spec/ (metadata both as ``>> key: value`` and as front matter;
comments
``--`` and ``[- -]``; sections ``== name ==``; notes ``>``; modifiers ``@?``, ``@-``, ``@&``, ``@+``).
"""

import re
from fractions import Fraction
from typing import Any

from retrieval.convert import format_amount
from retrieval.formats.build import Draft, words_of
from retrieval.formats.frontmatter import first, split_front_matter
from retrieval.units import canonical_unit, number

_NAME = r"[^@#~{}()\n\[\]]"
_TOKEN = re.compile(
    rf"(?P<mark>[@#~])(?P<mod>[-?+&@]*)(?:(?P<long>{_NAME}*?)\{{(?P<amount>[^}}\n]*)\}}|(?P<short>[\w'’]+(?:-\w+)*))"
    r"(?:\((?P<note>[^()\n]*)\))?"
)


def draft_from_cooklang(text: str, name: str) -> Draft:
    """One ``.cook`` file.

    Args:
        text: Its content.
        name: Its file name without suffix, the title where the metadata has none.
    """
    meta, body = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    body = re.sub(r"\[-.*?-\]", " ", body, flags=re.DOTALL)
    found: dict[tuple[str, str, str], list[Any]] = {}
    tools: list[str] = []
    steps: list[str] = []
    notes: list[str] = []
    section = ""
    for block in re.split(r"\n[ \t]*\n", re.sub(r"(?m)(?<!-)--(?!-).*$", "", body)):
        lines: list[str] = []
        for raw in block.split("\n"):
            line = raw.strip()
            if line.startswith(">>"):
                key, _, value = line[2:].partition(":")
                meta.setdefault(re.sub(r"[\s-]+", "_", key.strip().lower()), value.strip())
            elif heading := re.fullmatch(r"=+\s*(.*?)\s*=*", line):
                steps += _step(lines)
                lines, section = [], heading[1]
            elif line.startswith(">"):
                notes.append(line[1:].strip())
            elif line:
                lines.append(_shown(line, found, tools, section))
        steps += _step(lines)
    source = first(meta, "source.name", "source", "source.author", "author")
    address = str(first(meta, "source.url", "url", "link") or source or "")
    return Draft(
        title=str(first(meta, "title") or name.replace("_", " ")),
        ingredients=[(_line(*key, amounts), key[2]) for key, amounts in found.items()],
        steps=steps,
        description=str(first(meta, "description", "introduction", "headnote") or ""),
        servings=first(meta, "servings", "serves"),
        recipe_yield=first(meta, "yield"),
        prep=first(meta, "prep_time", "time.prep", "prep"),
        cook=first(meta, "cook_time", "time.cook", "cook"),
        total=first(meta, "time", "time_required", "total_time", "duration", "time.total"),
        tools=tools,
        tags=words_of(first(meta, "tags", "keywords")),
        diet=words_of(first(meta, "diet")),
        allergens=words_of(first(meta, "allergens")),
        cuisine=str(first(meta, "cuisine") or ""),
        course=str(first(meta, "course", "category") or ""),
        difficulty=str(first(meta, "difficulty") or ""),
        tips=notes,
        storage=str(first(meta, "storage") or ""),
        source=str(source or ""),
        url=address if address.startswith(("http://", "https://")) else "",
    )


def _step(lines: list[str]) -> list[str]:
    text = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\\\s*$|\s+", " ", " ".join(lines))).strip()
    text = re.sub(r"^\d{1,2}[.)]\s+|^[-*]\s+", "", text)
    return [text] if text else []


def _shown(line: str, found: dict[tuple[str, str, str], list[Any]], tools: list[str], section: str) -> str:
    return _TOKEN.sub(lambda match: _token(match, found, tools, section), line)


def _token(match: re.Match[str], found: dict[tuple[str, str, str], list[Any]], tools: list[str], section: str) -> str:
    """Notes what a token names and returns the words that a reader sees in its place."""
    if match["mark"] == "~" and match["short"] is None and not match["amount"]:
        return match["long"].strip()
    name = (match["short"] if match["short"] is not None else match["long"]).strip()
    amount = (match["amount"] or "").strip().lstrip("=").rstrip("*").strip()
    if match["mark"] == "~":
        return _amount(amount) or name
    shown = re.sub(r"^\./|.*/", "", name.split("|")[-1]).strip()  # "@./sauces/Hollandaise{}" is another recipe
    if match["mark"] == "#":
        if "&" not in match["mod"] and shown and shown.lower() not in map(str.lower, tools):
            tools.append(f"{amount} {shown}" if amount and amount != "1" else shown)
        return f"{amount} {shown}".strip() if amount and amount != "1" else shown
    listed = re.sub(r"^\./|.*/", "", name.split("|")[0]).strip()
    if "-" not in match["mod"] and listed:
        note = (match["note"] or "").strip()
        if "?" in match["mod"]:
            note = f"{note}, optional" if note else "optional"
        entry = found.setdefault((listed, note, section), [])
        if amount:
            entry.append(amount)
    return shown


def _amount(amount: str) -> str:
    value, _, unit = amount.partition("%")
    return " ".join(part for part in (value.strip(), unit.strip()) if part)


def _line(name: str, note: str, section: str, amounts: list[str]) -> str:
    """``flour, 200 g and 50 g`` → ``"250 g flour, divided"``."""
    del section
    parts = [tuple(x.strip() for x in a.partition("%")[::2]) for a in amounts]
    values = [number(value) for value, _ in parts]
    tail = f", {note}" if note else ""
    if len(parts) > 1 and all(v is not None for v in values) and len({unit.lower() for _, unit in parts}) == 1:
        unit = parts[0][1]
        total = sum((v for v in values if v is not None), Fraction(0))
        known = canonical_unit(unit)
        return f"{format_amount(total, known, unit) if known else _bare(total, unit)} {name}, divided{tail}"
    said = " plus ".join(" ".join(p for p in part if p) for part in parts)
    return f"{said} {name}".strip() + tail


def _bare(total: Fraction, unit: str) -> str:
    return f"{format_amount(total)} {unit}".strip()
