"""Batches of a distillation: packed sequences or the student's own replies, each with what its teacher says."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from model.tokenizer import SAY, DialogueTokenizer, wizard_token
from model.vocabulary import WIZARD_INTENTS
from training.distill_settings import Settings
from training.losses import Objective, Sparse, TeacherRows, joint_loss
from training.on_policy import reply_starts, sample
from training.packing import FULL, Packed
from training.teacher_cache import Cache
from training.teachers import Teacher


@dataclass(slots=True)
class Batch:
    """One process's part of a batch. Positions are those that predict a token that counts, the judged ones first.

    Attributes:
        ids: [batch, time] token ids.
        keep: [positions] flat indices into [batch · (time − 1)].
        known: How many positions, from the first, have a teacher.
        targets: [positions] ids of the tokens that follow.
        weights: [positions] their weights.
        sparse: What the cache says of the first ``known``; None where a live teacher is asked.
        own: Whether the student made the replies up itself.
        tokens: Tokens of the whole batch over all processes, padding included.
    """

    ids: Tensor
    keep: Tensor
    known: int
    targets: Tensor
    weights: Tensor
    sparse: Sparse | None
    own: bool
    tokens: int


class Learner(nn.Module):
    """The student and its loss as one module, so that data parallelism sees one forward."""

    def __init__(self, model: Any, objective: Objective) -> None:
        super().__init__()
        self.model, self.objective = model, objective

    def forward(self, batch: Batch, teacher: TeacherRows | None, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See :func:`training.losses.joint_loss`; ``weight`` is its denominator."""
        states = self.model.base_model(input_ids=batch.ids[:, :-1], use_cache=False).last_hidden_state
        states = states.reshape(-1, states.shape[-1])[batch.keep]
        head = self.model.get_output_embeddings().weight
        objective = replace(self.objective, alpha=1.0) if batch.own else self.objective
        return joint_loss(states, head, batch.targets, batch.weights, batch.known, teacher, objective, weight)


class Source:
    """Where batches come from.

    Args:
        settings: Of the run.
        packed: Training data.
        cache: What the teacher said, or None.
        teacher: A teacher that runs along, or None.
        tokenizer: The student's.
        accelerator: Says which part of a batch is this process's.
    """

    def __init__(
        self,
        settings: Settings,
        packed: Packed,
        cache: Cache | None,
        teacher: Teacher | None,
        tokenizer: DialogueTokenizer,
        accelerator: Accelerator,
    ) -> None:
        self.settings, self.packed, self.cache, self.teacher = settings, packed, cache, teacher
        self.tokenizer, self.accelerator = tokenizer, accelerator
        self.device = accelerator.device
        self._sequence = np.repeat(np.arange(len(packed), dtype=np.int32), np.diff(packed.offsets))

    def epoch(self, batch_tokens: int, epoch: int) -> Iterator[np.ndarray]:
        """Batches of one epoch as places [batch, time] in the packed file, -1 for padding."""
        # Batches are cut by lengths and seed alone, so a file of places is cut as the file of tokens is.
        places = Packed(np.arange(self.packed.tokens.size), self.packed.weights, self.packed.offsets)
        for numbers, _ in places.batches(batch_tokens, self.settings.seed + epoch, pad=-1):
            yield numbers

    def prepared(self, places: np.ndarray, step: int, model: Any) -> Batch:
        """This process's part of a batch: its rows, or in a share of the steps the student's replies to them."""
        rank, count = self.accelerator.process_index, self.accelerator.num_processes
        mine = places[rank::count]
        idle = not len(mine)  # fewer rows than processes: another's row, without weight
        if idle:
            mine = places[:1]
        rng = np.random.default_rng((self.settings.seed, step))
        if rng.random() < self.settings.on_policy and not idle:
            own = self._own(mine, np.random.default_rng((self.settings.seed, step, rank)), model, places.size)
            if own is not None:
                return own
        ids = np.where(mine >= 0, self.packed.tokens[mine], self.tokenizer.eos).astype(np.int64)
        weights = np.where(mine >= 0, self.packed.weights[mine], 0)
        if idle:
            weights[:] = 0
        counted = weights[:, 1:].reshape(-1) > 0
        following = mine[:, 1:].reshape(-1)
        if self.cache is not None:
            judged = counted & self.cache.judges(following)
        else:
            judged = counted & (weights[:, 1:].reshape(-1) >= self.settings.from_weight)
        if self.settings.alpha == 0:
            judged[:] = False
        first, sparse = np.flatnonzero(judged), None
        if self.cache is not None:
            sparse, said = self.cache.distributions(following[first])
            if not bool(said.all()):
                judged[first[~said.numpy()]] = False
                first, sparse = np.flatnonzero(judged), Sparse(sparse.ids[said], sparse.logs[said], sparse.tail[said])
        keep = np.concatenate([first, np.flatnonzero(counted & ~judged)])
        return self._batch(ids, weights / FULL, keep, len(first), sparse, False, places.size)

    def _own(self, places: np.ndarray, rng: np.random.Generator, model: Any, tokens: int) -> Batch | None:
        """Replies of the student to one prompt of every row; None where no row has one."""
        prompts = []
        room = (getattr(model.config, "max_position_embeddings", None) or 1 << 30) - self.settings.reply_tokens
        say, eos = self.tokenizer.ids.get(SAY, -1), self.tokenizer.eos
        for row in places:
            row = row[row >= 0]
            said = self.packed.tokens[row].astype(np.int64)
            starts = [s for s in reply_starts(said, self.packed.weights[row], say, eos) if s <= room]
            if starts:
                prompts.append(said[: starts[int(rng.integers(len(starts)))]].tolist())
        if not prompts:
            return None
        generator = torch.Generator(self.device).manual_seed(int(rng.integers(2**62)))
        with self.autocast():
            replies = sample(model, prompts, self.settings.reply_tokens, self.settings.temperature, eos, generator)
        time = max(len(p) + len(r) for p, r in zip(prompts, replies, strict=True))
        ids = np.full((len(prompts), time), eos, np.int64)
        weights = np.zeros((len(prompts), time))
        for row, (prompt, reply) in enumerate(zip(prompts, replies, strict=True)):
            whole = prompt + reply
            ids[row, : len(whole)] = whole
            weights[row, len(prompt) : len(whole)] = 1
        keep = np.flatnonzero(weights[:, 1:].reshape(-1) > 0)
        return self._batch(ids, weights, keep, len(keep), None, True, tokens)

    def _batch(
        self,
        ids: np.ndarray,
        weights: np.ndarray,
        keep: np.ndarray,
        known: int,
        sparse: Sparse | None,
        own: bool,
        tokens: int,
    ) -> Batch:
        device = self.device
        if sparse is not None:
            sparse = Sparse(sparse.ids.to(device), sparse.logs.to(device), sparse.tail.to(device))
        targets = ids[:, 1:].reshape(-1)[keep]
        marks = weights[:, 1:].reshape(-1)[keep].astype(np.float32)
        return Batch(
            torch.from_numpy(ids).to(device), torch.from_numpy(keep).to(device), known,
            torch.from_numpy(targets).to(device), torch.from_numpy(marks).to(device), sparse, own, tokens,
        )  # fmt: skip

    def rows(self, batch: Batch) -> TeacherRows | None:
        """The teacher's distributions of a batch; a live teacher reads it now."""
        sparse, teacher = batch.sparse, self.teacher
        if sparse is not None:
            return lambda begin, end: sparse[begin:end]
        if teacher is None or not batch.known:
            return None
        with self.autocast():
            features = teacher.features(batch.ids[:, :-1], batch.keep[: batch.known])

        def dense(begin: int, end: int) -> Tensor:
            with self.autocast():
                return teacher.log_probs([f[begin:end] for f in features], self.settings.temperature)

        return dense

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.settings.precision == "bf16")


