"""Constrained decoding of an act: intents and shared items from what is valid, then free text.

An engine gives logits (``TokenModel``); this module decides which tokens may follow. The cook's intent is one of six
tokens, the wizard's one of seven, shared items are pointers to lines of the recipe in the prompt, and the text is
greedy over ordinary pieces.
"""

import time
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from model.copying import CopyBias, NumeralMask, PageMask
from model.intents import IntentPrior
from model.prompt import PromptBuilder, step_at_hand
from model.student import Constraints, Generation, Situation, TextSink
from model.tokenizer import FIRST_PIECE, SAY, user_token, wizard_token
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS, Act

MAX_SHARED = 24
NO_REPEAT = 4  # no run of this many tokens twice in one reply; amounts may be alike
# Both chosen on the validation dialogues.
COPY_STRENGTH = 2.0
NEXT_STEP_BIAS = 3.0  # steps come in order unless the model is sure that they do not


class TokenModel(Protocol):
    """An engine, seen as a function from tokens to logits."""

    def start(self, ids: list[int]) -> np.ndarray:
        """Logits [vocabulary] after ``ids``; what an earlier call evaluated is reused."""
        ...

    def push(self, token: int) -> np.ndarray:
        """Logits [vocabulary] after one more token."""
        ...


def best(logits: np.ndarray, allowed: Iterable[int]) -> int:
    """The likeliest of the allowed tokens."""
    return max(allowed, key=lambda token: float(logits[token]))


def log_softmax(logits: np.ndarray, allowed: list[int]) -> np.ndarray:
    """Log-probabilities [len(allowed)] among the allowed tokens."""
    chosen = np.asarray(logits[allowed], np.float64)
    chosen -= chosen.max()
    return np.asarray(chosen - np.log(np.exp(chosen).sum()))


class TextStream:
    """Turns tokens into text as they come; a character is passed on once all its bytes are there."""

    def __init__(self, builder: PromptBuilder, sink: TextSink | None) -> None:
        self._decode = builder.tokenizer.decode
        self._sink = sink
        self.ids: list[int] = []
        self.text = ""

    def push(self, token: int) -> None:
        self.ids.append(token)
        text = self._decode(self.ids).lstrip()
        if not text.endswith("\ufffd"):
            if self._sink is not None and len(text) > len(self.text):
                self._sink(text[len(self.text) :])
            self.text = text


def repeats(ids: list[int], token: int, length: int = NO_REPEAT) -> bool:
    """Whether ``token`` would complete a run of ``length`` tokens that was there before."""
    if len(ids) < length:
        return False
    run = (*ids[len(ids) - length + 1 :], token)
    return any(tuple(ids[i : i + length]) == run for i in range(len(ids) - length + 1))


def _next_pointer(builder: PromptBuilder, situation: Situation) -> int | None:
    """Pointer to the step after the one at hand, or None after the last."""
    recipe, step = situation.recipe, step_at_hand(situation)
    if recipe is None or step >= len(recipe.steps):
        return None
    return builder.pointer(recipe, recipe.steps[step])


def _scored(logits: np.ndarray, tokens: dict[int, str], prior: dict[str, float]) -> dict[str, float]:
    """Log-probability of every intent behind these tokens, the prior added."""
    own = log_softmax(logits, list(tokens)).tolist()
    raw = np.array([score + prior.get(intent, 0.0) for intent, score in zip(tokens.values(), own, strict=True)])
    return dict(zip(tokens.values(), log_softmax(raw, list(range(len(raw)))).tolist(), strict=True))


def _sources(situation: Situation, intent: str, shared: list[str]) -> tuple[list[str], list[str]]:
    """(texts worth quoting, texts whose words may be said) for a reply that shares these items."""
    recipe = situation.recipe
    quotable = [*shared, *situation.passages]
    if recipe is None:
        return quotable, [*quotable, situation.utterance]
    step = step_at_hand(situation)
    if not shared and intent == "answer_question_recipe_steps" and 0 < step <= len(recipe.steps):
        quotable.append(recipe.steps[step - 1])
    return quotable, [*quotable, situation.utterance, recipe.title]


