"""Recipes, knowledge, retrieval, student and guard, each opened when it is first needed.

Opening the index imports Chroma, which takes seconds; loading the student takes another. Both start in the background as
soon as the prompt is on the screen (:meth:`Kitchen.warm_up`), and whoever needs one before it is there waits for it.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from bot.answer import Answerer, Checker
from bot.errors import NotFoundError, UserError
from bot.settings import Settings
from bot.store import Store
from model.student import Student, StudentError
from retrieval.passage import Passage, Query
from retrieval.recipe import KnowledgeEntry, Recipe

T = TypeVar("T")


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
    """Everything behind the assistant, opened late. Implements :class:`bot.actions.base.Pantry`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.index: Once[Any] = Once(self._open_index)
        self.retriever: Once[Any] = Once(self._open_retriever)
        self.student: Once[Student] = Once(self._open_student)
        self.guard: Once[Checker] = Once(self._open_guard)
        self._cookbook: Once[tuple[Recipe, ...]] = Once(self._load_cookbook)
        self._knowledge: Once[tuple[KnowledgeEntry, ...]] = Once(self._load_knowledge)

    def recipe(self, url: str) -> Recipe | None:
        for recipe in self._cookbook():
            if recipe.url == url:
                return recipe
        found: Recipe | None = self.index().recipe(url)
        return found

    def search(self, text: str, k: int = 5, **limits: Any) -> list[Recipe]:
        return list(self.index().search_recipes(text, k, **limits))

    def recipes(self) -> Sequence[Recipe]:
        return self._cookbook()

    def knowledge(self) -> Sequence[KnowledgeEntry]:
        return self._knowledge()

    def retrieve(self, query: Query, k: int) -> list[Passage]:
        found: list[Passage] = self.retriever().retrieve(query, k)
        return found

    def answerer(self) -> Answerer:
        settings = self.settings
        return Answerer(self.student, self.retrieve, self.guard, settings.retrieval.k, settings.student.max_tokens)

    def warm_up(self) -> threading.Thread:
        """Open everything in the background. Failures wait for the first use, where they can be told."""

        def work() -> None:
            for part in (self.student, self.guard, self.retriever):
                try:
                    part()
                except (UserError, StudentError):
                    continue

        thread = threading.Thread(target=work, name="warm-up", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        for part in (self.student.made, self.index.made):
            close = getattr(part, "close", None)
            if close is not None:
                close()

    def _open_index(self) -> Any:
        from retrieval.index import Index

        return Index(self.settings.paths.data / "index")

    def _open_retriever(self) -> Any:
        from retrieval.retrievers import open_retriever

        return open_retriever(self.index(), self.settings.retrieval.kind)

    def _open_student(self) -> Student:
        from model.registry import student_folder

        from model.engines import EngineOptions, open_student

        options = self.settings.student
        return open_student(
            EngineOptions(
                engine=options.engine,
                folder=student_folder(options.version),
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

    @staticmethod
    def _load_cookbook() -> tuple[Recipe, ...]:
        from retrieval.cookbook import load_recipes

        return tuple(load_recipes())

    @staticmethod
    def _load_knowledge() -> tuple[KnowledgeEntry, ...]:
        from retrieval.cookbook import load_knowledge

        return tuple(load_knowledge())


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
        hint = f'; did you mean "{best[0].title}"?' if best else "."
        raise NotFoundError(f'There is no recipe "{name}"{hint}')
    return found
