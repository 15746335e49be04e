"""The dialogues written for the cookbook, in the compact form in which they are kept.

A block per dialogue::

    # shakshuka | hurried parent, terse
    C next: ok start
    W step p1: Warm the oil in a wide pan over medium heat.
    C ask_step @duration: how long
    W answer p2: 6 to 8 minutes, until the onion is soft.
    C ask_ingr @substitute: no cumin seed, ground ok?
    W fact k:sub-cumin-ground: Yes, use half as much.

The header names the recipe's slug and who is asking. ``C`` is the cook, ``W`` the wizard, then the intent (short names
below), for the wizard the shared items (``p3`` the third step, ``i2`` the second ingredient, ``i*`` all ingredients),
knowledge entries (``k:id``) that back the answer, tags of commonsense (``@tool``, ``@ingredient``, ``@substitute``,
``@duration``, ``@order``, ``@frequency``), then the text. Items are pointers, so what is shared is the recipe verbatim.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from retrieval.recipe import KnowledgeEntry, Recipe

COOK_INTENTS = {
    "next": "request_next_step",
    "ask_step": "ask_question_recipe_steps",
    "ask_ingr": "ask_question_ingredients_tools",
    "stop": "stop",
    "chat": "chitchat",
    "misc": "misc",
}
WIZARD_INTENTS = {
    "step": "return_next_step",
    "fact": "answer_question_external_fact",
    "answer": "answer_question_recipe_steps",
    "list": "return_list_ingredients_tools",
    "ask": "ask_student_question",
    "chat": "chitchat",
    "misc": "misc",
}
TAGS = ("substitute", "tool", "ingredient", "duration", "order", "frequency")
_LINE = re.compile(r"^([CW]) ([a-z_]+)((?: [^\s:]+(?::[^\s:]+)?)*): (.+)$")


class DialogueError(ValueError):
    """A dialogue file is not in the form described above; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A turn.

    Attributes:
        number: Line in the file, from 1.
        role: "cook" or "wizard".
        intent: In the words of the Wizard of Tasks, such as "request_next_step".
        shared: Ingredient lines and steps of the recipe, verbatim, in the recipe's order; the wizard's only.
        entries: Knowledge that backs the answer.
        tags: Kinds of commonsense that the turn needs.
        text: What is said.
    """

    number: int
    role: Literal["cook", "wizard"]
    intent: str
    shared: tuple[str, ...]
    entries: tuple[KnowledgeEntry, ...]
    tags: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """A dialogue: where it stands, its recipe, who is asking, and its turns."""

    name: str
    number: int
    recipe: Recipe
    who: str
    lines: list[Line] = field(default_factory=list)


def read_dialogues(
    text: str, name: str, recipes: Mapping[str, Recipe], knowledge: Mapping[str, KnowledgeEntry]
) -> Iterator[Script]:
    """The dialogues of a file.

    Args:
        text: Its content.
        name: Its name, for messages.
        recipes: By slug.
        knowledge: By id.

    Raises:
        DialogueError: A line is in no known form, or points to a recipe, item or entry that does not exist.
    """
    script: Script | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line:
            continue
        where = f"{name}:{number}"
        if line.startswith("#"):
            if script is not None:
                yield script
            slug, _, who = (part.strip() for part in line.lstrip("# ").partition("|"))
            if slug not in recipes:
                raise DialogueError(f"{where}: there is no recipe '{slug}' in the cookbook.")
            script = Script(name, number, recipes[slug], who)
        elif script is None:
            raise DialogueError(f"{where}: a turn before the first '# recipe' line.")
        else:
            script.lines.append(_turn(line, number, where, script.recipe, knowledge))
    if script is not None:
        yield script


def _turn(line: str, number: int, where: str, recipe: Recipe, knowledge: Mapping[str, KnowledgeEntry]) -> Line:
    match = _LINE.match(line)
    if match is None:
        raise DialogueError(f"{where}: not 'C intent: text' or 'W intent items: text'.")
    who, short, marks, text = match.groups()
    intents = COOK_INTENTS if who == "C" else WIZARD_INTENTS
    if short not in intents:
        raise DialogueError(f"{where}: unknown intent '{short}' (one of {', '.join(intents)}).")
    shared: set[int] = set()  # positions among the recipe's items
    entries: list[KnowledgeEntry] = []
    tags: list[str] = []
    count = len(recipe.ingredients)
    for mark in marks.split():
        if mark.startswith("@"):
            tags.append(mark[1:])
        elif mark.startswith("k:"):
            if mark[2:] not in knowledge:
                raise DialogueError(f"{where}: there is no knowledge entry '{mark[2:]}'.")
            entries.append(knowledge[mark[2:]])
        elif mark == "i*":
            shared |= set(range(count))
        elif re.fullmatch(r"[ip]\d+", mark):
            index, first, last = int(mark[1:]) - 1, *((count, len(recipe.items)) if mark[0] == "p" else (0, count))
            if not 0 <= index < last - first:
                raise DialogueError(f"{where}: the recipe has no {mark}.")
            shared.add(first + index)
        else:
            raise DialogueError(f"{where}: '{mark}' is neither an item, an entry nor a tag.")
    role: Literal["cook", "wizard"] = "cook" if who == "C" else "wizard"
    # A recipe may repeat a line; what is shared is a text, once.
    items = tuple(dict.fromkeys(recipe.items[position] for position in sorted(shared))) if who == "W" else ()
    return Line(number, role, intents[short], items, tuple(entries), tuple(tags), text.strip())
