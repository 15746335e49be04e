"""Checks recipes, knowledge and dialogues: what a careful editor would, by rule.

``souschef recipes check`` prints what :func:`examine` finds in the bundled cookbook, and how much of what it holds.
Errors must be mended; warnings deserve a look.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.amounts import numbers_in
from retrieval.check_dialogues import dialogue_problems, said_too_often, skeleton
from retrieval.check_rules import Severity, amounts_agree, diets, ingredients_and_steps, line, times, vocabulary
from retrieval.cookbook import KINDS, folder, load_knowledge, load_recipes, parse_knowledge
from retrieval.dialogues import DialogueError, Script, read_dialogues
from retrieval.foods import food_words, names
from retrieval.formats.build import build_recipe, slug_url
from retrieval.formats.frontmatter import split_front_matter
from retrieval.formats.markdown import drafts_from_markdown
from retrieval.importers import KINDS as FILE_KINDS
from retrieval.importers import decode, read_file
from retrieval.overlap import collections, near_duplicates, shared_runs, words
from retrieval.recipe import KnowledgeEntry, Recipe, RecipeError
from retrieval.units import singular

# Words in a row. Of eight to thirteen the stock phrases of the trade are made: "heat 2 tablespoons of the olive oil in
# a large skillet over medium heat" stands in dozens of seventy thousand recipes, and nobody says it in a better way. So
# these are warnings, to be looked at. A stretch may be pieced together from several sources, which overlap: at fourteen
# it would still be somebody's sentence.
_BORROWED = 14
_KEYS = frozenset(
    "title description cuisine course difficulty servings yield prep_time cook_time total_time diet allergens "
    "tools tags source url".split()
)
_STEP_LIMIT = 330  # characters: more is too long to be listened to


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend.

    Attributes:
        path: File, or id of the recipe or entry.
        severity: "error" or "warning".
        sentence: What is wrong, and where.
    """

    path: str
    severity: Severity
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.severity}: {self.sentence}"


@dataclass(slots=True)
class Report:
    """What was found.

    Attributes:
        problems: Errors first.
        recipes, entries: With the file they stand in.
        scripts: The dialogues.
    """

    problems: list[Problem] = field(default_factory=list)
    recipes: list[tuple[str, Recipe]] = field(default_factory=list)
    entries: list[tuple[str, KnowledgeEntry]] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)

    def counts(self) -> dict[str, dict[str, int]]:
        """How much there is, and of what: recipes by cuisine, diet and course, entries by kind, turns by intent."""
        lines = [line for script in self.scripts for line in script.lines]
        tables: dict[str, Counter[str]] = {
            "all": Counter(
                {
                    "recipes": len(self.recipes),
                    "entries": len(self.entries),
                    "dialogues": len(self.scripts),
                    "turns": len(lines),
                    "questions and answers": 2 * sum(line.intent.startswith("ask_question") for line in lines),
                    "errors": sum(p.severity == "error" for p in self.problems),
                    "warnings": sum(p.severity == "warning" for p in self.problems),
                }
            ),
            "cuisine": Counter(recipe.cuisine or "none" for _, recipe in self.recipes),
            "course": Counter(recipe.course or "none" for _, recipe in self.recipes),
            "diet": Counter(diet for _, recipe in self.recipes for diet in recipe.diet),
            "kind": Counter(entry.kind for _, entry in self.entries),
            "intent": Counter(f"{line.role}: {line.intent}" for line in lines),
            "commonsense": Counter(tag for line in lines for tag in line.tags),
        }
        return {
            name: dict(table) if name == "all" else dict(table.most_common()) for name, table in tables.items() if table
        }


def check(path: Path | str | None = None, against: Path | str | None = None) -> list[Problem]:
    """The problems that :func:`examine` finds."""
    return examine(path, against).problems


