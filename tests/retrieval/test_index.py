import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from retrieval import index as index_module
from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, Substitution
from retrieval.store import from_json, pieces_of, to_json
from tests.retrieval.conftest import KNOWLEDGE, RECIPES


def many(count: int) -> Iterator[Recipe]:
    for n in range(count):
        yield Recipe(f"many:{n}", f"Soup number {n}", (Ingredient(f"{n} onions"),), (f"Chop {n} onions.", "Boil."))


def test_reopened_as_it_was(tmp_path: Path) -> None:
    with Index.build(tmp_path, RECIPES, KNOWLEDGE) as index:
        before = index.search_recipes("lemon cake", 3)
    with Index.open(tmp_path) as index:
        assert [r.url for r in index.recipes()] == [r.url for r in RECIPES]
        assert list(index.knowledge()) == KNOWLEDGE
        assert index.recipe("test:cake") == RECIPES[3]
        assert index.recipe("nowhere") is None
        assert len(index) == 4
        assert index.search_recipes("lemon cake", 3) == before


def test_the_same_again_changes_nothing(tmp_path: Path) -> None:
    with Index.build(tmp_path, RECIPES, KNOWLEDGE) as index:
        files = sorted(p.name for p in (tmp_path / "segments").iterdir())
        assert index.add(RECIPES, KNOWLEDGE) == (0, 6)
        assert sorted(p.name for p in (tmp_path / "segments").iterdir()) == files


def test_a_changed_recipe_replaces_the_old_one(tmp_path: Path) -> None:
    with Index.build(tmp_path, RECIPES) as index:
        assert index.add([replace(RECIPES[0], title="Walnut Pesto", steps=("Crush walnuts.",))]) == (1, 0)
        assert len(index) == 4
        found = index.recipe("test:pesto")
        assert found is not None
        assert found.title == "Walnut Pesto"
        assert [r.title for r, _ in index.search_recipes("pesto", 5) if "Pesto" in r.title] == ["Walnut Pesto"]


def test_batches_progress_and_doubles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "BATCH", 10)
    monkeypatch.setattr(index_module, "SMALL_SEGMENT", 60)
    seen: list[tuple[str, int, int]] = []
    with Index.build(tmp_path, [*many(25), *many(3)], progress=lambda *args: seen.append(args)) as index:
        assert len(index) == 25
        assert [done for stage, done, _ in seen if stage == "recipes"] == [10, 20, 28]
        assert len(index.bm25.segments) > 1
        pieces = [p for r in many(25) for p in pieces_of(r)]
        assert index.bm25.total == len(pieces)
        assert len(index.vectors) == sum(p.kind != "ingredient" for p in pieces)
        assert index.search_recipes("soup number 17", 1)[0][0].url == "many:17"


def test_goes_on_after_a_kill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "BATCH", 10)

    def dying() -> Iterator[Recipe]:
        yield from many(15)
        raise KeyboardInterrupt

    index = Index.open(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        index.add(dying())
    index.close()
    (tmp_path / "segments" / "000000099-7").mkdir()  # a batch whose transaction never came
    with Index.open(tmp_path) as index:
        assert len(index) == 10
        assert index.add(many(25)) == (15, 10)
        assert not (tmp_path / "segments" / "000000099-7").exists()
        assert index.search_recipes("soup number 22", 1)[0][0].url == "many:22"


def test_chroma_holds_the_same_vectors_and_is_filled_once(tmp_path: Path) -> None:
    with Index.build(tmp_path, RECIPES, KNOWLEDGE) as index:
        asked = index.encoder.encode(["toast the nuts in a skillet"])[0]
        rows, scores = index.nearest(asked, 5)
        seen: list[tuple[str, int, int]] = []
        chroma = index.open_chroma(progress=lambda *args: seen.append(args))
        assert seen == [("vectors", len(index.vectors), len(index.vectors))]
        assert chroma.collection.count() == len(index.vectors)
        near, cosines = index.nearest(asked, 5)
        assert near.tolist() == rows.tolist()
        assert cosines == pytest.approx(scores, abs=0.02)
    with Index.open(tmp_path) as index:
        chroma = index.open_chroma()
        assert chroma.nearest(asked, 5)[0].tolist() == rows.tolist()
        index.add([replace(RECIPES[0], url="test:other")])
        assert chroma.collection.count() == len(index.vectors) > len(seen)


def test_a_second_process_may_read_but_not_write(tmp_path: Path) -> None:
    with Index.build(tmp_path, RECIPES) as index:
        index.open_chroma()
        script = (
            "import sys, pathlib\n"
            "from retrieval.index import Index\n"
            "from retrieval.errors import RetrievalError\n"
            "index = Index.open(pathlib.Path(sys.argv[1]))\n"
            "print(index.search_recipes('hummus', 1)[0][0].title)\n"
            "for act in (index.open_chroma, lambda: index.add([])):\n"
            "    try:\n        act()\n    except RetrievalError as error:\n        print(error)\n"
        )
        root = Path(__file__).parents[2]
        done = subprocess.run(
            [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, cwd=root, check=True
        )
    lines = done.stdout.splitlines()
    assert lines[0] == "Smooth Hummus"
    assert len(lines) == 3
    assert all(line.startswith("Another souschef process is using") for line in lines[1:])


def test_damage_and_wrong_embeddings_are_told(tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "recipes.sqlite").write_bytes(b"this is no database, it is far too short and wrong" * 50)
    with pytest.raises(RetrievalError, match="cannot be opened"):
        Index.open(tmp_path / "bad")
    with Index.build(tmp_path / "a", RECIPES):
        pass
    with (
        Index.open(tmp_path / "a", "tests.retrieval.test_embeddings:Tiny") as index,
        pytest.raises(RetrievalError, match="other embeddings"),
    ):
        index.search_recipes("hummus")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(RetrievalError, match="cannot be opened"):
        Index.open(blocked)


def test_parents_survive_json() -> None:
    from fractions import Fraction

    recipe = replace(
        RECIPES[0], ingredients=(Ingredient("1 1/2 cups flour", Fraction(3, 2), Fraction(2), "cup", "flour"),)
    )
    assert from_json("recipe", to_json(recipe)) == recipe
    entry = KnowledgeEntry("a", "substitution", "A", "B.", ("q?",), ("milk",), "", Substitution("milk", "water"))
    assert from_json("knowledge", to_json(entry)) == entry


def test_rows_lead_to_their_parents(shared_index: Index) -> None:
    positions, alive = shared_index.parents_of(np.arange(shared_index.bm25.total))
    assert alive.all()
    counts = np.bincount(positions).tolist()
    assert counts == [len(pieces_of(p)) for p in (*KNOWLEDGE, *RECIPES)]
