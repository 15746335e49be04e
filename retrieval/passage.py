"""What is searched and what is found: queries and passages.

A *passage* is a piece of text with a stable id and a kind. A query carries everything retrieval may use: the cook's
words, the dialogue so far, and the recipe and the step at hand.
"""

from dataclasses import dataclass, field
from typing import Literal, get_args

PassageKind = Literal["ingredients", "ingredient", "step", "description", "note", "recipe", "knowledge"]
PASSAGE_KINDS: tuple[str, ...] = get_args(PassageKind)
RetrievalKind = Literal["parent", "compression"]


@dataclass(frozen=True, slots=True)
class Passage:
    """One retrieved piece of text.

    Attributes:
        id: Stable id: ``<recipe url>#step-3``, ``<recipe url>#ingredient-2``, ``<recipe url>`` for a whole recipe, or
            ``knowledge:<entry id>``.
        kind: What the text is (see ``PASSAGE_KINDS``).
        text: The text itself, verbatim from the recipe or the entry.
        score: Relevance in [0, 1]; higher is better; comparable only within one answer.
        parent: Id of the recipe or the article that the passage belongs to.
        title: Title of that parent, for showing.
    """

    id: str
    kind: PassageKind
    text: str
    score: float = 0.0
    parent: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A question to retrieval.

    Attributes:
        text: The cook's words.
        history: Earlier turns, oldest first, each ``"cook: …"`` or ``"wizard: …"`` or bare text.
        recipe: Url of the recipe at hand, or None to search everything.
        step: The step at hand, counted from 1, or None before the first one.
    """

    text: str
    history: tuple[str, ...] = field(default_factory=tuple)
    recipe: str | None = None
    step: int | None = None