def examine(path: Path | str | None = None, against: Path | str | None = None) -> Report:
    """Problems of a recipe file, of a folder of recipes, knowledge and dialogues, or (without path) of the bundled
    cookbook.

    Args:
        path: File or folder; ``.yaml`` files are read as knowledge, ``.txt`` files of a folder ``dialogues`` as
            dialogues, over the recipes and entries beside them or, where there are none, of the bundled cookbook.
        against: A collection of recipes, or a folder of them; eight words in a row shared with it are a warning,
            fourteen an error.

    Raises:
        RecipeError: The path or the collection does not exist.
    """
    report = Report()
    problems, recipes, entries = report.problems, report.recipes, report.entries
    talks: list[tuple[str, bytes]] = []
    for name, data in _files(path):
        try:
            if name.endswith(".txt"):
                talks.append((name, data))
            elif name.endswith((".yaml", ".yml")):
                entries += [(name, entry) for entry in parse_knowledge(data.decode(), name)]
            elif name.endswith(".md"):
                text = decode(data)
                problems += check_front_matter(name, text)
                recipes += [
                    (name, build_recipe(d, url=slug_url(Path(name).stem)))
                    for d in drafts_from_markdown(text, Path(name).stem)
                ]
            else:
                recipes += [(name, r) for r in read_file(name)]
        except (RecipeError, UnicodeDecodeError) as error:
            problems.append(Problem(name, "error", str(error)))
    for name, recipe in recipes:
        problems += check_recipe(recipe, name)
    for name, entry in entries:
        problems += check_entry(entry, name)
    for name, data in talks:
        problems += _check_dialogues(name, data, report)
    problems += _together(report)
    if against is not None:
        problems += _overlap(report, Path(against))
    report.problems = sorted(dict.fromkeys(problems), key=lambda p: (p.severity, p.path))
    return report


def _files(path: Path | str | None) -> Iterator[tuple[str, bytes]]:
    if path is None:
        for part, suffix in (("recipes", ".md"), ("knowledge", ".yaml"), ("dialogues", ".txt")):
            where = folder() / part
            for file in sorted(where.iterdir() if where.is_dir() else [], key=lambda f: f.name):
                if file.name.endswith(suffix):
                    yield f"{part}/{file.name}", file.read_bytes()
        return
    root = Path(path)
    if not root.exists():
        raise RecipeError(f"{root} does not exist; give a recipe file or a folder of them.")
    for file in [root] if root.is_file() else sorted(f for f in root.rglob("*") if f.is_file()):
        talk = file.suffix == ".txt" and file.parent.name == "dialogues"
        if talk or file.suffix.lower() in (*FILE_KINDS, ".yaml", ".yml"):
            yield str(file), file.read_bytes()


def check_front_matter(name: str, text: str) -> list[Problem]:
    """Problems of a cookbook file's front matter: unknown keys, words that are in no vocabulary, what is missing."""
    meta, _ = split_front_matter(text)
    if not meta:
        return [Problem(name, "warning", "It has no front matter; title, servings and times are taken from the text.")]
    out = [
        Problem(name, "error", f'The key "{key}" is not known; see the other recipes.')
        for key in meta
        if key not in _KEYS
    ]
    needed = (
        "title",
        "description",
        "cuisine",
        "course",
        "difficulty",
        "servings",
        "prep_time",
        "total_time",
        "diet",
        "allergens",
    )
    return out + [Problem(name, "error", f'The key "{key}" is missing.') for key in needed if meta.get(key) is None]


def check_recipe(recipe: Recipe, name: str = "") -> list[Problem]:
    """Problems of one recipe."""
    name = name or recipe.url
    found: list[tuple[Severity, str]] = []
    found += vocabulary(recipe)
    found += times(recipe)
    for given in recipe.ingredients:
        found += line(given.text, given.quantity is not None, given.item)
    for n, step in enumerate(recipe.steps, 1):
        if len(step) > _STEP_LIMIT:
            found.append(("warning", f"Step {n} has {len(step)} characters, more than {_STEP_LIMIT}; split it."))
        found += amounts_agree(step, f"step {n}")
    for text in (*recipe.tips, *recipe.pitfalls, recipe.storage, recipe.description, recipe.recipe_yield):
        found += amounts_agree(text, "the notes")
    found += ingredients_and_steps(recipe)
    found += diets(recipe)
    return [Problem(name, severity, sentence) for severity, sentence in found]


def check_entry(entry: KnowledgeEntry, name: str = "") -> list[Problem]:
    """Problems of one knowledge entry."""
    found: list[tuple[Severity, str]] = []
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", entry.id):
        found.append(("error", "The id must be lower-case words joined by hyphens."))
    if entry.kind not in KINDS:
        found.append(("error", f'The kind "{entry.kind}" is not one of {", ".join(KINDS)}.'))
    count = len(entry.text.split())
    if not 15 <= count <= 130:
        found.append(("warning", f"The text has {count} words; one short paragraph has 15 to 130."))
    if not entry.questions:
        found.append(("error", "It answers no question; list at least one."))
    if not entry.about:
        found.append(("warning", "It says not what it is about."))
    figures = any(a.dimension in ("temperature", "time") for a in numbers_in(entry.text))
    if entry.kind == "safety" and figures and not entry.source:
        found.append(("error", "A safety figure needs its public source."))
    if entry.kind == "substitution" and (
        entry.substitute is None or not entry.substitute.original or not entry.substitute.use
    ):
        found.append(
            ("error", 'A substitution needs its rule: "substitute: {for: …, use: …, ratio: …, effect: …, one_way: …}".')
        )
    found += amounts_agree(entry.text, "the text")
    return [Problem(f"{name}#{entry.id}" if name else entry.id, severity, sentence) for severity, sentence in found]


