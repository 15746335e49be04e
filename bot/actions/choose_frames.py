"""Frames of a wish for a recipe: "something with chickpeas, under 30 minutes, no nuts"."""

import re

from bot.actions.recogniser import Wish
from bot.actions.restrictions import DIET, DIETS
from bot.words import bare, duration_s, unasked

_MEAL = (
    r"(?:breakfast|lunch|dinner|supper|brunch|dessert|tea|tonight|today|a snack|snack|the kids|the "
    r"weekend|a party|a picnic|two|four)"
)


# (frame, whether it can only mean a recipe). ``q`` is what to search.
_CHOOSE: tuple[tuple[str, bool], ...] = (
    (
        r"(?:.*\b)?(?:an?|any|some|the|good|best|easy|find|more|got) (?:\w+ )?(?:recipes?|"
        r"dish(?:es)?) (?:for|with|using|of|that (?:has|have|uses?|includes?)|containing|to make|on|"
        r"about|how to make) (?P<q>.+)",
        True,
    ),
    (r"recipes? (?:for|with|using|how to make) (?P<q>.+)", True),
    (r"(?:find|search|look)(?: me)?(?: for| up)? (?:an? |some |the )?(?P<q>.+?)(?: recipes?)?", True),
    (
        r"(?:show|give|get|suggest|recommend|bring)(?: me| us)? (?:an? |some |any )?(?P<q>.+?) "
        r"(?:recipes?|dish(?:es)?|ideas?|meals?)(?: please)?",
        True,
    ),
    (
        r"(?:what|which) (?:can|could|should|would) (?:i|we|you) (?:cook|make|prepare|bake)(?: (?:for|tonight|"
        r"today|now))?(?: (?:dinner|lunch))?(?: (?:with|from|using|out of)) (?P<q>.+)",
        True,
    ),
    (
        r"(?:something|anything|some food|a meal|a dish|dinner|lunch|an idea)(?: (?:to (?:eat|cook|"
        r"make)|nice|good))?(?: (?:with|using|like|from|that has|containing))(?P<q> .+)",
        True,
    ),
    (
        r"(?:(?:any|some|got any|have you(?: got)?(?: any)?|do you have(?: any)?|give me(?: some| an)?) )?"
        r"(?:ideas?|suggestions?|what|something|anything)(?: (?:about|on|for))?(?: what)?(?: (?:else|good|nice))? "
        r"(?:(?:can|could|should|shall|might|would|to|i|we|you) ){1,3}"
        r"(?:make|cook|prepare|bake|do(?! with (?:the|this|that|these|those|my|it|them|left)))"
        r"(?: (?:tonight|today))? (?:with|from|out of) (?P<q>.+)",
        True,
    ),
    (r"(?:something|anything|a meal|a dish|dinner|lunch|breakfast|a snack|dessert)(?P<q>)", True),
    (r"something (?P<q>\w+)", True),
    (
        r"(?:what(?:'s| is| about| have you got| do you have| (?:can|could|should|shall) (?:i|we|you) (?:make|have|"
        r"serve|do))|(?:any )?ideas?|and)(?: (?:something|anything|there))?(?: (?:good|nice|easy|quick))? (?:for|as) "
        r"(?:an? |the )?"
        r"(?P<q>dessert|pudding|starter|appetizer|side dish|side|snack|afters)",
        True,
    ),
    (
        r"(?:what|which) (?P<q>.+?) (?:do you have(?! to)|have you got|can you offer)(?: (?:that(?:'s| is| are)|"
        r"which (?:is|are)))?",
        True,
    ),
    (r"(?:what|which|how many) (?P<q>.+?) recipes? (?:do you|have you|are there|can you|could you).*", True),
    (
        r"(?:do you (?:have|know)|have you got|got|is there|are there|any)(?: (?:an?|any|some))? "
        r"(?P<q>.+?)(?: recipes?| dishes)",
        True,
    ),
    (
        r"(?:do you (?:have|know)|have you got)(?: (?:an?|any|some))? (?:recipes? (?:for|with) |"
        r"anything (?:with |for )|something (?:with |for )?|how to make )(?P<q>.+)",
        True,
    ),
    (
        r"(?:i'm |i am |we're )?(?:in the mood for|craving|feeling like|up for|dying for) (?:an? |"
        r"some |something )?(?P<q>.+)",
        True,
    ),
    (r"(?:i |we )?feel like (?:eating |having |cooking |making )?(?:an? |some |something )?(?P<q>.+)", True),
    (
        r"(?:i|we) (?:have|got|'ve got)(?: got)?(?: (?:some|an?|only|just|leftover))* (?P<q>.+?),?(?: "
        r"and)? (?:what|which recipes?|any) (?:can|could|should|shall|would|ideas|recipes|"
        r"do)\b.*?(?:\b(?:make|cook|bake|suggest|recommend|ideas|recipes)\b.*)",
        True,
    ),
    (
        r"(?:how (?:do|can|would|should|to|does one) ?(?:i|we|you)?) (?:make|cook|bake|prepare) "
        r"(?:an? |some |the )?(?P<q>.+)",
        False,
    ),
    (
        r"(?:help me |teach me (?:how )?to |guide me through |walk me through |show me how to |"
        r"(?:start|starting|begin) (?:by )?|i'm |we're )?(?:make|making|cook|cooking|bake|baking|"
        r"prepare|try|fry|grill|switch to) (?:an? |some |the |your |this |these )?(?P<q>.+)",
        False,
    ),
    (r"(?:guide me through|walk me through|open|start) (?:an? |some |the |your )?(?P<q>.+)", False),
    (
        r"(?:i |we )?(?:want|would like|'d like|could eat|fancy|would love)(?: to (?:make|cook|eat|"
        r"have|bake|try|prepare))? (?:an? |some |the )?(?P<q>.+)",
        False,
    ),
    (r"(?:an? |the )?(?P<q>.+?) recipes?", True),
)
# What no dish is called: a query with one of these is talk about the cooking at hand.
_NO_DISH = re.compile(
    r"\b(?:i|i'm|i've|i'd|you|you're|we|it|it's|its|this|that|them|they|these|those|what|what's|"
    r"how|why|when|do|does|did|is|are|am|was|were|be|been|should|would|could|can|"
    r"need|needed|step|steps|next|tell|list|ingredients?|else|after|before|while|until|done|day|"
    r"one|help|your|my|given|added|recipe|now|timer|time|sooner|sure|wait|attention|"
    r"ahead|together|instructions?|instead|more|another|other|me|sense|mess|mistake|great|good "
    r"time|appreciate|type|use|using|temperature)\b|^(?:to|for|of|in|into|like|know|see|cooking|"
    r"baking|started|going)\b|"
    r"^(?:sauce|dough|batter|filling|mixture)$| the | to "
)
_ASKED = re.compile(
    r"(?:can|could|should|may|must|do|does|is|are|will|would) (?:i|we|it|that|this|they|these|those|the)\b"
)


