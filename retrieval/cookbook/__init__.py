"""The bundled cookbook: recipes and cooking knowledge written for this project, under CC BY-SA 4.0.

Parsed once and kept as JSON in the cache folder under a hash of the files' content; a changed file makes a new one.
Without a
writable cache everything works, only slower.
"""

import hashlib
import json
import os
import re
import tempfile
from dataclasses import asdict
from fractions import Fraction
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, RecipeError, Substitution
from retrieval.units import singular

KINDS = (
    "substitution", "technique", "term", "tool", "ingredient", "doneness", "storage", "safety", "conversion",
    "scaling", "timing",
    "troubleshooting", "drink",
)  # fmt: skip
_FORMAT = 1  # to be raised when the parsed form changes


def load_recipes() -> list[Recipe]:
    """The bundled recipes, ordered by id.

    Raises:
        RecipeError: A bundled file is damaged; install again, or mend the file that the message names.
    """
    return list(_recipes())


def load_knowledge() -> list[KnowledgeEntry]:
    """The bundled knowledge entries, ordered by file and place.

    Raises:
        RecipeError: A bundled file is damaged; install again, or mend the file that the message names.
    """
    return list(_knowledge())


@cache
def _recipes() -> tuple[Recipe, ...]:
    return tuple(_recipe_from_json(row) for row in _cached("recipes", ".md", _parse_recipes))


@cache
def _knowledge() -> tuple[KnowledgeEntry, ...]:
    return tuple(_entry_from_json(row) for row in _cached("knowledge", ".yaml", _parse_knowledge))


def forget() -> None:
    """Read the files again at the next call (for tests, and for a cook who edits them)."""
    _recipes.cache_clear()
    _knowledge.cache_clear()
    _by_item.cache_clear()


def folder() -> Traversable:
    """Where the bundled files are: ``recipes/*.md`` and ``knowledge/*.yaml``."""
    return resources.files(__name__)


def _files(name: str, suffix: str) -> list[Traversable]:
    where = folder() / name
    found = [f for f in where.iterdir() if f.name.endswith(suffix)] if where.is_dir() else []
    return sorted(found, key=lambda f: f.name)


def _parse_recipes(files: list[tuple[str, str]]) -> list[dict[str, Any]]:
    from retrieval.formats.build import build_recipe, slug_url
    from retrieval.formats.markdown import drafts_from_markdown

    out = []
    for name, text in files:
        stem = name.rsplit(".", 1)[0]
        try:
            recipe = build_recipe(drafts_from_markdown(text, stem)[0], source="Souschef cookbook", url=slug_url(stem))
        except RecipeError as error:
            raise RecipeError(f"{name}: {error}") from None
        out.append(recipe_to_json(recipe))
    return out


