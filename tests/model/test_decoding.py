"""Constrained decoding over a scripted model: only valid intents, pointers of the recipe in order, ordinary pieces."""

import numpy as np

from model.decoding import NO_REPEAT, decode_act, repeats
from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import bundled_folder
from model.student import Constraints, Situation
from model.tokenizer import KNOWLEDGE, SAY, ingredient_token, step_token, user_token, wizard_token
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS
from retrieval.recipe import Ingredient, Recipe

BUILDER = PromptBuilder(load_tokenizer(bundled_folder()))
SIZE = BUILDER.tokenizer.size
SOUP = Recipe(
    "test:soup", "Soup", (Ingredient("1 onion"), Ingredient("2 cups stock")), ("Chop the onion.", "Add the stock.")
)


class Scripted:
    """Prefers the tokens of a script in turn; everything else is random but equal from run to run."""

    def __init__(self, script: list[int], seed: int = 0) -> None:
        self.script, self.at = script, -1
        self.noise = np.random.default_rng(seed).normal(size=SIZE).astype(np.float32)
        self.read: list[int] = []

    def _logits(self) -> np.ndarray:
        self.at += 1
        out = self.noise.copy()
        if self.at < len(self.script):
            out[self.script[self.at]] = 50
        return out

    def start(self, ids: list[int]) -> np.ndarray:
        self.read = list(ids)
        return self._logits()

    def push(self, token: int) -> np.ndarray:
        self.read.append(token)
        return self._logits()


def special(token: str) -> int:
    return BUILDER.tokenizer.special(token)


def test_a_random_model_still_makes_a_valid_act() -> None:
    for seed in range(20):
        act = decode_act(Scripted([], seed), BUILDER, Situation("next", SOUP), Constraints(max_tokens=12)).act
        assert act.user_intent in USER_INTENTS
        assert act.intent in WIZARD_INTENTS
        assert set(act.shared) <= set(SOUP.items)
        assert list(act.shared) == [item for item in SOUP.items if item in act.shared]


def test_the_script_is_followed_and_streamed() -> None:
    words = BUILDER.tokenizer.encode("Now chop it.")
    script = [
        special(user_token("request_next_step")),
        special(wizard_token("return_next_step")),
        special(step_token(0)),
        special(SAY),
        *words,
        BUILDER.tokenizer.eos,
    ]
    pieces: list[str] = []
    generation = decode_act(Scripted(script), BUILDER, Situation("start", SOUP), Constraints(), pieces.append)
    assert generation.act.text == "Now chop it." == "".join(pieces)
    assert generation.act.shared == ("Chop the onion.",)
    assert generation.tokens == len(script)
    assert 0 < generation.first_token_s <= generation.seconds


def test_constraints_win_over_the_model() -> None:
    model = Scripted([special(user_token("stop")), special(wizard_token("misc"))])
    fixed = Constraints("request_next_step", "return_list_ingredients_tools", ("2 cups stock",), max_tokens=5)
    act = decode_act(model, BUILDER, Situation("?", SOUP), fixed).act
    assert (act.user_intent, act.intent, act.shared) == (
        "request_next_step",
        "return_list_ingredients_tools",
        ("2 cups stock",),
    )
    act_ids = model.read[len(BUILDER.prompt(Situation("?", SOUP))) :]
    assert special(ingredient_token(1)) in act_ids
    assert special(step_token(0)) not in act_ids


def test_what_is_shared_is_read_out_right_before_the_text() -> None:
    model = Scripted([])
    fixed = Constraints("request_next_step", "return_next_step", ("Add the stock.",), max_tokens=1)
    decode_act(model, BUILDER, Situation("next", SOUP, step=1), fixed)
    quote = [special(KNOWLEDGE), *BUILDER.tokenizer.encode("Add the stock."), special(SAY)]
    at = model.read.index(special(SAY))
    assert model.read[at + 1 - len(quote) : at + 1] == quote
    assert model.read[at - len(quote)] == special(step_token(1))


def test_without_a_recipe_nothing_is_shared() -> None:
    assert decode_act(Scripted([]), BUILDER, Situation("hi"), Constraints(max_tokens=4)).act.shared == ()


def test_a_run_of_tokens_is_not_said_twice() -> None:
    run = list(range(400, 400 + NO_REPEAT))
    assert repeats([*run, *run[:-1]], run[-1])
    assert not repeats([*run, *run[:-1]], 9999)
    loop = decode_act(_Stuck(), BUILDER, Situation("next"), Constraints(max_tokens=40)).act.text.split()
    assert len(loop) < 40 or len(set(loop)) > 1


class _Stuck:
    """Always wants the same word."""

    def start(self, ids: list[int]) -> np.ndarray:
        out = np.zeros(SIZE, np.float32)
        out[BUILDER.tokenizer.encode("stir")[0]] = 9
        return out

    def push(self, token: int) -> np.ndarray:
        return self.start([])


def test_retrieval_turns_the_pointer_of_an_answer() -> None:
    script = [special(user_token("ask_question_recipe_steps")), special(wizard_token("answer_question_recipe_steps"))]
    shared: dict[str, int] = dict.fromkeys(SOUP.items, 0)
    for item in SOUP.items:
        for seed in range(12):
            situation = Situation("how?", SOUP, found={item: 0.99})
            act = decode_act(Scripted(script, seed), BUILDER, situation, Constraints(max_tokens=1)).act
            assert act.shared[:1] in ((item,), ()), "an unlikely item is shared only if the model is sure of it"
            shared[item] += bool(act.shared)
    assert min(shared.values()) > 0


def test_what_the_recipe_does_not_say_shares_none_of_its_items() -> None:
    script = [
        special(user_token("misc")),
        special(wizard_token("answer_question_external_fact")),
        special(step_token(0)),
    ]
    assert decode_act(Scripted(script), BUILDER, Situation("who?", SOUP), Constraints(max_tokens=2)).act.shared == ()
