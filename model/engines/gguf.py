"""The default engine: a GGUF file through ctransformers, in process, on the CPU."""

import ctypes
import os
import time
from pathlib import Path

import numpy as np

from model.engines.local import LocalStudent
from model.prompt import CONTEXT
from model.student import StudentError

BATCH = 256
PROMPT = 48  # tokens that are worth more than one thread
PROBE_EVERY = 16  # prompts


class Pace:
    """How many threads read a prompt fastest, as measured.

    Threads wait for each other by spinning, at every matrix. On a machine of its own two threads read twice as fast as
    one; where another program takes a core they read at half the speed of one, and say a token in a third of a second
    instead of a millisecond. So tokens are said with one thread, and prompts read with what was faster of late; now and
    then the other is tried.

    Args:
        most: The number of threads beside one.
    """

    def __init__(self, most: int) -> None:
        self._rates = dict.fromkeys((most, 1), float("inf"))  # tokens per second, by threads
        self._prompts = 0

    def threads(self) -> int:
        """For the next prompt."""
        self._prompts += 1
        order = sorted(self._rates, key=lambda threads: self._rates[threads], reverse=True)
        return order[-1 if self._prompts % PROBE_EVERY == 0 else 0]

    def note(self, threads: int, tokens: int, seconds: float) -> None:
        """A prompt was read."""
        rate, before = tokens / max(seconds, 1e-9), self._rates[threads]
        self._rates[threads] = rate if before == float("inf") else 0.5 * (rate + before)


class GgufModel:
    """A GGUF file as a ``TokenModel``. ctransformers keeps what was evaluated; a shared prefix is not
    evaluated twice.

    Args:
        path: The file.
        threads: CPU threads; 0 says tokens with one, and reads prompts with one or with the machine's cores (at most
            four), whichever is faster (:class:`Pace`).
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        if not path.is_file():
            raise StudentError(
                f"The student's model file is missing: {path}. Reinstall souschef or choose another student."
            )
        from ctransformers.llm import LLM, Config

        self.threads = threads or min(4, os.cpu_count() or 1)
        self._pace = None if threads or self.threads == 1 else Pace(self.threads)
        config = Config(context_length=CONTEXT, threads=threads or 1, batch_size=BATCH)
        try:
            self._llm = LLM(str(path), "llama", config=config)
        except (RuntimeError, OSError, ValueError) as error:
            raise StudentError(
                f"The student's model file cannot be read: {path} ({error}). It may be damaged."
            ) from error
        self._llm.eval([1])
        size = self._llm.ctransformers_llm_logits_size()
        pointer = ctypes.cast(self._llm.ctransformers_llm_logits_data(), ctypes.POINTER(ctypes.c_float))
        self._size = size
        del pointer

    def _logits(self) -> np.ndarray:
        pointer = ctypes.cast(self._llm.ctransformers_llm_logits_data(), ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(pointer, (self._size,))

    def start(self, ids: list[int]) -> np.ndarray:
        rest = self._llm.prepare_inputs_for_generation(ids, reset=True)
        self._eval(rest)
        return self._logits()

    def push(self, token: int) -> np.ndarray:
        self._eval([token])
        return self._logits()

    def _eval(self, ids: list[int]) -> None:
        if len(self._llm._context) + len(ids) > CONTEXT:
            raise StudentError(f"The prompt is longer than the student's context of {CONTEXT} tokens.")
        try:
            if self._pace and len(ids) >= PROMPT:
                threads, begun = self._pace.threads(), time.perf_counter()
                self._llm.eval(ids, threads=threads)
                self._pace.note(threads, len(ids), time.perf_counter() - begun)
            else:
                self._llm.eval(ids)
        except RuntimeError as error:
            raise StudentError(f"The student failed while answering ({error}).") from error


class GgufStudent(LocalStudent):
    """A student served from ``student.gguf``."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        super().__init__(folder, GgufModel(folder / "student.gguf", threads))
