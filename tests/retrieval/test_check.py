from pathlib import Path

import pytest

from retrieval.check import Problem, check, check_entry, check_recipe
from retrieval.foods import against_diet, contains, food_words
from retrieval.overlap import near_duplicates, shared_runs
from retrieval.quantity import parse_ingredient
from retrieval.recipe import KnowledgeEntry, Recipe, RecipeError, Substitution

DATA = Path(__file__).parent.parent / "data"


def recipe(**changes) -> Recipe:
    values = {
        "url": "x",
        "title": "Rice",
        "ingredients": tuple(
            map(parse_ingredient, ("1 cup (195 g) rice", "2 cups (480 ml) water", "1 tablespoon butter"))
        ),
        "steps": ("Rinse the rice.", "Simmer it in the water for 18 minutes.", "Stir in the butter."),
        "servings": 2,
        "total_s": 1500,
        "allergens": ("milk",),
        "diet": ("vegetarian", "gluten-free", "egg-free", "nut-free"),
    }
    return Recipe(**values | changes)


def sentences(problems: list[Problem], severity: str = "error") -> str:
    return "\n".join(p.sentence for p in problems if p.severity == severity)


def test_a_good_recipe_has_no_problem():
    assert check_recipe(recipe()) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"diet": ("keto",)}, "not in the diet vocabulary"),
        ({"allergens": ()}, "contains milk"),
        ({"diet": ("vegan", "vegetarian", "dairy-free", "egg-free")}, "called vegan"),
        ({"course": "elevenses"}, "course"),
        ({"prep_s": 1000, "cook_s": 1000}, "longer than the total"),
        ({"steps": ("Soak the rice with water and butter for 2 hours.",) * 3}, "says 2 hours"),
        ({"steps": ("Rinse the rice.", "Boil in water.", "Heat the oven to 425°F (180°C).")}, "425°F is not 180°C"),
        ({"ingredients": tuple(map(parse_ingredient, ("8 oz (450 g) rice", "1 tbsp butter")))}, "8 oz is not 450 g"),
        (
            {"ingredients": tuple(map(parse_ingredient, ("1 cup rice", "1 tbsp butter", "1 mango")))},
            'No step uses "mango"',
        ),
    ],
)
def test_what_is_found(changes, expected):
    assert expected in sentences(check_recipe(recipe(**changes)))


def test_warnings():
    steps = (*recipe().steps, "Add the garlic. " + "x" * 330)
    found = sentences(check_recipe(recipe(steps=steps)), "warning")
    assert "adds garlic" in found
    assert "split it" in found


def test_differences_and_sizes_agree():
    step = "Lower the oven by 25°F (15°C) and use a 9 x 5-inch (23 x 13 cm) pan at 110 to 135°F (43 to 57°C)."
    assert check_recipe(recipe(steps=(*recipe().steps, step))) == []


def test_entries():
    rule = Substitution("butter", "oil")
    good = KnowledgeEntry("sub-a", "substitution", "Oil", "word " * 20, ("oil?",), ("oil",), substitute=rule)
    assert check_entry(good) == []
    bad = KnowledgeEntry("Bad Id", "magic", "T", "Keep at 40°F (20°C).", (), ())
    text = sentences(check_entry(bad))
    for expected in ("id", "kind", "question", "40°F is not 20°C"):
        assert expected in text
    unsourced = KnowledgeEntry("safe-x", "safety", "T", "Cook it to 165°F (74°C) " + "word " * 20, ("q",), ("a",))
    assert "source" in sentences(check_entry(unsourced))


def test_contains():
    assert contains("1 cup coconut milk") == frozenset()
    assert contains("2 tbsp peanut butter") == {"peanut"}
    assert contains("fresh egg noodles") == {"gluten", "egg"}
    assert contains("1 eggplant") == frozenset()
    assert contains("2 salmon steaks") == {"fish"}
    assert contains("1 can butter beans") == frozenset()
    assert contains("1/4 cup rice flour") == frozenset()
    assert contains("2 anchovies") == {"fish"}
    assert against_diet("vegan", contains("1 tbsp honey")) == {"honey"}
    assert food_words("finely chopped fresh flat-leaf parsley") >= {"parsley"}


def test_near_duplicates():
    texts = {"a": "stir the warm milk into the flour and whisk until smooth", "c": "grill the fish over coals"}
    texts["b"] = texts["a"] + " again"
    assert [pair[:2] for pair in near_duplicates(texts, 3, 0.5)] == [("a", "b")]


def test_shared_runs(tmp_path):
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"steps": ["First, fold the beaten egg whites gently into the batter at once."]}\n')
    ours = {
        "x": "Then fold the beaten egg whites gently into the batter.",
        "y": "Something else entirely, and rather longer too.",
    }
    found = shared_runs(ours, corpus)
    assert list(found) == ["x"]
    assert found["x"] == ["fold the beaten egg whites gently into the batter"]
    with pytest.raises(RecipeError, match="cannot be read"):
        shared_runs(ours, tmp_path / "none.txt")


def test_folder_and_missing_path(tmp_path):
    (tmp_path / "bad.yaml").write_text("a: b")
    (tmp_path / "no.md").write_text("# T\n\nNothing.")
    found = sentences(check(tmp_path))
    assert "list of entries" in found
    assert "no ingredients" in found
    with pytest.raises(RecipeError, match="does not exist"):
        check(tmp_path / "nothing")


def test_the_bundled_cookbook_has_no_errors():
    problems = check()
    assert [str(p) for p in problems if p.severity == "error"] == []