def _check_dialogues(name: str, data: bytes, report: Report) -> Iterator[Problem]:
    recipes = [recipe for _, recipe in report.recipes] or load_recipes()
    entries = [entry for _, entry in report.entries] or load_knowledge()
    try:
        scripts = list(
            read_dialogues(
                data.decode(),
                name,
                {recipe.url.removeprefix("cookbook:"): recipe for recipe in recipes},
                {entry.id: entry for entry in entries},
            )
        )
    except (DialogueError, UnicodeDecodeError) as error:
        yield Problem(name, "error", str(error))
        return
    report.scripts += scripts
    for script in scripts:
        for severity, sentence in dialogue_problems(script):
            yield Problem(name, severity, sentence)


def _together(report: Report) -> Iterator[Problem]:
    """Problems that only show between files: doubled ids, titles, questions, replies and texts."""
    recipes, entries = report.recipes, report.entries
    yield from _doubled(((name, recipe.title.casefold()) for name, recipe in recipes), "title", "error")
    yield from _doubled(((name, entry.id) for name, entry in entries), "id", "error")
    yield from _doubled(((f"{name}#{entry.id}", entry.title.casefold()) for name, entry in entries), "title", "warning")
    questions = (
        (f"{name}#{e.id}", re.sub(r"\W+", " ", q.casefold()).strip()) for name, e in entries for q in e.questions
    )
    yield from _doubled(questions, "question", "warning")
    for name, number, text in said_too_often(report.scripts):
        yield Problem(name, "error", f'Line {number}: "{text}" is said too often in the dialogues.')
    called = _names(report)
    for what, texts, n, least in (
        ("steps", {name: "\n".join(r.steps) for name, r in recipes}, 4, 0.2),
        ("text", {f"{name}#{e.id}": e.text for name, e in entries}, 3, 0.3),
        ("dialogue", {f"{s.name}:{s.number}": "\n".join(t.text for t in s.lines) for s in report.scripts}, 4, 0.4),
    ):
        alike = near_duplicates(texts, n, least)
        for a, b, share in alike:
            yield Problem(a, "error", f"Its {what} is {share:.0%} the same as that of {b}.")
        bare = {key: skeleton(text, called) for key, text in texts.items()}
        seen = {(a, b) for a, b, _ in alike}
        for a, b, share in near_duplicates(bare, 4, least):
            if (a, b) not in seen:
                yield Problem(a, "error", f"Its {what} differs from that of {b} by names and numbers ({share:.0%}).")


def _names(report: Report) -> frozenset[str]:
    """Words that name something to eat: of the ingredient lines, of what entries are about, of the food table."""
    found = {word for _, recipe in report.recipes for given in recipe.ingredients for word in food_words(given.item)}
    for text in (*(a for _, entry in report.entries for a in entry.about), *names()):
        found |= {singular(word) for word in words(text)}
    return frozenset(word for word in found if len(word) > 2)


def _doubled(pairs: Iterable[tuple[str, str]], what: str, severity: Severity) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, key in pairs:
        if key in seen and (seen[key] != name or what == "id"):
            yield Problem(name, severity, f'The {what} "{key[:80]}" is also in {seen[key]}.')
        seen.setdefault(key, name)


def _overlap(report: Report, path: Path) -> Iterator[Problem]:
    texts = {name: "\n".join((r.description, *r.steps, *r.tips, *r.pitfalls, r.storage)) for name, r in report.recipes}
    texts |= {f"{name}#{e.id}": "\n".join((e.text, *e.questions)) for name, e in report.entries}
    texts |= {f"{s.name}:{line.number}": line.text for s in report.scripts for line in s.lines}
    for corpus in collections(path):
        for key, runs in shared_runs(texts, corpus).items():
            count = len(runs[0].split())
            severity: Severity = "error" if count >= _BORROWED else "warning"
            more = f" ({len(runs)} such stretches)" if len(runs) > 1 else ""
            yield Problem(key, severity, f'It shares {count} words in a row with {corpus.name}: "{runs[0]}"{more}.')
