"""The gate lets in what is better beyond noise and worse on nothing that is guarded, and nothing else."""

import numpy as np
import pytest

from training.frozen import Case, Measured, cookbook_cases
from training.gate import bootstrap, decide


def cases(count: int) -> list[Case]:
    return [Case(f"c{i}", "cookbook", f"d{i}", "hello", None) for i in range(count)]


def measured(score: float, step: bool | None = None, unsupported: bool = False, unsafe: bool = False, s: float = 0.2):  # type: ignore[no-untyped-def]
    return Measured(score, step, unsupported, unsafe, s, {"intent": "misc", "shared": [], "text": ""})


def judged(old: list[Measured], new: list[Measured]):  # type: ignore[no-untyped-def]
    some = cases(len(old))
    return decide(some, {case.id: pair for case, pair in zip(some, zip(old, new, strict=True), strict=True)})


def test_better_beyond_noise_is_let_in() -> None:
    decision = judged([measured(0.3)] * 30 + [measured(0.9)] * 10, [measured(0.7)] * 30 + [measured(0.9)] * 10)
    assert decision.promote
    assert decision.reason.startswith("Better beyond noise (0.450 to 0.750 over 40 turns)")


def test_what_may_be_luck_is_not() -> None:
    rng = np.random.default_rng(0)
    old = [measured(float(v)) for v in rng.uniform(0, 1, 40)]
    new = [measured(float(v)) for v in rng.uniform(0, 1, 40)]
    decision = judged(old, new)
    assert not decision.promote
    assert "not better beyond noise" in decision.reason


@pytest.mark.parametrize(
    ("worse", "sentence"),
    [
        ({"unsupported": True}, "more that stands on no page"),
        ({"step": False}, "finds the next step less often"),
        ({"unsafe": True}, "gives unsafe replies"),
        ({"s": 0.5}, "slower"),
    ],
)
def test_better_but_worse_on_a_guarded_measure_is_refused(worse: dict[str, object], sentence: str) -> None:
    old = [measured(0.3, step=True)] * 40
    new = [measured(0.9, **({"step": True} | worse))] * 40  # type: ignore[arg-type]
    decision = judged(old, new)
    assert not decision.promote
    assert sentence in decision.reason
    assert "noise" not in decision.reason


def test_one_unsafe_reply_is_enough() -> None:
    decision = judged([measured(0.3)] * 40, [measured(0.9)] * 39 + [measured(0.9, unsafe=True)])
    assert not decision.promote


def test_the_bootstrap_is_the_normal_interval_where_that_holds() -> None:
    rng = np.random.default_rng(1)
    old = rng.normal(0, 1, 400)
    new = old + rng.normal(0.2, 0.5, 400)
    difference, low, high = bootstrap(old, new, 0, lambda a, b: b.mean(1) - a.mean(1))
    half = 1.96 * (new - old).std() / 20
    assert difference == pytest.approx((new - old).mean())
    assert (low, high) == pytest.approx((difference - half, difference + half), abs=0.01)


def test_the_frozen_set_is_always_the_same_and_held_back() -> None:
    from training.cookbook import split_of

    first = cookbook_cases(50)
    assert [case.id for case in cookbook_cases(50)] == [case.id for case in first]
    assert {case.id for case in cookbook_cases(40)} < {case.id for case in first}
    assert {split_of(case.recipe.url.removeprefix("cookbook:")) for case in first if case.recipe} == {"validation"}
