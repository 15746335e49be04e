"""Libraries' threads leave the processor to the student."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_matrices_are_multiplied_by_one_thread_and_a_cook_may_say_otherwise() -> None:
    look = "import bot, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    for said, found in ((None, "1"), ("3", "3")):
        environment = {k: v for k, v in os.environ.items() if k != "OPENBLAS_NUM_THREADS"}
        environment |= {"OPENBLAS_NUM_THREADS": said} if said else {}
        done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == found, done.stderr
