"""Recipes, knowledge, retrieval, student and guard, each opened when it is first needed.

Opening the index imports Chroma, which takes seconds; loading the student takes another. Both start in the background
while the prompt appears (:meth:`Kitchen.warm_up`), and whoever needs one before it is there waits for it.
"""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.active import ActiveStudent
from bot.answer import Answerer, Checker
from bot.errors import NotFoundError, UserError
from bot.settings import Settings
from bot.store import Store
from model.registry import Registry
from model.student import Student, StudentError
from retrieval.errors import RetrievalError
from retrieval.passage import Passage, Query
from retrieval.recipe import KnowledgeEntry, Recipe

if TYPE_CHECKING:
    from retrieval.index import Index

T = TypeVar("T")
BROWSED = 300  # recipes to suggest from: the cookbook first, then what was imported


class Once(Generic[T]):
    """A value made at its first use, in whichever thread that is; a failure is not remembered."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._value: T | None = None

    def __call__(self) -> T:
        if self._value is None:
            with self._lock:
                if self._value is None:
                    self._value = self._make()
        return self._value

    @property
    def made(self) -> T | None:
        return self._value


class Kitchen:
    """Everything behind the assistant, opened late. Implements :class:`bot.actions.base.Pantry`.

    Args:
        settings: All settings.
        index_folder: Where the index is; None for the data folder.
        more_recipes: Put into a new index beside the cookbook.
    """

    def __init__(
        self, settings: Settings, index_folder: Path | None = None, more_recipes: tuple[Recipe, ...] = ()
    ) -> None:
        self.settings = settings
        self._index_folder = index_folder or settings.paths.data / "index"
        self._more_recipes = more_recipes
        self.index: Once[Index] = Once(self._open_index)
        self.retriever: Once[Any] = Once(self._open_retriever)
        self.student: ActiveStudent | Once[Student] = self._student()
        self.guard: Once[Checker] = Once(self._open_guard)
        self._knowledge: Once[tuple[KnowledgeEntry, ...]] = Once(lambda: tuple(self.index().knowledge()))
        self._first: Once[tuple[Recipe, ...]] = Once(lambda: tuple(islice(self.index().recipes(), BROWSED)))

    def recipe(self, url: str) -> Recipe | None:
        return self.index().recipe(url)

    def search(self, text: str, k: int = 5, **limits: Any) -> list[Recipe]:
        return [recipe for recipe, _ in self.index().search_recipes(text, k, **limits)]

    def recipes(self) -> Sequence[Recipe]:
        return self._first()

    def knowledge(self) -> Sequence[KnowledgeEntry]:
        return self._knowledge()

    def retrieve(self, query: Query, k: int) -> list[Passage]:
        found: list[Passage] = self.retriever().retrieve(query, k)
        return found

    def answerer(self, strict: bool = False) -> Answerer:
        settings = self.settings
        k, longest = settings.retrieval.k, settings.student.max_tokens
        return Answerer(self.student, self.retrieve, self.guard, k, longest, strict)

    def warm_up(self) -> None:
        """Open everything in the background. Failures wait for the first use, where they can be told."""

        def work() -> None:
            for part in (self.index, self.student, self.guard, self.retriever):
                try:
                    part()
                except (UserError, StudentError, RetrievalError, ImportError):
                    continue
            retriever = self.retriever.made
            if retriever is not None:
                with contextlib.suppress(RetrievalError, ImportError):
                    retriever.warm_up()  # imports LangChain and Chroma: seconds, so it comes last

        threading.Thread(target=work, name="warm-up", daemon=True).start()

    def close(self) -> None:
        for part in (self.student.made, self.index.made):
            close = getattr(part, "close", None)
            if close is not None:
                close()

    def _open_index(self) -> "Index":
        from retrieval.index import Index

        index = Index(self._index_folder, self.settings.retrieval.embeddings)
        stamp = _cookbook_stamp()
        if index.store.fact("cookbook") != stamp:
            from retrieval.cookbook import load_knowledge, load_recipes

            index.add([*load_recipes(), *self._more_recipes], load_knowledge())
            index.store.set_fact("cookbook", stamp)
        return index

    def _open_retriever(self) -> Any:
        from retrieval.retrievers import open_retriever

        settings = self.settings.retrieval
        return open_retriever(self.index(), settings.kind, settings.compressor)

    def _student(self) -> ActiveStudent | Once[Student]:
        """The version in use, and whichever is next; one that the settings name, or a server, stays."""
        options, data = self.settings.student, self.settings.paths.data
        if options.engine == "openai":
            return Once(lambda: self._open_student(Path()))
        if options.version:
            return Once(lambda: self._open_student(Registry(data).get(options.version).folder))
        return ActiveStudent(data, self._open_student)

    def _open_student(self, folder: Path) -> Student:
        from model.engines import EngineOptions, open_student

        options = self.settings.student
        return open_student(
            EngineOptions(
                engine=options.engine,
                folder=folder,
                threads=options.threads,
                base_url=options.base_url,
                model=options.model,
                api_key=options.api_key.get_secret_value(),
                timeout_s=options.timeout_s,
            )
        )

    def _open_guard(self) -> Checker:
        from model.guard import Guard

        return Guard(self.settings.guard.threshold)


def _cookbook_stamp() -> str:
    """Changes with the bundled cookbook; a new one is taken into the index at the next start."""
    folder = resources.files("retrieval") / "cookbook"
    with resources.as_file(folder) as path:
        files = sorted(p for p in path.rglob("*") if p.suffix in (".md", ".yaml"))
        facts = "".join(f"{p.name} {p.stat().st_size} {p.stat().st_mtime_ns};" for p in files)
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def open_store(settings: Settings) -> Store:
    """The database of the settings.

    Raises:
        StoreError: It cannot be used.
    """
    return Store(settings.database_url(), settings.database.busy_timeout_s)


def need_recipe(kitchen: Kitchen, name: str) -> Recipe:
    """A recipe by url or title.

    Raises:
        NotFoundError: There is none.
    """
    found = kitchen.recipe(name) or kitchen.recipe(f"cookbook:{name}")
    if found is None:
        best = kitchen.search(name, 1)
        if best and name.lower() in best[0].title.lower():
            return best[0]
        near = best and set(name.lower().split()) & set(best[0].title.lower().split())
        hint = f'; did you mean "{best[0].title}"?' if near else ": see souschef recipes list."
        raise NotFoundError(f'There is no recipe "{name}"{hint}')
    return found
