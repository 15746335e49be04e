"""What the reader chooses from: every sentence of the page once, under a short name."""

from dataclasses import replace

from model.reader import ACTS, candidates, fewer
from retrieval.passage import Passage
from retrieval.recipe import Ingredient, Recipe

GRATIN = Recipe(
    "test:gratin", "Gratin", (Ingredient(text="1 cup milk", item="milk"),),
    ("Slice the potatoes.", "Heat the milk.", "Bake for an hour."),
)  # fmt: skip


def test_every_sentence_has_a_name_of_its_own() -> None:
    recipe = replace(
        GRATIN, steps=("Boil the milk. Stir.", "Bake."), tips=("Eat it hot. Or cold.",), pitfalls=("Burnt: too hot.",),
        storage="Keep cold. Reheat gently.", description="A bake.", tools=("pan", "whisk"), servings=4,
    )  # fmt: skip
    found = {c.key: c for c in candidates(recipe, [Passage("knowledge:x", "knowledge", "Salt helps.", title="Salt")])}
    assert len(found) == len(candidates(recipe, [Passage("knowledge:x", "knowledge", "Salt helps.", title="Salt")]))
    assert {*ACTS, "s1.1", "s1.2", "s2.1", "i1", "t1.2", "p1.1", "st.2", "d.1", "tools", "facts", "k:x"} <= set(found)
    assert found["s1.2"].text == "Stir."
    assert found["s1.2"].item == "Boil the milk. Stir."
    assert found["facts"].text.startswith("Serves 4.")


def test_a_sentence_is_read_with_its_place_seen_from_the_step_at_hand() -> None:
    first = next(c for c in candidates(GRATIN) if c.key == "s1.1")
    assert [first.read_at(step).split(":")[0] for step in (0, 1, 2)] == ["after this", "now", "before"]
    last = [c for c in candidates(GRATIN) if c.kind == "step"][-1]
    assert last.number == 3
    assert last.read_at(1).startswith("later: ")


def test_of_a_very_long_page_what_is_near_is_read() -> None:
    steps = tuple(f"Wait a little {number}. Stir. Then wait." for number in range(200))
    recipe = replace(GRATIN, steps=(*steps, "Grate the nutmeg over it."))
    notes = [Passage("knowledge:x", "knowledge", "Salt helps.", title="Salt")]
    found = candidates(recipe, notes)
    kept = fewer(found, "how much nutmeg?", 100)
    keys = [c.key for c in kept]
    assert len(kept) == 120
    assert {*ACTS, "k:x", "s100.1", "s101.1", "s201.1", "i1"} <= set(keys)
    assert "s1.1" not in keys
    assert keys == [c.key for c in found if c.key in set(keys)]
    assert fewer(found[:120], "how much nutmeg?", 100) == found[:120]
