"""Constrained decoding of an act: intents and shared items from what is valid, then free text.

An engine gives logits (``TokenModel``); this module decides which tokens may follow. The cook's intent is one of six
tokens, the wizard's one of seven, shared items are pointers to lines of the recipe in the prompt, and the text is
greedy over ordinary pieces.
"""

import math
import time
from collections.abc import Iterable
from typing import Protocol

import numpy as np

from model.copying import CopyBias, NumeralMask, PageMask
from model.intents import IntentPrior
from model.prompt import PromptBuilder, step_at_hand
from model.steps import StepPrior
from model.student import Constraints, Generation, Situation, TextSink
from model.tokenizer import FIRST_PIECE, KNOWLEDGE, SAY, user_token, wizard_token
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS, Act

MAX_SHARED = 24
MAX_TEXT = 90  # what the context leaves beside the longest prompt
NO_REPEAT = 4  # no run of this many tokens twice in one reply; amounts may be alike
# Both chosen on the validation dialogues.
COPY_STRENGTH = 2.0
NEXT_STEP_BIAS = 3.0  # a next step is shared, not only told, unless the model is sure
FOUND_STRENGTH = 1.0  # factor on the logarithm of retrieval's score when the answer to a question is chosen
NOTHING_SHARED = "answer_question_external_fact"  # what the recipe does not say is not in its items


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


def _following(builder: PromptBuilder, situation: Situation, steps: StepPrior | None) -> dict[int, float]:
    """What is added to the logit of each step's pointer when the next step is chosen: log-probability and bias."""
    recipe, at = situation.recipe, step_at_hand(situation)
    if recipe is None:
        return {}
    if steps is None:  # in order
        return {
            pointer: NEXT_STEP_BIAS for step in recipe.steps[at : at + 1] if (pointer := builder.pointer(recipe, step))
        }
    scores = steps.scores(situation)
    return {
        pointer: score + NEXT_STEP_BIAS
        for step, score in scores.items()
        if (pointer := builder.pointer(recipe, step)) is not None
    }


def _found(score: float) -> float:
    """What retrieval's score of an item adds to the logit of its pointer."""
    return FOUND_STRENGTH * math.log(max(score, 0.01))


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


