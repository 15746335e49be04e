"""Loaders: cleaned text, shared lines matched to the recipe, recipes rebuilt where they are missing."""

from pathlib import Path

from model.vocabulary import USER_INTENTS, WIZARD_INTENTS
from training.corpora import ItemMatcher, cookdial, recipe_from_lines, wizard_of_tasks


def test_shared_lines_become_items_of_the_recipe(wot: tuple[Path, Path]) -> None:
    first, _ = wizard_of_tasks(*wot)
    assert first.recipe is not None
    assert first.recipe.title == "Crêpes for Two"
    assert first.recipe.steps[1] == "Heat a pan at 350°F."
    turns = first.dialogue.turns
    assert turns[1].shared == ("1/2 cup flour", "2 eggs", "1 cup milk")
    assert turns[6].shared == ("Heat a pan at 350°F.",)
    assert turns[6].text == "Heat a pan to 350°F."
    assert turns[0].role == "cook"


def test_a_missing_recipe_is_rebuilt_from_what_was_shared(wot: tuple[Path, Path]) -> None:
    _, second = wizard_of_tasks(*wot)
    assert second.recipe is not None
    assert second.recipe.title == "Plain Pasta"
    assert second.recipe.steps == ("Boil 2 quarts of water.", "Add the pasta.")
    assert second.dialogue.split == "validation"


def test_items_are_found_in_other_spellings_only_when_they_are_close() -> None:
    recipe = recipe_from_lines("u", "t", ["1 cup sugar", "1 cup flour"], ["Fold in the whipped cream gently."])
    matcher = ItemMatcher(recipe)
    assert matcher.find("1 Cup Sugar.") == "1 cup sugar"
    assert matcher.find("Fold in the whipped creme gently") == "Fold in the whipped cream gently."
    assert matcher.find("2 pounds beef") is None
    assert matcher.find("") is None


def test_real_wizard_of_tasks(real_data: Path) -> None:
    examples = wizard_of_tasks(real_data / "wizard_of_tasks_cooking.json", real_data / "wizard_of_tasks_recipes.jsonl")
    assert len(examples) == 159
    for example in examples:
        assert example.recipe is not None
        items = set(example.recipe.items)
        for turn in example.dialogue.turns:
            assert turn.intent in (USER_INTENTS if turn.role == "cook" else WIZARD_INTENTS)
            assert set(turn.shared) <= items
            assert "¬∞" not in turn.text


def test_real_cookdial(real_data: Path) -> None:
    examples = cookdial(real_data / "cookdial_dialogs.jsonl", real_data / "cookdial_recipes.jsonl")
    assert len(examples) == 189
    walnut = examples[0]
    assert walnut.recipe is not None
    assert walnut.recipe.steps[0].startswith("Preheat oven to 400")
    assert walnut.dialogue.turns[1].shared == (walnut.recipe.steps[0],)
    assert walnut.dialogue.turns[1].intent == "return_next_step"
