"""What a person talks to: the assistant's turn, sessions, log, command line and platforms."""

import os

__version__ = "0.8.1"

# Retrieval multiplies small matrices, and the threads that OpenBLAS wakes for it go on spinning while the student reads
# its prompt: replies took a third longer than the student alone. Has to be set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
