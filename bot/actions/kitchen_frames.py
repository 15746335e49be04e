"""Frames about what to eat: diets and allergies, and choosing a recipe by talking."""

import re

from bot.actions.recogniser import Wish
from bot.actions.words import bare, duration_s, unasked

DIETS = {
    "vegan": "vegan",
    "plant based": "vegan",
    "plant-based": "vegan",
    "vegetarian": "vegetarian",
    "veggie": "vegetarian",
    "pescatarian": "pescatarian",
    "gluten free": "gluten-free",
    "gluten-free": "gluten-free",
    "dairy free": "dairy-free",
    "dairy-free": "dairy-free",
    "lactose free": "dairy-free",
    "lactose-free": "dairy-free",
    "egg free": "egg-free",
    "egg-free": "egg-free",
    "nut free": "nut-free",
    "nut-free": "nut-free",
    "halal": "halal",
    "kosher": "kosher",
}
_DIET = r"(?:" + "|".join(sorted(DIETS, key=len, reverse=True)) + r")"
_WHO = (
    r"(?:i|we|my (?:\w+ )?(?:wife|husband|partner|son|daughter|kids?|child|children|mother|father|mom|mum|"
    r"dad|friends?|guests?|girlfriend|boyfriend|"
    r"brother|sister|roommate|family|baby|toddler)|one of (?:us|my \w+|the \w+)|some of (?:us|my \w+)|he|"
    r"she|they|someone|somebody)"
)
_FOODS = r"(?P<x>[a-z][a-z', -]{1,60}?)"


def diet_frame(text: str) -> Wish | None:
    """Telling a diet or an allergy, or asking whether the recipe keeps one."""
    text = bare(text)
    this = r"(?:this|it|that|the recipe|this recipe|the dish|this dish|there)"
    match = (
        re.fullmatch(
            rf"(?:is|are|was) {this}(?: (?:recipe|dish))? (?:really |actually |also )?(?P<d>{_DIET})(?: friendly)?",
            text,
        )
        or re.fullmatch(
            rf"(?:can|could|would|may) (?:an? )?(?P<d>{_DIET})s?(?: people| person| guests?| friends?)? (?:eat|"
            rf"have) {this}",
            text,
        )
        or re.fullmatch(rf"is {this} (?:ok|okay|good|suitable|fine|safe) for (?:an? )?(?P<d>{_DIET})s?(?: \w+)?", text)
    )
    if match:
        return Wish("is_diet", {"diet": DIETS[match["d"]]})
    match = (
        re.fullmatch(
            rf"(?:does|do|will|would) {this}(?: recipe| dish)? (?:contain|have|include|use|need|got)(?: any| "
            rf"some)? {_FOODS}(?: in (?:it|this|there|the recipe))?",
            text,
        )
        or re.fullmatch(rf"(?:is|are) there (?:any |some )?{_FOODS} in {this}", text)
        or re.fullmatch(
            rf"(?:is|are) {this} (?:safe|ok|okay|fine|suitable) (?:for|with|if)(?: \w+)* ?(?:an? |i'm allergic to |"
            rf"allergic to )?{_FOODS}(?: allerg(?:y|ies)| allergic| intolerance| intolerant)",
            text,
        )
        or re.fullmatch(rf"(?:is|are) {this} {_FOODS}[ -]free", text)
        or re.fullmatch(rf"(?:is|are) {this} (?:safe|ok|okay) if i(?:'m| am) allergic to {_FOODS}", text)
    )
    if match:
        return Wish("contains", {"item": match["x"].strip()})
    if re.fullmatch(
        r"(?:what|which)(?: are the| kind of)? allergens?(?: are| is)?(?: (?:there|present))?(?: in (?:it|"
        r"this|the recipe|here))?(?: does (?:it|this) (?:have|contain))?|(?:any|are there any) allergens(?: "
        r"in (?:it|this|the recipe))?|allergens?|(?:tell me|list|show)(?: me)? the allergens",
        text,
    ):
        return Wish("allergens")
    allergy = (
        rf"{_WHO}(?:'m|'re|'s| am| are| is)?(?: also| both| all| very| severely| deathly| highly)* allerg(?:ic|"
        rf"y) (?:to|against) {_FOODS}",
        rf"{_WHO}(?: have| has|'ve got|'s got|'ve| got)(?: an?| also a| a severe| a bad| a serious)? "
        rf"{_FOODS}[- ](?:allerg(?:y|ies)|intolerance)",
        rf"{_WHO}(?:'m|'re|'s| am| are| is)?(?: also)? {_FOODS}[- ]intolerant",
        rf"(?:an? )?allerg(?:ic|y) (?:to|against) {_FOODS}",
        rf"{_WHO}(?: also)? (?:can't|cannot|can not|may not|mustn't|must not|shouldn't|am not allowed to|is "
        rf"not allowed to) (?:eat|have|tolerate|touch|digest) (?:any )?{_FOODS}",
        rf"{_FOODS} allergy(?: here)?",
    )
    for frame in allergy:
        match = re.fullmatch(frame, text)
        if match and not re.match(r"(?:it|this|that|them|more|now|spicy|is|does|do|can|what)\b", match["x"]):
            return Wish("set_allergies", {"items": _split_foods(match["x"])})
    match = re.fullmatch(
        rf"{_WHO}(?: also| really)? (?:don't|do not|doesn't|never|won't)(?: eat| like| want| have)+(?: any)? {_FOODS}",
        text,
    ) or re.fullmatch(
        rf"(?:no|without|avoid|leave out|nothing with) {_FOODS}(?: for (?:me|us)| ever| in any recipe)", text
    )
    if match and not re.match(
        r"(?:it|this|that|them|these|those|to|any of|the|a|an|anything|one|much|enough)\b", match["x"]
    ):
        return Wish("set_allergies", {"items": _split_foods(match["x"]), "dislike": True})
    match = re.fullmatch(
        rf"(?:{_WHO}(?:'m|'re|'s| am| are| is| eat| follow| cook| need| keep| want)?(?: also| both| all| "
        rf"mostly| strictly| to eat| to be| only)*(?: an?)? )?(?P<d>{_DIET})(?: (?:diet|food|only|recipes only|"
        rf"people|person|household|family))*",
        text,
    )
    if match:
        return Wish("set_diet", {"diet": DIETS[match["d"]], "said": text})
    if re.fullmatch(
        rf"{_WHO}(?:'m|'re|'s| am| are| is| have| has)?(?: a)? ?(?:c(?:o?e)liac|celiac|coeliac)(?: disease)?", text
    ):
        return Wish("set_allergies", {"items": ["gluten"]})
    if re.fullmatch(rf"{_WHO}(?:'m|'re|'s| am| are| is)?(?: a)? ?lactose[- ]intolerant", text):
        return Wish("set_allergies", {"items": ["dairy"]})
    return None


