"""Where on a recipe's page a sentence stands, and what it mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.page.question import tools as tools_of
from bot.page.stems import root, stems
from retrieval.lexicon import food_kinds
from retrieval.passage import Passage
from retrieval.recipe import Recipe

# A cook's "pan" may be the recipe's skillet.
_ALIKE = (
    frozenset(("pan", "pot", "skillet", "saucepan", "wok", "griddle", "casserole", "tin", "tray", "sheet")),
    frozenset(("bowl", "dish", "plate", "casserole")),
    frozenset(("stove", "hob")),
    frozenset(("spoon", "spatula")),
)
# What tells of a place of cooking without its name.
_DONE_WITH = {
    "oven": frozenset(("bak", "roast", "broil", "preheat")),
    "stove": frozenset(("heat",)),
    "hob": frozenset(("heat",)),
    "lid": frozenset(("cov", "cover", "uncov", "uncover")),
}
_SAME = (frozenset(("fridg", "refrigerat", "chill")), frozenset(("ahead", "advanc")))
PERHAPS = "I am not sure, but this may help: "


@dataclass(frozen=True, slots=True)
class Found:
    """An answer on the page.

    Attributes:
        text: The sentences, verbatim, in the recipe's order.
        item: The recipe's line that they are of, or "" for a note.
        step: Number of the step that they are of, or 0.
        lead: "Yes" or "No", where that is the answer, or "".
        note: The note of the knowledge base that they are of, or None.
        doubtful: Whether it may as well be beside the point, and is told so.
    """

    text: str
    item: str = ""
    step: int = 0
    lead: str = ""
    note: Passage | None = None
    doubtful: bool = False

    def told(self, at: int) -> str:
        """The sentences, with the number of their step where that is not ``at``, the step at hand."""
        text = self.text if self.step in (0, at) else f"Step {self.step}: {self.text}"
        if self.doubtful:
            return f"{PERHAPS}{text}"
        return f"{self.lead}. {text}" if self.lead else text


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer may stand. ``far`` is 0 at the step at hand and grows with the distance from it; ``before`` marks
    the steps that are done.
    """

    text: str
    far: float
    kind: str
    step: int = 0
    before: bool = False


def found_at(place: Place, kept: list[str]) -> Found:
    item = place.text if place.kind in ("step", "ingredient") else ""
    return Found(" ".join(kept), item, place.step)


def places_of(recipe: Recipe, step: int) -> Iterator[Place]:
    """Everything that a recipe says, the step at hand first, then by distance; what was before is farther."""
    steps = [
        Place(text, abs(n - step) + 0.5 * (n < step), "step", n, n < step) for n, text in enumerate(recipe.steps, 1)
    ]
    yield from sorted(steps, key=lambda place: place.far)
    for line in recipe.ingredients:
        yield Place(line.text, 40.0, "ingredient")
    if recipe.tools:
        yield Place(f"Tools: {', '.join(recipe.tools)}.", 45.0, "note")
    for kind, texts in (
        ("note", recipe.tips),
        ("pitfall", recipe.pitfalls),
        ("note", (recipe.storage, recipe.description)),
    ):
        yield from (Place(text, 50.0, kind) for text in texts if text)


def mentions(word: str, text: str) -> bool:
    """Whether a text has a stem, a word that ends in it ("crumb": breadcrumbs), or a kind of it ("cheese": Gruyère)."""
    there = stems_of(text)
    if word in there or (len(word) > 3 and any(s.endswith(word) and len(s) > len(word) + 2 for s in there)):
        return True
    if any(word in group and group & there for group in _SAME):
        return True
    return bool(_kinds_of().get(word, frozenset()) & there)


def has_tool(tool: str, text: str) -> bool:
    alike = {tool}.union(*(group for group in _ALIKE if tool in group))
    return bool(alike & tools_of(text) or _DONE_WITH.get(tool, frozenset()) & stems_of(text))


@lru_cache(maxsize=4096)
def stems_of(text: str) -> frozenset[str]:
    return stems(text)


@lru_cache(maxsize=1)
def _kinds_of() -> dict[str, frozenset[str]]:
    return {root(name): frozenset(root(kind) for kind in kinds) for name, kinds in food_kinds().items()}
