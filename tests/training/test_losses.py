"""The chunked losses are the plain ones, values and gradients, and TRL's."""

from itertools import product

import pytest
import torch
from torch import Tensor

from training.losses import Objective, Sparse, TeacherRows, bucketed, divergence, joint_loss, plain_loss

POSITIONS, WIDTH, VOCABULARY, K, KNOWN = 37, 12, 50, 6, 23
KINDS = ("forward", "reverse", "jsd")


@pytest.fixture
def state() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(hidden, head, targets, weights)."""
    torch.manual_seed(3)
    hidden = torch.randn(POSITIONS, WIDTH, requires_grad=True)
    head = torch.randn(VOCABULARY, WIDTH, requires_grad=True)
    return hidden, head, torch.randint(0, VOCABULARY, (POSITIONS,)), torch.rand(POSITIONS)


def dense(temperature: float) -> Tensor:
    return (2 * torch.randn(KNOWN, VOCABULARY) / temperature).log_softmax(-1)


def sparse(log_q: Tensor, k: int = K) -> Sparse:
    """The k likeliest; every third position lacks the last two of them."""
    top = log_q.topk(k, -1)
    ids = top.indices.clone()
    if k > 2:
        ids[::3, -2:] = -1
    listed = torch.where(ids >= 0, top.values.exp(), 0).sum(-1)
    return Sparse(ids, top.values, (1 - listed).log())


def rows(teacher: Tensor | Sparse) -> TeacherRows:
    return lambda begin, end: teacher[slice(begin, end)] if isinstance(teacher, Sparse) else teacher[begin:end].clone()


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_fast_is_plain(state: tuple[Tensor, ...], kind: str, temperature: float, form: str) -> None:
    hidden, head, targets, weights = state
    log_q = dense(temperature)
    teacher = sparse(log_q) if form == "sparse" else log_q
    for alpha in (0.0, 0.4, 1.0):
        objective = Objective(alpha, temperature, kind, 0.3)  # type: ignore[arg-type]
        total = weights.sum()
        known = KNOWN if alpha else 0
        wanted = plain_loss(hidden @ head.T, targets, weights, known, teacher, objective, total)
        for chunk in (7, 0):
            fast, _, _ = joint_loss(hidden, head, targets, weights, KNOWN, rows(teacher), objective, total, chunk)
            torch.testing.assert_close(fast, wanted, rtol=1e-5, atol=1e-5)
            ours, plain = (torch.autograd.grad(loss, (hidden, head), retain_graph=True) for loss in (fast, wanted))
            for a, b in zip(ours, plain, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


def test_cross_entropy_and_divergence_are_reported_by_position(state: tuple[Tensor, ...]) -> None:
    hidden, head, targets, weights = state
    log_q = dense(2.0)
    _, ce, d = joint_loss(hidden, head, targets, weights, KNOWN, rows(log_q), Objective(0.5, 2.0), weights.sum(), 8)
    logits = (hidden @ head.T).detach()
    torch.testing.assert_close(ce, torch.nn.functional.cross_entropy(logits, targets, reduction="none"))
    torch.testing.assert_close(d[:KNOWN], divergence((logits[:KNOWN] / 2).log_softmax(-1), log_q, Objective()))
    assert not d[KNOWN:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_bucket_never_overstates_and_all_tokens_are_exact(kind: str) -> None:
    """Merging categories cannot raise a divergence; with k close to the vocabulary nothing is merged."""
    torch.manual_seed(0)
    log_p, log_q = torch.randn(9, VOCABULARY).log_softmax(-1), torch.randn(9, VOCABULARY).log_softmax(-1)
    objective = Objective(1.0, 1.0, kind, 0.3)  # type: ignore[arg-type]
    whole = divergence(log_p, log_q, objective)
    top = log_q.topk(VOCABULARY - 1, -1)
    nearly = Sparse(top.indices, top.values, log_q.min(-1).values)
    torch.testing.assert_close(divergence(*bucketed(log_p, nearly), objective), whole, rtol=1e-4, atol=1e-5)
    few = log_q.topk(4, -1)
    bucket = Sparse(few.indices, few.values, (1 - few.values.exp().sum(-1)).log())
    assert bool((divergence(*bucketed(log_p, bucket), objective) <= whole + 1e-6).all())


def test_a_process_without_positions_has_no_gradient_but_a_loss(state: tuple[Tensor, ...]) -> None:
    hidden, head, targets, weights = state
    loss, _, _ = joint_loss(hidden[:0], head, targets[:0], weights[:0], 0, None, Objective(), torch.ones(()))
    (gradient,) = torch.autograd.grad(loss, head)
    assert float(loss.detach()) == 0
    assert not gradient.any()


def test_the_divergences_are_trls(monkeypatch: pytest.MonkeyPatch) -> None:
    """GKDTrainer's loss over logits, and DistillationTrainer's over hidden states, on the same numbers."""
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")  # it warns that its interfaces may change
    from trl.experimental.gkd import GKDTrainer
    from trl.trainer.distillation_trainer import _chunked_divergence_loss

    torch.manual_seed(1)
    hidden, head = torch.randn(2, 9, WIDTH, requires_grad=True), torch.randn(VOCABULARY, WIDTH, requires_grad=True)
    teacher_hidden, teacher_head = torch.randn(2, 9, 2 * WIDTH), torch.randn(VOCABULARY, 2 * WIDTH) / 2
    mask = torch.rand(2, 9) > 0.4
    flat, count = mask.reshape(-1), int(mask.sum())
    labels = torch.where(mask, 1, -100)
    for (kind, beta), temperature in product((("forward", 0.0), ("reverse", 1.0), ("jsd", 0.3)), (1.0, 2.0)):
        log_q = (teacher_hidden @ teacher_head.T / temperature).log_softmax(-1).reshape(-1, VOCABULARY)[flat]
        objective = Objective(1.0, temperature, kind, beta or 0.5)  # type: ignore[arg-type]
        ours, _, _ = joint_loss(
            hidden.reshape(-1, WIDTH)[flat], head, torch.zeros(count, dtype=torch.long), torch.ones(count), count,
            rows(log_q), objective, torch.tensor(float(count)), 4,
        )  # fmt: skip
        ours = ours / temperature**2  # TRL leaves Hinton's factor out
        gkd = GKDTrainer.generalized_jsd_loss(
            hidden @ head.T, teacher_hidden @ teacher_head.T, labels, beta, temperature
        )
        chunked, _, _ = _chunked_divergence_loss(
            hidden, teacher_hidden, head, teacher_head, mask.int(), beta, temperature=temperature
        )
        by_us = torch.autograd.grad(ours, (hidden, head))
        for theirs in (gkd, chunked):
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)
            for a, b in zip(by_us, torch.autograd.grad(theirs, (hidden, head)), strict=True):
                torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)
