"""Asks the reader about a turn: the page as the cook sees it, and the notes near to what they say."""

import logging
import time
from collections.abc import Callable, Sequence

from bot.events import emit
from bot.words import completed
from model.reader import ReaderError, candidates, fewer
from model.reader.reader import Reader, Reading
from model.reader.taught import Taught
from retrieval.errors import RetrievalError
from retrieval.passage import Passage
from retrieval.recipe import Recipe, RecipeError

log = logging.getLogger(__name__)


class PageReader:
    """The reader with the notes that it may choose from.

    Args:
        reader: Gives the reader when it is first needed (loading takes time).
        near: ``(utterance, text of the step at hand or "") -> notes`` of the knowledge base.
        taught: Gives what reviewers taught the version in use, which comes before everything else.
    """

    def __init__(
        self,
        reader: Callable[[], Reader],
        near: Callable[[str, str], Sequence[Passage]],
        taught: Callable[[], Taught] = Taught,
    ) -> None:
        self._reader, self._near, self._taught = reader, near, taught
        self._warned: set[str] = set()

    def read(self, utterance: str, recipe: Recipe, step: int) -> Reading | None:
        """What answers an utterance at a step (from 1; 0 before the first); None where the reader cannot be opened:
        then the words alone must tell.
        """
        begun = time.perf_counter()
        if (line := self._taught().answer(utterance, recipe)) is not None:
            return Reading(((line, 1.0),))
        at_hand = recipe.steps[step - 1] if 0 < step <= len(recipe.steps) else ""
        try:
            reader = self._reader()
        except ReaderError as error:
            self._warn(error)
            return None
        utterance = completed(utterance)
        found = fewer(candidates(recipe, self._notes(utterance, at_hand)), utterance, step)
        reading = reader.read(utterance, at_hand, step, found)
        emit(log, "read", best=reading.best.key, sure=reading.sure, seconds=time.perf_counter() - begun)
        return reading

    def _notes(self, utterance: str, at_hand: str) -> Sequence[Passage]:
        try:
            return self._near(utterance, at_hand)
        except (
            RetrievalError,
            RecipeError,
            ValueError,
        ) as error:  # a damaged file: there is still the page
            self._warn(error)
            return ()

    def _warn(self, error: Exception) -> None:
        """Say it once: it is the same at every turn."""
        if str(error) not in self._warned:
            log.warning("%s", error)
        self._warned.add(str(error))
