"""Made dialogues: right next steps, answers that stand in the recipe, the same for the same seed."""

import random
import re

from retrieval.recipe import KnowledgeEntry
from training.corpora import Example, recipe_from_lines
from training.extract import action_of, clauses, item_name
from training.synthesize import DialogueMaker, noisy

STEW = recipe_from_lines(
    "u",
    "Bean Stew",
    ["2 cups dried beans, soaked", "1 large onion, chopped", "3 tablespoons olive oil", "salt, to taste"],
    [
        "Heat the oil in a large pot over medium heat.",
        "Add the onion and cook until soft, about 8 minutes. Stir often.",
        "Add the beans and simmer for 1 to 1 1/2 hours.",
        "Season with salt and serve.",
    ],
)
ENTRY = KnowledgeEntry(
    "x", "storage", "Stew", "Bean stew keeps 4 days in the fridge. Freeze it for longer.", ("does stew keep?",)
)


def made(seed: int) -> Example:
    return DialogueMaker(random.Random(seed), {}, [ENTRY]).make(STEW)


def test_steps_are_told_in_order_and_shared_verbatim() -> None:
    for seed in range(40):
        told = [s for t in made(seed).dialogue.turns if t.intent == "return_next_step" for s in t.shared]
        assert told == list(STEW.steps[: len(told)])
        assert len(told) >= 2


def test_turns_alternate_and_only_wizards_share() -> None:
    for seed in range(40):
        turns = made(seed).dialogue.turns
        assert [t.role for t in turns] == ["cook", "wizard"] * (len(turns) // 2)
        assert all(not t.shared for t in turns if t.role == "cook")


def test_every_number_that_a_wizard_says_stands_in_the_recipe_or_the_passage() -> None:
    source = set(re.findall(r"\d+", " ".join((*STEW.items, ENTRY.text))))
    for seed in range(120):
        for turn in made(seed).dialogue.turns:
            if turn.role == "wizard":
                assert set(re.findall(r"\d+", turn.text)) <= source, turn.text


def test_questions_about_knowledge_come_with_a_passage() -> None:
    with_entry = [example for seed in range(60) if (example := made(seed)).passages]
    assert with_entry
    for example in with_entry:
        for position, passages in example.passages.items():
            assert example.dialogue.turns[position].role == "wizard"
            assert passages == () or ENTRY.text in passages


def test_the_same_seed_makes_the_same_dialogue() -> None:
    assert made(7).dialogue.turns == made(7).dialogue.turns
    assert made(7).dialogue.turns != made(8).dialogue.turns


def test_parts_of_lines() -> None:
    assert item_name("1 1/2 cups all-purpose flour, sifted") == "all-purpose flour"
    assert item_name("1 (14 ounce) can diced tomatoes") == "tomatoes"
    assert action_of("Brown the onions in butter.") == ("brown the onions", "browned the onions")
    assert action_of("The oven should be hot.") is None
    assert clauses("Stir. Cook 2 min; cool!") == ["Stir.", "Cook 2 min;", "cool!"]
    assert noisy("abc", random.Random(3))
