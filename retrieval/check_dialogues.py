"""The rules that :mod:`retrieval.check` holds dialogues to: what a small model learns from them must be true.

A dialogue's form (shared items by pointer, known intents) is checked as it is read; here it is what the wizard says.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from retrieval.amounts import Amount, find_amounts, numbers_in
from retrieval.check_rules import Severity
from retrieval.dialogues import TAGS, Line, Script
from retrieval.overlap import words
from retrieval.quantity import format_duration
from retrieval.recipe import Recipe

_MOST_TOLD_TWICE = 3  # times that the same longer sentence may be said in all dialogues together
_LONG = 7  # words: shorter replies ("Yes, ground is fine.") may well come up again
_CLOSE = 0.01  # relative difference of two figures that mean the same


def dialogue_problems(script: Script) -> Iterator[tuple[Severity, str]]:
    """What is wrong with one dialogue, as (severity, sentence)."""
    lines = script.lines
    if len(lines) < 4:
        yield "error", f"The dialogue of line {script.number} has fewer than four turns."
        return
    page, said = figures(page_of(script.recipe)), list[Amount]()
    for before, line in zip([None, *lines], lines, strict=False):
        where = f"Line {line.number}"
        if (before.role if before else "wizard") == line.role:
            yield "error", f"{where}: the {line.role} speaks twice in a row."
        for tag in line.tags:
            if tag not in TAGS:
                yield "error", f'{where}: the tag "{tag}" is not one of {", ".join(TAGS)}.'
        if line.role == "cook":
            if line.entries:
                yield "error", f"{where}: only the wizard names entries."
            said += figures(line.text)
            continue
        yield from _shares(line, script.recipe, where)
        backed = [figure for entry in line.entries for figure in figures(entry.text)]
        for figure in unsupported(line.text, (*page, *said, *backed)):
            yield "error", f'{where}: "{figure}" stands neither in the recipe nor in an entry that the line names.'
        if line.intent == "return_next_step":
            yield from _told(line, script.recipe, (*said, *backed), where)


def _shares(line: Line, recipe: Recipe, where: str) -> Iterator[tuple[Severity, str]]:
    steps = [item for item in line.shared if item in recipe.steps]
    if line.intent == "return_next_step" and not steps:
        yield "error", f"{where}: a step is told, but none is shared."
    if line.intent == "return_list_ingredients_tools" and len(line.shared) == len(steps):
        yield "error", f"{where}: a list is told, but no ingredient is shared."
    if line.intent in ("chitchat", "misc") and line.shared:
        yield "error", f"{where}: small talk shares no items."


def _told(line: Line, recipe: Recipe, others: Iterable[Amount], where: str) -> Iterator[tuple[Severity, str]]:
    """Figures of a step: each from that step, its ingredients or the cook, and none of its times left out."""
    steps = "\n".join(item for item in line.shared if item in recipe.steps)
    near = figures("\n".join((steps, *(i.text for i in recipe.ingredients))))
    for figure in unsupported(line.text, (*near, *others)):
        yield "warning", f'{where}: "{figure}" is not in the step that is told.'
    told = {value for amount in figures(line.text) for value in amount.values}
    for amount in numbers_in(steps):
        timed = amount.dimension in ("time", "temperature") and amount.unit != "celsius" and amount.text != "a second"
        if timed and not told & set(amount.values):
            yield "warning", f'{where}: the step says "{amount.text}", the wizard does not.'


def page_of(recipe: Recipe) -> str:
    """All that a recipe's page says, times in full."""
    times = [format_duration(s) for s in (recipe.prep_s, recipe.cook_s, recipe.total_s) if s]
    minutes = [f"{s / 60:g} minutes" for s in (recipe.prep_s, recipe.cook_s, recipe.total_s) if s]
    counts = (f"{recipe.servings or ''} servings", f"{len(recipe.steps)} steps")
    parts = (recipe.title, recipe.description, recipe.recipe_yield, *counts, *recipe.tools)
    lines = (*(i.text for i in recipe.ingredients), *recipe.steps, *recipe.tips, *recipe.pitfalls, recipe.storage)
    return "\n".join((*parts, *times, *minutes, *lines))


def unsupported(text: str, known: Iterable[Amount]) -> list[str]:
    """Figures of a text, as written, that are not among the known ones; one and less are words of speech."""
    known = tuple(known)
    return [
        amount.text
        for amount in numbers_in(text)
        if not all(value <= 1 or any(_says(amount, value, other) for other in known) for value in amount.values)
    ]


def _says(amount: Amount, value: object, other: Amount) -> bool:
    if value in other.values and (amount.unit == other.unit or not amount.unit or not other.unit):
        return True
    if amount.dimension != other.dimension or amount.dimension == "number":
        return value in other.values and amount.dimension == other.dimension
    return all(
        any(abs(float(x) - float(y)) <= max(0.3, _CLOSE * abs(float(y))) for y in other.base) for x in amount.base
    )


def figures(text: str) -> list[Amount]:
    """The numbers of a text, "1 h 20 min" both as one and in parts."""
    return [*numbers_in(text), *find_amounts(text)]


def said_too_often(scripts: Iterable[Script]) -> Iterator[tuple[str, int, str]]:
    """Replies that come up again and again over all dialogues: (file, line, text) of the one too many."""
    count: Counter[tuple[str, ...]] = Counter()
    for script in scripts:
        for line in script.lines:
            key = tuple(words(line.text))
            if line.role == "wizard" and len(key) >= _LONG:
                count[key] += 1
                if count[key] == _MOST_TOLD_TWICE + 1:
                    yield script.name, line.number, line.text


def skeleton(text: str, names: frozenset[str]) -> str:
    """A text without its names and numbers, so that texts which differ only in these come out the same.

    Args:
        text: The text.
        names: Words that count as names (foods, dishes), singular and lower case.
    """
    from retrieval.units import singular

    out: list[str] = []
    for word in words(text):
        token = "#" if word.isdigit() else "@" if singular(word) in names else word
        if not out or token not in "#@" or out[-1] != token:
            out.append(token)
    return re.sub(r"# (?:# )+", "# ", " ".join(out))
