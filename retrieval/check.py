"""Checks recipes and knowledge: what a careful editor would, by rule.

``souschef recipes check PATH`` and ``--bundled`` print what :func:`check` returns. Errors must be mended; warnings
deserve a look.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.amounts import numbers_in
from retrieval.check_rules import Severity, amounts_agree, diets, ingredients_and_steps, line, times, vocabulary
from retrieval.cookbook import KINDS, folder, parse_knowledge
from retrieval.formats.build import build_recipe, slug_url
from retrieval.formats.frontmatter import split_front_matter
from retrieval.formats.markdown import drafts_from_markdown
from retrieval.importers import KINDS as FILE_KINDS
from retrieval.importers import decode, read_file
from retrieval.overlap import near_duplicates, shared_runs
from retrieval.recipe import KnowledgeEntry, Recipe, RecipeError

_BORROWED = 14  # words in a row; of fewer, the stock phrases of the trade are made ("over medium heat until …")
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


def check(path: Path | str | None = None, against: Path | str | None = None) -> list[Problem]:
    """Problems of a recipe file, a folder of recipes and knowledge, or (without path) of the bundled cookbook; errors
    first.

    Args:
        path: File or folder; ``.yaml`` files are read as knowledge.
        against: A collection; eight words in a row shared with it are a warning, fourteen an error.

    Raises:
        RecipeError: The path or the collection does not exist.
    """
    files = list(_files(path))
    problems: list[Problem] = []
    recipes: list[tuple[str, Recipe]] = []
    entries: list[tuple[str, KnowledgeEntry]] = []
    for name, data in files:
        try:
            if name.endswith((".yaml", ".yml")):
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
    problems += _together(recipes, entries)
    if against is not None:
        problems += _overlap(recipes, entries, Path(against))
    return sorted(dict.fromkeys(problems), key=lambda p: (p.severity, p.path))


def _files(path: Path | str | None) -> Iterator[tuple[str, bytes]]:
    if path is None:
        for part, suffix in (("recipes", ".md"), ("knowledge", ".yaml")):
            where = folder() / part
            for file in sorted(where.iterdir() if where.is_dir() else [], key=lambda f: f.name):
                if file.name.endswith(suffix):
                    yield f"{part}/{file.name}", file.read_bytes()
        return
    root = Path(path)
    if not root.exists():
        raise RecipeError(f"{root} does not exist; give a recipe file or a folder of them.")
    for file in [root] if root.is_file() else sorted(f for f in root.rglob("*") if f.is_file()):
        if file.suffix.lower() in (*FILE_KINDS, ".yaml", ".yml"):
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


def _together(recipes: list[tuple[str, Recipe]], entries: list[tuple[str, KnowledgeEntry]]) -> Iterator[Problem]:
    """Problems that only show between files: doubled ids, titles, questions and texts."""
    yield from _doubled(((name, recipe.title.casefold()) for name, recipe in recipes), "title", "error")
    yield from _doubled(((name, entry.id) for name, entry in entries), "id", "error")
    yield from _doubled(((f"{name}#{entry.id}", entry.title.casefold()) for name, entry in entries), "title", "warning")
    questions = (
        (f"{name}#{e.id}", re.sub(r"\W+", " ", q.casefold()).strip()) for name, e in entries for q in e.questions
    )
    yield from _doubled(questions, "question", "warning")
    for a, b, alike in near_duplicates({name: "\n".join(r.steps) for name, r in recipes}, 4, 0.2):
        yield Problem(a, "error", f"Its steps are {alike:.0%} the same as those of {b}.")
    for a, b, alike in near_duplicates({f"{name}#{e.id}": e.text for name, e in entries}, 3, 0.3):
        yield Problem(a, "error", f"Its text is {alike:.0%} the same as that of {b}.")


def _doubled(pairs: Iterable[tuple[str, str]], what: str, severity: Severity) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for name, key in pairs:
        if key in seen and (seen[key] != name or what == "id"):
            yield Problem(name, severity, f'The {what} "{key[:80]}" is also in {seen[key]}.')
        seen.setdefault(key, name)


def _overlap(
    recipes: list[tuple[str, Recipe]], entries: list[tuple[str, KnowledgeEntry]], corpus: Path
) -> Iterator[Problem]:
    texts = {name: "\n".join((r.description, *r.steps, *r.tips, *r.pitfalls, r.storage)) for name, r in recipes}
    texts |= {f"{name}#{e.id}": e.text for name, e in entries}
    for key, runs in shared_runs(texts, corpus).items():
        count = len(runs[0].split())
        severity: Severity = "error" if count >= _BORROWED else "warning"
        more = f" ({len(runs)} such stretches)" if len(runs) > 1 else ""
        yield Problem(key, severity, f'It shares {count} words in a row with {corpus.name}: "{runs[0]}"{more}.')
