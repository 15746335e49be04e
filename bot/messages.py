"""What goes into the assistant and what comes out of it. Platform adapters need nothing else."""

import re
from dataclasses import dataclass

from retrieval.passage import Passage
from retrieval.sentences import split

_STEP = re.compile(r"\bStep \d+: ")


@dataclass(frozen=True, slots=True)
class Message:
    """What a cook said.

    Attributes:
        chat: Id of the chat on its platform; messages of one chat are answered in order.
        user: Id of the cook on the platform.
        text: The words.
        message_id: Unique within the chat; a repeated one gets the reply that was logged for it.
        platform: "terminal", "discord", "telegram", …
    """

    chat: str
    user: str
    text: str
    message_id: str
    platform: str = "terminal"

    @property
    def chat_key(self) -> str:
        return f"{self.platform}:{self.chat}"

    @property
    def user_key(self) -> str:
        return f"{self.platform}:{self.user}"


@dataclass(frozen=True, slots=True)
class Button:
    """A shortcut offered under a reply: ``label`` is shown, ``text`` is sent as if the cook had said it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class StepInfo:
    """Where the cook is. ``step`` is counted from 1 and is 0 before the first; ``servings`` 0 means not known."""

    url: str
    title: str
    step: int
    steps: int
    servings: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """The assistant's answer to one message.

    Attributes:
        id: Id of the logged turn; scores and thumbs attach to it.
        text: What is said.
        shared: Recipe items shown as a card (scaled and converted as the cook wishes).
        intent: Wizard intent of the reply.
        user_intent: Intent of the cook's utterance.
        action: Which piece of exact code answered ("next", "scale", …), or "" for the student.
        passages: What retrieval found for it.
        step: Where the cook is now, or None without a recipe.
        buttons: Shortcuts worth offering.
        supported: Whether everything in the text stands in the recipe or in a passage (True for exact code).
        guarded: Whether the guard replaced or cut what the student said.
        first_token_s: Seconds until the first piece of text was made.
        seconds: Seconds of the whole reply.
        repeated: Whether this is the logged reply to a message that was answered before.
    """

    id: int
    text: str
    shared: tuple[str, ...] = ()
    intent: str = ""
    user_intent: str = ""
    action: str = ""
    passages: tuple[Passage, ...] = ()
    step: StepInfo | None = None
    buttons: tuple[Button, ...] = ()
    supported: bool = True
    guarded: bool = False
    first_token_s: float = 0.0
    seconds: float = 0.0
    repeated: bool = False
    title: str = ""

    @property
    def card(self) -> tuple[str, ...]:
        """The shared items that the text neither says nor quotes from: of a step that was asked about one sentence is
        enough, of a step to be done now all is read out.
        """
        told = _STEP.sub("", self.text)
        quotes = () if self.intent == "return_next_step" else split(told)
        return tuple(
            item
            for item in self.shared
            if _plain(item) not in _plain(told)
            and not (told and _plain(told) in _plain(item))
            and not any(len(part.split()) > 2 and _plain(part) in _plain(item) for part in quotes)
        )

    @property
    def place(self) -> str:
        """Where the cook is ("Step 3 of 5"), if no card has it for its title."""
        return self.title if self.intent == "return_next_step" and not self.card else ""


def _plain(text: str) -> str:
    """A text without articles, punctuation and case: "Remove the pork." says "Remove pork"."""
    return " ".join(word for word in re.findall(r"\w[\w/]*", text.lower()) if word not in ("a", "an", "the"))
