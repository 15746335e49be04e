"""The student's interface: a situation goes in, an act comes out, its text streamed while it is made.

Engines (``model.engines``) implement ``Student``; the assistant and the evaluation know nothing else about them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from model.vocabulary import Act, Turn
from retrieval.recipe import Recipe

TextSink = Callable[[str], None]


class StudentError(Exception):
    """The student cannot answer. The message says why and what to do, in one sentence."""


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything that the student may know when it answers.

    Attributes:
        utterance: What the cook just said.
        recipe: The recipe at hand, or None.
        history: Turns before the utterance, oldest first. What a wizard's turn shared tells the step at hand.
        passages: Texts found by retrieval for this utterance, best first (knowledge entries; the recipe is always known
            whole).
        step: The step at hand, counted from 1; 0 before the first; None to derive it from what the history shared.
        found: Items of the recipe that retrieval found for this utterance, with their scores in [0, 1].
    """

    utterance: str
    recipe: Recipe | None = None
    history: tuple[Turn, ...] = ()
    passages: tuple[str, ...] = ()
    step: int | None = None
    found: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Constraints:
    """What code has already decided; the student fills in the rest.

    Attributes:
        user_intent, intent: Fixed intents, or None for the student's own choice.
        shared: Fixed shared items (verbatim, possibly none), or None for the student's own choice.
        max_tokens: Longest text.
    """

    user_intent: str | None = None
    intent: str | None = None
    shared: tuple[str, ...] | None = None
    max_tokens: int = 80


@dataclass(frozen=True, slots=True)
class Generation:
    """An act and what it cost.

    Attributes:
        act: The reply.
        prompt_tokens: Tokens of the prompt (those reused from the engine's cache included).
        tokens: Generated tokens.
        first_token_s: Seconds from the call to the first token of the text.
        seconds: Seconds of the whole call.
        intent_scores: Log-probability of each wizard intent, for inspection.
        student: Who answered, where a student stands for several; else "".
    """

    act: Act
    prompt_tokens: int = 0
    tokens: int = 0
    first_token_s: float = 0.0
    seconds: float = 0.0
    intent_scores: dict[str, float] = field(default_factory=dict)
    student: str = ""


@runtime_checkable
class Student(Protocol):
    """A model that answers a cook. One object serves one call at a time; ``reply`` is thread-safe by its own lock."""

    name: str

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        """Answer. ``on_text`` receives the text piece by piece; raise from it to stop early.

        Raises:
            StudentError: The engine failed (missing model, server away, …).
        """
        ...

    def close(self) -> None:
        """Free the model's memory."""
        ...
