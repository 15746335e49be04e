"""Reads recipes from files: schema.org JSON-LD (also in HTML), Cooklang, Markdown, JSON and JSON lines.

Whatever is wrong with a file becomes a reason in the report, never a traceback: wrong encodings are read as best they
can be, broken,
huge, empty and binary files are skipped. Ids are made of the content, so that importing the same file twice changes
nothing.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from retrieval.clean import find_orders, strip_controls
from retrieval.formats import jsonrecipes
from retrieval.formats.build import Draft, build_recipe, content_key, slug_url
from retrieval.formats.cooklang import draft_from_cooklang
from retrieval.formats.jsonld import drafts_from_html, load_json
from retrieval.formats.markdown import drafts_from_markdown
from retrieval.recipe import Recipe, RecipeError

MAX_BYTES = 20 * 1024 * 1024  # of a file that is read whole
MAX_LINE_BYTES = 2 * 1024 * 1024  # of one line of JSON lines, which may be of any length in all
KINDS = {
    ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".txt": "markdown", ".cook": "cooklang",
    ".json": "json", ".jsonld": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html",
    ".xhtml": "html",
}  # fmt: skip
_READMES = frozenset(("readme", "license", "licence", "changelog", "contributing", "code_of_conduct"))


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not imported. ``where`` says the place inside the file ("line 3"), or is empty for the whole
    file.
    """

    where: str
    reason: str


@dataclass(slots=True)
class FileReport:
    """What became of one file.

    Attributes:
        path: The file.
        kind: markdown, cooklang, json, jsonl, html, or "" if it was not recognised.
        recipes: The new recipes in it.
        duplicates: Titles of recipes that were there already.
        skipped: What was left out, and why.
        flagged: Recipes whose text tries to instruct the bot, with the words. They are imported, as text.
    """

    path: Path
    kind: str = ""
    recipes: list[Recipe] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    flagged: list[str] = field(default_factory=list)

    def sentence(self) -> str:
        """The report in one line, without the path."""
        parts = [f"{len(self.recipes)} read" if self.recipes else ""]
        parts.append(f"{len(self.duplicates)} known already" if self.duplicates else "")
        if len(self.skipped) == 1:
            one = self.skipped[0]
            parts.append(f"skipped{' ' + one.where if one.where else ''}: {one.reason}")
        elif self.skipped:
            parts.append(f"{len(self.skipped)} skipped, first {self.skipped[0].where}: {self.skipped[0].reason}")
        parts.append(f"flagged: {'; '.join(self.flagged[:3])}" if self.flagged else "")
        return "; ".join(part for part in parts if part) or "nothing in it"


@dataclass(slots=True)
class ImportReport:
    """What became of all files, in order."""

    files: list[FileReport] = field(default_factory=list)

    @property
    def recipes(self) -> list[Recipe]:
        """The new recipes, in order."""
        return [recipe for file in self.files for recipe in file.recipes]

    @property
    def duplicates(self) -> int:
        """How many recipes were known already."""
        return sum(len(file.duplicates) for file in self.files)

    @property
    def skipped(self) -> list[tuple[Path, Skipped]]:
        """Everything left out, with its file."""
        return [(file.path, one) for file in self.files for one in file.skipped]

    @property
    def flagged(self) -> list[str]:
        """Recipes whose text tries to instruct the bot."""
        return [one for file in self.files for one in file.flagged]


def import_path(path: Path | str, known: Iterable[Recipe] = ()) -> ImportReport:
    """Every recipe of a file, or of a folder and all folders in it.

    Args:
        path: File or folder. In a folder, files of other kinds are passed over silently; a file named itself gets a
            reason.
        known: Recipes that are there already; they are recognised by their content.

    Returns:
        A report for each file. Nothing is raised for what is in the files.

    Raises:
        RecipeError: The path does not exist or cannot be read.
    """
    path = Path(path)
    known = list(known)
    urls, contents = {r.url for r in known}, {content_key(r) for r in known}
    report = ImportReport()
    for file in _files(path):
        one = FileReport(file, KINDS.get(file.suffix.lower(), ""))
        report.files.append(one)
        for found in _recipes(file, one):
            key = content_key(found)
            if key in contents:
                one.duplicates.append(found.title)
                continue
            recipe = _own_url(found, key, urls)
            urls.add(recipe.url)
            contents.add(key)
            one.recipes.append(recipe)
            if orders := find_orders(
                "\n".join((recipe.title, recipe.description, *recipe.items, *recipe.tips, *recipe.pitfalls))
            ):
                one.flagged.append(
                    f'"{recipe.title}" contains text that addresses the bot ("{orders[:60]}"); it is kept as plain text'
                )
    return report


def read_file(path: Path | str, bundled: bool = False) -> list[Recipe]:
    """The recipes of one file.

    Args:
        path: The file.
        bundled: Whether it belongs to the bundled cookbook; then ids are ``cookbook:<file name>``.

    Raises:
        RecipeError: There is none in it; the message says why.
    """
    path = Path(path)
    report = FileReport(path, KINDS.get(path.suffix.lower(), ""))
    recipes = list(_recipes(path, report))
    if not recipes:
        raise RecipeError(f"{path.name}: {report.skipped[0].reason if report.skipped else 'It holds no recipe.'}")
    return [r.with_url(slug_url(path.stem)) for r in recipes] if bundled else recipes


def stream(path: Path | str) -> Iterator[Recipe]:
    """The recipes of a file or folder one by one, for collections that do not fit in memory; what cannot be read is
    left out.

    Raises:
        RecipeError: The path does not exist.
    """
    for file in _files(Path(path)):
        yield from _recipes(file, FileReport(file, KINDS.get(file.suffix.lower(), "")))


