"""A retraining whose process is killed once in every stage: ``python -m tests.training.dying --job N``.

A stage that takes a while is killed half-way; every other one at the worst moment, when its work is done and not yet
noted. A file in the job's folder says that a stage was killed already, so that the next process gets further.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from training import retrain
from training.retrain_stages import STAGES, Work

HALF_WAY = ("train", "evaluate")


def _die(work: Work, name: str) -> None:
    mark = work.folder / f"killed-{name}"
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _killed_once(name: str, stage: Callable[[Work], dict[str, Any]]) -> Callable[[Work], dict[str, Any]]:
    def run(work: Work) -> dict[str, Any]:
        if name not in HALF_WAY:
            done = stage(work)
            _die(work, name)
            return done
        tell = work.report.progress

        def progress(share: float, **more: Any) -> None:
            tell(share, **more)
            if share >= 0.5:
                _die(work, name)

        work.report.progress = progress  # type: ignore[method-assign]
        return stage(work)

    return run


if __name__ == "__main__":
    for name, (weight, stage) in list(STAGES.items()):
        STAGES[name] = (weight, _killed_once(name, stage))
    sys.exit(retrain.main())
