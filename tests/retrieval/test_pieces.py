from retrieval.pieces import knowledge_pieces, recipe_pieces
from retrieval.recipe import Recipe
from tests.retrieval.conftest import KNOWLEDGE, RECIPES


def test_pieces_of_a_recipe() -> None:
    pieces = {p.id.removeprefix("test:pesto"): p for p in recipe_pieces(RECIPES[0])}
    assert list(pieces)[:3] == ["", "#ingredients", "#ingredient-1"]
    assert pieces["#step-3"].text == RECIPES[0].steps[2]
    assert pieces["#step-3"].number == 3
    assert pieces["#ingredients"].text.splitlines() == [i.text for i in RECIPES[0].ingredients]
    assert pieces["#storage"].text == RECIPES[0].storage
    assert pieces["#tip-1"].kind == "note"
    assert pieces["#facts"].text == "Serves 6. In all: 15 minutes."
    assert pieces["#facts"].search.endswith(pieces["#facts"].text)
    assert {p.kind for p in pieces.values()} == {"recipe", "ingredients", "ingredient", "step", "description", "note"}


def test_an_empty_recipe_still_has_an_overview() -> None:
    assert [p.text for p in recipe_pieces(Recipe("u", "Toast", (), ()))] == ["Toast"]


def test_pieces_of_an_entry_lead_to_it() -> None:
    entry = KNOWLEDGE[0]
    pieces = knowledge_pieces(entry)
    assert {(p.id, p.text) for p in pieces} == {("knowledge:term-al-dente", entry.text)}
    assert len(pieces) == 1 + 2 + 2
    passage = pieces[0].passage("knowledge:term-al-dente", entry.title, 0.5)
    assert (passage.kind, passage.title, passage.score) == ("knowledge", "Al dente", 0.5)
