from pathlib import Path

import pytest

from retrieval.check import Problem, check, check_entry, check_recipe, examine
from retrieval.check_dialogues import dialogue_problems, figures, skeleton, unsupported
from retrieval.dialogues import DialogueError, read_dialogues
from retrieval.foods import against_diet, contains, food_words
from retrieval.overlap import collections, near_duplicates, shared_runs
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
        ({"ingredients": (parse_ingredient("1/0 cup rice"),)}, 'The amount of "1/0 cup rice" cannot be read'),
        ({"ingredients": (parse_ingredient("1/7 cup rice"),)}, "doubled and halved again becomes"),
        ({"ingredients": (parse_ingredient("100 ml water"),)}, "in US units and back again becomes"),
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


GOOD = """
# rice | terse
C next: go
W step p2: Simmer it in the water for 18 minutes.
C ask_ingr @ingredient: how much butter
W answer i3: 1 tablespoon.
C ask_step: kettle says 3 liters, fine?
W fact k:water: Plenty; 3 liters are more than it needs, and 40°F (4°C) water works too.
C chat: hungry
W chat: Soon!
"""
WATER = KnowledgeEntry("water", "ingredient", "Water", "Tap water at 40°F (4°C) works as well.", ("q",), ("water",))


def found_in(text: str, severity: str = "error") -> str:
    scripts = list(read_dialogues(text, "x.txt", {"rice": recipe(storage="Keeps 3 days.")}, {"water": WATER}))
    return "\n".join(sentence for s in scripts for level, sentence in dialogue_problems(s) if level == severity)


def test_a_good_dialogue_has_no_problem():
    assert found_in(GOOD) == found_in(GOOD, "warning") == ""


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("1 tablespoon.", "2 tablespoons.", '"2 tablespoons" stands neither in the recipe'),
        ("W fact k:water:", "W fact:", '"40°F" stands neither'),
        ("18 minutes.", "18 hours.", '"18 hours" stands neither'),
        ("W step p2:", "W step:", "none is shared"),
        ("W answer i3:", "W list p1:", "no ingredient is shared"),
        ("W chat:", "W chat p1:", "small talk"),
        ("C ask_ingr @ingredient:", "C ask_ingr @colour:", 'the tag "colour"'),
        ("C chat: hungry\n", "", "twice in a row"),
        ("C chat:", "C chat k:water:", "only the wizard"),
        ("C ask_step:", "C ask_step p1:", ""),
    ],
)
def test_what_is_found_in_dialogues(was, becomes, expected):
    assert was in GOOD
    assert expected in found_in(GOOD.replace(was, becomes))


def test_a_step_told_otherwise_is_a_warning():
    assert '"3 days" is not in the step' in found_in(GOOD.replace("for 18 minutes", "18 minutes, 3 days"), "warning")
    assert 'says "18 minutes"' in found_in(GOOD.replace(" for 18 minutes", ""), "warning")


@pytest.mark.parametrize("mark", ["p4", "i9", "k:wine", "x1"])
def test_only_items_of_the_recipe_can_be_shared(mark):
    with pytest.raises(DialogueError, match=r"x\.txt:4"):
        found_in(GOOD.replace("W step p2", f"W step {mark}"))
    (script,) = read_dialogues(GOOD, "x.txt", {"rice": recipe()}, {"water": WATER})
    assert all(item in recipe().items for line in script.lines for item in line.shared)


def test_figures_mean_the_same_in_other_words():
    known = figures("Bake for 1 hour 30 minutes at 350°F (175°C), with 2 to 3 cups of milk.")
    assert unsupported("90 minutes, or an hour and a half, at 175°C; 3 cups; one spoon", known) == []
    assert unsupported("80 minutes at 400°F with 4 cups, 3 hours", known) == [
        "80 minutes",
        "400°F",
        "4 cups",
        "3 hours",
    ]


