"""What a question is after: a duration, an amount, the next step …, read with patterns; and what texts offer of it.

The reranker learns how much each counts; nothing here decides anything by itself.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from dataclasses import dataclass
from functools import lru_cache

from retrieval.passage import Query
from retrieval.text import content_words, normalise, words

_TYPES = {
    "time": r"how long|how much (?:more |longer )?time|how many (?:minutes|hours)|\bwhen (?:will|is|are|does|do) .{0,40}\b(?:done|ready|finish)|"
    r"\bminutes?\b|\bhours?\b|overnight|what time|\btimer?\b|how much longer|\blong\b",
    "temperature": r"temp|degrees|how (?:hot|high|warm|low)|what heat|\bheat\b|preheat|setting|\bhot\b|\bflame\b",
    "amount": r"how (?:much|many)|amount|quantity|measure|\bsize\b|how big|how large|\bservings?\b|\benough\b",
    "tool": r"\bpans?\b|\bpots?\b|\bbowls?\b|\btools?\b|equipment|utensil|\bdish\b|skillet|mixer|processor|blender|\boven\b|\bgrill\b|tray|rack",
    "list": r"ingredients|what (?:all )?(?:do|will|would|should) i (?:\w+ )?(?:need|get|buy|gather)|\bgather\b|shopping|(?:other|these|those) (?:items|things)|"
    r"\bitems\b|get started",
    "next": r"\bnext\b|now what|what now|\bnow\b|after (?:that|this|i|it)|\bthen\b|what (?:should|do|can|else|must) i do|\bafter\b|\bonce\b|continue|"
    r"go on|move on|\bready (?:for|to)\b|what'?s the step|following",
    "done": r"anything else|am i (?:done|finished)|all done|is that (?:it|all|everything)|we'?re done|last step|final|before serving|finished\?|"
    r"\banother step|ready to (?:eat|serve|be)|done here|more i (?:should|need)|else",
    "first": r"\bfirst\b|\bbegin\b|\bstart(?:ed|ing)?\b",
    "repeat": r"repeat|again|clarify|pardon|didn'?t (?:understand|get|catch)|say that|remind|mean\b|to be clear|confus|double check|was i|did you",
    "until": r"how (?:do|will|can|would|should) i (?:know|tell|determine|make sure)|look like|supposed to (?:look|be)|until|consistency|texture|"
    r"how (?:soft|tender|thick|brown|crisp|done|thin|fine|small|wide|finely)|level of",
    "sort": r"what (?:kind|type|sort|brand|group)s?|which|\bor\b.{0,60}\?|\bfresh\b|canned|frozen|dried|types? of|regular|extra",
    "why": r"\bwhy\b|reason|purpose|used for|\bwhat (?:is|are) .{0,30}\bfor\b",
    "store": r"\bstor(?:e|ed|age|ing)\b|\bkeep\b|freez|refrigerat|leftover|fridge|in advance|ahead|pantry|shelf",
    "serve": r"\bserv|\bplate|\beat\b|garnish|\btop\b|present",
    "prepare": r"\bchop|\bslic|\bdic|\bpeel|\bseed|\bmince|\bcut\b|grate|drain|rinse|toast|melt|soften",
    "confirm": r"^(?:\W*\w+,)?\s*(?:so |and |but |ok,? )?(?:should|do|does|can|could|is|are|will|am|would|was|did)\b|[.!?] (?:should|do|does|can|could|is|are|will)\b",
    "howto": r"how (?:do|should|would|can|am|will) (?:i|we|you)|how to|\bexplain\b",
    "substitute": r"instead|substitut|replace|don'?t have|out of\b|without|swap|alternative|could i use|can i use",
    "done_that": r"\b(?:i'?ve|i have|it'?s|that'?s|is|are|got it|has been|have been|done|finished|ready|added|mixed|complete)\b.{0,60}[.,!?]",
}
# The narrow forms: what is asked for is said outright.
_TYPES |= {
    "how_long": r"how (?:much )?long(?:er)?\b|how (?:much|many) (?:more )?(?:time|minutes|hours|days)|what(?: is the|'s the)? "
    r"(?:cook(?:ing)?|bak(?:e|ing)|total) time|for what length",
    "how_hot": r"(?:what|which|how much) (?:\w+ ){0,2}(?:temp|heat|degree|setting)|how (?:hot|high|low|warm)|temperature\b|"
    r"at what temp|what temp",
    "how_much": r"how (?:much|many)(?! (?:more )?(?:time|minutes|hours|long))|what (?:amount|quantity)|amount of|enough\?",
}
QUESTION_TYPES = tuple(_TYPES)
_TYPE_PATTERNS = tuple(re.compile(p) for p in _TYPES.values())

_OFFERS = {
    "time": r"\b(?:minutes?|hours?|seconds?|overnight|days?|weeks?|months?)\b",
    "temperature": r"\d\s*degrees|\d ?[fc]\b|(?:low|medium|high)[a-z-]* heat|preheat|room temperature|\bheat\b|simmer|boil",
    "amount": r"\d|\b(?:half|pinch|dash|handful|one|two|three)\b",
    "tool": r"\b(?:pan|pot|bowl|skillet|saucepan|dish|processor|blender|sheet|oven|grill|rack|whisk|plate|tin|platter|foil|knife|spoon|fork|jars?|cooker)\b",
    "until": r"\buntil\b|\btill\b",
    "prepare": r"\b(?:chopped|sliced|diced|peeled|seeded|minced|cut|drained|toasted|grated|halved|rinsed|melted|softened|cubed|ground|fresh|frozen|canned|dried|boneless|unsalted)\b",
    "serve": r"\bserv|garnish|sprinkle|\btop\b|immediately|\bplate",
    "store": r"refrigerat|\bstor|freez|airtight|fridge|ahead|\bkeep",
    "optional": r"if desired|optional|to taste|if using|or more",
    "preheat": r"preheat",
    "degrees": r"\d\s*degrees",
    "heat": r"\b(?:low|medium|high)[a-z-]*(?: |-)(?:to-)?(?:\w+ )?heat|heat to \w+|simmer|\bheat\b",
}
OFFERS = tuple(_OFFERS)
_OFFER_PATTERNS = tuple(re.compile(p) for p in _OFFERS.values())
_ROLE = re.compile(r"^\s*(cook|user|student|wizard|teacher|assistant|bot)\s*:\s*", re.IGNORECASE)
_WIZARDS = {"wizard", "teacher", "assistant", "bot"}


@lru_cache(maxsize=50_000)
def offers(text: str) -> tuple[bool, ...]:
    """Which of ``OFFERS`` a text holds."""
    plain = normalise(text)
    return tuple(bool(pattern.search(plain)) for pattern in _OFFER_PATTERNS)


def question_types(text: str) -> tuple[bool, ...]:
    """Which of ``QUESTION_TYPES`` a question is; often several."""
    plain = text.lower().replace("’", "'")
    return tuple(bool(pattern.search(plain)) for pattern in _TYPE_PATTERNS)


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier turn: whether the wizard said it, its words."""

    wizard: bool
    text: str
    stems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """A query, read.

    Attributes:
        query: The query itself.
        stems: Content words of the question.
        sequence: All its words in order.
        asked: Content words of its last sentences that ask something (the rest is often about what was done).
        types: Per ``QUESTION_TYPES``.
        history: Earlier turns, oldest first.
    """

    query: Query
    stems: tuple[str, ...]
    sequence: tuple[str, ...]
    asked: tuple[str, ...]
    types: tuple[bool, ...]
    history: tuple[Said, ...]

    @property
    def wizard(self) -> tuple[Said, ...]:
        """The wizard's turns."""
        return tuple(turn for turn in self.history if turn.wizard)

    @property
    def cook(self) -> tuple[Said, ...]:
        """The cook's turns."""
        return tuple(turn for turn in self.history if not turn.wizard)


def read_query(query: Query, turns: int = 8) -> Ask:
    """Read a query: kinds of question, and who said what before (turns without a role alternate back from the wizard)."""
    history = []
    recent = query.history[-turns:]
    for back, turn in enumerate(reversed(recent)):
        match = _ROLE.match(turn)
        text = turn[match.end() :] if match else turn
        text = "" if text.strip() in ("None", "N/A") else text  # an empty turn, as some data sets write it
        wizard = match[1].lower() in _WIZARDS if match else back % 2 == 0
        history.append(Said(wizard, text, tuple(content_words(text))))
    text = query.text[-2000:]
    asking = [part for part in re.split(r"(?<=[.!?])\s+", text) if part.endswith("?")]
    return Ask(
        query,
        tuple(content_words(text)),
        tuple(words(text)),
        tuple(content_words(asking[-1])) if asking else tuple(content_words(text)),
        question_types(text),
        tuple(reversed(history)),
    )