def choose_frame(text: str) -> Wish | None:
    """A wish for a recipe. ``query`` is what to search; ``with``, ``without``, ``max_total_s``, ``diet`` narrow it.

    ``sure`` tells whether the frame can only mean a recipe ("a recipe for …"); it is heard in the middle of one, too.
    """
    whole = bare(text)
    limits, rest = limits_of(unasked(whole))
    for frame, sure in _CHOOSE:
        match = re.fullmatch(frame, rest)
        if match is None:
            continue
        query = _query(match["q"])
        asked = _ASKED.match(whole)
        if not sure and asked and (len(query.split()) > 3 or not re.search(r"\b(?:make|cook|bake)\b", whole)):
            return None  # "can I prepare the sauce the day before?" is a question
        if _NO_DISH.search(query) or len(query.split()) > 8:
            return None
        if not query and not limits:
            return Wish("suggest") if sure else None
        return Wish("choose", {"query": query, "sure": sure, **limits})
    if limits and re.fullmatch(
        r"(?:an?|some|any|quick|easy|simple|fast|meal|dish|food|dinner|lunch|recipes?|something|anything|and|give|show|"
        r"find|get|make|cook|suggest|recommend|me|us|i|want|need|'d|would|like|to|have|for|tonight|ideas?|but|\s|,)*",
        rest,
    ):
        return Wish("choose", {"query": "", "sure": True, **limits})
    if limits and (match := re.fullmatch(r"(?:an?|some|any) (?P<q>[a-z -]{3,40})", rest)):
        return Wish("choose", {"query": _query(match["q"]), "sure": True, **limits})
    return None


def _query(text: str) -> str:
    text = re.sub(
        rf"\b(?:for|this) {_MEAL}\b|\b(?:please|instead|tonight|today|now|recipes?|that i can make|with you|together|"
        rf"at home|for me|for us|from scratch)\b",
        " ",
        text,
    )
    text = re.sub(
        r"^(?:made )?(?:with|using|from|of)\s+|^(?:an?|some|any|the|good|nice|tasty)\s+", "", text.strip(" ,.?!")
    )
    return re.sub(r"\s+", " ", text).strip(" ,.?!")


_TIME_LIMIT = re.compile(
    r",?\s*(?:(?:but |and )?(?:that (?:takes|is ready|can be done|i can (?:make|cook))|ready|done|takes?|"
    r"which takes|made))?\s*"
    r"(?:in )?(?:(?:under|within|less than|no more than|at most|max(?:imum)?|up to|below|in less than|in "
    r"under|not (?:more|longer) than|in)|(?=\d+[ -]minute))\s*"
    r"(?P<t>(?:half an hour|an hour(?: and a half)?|(?:\d+|[a-z]+)[ -](?:minutes?|hours?)(?: and a "
    r"half)?))(?: or less| max| tops)?"
)
_WITHOUT = re.compile(
    r",?\s*\b(?:but |and )?(?:(?:with )?(?:no|without|not containing|minus|excluding|leaving out|free of|"
    r"avoid(?:ing)?)) (?:any |the )?(?P<x>[a-z -]+?)(?=,|$| and (?:no|without|under|in|less|ready)| under "
    r"| within | in \d| less than | with (?!no))"
)


def limits_of(text: str) -> tuple[dict[str, object], str]:
    """Conditions taken out of a wish for a recipe, and what is left of it."""
    limits: dict[str, object] = {}
    match = _TIME_LIMIT.search(text)
    if match and (seconds := duration_s(match["t"].replace("-", " "))):
        limits["max_total_s"] = seconds
        text = f"{text[: match.start()]} {text[match.end() :]}"
    elif re.search(r"\b(?:quick|fast|speedy)\b", text) and re.search(
        r"\b(?:recipe|dinner|lunch|meal|something|dish|snack|breakfast)\b", text
    ):
        limits["max_total_s"] = 1800.0
    without: list[str] = []
    while match := _WITHOUT.search(text):
        without += [w for part in re.split(r"\bor\b|\band\b|\bnor\b", match["x"]) if (w := part.strip())]
        text = f"{text[: match.start()]} {text[match.end() :]}"
    for word in re.findall(r"\b([a-z]+)-free\b", text):
        if f"{word}-free" not in DIETS:
            without.append(word)
    if without:
        limits["without"] = without
    match = re.search(rf"\b(?P<d>{DIET})\b", text)
    if match:
        limits["diet"] = [DIETS[match["d"]]]
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return limits, re.sub(r"\s+", " ", re.sub(r"\s+,", ",", text)).strip(" ,")
