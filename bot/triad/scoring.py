"""Puts a worker together: judges, TruLens and recipes as the settings name them; and scores what waits, at once."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bot import redact
from bot.settings import Settings
from bot.store import Store
from bot.triad.evidence import Pages
from bot.triad.lead import Lead
from bot.triad.worker import Worker, waiting
from retrieval.errors import RetrievalError
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.store import Store as RecipeStore

if TYPE_CHECKING:
    from bot.triad.recording import Recorder

log = logging.getLogger(__name__)


def open_worker(store: Store, settings: Settings) -> Worker:
    """A worker; TruLens and the judge are opened when it finds its first reply."""
    redact.install(settings)

    def recorder() -> "Recorder":
        from bot.triad.panel import open_panel
        from bot.triad.recording import Recorder

        return Recorder(store, open_panel(settings, store))

    return Worker(store, recorder, page_reader(settings.paths.data / "index"))


def catch_up(store: Store, settings: Settings, progress: Callable[[int], None] = lambda _left: None) -> int:
    """Score what waits, in this process; returns how many still wait (another process may be at it).

    Args:
        store: The database.
        settings: All settings.
        progress: Gets the number of replies that are left, before each.
    """
    with Lead(store) as lead:
        if not lead.take():
            return waiting(store)
        worker = open_worker(store, settings)
        worker.adopt()
        while left := waiting(store):
            progress(left)
            if not worker.step():
                break  # put off for a later try
    return left


def page_reader(folder: Path) -> Pages:
    """Reads recipes and articles of an index without opening its search, which belongs to the process that chats."""
    opened: list[RecipeStore] = []

    def read(id_: str) -> Recipe | KnowledgeEntry | None:
        file = folder / "recipes.sqlite"
        try:
            if not opened and file.is_file():
                opened.append(RecipeStore(file))
            return opened[0].by_id(id_) if opened else None
        except RetrievalError as error:
            log.warning("%s", error)
            return None

    return read
