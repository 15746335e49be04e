from pathlib import Path

import pytest
from langchain_classic.retrievers import ContextualCompressionRetriever, ParentDocumentRetriever
from langchain_core.documents import BaseDocumentCompressor

from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.passage import PASSAGE_KINDS, Query
from retrieval.retrievers import open_retriever
from tests.retrieval.conftest import recipe

KINDS = ("parent", "compression")


class Backwards(BaseDocumentCompressor):
    """A foreign compressor: the last two, the other way round."""

    def compress_documents(self, documents, query, callbacks=None):  # type: ignore[no-untyped-def]
        return list(reversed(documents))[:2]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query("How long do I toast the nuts?", recipe="test:pesto"), "test:pesto#step-1"),
        (Query("how long?", ("wizard: Bake it until golden.",), "test:cake"), "test:cake#step-4"),
        (Query("what's next?", ("wizard: Fry the onion in oil until golden.",), "test:stew"), "test:stew#step-2"),
        (Query("how many eggs do I need?", recipe="test:cake"), "test:cake#ingredient-3"),
        (Query("What does al dente mean?", recipe="test:cake"), "knowledge:term-al-dente"),
        (Query("what can I use instead of buttermilk"), "knowledge:sub-buttermilk"),
        (Query("Smooth Hummus: how long do the chickpeas simmer?"), "test:hummus#step-1"),
    ],
)
def test_the_passage_that_answers_comes_first(shared_index: Index, kind: str, query: Query, wanted: str) -> None:
    found = open_retriever(shared_index, kind).retrieve(query, 4)
    assert found[0].id == wanted
    assert len(found) == 4
    assert len({p.id for p in found}) == 4
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)
    assert all(0 <= p.score <= 1 and p.kind in PASSAGE_KINDS and p.title and p.parent for p in found)


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_recipe_at_hand_no_other_recipe_comes(shared_index: Index, kind: str) -> None:
    found = open_retriever(shared_index, kind).retrieve(Query("how much lemon?", recipe="test:cake"), 20)
    assert {p.parent for p in found if p.kind != "knowledge"} == {"test:cake"}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(shared_index: Index, kind: str) -> None:
    retriever = open_retriever(shared_index, kind)
    assert {p.kind for p in retriever.retrieve(Query("garlic", recipe="test:pesto"), 9, {"ingredient"})} == {
        "ingredient"
    }
    whole = retriever.retrieve(Query("a lemon cake"), 2, {"recipe"})
    assert whole[0].id == "test:cake"
    assert whole[0].kind == "recipe"
    assert all(p.kind != "recipe" for p in retriever.retrieve(Query("a lemon cake"), 9))


def test_an_unknown_recipe_is_searched_for_everywhere(shared_index: Index) -> None:
    found = open_retriever(shared_index).retrieve(Query("how long do the chickpeas simmer?", recipe="gone:away"), 3)
    assert any(p.parent in ("test:hummus", "test:stew") for p in found)


@pytest.mark.parametrize("kind", KINDS)
def test_langchain_gives_the_same_as_the_short_way(shared_index: Index, kind: str) -> None:
    short, full = open_retriever(shared_index, kind), open_retriever(shared_index, kind)
    chain = full.langchain()
    assert isinstance(chain.retriever, ParentDocumentRetriever if kind == "parent" else ContextualCompressionRetriever)
    for query in (Query("when do I add the basil?", recipe="test:pesto"), Query("how do I make hummus silky?")):
        assert [p.id for p in full.retrieve(query, 3)] == [p.id for p in short.retrieve(query, 3)]


def test_langchains_own_interface_works(shared_index: Index) -> None:
    parents = open_retriever(shared_index, "parent").langchain().retriever.invoke("lemon sponge cake")
    assert parents[0].metadata["title"] == "Lemon Sponge Cake"
    assert "Fold in the flour." in parents[0].page_content


def test_a_foreign_compressor(shared_index: Index) -> None:
    found = open_retriever(shared_index, "compression", f"{__name__}:Backwards").retrieve(
        Query("garlic", recipe="test:pesto"), 5
    )
    assert len(found) == 2
    assert found[0].score > found[1].score
    filtered = open_retriever(shared_index, "compression", "embeddings-filter").retrieve(
        Query("toast nuts", recipe="test:pesto"), 3
    )
    assert len(filtered) == 3


@pytest.mark.parametrize("setting", ["magic", "no.such:Thing", "cohere", "retrieval.text:stem"])
def test_a_compressor_that_is_not_there_is_told(shared_index: Index, setting: str) -> None:
    with pytest.raises(RetrievalError, match=r"retrieval\.compressor|cannot be used|installed"):
        open_retriever(shared_index, "compression", setting).retrieve(Query("salt"), 3)


def test_nothing_asked_nothing_found_and_long_questions(shared_index: Index) -> None:
    retriever = open_retriever(shared_index)
    assert retriever.retrieve(Query("  "), 3) == []
    assert retriever.retrieve(Query("salt"), 0) == []
    assert retriever.retrieve(Query("?!…", recipe="test:cake"), 3)
    assert len(retriever.retrieve(Query("basil " * 100_000, recipe="test:pesto"), 3)) == 3
    with pytest.raises(RetrievalError, match="parent"):
        open_retriever(shared_index, "other")


def test_an_empty_index(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with Index.open(tmp_path) as index:
        assert open_retriever(index).retrieve(Query("anything", recipe="x"), 3) == []
        assert index.search_recipes("soup") == []


def test_warm_up_opens_chroma_and_changes_no_answer(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from tests.retrieval.conftest import KNOWLEDGE, RECIPES

    with Index.build(tmp_path, RECIPES, KNOWLEDGE) as index:
        retriever = open_retriever(index)
        query = Query("what do I blend the chickpeas with?")
        before = retriever.retrieve(query, 3)
        retriever.warm_up()
        assert index.has_chroma
        assert [p.id for p in retriever.retrieve(query, 3)] == [p.id for p in before]


def test_what_was_made_ready_is_kept_until_the_index_changes(tmp_path: Path) -> None:
    with Index.build(tmp_path, [recipe("cake", "Lemon Cake", ["3 eggs"], ["Beat the eggs."])]) as index:
        searcher = open_retriever(index).searcher
        ready = searcher.prepared(position=0)
        assert ready is not None
        assert searcher.prepared(ident="test:cake") is searcher.prepared(position=0) is ready
        index.add([recipe("cake", "Lemon Cake", ["4 eggs"], ["Beat the eggs well."])])
        again = searcher.prepared(ident="test:cake")
        assert again is not None
        assert "Beat the eggs well." in [piece.text for piece in again.pieces]
