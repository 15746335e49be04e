"""The server engine: a student behind an OpenAI-compatible server (llama.cpp's, vLLM), through the ``openai`` package.

The server runs a student exported by ``training.export``; the prompt is the same as everywhere, as text. Intents and
shared items are asked for one token at a time with a ``logit_bias`` that leaves only the valid ones, then the text is
streamed. Every question begins with the same prompt, which such servers keep evaluated.
"""

import time
from typing import Any

from model.engines import EngineOptions
from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder, step_at_hand
from model.student import Constraints, Generation, Situation, StudentError, TextSink
from model.tokenizer import EOS, FIRST_PIECE, KNOWLEDGE, SAY, user_token, wizard_token
from model.vocabulary import USER_INTENTS, WIZARD_INTENTS, Act

ONLY = 100.0  # the bias that makes a token as good as certain against those without it
MAX_SHARED = 24
SHOWN = 32  # bytes: llama-cpp-python's server shows a token that is spelled with more as nothing


class ServerStudent:
    """A student served elsewhere. Calls may run side by side: the server has its own queue."""

    def __init__(self, options: EngineOptions) -> None:
        import openai

        self._errors = openai
        self.builder = PromptBuilder(load_tokenizer(options.folder))
        self._client = openai.OpenAI(
            base_url=options.base_url, api_key=options.api_key or "none", timeout=options.timeout_s, max_retries=1
        )
        self._base_url, self._model = options.base_url, options.model or "student"
        self.name = f"{self._model} at {options.base_url}"

    def text_of(self, ids: list[int]) -> str:
        """Prompt ids as the text that a llama tokenizer reads back as the same ids. ``<`` in a cook's words is
        disarmed.
        """
        tokenizer = self.builder.tokenizer
        out: list[str] = []
        plain: list[int] = []
        for number in [*ids, tokenizer.bos]:
            if 3 <= number < 259 or number >= FIRST_PIECE:
                plain.append(number)
                continue
            # llama.cpp puts a space of its own behind a special token.
            out.append(tokenizer.decode(plain).removeprefix(" ").replace("<", "(").replace(">", ")"))
            plain = []
            out.append(tokenizer.pieces[number])
        return "".join(out[:-1])

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        try:
            return self._reply(situation, constraints, on_text)
        except self._errors.APIConnectionError as error:
            raise StudentError(
                f"The student's server at {self._base_url} cannot be reached: check student.base_url."
            ) from error
        except self._errors.AuthenticationError as error:
            raise StudentError("The student's server refuses the key: check student.api_key.") from error
        except self._errors.APIError as error:
            raise StudentError(f"The student's server at {self._base_url} failed ({error.message[:200]}).") from error

    def _reply(self, situation: Situation, constraints: Constraints, on_text: TextSink | None) -> Generation:
        begun = time.perf_counter()
        ids = self.builder.prompt(situation)
        special = self.builder.tokenizer.special
        prompt = self.text_of(ids)
        generated = 3

        user = (
            constraints.user_intent
            or self._choose(prompt, {user_token(i): special(user_token(i)) for i in USER_INTENTS})[3:-1]
        )
        prompt += user_token(user)
        choices = {wizard_token(i): special(wizard_token(i)) for i in WIZARD_INTENTS}
        intent = constraints.intent or self._choose(prompt, choices)[3:-1]
        prompt += wizard_token(intent)

        items = self.builder.pointers(situation.recipe)
        shared: list[str] = []
        if constraints.shared is not None:
            shared = list(constraints.shared)
            prompt += "".join(self.builder.tokenizer.pieces[p] for p, item in items.items() if item in shared)
        else:
            open_items = {pointer: item for pointer, item in items.items() if pointer in set(ids)}
            while open_items and len(shared) < MAX_SHARED:
                names = {self.builder.tokenizer.pieces[pointer]: pointer for pointer in open_items}
                token = self._choose(prompt, {**names, SAY: special(SAY), KNOWLEDGE: special(KNOWLEDGE)})
                generated += 1
                if token in (SAY, KNOWLEDGE):  # the text, or a quotation before it
                    break
                shared.append(open_items[names[token]])
                open_items = {pointer: item for pointer, item in open_items.items() if pointer > names[token]}
                prompt += token
        quote = self.builder.quote_ids(situation.recipe, shared, intent, step_at_hand(situation))
        prompt += self.text_of(quote) + SAY

        text, first_token_s = "", 0.0
        # A text holds no control tokens: not the next turn, not a pointer.
        banned = {str(number): -ONLY for number in range(259, FIRST_PIECE)}
        stream: Any = self._client.completions.create(
            model=self._model,
            prompt=prompt,
            max_tokens=constraints.max_tokens,
            temperature=0,
            stream=True,
            stop=[EOS],
            logit_bias=banned,  # type: ignore[arg-type]
        )
        for chunk in stream:
            piece = chunk.choices[0].text if chunk.choices else ""
            if not piece:
                continue
            first_token_s = first_token_s or time.perf_counter() - begun
            piece = piece if text else piece.lstrip()
            text += piece
            generated += 1
            if on_text is not None and piece:
                on_text(piece)
        act = Act(user, intent, tuple(shared), text.strip())
        return Generation(act, len(ids), generated, first_token_s, time.perf_counter() - begun)

    def _choose(self, prompt: str, choices: dict[str, int]) -> str:
        """The server's choice among special tokens: one token, all others biased away."""
        text, _ = self._one(prompt, list(choices.values()))
        if not text:
            text = self._unshown(prompt, {name: number for name, number in choices.items() if len(name) > SHOWN})
        if text not in choices:
            raise StudentError(
                f"The server at {self._base_url} does not speak the student's vocabulary (it said '{text[:40]}'): "
                "serve a student exported by training.export, and check student.model."
            )
        return str(text)

    def _one(self, prompt: str, numbers: list[int], logprobs: int | None = None) -> tuple[str, float | None]:
        """One token out of some: its text, and its log-probability among all tokens where asked for and given."""
        answer: Any = self._client.completions.create(
            model=self._model,
            prompt=prompt,
            max_tokens=1,
            temperature=0,
            logprobs=logprobs,
            logit_bias={str(number): ONLY for number in numbers},  # type: ignore[misc]
            extra_body={"skip_special_tokens": False},
        )
        choice = answer.choices[0]
        given = choice.logprobs.token_logprobs if choice.logprobs else None
        return choice.text.strip(), given[0] if given else None

    def _unshown(self, prompt: str, choices: dict[str, int]) -> str:
        """Which of the long tokens the server has chosen, which came as no text: of several the likeliest."""
        if len(choices) < 2:
            return next(iter(choices), "")
        scores = {name: self._one(prompt, [number], logprobs=1)[1] for name, number in choices.items()}
        known = {name: score for name, score in scores.items() if score is not None}
        if len(known) < len(choices):
            raise StudentError(
                f"The server at {self._base_url} shows long tokens as nothing and gives no logprobs to tell them "
                "apart: start llama.cpp's server with --logits_all true."
            )
        return max(known, key=known.__getitem__)

    def close(self) -> None:
        self._client.close()
