"""Whether a message that is no command may still mean "done, what is next?".

Only what says that something is done does ("The onions are soft now.", "I've mixed them."); a question, a problem and a
remark about something else leave the cook where they are.
"""

import re

from bot.page.question import asks_for_next, read, stems, went_wrong
from bot.words import regular

_DONE = re.compile(
    r"\b(?:done|finished|ready|complete|completed|all set|got (?:it|that|them|everything)|did (?:it|that|this)|go on|"
    r"continue|proceed|move on|moving on|start|begin|understood|okay|ok|alright|all right|will do|sounds? good)\b|"
    r"\b(?:i|we)(?:'ve| have)(?: just| now| already| all)? (?!to\b|no\b|a\b|an\b|the\b|some\b|only\b)\w+|"
    r"\b(?:is|are|'s|'re) (?:now |all |already )*(?:in|on|off|out|there|done|ready|soft|tender|golden|brown|boiling|"
    r"simmering|bubbling|hot|warm|cool|cold|smooth|thick|\w+ed)\b|\bhas been\b|\bhave been\b|\w{2,}ed[.! ]*$"
)
_CLAUSE = re.compile(r"(?:^|[.;:,] (?:and |then )*|\b(?:and|then) )(?P<verb>[A-Za-z]+)")
# A thing that is not as it should be, or about somebody else.
_STUCK = re.compile(r"\b(?:what now|now what|what else|what (?:do|should|can) (?:i|we) do)\b|\bhelp(?: me)?[!.]*$")
_NOT_SO = re.compile(
    r"\bsome (?:of|are|did|do|still|were)\w*|^no\b(?![.,!]|$| problem)|(?<!^)\bno\b(?! problem)|"
    r"\b(?:still|not|never|too|only|mine|wrong|(?<!no )problem|wants?|instead|meant|mean|but|without|almost|bit|why|"
    r"forgot|missed|spilled|spilt|dropped)\b|\w+n'?t\b"
)


def stuck(text: str) -> bool:
    """Whether "what now?" asks for help: "I only got 4 cups, what now?"."""
    said = regular(text)
    asked = _STUCK.search(said)
    return went_wrong(text) or (asked is not None and _NOT_SO.search(said[: asked.start()]) is not None)


def goes_on(text: str, step: str) -> bool:
    """Whether a message may be taken for "done, what is next?".

    Args:
        text: The cook's words.
        step: The step at hand, or "" before the first.
    """
    said = regular(text)
    if asks_for_next(said):
        return not stuck(text)
    if "?" in text or read(text).asks or went_wrong(text) or _NOT_SO.search(said):
        return False
    done = stems(said) & _verbs(step)  # "I mixed in the flour"
    return bool(_DONE.search(said) or done)


def _verbs(step: str) -> frozenset[str]:
    """Stems of what a step says to do: the words that its clauses begin with."""
    return stems(" ".join(match["verb"] for match in _CLAUSE.finditer(step)))
