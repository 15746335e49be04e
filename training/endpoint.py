"""An OpenAI-compatible endpoint as a teacher: one request, one answer, every failure named.

Any server that speaks OpenAI's chat completions will do: a provider's, vLLM's, llama.cpp's. Which model answers is a
setting (``teacher.model``); none is built in. **Read the provider's terms first**: some, OpenAI's among them, forbid
using answers to train models that compete with theirs; open-weight models on a server of your own mostly allow it.

What an endpoint does not understand (``json_schema``, ``max_tokens``, ``temperature``, ``stream_options``) is found out
from its first refusal and left out from then on. Answers are streamed; a stream that ends before the model did is a
failure, not an answer. A key never appears in a message.
"""

import asyncio
import email.utils
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import openai

# How a form is asked for, the strictest first: OpenAI's way, llama.cpp's, any JSON, no more than words.
FORMATS = ("json_schema", "json_object with schema", "json_object", "text")
CHARS_PER_TOKEN = 3.0  # fewer than English has with the vocabularies in use: an estimate on the dear side
MAX_TOP_LOGPROBS = 20  # what OpenAI's interface allows


class TeacherError(Exception):
    """The teacher cannot be used as it is set. The message is a sentence that names what to change."""


class NoLogprobs(TeacherError):
    """The endpoint does not give the probabilities that were asked for."""


class Failure(Exception):
    """A request failed in a way that may pass.

    Attributes:
        why: "429", "500" …, "timeout", "cut off" or "unreachable".
        retry_after_s: How long the server asks to be left alone, in seconds; 0 where it does not say.
        billed: Whether the answer may have been paid for all the same.
    """

    def __init__(self, why: str, retry_after_s: float = 0.0, billed: bool = False) -> None:
        super().__init__(why)
        self.why, self.retry_after_s, self.billed = why, retry_after_s, billed


