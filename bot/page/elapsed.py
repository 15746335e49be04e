"""A span of the step at hand that the cook says has passed: "that's the two hours over", "garlic's had its minute"."""

import re

from bot.page.question import read, went_wrong
from bot.words import regular
from retrieval.amounts import find_durations

ENOUGH = 0.95  # share of the step's span that must have passed
MUCH = 1.5  # what is more than so many times the span may be of another one
_SPAN = r"(?:seconds?|minutes?|hours?)"
_UNSAID = (  # spans without a number, as they are said
    (re.compile(r"\b(?:a )?quarter(?: of an| of)? hour\b"), "15 minutes"),
    (re.compile(r"\b(?:an? )?half(?: of)?(?: an)?[ -]hour\b"), "30 minutes"),
    (re.compile(r"\b(?:an? )?half(?: of)?(?: a)?[ -]minutes?\b"), "30 seconds"),
    (re.compile(r"\b(?:the|my|its|it's|their|that|that's|an?|first|last|full|whole) (hour|minute)s?\b"), r"1 \1"),
    (re.compile(r"^(hour|minute)s?\b"), r"1 \1"),  # "minutes": a slip is mended to that
)
_OVER = re.compile(
    rf"{_SPAN}(?:(?:'s|'re)?(?: (?:of )?\w+){{0,3}}(?:'s|'re)?)?(?: (?:is|are|has|have|it's|just|now|already))* "
    r"(?:up|over|passed|past|gone|elapsed|finished?|done|later)\b"
)
_HAD = re.compile(
    r"\b(?:had|took|stood|sat|got|spent|been)(?: (?:in (?:there|it)|on|out|at it|resting|cooking))?(?: for)?\s*$"
)
_RANG = re.compile(
    r"\b(?:timer|buzzer|bell|alarm)(?:'s| is| has| just)* (?:just )?"
    r"(?:rang|rung|beep\w*|ding\w*|went(?: off)?|gone(?: off)?|going off|up|over)\b"
)
_NOT_YET = re.compile(
    r"\b(?:still|not|never|only|but|almost|nearly|about to|more|left|to go|too|yet|already|if|when|until|till|no|"
    r"hardly|barely|goes?|going|set|start\w*|first|one side|flip\w*)\b|\w+n't\b|"
    rf"\bof the (?:\w+[ -])?\w+ {_SPAN}\b"
)


def time_is_up(text: str, step: str) -> bool:
    """Whether a cook says that the time of a step has passed, and nothing that speaks against going on.

    Of several spans of a step it is the last that must have passed, or all of them together; of a range its lower end.

    Args:
        text: The cook's words.
        step: The step at hand.
    """
    spans = [seconds for seconds, _ in find_durations(step)]
    said = regular(text)
    rang = _RANG.search(said) is not None
    said = _RANG.sub(" ", said)  # "went off" is no sour milk here
    if not spans or "?" in text or _NOT_YET.search(said) or went_wrong(said) or read(said).asks:
        return False
    if rang:
        return len(spans) == 1
    for pattern, plain in _UNSAID:
        said = pattern.sub(plain, said)
    for seconds, (start, end) in find_durations(said):
        told = _HAD.search(said[:start]) or _OVER.match(said, _unit_at(said, start, end))
        of_all = len(spans) > 1 and seconds >= ENOUGH * sum(spans)
        if told and (of_all or ENOUGH * spans[-1] <= seconds <= MUCH * spans[-1]):
            return True
    return False


def _unit_at(said: str, start: int, end: int) -> int:
    """Where the last unit of a span begins."""
    units = list(re.finditer(_SPAN, said[start:end]))
    return start + units[-1].start() if units else end
