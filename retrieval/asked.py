"""What cooks say at a step, with what answers: the *asked* files of the cookbook, written for this project.

Per recipe a line ``# URL``, then ``STEP | utterance | labels | y, n or -``: the step at hand, what is said, the keys of
what answers (see :class:`model.reader.Candidate`; ``k:ID`` is a note of the knowledge base), and whether "yes" or "no"
belongs before it. A remark ("ok") may be followed by the sentence of the step at hand that it is about ("ok,s1.2").
Files with "held-back" in their names are kept for judging.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from retrieval import cookbook

HELD_BACK = "held-back"


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance.

    Attributes:
        url: Of the recipe.
        step: The step at hand, from 1; 0 before the first.
        utterance: What the cook says.
        labels: Keys of what answers, best first.
        verdict: "y", "n", or "" where no yes or no belongs before the answer.
        place: File and number of the line.
    """

    url: str
    step: int
    utterance: str
    labels: tuple[str, ...]
    verdict: str
    place: str


def parse(text: str, name: str) -> Iterator[Line]:
    """The lines of an asked file.

    Raises:
        ValueError: A line is not in that form.
    """
    url = ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if line.startswith("# "):
            url = line[2:].strip()
        elif line:
            cells = [cell.strip() for cell in line.split("|")]
            labels = tuple(label.strip() for label in cells[2].split(",")) if len(cells) == 4 else ()
            if not url or not labels or not cells[0].isdigit() or cells[3] not in ("y", "n", "-"):
                raise ValueError(f"{name}, line {number}: {line}")
            yield Line(url, int(cells[0]), cells[1], labels, cells[3].strip("-"), f"{name}, line {number}")


def load(held_back: bool | None = None) -> Iterator[Line]:
    """All asked files, in order; only those that are held back, or that are not, where that is given."""
    for file in sorted((cookbook.folder() / "asked").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt") and held_back in (None, HELD_BACK in file.name):
            yield from parse(file.read_text(encoding="utf-8"), file.name)


@cache
def note_questions() -> tuple[tuple[str, str], ...]:
    """(what was said, id of the note that answers best), of what is not held back."""
    return tuple(
        (line.utterance, label.removeprefix("k:"))
        for line in load(held_back=False)
        for label in [next((label for label in line.labels if label.startswith("k:")), "")]
        if label
    )
