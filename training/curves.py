"""Curves of a run: TensorBoard while it goes, a PNG when it is done."""

from pathlib import Path
from typing import Any


class Board:
    """TensorBoard's files in a folder. Nothing is written where ``folder`` is None (all processes but the first)."""

    def __init__(self, folder: Path | None, purge_step: int) -> None:
        self._writer: Any = None
        if folder is not None:
            from torch.utils.tensorboard import SummaryWriter

            # What a broken run wrote past its checkpoint is forgotten, as it comes again.
            self._writer = SummaryWriter(str(folder), purge_step=purge_step or None)  # type: ignore[no-untyped-call]

    def add(self, row: dict[str, float]) -> None:
        """The numbers of a step."""
        if self._writer is not None:
            for name, value in row.items():
                if name != "step":
                    self._writer.add_scalar(name, value, int(row["step"]))
            self._writer.flush()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


def plot_curves(curve: list[dict[str, float]], path: Path, title: str) -> None:
    """Losses above, learning rate and speed below."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (losses, pace) = pyplot.subplots(2, 1, figsize=(8, 6), height_ratios=(3, 1), sharex=True)
    shown = {
        "loss": ("joint loss", "0.65"),
        "ce": ("cross-entropy, training", "tab:blue"),
        "divergence": ("divergence from the teacher", "tab:orange"),
        "divergence_own": ("divergence on the student's own replies", "tab:red"),
        "valid": ("cross-entropy, validation", "tab:green"),
    }
    for name, (label, color) in shown.items():
        points = [(row["step"], row[name]) for row in curve if name in row]
        if points:
            marker = "o" if name == "valid" or len(points) < 3 else None
            losses.plot(*zip(*points, strict=True), label=label, color=color, marker=marker, markersize=3)
    losses.set_ylabel("nats per token")
    losses.set_title(title, fontsize=10)
    losses.legend(frameon=False, fontsize=8)
    steps = [row["step"] for row in curve]
    pace.plot(steps, [row["factor"] for row in curve], color="tab:purple")
    pace.set_ylabel("learning rate,\nfactor", color="tab:purple", fontsize=8)
    speed = pace.twinx()
    speed.plot(steps, [row["tokens_per_s"] / 1000 for row in curve], color="0.5")
    speed.set_ylabel("thousand\ntokens/s", color="0.4", fontsize=8)
    for axes in (pace, speed):
        axes.set_ylim(bottom=0)
    pace.set_xlabel("step")
    pace.xaxis.get_major_locator().set_params(integer=True)
    for axes in (losses, pace, speed):
        axes.spines[["top"]].set_visible(False)
    losses.spines[["right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
