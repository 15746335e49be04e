"""What people type, made regular: lower case, common typos mended, politeness peeled off, numbers in words read."""

import re

from retrieval.amounts import parse_duration
from retrieval.units import NUMBER, number

__all__ = [
    "NUMBER",
    "ORDINAL",
    "bare",
    "clauses",
    "duration_s",
    "number",
    "ordinal",
    "regular",
    "spell_duration",
    "unasked",
]

ORDINALS: dict[str, int] = {
    w: n
    for n, w in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
}
ORDINAL = r"(?:" + "|".join(ORDINALS) + r"|\d+(?:st|nd|rd|th))"

# Short words cannot be mended by distance ("stew" is not "step"), so their slips are listed.
_SLIPS = dict(
    pair.split(": ")
    for pair in """
nxt: next; nex: next; enxt: next; nextt: next; neext: next; nect: next; stp: step; setp: step; stpe: step;
stepp: step; bakc: back; bacl: back; prev: previous; whats: what's; wht: what; waht: what; wat: what; hwo:
how; teh: the; u: you; pls: please; plz: please; thx: thanks; ty: thanks; tnx: thanks; reapeat: repeat; repat:
repeat; timr: timer; tiemr: timer; recipie: recipe; receipe: recipe; recepie: recipe; recpie: recipe; mins:
minutes; min: minutes; secs: seconds; hrs: hours; hr: hour; im: i'm; ive: i've; dont: don't; cant: can't;
lets: let's; id: i'd; wheres: where's; thats: that's; doubel: double; haf: half; alergic: allergic; allergc:
allergic; r: are; wanna: want to; gonna: going to; gimme: give me; lemme: let me; gotta: have to; tbsps: tbsp;
cna: can; isnt: isn't; hasnt: hasn't; didnt: didn't; wasnt: wasn't; arent: aren't; wont: won't; couldnt: couldn't;
shouldnt: shouldn't; theres: there's; theyre: they're; havent: haven't; doesnt: doesn't; redy: ready; reday: ready;
tempurature: temperature; cud: could; shud: should; wud: would; cld: could; shld: should; wld: would; wot: what;
wats: what's; wots: what's; hows: how's; smth: something; sth: something; smthing: something
""".strip()
    .replace("\n", " ")
    .split("; ")
)
_QUOTES = str.maketrans("’‘“”–—", "''\"\"--")
_LONG_WORDS = """
ingredients ingredient instructions previous substitute substitution servings allergic vegetarian repeat
recipes recipe metric continue minutes instead replace celsius fahrenheit surprise temperature tablespoon teaspoon
difference
""".split()
_OPENERS = (
    r"(?:ok(?:ay)?|okey|k|alright|all right|right|great|perfect|awesome|cool|nice|good|excellent|"
    r"wonderful|super|fantastic|"
    r"got it|gotcha|thanks(?: a lot| so much)?|thank you(?: so much| very much)?|sure|yes|yeah|yep|yup|"
    r"hey|hi|hello|hmm+|um+|uh+|er+|well|"
    r"so|and|now|then|oh|ah|please|souschef|chef|actually|sorry|excuse me|sounds (?:good|great|easy)|"
    r"that(?:'s| is) (?:done|great|good|easy)|(?:i'?m|i am|all|it'?s|that is|we'?re) (?:all )?(?:done|"
    r"finished|ready|set)"
    r"(?: with (?:that|this|it))?|done|finished|ready|i(?: have|'ve)? (?:did|done) (?:that|it|this)|let's see"
    r"|wait(?=,| (?:go|back|no|what|how|which|can|is|do|i)\b))"
)
_CLOSERS = (
    r"(?:please|sorry|thanks(?: a lot| so much)?|thank you(?: so much| very much)?|now|then|chef|souschef|for "
    r"me|if you can|again please|"
    r"if you (?:would|could|don't mind)|okay|ok|mate|dear|friend|by the way|right now|real quick|quickly)"
)
_OPEN = re.compile(rf"^(?:{_OPENERS})(?:[\s,.!;:-]+|$)")
_CLOSE = re.compile(rf"[\s,.!;:-]+(?:{_CLOSERS})$")
_POLITE = re.compile(
    r"^(?:(?:can|could|would|will) (?:you|we|i)(?: please| just| maybe)?|would you mind|i(?:'d| would) "
    r"like you to|i want you to|"
    r"i need you to|please|just|let's|let us|let me|you can|we can|i want to|i'd like to|i would like to|"
    r"i'm ready to|i'm going to|"
    r"are you able to|is it possible to|do you mind)\s+(?=\w)"
)


