"""Training as if the weights were rounded to 8 bits already, so that the exported model loses less.

Weights of linear layers are rounded per output (symmetric), their inputs per tensor over the range that occurs, and
embedding tables per tensor: what ``onnxruntime.quantization.quantize_dynamic`` does (:mod:`training.to_onnx`). The
gradient passes through the rounding (straight-through estimator; Jacob et al., 2018).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

_TINY = 1e-12


class _PerOutput(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        scale = weight.detach().abs().amax(1, keepdim=True).clamp_min(_TINY) / 127
        return weight + ((weight / scale).round() * scale - weight).detach()


class _PerTensor(nn.Module):
    def forward(self, weight: torch.Tensor) -> torch.Tensor:
        scale = weight.detach().abs().amax().clamp_min(_TINY) / 127
        return weight + ((weight / scale).round() * scale - weight).detach()


def rounded_input(x: torch.Tensor) -> torch.Tensor:
    """Any shape, rounded to 256 values over its own range, which holds 0."""
    with torch.no_grad():
        low, high = x.amin().float().clamp_max(0.0), x.amax().float().clamp_min(0.0)
        scale = ((high - low) / 255).clamp_min(_TINY)
        zero = (-low / scale).round()
        rounding = (((x.float() / scale).round() + zero).clamp(0, 255) - zero) * scale - x.float()
    return x + rounding.to(x.dtype)


@contextmanager
def fake_int8(net: nn.Module) -> Iterator[None]:
    """Within this, a net computes as its export will; what is learned stays in its weights."""
    modules: list[nn.Module] = [m for m in net.modules() if isinstance(m, nn.Linear | nn.Embedding)]
    hooks = []
    for module in modules:
        linear = isinstance(module, nn.Linear)
        parametrize.register_parametrization(module, "weight", _PerOutput() if linear else _PerTensor())
        if linear:
            hooks.append(module.register_forward_pre_hook(_round_first))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for module in modules:
            parametrize.remove_parametrizations(module, "weight", leave_parametrized=False)


def _round_first(_: nn.Module, given: tuple[Any, ...]) -> tuple[Any, ...]:
    return (rounded_input(given[0]), *given[1:])