class Refusal(Exception):
    """The endpoint will not answer this request, however often it is asked; the message is the server's own."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a teacher.

    Attributes:
        messages: Chat messages, each with ``role`` and ``content``.
        temperature: Of sampling.
        max_tokens: Longest answer, in tokens.
        top_logprobs: How many alternatives per token to ask for (0: none, at most 20).
        schema: JSON schema that the answer should follow, or None for plain text.
        echo: Whether nothing is to be answered: of the two messages, the second is read as what follows the first, and
            told is how likely each of its tokens was (completions with ``echo``, not chat).
    """

    messages: tuple[dict[str, str], ...]
    temperature: float = 0.7
    max_tokens: int = 1024
    top_logprobs: int = 0
    schema: dict[str, Any] | None = field(default=None, hash=False)
    echo: bool = False

    def key(self, model: str) -> str:
        """Hash of everything that decides the answer: 32 hexadecimal digits."""
        parts = [model, self.messages, self.temperature, self.max_tokens, self.top_logprobs, self.schema]
        text = json.dumps(parts + ["echo"] * self.echo, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    @property
    def chars(self) -> int:
        """Characters that the model will read."""
        return sum(len(m["content"]) + 8 for m in self.messages) + (len(json.dumps(self.schema)) if self.schema else 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a teacher said.

    Attributes:
        text: The answer.
        finish: Why it ended: "stop", or "length" where ``max_tokens`` cut it.
        prompt_tokens, completion_tokens: As billed; estimated where the endpoint does not say.
        model: The model as the endpoint names it.
        logprobs: Per token of the answer, as the endpoint gives it: ``token``, ``bytes`` (or None), ``logprob`` and
            ``top``, a list of (token, bytes or None, logprob). None where none were asked for.
    """

    text: str
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    logprobs: list[dict[str, Any]] | None = None


class Endpoint:
    """One endpoint, asked from one event loop.

    Args:
        base_url: Of its API, mostly ending in ``/v1``.
        model: Name of the model there.
        api_key: Its key; may be empty for a server of one's own.
        timeout_s: Longest wait for a whole answer, in seconds.

    Raises:
        TeacherError: A setting is missing.
    """

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout_s: float = 120.0) -> None:
        if not base_url.startswith(("http://", "https://")):
            raise TeacherError(
                "Say where the teacher is: set teacher.base_url to an OpenAI-compatible endpoint, for example "
                "http://127.0.0.1:8000/v1."
            )
        if not model:
            raise TeacherError("Say which model is the teacher: set teacher.model to a name that the endpoint knows.")
        self.base_url, self.model, self.timeout_s = base_url, model, timeout_s
        self._key = api_key
        self._client = openai.AsyncOpenAI(
            base_url=base_url, api_key=api_key or "none", timeout=timeout_s, max_retries=0
        )
        self._format = 0
        self._dropped: set[str] = set()
        self._tokens_per_char = 1 / CHARS_PER_TOKEN

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    @property
    def format(self) -> str:
        """How the answer's form is asked for now: one of ``FORMATS``."""
        return FORMATS[self._format]

    def estimate(self, request: Request) -> int:
        """Tokens that a request will be read as, on the dear side; learns from what the endpoint counted."""
        return int(request.chars * self._tokens_per_char) + 8

    async def ask(self, request: Request) -> Answer:
        """Ask once.

        Raises:
            Failure: It may go better another time.
            Refusal: It will not.
            TeacherError: A setting is wrong: key, address, model, or no logprobs where some were asked for.
        """
        while True:
            form, dropped = self._format, set(self._dropped)
            try:
                async with asyncio.timeout(self.timeout_s):
                    answer = await (
                        self._score(request) if request.echo else self._stream(request, FORMATS[form], dropped)
                    )
                break
            except openai.APIStatusError as error:
                if request.echo and _says_no_echo(error):
                    raise self._no_scores() from None
                if not self._adapt(error, form, dropped, request):
                    raise self._explained(error) from None
            except (TimeoutError, openai.APITimeoutError):
                raise Failure("timeout", billed=True) from None
            except openai.APIConnectionError as error:
                raise _broken(error.__cause__) from None
            except (openai.APIError, json.JSONDecodeError):  # an error, or no JSON, inside the stream
                raise Failure("cut off", billed=True) from None
            except Exception as error:
                if not type(error).__module__.startswith(("httpx", "httpcore")):  # whichever of them openai brings
                    raise
                raise _broken(error) from None
        silent = not any(entry["top"] for entry in answer.logprobs or ())
        if request.top_logprobs and not request.echo and answer.text and silent:
            raise NoLogprobs(
                f"The teacher at {self.base_url} gives no top_logprobs: ask without them, or name an endpoint that "
                "does in teacher.base_url (llama.cpp's server needs --logits_all true)."
            )
        return answer

    async def _stream(self, request: Request, form: str, dropped: set[str]) -> Answer:
        options: dict[str, Any] = {
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream_options": {"include_usage": True},
        }
        if "max_tokens" in dropped:
            options["max_completion_tokens"] = request.max_tokens
        if request.top_logprobs:
            options |= {"logprobs": True, "top_logprobs": request.top_logprobs}
        if request.schema is not None and form == "json_schema":
            schema = {"name": "answer", "strict": True, "schema": request.schema}
            options["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.schema is not None and form != "text":
            more = {"schema": request.schema} if form != "json_object" else {}
            options["response_format"] = {"type": "json_object"} | more
        stream: Any = await self._client.chat.completions.create(
            model=self.model,
            messages=list(request.messages),  # type: ignore[arg-type]
            stream=True,
            **{name: value for name, value in options.items() if name not in dropped},
        )
        parts: list[str] = []
        tokens: list[dict[str, Any]] = []
        finish, model, usage, chunks = "", self.model, None, 0
        async with stream:
            async for chunk in stream:
                model, usage = chunk.model or model, chunk.usage or usage
                for choice in chunk.choices[:1]:
                    piece = choice.delta.content if choice.delta else None
                    if piece:
                        parts.append(piece)
                        chunks += 1
                    tokens += _logprobs(choice.logprobs)
                    finish = choice.finish_reason or finish
        if not finish:
            raise Failure("cut off", billed=True)
        if usage:
            self._tokens_per_char = max(self._tokens_per_char, usage.prompt_tokens / max(1, request.chars))
        return Answer(
            "".join(parts),
            finish,
            usage.prompt_tokens if usage else self.estimate(request),
            usage.completion_tokens if usage else chunks,
            model,
            tokens if request.top_logprobs else None,
        )

    async def _score(self, request: Request) -> Answer:
        before, text = (message["content"] for message in request.messages)
        found: Any = await self._client.completions.create(
            model=self.model,
            prompt=f"{before} {text}",
            echo=True,
            max_tokens=request.max_tokens,  # not 0: some read that as "no limit"
            temperature=request.temperature,
            logprobs=request.top_logprobs,
        )
        choice, usage = found.choices[0], found.usage
        said = choice.logprobs
        if said is None or not said.top_logprobs or len(said.tokens or ()) < 2 or before[:16] not in choice.text:
            raise self._no_scores()
        return Answer(
            text,
            "stop",
            usage.prompt_tokens if usage else self.estimate(request),
            usage.completion_tokens if usage else 1,
            found.model or self.model,
            scored(before, text, said.tokens, said.token_logprobs, said.top_logprobs),
        )

    def _no_scores(self) -> NoLogprobs:
        return NoLogprobs(
            f"The teacher at {self.base_url} does not tell how likely a given text is (completions with echo and "
            "logprobs): let it answer itself with --learn own, or name an endpoint that does in teacher.base_url."
        )

    def _adapt(self, error: openai.APIStatusError, form: int, dropped: set[str], request: Request) -> bool:
        """Whether the refusal names an option that can be left out; leaves it out from now on."""
        if error.status_code not in (400, 422, 500, 501):
            return False
        said = str(error.body or error.message).lower()
        for name in ("stream_options", "max_tokens", "temperature"):
            about = f"'{name}'" in said or f'"{name}"' in said or f"{name} is" in said
            if about and name not in dropped and any(w in said for w in ("support", "extra", "unknown", "unrecogni")):
                self._dropped.add(name)
                return True
        if request.schema is not None and FORMATS[form] != "text" and ("response_format" in said or "schema" in said):
            self._format = max(self._format, form + 1)  # others may have found out meanwhile
            return True
        return False

    def _explained(self, error: openai.APIStatusError) -> Exception:
        """The exception that an HTTP status means."""
        status, where = error.status_code, f"The teacher at {self.base_url}"
        said = self.redacted(str(error.message))[:200]
        if status in (401, 403):
            return TeacherError(f"{where} refuses the key: check teacher.api_key.")
        if status == 402 or getattr(error, "code", None) == "insufficient_quota":
            return TeacherError(f"{where} says that the account is used up: pay there, or change teacher.api_key.")
        if status == 404:
            return TeacherError(f"{where} knows no model '{self.model}': check teacher.model and teacher.base_url.")
        if status in (408, 409, 425, 429) or status >= 500:
            return Failure(str(status), retry_after(error.response.headers))
        return Refusal(said)

    def redacted(self, text: str) -> str:
        """A server's words without the key, which some repeat."""
        return text.replace(self._key, "…") if self._key else text


def _broken(cause: BaseException | None) -> Failure:
    """The failure behind an exception of the HTTP library."""
    name = type(cause).__name__
    if name == "ConnectError":
        return Failure("unreachable")
    return Failure("timeout" if "Timeout" in name else "cut off", billed=True)


def retry_after(headers: Any, now: float | None = None) -> float:
    """Seconds in ``Retry-After`` (a number or a date) or ``retry-after-ms``; 0 without or where it makes no sense."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        value = headers.get("retry-after", "")
        if value.replace(".", "", 1).isdigit():
            return float(value)
        moment = email.utils.parsedate_to_datetime(value).timestamp()
        return max(0.0, moment - (time.time() if now is None else now))
    except (TypeError, ValueError):
        return 0.0


def _says_no_echo(error: openai.APIStatusError) -> bool:
    """Whether an endpoint's refusal means that it cannot score a text, now or ever."""
    said = str(error.body or error.message).lower()
    named = any(word in said for word in ("echo", "logprobs", "completions"))
    return error.status_code in (404, 405, 501) or (error.status_code in (400, 422) and named)


def scored(
    before: str,
    text: str,
    tokens: Sequence[str],
    logs: Sequence[float | None],
    tops: Sequence[Mapping[str, float] | None],
) -> list[dict[str, Any]] | None:
    """The tokens of a text that was read behind another, in the form of ``Answer.logprobs``.

    Args:
        before: What was read first.
        text: What was read behind it and a space.
        tokens: Of all that was read, and perhaps of what was added to it.
        logs: Their log-probabilities; None for the first.
        tops: Log-probabilities of likely tokens in their places; None for the first.

    Returns:
        The text's tokens, the first perhaps with the space; None where no token begins where the text does.
    """
    read = "".join(tokens)  # may begin with a space of the tokenizer's
    whole = read.find(f"{before} {text}")
    start = whole + len(before) if whole >= 0 else read.rfind(f" {text}")
    if start < 0:
        return None
    out: list[dict[str, Any]] = []
    place = 0
    for token, log, top in zip(tokens, logs, tops, strict=False):
        if start <= place <= start + len(text) and token and log is not None:
            others = [[other, None, value] for other, value in (top or {}).items()]
            out.append({"token": token, "bytes": None, "logprob": log, "top": others})
        place += len(token)
    spelt = "".join(entry["token"] for entry in out)
    return out if spelt.startswith((text, f" {text}")) else None


def _logprobs(found: Any) -> list[dict[str, Any]]:
    """A chunk's token distributions, as they are kept."""
    return [
        {
            "token": entry.token,
            "bytes": entry.bytes,
            "logprob": entry.logprob,
            "top": [[other.token, other.bytes, other.logprob] for other in entry.top_logprobs or ()],
        }
        for entry in (found.content if found is not None and found.content else ())
    ]
