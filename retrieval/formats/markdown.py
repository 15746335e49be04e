"""Recipes in Markdown: the cookbook's own form, and the looser ones that people write.

The own form has front matter (title, servings, prep_time, diet, …), then ``## Ingredients`` with a list (``###``
headings make groups),
``## Steps``, and if wanted ``## Tips``, ``## What can go wrong``, ``## Storage``, ``## Tools``. Looser forms may name
the sections
otherwise, at any level or in bold, and write the steps as a numbered list, as bullets or as paragraphs; without any
such heading, bullets are the ingredients and numbers the steps.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from retrieval.formats.build import Draft, plain, steps_of, words_of
from retrieval.formats.frontmatter import first, split_front_matter

_SECTIONS: tuple[tuple[str, str], ...] = (
    ("tools", r"tools?|equipment|special equipment|utensils|cookware|kitchen tools"),
    ("ingredients", r"(?:the )?ingredients?(?: list)?|(?:what )?you(?:'ll| will)? need|shopping list|components"),
    ("pitfalls", r"what can go wrong|troubleshooting|common (?:mistakes|problems)|pitfalls"),
    (
        "storage",
        r"storage(?: and leftovers)?|storing|leftovers|how to store|to store|keeping|make ahead(?: and storage)?",
    ),
    (
        "tips",
        r"(?:cook'?s |chef'?s |recipe |author'?s )?(?:tips?|notes?|variations?|hints?)"
        r"(?: (?:and|&) (?:tips?|notes?|variations?|tricks))?",
    ),
    (
        "steps",
        r"(?:the )?(?:steps?|directions?|instructions?|method|preparation|procedure|how to (?:make|cook|"
        r"prepare)(?: .*)?|"
        r"making .*|cooking instructions|to make(?: .*)?|let'?s cook)",
    ),
    ("description", r"description|about(?: .*)?|introduction|summary|overview"),
)
_META = re.compile(
    r"^\W*(?P<key>servings?|serves|yields?|makes|portions|prep(?:aration)?(?: time)?|cook(?:ing)?(?: time)?|bak(?:e|"
    r"ing) time|total(?: time)?|"
    r"ready in|time|difficulty|cuisine|course|category|source|author|tags?|keywords|diet|allergens|url|tools)\W*?(?::|"
    r"(?<=serves)|(?<=makes)|"
    r"(?<=serves\*\*)|(?<=makes\*\*))\W{0,4}\s*(?P<value>\S.{0,200})$",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"^(?P<indent>\s*)(?:[-*+•▢☐·‣◦]|\d{1,2}[.)]|"
    r"(?:\*\*)?step \d{1,2}\b[.:)]*(?:\*\*)?)\s+(?:\[[ xX]\]\s+)?(?P<text>.*)$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"nutrition|calories|comments?\b|reviews?\b|related|see also|video|rating|more recipes|source|photos?\b",
    re.IGNORECASE,
)
_INDEXED = re.compile(r"^\s*(?:\d{1,2}[.)]|(?:\*\*)?step \d)", re.IGNORECASE)


@dataclass(slots=True)
class _Section:
    kind: str
    level: int
    group: str = ""
    lines: list[str] = field(default_factory=list)


def drafts_from_markdown(text: str, name: str) -> list[Draft]:
    """The recipe of a Markdown file, or the several under its top headings.

    Args:
        text: The file's content.
        name: Its file name without suffix, the title where the text has none.
    """
    meta, body = split_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    tops = [m.start() for m in re.finditer(r"(?m)^# \S", body)]
    parts = [body[a:b] for a, b in zip(tops, [*tops[1:], len(body)], strict=True)] if len(tops) > 1 else []
    whole = [part for part in parts if {"ingredients", "steps"} <= {s.kind for s in _sections(part)[1]}]
    if len(whole) > 1:
        return [_draft({}, part, name) for part in whole]
    return [_draft(meta, body, name)]


def _heading(line: str, after: str) -> tuple[int, str] | None:
    """(level, words) of a heading in any style; level 7 for bold lines and bare section names with a colon."""
    if match := re.match(r"^\s{0,3}(#{1,6})\s*(.+?)\s*#*$", line):
        return len(match[1]), plain(match[2]).strip(" :")
    if (
        re.fullmatch(r"\s*(?:={3,}|-{3,})\s*", after)
        and re.match(r"\w", line)
        and len(line) < 100
        and not _META.match(line)
    ):
        return (1 if "=" in after else 2), plain(line)
    if match := re.fullmatch(r"\s*(?:\*\*|__)([^*_]{2,80}?):?\s*(?:\*\*|__)\s*:?\s*", line):
        return 7, plain(match[1]).strip(" :")
    bare = line.strip().rstrip(":").strip()
    if len(bare) >= 40 or line.startswith((" ", "\t")) or _kind(bare) in ("", "description"):
        return None
    alone = not after.strip() and bare[:1].isupper() and len(bare.split()) <= 3
    return (7, bare) if line.strip().endswith(":") or bare.isupper() or alone else None


def _kind(words: str) -> str:
    low = plain(words).lower().strip(" .:!")
    return next((kind for kind, pattern in _SECTIONS if re.fullmatch(pattern, low)), "")


def _sections(body: str) -> tuple[str, list[_Section]]:
    """(title from the first top heading, sections in order); what precedes the first section is a "head" section."""
    lines = body.split("\n")
    title, sections = "", [_Section("head", 0)]
    anchor = 0  # level of the heading that opened the section at hand
    skip = False
    for n, line in enumerate(lines):
        if skip:
            skip = False
            continue
        after = lines[n + 1] if n + 1 < len(lines) else ""
        heading = _heading(line, after)
        if heading is None:
            sections[-1].lines.append(line)
            continue
        level, words = heading
        skip = bool(re.fullmatch(r"\s*(?:={3,}|-{3,})\s*", after)) and not line.lstrip().startswith(("#", "**"))
        kind = _kind(words)
        here = sections[-1].kind
        if kind and not (here == "ingredients" and level > anchor and kind != "steps" and level != 7):
            sections.append(_Section(kind, level))
            anchor = level
        elif not title and here == "head" and not kind:
            title = words
        elif (
            here in ("ingredients", "steps")
            and not _OTHER.match(words)
            and (level > anchor or (level == 7 and anchor == 7) or re.match(r"(?i)for (?:the|a)\b", words))
        ):
            sections.append(_Section(here, anchor, group=words))
        else:
            sections.append(_Section("other", level))
            anchor = level
    if not any(section.kind in ("ingredients", "steps") for section in sections):
        sections = [part for section in sections for part in _unheaded(section)]
    return title, sections


def _unheaded(section: _Section) -> list[_Section]:
    """A section without headings in it, where bullets can only be the ingredients and a numbered list the steps."""
    numbered = [line for line in section.lines if _INDEXED.match(line)]
    bullets = [line for line in section.lines if _ITEM.match(line) and line not in numbered]
    if not numbered or not bullets:
        return [section]
    rest = [line for line in section.lines if line not in numbered and line not in bullets]
    parts = (("ingredients", bullets), ("steps", numbered))
    return [
        _Section(section.kind, section.level, section.group, rest),
        *(_Section(kind, section.level, lines=lines) for kind, lines in parts),
    ]


def _draft(meta: dict[str, Any], body: str, name: str) -> Draft:
    title, sections = _sections(body)
    meta = dict(meta)
    prose: list[str] = []
    for section in sections:
        if section.kind in ("head", "description", "other"):
            rest = []
            for line in section.lines:
                for part in re.split(r"\s+[|·•]\s+", line):
                    match = _META.match(part)
                    if match:
                        meta.setdefault(re.sub(r"\s+", "_", match["key"].lower()), match["value"].strip(" *_"))
                    else:
                        rest.append(part)
            if section.kind != "other":
                prose += [p for p in _paragraphs(rest) if not p.startswith("![")]
    by_kind = {kind: [s for s in sections if s.kind == kind] for kind, _ in _SECTIONS}
    draft = Draft(
        title=str(
            first(meta, "title", "name") or title or name.replace("-", " ").replace("_", " ").strip().capitalize()
        ),
        ingredients=[(line, s.group) for s in by_kind["ingredients"] for line in _items(s.lines)],
        steps=[step for s in by_kind["steps"] for step in _steps(s.lines)],
        description=str(first(meta, "description", "summary") or (prose[0] if prose else "")),
        servings=first(meta, "servings", "serves", "serving", "portions"),
        recipe_yield=first(meta, "yield", "yields", "makes", "recipe_yield"),
        prep=first(meta, "prep_time", "prep", "preparation_time", "preparation", "preptime"),
        cook=first(meta, "cook_time", "cook", "cooking_time", "bake_time", "baking_time", "cooktime", "cooking"),
        total=first(meta, "total_time", "total", "time", "ready_in", "totaltime"),
        tools=words_of(first(meta, "tools", "equipment"))
        or [line for s in by_kind["tools"] for line in _items(s.lines)],
        tags=words_of(first(meta, "tags", "tag", "keywords")),
        diet=words_of(first(meta, "diet")),
        allergens=words_of(first(meta, "allergens")),
        cuisine=str(first(meta, "cuisine") or ""),
        course=str(first(meta, "course", "category") or ""),
        difficulty=str(first(meta, "difficulty") or ""),
        tips=[line for s in by_kind["tips"] for line in _items(s.lines)],
        pitfalls=[line for s in by_kind["pitfalls"] for line in _items(s.lines)],
        storage=" ".join(line for s in by_kind["storage"] for line in _items(s.lines)),
        source=str(first(meta, "source", "author") or ""),
        url=str(first(meta, "url", "source_url", "link", "source.url") or ""),
    )
    if not draft.url and draft.source.startswith("http"):
        draft.url = draft.source
    return draft


def _paragraphs(lines: list[str]) -> list[str]:
    return [" ".join(p.split()) for p in re.split(r"\n\s*\n", "\n".join(lines)) if p.strip()]


def _items(lines: list[str]) -> list[str]:
    """The entries of a list, continuation lines joined; without list marks every line (in prose: every paragraph) is
    one.
    """
    if any(_ITEM.match(line) for line in lines):
        out: list[str] = []
        fresh = True
        for line in lines:
            match = _ITEM.match(line)
            if match:
                out.append(match["text"].strip())
                fresh = False
            elif not line.strip():
                fresh = True
            elif (out and not fresh and line.startswith((" ", "\t"))) or (out and not fresh):
                out[-1] += " " + line.strip()
            else:
                out.append(line.strip())
                fresh = False
        return [line for line in out if line and not re.fullmatch(r"[-*_=|: ]+", line)]
    text = [line.strip() for line in lines if line.strip() and not re.fullmatch(r"[-*_=|: ]+", line.strip())]
    if any(len(line) > 90 for line in text):
        return _paragraphs(lines)
    return [line.strip("| ") for line in text]


def _steps(lines: list[str]) -> list[str]:
    marked = [line for line in lines if _ITEM.match(line)]
    if not marked:
        return [step for paragraph in _paragraphs(lines) for step in steps_of(paragraph)]
    numbered = any(_INDEXED.match(line) for line in marked)
    out: list[str] = []
    blank = False
    for line in lines:
        match = _ITEM.match(line)
        if match and (not numbered or _INDEXED.match(line) or (not match["indent"] and not out)):
            if numbered and match["indent"] and out and len(match["indent"]) >= 4:
                out[-1] += " " + match["text"].strip()
            else:
                out.append(match["text"].strip())
        elif match and out:
            out[-1] += " " + match["text"].strip()
        elif line.strip():
            if out and (not blank or line.startswith((" ", "\t")) or numbered):
                out[-1] += " " + line.strip()
            else:
                out.append(line.strip())
        blank = not line.strip()
    return [re.sub(r"\s+", " ", step).strip() for step in out if step.strip()]
