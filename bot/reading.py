"""Asks the reader about a turn: the page as the cook sees it, and the notes near to what they say."""

import logging
import time
from collections.abc import Callable, Sequence

from bot.events import emit
from model.reader import ReaderError, candidates
from model.reader.reader import Reader, Reading
from model.reader.taught import Taught
from retrieval.passage import Passage
from retrieval.recipe import Recipe

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
        self._reader, self._near, self._taught, self._failed = reader, near, taught, False

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
            if not self._failed:
                log.warning("%s", error)
            self._failed = True
            return None
        reading = reader.read(utterance, at_hand, step, candidates(recipe, self._near(utterance, at_hand)))
        emit(log, "read", best=reading.best.key, sure=reading.sure, seconds=time.perf_counter() - begun)
        return reading
