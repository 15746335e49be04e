"""The prompt: recipe first, dialogue last, pointers to items, and never longer than the context."""

import pytest

from model.decoding import MAX_SHARED, MAX_TEXT
from model.engines.local import load_tokenizer
from model.prompt import CONTEXT, QUOTE_BUDGET, PromptBuilder, step_after
from model.registry import bundled_folder
from model.student import Situation
from model.tokenizer import COOK, KNOWLEDGE, RECIPE, SAY, START, ingredient_token, step_token
from model.vocabulary import Turn
from retrieval.recipe import Ingredient, Recipe

BUILDER = PromptBuilder(load_tokenizer(bundled_folder()))
TOAST = Recipe(
    url="test:toast",
    title="Toast",
    ingredients=(Ingredient("2 slices bread"), Ingredient("1 tablespoon butter")),
    steps=("Toast the bread for 2 minutes.", "Spread the butter on the bread.", "Serve warm."),
)


def special(token: str) -> int:
    return BUILDER.tokenizer.special(token)


def told(index: int, intent: str = "return_next_step") -> Turn:
    return Turn("wizard", "Go on.", intent, (TOAST.steps[index],))


def test_the_prompt_begins_with_the_recipe_and_ends_with_the_cooks_words() -> None:
    ids = BUILDER.prompt(Situation("what now?", TOAST))
    assert ids[:2] == [BUILDER.tokenizer.bos, special(RECIPE)]
    tail = [special(COOK), special(START), *BUILDER.tokenizer.encode("what now?")]
    assert ids[-len(tail) :] == tail


def test_the_step_at_hand_follows_what_was_shared() -> None:
    history = (Turn("cook", "start", "request_next_step"), told(0), Turn("cook", "next", "request_next_step"), told(1))
    ids = BUILDER.prompt(Situation("how long?", TOAST, history))
    at = len(ids) - 1 - ids[::-1].index(special(COOK))
    assert ids[at + 1] == special(step_token(1))


def test_a_given_step_wins_over_the_history() -> None:
    ids = BUILDER.prompt(Situation("how long?", TOAST, step=3))
    assert ids[-1 - len(BUILDER.tokenizer.encode("how long?"))] == special(step_token(2))


def test_looking_back_at_an_earlier_step_does_not_move_the_cook() -> None:
    assert step_after(TOAST, told(1), 0) == 2
    assert step_after(TOAST, told(0, "answer_question_recipe_steps"), 2) == 2
    assert step_after(TOAST, told(2, "answer_question_recipe_steps"), 2) == 3
    assert step_after(TOAST, Turn("cook", "x"), 2) == 2


def test_pointers_are_the_items_of_the_recipe() -> None:
    pointers = BUILDER.pointers(TOAST)
    assert set(pointers.values()) == set(TOAST.items)
    assert pointers[special(ingredient_token(1))] == "1 tablespoon butter"
    assert BUILDER.pointer(TOAST, "Burn the bread.") is None


def test_passages_stand_between_history_and_question() -> None:
    ids = BUILDER.prompt(Situation("can I freeze bread?", TOAST, passages=("Bread freezes well.",)))
    assert ids.index(special(KNOWLEDGE)) < ids.index(special(COOK))


@pytest.mark.parametrize("step", [0, 1, 30, 60])
def test_a_huge_situation_fits_the_context(step: int) -> None:
    recipe = Recipe(
        url="test:huge",
        title="A very long title " * 40,
        ingredients=tuple(
            Ingredient(f"{n} cups of ingredient number {n}, chopped, peeled, diced and cooked") for n in range(80)
        ),
        steps=tuple(f"Step {n}: " + "stir and fold and whisk and wait " * 20 for n in range(60)),
    )
    history = tuple(Turn("cook" if n % 2 == 0 else "wizard", "word " * 300, "misc") for n in range(40))
    ids = BUILDER.prompt(Situation("word " * 900, recipe, history, ("passage " * 500,) * 5, step))
    assert len(ids) + MAX_SHARED + QUOTE_BUDGET + MAX_TEXT + 3 <= CONTEXT


def test_the_steps_around_the_cook_survive_when_a_recipe_does_not_fit() -> None:
    recipe = Recipe(
        url="test:long",
        title="Long",
        ingredients=(),
        steps=tuple(f"Do thing {n} " + "again and again " * 10 for n in range(36)),
    )
    ids = set(BUILDER.recipe_ids(recipe, step=20))
    assert {special(step_token(n)) for n in (19, 20, 21, 22)} <= ids
    assert special(step_token(0)) not in ids


def test_a_wizards_turn_quotes_what_it_shares_or_the_step_that_a_question_is_about() -> None:
    def quoted(turn: Turn, step: int) -> str:
        head, quote, text = BUILDER.act(TOAST, turn, "request_next_step", step)
        assert (head.kind, quote.kind, text.kind) == ("act", "quote", "act")
        assert text.ids[0] == special(SAY)
        return BUILDER.tokenizer.decode(quote.ids).strip()

    assert quoted(told(1), 1) == TOAST.steps[1]
    assert quoted(Turn("wizard", "Two minutes.", "answer_question_recipe_steps"), 1) == TOAST.steps[0]
    assert quoted(Turn("wizard", "Yes.", "answer_question_external_fact"), 1) == ""
    assert quoted(Turn("wizard", "All of it.", "return_list_ingredients_tools", TOAST.items), 1) == ""
