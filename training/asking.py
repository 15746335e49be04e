"""Ask a teacher many things: within its limits, again where a request failed, never again where it was answered."""

import asyncio
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from training.endpoint import Endpoint, Failure, Refusal, Request, TeacherError
from training.journal import Entry, Journal
from training.limits import RateLimiter, Spending

BACKOFF_MAX_S = 60.0


class NoAnswer(Exception):
    """This request got no answer (the message says why); others may."""


@dataclass(slots=True)
class Tally:
    """What asking took.

    Attributes:
        requests: Sent to the endpoint, failed ones included.
        kept: Answers taken from the journal.
        failures: Failed requests by what went wrong.
    """

    requests: int = 0
    kept: int = 0
    failures: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Took:
    """What a run of asking came to, for its report.

    Attributes:
        requests, kept, failures: See :class:`Tally`.
        prompt_tokens, completion_tokens: Paid for, in all runs of the journal.
        cost: Of them.
        form: How the answer's form was asked for in the end.
    """

    requests: int
    kept: int
    failures: Counter[str]
    prompt_tokens: int
    completion_tokens: int
    cost: float
    form: str


class Asker:
    """Asks an endpoint through a journal.

    Args:
        endpoint: Who is asked.
        journal: Where answers are kept.
        limiter: Requests and tokens per minute.
        spending: Money.
        tries: How often a request is sent before it is given up.
        backoff_s: First wait after a failure, in seconds; doubles each time, with some chance in it so that requests
            that failed together do not come back together.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        journal: Journal,
        limiter: RateLimiter,
        spending: Spending,
        tries: int = 6,
        backoff_s: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.endpoint, self.journal, self.limiter, self.spending = endpoint, journal, limiter, spending
        self.tries, self.backoff_s = tries, backoff_s
        self.tally = Tally()
        self._sleep = sleep
        self._rng = random.Random(0)
        self._under_way: dict[str, asyncio.Future[Entry]] = {}
        self._in_a_row, self._answered = 0, False

    def took(self) -> Took:
        """What it came to up to now."""
        tally, journal = self.tally, self.journal
        paid = (journal.prompt_tokens, journal.completion_tokens)
        return Took(tally.requests, tally.kept, tally.failures.copy(), *paid, self.spending.spent, self.endpoint.format)

    async def ask(self, request: Request) -> Entry:
        """The answer, from the journal where it is there.

        Raises:
            NoAnswer: This one was refused, or kept failing.
            TeacherError: Nothing can be asked any more: a wrong setting, the spending cap, a server that is away.
        """
        key = request.key(self.endpoint.model)
        if key in self.journal.answers:
            self.tally.kept += 1
            return self.journal.answers[key]
        if key in self._under_way:  # two turns alike
            return await asyncio.shield(self._under_way[key])
        future: asyncio.Future[Entry] = asyncio.get_running_loop().create_future()
        self._under_way[key] = future
        try:
            entry = await self._ask(key, request)
        except BaseException as error:
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # seen: whoever waits gets it all the same
            else:
                future.cancel()
            raise
        else:
            future.set_result(entry)
            return entry
        finally:
            del self._under_way[key]

    async def _ask(self, key: str, request: Request) -> Entry:
        for attempt in range(self.tries):
            try:
                entry = await self._once(key, request)
            except Failure as failure:
                self.tally.failures[failure.why] += 1
                why = failure.why
                never = why == "unreachable" and not self._answered and attempt >= 2  # a wrong address shows at once
                if attempt + 1 == self.tries or never:
                    break
                wait = min(BACKOFF_MAX_S, self.backoff_s * 2**attempt) * (0.5 + self._rng.random())
                if failure.retry_after_s:
                    self.limiter.silence(failure.retry_after_s)  # for everybody: the limit is the account's
                    wait = max(wait, failure.retry_after_s)
                await self._sleep(wait)
            except Refusal as refusal:
                self.tally.failures["refused"] += 1
                self._lost(f"it refuses the requests ({refusal})", "teacher.model")
                raise NoAnswer("refused by the endpoint") from refusal
            else:
                self._in_a_row, self._answered = 0, True
                return entry
        if why == "unreachable":
            raise TeacherError(
                f"The teacher at {self.endpoint.base_url} cannot be reached: check teacher.base_url, then run "
                "it again; nothing is asked twice."
            )
        self._lost(f"it keeps failing ({why})", "teacher.timeout_s" if why == "timeout" else "teacher.base_url")
        raise NoAnswer("no answer from the endpoint")

    def _lost(self, what: str, setting: str) -> None:
        """Count requests given up one after another, and stop where nothing else happens any more."""
        self._in_a_row += 1
        if self._in_a_row >= 5:
            raise TeacherError(
                f"The teacher at {self.endpoint.base_url} cannot be used now, {what}: check {setting}, then run it "
                "again; nothing is asked twice."
            )

    async def _once(self, key: str, request: Request) -> Entry:
        prompt, most = self.endpoint.estimate(request), request.max_tokens
        promised = await self.spending.promise(prompt, most)
        paid = (0, 0)
        try:
            sent = await self.limiter.acquire(prompt + most)
            self.journal.asked(key, prompt, most)
            self.tally.requests += 1
            paid = (prompt, most)  # until we know better
            try:
                answer = await self.endpoint.ask(request)
            except Failure as failure:
                paid = paid if failure.billed else (0, 0)
                self.journal.failed(key, failure.why, failure.billed)
                raise
            except (Refusal, TeacherError):
                paid = (0, 0)
                self.journal.failed(key, "refused", False)
                raise
            paid = (answer.prompt_tokens, answer.completion_tokens)
            self.limiter.settle(sent, sum(paid))
            return self.journal.answered(key, answer, request.temperature)
        finally:
            await self.spending.settle(promised, *paid)


@asynccontextmanager
async def asking(teacher: Any, journal_path: Path, tries: int = 6, backoff_s: float = 1.0) -> AsyncIterator[Asker]:
    """An asker as the settings name it, whose spending goes on from the journal's.

    Args:
        teacher: The settings section of that name.
        journal_path: Where answers are kept.
        tries: See :class:`Asker`.
        backoff_s: See :class:`Asker`.

    Raises:
        TeacherError: A setting is wrong, or the journal cannot be used.
    """
    if teacher.spending_cap and not (teacher.price_in or teacher.price_out):
        raise TeacherError("teacher.spending_cap needs teacher.price_in and teacher.price_out, per million tokens.")
    endpoint = Endpoint(teacher.base_url, teacher.model, teacher.api_key.get_secret_value(), teacher.timeout_s)
    journal = Journal(journal_path)
    try:
        if journal.damaged:
            print(f"{journal.path}: {journal.damaged} damaged lines are skipped and asked again.", file=sys.stderr)
        spending = Spending(teacher.price_in, teacher.price_out, teacher.spending_cap)
        spending.spent = spending.cost(journal.prompt_tokens, journal.completion_tokens)
        limiter = RateLimiter(teacher.requests_per_minute, teacher.tokens_per_minute)
        yield Asker(endpoint, journal, limiter, spending, tries, backoff_s)
    finally:
        journal.close()
        await endpoint.close()


def plan(requests: Iterable[Request], asker: Asker, usual: float) -> list[str]:
    """What a run would ask for, in sentences.

    Args:
        requests: All of them, also those that are answered already.
        asker: Who would ask.
        usual: Share of an answer's greatest length that it is taken to have where no answer is known yet.
    """
    journal, spending = asker.journal, asker.spending
    different = {request.key(asker.endpoint.model): request for request in requests}
    new = [request for key, request in different.items() if key not in journal.answers]
    most = sum(request.max_tokens for request in new)
    likely = most * usual
    if journal.answers:
        likely = min(most, len(new) * journal.completion_tokens / len(journal.answers))
    read = sum(asker.endpoint.estimate(request) for request in new)
    lines = [
        f"{len(new)} requests ({len(different) - len(new)} are answered already).",
        f"Tokens: about {read:,} to read, about {int(likely):,} to write, at most {most:,}.",
    ]
    if spending.price_in or spending.price_out:
        about, worst = spending.cost(read, likely), spending.cost(read, most)
        return [*lines, f"Cost: about {about:.4g}, at most {worst:.4g}, and {spending.spent:.4g} spent before."]
    return [*lines, "Cost: unknown; set teacher.price_in and teacher.price_out, per million tokens."]
