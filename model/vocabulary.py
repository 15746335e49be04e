"""The dialogue vocabulary of the Wizard of Tasks (Choi et al., COLING 2022).

A dialogue alternates between a cook (``student`` in the data set) and a wizard (``teacher``). Every turn has an intent;
a
wizard's turn also has *shared* items, which are ingredient lines and steps of the recipe, verbatim. A reply is an
*act*: intent, shared items and text.
"""

from dataclasses import dataclass, field
from typing import Literal

USER_INTENTS: tuple[str, ...] = (
    "request_next_step",
    "ask_question_recipe_steps",
    "ask_question_ingredients_tools",
    "stop",
    "chitchat",
    "misc",
)
WIZARD_INTENTS: tuple[str, ...] = (
    "return_next_step",
    "answer_question_external_fact",
    "answer_question_recipe_steps",
    "return_list_ingredients_tools",
    "ask_student_question",
    "chitchat",
    "misc",
)

Role = Literal["cook", "wizard"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a dialogue. ``shared`` holds recipe items verbatim and is empty for the cook."""

    role: Role
    text: str
    intent: str = ""
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """A reply: what it does, which items it shows, what it says.

    Attributes:
        user_intent: Predicted intent of the cook's utterance, one of ``USER_INTENTS``.
        intent: One of ``WIZARD_INTENTS``.
        shared: Ingredient lines and steps of the recipe, verbatim, in recipe order.
        text: What is said.
    """

    user_intent: str
    intent: str
    shared: tuple[str, ...] = ()
    text: str = ""


@dataclass(slots=True)
class Dialogue:
    """A whole dialogue over one recipe.

    Attributes:
        id: Conversation id.
        url: Url of the recipe.
        turns: In order.
        split: "train", "validation" or "test" where the data says so.
        weight: How much a training example made of it counts.
    """

    id: str
    url: str
    turns: list[Turn] = field(default_factory=list)
    split: str = "train"
    weight: float = 1.0
