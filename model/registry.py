"""The registry of student versions: one folder a version, one of them in use.

The bundled student lives in ``model/weights``; others (retrained ones) in ``<data dir>/students/<name>``. Which one is
in use is a one-line file that is replaced in one step, so that a crash leaves the old or the new one, never none.
"""

import contextlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from model.student import StudentError

BUNDLED = "bundled"
_ACTIVE = "active"


@dataclass(frozen=True, slots=True)
class Version:
    """A student version.

    Attributes:
        name: "bundled", or the name of its folder.
        folder: Where its files are.
        info: What ``student.json`` says: parameters, quantization, megabytes, measures.
        active: Whether it is the one in use.
    """

    name: str
    folder: Path
    info: dict[str, Any]
    active: bool


def bundled_folder() -> Path:
    """Folder of the student that comes with the package."""
    return Path(str(resources.files("model") / "weights"))


class Registry:
    """Versions under a data directory, the bundled one included."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "students"

    def active_name(self) -> str:
        try:
            return (self.folder / _ACTIVE).read_text(encoding="utf-8").split("\n")[0].strip() or BUNDLED
        except OSError:
            return BUNDLED

    def mark(self) -> tuple[int, int, int]:
        """Changes whenever another version is made the one in use; a look at a file's date, so cheap enough for every
        reply.
        """
        try:
            found = (self.folder / _ACTIVE).stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_mtime_ns, found.st_size)

    def versions(self) -> list[Version]:
        """All versions, the bundled one first, then by name."""
        active = self.active_name()
        found = [Version(BUNDLED, bundled_folder(), _info(bundled_folder()), active == BUNDLED)]
        if self.folder.is_dir():
            for folder in sorted(self.folder.iterdir()):
                if (folder / "tokenizer.json").is_file():
                    found.append(Version(folder.name, folder, _info(folder), folder.name == active))
        return found

    def get(self, name: str = "") -> Version:
        """The version of that name; without one, the active version.

        Raises:
            StudentError: There is no such version.
        """
        name = name or self.active_name()
        versions = self.versions()
        for version in versions:
            if version.name == name:
                return version
        known = ", ".join(version.name for version in versions)
        raise StudentError(f"There is no student version '{name}': choose one of {known}.")

    def use(self, name: str, reason: str = "") -> Version:
        """Make a version the one in use, and note it in the history.

        Raises:
            StudentError: There is no such version, or the data directory cannot be written.
        """
        return self._switch(name, reason, "use")

    def rollback(self, reason: str = "") -> Version:
        """Make the version in use before this one the one in use again; again and again, back to the bundled one.

        Raises:
            StudentError: There is none before it, it is gone, or the data directory cannot be written.
        """
        stack = [BUNDLED]
        for change in self.history():
            if change.get("kind") == "rollback" and len(stack) > 1:
                stack.pop()
            elif change.get("to", stack[-1]) != stack[-1]:
                stack.append(change["to"])
        if stack[-1] != self.active_name():  # a crash between the choice and its note
            stack.append(self.active_name())
        if len(stack) < 2:
            raise StudentError(f"There is no student before {self.active_name()} to go back to.")
        return self._switch(stack[-2], reason, "rollback")

    def _switch(self, name: str, reason: str, kind: str) -> Version:
        version = self.get(name)
        before = self.active_name()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            temporary = self.folder / f".{_ACTIVE}.{os.getpid()}"
            temporary.write_text(name + "\n", encoding="utf-8")
            os.replace(temporary, self.folder / _ACTIVE)
            with (self.folder / "history.jsonl").open("a", encoding="utf-8") as file:
                now = datetime.now(UTC).isoformat(timespec="seconds")
                change = {"at": now, "from": before, "to": name, "reason": reason, "kind": kind}
                file.write(json.dumps(change) + "\n")
        except OSError as error:
            raise StudentError(f"The choice of student cannot be saved in {self.folder}: {error.strerror}.") from error
        return Version(version.name, version.folder, version.info, True)

    def history(self) -> list[dict[str, Any]]:
        """Every change of the version in use, oldest first."""
        path = self.folder / "history.jsonl"
        if not path.is_file():
            return []
        changes = []
        for line in path.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):  # the last line of a process that was killed while it wrote
                changes.append(json.loads(line))
        return changes


def _info(folder: Path) -> dict[str, Any]:
    try:
        data = json.loads((folder / "student.json").read_text(encoding="utf-8"))
        return data if isinstance(data, dict) else {}
    except (OSError, ValueError):
        return {}
