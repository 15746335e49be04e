"""What reviewers taught: for a question about a recipe, the line of its page that answers.

It stands in the folder of the student's version that learned it, and goes with that version: taken back, it is not
known any more. No words of a cook are kept, only a hash of those that tell what is asked.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

from model.reader.candidates import Candidate
from retrieval.recipe import Recipe
from retrieval.text import content_words

FILE = "taught.json"
_LEADS = frozenset("ok okay so hm hmm hey hi well sorry wait please um oh and but now also".split())
# Too common to search by, but they tell "how do I shred it?" from "what do I shred?" and from "shredded it".
_ASKING = frozenset("how what when why where which who much many long not no can should must".split())


class Taught:
    """Lines by question.

    Args:
        lines: By :func:`key`, the line that answers: "s3" for the third step, "i2" for the second ingredient.
    """

    def __init__(self, lines: dict[str, str] | None = None) -> None:
        self.lines = dict(lines or {})

    @classmethod
    def load(cls, folder: Path) -> "Taught":
        """What a version knows; nothing where it never was taught, or the file is damaged."""
        try:
            lines = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return cls()
        return cls({str(k): str(v) for k, v in lines.items()}) if isinstance(lines, dict) else cls()

    def save(self, folder: Path) -> None:
        """Write it beside a version's weights."""
        (folder / FILE).write_text(json.dumps(self.lines, sort_keys=True, indent=0), encoding="utf-8")

    def add(self, utterance: str, recipe: Recipe, items: Iterable[str]) -> None:
        """Learn the first of some lines that is on the recipe's page; of two lessons the later one counts."""
        for item in items:
            if item in recipe.steps:
                line = f"s{recipe.steps.index(item) + 1}"
            elif item in (lines := [i.text for i in recipe.ingredients]):
                line = f"i{lines.index(item) + 1}"
            else:
                continue
            self.lines |= dict.fromkeys(keys(recipe.url, utterance), line)
            return

    def answer(self, utterance: str, recipe: Recipe) -> Candidate | None:
        """The line that answers, of the page as this cook sees it."""
        line = next((self.lines[found] for found in keys(recipe.url, utterance) if found in self.lines), "")
        number = int(line[1:]) if re.fullmatch(r"[si]\d+", line) else 0
        if line[:1] == "s" and 0 < number <= len(recipe.steps):
            return Candidate("step", recipe.steps[number - 1], recipe.steps[number - 1], number, 1)
        if line[:1] == "i" and 0 < number <= len(recipe.ingredients):
            text = recipe.ingredients[number - 1].text
            return Candidate("ingredient", text, text, number)
        return None


def keys(url: str, utterance: str) -> tuple[str, ...]:
    """Hashes of a question about a recipe: of its telling words, in any order, and of those of its last clause if it
    has two.
    """
    clauses = [c for c in re.split(r"[,:;.!?]+", utterance.lower()) if c.strip()]
    found = []
    for number, text in enumerate(dict.fromkeys((" ".join(clauses), clauses[-1] if clauses else ""))):
        telling = {w for w in content_words(text) if w not in _LEADS}
        words = sorted(telling | {w for w in re.findall(r"[a-z]+", text) if w in _ASKING})
        if telling and (not number or len(telling) > 1):  # "is it done?" alone says too little
            found.append(hashlib.sha256("\n".join((url, *words)).encode()).hexdigest()[:24])
    return tuple(found)
