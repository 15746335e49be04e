"""The reranker: a small gradient-boosted forest over the features of ``retrieval.features``.

``training/rerank.py`` trains it with a listwise softmax loss; here it is a JSON file of trees, evaluated with numpy.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetrievalError

WEIGHTS = Path(__file__).parent / "weights" / "rerank.json"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees stored side by side, all nodes in one row per tree.

    Attributes:
        names: Features that the trees look at, by name.
        feature: (trees, nodes) int16, −1 at a leaf.
        threshold: (trees, nodes) float32; at most this goes left.
        left, right: (trees, nodes) int16, node numbers; a leaf leads to itself.
        value: (trees, nodes) float32, what a leaf adds to the score.
        depth: Longest way to a leaf.
    """

    names: tuple[str, ...]
    feature: NDArray[np.int16]
    threshold: Floats
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: Floats
    depth: int

    def scores(self, table: Floats, names: tuple[str, ...]) -> Floats:
        """Score rows.

        Args:
            table: (rows, features) float32.
            names: Names of its columns; those that the forest does not know are left out.

        Returns:
            (rows,) float32; differences between rows of one question are log odds.

        Raises:
            RetrievalError: A feature that the forest needs is missing.
        """
        order = _columns(self.names, names)
        x = table[:, order]
        trees = np.arange(len(self.feature))[None, :]
        rows = np.arange(len(x))[:, None]
        node = np.zeros((len(x), len(self.feature)), dtype=np.int64)
        for _ in range(self.depth):
            feature = self.feature[trees, node]
            goes_left = x[rows, np.maximum(feature, 0)] <= self.threshold[trees, node]
            node = np.where(goes_left, self.left[trees, node], self.right[trees, node])
        total: Floats = self.value[trees, node].sum(axis=1)
        return total

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Forest":
        """Read a forest.

        Raises:
            RetrievalError: The file is missing or damaged.
        """
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            trees, size = data["trees"], max(len(t["value"]) for t in data["trees"])

            def grid(key: str, kind: type) -> NDArray[np.generic]:
                out = np.zeros((len(trees), size), dtype=kind)
                for i, tree in enumerate(trees):
                    out[i, : len(tree[key])] = tree[key]
                return out

            return cls(
                tuple(data["features"]), grid("feature", np.int16), grid("threshold", np.float32), grid("left", np.int16),  # type: ignore[arg-type]
                grid("right", np.int16), grid("value", np.float32), int(data["depth"]),  # type: ignore[arg-type]
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RetrievalError(
                f"The reranker {path.name} cannot be read ({error}); reinstall souschef or train it again."
            ) from error


@lru_cache(maxsize=8)
def _columns(wanted: tuple[str, ...], given: tuple[str, ...]) -> tuple[int, ...]:
    at = {name: i for i, name in enumerate(given)}
    missing = [name for name in wanted if name not in at]
    if missing:
        raise RetrievalError(
            f"The reranker needs features that this version does not make ({', '.join(missing[:3])}); train it again."
        )
    return tuple(at[name] for name in wanted)


def probabilities(scores: Floats) -> Floats:
    """Softmax: how likely each row is to be the one wanted, among these."""
    if not len(scores):
        return scores
    exp = np.exp(scores - scores.max())
    result: Floats = exp / exp.sum()
    return result
