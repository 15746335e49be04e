"""Recognises what is to be done by exact code. What no pattern knows goes to the student.

Commands about moving are matched whole ("what's next?"), never searched for inside longer talk: "what should I do next
with the leftovers?" is a question. Requests that carry something ("set a timer for 10 minutes for the pasta") are
matched by their frame.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from bot.actions.commands import COMMANDS
from bot.words import NUMBER, ORDINAL, bare, clauses, number, ordinal, regular, unasked


@dataclass(frozen=True, slots=True)
class Wish:
    """What the cook wants done: the action's name and what it needs."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)


def recognise(text: str) -> Wish | None:
    """The wish in a message, or None if it is for the student.

    Args:
        text: The cook's words, as typed.
    """
    from bot.actions.frames import framed  # the frames use Wish

    said = regular(text)
    if not said:
        return None
    wish = _whole(said)
    if wish is not None:
        return wish
    # "Okay, the onions are done. What's next?": a report, then a command. With another question in it, it is talk.
    parts = clauses(said)
    reported = 1 < len(parts) <= 8 and "?" not in "".join(parts[:-1]) and not _is_question(" ".join(parts[:-1]))
    if reported:
        wish = _whole(parts[-1])
        lacks = framed(" ".join(parts[:-1])) if wish is not None and wish.name in ("next", "help") else None
        # "I have no stock, what now?" wants stock, not the next step; an allergy is heard before going on.
        if lacks is not None and lacks.name in ("substitute", "lack_tool", "set_allergies", "set_diet"):
            return lacks
        if wish is not None and wish.name in _AFTER_REPORT:
            return wish
    wish = framed(said)
    if wish is None and reported:
        wish = framed(parts[-1])
    if wish is None and 1 < len(parts) <= 3:  # "yield? how many do I get": one thing asked twice
        said_twice = [_whole(part) or framed(part) for part in parts]
        last = said_twice[-1]
        wish = last if last is not None and all(w is not None and w.name == last.name for w in said_twice) else None
    if wish is None and _THANKS.match(said) and "?" not in said and len(said.split()) <= 8 and not _is_question(said):
        return Wish("thank")
    return wish


_THANKS = re.compile(
    r"(?:ok |okay |great |oh )*(?:many )?(?:thanks|thank you|cheers)\b(?!.*\b(?:what|how|which|when|where|why|but)\b)"
)


_AFTER_REPORT = frozenset(
    "next back repeat where remaining start goto ingredients step_ingredients tools total_time all_steps stop help "
    "servings timer_list".split()
)


def _is_question(text: str) -> bool:
    return bool(
        re.match(r"(?:what|which|how|why|when|where|who|can|could|should|do|does|is|are|will|would|may)\b", bare(text))
    )


def _whole(said: str) -> Wish | None:
    """A command that is the whole of the text, politeness aside."""
    stripped = said.strip(" \t?!.,;:-\"'()")
    short = bare(said)
    for candidate in dict.fromkeys((stripped, short, unasked(short), bare(unasked(short)))):
        if not candidate:
            continue
        wish = _step_number(candidate)
        if wish is not None:
            return wish
        for name, pattern in COMMANDS.items():
            if pattern.fullmatch(candidate) and not (name == "repeat" and candidate == "what" != stripped):
                return Wish(name)  # "it's done, what now?" is no "what?"
    return None


_GOTO = re.compile(
    rf"(?:(?:go|jump|skip|move|take me|bring me|return|get)(?: back| ahead| forward| on)?(?: to)?|"
    rf"what(?:'s| is| was| does)|show(?: me)?|read(?: me)?|repeat|tell me|"
    rf"see|hear|start (?:at|from|with)|back to|on to|(?:i'm |i am )?still (?:on|at|doing)|i'm (?:on|at)|do)? ?(?:the )?"
    rf"(?:step (?:number )?(?P<n>{NUMBER})|(?P<ord>{ORDINAL}|last|final) step)(?: (?:say|again|of the recipe|is))*"
)


def _step_number(text: str) -> Wish | None:
    match = _GOTO.fullmatch(text)
    if not match:
        return None
    if match["n"]:
        value = number(match["n"])
        return Wish("goto", {"step": int(value)}) if value is not None and value.denominator == 1 else None
    if match["ord"] in ("last", "final"):
        if (
            text
            in (
                "last step",
                "the last step",
                "what was the last step",
                "repeat the last step",
                "read the last step",
            )
            or "still" in text
        ):
            return None  # "the last step" is more often the one just read
        return Wish("goto", {"step": -1})
    found = ordinal(match["ord"])
    return Wish("goto", {"step": found}) if found else None
