"""Engines: ways to run a student. ``open_student`` picks one by name and imports only that one."""

import json
from dataclasses import dataclass
from pathlib import Path

from model.student import Student, StudentError

ENGINES = ("gguf", "llama-cpp", "openai", "transformers")


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to run a student.

    Attributes:
        engine: One of ``ENGINES``.
        folder: Folder of a student version (``student.gguf`` or a transformers checkpoint, with ``tokenizer.json``).
        threads: CPU threads; 0 leaves it to the engine.
        base_url, model, api_key: For an OpenAI-compatible server.
        timeout_s: For a server: longest wait for an answer.
    """

    engine: str = "gguf"
    folder: Path = Path()
    threads: int = 0
    base_url: str = ""
    model: str = ""
    api_key: str = ""
    timeout_s: float = 20.0


def version_name(folder: Path) -> str:
    """Name of the student version in a folder."""
    try:
        return str(json.loads((folder / "student.json").read_text(encoding="utf-8"))["name"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder.name


def open_student(options: EngineOptions) -> Student:
    """Load a student.

    Raises:
        StudentError: A file is missing or damaged, a package is not installed, or the engine's name is unknown.
    """
    if options.engine == "gguf":
        from model.engines.gguf import GgufStudent

        return GgufStudent(options.folder, options.threads)
    if options.engine == "llama-cpp":
        from model.engines.llama_cpp import LlamaCppStudent

        return LlamaCppStudent(options.folder, options.threads)
    if options.engine == "transformers":
        from model.engines.hf import TransformersStudent

        return TransformersStudent(options.folder)
    if options.engine == "openai":
        from model.engines.openai import ServerStudent

        return ServerStudent(options)
    raise StudentError(f"Unknown engine '{options.engine}': set student.engine to one of {', '.join(ENGINES)}.")
