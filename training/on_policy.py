"""Replies that the student makes up itself, for the teacher to judge (GKD, Agarwal et al., 2024).

A model that only ever saw good beginnings does not know what to do after a bad one of its own. So in a share of the
steps the student continues prompts of the packed data by sampling, and the teacher's distributions after every one of
its tokens are what it learns from.
"""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from training.packing import FULL


def reply_starts(tokens: np.ndarray, weights: np.ndarray, say: int, eos: int) -> list[int]:
    """Where the wizard's texts begin in a sequence.

    A reply is a run of fully weighted tokens that ends with ``eos``; its text begins behind the last ``say`` of the
    run, or at the run's start where there is none.

    Args:
        tokens: [time] ids.
        weights: [time] weights in sixteenths.
        say: Id of the token before a text.
        eos: Id of the token that ends a turn.
    """
    out = []
    for end in np.flatnonzero((tokens == eos) & (weights >= FULL)):
        begin = int(end)
        while begin > 0 and weights[begin - 1] >= FULL and tokens[begin - 1] != eos:
            begin -= 1
        said = np.flatnonzero(tokens[begin:end] == say)
        start = begin + int(said[-1]) + 1 if len(said) else begin
        if 0 < start < end:
            out.append(start)
    return out


@torch.no_grad()
def sample(
    model: Any, prompts: Sequence[Sequence[int]], longest: int, temperature: float, eos: int, generator: torch.Generator
) -> list[list[int]]:
    """Continue prompts by sampling.

    Args:
        model: A Hugging Face causal model.
        prompts: Token ids, each at least one.
        longest: Most new tokens.
        temperature: Of the sampling.
        eos: Id that ends a reply; it is the last token of one that ended by itself.
        generator: Source of chance, on the model's device.

    Returns:
        The new tokens of every prompt.
    """
    device = next(model.parameters()).device
    width = max(len(p) for p in prompts)
    ids = torch.full((len(prompts), width), eos, dtype=torch.long)
    mask = torch.zeros((len(prompts), width), dtype=torch.long)
    for row, prompt in enumerate(prompts):  # on the right side, so that all go on at the same place
        ids[row, width - len(prompt) :] = torch.as_tensor(prompt)
        mask[row, width - len(prompt) :] = 1
    ids, mask = ids.to(device), mask.to(device)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    # Older releases call the cache by another name; it is filled in place.
    name = "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"
    memory = {name: DynamicCache(config=model.config)}
    done = torch.zeros(len(prompts), dtype=torch.bool, device=device)
    said: list[Tensor] = []
    was_training = model.training
    model.eval()
    try:
        for _ in range(longest):
            output = model(
                input_ids=ids,
                attention_mask=mask,
                position_ids=positions,
                use_cache=True,
                logits_to_keep=1,
                **memory,
            )
            probs = (output.logits[:, -1].float() / temperature).softmax(-1)
            ids = torch.multinomial(probs, 1, generator=generator)
            said.append(torch.where(done, -1, ids[:, 0]))
            done |= ids[:, 0] == eos
            if bool(done.all()):
                break
            mask = torch.cat([mask, torch.ones_like(ids)], 1)
            positions = positions[:, -1:] + 1
    finally:
        model.train(was_training)
    table = torch.stack(said, 1).cpu()
    return [[token for token in row if token >= 0] for row in table.tolist()]
