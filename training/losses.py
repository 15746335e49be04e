"""Losses of distillation: ground truth and teacher together, a chunk of positions at a time.

The joint loss of a position is ``(1 − α)·CE + α·τ²·D(teacher, student)``, both distributions at temperature τ (Hinton,
Vinyals and Dean, 2015); D is one of

- ``forward``: KL(teacher ‖ student), which covers everything that the teacher might say;
- ``reverse``: KL(student ‖ teacher), which seeks the teacher's modes (MiniLLM, Gu et al., 2024);
- ``jsd``: the generalised Jensen–Shannon divergence β·KL(t ‖ m) + (1 − β)·KL(s ‖ m), m = β·t + (1 − β)·s (GKD, Agarwal
  et al., 2024); β → 0 behaves as forward, β → 1 as reverse.

A teacher's distribution is dense (over the vocabulary) or sparse: its k most likely tokens, and the missing tail as one
bucket. With the bucket the divergence is a true one between coarser distributions (never above the dense one), and the
student stays free in how it spreads its tail.

:func:`joint_loss` never holds logits of all positions: it projects the hidden states of one chunk, computes loss and
gradient in closed form, adds the gradient to those of hidden states and head, and forgets the chunk. :func:`plain_loss`
is the same by the book, and what the tests hold the fast form to.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional

Divergence = Literal["forward", "reverse", "jsd"]
FLOOR = -60.0  # log-probability of what a teacher rules out: e^-60 times it still is a number
CHUNK_LOGITS = 1 << 20  # logits of one chunk: 4 MB in float32, which stays near the processor
CHUNK_LOGITS_GPU = 1 << 26


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised.

    Attributes:
        alpha: Share of the teacher, 0 (ground truth alone) to 1 (teacher alone).
        temperature: τ of both distributions.
        divergence: See the module.
        beta: Of ``jsd``, between 0 and 1.
    """

    alpha: float = 0.5
    temperature: float = 1.0
    divergence: Divergence = "forward"
    beta: float = 0.5


@dataclass(frozen=True, slots=True)
class Sparse:
    """The likeliest tokens of a teacher at the objective's temperature.

    Attributes:
        ids: [positions, k] int64; -1 where a position has fewer tokens.
        logs: [positions, k] float32 log-probabilities.
        tail: [positions] float32 log-probability of all other tokens together.
    """

    ids: Tensor
    logs: Tensor
    tail: Tensor

    def __getitem__(self, rows: slice) -> "Sparse":
        return Sparse(self.ids[rows], self.logs[rows], self.tail[rows])


# Gives the teacher's distribution at positions begin … end: dense log-probabilities [end - begin, vocabulary] in
# float32 at the objective's temperature, which the caller may overwrite, or sparse ones.
TeacherRows = Callable[[int, int], "Tensor | Sparse"]


def divergence(log_p: Tensor, log_q: Tensor, objective: Objective) -> Tensor:
    """D between a student's and a teacher's distribution, by the book.

    Args:
        log_p: [positions, categories] log-probabilities of the student.
        log_q: The same of the teacher.
        objective: Says which D; its temperature is not applied here.

    Returns:
        [positions] nats.
    """
    p, q = log_p.exp(), log_q.exp()
    if objective.divergence == "forward":
        return (q * (log_q - log_p)).sum(-1)
    if objective.divergence == "reverse":
        return (p * (log_p - log_q)).sum(-1)
    log_m = torch.logaddexp(log_q + math.log(objective.beta), log_p + math.log(1 - objective.beta))
    return objective.beta * (q * (log_q - log_m)).sum(-1) + (1 - objective.beta) * (p * (log_p - log_m)).sum(-1)


def bucketed(log_p: Tensor, log_q: Sparse) -> tuple[Tensor, Tensor]:
    """Both distributions over the teacher's k tokens and one bucket for the rest.

    Args:
        log_p: [positions, vocabulary] log-probabilities of the student.
        log_q: The teacher's.

    Returns:
        Two tensors [positions, k + 1]; a missing token has the probability e^-60 in both.
    """
    missing = log_q.ids < 0
    index = log_q.ids.clamp(min=0)
    inside = torch.zeros_like(log_p, dtype=torch.bool).scatter_add(1, index, ~missing)
    tail = log_p.masked_fill(inside, -math.inf).logsumexp(-1, keepdim=True)
    top = log_p.gather(1, index).masked_fill(missing, FLOOR)
    wanted = torch.cat([log_q.logs.masked_fill(missing, FLOOR), log_q.tail[:, None]], 1)
    return torch.cat([top, tail.clamp(min=FLOOR)], 1), wanted.clamp(min=FLOOR)


