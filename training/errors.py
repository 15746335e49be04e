"""What can go wrong in training, as it is told: one sentence that names the setting to change, exit status 2."""

import sys
from collections.abc import Callable


class TrainingError(Exception):
    """A run cannot start or go on. The message is a sentence that says what to change; finished work is kept."""


def guarded(main: Callable[[], None]) -> None:
    """Run a script's main; errors raised on purpose end it with their sentence and status 2."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # reading a small model needs none
    try:
        main()
    except TrainingError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to go on.", file=sys.stderr)
        raise SystemExit(130) from None