@torch.no_grad()
def evaluate(
    model: Any, tokenizer: DialogueTokenizer, packed: Packed, batch_tokens: int, bf16: bool = True
) -> dict[str, float]:
    """Measure a model on packed data.

    Args:
        model: A causal model.
        tokenizer: Its vocabulary.
        packed: Validation data.
        batch_tokens: Tokens at a time.
        bf16: Whether matrix products are in bf16.

    Returns:
        ``valid``: mean cross-entropy in nats over the fully weighted tokens; ``intents``: how often the wizard's intent
        is the likeliest of all intents.
    """
    head = model.get_output_embeddings().weight
    device = head.device
    names = [wizard_token(intent) for intent in WIZARD_INTENTS]
    intents = torch.tensor([tokenizer.ids[n] for n in names if n in tokenizer.ids], device=device, dtype=torch.long)
    was_training = model.training
    model.eval()
    total, count, right, turns = 0.0, 0, 0, 0
    for ids_, weights_ in packed.batches(batch_tokens, 0):
        ids, weights = torch.from_numpy(ids_).to(device), torch.from_numpy(weights_).to(device)
        targets, marks = ids[:, 1:].reshape(-1), weights[:, 1:].reshape(-1)
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            states = model.base_model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
            states = states.reshape(-1, states.shape[-1])
            keep = ((marks >= 0.999) & (marks <= 1.001)).nonzero()[:, 0]
            nothing, one = torch.zeros(len(keep), device=device), torch.ones((), device=device)
            _, ce, _ = joint_loss(states[keep], head, targets[keep], nothing, 0, None, Objective(0.0), one)
            at = ((marks > 0) & torch.isin(targets, intents)).nonzero()[:, 0]
            chosen = intents[(states[at] @ head[intents].T).argmax(-1)] if len(at) else at
        total, count = total + float(ce.sum()), count + len(keep)
        right, turns = right + int((chosen == targets[at]).sum()), turns + len(at)
    model.train(was_training)
    found = {"valid": round(total / max(1, count), 4)}
    return found | ({"intents": round(right / turns, 4)} if turns else {})


class Measure:
    """Means since the last line of the log."""

    def __init__(self) -> None:
        self._sums = torch.zeros(8, dtype=torch.float64)

    def add(self, batch: Batch, loss: Tensor, ce: Tensor, d: Tensor) -> None:
        """Count a batch in; see :class:`Learner` for the arguments."""
        if batch.own:
            new = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, float(d.sum()), float(len(d))]
        else:
            full = (batch.weights >= 0.999) & (batch.weights <= 1.001)
            sums = [float(ce[full].sum()), float(full.sum()), float(d.sum()), float(batch.known)]
            new = [float(loss.detach()), 1.0, *sums, 0.0, 0.0]
        self._sums += torch.tensor(new, dtype=torch.float64)

    def means(self, accelerator: Accelerator) -> dict[str, float]:
        """``loss``, ``ce`` (fully weighted tokens), ``divergence``, ``divergence_own``: those that were seen."""
        sums = self._sums
        if accelerator.num_processes > 1:
            sums = accelerator.reduce(sums.to(accelerator.device), "sum").cpu()
        values = sums.tolist()
        names = ("loss", "ce", "divergence", "divergence_own")
        return {n: round(values[2 * i] / values[2 * i + 1], 4) for i, n in enumerate(names) if values[2 * i + 1]}
