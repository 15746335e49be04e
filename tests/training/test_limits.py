"""Limits: no minute with too much in it, silence when asked for, and never a penny over the cap."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.limits import WINDOW_S, CapReached, RateLimiter, Spending


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 5), st.sampled_from([0, 300, 1000]), st.lists(st.integers(1, 400), min_size=1, max_size=25),
)  # fmt: skip
def test_no_minute_holds_more_than_it_may(requests: int, tokens: int, sizes: list[int]) -> None:
    time = Time()
    sent: list[tuple[float, int]] = []

    async def ask(limiter: RateLimiter, size: int) -> None:
        await limiter.acquire(size)
        sent.append((time.now, size))
        time.now += 0.7

    async def run() -> None:
        limiter = RateLimiter(requests, tokens, time, time.sleep)
        await asyncio.gather(*(ask(limiter, size) for size in sizes))

    asyncio.run(run())
    assert [size for _, size in sent] == sizes  # in the order asked for
    for moment, _ in sent:
        minute = [size for at, size in sent if moment - WINDOW_S + 1e-6 < at <= moment]
        assert not requests or len(minute) <= requests
        assert not tokens or sum(minute) <= tokens or len(minute) == 1


def test_what_a_request_really_took_makes_room_for_the_next() -> None:
    time = Time()

    async def run() -> float:
        limiter = RateLimiter(0, 1000, time, time.sleep)
        limiter.settle(await limiter.acquire(900), 100)
        await limiter.acquire(800)
        return time.now

    assert asyncio.run(run()) == 1000.0


def test_silence_holds_for_everybody() -> None:
    time = Time()

    async def run() -> list[float]:
        limiter = RateLimiter(clock=time, sleep=time.sleep)
        await limiter.acquire(1)
        limiter.silence(30)
        limiter.silence(5)  # a shorter one does not cut the longer
        moments = []
        for _ in range(2):
            await limiter.acquire(1)
            moments.append(time.now)
        return moments

    assert asyncio.run(run()) == [1030.0, 1030.0]


def test_a_promise_waits_for_room_and_the_cap_is_never_passed() -> None:
    async def run() -> tuple[list[str], float]:
        spending, order = Spending(1.0, 2.0, cap=5.0), list[str]()
        first = await spending.promise(1_000_000, 1_000_000)  # 3 at worst
        second = asyncio.create_task(spending.promise(1_000_000, 1_000_000))
        await asyncio.sleep(0)
        order.append("second waits" if not second.done() else "second did not wait")
        await spending.settle(first, 1_000_000, 100_000)  # came to 1.2
        await spending.settle(await second, 1_000_000, 1_000_000)
        with pytest.raises(CapReached, match=r"cap of 5 is reached .*teacher.spending_cap"):
            await spending.promise(1_000_000, 1_000_000)
        return order, spending.spent

    order, spent = asyncio.run(run())
    assert order == ["second waits"]
    assert spent == pytest.approx(4.2)


def test_without_a_cap_nothing_is_refused() -> None:
    async def run() -> None:
        spending = Spending(5.0, 5.0)
        for _ in range(20):
            await spending.promise(10**9, 10**9)

    asyncio.run(run())
