"""The last step: a logistic regression over features, trees and the encoder, each counted in one direction only."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.judge import JudgeError

Floats = NDArray[np.float32]
# Shares in [0, 1] are stretched near 1, where a single word more or less tells most; counts are dampened.
SHARES = frozenset(
    (
        "share", "content share", "rare share", "soft", "soft rare", "best sentence", "two sentences", "least sentence",
        "least soft sentence",
    )
)  # fmt: skip
COUNTS = frozenset(
    ("novel", "plain novel", "novel opinion", "self", "check numbers", "check foods", "check flips", "novel numbers")
)


def curve(name: str, column: Floats) -> Floats:
    """A feature as the regression takes it; monotonic."""
    if name in SHARES:
        result: Floats = -np.log(1.06 - np.clip(column, 0, 1))
        return result
    return np.log1p(np.maximum(column, 0)) if name in COUNTS else column


@dataclass(frozen=True, slots=True)
class Blend:
    """A logistic regression over named columns.

    Attributes:
        names: The columns.
        mean, spread: (K,) what is taken off and divided by, after :func:`curve`.
        weights: (K,).
        bias: Added.
    """

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    weights: Floats
    bias: float

    def log_odds(self, table: Floats, names: tuple[str, ...]) -> Floats:
        """(rows, columns) with the names of the columns → (rows,) log odds."""
        columns = [names.index(n) for n in self.names]
        x = np.stack([curve(n, table[:, c]) for n, c in zip(self.names, columns, strict=True)], axis=1)
        result: Floats = (np.clip((x - self.mean) / self.spread, -6, 6) @ self.weights + self.bias).astype(np.float32)
        return result

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """What :meth:`read` reads."""
        return {
            f"{prefix}.names": np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            f"{prefix}.table": np.stack([self.mean, self.spread, self.weights]).astype(np.float32),
            f"{prefix}.bias": np.array([self.bias], dtype=np.float32),
        }

    @classmethod
    def read(cls, data: "np.lib.npyio.NpzFile", prefix: str, known: tuple[str, ...]) -> "Blend":
        """From an open npz file.

        Raises:
            JudgeError: It takes a column that is not ``known``.
        """
        names = tuple(bytes(data[f"{prefix}.names"]).decode().split("\n"))
        if not set(names) <= set(known):
            raise JudgeError("The judge's weights do not fit its code; reinstall souschef or run training.judge again.")
        mean, spread, weights = data[f"{prefix}.table"]
        return cls(names, mean, spread, weights, float(data[f"{prefix}.bias"][0]))


def sigmoid(x: Floats) -> Floats:
    """Log odds → probability."""
    result: Floats = (1 / (1 + np.exp(-np.clip(x, -30, 30)))).astype(np.float32)
    return result