def _own_url(recipe: Recipe, key: str, urls: set[str]) -> Recipe:
    """The recipe, with another id where its own belongs to a different recipe (two on one page)."""
    for url in (recipe.url, f"{recipe.url}#{recipe.slug}", f"{recipe.url}#{recipe.slug}-{key[:10]}"):
        if url not in urls:
            return recipe.with_url(url)
    return recipe.with_url(f"file:{recipe.slug[:60]}-{key[:10]}")


def _files(path: Path) -> Iterator[Path]:
    try:
        if path.is_file():
            yield path
        elif path.is_dir():
            yield from sorted(f for f in path.rglob("*") if _wanted(f, path))
        else:
            raise RecipeError(f"{path} does not exist; give a recipe file or a folder of them.")
    except OSError as error:
        raise RecipeError(f"{path} cannot be read ({error.strerror}); check its permissions.") from None


def _wanted(file: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in file.relative_to(root).parts)
    readme = file.suffix.lower() in (".md", ".txt") and file.stem.lower() in _READMES
    return not hidden and not readme and file.suffix.lower() in KINDS and file.is_file()


def _recipes(path: Path, report: FileReport) -> Iterator[Recipe]:
    """The recipes of one file; everything that goes wrong is added to the report."""
    try:
        size = path.stat().st_size
        if not report.kind:
            raise RecipeError("This kind of file is not known; give .md, .cook, .json, .jsonl or .html.")
        if size == 0:
            raise RecipeError("The file is empty.")
        if report.kind == "jsonl":
            yield from _json_lines(path, report)
            return
        if size > MAX_BYTES:
            limit = MAX_BYTES // 2**20
            raise RecipeError(f"The file has {size / 2**20:.0f} MB, more than {limit}; split it, or give JSON lines.")
        text = decode(path.read_bytes())
        if not text.strip():
            raise RecipeError("The file is empty.")
        number = 0
        for draft in _drafts(report.kind, text, path.stem):
            number += 1
            yield from _built(draft, path, report, f"recipe {number}")
        if not number:
            raise RecipeError("It holds no recipe with ingredients and steps.")
    except RecipeError as error:
        report.skipped.append(Skipped("", str(error)))
    except OSError as error:
        report.skipped.append(Skipped("", f"It cannot be read ({error.strerror}); check its permissions."))
    except RecursionError:
        report.skipped.append(Skipped("", "It is nested too deeply; export the recipe again."))


def _drafts(kind: str, text: str, name: str) -> Iterable[Draft | RecipeError]:
    if kind == "cooklang":
        return [draft_from_cooklang(text, name)]
    if kind == "html":
        return drafts_from_html(text)
    if kind == "json":
        try:
            return jsonrecipes.drafts(load_json(text))
        except RecipeError:
            lines = [line for line in text.split("\n") if line.strip()]
            if len(lines) > 1 and all(
                line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines[:3]
            ):
                return (
                    draft for line in lines for draft in jsonrecipes.drafts(load_json(line))
                )  # JSON lines under another name
            raise
    return drafts_from_markdown(text, name)


def _built(draft: Draft | RecipeError, path: Path, report: FileReport, where: str) -> Iterator[Recipe]:
    if isinstance(draft, RecipeError):
        report.skipped.append(Skipped(where, str(draft)))
        return
    try:
        yield build_recipe(draft, source=path.name)
    except RecipeError as error:
        report.skipped.append(Skipped(where if where != "recipe 1" else "", str(error)))


def _json_lines(path: Path, report: FileReport) -> Iterator[Recipe]:
    """Recipes line by line, in memory no more than a line at a time."""
    any_line = False
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith((b"\xff\xfe", b"\xfe\xff")):
            lines: Iterable[bytes] = decode(file.read(MAX_BYTES)).encode().split(b"\n")
        else:
            lines = iter(lambda: file.readline(MAX_LINE_BYTES + 1), b"")
        number, inside_long = 0, False
        for line in lines:
            whole = line.endswith(b"\n") or len(line) <= MAX_LINE_BYTES
            if inside_long:
                inside_long = not whole
                continue
            number += 1
            where = f"line {number}"
            if not whole:
                inside_long = any_line = True
                report.skipped.append(
                    Skipped(
                        where, f"The line is longer than {MAX_LINE_BYTES // 2**20} MB; one recipe belongs on a line."
                    )
                )
                continue
            if not line.strip():
                continue
            any_line = True
            yield from _json_line(line, path, report, where)
    if not any_line:
        report.skipped.append(Skipped("", "The file is empty."))


def _json_line(line: bytes, path: Path, report: FileReport, where: str) -> Iterator[Recipe]:
    try:
        data = json.loads(decode(line), strict=False)
    except (ValueError, RecursionError, RecipeError):
        report.skipped.append(Skipped(where, "The line is no JSON; put one whole object on each line."))
        return
    found = False
    for draft in jsonrecipes.drafts(data):
        found = True
        yield from _built(draft, path, report, where)
    if not found:
        report.skipped.append(Skipped(where, "The object has no ingredients and steps; name them so."))


def decode(data: bytes) -> str:
    """Text of a file: UTF-8 with or without mark, UTF-16 with one, else Windows-1252; control characters gone.

    Raises:
        RecipeError: The data is no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data.decode("utf-16", "replace")
    else:
        if b"\0" in data[:4096]:
            raise RecipeError("The file is binary; give a text file.")
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    odd = len(re.findall("[\x00-\x08\x0e-\x1f\ufffd]", text[:4096]))
    if odd > 0.05 * min(len(text), 4096):
        raise RecipeError("The file is binary; give a text file.")
    return strip_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