def test_texts_that_differ_only_in_names_and_numbers(tmp_path):
    text = "Keep {0} in the box for {1} days, chill the {0}, smell the {0} first, and heat {0} of {1} days to {0}."
    rows = [("milk", 5), ("cream", 7)]
    entries = "".join(
        f"- id: keep-{name}\n  kind: storage\n  title: {name}\n  text: {text.format(name, days)}\n"
        f"  questions: [how long does {name} keep]\n  about: [{name}]\n"
        for name, days in rows
    )
    (tmp_path / "all.yaml").write_text(entries)
    assert "differs from that of" in sentences(check(tmp_path))
    names = frozenset({"milk", "cream"})
    assert skeleton("Add 2 cups of milk", names) == skeleton("Add 3 cups of cream", names) == "add # cups of @"
    assert skeleton("Add 2 cups of milk", names) != skeleton("Pour 2 cups of milk", names)


def test_a_folder_with_dialogues(tmp_path):
    (tmp_path / "dialogues").mkdir()
    (tmp_path / "rice.md").write_text(
        "---\nservings: 2\ntotal_time: 25 min\n---\n# Rice\n\n## Ingredients\n\n- 1 cup (195 g) rice\n- 2 cups water\n"
        "\n## Steps\n\n1. Rinse the rice.\n2. Simmer it in the water for 18 minutes.\n3. Fluff the rice.\n"
    )
    said = "W step p1: Rinse the rice until the water is clear.\nC next: done\nW step p2: Simmer it for 19 minutes.\n"
    (tmp_path / "dialogues" / "a.txt").write_text(f"# rice | terse\nC next: go\n{said}" * 5)
    (tmp_path / "dialogues" / "b.txt").write_text("# no-such-dish | terse\nC next: go")
    report = examine(tmp_path)
    text = sentences(report.problems)
    assert "said too often" in text
    assert '"19 minutes" stands neither' in text
    assert "no recipe 'no-such-dish'" in text
    assert "Its dialogue is 100% the same" in text
    counts = report.counts()
    assert counts["all"]["recipes"] == 1
    assert counts["all"]["dialogues"] == 5
    assert counts["intent"]["wizard: return_next_step"] == 10
    assert counts["all"]["errors"] == sum(p.severity == "error" for p in report.problems) > 0


def test_borrowed_sentences_of_all_kinds(tmp_path):
    borrowed = "Fold the beaten egg whites gently into the batter until no streak of white is left to be seen."
    data = tmp_path / "data"
    data.mkdir()
    (data / "recipes_small.jsonl").write_text(f'{{"steps": ["{borrowed}"]}}\n')
    (data / "poems.txt").write_text("nothing to do with it")
    assert [file.name for file in collections(data)] == ["recipes_small.jsonl"]
    ours = tmp_path / "ours"
    ours.mkdir()
    (ours / "k.yaml").write_text(
        f"- id: tech-x\n  kind: technique\n  title: x\n  text: {borrowed}\n  questions: [how]\n  about: [egg]\n"
        "- id: tech-y\n  kind: technique\n  title: y\n  text: Now fold the beaten egg whites gently into the batter.\n"
        "  questions: [how else]\n  about: [egg]\n"
    )
    problems = [p for p in check(ours, data) if "words in a row" in p.sentence]
    assert [(p.path.split("#")[1], p.severity) for p in problems] == [("tech-x", "error"), ("tech-y", "warning")]
    with pytest.raises(RecipeError, match="holds no collection"):
        check(ours, tmp_path / "nothing")


def test_the_bundled_cookbook_has_no_errors_and_is_large():
    report = examine()
    assert [str(p) for p in report.problems if p.severity == "error"] == []
    counts = report.counts()["all"]
    assert counts["recipes"] >= 200
    assert counts["entries"] >= 1200
    assert counts["dialogues"] >= 250
    assert counts["questions and answers"] >= 4000
    assert len(report.counts()["intent"]) == 13