def plain_loss(
    logits: Tensor,
    targets: Tensor,
    weights: Tensor,
    known: int,
    teacher: "Tensor | Sparse | None",
    objective: Objective,
    denominator: float | Tensor,
) -> Tensor:
    """The joint loss by the book; arguments as in :func:`joint_loss`, with logits [positions, vocabulary] instead of
    hidden states, and the teacher of the first ``known`` positions at once.
    """
    ce = functional.cross_entropy(logits, targets, reduction="none")
    total = (ce[known:] * weights[known:]).sum()
    if teacher is not None and known:
        log_p = (logits[:known] / objective.temperature).log_softmax(-1)
        pair = bucketed(log_p, teacher) if isinstance(teacher, Sparse) else (log_p, teacher)
        d = objective.temperature**2 * divergence(*pair, objective)
        total = total + (weights[:known] * ((1 - objective.alpha) * ce[:known] + objective.alpha * d)).sum()
    return total / denominator


def joint_loss(
    hidden: Tensor,
    head: Tensor,
    targets: Tensor,
    weights: Tensor,
    known: int,
    teacher: TeacherRows | None,
    objective: Objective,
    denominator: Tensor,
    chunk: int = 0,
) -> tuple[Tensor, Tensor, Tensor]:
    """Sum of the positions' losses by weight, over ``denominator``.

    Args:
        hidden: [positions, width] last hidden states of the student, the positions that a teacher judges first.
        head: [vocabulary, width] output matrix.
        targets: [positions] ids of the tokens that really follow.
        weights: [positions] weight of each position.
        known: How many positions, from the first, have a teacher; the others learn from the ground truth alone.
        teacher: Gives the teacher's distributions of those.
        objective: What is minimised.
        denominator: Scalar, mostly the sum of weights (over all processes).
        chunk: Positions at a time; 0 for as many as fit the processor's cache.

    Returns:
        The loss (a scalar with gradient), cross-entropy [positions] and divergence [positions] in nats, without
        gradient (0 where there is no teacher, or where it does not count).
    """
    known = known if teacher is not None and objective.alpha > 0 else 0
    ask = _Ask(known, teacher, objective, denominator, chunk or chunk_of(head.shape[0], hidden.device))
    loss, ce, d = _Joint.apply(hidden, head, targets, weights, ask)
    return loss, ce, d


