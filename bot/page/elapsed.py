"""A span of the step at hand that the cook says has passed: "that's the two hours over", "garlic's had its minute"."""

import re

from bot.page.question import read, went_wrong
from bot.page.undone import wants_heat
from bot.words import regular
from retrieval.amounts import find_durations
from retrieval.sentences import split

ENOUGH, MUCH = 0.95, 1.5  # a time that is less, or more, than so many times the step's is of something else
_SPAN = r"(?:seconds?|minutes?|hours?)"
_UNSAID = (  # spans without a number, as they are said; "minutes", since a slip is mended to that
    (re.compile(r"\b(?:a )?quarter(?: of an| of)? hour\b"), "15 minutes"),
    (re.compile(r"(?<!and )(?<!and a )\b(?:an? )?half(?: of)?(?: an)?[ -]hour\b"), "30 minutes"),
    (re.compile(r"(?<!and )(?<!and a )\b(?:an? )?half(?: of)?(?: a)?[ -]minutes?\b"), "30 seconds"),
    (re.compile(r"\b(?:the|my|its|it's|their|that|that's|an?|full|whole) (hour|minute)s?\b"), r"1 \1"),
    (re.compile(r"^(hour|minute)s?\b"), r"1 \1"),
)
_OVER = re.compile(
    rf"{_SPAN}'?(?: and an? (?:half|quarter))?(?: (?:of|on) (?:the )?\w+| soak| rest| simmer)?(?:'s|'re)?"
    r"(?: (?:is|are|has|have|it's|just|now))* "
    r"(?:up|over(?! (?:\w+ )?(?:heat|low|medium|high|the|a|it)\b)|passed|past|gone|elapsed|finished?|done|later(?=$|,))"
    r"(?!\w)"
)
_HAD = re.compile(
    r"\b(?:had|stood|sat|been|took(?= (?:its|their|the)))(?: (?:in (?:there|it)|on|out|at it|resting|cooking))?"
    r"(?: (?:its|their|the|a|full|whole|good))*(?: for)?\s*$"
)
_RANG = re.compile(
    r"\b(?:timer|buzzer)(?:'s| is| has| just)* (?:just )?"
    r"(?:rang|rung|beep\w*|ding\w*|went(?: off)?|gone(?: off)?|going off|up|over)\b"
)
_NOT_YET = re.compile(
    r"\b(?:still|not|never|only|but|almost|nearly|about to|more|left|to (?:go|get|come|finish)|too|yet|already|if|when|"
    r"until|till?|no|hardly|barely|goes?|going|set|start\w*|first|one side|flip\w*|turn\w*|another|in (?:an?|\d\w*)|"
    r"will|\w+'ll|longer|needs?|(?:half|most|quarters?) (?:of )?(?:the|my|its|it's|that)|"
    r"pink|raw|blood\w*|crunchy|hard|wet|cold|frozen|runny|pale|soup\w*|rocks?|tough)\b|\w+n't\b|"
    rf"\bof the (?:\w+[ -])?\w+ {_SPAN}\b"
)
_NO_WAIT = re.compile(r"\b(?:every|after|within|last|first|another)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_IN_PARTS = re.compile(
    r"\b(?:per|a|each|first|other|second|one) side\b|\bbatch|\bat a time\b|\beach\b|\bhalfway\b|\btogether\b",
    re.IGNORECASE,
)
_GOES_ON = re.compile(r"\bthen\b|\bbefore\b", re.IGNORECASE)


def time_is_up(text: str, step: str) -> bool:
    """Whether a cook says that the time has passed with which a step ends, and nothing that speaks against going on.

    A step that goes on after its wait, is done in parts or asks for a temperature is not over when its time is.

    Args:
        text: The cook's words.
        step: The step at hand.
    """
    said = regular(text)
    rang = _RANG.search(said) is not None
    said = _RANG.sub(" ", said)  # "went off" is no sour milk here
    span = _wait(step)
    if not span or "?" in text or _NOT_YET.search(said) or went_wrong(said) or read(said).asks:
        return False
    for pattern, plain in _UNSAID:
        said = pattern.sub(plain, said)
    told = find_durations(said)
    if rang:
        return all(_fits(seconds, span) for seconds, _ in told) and (bool(told) or len(find_durations(step)) == 1)
    return any(
        (_HAD.search(said[:start]) or _OVER.match(said, _unit_at(said, start, end))) and _fits(seconds, span)
        for seconds, (start, end) in told
    )


def _fits(seconds: float, span: float) -> bool:
    return ENOUGH * span <= seconds <= MUCH * span


def _wait(step: str) -> float:
    """Seconds of the wait that a step ends with, of a range the lower end; 0 where it has none, or another that may be
    meant.
    """
    waits = [(s, end) for s, (start, end) in find_durations(step) if not _NO_WAIT.search(step[:start])]
    if not waits or _IN_PARTS.search(step) or wants_heat(step):
        return 0.0
    (*before, (span, end)) = waits
    ends = end > len(step) - len(split(step)[-1]) and not _GOES_ON.search(step[end:])
    return float(span) if ends and not any(_fits(span, s) or _fits(s, span) for s, _ in before) else 0.0


def _unit_at(said: str, start: int, end: int) -> int:
    """Where the last unit of a span begins."""
    units = list(re.finditer(_SPAN, said[start:end]))
    return start + units[-1].start() if units else end