_OUT_OF = re.compile(
    r"^(?P<oh>(?:oops|oh no|damn|shoot|argh+|ugh|ok|so|hey)?,? ?)"
    r"(?:(?:all|fresh|clean|totally|completely|ran|we ran|i ran) )?out of "
    r"(?!(?:the|my|this|that|it|here|time|date|order|curiosity|interest|what|which|how)\b|\d)",
    re.IGNORECASE,
)


def regular(text: str) -> str:
    """Lower case, straight quotes, spaces folded, common slips mended; punctuation kept."""
    text = text.lower().translate(_QUOTES)
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"(?<=[a-z] )(?:n|'n'?|&)(?= [a-z])", "and", text)  # "saffron n milk"
    return completed(re.sub(r"[a-z']+", lambda match: _mend(match[0]), text))


def completed(text: str) -> str:
    """Words with the subject that a cook left out: "out of eggs, got flax" → "i'm out of eggs, got flax"."""
    return _OUT_OF.sub(r"\g<oh>i'm out of ", text, count=1)


def bare(text: str) -> str:
    """:func:`regular` text without the politeness around it: ``"ok, what's next please?"`` → ``"what's next"``."""
    text = text.strip(' \t?!.,;:-"')
    while True:
        shorter = _CLOSE.sub("", text).strip(" ?!.,;:-")
        opened = _OPEN.sub("", shorter, count=1).strip(" ?!.,;:-")
        shorter = opened or shorter
        if shorter == text:
            return text
        text = shorter


def unasked(text: str) -> str:
    """:func:`bare` text without "can you", "I want to", "let's" in front."""
    while True:
        shorter = _POLITE.sub("", text, count=1)
        if shorter == text:
            return text
        text = shorter


def clauses(text: str) -> list[str]:
    """Sentences and comma-separated parts, in order, with their question marks."""
    return [
        part.strip()
        for part in re.findall(r"[^.!?;,]+[.!?;,]*", re.sub(r"(?<=\d)[.,](?=\d)", "\0", text))
        if part.strip()
    ]


def ordinal(word: str) -> int | None:
    """``"second"``, ``"3rd"`` as 2, 3."""
    word = word.strip().lower()
    if word in ORDINALS:
        return ORDINALS[word]
    match = re.fullmatch(r"(\d+)(?:st|nd|rd|th)", word)
    return int(match[1]) if match else None


def duration_s(text: str) -> float | None:
    """Seconds named in :func:`regular` text, parts added: ``"an hour and 30 minutes"`` → 5400; None if there is none.

    ``"5:30"`` is five and a half minutes here: it is said to a timer, not read in a recipe.
    """
    text = re.sub(r"\bquarter of an hour\b", "15 minutes", text)
    clock = re.search(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?\b", text)
    if clock:
        parts = [int(p) for p in clock.groups() if p]
        return float(parts[0] * 3600 + parts[1] * 60 + parts[2] if len(parts) == 3 else parts[0] * 60 + parts[1])
    seconds = parse_duration(text)
    return float(seconds) if seconds else None


def spell_duration(seconds: float) -> str:
    """``5400`` → ``"1 hour 30 minutes"``."""
    left = max(0, round(seconds))
    parts = []
    for size, name in ((3600, "hour"), (60, "minute"), (1, "second")):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return " ".join(parts) or "0 seconds"


def _mend(word: str) -> str:
    if word in _SLIPS:
        return _SLIPS[word]
    if (
        len(word) >= 6
        and word not in (*_LONG_WORDS, "reheat")
        and not (word.endswith("s") and word[:-1] in _LONG_WORDS)
    ):
        for target in _LONG_WORDS:
            if abs(len(word) - len(target)) <= 1 and word[0] == target[0] and near(word, target):
                return target
    return word


def near(a: str, b: str) -> bool:
    """At most one letter changed, added, dropped or swapped with its neighbour."""
    if len(a) == len(b):
        wrong = [i for i in range(len(a)) if a[i] != b[i]]
        return len(wrong) == 1 or (len(wrong) == 2 and wrong[1] == wrong[0] + 1 and a[wrong[0]] == b[wrong[1]])
    long, short = (a, b) if len(a) > len(b) else (b, a)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
