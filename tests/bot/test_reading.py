"""The reader behind a turn: without its weights a chat goes on."""

import pytest

from bot.reading import PageReader
from model.reader import ReaderError
from model.reader.reader import Reader
from model.reader.taught import Taught
from retrieval.errors import RetrievalError
from retrieval.passage import Passage
from retrieval.recipe import Ingredient, Recipe, RecipeError


@pytest.fixture
def gratin() -> Recipe:
    lines = (Ingredient(text="1 cup milk", item="milk"),)
    return Recipe("test:gratin", "Gratin", lines, ("Slice the potatoes.", "Heat the milk.", "Bake for an hour."))


def _none(utterance: str, step: str) -> list[Passage]:
    return []


def test_without_weights_nothing_is_read_and_it_is_said_once(gratin: Recipe, caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Reader:
        raise ReaderError("The reader cannot be read; reinstall souschef.")

    reader = PageReader(broken, _none)
    assert reader.read("how long?", gratin, 1) is None
    assert reader.read("how hot?", gratin, 1) is None
    assert caplog.text.count("reinstall souschef") == 1


@pytest.mark.parametrize(
    "error", [RetrievalError("The embeddings are away."), RecipeError("Damaged."), ValueError("?")]
)
def test_without_notes_the_page_is_read(gratin: Recipe, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    def away(utterance: str, step: str) -> list[Passage]:
        raise error

    reader = PageReader(lambda: Reader(threads=1), away)
    for _ in range(2):
        reading = reader.read("and then?", gratin, 1)
        assert reading is not None
        assert len(reading.ranked) > 4
    assert caplog.text.count(str(error)) == 1


def test_notes_are_read_beside_the_page(gratin: Recipe) -> None:
    note = Passage("knowledge:sub-x", "knowledge", "Use oat milk for milk, 1:1.", 1.0, title="Oat milk for milk")

    def near(utterance: str, step: str) -> list[Passage]:
        assert step == gratin.steps[0]
        return [note]

    reading = PageReader(lambda: Reader(threads=1), near).read("oat milk instead of the milk?", gratin, 1)
    assert reading is not None
    assert reading.best.key == "k:sub-x"


def test_what_was_taught_comes_first(gratin: Recipe) -> None:
    def never() -> Reader:
        raise AssertionError

    taught = Taught()
    taught.add("what takes longest?", gratin, ("Bake for an hour.",))
    reading = PageReader(never, _none, lambda: taught).read("hey, what takes longest", gratin, 1)
    assert reading is not None
    assert (reading.best.text, reading.sure) == ("Bake for an hour.", 1.0)


def test_who_leaves_out_the_subject_lacks_it_too(gratin: Recipe) -> None:
    reader = PageReader(lambda: Reader(threads=1), _none)
    short, whole = (reader.read(said, gratin, 1) for said in ("out of milk, got cream", "i'm out of milk, got cream"))
    assert short is not None
    assert whole is not None
    assert short.ranked == whole.ranked
