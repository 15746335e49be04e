"""The reranker: a few small neural networks over the features of ``retrieval.features``, averaged.

``training/rerank.py`` trains them with a listwise softmax loss; here they are a file of weights, evaluated with numpy
in well under a millisecond.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import RetrievalError

WEIGHTS = Path(__file__).parent / "weights" / "rerank.npz"
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Reranker:
    """M networks of two hidden layers side by side.

    Attributes:
        names: The F features, by name.
        mean, spread: (F,) what is taken off and divided by.
        layers: Three (weight, bias) pairs: (M, F, H) and (M, H); (M, H, G) and (M, G); (M, G, 1) and (M, 1).
    """

    names: tuple[str, ...]
    mean: Floats
    spread: Floats
    layers: tuple[tuple[Floats, Floats], ...]

    def scores(self, table: Floats, names: tuple[str, ...]) -> Floats:
        """Score rows.

        Args:
            table: (rows, columns) float32.
            names: Names of the columns; those that the networks do not know are left out.

        Returns:
            (rows,) float32; differences between rows of one question are log odds.

        Raises:
            RetrievalError: A feature that is needed is missing.
        """
        x = table[:, _columns(self.names, names)]
        x = np.clip((x - self.mean) / self.spread, -5, 5)[None]
        for number, (weight, bias) in enumerate(self.layers):
            x = x @ weight + bias[:, None, :]
            if number < len(self.layers) - 1:
                np.maximum(x, 0, out=x)
        result: Floats = x[..., 0].mean(axis=0)
        return result

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> "Reranker":
        """Read the weights.

        Raises:
            RetrievalError: The file is missing or damaged.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                layers = tuple((data[f"w{i}"].astype(np.float32), data[f"b{i}"].astype(np.float32)) for i in range(3))
                names = tuple(bytes(data["names"]).decode().split("\n"))
                return cls(names, data["mean"].astype(np.float32), data["spread"].astype(np.float32), layers)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise RetrievalError(
                f"The reranker {path.name} cannot be read ({error}); reinstall souschef or train it again."
            ) from error

    def save(self, path: Path) -> None:
        """Write the weights as float16."""
        parts = {
            f"{k}{i}": v.astype(np.float16)
            for i, pair in enumerate(self.layers)
            for k, v in zip("wb", pair, strict=True)
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        names = np.frombuffer("\n".join(self.names).encode(), dtype=np.uint8)
        np.savez_compressed(path, names=names, mean=self.mean, spread=self.spread, **parts)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def _columns(wanted: tuple[str, ...], given: tuple[str, ...]) -> list[int]:
    at = {name: i for i, name in enumerate(given)}
    missing = [name for name in wanted if name not in at]
    if missing:
        raise RetrievalError(
            f"The reranker needs features that this version does not make ({', '.join(missing[:3])}); train it again."
        )
    return [at[name] for name in wanted]
