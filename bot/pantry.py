"""Recipes, knowledge, retrieval, student and guard, each opened when it is first needed.

Opening the index imports Chroma, which takes seconds; loading the student takes another. Both start in the background
while the prompt appears (:meth:`Kitchen.warm_up`), and whoever needs one before it is there waits for it.
"""

import hashlib
import threading
from collections.abc import Callable, Sequence
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bot.active import ActiveStudent
from bot.answer import Answerer
from bot.brief import Checker
from bot.errors import NotFoundError, UserError
from bot.reading import PageReader
from bot.settings import Settings
from bot.store import Store
from model.failover import FailoverStudent
from model.reader import ReaderError
from model.reader.taught import Taught
from model.registry import Registry
from model.student import Student, StudentError
from retrieval.errors import RetrievalError
from retrieval.passage import Passage, Query
from retrieval.recipe import KnowledgeEntry, Recipe, RecipeError

if TYPE_CHECKING:
    from model.reader.reader import Reader
    from retrieval.index import Index
    from retrieval.notes import Notes

T = TypeVar("T")
_NOT_OPEN = (UserError, StudentError, ReaderError, RetrievalError, RecipeError, ValueError, ImportError)
RETRIES_S = (2.0, 5.0, 15.0, 30.0, 0.0)
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
        self.reader: Once[Reader] = Once(self._open_reader)
        self.notes: Once[Notes] = Once(self._open_notes)
        self._lessons: tuple[Path | None, Taught] = (None, Taught())
        self._failures: dict[str, str] = {}
        self._closed = threading.Event()
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

    def retrieve(self, query: Query, k: int, kinds: set[str] | None = None) -> list[Passage]:
        found: list[Passage] = self.retriever().retrieve(query, k, kinds)
        return found

    def near(self, utterance: str, step: str) -> list[Passage]:
        """Notes that may bear on what a cook says at a step (:meth:`retrieval.notes.Notes.near`)."""
        return self.notes().near(utterance, step)

    def answerer(self, strict: bool = False) -> Answerer:
        settings = self.settings
        k, longest = settings.retrieval.k, settings.student.max_tokens
        student = self._measured if strict else self.student
        return Answerer(student, self.retrieve, self.guard, k, longest, strict, self.page_reader())

    def page_reader(self) -> PageReader:
        """The reader with the notes, and what reviewers taught the version in use."""
        return PageReader(self.reader, self.near, self._taught)

    def _measured(self) -> Student:
        """The student without its stand-in: a measurement must not take one for the other."""
        student = self.student()
        return student.first if isinstance(student, FailoverStudent) else student

    def warm_up(self) -> None:
        """Open everything in the background; what fails is tried again a few times, for another process may be at it.

        Failures wait for the first use, where they can be told.
        """

        def work() -> None:
            parts: dict[str, Callable[[], Any]] = {
                "index": self.index,
                "student": self.student,
                "guard": self.guard,
                "reader": self.reader,
                "notes": self.notes,
                # Imports LangChain and Chroma: seconds, so it comes last.
                "retriever": lambda: self.retriever().warm_up(),
            }
            for pause_s in RETRIES_S:
                for name, part in list(parts.items()):
                    try:
                        part()
                        del parts[name]
                    except _NOT_OPEN as error:
                        self._failures[name] = str(error)
                if not parts or self._closed.wait(pause_s):
                    break

        threading.Thread(target=work, name="warm-up", daemon=True).start()

    def opened(self) -> dict[str, str]:
        """What a reply needs, with "" where it is open and why it is not elsewhere."""
        parts = {"index": self.index.made, "student": self.student.made, "guard": self.guard.made}
        waits = "The {} is not open yet."
        return {
            name: "" if made is not None else self._failures.get(name, waits.format(name))
            for name, made in parts.items()
        }

    def close(self) -> None:
        self._closed.set()
        for part in (self.student.made, self.index.made):
            close = getattr(part, "close", None)
            if close is not None:
                close()

    def _open_index(self) -> "Index":
        from retrieval.index import Index

        options = self.settings.retrieval
        index = Index(self._index_folder, options.embeddings, options.chroma_url)
        stamp = _cookbook_stamp()
        if index.store.fact("cookbook") != stamp:
            from retrieval.cookbook import load_knowledge, load_recipes

            index.add([*load_recipes(), *self._more_recipes], load_knowledge())
            index.store.set_fact("cookbook", stamp)
        return index

    def _open_notes(self) -> "Notes":
        from retrieval.notes import open_notes

        return open_notes()

    def _open_retriever(self) -> Any:
        from retrieval.retrievers import open_retriever

        settings = self.settings.retrieval
        return open_retriever(self.index(), settings.kind, settings.compressor)

    def _student(self) -> ActiveStudent | Once[Student]:
        """The version in use, and whichever is next; one that the settings name, or a server, stays."""
        options = self.settings.student
        if options.engine == "openai":
            return Once(self._open_server)
        return self._versions(options.engine)

    def _versions(self, engine: str) -> ActiveStudent | Once[Student]:
        options, data = self.settings.student, self.settings.paths.data
        if options.version:
            return Once(lambda: self._open_student(Registry(data).get(options.version).folder, engine))
        return ActiveStudent(data, lambda folder: self._open_student(folder, engine))

    def _open_server(self) -> Student:
        """The student behind a server, which must serve the version in use: its tokenizer is read from there."""
        options = self.settings.student
        server = self._open_student(Registry(self.settings.paths.data).get(options.version).folder, "openai")
        if not options.failover:
            return server
        return FailoverStudent(server, self._versions("gguf"), options.retry_s, options.timeout_s)

    def _open_student(self, folder: Path, engine: str) -> Student:
        from model.engines import EngineOptions, open_student

        options = self.settings.student
        # The client of a server tries twice; with somebody to stand in, a cook should not wait for both in full.
        halved = engine == "openai" and options.failover
        return open_student(
            EngineOptions(
                engine=engine,
                folder=folder,
                threads=options.threads,
                base_url=options.base_url,
                model=options.model,
                api_key=options.api_key.get_secret_value(),
                timeout_s=options.timeout_s / 2 if halved else options.timeout_s,
            )
        )

    def _taught(self) -> Taught:
        """What the version that answers was taught."""
        student = self.student
        folder = student.folder if isinstance(student, ActiveStudent) else None
        try:
            folder = folder or Registry(self.settings.paths.data).get(self.settings.student.version).folder
        except StudentError:  # there is no such version; whoever asks it is told
            return Taught()
        if self._lessons[0] != folder:
            self._lessons = (folder, Taught.load(folder))
        return self._lessons[1]

    def _open_reader(self) -> "Reader":
        from model.reader.reader import Reader

        return Reader(threads=self.settings.student.threads or 2)

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
        best = kitchen.search(name, 5)
        whole = next((recipe for recipe in best if recipe.title.lower() == name.lower()), None)
        if whole is not None:
            return whole
        if best and name.lower() in best[0].title.lower():
            return best[0]
        near = best and set(name.lower().split()) & set(best[0].title.lower().split())
        hint = f'; did you mean "{best[0].title}"?' if near else ": see souschef recipes list."
        raise NotFoundError(f'There is no recipe "{name}"{hint}')
    return found
