"""How a job keeps out of the cooks' way: which cores it takes, and its place in the queue for them."""

import contextlib
import os
from pathlib import Path

NICE = 10  # a tenth of what a cook gets where both want the processor; at 19 a busy machine would never be done
_AUTOGROUP = Path("/proc/self/autogroup")


def spare_cores() -> int:
    """Cores that a job may keep busy: all that this process may use but one, which stays the cooks'; at least one."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on macOS
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, cores - 1)


def step_back() -> None:
    """Give this process a low priority.

    Linux shares the processor between sessions first, and by niceness only within one; a job that leads a session of
    its own therefore lowers that as a whole, too (``man 7 sched``, the autogroup feature).
    """
    if not hasattr(os, "nice"):
        return
    os.nice(max(0, NICE - os.nice(0)))
    if os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):  # not Linux, or without that feature
            _AUTOGROUP.write_text(str(NICE))