class _Decoder:
    """One act being decoded. ``ids`` is everything that the model has read or said."""

    def __init__(
        self,
        model: TokenModel,
        builder: PromptBuilder,
        situation: Situation,
        priors: tuple[dict[str, float], ...],
        steps: StepPrior | None,
    ) -> None:
        self.model, self.builder, self.situation, self.priors, self.steps = model, builder, situation, priors, steps
        self.special = builder.tokenizer.special
        self.prompt = builder.prompt(situation)
        self.ids = list(self.prompt)
        self.generated = 0
        self._logits: np.ndarray | None = None

    def logits(self) -> np.ndarray:
        """Logits [vocabulary] after ``ids``. What was put there since the last call is read in one go."""
        if self._logits is None:
            self._logits = self.model.start(self.ids)
        return self._logits

    def push(self, token: int) -> None:
        """The model says a token."""
        self.generated += 1
        self.ids.append(token)
        if self._logits is not None:
            self._logits = self.model.push(token)

    def read(self, tokens: list[int]) -> None:
        """The model is given tokens that code chose."""
        self.ids += tokens
        self._logits = None if tokens else self._logits

    def intents(self, constraints: Constraints) -> tuple[str, str, dict[str, float]]:
        """(cook's intent, wizard's intent, log-probability of every wizard's intent unless it is fixed)."""
        users = {self.special(user_token(intent)): intent for intent in USER_INTENTS}
        wizards = {self.special(wizard_token(intent)): intent for intent in WIZARD_INTENTS}
        user, intent = constraints.user_intent, constraints.intent
        if user is None:
            user_scores = _scored(self.logits(), users, self.priors[0])
            user = max(user_scores, key=user_scores.__getitem__)
        self.push(self.special(user_token(user)))
        scores: dict[str, float] = {}
        if intent is None:
            scores = _scored(self.logits(), wizards, self.priors[1])
            intent = max(scores, key=scores.__getitem__)
        self.push(self.special(wizard_token(intent)))
        return user, intent, scores

    def shared(self, constraints: Constraints, user: str, intent: str) -> list[str]:
        """Items of a reply with these intents, their pointers said."""
        pointers = self.builder.pointers(self.situation.recipe)
        if constraints.shared is not None:
            wanted = set(constraints.shared)
            for pointer, item in pointers.items():
                if item in wanted:
                    self.push(pointer)
            return list(constraints.shared)
        in_prompt, ends = set(self.prompt), (self.special(SAY), self.special(KNOWLEDGE))  # the text, or a quotation
        open_pointers = {pointer for pointer in pointers if pointer in in_prompt}
        if intent == NOTHING_SHARED:
            open_pointers = set()
        favoured: dict[int, float] = {}
        if intent == "return_next_step" or user == "request_next_step":
            favoured = _following(self.builder, self.situation, self.steps)
        elif intent == "answer_question_recipe_steps":
            favoured = {p: _found(self.situation.found.get(item, 0.0)) for p, item in pointers.items()}
        shared: list[str] = []
        told = {item for turn in self.situation.history for item in turn.shared}
        steps = self.situation.recipe.steps if self.situation.recipe else ()
        # Asked for the next step, while there is one that was not told, it may not go without one.
        owed = user == "request_next_step" and intent == "return_next_step" and bool(set(steps) - told)
        while open_pointers and len(shared) < MAX_SHARED:
            logits = self.logits()
            if favoured and not shared:
                logits = logits.copy()
                logits[list(favoured)] += list(favoured.values())
            token = best(logits, tuple(open_pointers) if owed and not shared else (*open_pointers, *ends))
            if token in ends:
                break
            shared.append(pointers[token])
            # Items come in recipe order, as in training: what lies before the last one is closed.
            open_pointers = {pointer for pointer in open_pointers if pointer > token}
            self.push(token)
        return shared

    def say(self, intent: str, shared: list[str], stream: "TextStream", room: int) -> float:
        """The text, into ``stream``; returns the moment (of ``time.perf_counter``) when its first token was known."""
        tokenizer = self.builder.tokenizer
        self.read(self.builder.quote_ids(self.situation.recipe, shared, intent, step_at_hand(self.situation)))
        self.push(self.special(SAY))
        quotable, sources = _sources(self.situation, intent, shared)
        page = PageMask(tokenizer, sources)
        numerals = NumeralMask(
            tokenizer, [token for text in sources for token in (*tokenizer.encode(text), tokenizer.eos)]
        )
        copying = CopyBias(tokenizer, quotable, COPY_STRENGTH)
        eos = tokenizer.eos
        first = 0.0
        while len(stream.ids) < room:
            pieces = self.logits().copy()
            pieces[:eos] = -np.inf
            pieces[3 + 256 : FIRST_PIECE] = -np.inf
            page.apply(pieces)
            numerals.apply(pieces)
            copying.apply(pieces, stream.ids)
            token = int(pieces.argmax())
            while token != eos and not numerals.within(stream.ids[-NO_REPEAT:], token) and repeats(stream.ids, token):
                pieces[token] = -np.inf
                token = int(pieces.argmax())
            first = first or time.perf_counter()
            if token == eos:
                self.generated += 1
                break
            stream.push(token)
            numerals.push(token)
            self.push(token)
        return first


def decode_act(
    model: TokenModel,
    builder: PromptBuilder,
    situation: Situation,
    constraints: Constraints,
    on_text: TextSink | None = None,
    prior: IntentPrior | None = None,
    steps: StepPrior | None = None,
) -> Generation:
    """Let the model answer a situation. The priors add their log-probabilities to those of intents and next steps.

    Returns:
        The act with its cost; ``first_token_s`` is when the first token of the text was known.
    """
    begun = time.perf_counter()
    before = situation.history[-1].intent if situation.history and situation.history[-1].role == "wizard" else ""
    priors = prior.scores(situation.utterance, before) if prior else ({}, {})
    decoder = _Decoder(model, builder, situation, priors, steps)
    user, intent, scores = decoder.intents(constraints)
    shared = decoder.shared(constraints, user, intent)
    stream = TextStream(builder, on_text)
    first = decoder.say(intent, shared, stream, min(constraints.max_tokens, MAX_TEXT))
    order = {item: number for number, item in enumerate(situation.recipe.items)} if situation.recipe else {}
    act = Act(user, intent, tuple(sorted(shared, key=lambda item: order.get(item, 0))), stream.text.strip())
    first_token_s = first - begun if first else 0.0
    return Generation(act, len(decoder.prompt), decoder.generated, first_token_s, time.perf_counter() - begun, scores)