def decode_act(
    model: TokenModel,
    builder: PromptBuilder,
    situation: Situation,
    constraints: Constraints,
    on_text: TextSink | None = None,
    prior: IntentPrior | None = None,
) -> Generation:
    """Let the model answer a situation. ``prior`` adds its log-probabilities to those of the intents.

    Returns:
        The act with its cost; ``first_token_s`` is when the first token of the text was known.
    """
    begun = time.perf_counter()
    special = builder.tokenizer.special
    prompt = builder.prompt(situation)
    logits = model.start(prompt)
    generated = 0

    before = situation.history[-1].intent if situation.history and situation.history[-1].role == "wizard" else ""
    user_prior, wizard_prior = prior.scores(situation.utterance, before) if prior else ({}, {})
    users = {special(user_token(intent)): intent for intent in USER_INTENTS}
    fixed_user = constraints.user_intent
    user_scores = _scored(logits, users, user_prior)
    user_id = special(user_token(fixed_user or max(user_scores, key=user_scores.__getitem__)))
    logits = model.push(user_id)

    wizards = {special(wizard_token(intent)): intent for intent in WIZARD_INTENTS}
    scores = _scored(logits, wizards, wizard_prior)
    wizard_id = special(wizard_token(constraints.intent or max(scores, key=scores.__getitem__)))
    logits = model.push(wizard_id)
    generated += 2

    pointers = builder.pointers(situation.recipe)
    in_prompt = set(prompt)
    open_pointers = {pointer for pointer in pointers if pointer in in_prompt}
    say = special(SAY)
    shared: list[str] = []
    if constraints.shared is not None:
        shared = list(constraints.shared)
        wanted = set(shared)
        for pointer, item in pointers.items():
            if item in wanted:
                logits = model.push(pointer)
                generated += 1
    else:
        following = _next_pointer(builder, situation) if wizards[wizard_id] == "return_next_step" else None
        while open_pointers and len(shared) < MAX_SHARED:
            if following in open_pointers and not shared:
                logits = logits.copy()
                logits[following] += NEXT_STEP_BIAS
            token = best(logits, (*open_pointers, say))
            if token == say:
                break
            shared.append(pointers[token])
            # Items come in recipe order, as in training: what lies before the last one is closed.
            open_pointers = {pointer for pointer in open_pointers if pointer > token}
            logits = model.push(token)
            generated += 1
    logits = model.push(say)
    generated += 1

    stream = TextStream(builder, on_text)
    quotable, sources = _sources(situation, wizards[wizard_id], shared)
    encode = builder.tokenizer.encode
    page = PageMask(builder.tokenizer, sources)
    numerals = NumeralMask(
        builder.tokenizer, [token for text in sources for token in (*encode(text), builder.tokenizer.eos)]
    )
    copying = CopyBias(builder.tokenizer, quotable, COPY_STRENGTH)
    eos = builder.tokenizer.eos
    first_token_s = 0.0
    room = min(constraints.max_tokens, 1000)
    while len(stream.ids) < room:
        pieces = logits.copy()
        pieces[:3] = -np.inf
        pieces[eos] = logits[eos]
        pieces[3 + 256 : FIRST_PIECE] = -np.inf
        page.apply(pieces)
        numerals.apply(pieces)
        copying.apply(pieces, stream.ids)
        token = int(pieces.argmax())
        while token != eos and not numerals.within(stream.ids[-NO_REPEAT:], token) and repeats(stream.ids, token):
            pieces[token] = -np.inf
            token = int(pieces.argmax())
        if not first_token_s:
            first_token_s = time.perf_counter() - begun
        generated += 1
        if token == eos:
            break
        stream.push(token)
        numerals.push(token)
        logits = model.push(token)
    order = {item: number for number, item in enumerate(situation.recipe.items)} if situation.recipe else {}
    act = Act(
        user_intent=users[user_id],
        intent=wizards[wizard_id],
        shared=tuple(sorted(shared, key=lambda item: order.get(item, 0))),
        text=stream.text.strip(),
    )
    return Generation(act, len(prompt), generated, first_token_s, time.perf_counter() - begun, scores)
