"""What the assistant remembers of a chat between two messages: recipe, step, servings, units, diet, what it just asked.

A session is plain data that round-trips through JSON; it is stored with the reply that changed it (``bot.store``).
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from bot.messages import StepInfo

PENDING_KINDS = ("choose", "resume", "forget", "start", "diet")


@dataclass(slots=True)
class Pending:
    """A question that the assistant asked and that the next message may answer.

    Attributes:
        kind: One of ``PENDING_KINDS``.
        options: Recipe urls to choose among ("choose"), the one url that the question is about, or the cook who asked
            ("forget").
        query: The words that led to the options, for "show me others".
        meant: Url of the option that was spoken of last, or "".
        rest: Urls of what else was found for the same words, best first.
        seen: Urls of what was offered before these.
        limits: What the options keep: a time, diets, what is not in them.
    """

    kind: str
    options: list[str] = field(default_factory=list)
    query: str = ""
    meant: str = ""
    rest: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    limits: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, state: dict[str, Any] | None) -> "Pending | None":
        """Read back; keys of another version are left out."""
        return cls(**{key: value for key, value in state.items() if key in cls.__slots__}) if state else None


@dataclass(slots=True)
class Paused:
    """Where a cook stopped in a recipe. ``at`` is seconds since 1970."""

    title: str
    step: int
    servings: int = 0
    at: float = 0.0


@dataclass(slots=True)
class Session:
    """The state of one chat.

    Attributes:
        recipe: Url of the recipe at hand, or "".
        title, steps, serves: Its title, number of steps and servings as made, so that showing them needs no index.
        step: Step at hand, counted from 1; 0 before the first.
        before, moved: The step from which the last message moved on, 0 where it did not, and when that was.
        ahead: A later step that the cook reported about, without being taken there; 0 once they move.
        servings: What the cook scaled to; 0 for the recipe's own.
        factor: Scaling of a recipe that does not say its servings ("double it"), as "2" or "1/2".
        units: "recipe", "metric" or "us".
        diet, allergies: What the cook asked to be kept.
        pending: The question that is open, or None.
        offered: The offer that the recipe at hand was taken from, until cooking begins.
        paused: Recipes stopped midway, by url.
        finished: Whether the cook said goodbye; the next start offers to resume.
        warned: Recipes whose allergens the cook was warned of.
    """

    recipe: str = ""
    title: str = ""
    steps: int = 0
    serves: int = 0
    step: int = 0
    before: int = 0
    moved: float = 0.0
    ahead: int = 0
    servings: int = 0
    factor: str = ""
    units: str = "recipe"
    diet: list[str] = field(default_factory=list)
    allergies: list[str] = field(default_factory=list)
    pending: Pending | None = None
    offered: Pending | None = None
    paused: dict[str, Paused] = field(default_factory=dict)
    finished: bool = False
    warned: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, state: dict[str, Any], units: str = "recipe") -> "Session":
        """Read back; keys of a newer or older version are left out rather than refused."""
        known = {key: value for key, value in state.items() if key in cls.__dataclass_fields__}
        known.setdefault("units", units)
        known.update({key: Pending.from_json(known.get(key)) for key in ("pending", "offered")})
        known["paused"] = {url: Paused(**paused) for url, paused in known.get("paused", {}).items()}
        return cls(**known)

    def info(self) -> StepInfo | None:
        """Where the cook is, for a status line; None without a recipe."""
        return StepInfo(self.recipe, self.title, self.step, self.steps, self.serves) if self.recipe else None

    def open(self, url: str, title: str) -> None:
        """Start a recipe from its beginning."""
        self.recipe, self.title, self.step, self.ahead = url, title, 0, 0
        self.servings, self.factor = 0, ""
        self.pending, self.offered, self.finished = None, None, False
        self.paused.pop(url, None)

    def pause(self, now: float) -> None:
        """Put the recipe at hand aside so that it can be taken up another day."""
        if self.recipe:
            self.paused[self.recipe] = Paused(self.title, self.step, self.servings, now)
            while len(self.paused) > 20:
                del self.paused[min(self.paused, key=lambda url: self.paused[url].at)]

    def leave(self) -> None:
        """Have no recipe at hand."""
        self.recipe, self.title, self.steps, self.serves = "", "", 0, 0
        self.step, self.ahead, self.servings, self.factor = 0, 0, 0, ""
        self.pending = self.offered = None
