"""The dialogues written for the project: form, split, and what they are trained with."""

import random

import pytest

from model.vocabulary import USER_INTENTS, WIZARD_INTENTS
from retrieval.cookbook import load_knowledge, load_recipes
from training.cookbook import DialogueError, as_served, cookbook_examples, parse_dialogues, split_of

RECIPES = {recipe.url.removeprefix("cookbook:"): recipe for recipe in load_recipes()}
KNOWLEDGE = {entry.id: entry for entry in load_knowledge()}


def test_a_dialogue_is_read() -> None:
    slug, recipe = next(iter(RECIPES.items()))
    entry = next(iter(KNOWLEDGE.values()))
    text = f"# {slug} | terse\nC next: go\nW step p1: Begin.\nC ask_ingr @tool: what?\nW fact k:{entry.id} i1: That."
    ((example, tags),) = parse_dialogues(text, "x.txt", RECIPES, KNOWLEDGE)
    first, second = example.dialogue.turns[1], example.dialogue.turns[3]
    assert first.intent == "return_next_step"
    assert first.shared == (recipe.steps[0],)
    assert second.shared == (recipe.ingredients[0].text,)
    assert example.passages == {3: (entry.text,)}
    assert tags == {2: ("tool",)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("# no-such-dish | x", "no recipe 'no-such-dish'"),
        ("C next: go", "before the first"),
        ("# {slug} | x\nC dance: go", "unknown intent 'dance'"),
        ("# {slug} | x\nW step p99: go", "has no p99"),
        ("# {slug} | x\nW fact k:nothing: go", "no knowledge entry 'nothing'"),
        ("# {slug} | x\nsomething else", "x.txt:2"),
    ],
)
def test_mistakes_name_file_and_line(text: str, said: str) -> None:
    with pytest.raises(DialogueError, match=said):
        list(parse_dialogues(text.format(slug=next(iter(RECIPES))), "x.txt", RECIPES, KNOWLEDGE))


def test_the_bundled_dialogues() -> None:
    examples = cookbook_examples()
    assert len(examples) >= 250
    turns = [turn for example in examples for turn in example.dialogue.turns]
    assert len(turns) >= 4000
    assert {turn.intent for turn in turns if turn.role == "cook"} == set(USER_INTENTS)
    assert {turn.intent for turn in turns if turn.role == "wizard"} == set(WIZARD_INTENTS)
    assert len({turn.text for turn in turns if turn.role == "wizard"}) > 0.95 * len(turns) / 2
    train, validation = cookbook_examples("train"), cookbook_examples("validation")
    assert len(train) + len(validation) == len(examples)
    assert not {e.dialogue.url for e in train} & {e.dialogue.url for e in validation}
    assert 0.1 < len(validation) / len(examples) < 0.3


def test_the_split_is_by_recipe_and_stays() -> None:
    share = sum(split_of(slug) == "validation" for slug in RECIPES) / len(RECIPES)
    assert 0.1 < share < 0.3
    assert [split_of(slug) for slug in ("jollof-rice", "mapo-tofu")] == [split_of("jollof-rice"), split_of("mapo-tofu")]


def test_answers_are_trained_with_the_passages_that_back_them() -> None:
    served = [as_served(e, random.Random(1), list(KNOWLEDGE.values())) for e in cookbook_examples("train")]
    originals = cookbook_examples("train")
    for before, after in zip(originals, served, strict=True):
        for position, texts in before.passages.items():
            if before.dialogue.turns[position - 1].intent.startswith("ask_question"):
                assert set(texts) <= set(after.passages[position])
    assert sum(len(e.passages) for e in served) > sum(len(e.passages) for e in originals)
