"""Files that people hand in and get back: read with clear errors, written whole or not at all."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from bot.errors import InputError


def read_json(path: Path) -> Any:
    """A whole JSON file.

    Raises:
        InputError: It cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON: {error}.") from error


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a JSON-lines file with their line numbers; empty lines are skipped.

    Raises:
        InputError: The file cannot be read or a line is no JSON object.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    value = json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    raise InputError(f"{path}, line {number}, is not valid JSON: {error}.") from error
                if not isinstance(value, dict):
                    raise InputError(f"{path}, line {number}, is not a JSON object.")
                yield number, value
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text: save it as UTF-8.") from error


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A text file that appears under its name once the block has ended well; before, it is ``NAME.part``.

    Raises:
        InputError: It cannot be written.
    """
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", encoding="utf-8") as file:
            yield file
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise InputError(f"Cannot write {path}: {error.strerror}.") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise
