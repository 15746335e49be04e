import pytest

from retrieval import cookbook
from retrieval.cookbook import find_substitutions, load_knowledge, load_recipes, parse_knowledge
from retrieval.recipe import RecipeError


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SOUSCHEF_CACHE", str(tmp_path / "cache"))


def test_recipes_and_knowledge_load_and_are_kept(tmp_path):
    cookbook.forget()
    recipes, entries = load_recipes(), load_knowledge()
    assert len(recipes) >= 60
    assert len(entries) >= 250
    assert len({r.url for r in recipes}) == len(recipes)
    assert all(r.url.startswith("cookbook:") and r.ingredients and r.steps and r.servings for r in recipes)
    kept = sorted(p.name.split("-")[0] for p in (tmp_path / "cache").iterdir())
    assert kept == ["knowledge", "recipes"]
    cookbook.forget()
    assert load_recipes() == recipes
    assert load_knowledge() == entries


def test_a_damaged_or_unwritable_cache_does_no_harm(tmp_path, monkeypatch):
    cookbook.forget()
    load_knowledge()
    for file in (tmp_path / "cache").iterdir():
        file.write_text("{ damaged")
    cookbook.forget()
    assert load_knowledge()
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    monkeypatch.setenv("SOUSCHEF_CACHE", str(blocked / "below"))
    cookbook.forget()
    assert load_knowledge()


def test_substitutions():
    cookbook.forget()
    found = find_substitutions("buttermilk")
    assert found
    assert all(e.substitute and "buttermilk" in e.substitute.original for e in found)
    avoid = [bool(e.substitute and e.substitute.avoid) for e in found]
    assert avoid == sorted(avoid)
    assert {e.id for e in find_substitutions("2 large eggs")} & {e.id for e in find_substitutions("egg")}
    assert find_substitutions("unsalted butter")
    assert not {e.id for e in find_substitutions("peanut butter")} & {e.id for e in find_substitutions("butter")}
    assert find_substitutions("") == []
    assert find_substitutions("moon dust") == []


def test_parse_knowledge_says_what_is_wrong():
    assert parse_knowledge("") == []
    with pytest.raises(RecipeError, match="line 1"):
        parse_knowledge("a: b: c")
    with pytest.raises(RecipeError, match="entry 1"):
        parse_knowledge("- id: x")
    with pytest.raises(RecipeError, match="list"):
        parse_knowledge("a: b")
