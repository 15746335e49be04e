"""Boosted trees over named features, evaluated with numpy; scikit-learn fits them (``training/judge.py``)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.judge import JudgeError

Floats = NDArray[np.float32]
Ints = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Forest:
    """T trees with at most N nodes each, whose leaves are added up into a log odds.

    Attributes:
        names: The F features, by name.
        feature: (T, N) int16, the feature that a node asks; -1 at a leaf.
        threshold: (T, N) float32; a value up to it goes left.
        left, right: (T, N) int16, the nodes that follow.
        value: (T, N) float32, what a leaf adds.
        base: What all start with.
    """

    names: tuple[str, ...]
    feature: Ints
    threshold: Floats
    left: Ints
    right: Ints
    value: Floats
    base: float

    def log_odds(self, rows: Floats) -> Floats:
        """(rows, F) → (rows,) log odds."""
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(rows), len(self.feature)), dtype=np.int64)
        here = np.arange(len(rows))[:, None]
        while True:
            asked = self.feature[trees, node]
            if not (inner := asked >= 0).any():
                break
            goes_left = rows[here, np.maximum(asked, 0)] <= self.threshold[trees, node]
            node = np.where(inner, np.where(goes_left, self.left[trees, node], self.right[trees, node]), node)
        result: Floats = (self.value[trees, node].sum(axis=1) + self.base).astype(np.float32)
        return result

    def arrays(self, prefix: str) -> dict[str, NDArray[np.generic]]:
        """What :meth:`read` reads."""
        return {
            f"{prefix}.names": np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8),
            f"{prefix}.feature": self.feature,
            f"{prefix}.threshold": self.threshold,
            f"{prefix}.left": self.left,
            f"{prefix}.right": self.right,
            f"{prefix}.value": self.value.astype(np.float32),
            f"{prefix}.base": np.array([self.base], dtype=np.float32),
        }

    @classmethod
    def read(cls, data: "np.lib.npyio.NpzFile", prefix: str, names: tuple[str, ...]) -> "Forest":
        """From an open npz file.

        Raises:
            JudgeError: It was fitted on other features than ``names``.
        """
        known = tuple(bytes(data[f"{prefix}.names"]).decode().split("\n"))
        if known != names:
            raise JudgeError("The judge's weights do not fit its code; reinstall souschef or run training.judge again.")
        feature, threshold, left, right, value = (
            data[f"{prefix}.{k}"] for k in ("feature", "threshold", "left", "right", "value")
        )
        return cls(known, feature, threshold, left, right, value, float(data[f"{prefix}.base"][0]))
