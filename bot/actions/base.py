"""What an action sees and what it gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.actions.recogniser import Wish
from bot.messages import Button, Message
from bot.page import question
from bot.page.answering import answering
from bot.page.places import Found
from bot.session import Session
from bot.store import Store
from model.reader.reader import Reading
from retrieval.passage import Passage
from retrieval.recipe import KnowledgeEntry, Recipe


class Pantry(Protocol):
    """What actions may ask of retrieval (see :class:`bot.pantry.Kitchen`)."""

    def recipe(self, url: str) -> Recipe | None:
        """The recipe behind a url."""
        ...

    def search(self, text: str, k: int = 5, **limits: Any) -> list[Recipe]:
        """Recipes for a wish, best first. ``limits``: max_total_s, diet, without, with_."""
        ...

    def recipes(self) -> Sequence[Recipe]:
        """Recipes to choose from when nothing in particular is wanted (the bundled cookbook, then the cook's own)."""
        ...

    def knowledge(self) -> Sequence[KnowledgeEntry]:
        """All knowledge entries."""
        ...


@dataclass(slots=True)
class Scene:
    """Everything an action may use.

    Attributes:
        message: What came in.
        wish: What was recognised.
        session: The session; actions change it in place.
        recipe: The recipe at hand as this cook sees it (scaled, in their units), or None.
        original: The same recipe as written.
        pantry: Recipes and knowledge.
        store: For timers and for forgetting.
        chat_id: Row id of the chat.
        now: Seconds since 1970.
        look: Makes the cook's view of a recipe out of the session as it is now.
        moved_from: The step from which the message before this one moved on; 0 where it did not.
        corrected: Whether the message takes back what was understood ("no, I meant …").
        reading: What the reader makes of it, where it was asked.
        reader: Says what it makes of other words at this step.
    """

    message: Message
    wish: Wish
    session: Session
    recipe: Recipe | None
    original: Recipe | None
    pantry: Pantry
    store: Store
    chat_id: int
    now: float
    look: Callable[[Recipe], Recipe]
    moved_from: int = 0
    corrected: bool = False
    reading: Reading | None = None
    reader: Callable[[str], Reading | None] = lambda _: None

    def refresh(self) -> None:
        """Look at the session's recipe again after it changed."""
        self.original = self.pantry.recipe(self.session.recipe) if self.session.recipe else None
        self.recipe = self.look(self.original) if self.original else None
        if self.recipe is not None:  # it may have been imported again, with fewer steps
            self.session.step = min(self.session.step, len(self.recipe.steps))

    def answer(self, words: str) -> Found | None:
        """What the page or a note says to some of the message's words; None also where that is only half likely."""
        if self.recipe is None:
            return None
        found = answering(self.reader(words), question.read(words), self.recipe, self.session.step, goes=False)[0]
        return None if found is not None and found.doubtful else found


@dataclass(slots=True)
class Decision:
    """What code decided.

    Attributes:
        text: What to say; with ``worded``, what to say if the student cannot.
        intent: Wizard intent.
        user_intent: Intent of the cook's words.
        shared: Items of the cook's view of the recipe, for the card.
        worded: Whether the student may word it.
        buttons: Shortcuts to offer.
        passages: What the text is taken from, where it is taken from somewhere.
        title: Heading of the card, if not the recipe's title.
        forget: Whether everything about the cook is to be deleted instead of logged.
    """

    text: str
    intent: str = "misc"
    user_intent: str = "misc"
    shared: tuple[str, ...] = ()
    worded: bool = False
    buttons: tuple[Button, ...] = ()
    passages: tuple[Passage, ...] = ()
    title: str = ""
    forget: bool = field(default=False)


def read_out(found: Found, at: int, before: str = "") -> Decision:
    """The decision to read out what was found; a note goes along as the passage that the text rests on.

    Args:
        found: A sentence of the page or a note.
        at: Number of the step at hand.
        before: What is said first.
    """
    note = (found.note,) if found.note is not None else ()
    intent = "answer_question_external_fact" if note else "answer_question_recipe_steps"
    shared = (found.item,) if found.item else ()
    return Decision(f"{before} {found.told(at)}".strip(), intent, "ask_question_recipe_steps", shared, passages=note)


Action = Callable[[Scene], Decision | None]

NEXT = Button("▶", "next")
BACK = Button("◀", "back")


def no_recipe(user_intent: str = "request_next_step") -> Decision:
    """What to say when something needs a recipe and there is none."""
    return Decision(
        'There is no recipe open yet. Tell me what you would like to cook, or ask "what can I cook?".',
        intent="ask_student_question",
        user_intent=user_intent,
        buttons=(Button("What can I cook?", "what can I cook?"),),
    )


def listed(words: Sequence[str], last: str = "and") -> str:
    """``["a", "b", "c"]`` → ``"a, b and c"``."""
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""
