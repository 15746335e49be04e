"""The trend of the scores as a picture. Imports matplotlib, so it is imported only to draw one."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.errors import InputError
from bot.scores import SCORES, STATES, Scored

_HOUR, _DAY, _WEEK = 3600.0, 86400.0, 7 * 86400.0
_SPANS = ((2 * _DAY, _HOUR, "hour"), (90 * _DAY, _DAY, "day"), (float("inf"), _WEEK, "week"))
_COLOURS = {"context_relevance": "#0072b2", "groundedness": "#d55e00", "answer_relevance": "#009e73"}
_GREYS = {"scored": "#4c78a8", "not applicable": "#bab0ac", "failed": "#e45756", "waiting": "#eeca3b"}


def plot(replies: Sequence[Scored], path: Path) -> None:
    """Draw means of the scores over time, with the middle half of the replies, and below how many replies there were.

    Args:
        replies: In any order.
        path: A file whose ending matplotlib knows (.png, .svg, .pdf).

    Raises:
        InputError: There is nothing to draw, or the file cannot be written.
    """
    if not any(reply.lowest is not None for reply in replies):
        raise InputError("There are no scored replies to draw.")
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy as np

    times = [reply.at for reply in replies]
    length, name = next((step, word) for limit, step, word in _SPANS if max(times) - min(times) <= limit)
    buckets: dict[float, list[Scored]] = {}
    for reply in replies:
        buckets.setdefault(reply.at // length * length, []).append(reply)
    places = sorted(buckets)
    middle = [datetime.fromtimestamp(place + length / 2) for place in places]

    figure, (upper, lower) = plt.subplots(
        2, 1, figsize=(10, 6), sharex=True, height_ratios=(3, 1), layout="constrained"
    )
    for score in SCORES:
        values = [[v for r in buckets[p] if (v := getattr(r, score)) is not None] for p in places]
        drawn = [(x, v) for x, v in zip(middle, values, strict=True) if v]
        if not drawn:
            continue
        xs = [x for x, _ in drawn]
        mean = [float(np.mean(v)) for _, v in drawn]
        low, high = ([float(np.percentile(v, q)) for _, v in drawn] for q in (25, 75))
        label = f"{score.replace('_', ' ')} ({np.mean([v for _, vs in drawn for v in vs]):.2f})"
        upper.fill_between(xs, low, high, color=_COLOURS[score], alpha=0.15, linewidth=0)
        upper.plot(xs, mean, color=_COLOURS[score], marker="o", markersize=4, label=label)
    upper.set(ylim=(-0.02, 1.02), ylabel="mean score, and the middle half", title=f"Scores of replies, by {name}")
    upper.legend(loc="lower left", frameon=False)
    upper.grid(alpha=0.3)
    bottom = np.zeros(len(places))
    for state in STATES:
        counts = np.array([sum(reply.state == state for reply in buckets[place]) for place in places])
        if counts.any():
            width = length * 0.8 / _DAY
            lower.bar(middle, counts, width=width, bottom=bottom, color=_GREYS[state], label=state)  # type: ignore[arg-type]
            bottom += counts
    down = [(x, sum(reply.thumb < 0 for reply in buckets[place])) for x, place in zip(middle, places, strict=True)]
    if down := [(x, count) for x, count in down if count]:
        lower.plot([x for x, _ in down], [n for _, n in down], "kv", markersize=5, label="thumbs down")  # type: ignore[arg-type]
    lower.set(ylabel=f"replies per {name}", ylim=(0, max(map(len, buckets.values())) * 1.45))  # room for the legend
    lower.legend(loc="upper left", frameon=False, fontsize="small", ncols=5)
    figure.autofmt_xdate()
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot write the picture {path}: {error}.") from error
    finally:
        plt.close(figure)
