"""The optional faster engine: the same GGUF file through llama-cpp-python (``pip install llama-cpp-python``)."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from model.engines.local import LocalStudent
from model.prompt import CONTEXT
from model.student import StudentError


class LlamaCppModel:
    """A GGUF file as a ``TokenModel`` through llama-cpp-python."""

    def __init__(self, path: Path, threads: int = 0) -> None:
        try:
            from llama_cpp import Llama
        except ImportError as error:
            raise StudentError("The llama-cpp engine needs its package: pip install llama-cpp-python.") from error
        if not path.is_file():
            raise StudentError(
                f"The student's model file is missing: {path}. Reinstall souschef or choose another student."
            )
        self._llm: Any = Llama(
            model_path=str(path),
            n_ctx=CONTEXT,
            n_threads=threads or min(4, os.cpu_count() or 1),
            logits_all=False,
            verbose=False,
        )
        self._seen: list[int] = []

    def _eval(self, ids: list[int]) -> np.ndarray:
        self._llm.eval(ids)
        self._seen += ids
        pointer = self._llm._ctx.get_logits()
        return np.ctypeslib.as_array(pointer, (self._llm.n_vocab(),))

    def start(self, ids: list[int]) -> np.ndarray:
        shared = 0
        for old, new in zip(self._seen, ids[:-1], strict=False):
            if old != new:
                break
            shared += 1
        self._llm.n_tokens = shared
        self._seen = self._seen[:shared]
        return self._eval(ids[shared:])

    def push(self, token: int) -> np.ndarray:
        return self._eval([token])


class LlamaCppStudent(LocalStudent):
    """A student served by llama.cpp in process."""

    def __init__(self, folder: Path, threads: int = 0) -> None:
        super().__init__(folder, LlamaCppModel(folder / "student.gguf", threads))
