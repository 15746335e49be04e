"""Fits the judge's trees and regressions on measured replies."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.judge.blend import Blend, curve
from model.judge.forest import Forest
from training.judge_data import Case

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
# Columns of the regression for groundedness; a column counts only in this direction (1: the more, the more supported).
GROUNDED = {
    "share": 1, "content share": 1, "rare share": 1, "best sentence": 1, "bigrams": 1, "pairs in order": 1,
    "least sentence": 1, "least soft sentence": 1, "soft": 1, "novel": -1, "plain novel": -1, "longest run": 1,
    "encoder": 1,  # not its word pieces: those it has learned from cooking answers
}  # fmt: skip
RELEVANCE = {"forest": 1, "encoder": 1}
# Columns that tell the data sets apart rather than right from wrong.
IGNORED = ("context words", "context sentences", "words", "content words", "4-grams", "about food")
SHARES = {"begin-wow": 1.0, "begin-cmu": 1.0, "begin-tc": 1.0, "faithdial": 2.0, "q2": 0.5}


def fit_forest(rows: Floats, labels: Labels, names: Sequence[str], trees: int = 120, seed: int = 0) -> Forest:
    """Shallow boosted trees (scikit-learn's) as a :class:`Forest`; right and wrong count the same."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    used = rows.copy()
    used[:, [i for i, n in enumerate(names) if n in IGNORED]] = 0
    model = HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.06, max_leaf_nodes=10, min_samples_leaf=20, l2_regularization=2.0,
        class_weight="balanced", random_state=seed,
    )  # fmt: skip
    return forest_of(model.fit(used, labels), names)


def forest_of(model: Any, names: Sequence[str]) -> Forest:
    """The trees of a fitted scikit-learn model as arrays."""
    trees = [stage[0].nodes for stage in model._predictors]
    shape = (len(trees), max(len(t) for t in trees))
    feature, left, right = np.full(shape, -1, np.int16), np.zeros(shape, np.int16), np.zeros(shape, np.int16)
    threshold, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for i, nodes in enumerate(trees):
        n = len(nodes)
        leaf = nodes["is_leaf"].astype(bool)
        feature[i, :n] = np.where(leaf, -1, nodes["feature_idx"].astype(np.int64))
        threshold[i, :n] = np.where(leaf, 0, np.nan_to_num(nodes["num_threshold"], posinf=3e38))
        left[i, :n], right[i, :n] = np.where(leaf, 0, nodes["left"]), np.where(leaf, 0, nodes["right"])
        value[i, :n] = np.where(leaf, nodes["value"], 0)
    return Forest(tuple(names), feature, threshold, left, right, value, float(np.ravel(model._baseline_prediction)[0]))


def fit_blend(
    table: Floats, labels: Labels, weights: Floats, names: Sequence[str], columns: dict[str, int], penalty: float = 0.01
) -> Blend:
    """Logistic regression whose weights keep their sign, with an L2 penalty (L-BFGS-B)."""
    from scipy.optimize import minimize

    places = [list(names).index(n) for n in columns]
    x = np.stack([curve(n, table[:, c]) for n, c in zip(columns, places, strict=True)], axis=1).astype(np.float64)
    share = weights.astype(np.float64) / weights.sum()
    mean = share @ x
    spread = np.sqrt(share @ (x - mean) ** 2) + 1e-6
    x = np.clip((x - mean) / spread, -6, 6)

    def loss(b: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ b[:-1] + b[-1]
        p = 1 / (1 + np.exp(-z))
        value = float((share * (np.logaddexp(0, z) - labels * z)).sum() + penalty * (b[:-1] ** 2).sum())
        slope = share * (p - labels)
        return value, np.append(x.T @ slope + 2 * penalty * b[:-1], slope.sum())

    bounds = [(0, None) if sign > 0 else (None, 0) for sign in columns.values()]
    best = minimize(loss, np.zeros(len(columns) + 1), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B").x
    parts = (mean.astype(np.float32), spread.astype(np.float32), best[:-1].astype(np.float32))
    return Blend(tuple(columns), *parts, float(best[-1]))


def balanced(cases: Sequence[Case], shares: dict[str, float]) -> Floats:
    """Weights by which sources count as ``shares`` says and, within a source, right as much as wrong."""
    keys = [(c.source, c.label) for c in cases]
    counts = {key: keys.count(key) for key in set(keys)}
    weights = np.array([shares[source] / counts[source, label] for source, label in keys], dtype=np.float32)
    result: Floats = weights * (len(cases) / weights.sum())
    return result


def auc(labels: Sequence[int] | Labels, scores: Sequence[float] | Floats) -> float:
    """Area under the ROC curve; ties count half."""
    y = np.asarray(labels)
    _, place, count = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    good = int(y.sum())
    if not 0 < good < len(y):
        return float("nan")
    return float((rank[y == 1].sum() - good * (good + 1) / 2) / (good * (len(y) - good)))


def best_threshold(
    labels: Sequence[int] | Labels, scores: Floats, weights: Floats | None = None
) -> tuple[float, float]:
    """(threshold, balanced accuracy) of the threshold with the best balanced accuracy: from it on counts as good."""
    y = np.asarray(labels)
    w = np.ones(len(y)) if weights is None else weights.astype(np.float64)
    order = np.argsort(-scores, kind="stable")
    good = np.cumsum((w * (y == 1))[order]) / max(1e-9, float(w[y == 1].sum()))
    bad = np.cumsum((w * (y == 0))[order]) / max(1e-9, float(w[y == 0].sum()))
    last = np.append(np.diff(scores[order]) != 0, True)  # a threshold stands between different scores only
    accuracy = np.where(last, (good + 1 - bad) / 2, 0)
    at = int(accuracy.argmax())
    below = scores[order][at + 1] if at + 1 < len(y) else scores[order][at] - 1e-3
    return float((scores[order][at] + below) / 2), float(accuracy[at])


def balanced_accuracy(labels: Sequence[int] | Labels, scores: Floats, threshold: float) -> tuple[float, float]:
    """(balanced accuracy, false-alarm rate: share of good ones below the threshold)."""
    y = np.asarray(labels)
    good, bad = float((scores[y == 1] >= threshold).mean()), float((scores[y == 0] < threshold).mean())
    return (good + bad) / 2, 1 - good
