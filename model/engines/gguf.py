"""The default engine: a GGUF file through ctransformers, in process, on the CPU."""

import ctypes
import os
from pathlib import Path

import numpy as np

from model.engines.local import LocalStudent
from model.prompt import CONTEXT
from model.student import StudentError

BATCH = 256


class GgufModel:
    """A GGUF file as a ``TokenModel``. ctransformers keeps what was evaluated; a shared prefix is not
    evaluated twice.
    """

    def __init__(self, path: Path, threads: int = 0) -> None:
        if not path.is_file():
            raise StudentError(
                f"The student's model file is missing: {path}. Reinstall souschef or choose another student."
            )
        from ctransformers.llm import LLM, Config

        self.threads = threads or min(4, os.cpu_count() or 1)
        config = Config(context_length=CONTEXT, threads=self.threads, batch_size=BATCH)
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
            self._llm.eval(ids)
        except RuntimeError as error:
            raise StudentError(f"The student failed while answering ({error}).") from error


class GgufStudent(LocalStudent):
    """A student served from ``student.gguf``."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        super().__init__(folder, GgufModel(folder / "student.gguf", threads))