def chunk_of(vocabulary: int, device: torch.device) -> int:
    """How many positions' logits a chunk holds."""
    return max(16, (CHUNK_LOGITS if device.type == "cpu" else CHUNK_LOGITS_GPU) // vocabulary)


@dataclass(frozen=True, slots=True)
class _Ask:
    """What of :func:`joint_loss`'s arguments needs no gradient."""

    known: int
    teacher: TeacherRows | None
    objective: Objective
    denominator: Tensor
    chunk: int


class _Joint(torch.autograd.Function):
    """Loss and gradients in one sweep over chunks; backward only scales what forward has found."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, head: Tensor, targets: Tensor, weights: Tensor, ask: _Ask
    ) -> tuple[Tensor, Tensor, Tensor]:
        known, teacher, objective = ask.known, ask.teacher, ask.objective
        device = hidden.device.type
        dtype = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else hidden.dtype
        count = hidden.shape[0]
        ce = torch.zeros(count, device=hidden.device)
        d = torch.zeros(count, device=hidden.device)
        wants_hidden, wants_head = ctx.needs_input_grad[:2]
        grad_hidden = torch.empty_like(hidden) if wants_hidden else None
        grad_head = torch.zeros_like(head, dtype=torch.float32) if wants_head else None
        scale = weights.float() / ask.denominator
        with torch.autocast(device, enabled=False):
            states, matrix = hidden.to(dtype), head.to(dtype)
            edges = [*range(0, known, ask.chunk), *range(known, count, ask.chunk), count]
            for begin, end in pairwise(edges):
                z = (states[begin:end] @ matrix.T).float()
                judged = teacher(begin, end) if teacher is not None and begin < known else None
                g = _chunk(z, targets[begin:end], judged, objective, ce[begin:end], d[begin:end])
                if not (wants_hidden or wants_head):
                    continue
                g = g.mul_(scale[begin:end, None]).to(dtype)
                if grad_hidden is not None:
                    grad_hidden[begin:end] = g @ matrix
                if grad_head is not None:
                    grad_head += g.T @ states[begin:end]
        mixed = ce.clone()
        mixed[:known] = (1 - objective.alpha) * ce[:known] + objective.alpha * objective.temperature**2 * d[:known]
        ctx.save_for_backward(grad_hidden, grad_head)
        ctx.head_dtype = head.dtype
        ctx.mark_non_differentiable(ce, d)
        return (scale * mixed).sum(), ce, d

    @staticmethod
    def backward(ctx: Any, grad: Tensor, *_: Any) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        grad_hidden, grad_head = ctx.saved_tensors
        by_hidden = None if grad_hidden is None else grad_hidden * grad
        by_head = None if grad_head is None else (grad_head * grad).to(ctx.head_dtype)
        return by_hidden, by_head, None, None, None


def _chunk(
    z: Tensor, targets: Tensor, teacher: "Tensor | Sparse | None", objective: Objective, ce: Tensor, d: Tensor
) -> Tensor:
    """Fill in cross-entropy and divergence of a chunk; returns the gradient [positions, vocabulary] of their mixture
    with respect to the logits ``z``, which are overwritten.
    """
    if teacher is None:
        return _cross_entropy(z, targets, ce)
    alpha, tau = objective.alpha, objective.temperature
    log_p = (z if tau == 1 else z / tau).log_softmax(-1)
    if alpha == 1 or tau == 1:  # one softmax serves both
        source = log_p if tau == 1 else z.log_softmax(-1)
        ce.copy_(source.gather(1, targets[:, None])[:, 0].neg_())
    of_teacher: Any = _sparse if isinstance(teacher, Sparse) else _dense
    if tau == 1:
        p = log_p.exp() if alpha < 1 else None
        g = of_teacher(log_p, teacher, objective, d)
        if p is None:
            return g
        p.scatter_add_(1, targets[:, None], p.new_full((len(p), 1), -1.0))
        return g.mul_(alpha).add_(p, alpha=1 - alpha)
    g = of_teacher(log_p, teacher, objective, d).mul_(alpha * tau)
    return g if alpha == 1 else g.add_(_cross_entropy(z, targets, ce), alpha=1 - alpha)


def _cross_entropy(z: Tensor, targets: Tensor, ce: Tensor) -> Tensor:
    """Fills in the cross-entropy; its gradient."""
    log_p = z.log_softmax(-1)
    ce.copy_(log_p.gather(1, targets[:, None])[:, 0].neg_())
    return log_p.exp_().scatter_add_(1, targets[:, None], log_p.new_full((len(z), 1), -1.0))


def _dense(log_p: Tensor, log_q: Tensor, objective: Objective, d: Tensor) -> Tensor:
    """Fills in D over all categories; its gradient with respect to the student's (tempered) logits.

    Both arguments may be overwritten.
    """
    if objective.divergence == "forward":
        p, q = log_p.exp(), log_q.exp()
        d.copy_((log_q.sub_(log_p).mul_(q)).sum(-1))
        return p.sub_(q)
    if objective.divergence == "reverse":
        p = log_p.exp()
        gap = log_p.sub_(log_q)
        d.copy_((p * gap).sum(-1))
        return gap.sub_(d[:, None]).mul_(p)
    beta = objective.beta
    log_m = torch.logaddexp(log_q + math.log(beta), log_p + math.log(1 - beta))
    p = log_p.exp()
    gap = log_p.sub_(log_m)
    own = (p * gap).sum(-1)
    d.copy_(beta * (log_q.exp() * log_q.sub_(log_m)).sum(-1) + (1 - beta) * own)
    return gap.sub_(own[:, None]).mul_(p).mul_(1 - beta)


def _sparse(log_p: Tensor, teacher: Sparse, objective: Objective, d: Tensor) -> Tensor:
    """The same over the teacher's tokens and the tail.

    A tail token's share of the bucket's gradient is its share of the bucket's probability, as the bucket's logit is the
    log-sum-exp of its tokens'.
    """
    rows, vocabulary = log_p.shape
    missing = teacher.ids < 0
    top = log_p.gather(1, teacher.ids.clamp(min=0)).masked_fill_(missing, FLOOR)
    flat = (torch.arange(rows, device=log_p.device)[:, None] * vocabulary + teacher.ids)[~missing]
    p = log_p.exp_()
    p.view(-1).index_fill_(0, flat, 0.0)
    tail = p.sum(-1, keepdim=True).clamp_(min=math.exp(FLOOR))
    log_top = torch.cat([top, tail.log()], 1)
    log_q = torch.cat([teacher.logs.masked_fill(missing, FLOOR), teacher.tail[:, None]], 1).clamp_(min=FLOOR)
    g = _dense(log_top, log_q, objective, d)
    p.mul_(g[:, -1:] / tail)
    p.view(-1).index_copy_(0, flat, g[:, :-1][~missing])
    return p
