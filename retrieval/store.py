"""Recipes and articles on disk: the parent documents of the index, in SQLite.

One row per parent, with the rows that its pieces take in the search segments (``first``, ``count``). The pieces
themselves are not stored: they follow from the parent (see ``retrieval.pieces``). SQLite decides what exists: a batch
counts once its transaction is in, and files written for a batch that never got that far are removed at the next
opening.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.pieces import Piece, knowledge_pieces, recipe_pieces
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, Substitution

Parent = Recipe | KnowledgeEntry

_SCHEMA = """
CREATE TABLE IF NOT EXISTS parents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, digest TEXT NOT NULL,
    first INTEGER NOT NULL, count INTEGER NOT NULL, dead INTEGER NOT NULL DEFAULT 0, total_s INTEGER, body TEXT NOT
    NULL);
CREATE UNIQUE INDEX IF NOT EXISTS parents_id ON parents (id) WHERE dead = 0;
CREATE TABLE IF NOT EXISTS segments (name TEXT PRIMARY KEY, base INTEGER NOT NULL, rows INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facts (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class ParentRow:
    """Where a parent is: its number, and the rows of its pieces. ``dead`` marks one that was replaced."""

    number: int
    first: int
    count: int
    is_recipe: bool
    dead: bool


def parent_id(parent: Parent) -> str:
    """Id of a parent document: the recipe's url or ``knowledge:<entry id>``."""
    return parent.url if isinstance(parent, Recipe) else f"knowledge:{parent.id}"


def pieces_of(parent: Parent) -> list[Piece]:
    """The child chunks of a parent."""
    return recipe_pieces(parent) if isinstance(parent, Recipe) else knowledge_pieces(parent)


def to_json(parent: Parent) -> str:
    """A parent as JSON; fractions as strings."""
    return json.dumps(_plain(parent), default=str, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> dict[str, Any]:
    # dataclasses.asdict copies deeply and takes as long as everything else in indexing together.
    row = {field.name: getattr(value, field.name) for field in fields(value)}
    if "ingredients" in row:
        row["ingredients"] = [_plain(i) for i in row["ingredients"]]
    if row.get("substitute") is not None:
        row["substitute"] = _plain(row["substitute"])
    return row


def from_json(kind: str, body: str) -> Parent:
    """The parent that :func:`to_json` wrote."""
    row: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in json.loads(body).items()}
    if kind == "knowledge":
        if row.get("substitute"):
            row["substitute"] = Substitution(**row["substitute"])
        return KnowledgeEntry(**row)
    row["ingredients"] = tuple(_ingredient(item) for item in row["ingredients"])
    return Recipe(**row)


def _ingredient(row: dict[str, Any]) -> Ingredient:
    for key in ("quantity", "quantity_max"):
        if row[key] is not None:
            row[key] = Fraction(row[key])
    return Ingredient(**row)


class Store:
    """The parents of one index.

    Args:
        path: The SQLite file; made if it is not there.

    Raises:
        RetrievalError: It cannot be opened or is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Guarded by the index's own lock, so that background threads may read.
            self._db = sqlite3.connect(path, timeout=10, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.executescript(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise RetrievalError(
                f"The recipe index {path} cannot be opened ({error}); check the folder's rights and space, or delete "
                f"it and import again."
            ) from error

    def close(self) -> None:
        self._db.close()

    def _run(self, sql: str, values: tuple[Any, ...] = ()) -> sqlite3.Cursor:
        try:
            return self._db.execute(sql, values)
        except sqlite3.Error as error:
            raise RetrievalError(
                f"The recipe index {self._path} cannot be used ({error}); free some space, or delete it and import "
                f"again."
            ) from error

    def fact(self, key: str, default: str = "") -> str:
        row = self._run("SELECT value FROM facts WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else default

    def set_fact(self, key: str, value: str) -> None:
        self._run("INSERT OR REPLACE INTO facts VALUES (?, ?)", (key, value))
        self._db.commit()

    def segments(self) -> list[tuple[str, int, int]]:
        """(name, first row, rows) of the segments that count, in order."""
        return list(self._run("SELECT name, base, rows FROM segments ORDER BY base"))

    def layout(self) -> list[ParentRow]:
        """All parents in order of their rows."""
        sql = "SELECT number, first, count, kind = 'recipe', dead FROM parents ORDER BY first"
        return [ParentRow(n, f, c, bool(r), bool(d)) for n, f, c, r, d in self._run(sql)]

    def changed(self, parents: Iterable[Parent]) -> Iterator[tuple[Parent, str, str]]:
        """Those that are new or differ from what is stored, each as (parent, body, digest)."""
        for parent in parents:
            body = to_json(parent)
            digest = hashlib.blake2b(body.encode(), digest_size=12).hexdigest()
            row = self._run("SELECT digest FROM parents WHERE id = ? AND dead = 0", (parent_id(parent),)).fetchone()
            if row is None or row[0] != digest:
                yield parent, body, digest

    def commit_batch(
        self,
        batch: list[tuple[Parent, str, str]],
        counts: list[int],
        segment: tuple[str, int, int],
        replaces: list[str],
    ) -> None:
        """Make a batch count, in one transaction.

        Args:
            batch: (parent, body, digest); of two with one id the later one stands.
            counts: Pieces of each.
            segment: (name, first row, rows) of the segment that holds them.
            replaces: Names of segments that this one takes in (their rows are part of it).
        """
        name, base, rows = segment
        first = base + rows - sum(counts)
        try:
            with self._db:
                for (parent, body, digest), count in zip(batch, counts, strict=True):
                    recipe = isinstance(parent, Recipe)
                    self._db.execute(
                        "UPDATE parents SET dead = 1, body = '' WHERE id = ? AND dead = 0", (parent_id(parent),)
                    )
                    self._db.execute(
                        "INSERT INTO parents (id, kind, title, digest, first, count, total_s, body) VALUES (?, ?, ?, "
                        "?, ?, ?, ?, ?)",
                        (parent_id(parent), "recipe" if recipe else "knowledge", parent.title, digest, first, count,
                         parent.total_s if isinstance(parent, Recipe) else None, body),
                    )  # fmt: skip
                    first += count
                self._db.executemany("DELETE FROM segments WHERE name = ?", [(old,) for old in replaces])
                self._db.execute("INSERT INTO segments VALUES (?, ?, ?)", (name, base, rows))
        except sqlite3.Error as error:
            raise RetrievalError(
                f"The recipe index {self._path} cannot be written ({error}); free some space and import again: it "
                f"goes on where it stopped."
            ) from error

    def stamp(self, rows: int) -> str:
        """Names what the first ``rows`` rows are of: the same where the same parents came in the same order."""
        digest = hashlib.blake2b(digest_size=12)
        sql = "SELECT id, digest, first, count FROM parents WHERE first + count <= ? ORDER BY first"
        for parent in self._run(sql, (rows,)):
            digest.update(repr(parent).encode())
        return digest.hexdigest()

    def by_number(self, number: int) -> Parent | None:
        row = self._run("SELECT kind, body FROM parents WHERE number = ? AND dead = 0", (number,)).fetchone()
        return from_json(*row) if row else None

    def by_id(self, ident: str) -> Parent | None:
        row = self._run("SELECT kind, body FROM parents WHERE id = ? AND dead = 0", (ident,)).fetchone()
        return from_json(*row) if row else None

    def all(self, kind: str) -> Iterator[Parent]:
        """All parents of a kind, in order, read in pages so that memory stays bounded."""
        last = -1
        while True:
            sql = (
                "SELECT number, body FROM parents WHERE kind = ? AND dead = 0 AND number > ? ORDER BY number LIMIT 500"
            )
            page = self._run(sql, (kind, last)).fetchall()
            if not page:
                return
            for _, body in page:
                yield from_json(kind, body)
            last = page[-1][0]

    def count(self, kind: str) -> int:
        return int(self._run("SELECT count(*) FROM parents WHERE kind = ? AND dead = 0", (kind,)).fetchone()[0])
