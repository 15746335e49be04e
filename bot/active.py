"""The student in use: a running bot takes a new version without dropping a reply.

Before every reply the date of one small file is looked at. When it has changed, the version that it names is loaded
beside the old one, which goes on answering; the first reply after that goes to the new one. The old one is freed when
its last reply is over. A version that cannot be loaded leaves the old one at work.
"""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from model.registry import Registry
from model.student import Student, StudentError

log = logging.getLogger(__name__)


class ActiveStudent:
    """Gives the student of the version in use.

    Args:
        data: The data folder, whose registry says which version that is.
        load: Opens the student in a version's folder.
        background: Whether a new version is loaded while the old one goes on; otherwise the next reply waits for it.
    """

    def __init__(self, data: Path, load: Callable[[Path], Student], background: bool = True) -> None:
        self._registry, self._load, self._background = Registry(data), load, background
        self._lock = threading.Lock()
        self._student: Student | None = None
        self._folder: Path | None = None
        self._mark: tuple[int, int, int] | None = None
        self._loading: threading.Thread | None = None

    def __call__(self) -> Student:
        """The student, for one reply: hold on to it until that reply is over, and no longer.

        Raises:
            StudentError: There is none yet, and the one in use cannot be loaded.
        """
        student = self._student
        if student is not None and self._registry.mark() == self._mark:
            return student
        with self._lock:
            mark = self._registry.mark()
            if self._student is None:
                self._folder = self._registry.get().folder
                self._student, self._mark = self._load(self._folder), mark
            elif mark != self._mark and self._loading is None:
                self._loading = threading.Thread(target=self._change, args=(mark,), name="new-student", daemon=True)
                self._loading.start()
            loading, student = self._loading, self._student
        if loading is not None and not self._background:
            loading.join()
            return self._student or student
        return student

    @property
    def made(self) -> Student | None:
        """The student if it was loaded already."""
        return self._student

    @property
    def folder(self) -> Path | None:
        """Where the version is that answers; None before the first is loaded."""
        return self._folder if self._student is not None else None

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until a new version that is being loaded is in its place."""
        loading = self._loading
        if loading is not None:
            loading.join(timeout_s)

    def _change(self, mark: tuple[int, int, int]) -> None:
        student: Student | None = None
        folder = self._folder
        try:
            version = self._registry.get()
            if version.folder != folder:
                folder = version.folder
                student = self._load(folder)
                log.info("The student is now %s.", version.name)
        except (StudentError, OSError) as error:
            log.error("The new student cannot be used, the old one goes on: %s", error)
        with self._lock:
            # Nobody closes the old one: replies that it is at hold it, and it is freed with the last of them.
            if student is not None:
                self._student, self._folder = student, folder
            self._mark, self._loading = mark, None