def _parse_knowledge(files: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [asdict(entry) for name, text in files for entry in parse_knowledge(text, name)]


def parse_knowledge(text: str, name: str = "knowledge") -> list[KnowledgeEntry]:
    """The entries of one YAML file.

    Args:
        text: Its content, a list of entries.
        name: Its name, for messages.

    Raises:
        RecipeError: It is no YAML list, or an entry lacks its id, kind, title or text.
    """
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        rows = yaml.load(text, Loader=loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise RecipeError(f"{name}{line} is no valid YAML; quote texts that hold a colon.") from None
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise RecipeError(f'{name} must be a list of entries, each starting with "- id:".')
    out = []
    for n, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(
            isinstance(row.get(k), str) and row[k].strip() for k in ("id", "kind", "title", "text")
        ):
            raise RecipeError(f"{name}, entry {n}: id, kind, title and text are needed.")
        rule = row.get("substitute")
        out.append(
            KnowledgeEntry(
                id=row["id"].strip(),
                kind=row["kind"].strip(),
                title=_folded(row["title"]),
                text=_folded(row["text"]),
                questions=tuple(_folded(q) for q in row.get("questions") or ()),
                about=tuple(_folded(a).lower() for a in row.get("about") or ()),
                source=_folded(row.get("source") or ""),
                substitute=_rule(rule) if isinstance(rule, dict) else None,
            )
        )
    return out


def _folded(value: object) -> str:
    return re.sub(r"\s+", " ", str(value)).strip()


def _rule(rule: dict[str, Any]) -> Substitution:
    return Substitution(
        original=_folded(rule.get("for", "")),
        use=_folded(rule.get("use", "")),
        ratio=_folded(rule.get("ratio") or ""),
        effect=_folded(rule.get("effect") or ""),
        one_way=bool(rule.get("one_way", True)),
        avoid=bool(rule.get("avoid", False)),
    )


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """A recipe as plain JSON values; fractions as text."""
    row = asdict(recipe)
    for line in row["ingredients"]:
        for key in ("quantity", "quantity_max"):
            line[key] = None if line[key] is None else str(line[key])
    return row


def _recipe_from_json(row: dict[str, Any]) -> Recipe:
    lines = tuple(
        Ingredient(**line | {k: None if line[k] is None else Fraction(line[k]) for k in ("quantity", "quantity_max")})
        for line in row["ingredients"]
    )
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    values["ingredients"] = lines
    return Recipe(**values)


def _entry_from_json(row: dict[str, Any]) -> KnowledgeEntry:
    rule = row["substitute"]
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    values["substitute"] = Substitution(**rule) if rule else None
    return KnowledgeEntry(**values)


def cache_folder() -> Path:
    """Where the parsed cookbook is kept: ``$SOUSCHEF_CACHE``, else the user's cache folder."""
    given = os.environ.get("SOUSCHEF_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else base / "souschef"


def _cached(name: str, suffix: str, parse: Any) -> list[dict[str, Any]]:
    files = [(f.name, f.read_text(encoding="utf-8")) for f in _files(name, suffix)]
    digest = hashlib.sha256(repr((_FORMAT, _code_version(), files)).encode()).hexdigest()[:16]
    try:
        path = cache_folder() / f"{name}-{digest}.json"
        if path.is_file():
            rows = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(rows, list):
                return rows
    except (OSError, ValueError, RuntimeError):
        path = None  # type: ignore[assignment]
    rows = parse(files)
    if path is not None:
        _keep(path, name, rows)
    return rows


def _code_version() -> str:
    """Changes when the parsers do, so that an update never reads what an older parser understood."""
    root = Path(__file__).resolve().parent.parent
    parts = [
        "clean.py",
        "units.py",
        "amounts.py",
        "quantity.py",
        "recipe.py",
        "formats/markdown.py",
        "formats/build.py",
    ]
    return repr([(p.stat().st_size, p.stat().st_mtime_ns) for p in (root / part for part in parts) if p.exists()])


def _keep(path: Path, name: str, rows: list[dict[str, Any]]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as file:
            json.dump(rows, file, ensure_ascii=False)
        os.replace(file.name, path)  # whole or not at all, also with two processes at it
        for old in path.parent.glob(f"{name}-*.json"):
            if old != path:
                old.unlink(missing_ok=True)
    except OSError:
        return  # a cache that cannot be written is only slower


@cache
def _by_item() -> tuple[tuple[frozenset[str], KnowledgeEntry], ...]:
    return tuple((_stems(e.substitute.original), e) for e in _knowledge() if e.kind == "substitution" and e.substitute)


def _stems(text: str) -> frozenset[str]:
    return frozenset(singular(word) for word in re.findall(r"[a-zà-ÿ]+", text.lower()))


def find_substitutions(item: str) -> list[KnowledgeEntry]:
    """What can stand in for an ingredient, best match first; entries marked ``avoid`` come last.

    An entry for "butter" answers "unsalted butter", but one for "peanut butter" does not answer "butter".
    """
    words = _stems(item)
    asked = _head(item)
    ranked = []
    for order, (name, entry) in enumerate(_by_item()):
        if not words or not name or _head(entry.substitute.original if entry.substitute else "") != asked:
            continue
        if not (name ^ words) <= _PLAIN or not (name <= words or words <= name):
            continue  # what tells them apart makes them different things
        ranked.append((bool(entry.substitute and entry.substitute.avoid), len(name ^ words), order, entry))
    return [entry for *_, entry in sorted(ranked, key=lambda r: r[:3])]


# Words that do not make it another ingredient: unsalted butter is still butter, peanut butter is not.
_PLAIN = frozenset(
    "unsalted salted fresh large medium small whole plain cold soft softened melted unsweetened heavy all purpose "
    "regular low fat full reduced ripe raw organic extra virgin granulated fine kosher table sea good quality light "
    "firm chopped sliced grated ground freshly warm lukewarm room temperature boneless skinless bone in skin on "
    "thick cut white yellow red active dry instant double single lean flat leaf curly crushed pitted peeled".split()
)


def _head(text: str) -> str:
    """The noun of an ingredient: its last word before "for", "in", "with", a comma or a parenthesis."""
    words = re.findall(r"[a-zà-ÿ]+", re.split(r"[,(]|\b(?:for|in|with|of|as)\b", text.lower())[0])
    return singular(words[-1]) if words else ""