def _split_foods(text: str) -> list[str]:
    parts = re.split(
        r",|\band\b|\bor\b|\bnor\b|\bas well as\b",
        re.sub(r"\b(?:any|kinds? of|products?|anything with|all)\b", " ", text),
    )
    return [
        p for part in parts if (p := re.sub(r"^(?:i'm|am|to|is|are|the|an?|eat)\s+", "", part.strip(" .,'-")).strip())
    ]


_MEAL = (
    r"(?:breakfast|lunch|dinner|supper|brunch|dessert|tea|tonight|today|a snack|snack|the kids|the "
    r"weekend|a party|a picnic|two|four)"
)


def choose_frame(text: str) -> Wish | None:
    """A wish for a recipe. ``query`` is what to search; ``with``, ``without``, ``max_total_s``, ``diet`` narrow it.

    ``sure`` tells whether the frame can only mean a recipe ("a recipe for …"); it is heard in the middle of one, too.
    """
    whole = bare(text)
    short = unasked(whole)
    limits, rest = _limits(short)
    frames: tuple[tuple[str, bool], ...] = (
        (
            r"(?:.*\b)?(?:recipes?|dish(?:es)?) (?:for|with|using|of|that (?:has|have|uses?|includes?)|containing|"
            r"to make|on|about|how to make) (?P<q>.+)",
            True,
        ),
        (r"(?:find|search|look)(?: me)?(?: for| up)? (?:an? |some |the )?(?P<q>.+?)(?: recipes?)?", True),
        (
            r"(?:show|give|get|suggest|recommend|bring)(?: me| us)? (?:an? |some |any )?(?P<q>(?!step|ingredient|"
            r"next|previous|timer|more\b|all\b|the\b).+?) (?:recipes?|dish(?:es)?|ideas?|meals?)(?: please)?",
            True,
        ),
        (
            r"(?:what|which) (?:can|could|should) (?:i|we) (?:cook|make|do|prepare|bake)(?: (?:for|tonight|today|"
            r"now))?(?: (?:dinner|lunch))?(?: (?:with|from|using|out of)) (?P<q>.+)",
            True,
        ),
        (
            r"(?:something|anything|some food|a meal|a dish|food|dinner|lunch|an idea)(?: (?:to (?:eat|cook|make)|"
            r"nice|good))?(?: (?:with|using|like|from|that has|containing))? ?(?P<q>.*)",
            True,
        ),
        (r"(?:what|which|how many) (?P<q>.+?) recipes? (?:do you|have you|are there|can you|could you).*", True),
        (
            r"(?:do you (?:have|know)|have you got|got|is there|are there|any)(?: (?:an?|any|some))? "
            r"(?P<q>.+?)(?: recipes?| dishes)",
            True,
        ),
        (
            r"(?:do you (?:have|know)|have you got)(?: (?:an?|any|some))? (?:recipes? (?:for|with) |anything "
            r"(?:with |for )|something (?:with |for )?|how to make )(?P<q>.+)",
            True,
        ),
        (
            r"(?:i'm |i am |we're )?(?:in the mood for|craving|feeling like|up for|dying for) (?:an? |some |"
            r"something )?(?P<q>.+)",
            True,
        ),
        (r"(?:i |we )?feel like (?:eating |having |cooking |making )?(?:an? |some |something )?(?P<q>.+)", True),
        (
            r"(?:how (?:do|can|would|should|to|does one) ?(?:i|we|you)?) (?:make|cook|bake|prepare) (?:an? |some |"
            r"the )?(?P<q>.+)",
            False,
        ),
        (
            r"(?:help me |teach me (?:how )?to |guide me through |walk me through |show me how to |(?:start|"
            r"starting|begin) (?:by )?|i'm |we're )?(?:make|making|cook|cooking|bake|baking|prepare|do|eat|have|"
            r"try|fry|grill|start|open|switch to) (?:an? |some |the |your |this |these )?(?P<q>.+)",
            False,
        ),
        (
            r"(?:i|we) (?:have|got|'ve got)(?: got)?(?: (?:some|an?|only|just|leftover))* (?P<q>.+?)(?:,? (?:what|"
            r"and want|can you).*)",
            True,
        ),
        (
            r"(?:i |we )?(?:want|need|would like|'d like|could eat|fancy|love)(?: to (?:make|cook|eat|have|bake|"
            r"try|prepare))? (?:an? |some |the )?(?P<q>.+)",
            False,
        ),
        (r"(?:an? |the )?(?P<q>.+?) recipes?", True),
    )
    for frame, sure in frames:
        match = re.fullmatch(frame, rest)
        if match is None:
            continue
        query = _query(match["q"])
        if re.match(
            r"(?:it|this|that|them|sure|step|the (?:next|last|first|dough|sauce|batter|filling|mixture|same)|next|"
            r"timer|more|another|help|to know|you|me|any|wait|started|with step|ahead)\b",
            query,
        ):
            return None
        if not query and not limits:
            return Wish("suggest") if sure and "recipe" in rest else None
        return Wish("choose", {"query": query, "sure": sure, **limits})
    if limits and re.fullmatch(
        r"(?:an?|some|any|quick|easy|simple|fast|meal|dish|food|dinner|lunch|recipes?|something|anything|and|"
        r"but|\s|,)*",
        rest,
    ):
        return Wish("choose", {"query": "", "sure": True, **limits})
    return None


def _query(text: str) -> str:
    text = re.sub(
        rf"\b(?:for|this) {_MEAL}\b|\b(?:please|tonight|today|now|recipes?|that i can make|with you|together|"
        rf"at home|for me|for us|from scratch)\b",
        " ",
        text,
    )
    text = re.sub(r"^(?:made )?(?:with|using|from|of)\s+|^(?:an?|some|any|the)\s+", "", text.strip(" ,.?!"))
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
    r",?\s*(?:but |and )?(?:(?:with )?(?:no|without|not containing|minus|excluding|leaving out|free of|"
    r"avoid(?:ing)?)) (?:any |the )?(?P<x>[a-z -]+?)(?=,|$| and (?:no|without|under|in|less|ready)| under "
    r"| within | in \d| less than | with (?!no))"
)


def _limits(text: str) -> tuple[dict[str, object], str]:
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
    match = re.search(rf"\b(?P<d>{_DIET})\b", text)
    if match:
        limits["diet"] = [DIETS[match["d"]]]
        text = f"{text[: match.start()]} {text[match.end() :]}"
    return limits, re.sub(r"\s+", " ", re.sub(r"\s+,", ",", text)).strip(" ,")
