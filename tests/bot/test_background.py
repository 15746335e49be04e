"""A job steps behind whatever else runs, with all of its session, and leaves a core alone."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.background import NICE, spare_cores


def autogroup() -> str:
    """The niceness of this session as a whole; "none" where sessions have none (the file is absent, or empty)."""
    group = Path("/proc/self/autogroup")
    said = group.read_text().split() if group.exists() else []
    return said[-1] if said else "none"


LOOK = f"""
import os
from pathlib import Path
from bot.background import step_back
{inspect.getsource(autogroup)}
before = autogroup()
step_back()
step_back()  # a job that is taken up in the same process: nothing to add
print(os.nice(0), before, autogroup())
"""


@pytest.mark.skipif(not hasattr(os, "nice"), reason="this system knows no niceness")
@pytest.mark.parametrize("leads", [True, False])
def test_a_job_is_the_last_in_the_queue_and_so_is_its_session(leads: bool) -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=root, start_new_session=leads, capture_output=True, text=True, check=True
    )
    nice, before, after = done.stdout.split()
    assert int(nice) == NICE
    if before == "none":  # not Linux, or this session is no group
        assert after == "none"
    else:
        assert after == (str(NICE) if leads else before)  # a session that is not its own is left alone


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process to cores")
def test_one_core_stays_the_cooks() -> None:
    before = os.sched_getaffinity(0)
    assert spare_cores() == max(1, len(before) - 1)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert spare_cores() == 1
    finally:
        os.sched_setaffinity(0, before)
