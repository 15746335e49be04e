"""What a cook says that somebody must not eat, wherever it stands in a message, and what is said beside it.

"My nephew has a nut allergy, what else could coat it", "can my gluten free sister eat this?", "guest can't have sesame":
the words of the allergy or diet are taken out, and what is left is read: a question whether the dish is safe, another
question, or only who it is.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from dataclasses import dataclass

from bot.actions.base import Scene
from bot.allergens import allergens_of
from bot.words import bare, regular
from model.facts import foods

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
DIET = r"(?:" + "|".join(sorted(DIETS, key=len, reverse=True)) + r")"
_WORD = r"[a-z][a-z'-]*"
_END = r"(?=$|[?!.;:()]|,(?! ?(?:and |or )?[a-z]+(?:,| and| or|$))|,? (?:safe|okay|ok|fine|any|so|but|what|whats|how|which|can|could|should|is|are|does|do|will|would|who|coming|here|tonight|too|at|for|please|eat|have|in this|if)\b)"
_NOT = r"(?:can't|cannot|can not|mustn't|must not|may not|shouldn't|should not|(?:is|am|are|'s|'m|'re) not (?:allowed|supposed|able) to|(?:isn't|aren't) (?:allowed|able) to|unable to|not allowed|avoids?|avoiding|(?:doesn't|don't|does not|do not) tolerate)"
_EAT = r"(?:(?: (?:eat|have|do|tolerate|touch|digest|handle|consume|take))? )"
_PERSON = (
    r"(?:guests?|friends?|people|person|folks?|eaters?|wife|husband|hubby|partner|sons?|daughters?|kids?|child(?:ren)?|boys?|"
    r"girls?|mother|father|mom|mum|dad|girlfriend|boyfriend|brothers?|sisters?|roommates?|flatmates?|family|toddler|"
    r"nephews?|nieces?|cousins?|aunts?|uncles?|grand\w+|neighbou?rs?|colleagues?|in-laws?|teenagers?|teens?|visitors?|diners?|"
    r"household|diet|crowd|company|party|dinner guests?|bf|gf|mate|buddy)"
)
_ALLERGY = re.compile(
    rf"\b(?:allerg(?:ic|y|ies|e)|intolerant|intolerance|sensitiv(?:e|ity)|reacts?(?: badly)?) (?:to|against|of) "
    rf"(?P<to>(?:(?:any|all|the|both|tree) )?{_WORD}(?:(?:,? (?:and|or|nor) |, ?| ){_WORD}){{0,6}}?){_END}|"
    rf"(?P<of>(?:{_WORD}(?:,? (?:and|or) |, | )){{0,3}}{_WORD})[ -](?:allerg(?:y|ies|ic)|intoleran(?:t|ce)|sensitiv(?:e|ity))"
    r"(?! (?:to|against|of)\b|[- ]free\b|[- ]friendly\b)\b|"
    rf"\b{_NOT}{_EAT}(?P<not>(?:(?:any|all|the) )?{_WORD}(?:(?:,? (?:and|or|nor) |, ?| ){_WORD}){{0,4}}?){_END}|"
    rf"\bno (?P<none>(?:any )?{_WORD}(?:(?:,? (?:and|or|nor) | ){_WORD}){{0,2}}) (?:for|in front of) (?:my|our|his|her) (?:\w+ )?{_PERSON}\b|"
    r"\bc(?:o?e)liacs?\b(?: disease)?|\bcoeliacs?\b(?: disease)?"
)
_KEEPS = re.compile(
    rf"\b(?P<a>{DIET})s?(?=(?: \w+)? {_PERSON}\b)|"
    rf"\b(?:am|is|are|'m|'s|'re|i'm|went|goes|going|being|turned|eats?|keep|keeps|follows?|strictly) (?:an? |strictly |also |all |both |mostly )*"
    rf"(?P<b>{DIET})s?(?= ?(?:$|[,.;!?]| (?:so|but|and|now|these days|btw|by the way)\b))|"
    rf"\b(?:for|to|with) (?:an? |my |our |the |some |us |these )?(?:\w+ )?(?P<c>{DIET})s?(?= ?(?:$|[,.;!?)]| (?:\w+ )?{_PERSON}\b| (?:so|and|but|who|too|tonight|today|with|eat)\b))|"
    rf"^(?P<d>{DIET})s?(?: (?:here|please|house))?(?=[,.;!] )|\b(?:needs?|has|have|got) to be (?P<e>{DIET})\b|"
    rf"\b(?:an? |two |three |some )(?P<f>(?:vegan|vegetarian|pescatarian)s?)(?= (?:is |are )?(?:coming|here|at|joining|eating|tonight|eat|have))"
)
_ASKED = re.compile(
    r"\b(?:what(?:'s)?|whats|which|how|why|when|where|any (?:ideas?|swaps?|subs\w*|alternatives?|other)|(?:(?<=, )(?:[a-z-]+ ){1,2})?instead|"
    r"(?:can|could|should|would|will|may|do|does|is|are|did) (?:i|we|it|this|that|these|those|they|he|she|you|there|the|my|"
    r"everything|any\w*|some\w*|him|her)|"
    r"(?:will|would|does|do|is|are|can|could) (?:[a-z-]+ ){1,5}?(?:do|work|ok(?:ay)?|fine|good|all ?right|instead|replace)|"
    r"safe|ok|okay|fine)\b.*"
)
_EATS = re.compile(
    r"^(?:can|could|may|will|would|should|do|does)\b.*\b(?:eat|have|enjoy|try|touch)"
    r"(?=$| (?:this|it|that|these|them|those|some|any|one|too|as well|if|with)\b)"
)
_SAFE = re.compile(
    r"\b(?:safe|ok(?:ay)?|fine|suitable|all ?right|problem|danger\w*|good for|work for)\b|\bserve (?:this|it|that|these)\b|"
    r"\b(?:is|would|will|are) (?:this|it|that|these|they)\b|^(?:is|are) there\b"
)
_OTHER = re.compile(r"\b(?:what|what's|which|how|why|when|where|instead|swap|replace|substitut\w+|skip|leave|use)\b")
_LEADS = frozenset(
    "a an the my his her our their your some any and or with has have having had got is are am was were this that it "
    "i'm he's she's we're they're i i've we for of to who whose mild severe bad serious slight strong slightly severely "
    "very deadly deathly huge big terrible food known new also both one what if because since sorry btw hi hey oh no "
    "nephew niece guest friend kid kids son daughter husband wife eat someone somebody anyone can could does do may "
    "will would nasty life-threatening suspected possible if".split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a message says of allergies and diets.

    Attributes:
        allergies: Foods that somebody must not eat.
        diets: Diets that somebody keeps.
        asked: The question that comes with them, or "".
        safe: Whether that is whether they may eat the dish.
        within: Whether the words stand within the question, which then may be about nobody: "what can a celiac use?".
    """

    allergies: tuple[str, ...]
    diets: tuple[str, ...]
    asked: str
    safe: bool
    within: bool


# What follows the food: "… can't eat shellfish anyway".
_LAST = re.compile(
    r"(?:[ ,]+(?:anyway|anyways|either|too|though|tho|sadly|unfortunately|btw|by the way|lol|haha|anymore|any more|at all|"
    r"also|as well|tonight|today|now|right now|actually|sorry|you know|so|then|mind you))+$"
)


def plain(food: str) -> str:
    """A food without what is said behind it: "shellfish anyway"."""
    return _LAST.sub("", food).strip(" ,.!")


def read(text: str) -> Told | None:
    """What a message (as typed) tells of allergies and diets; None where it tells nothing."""
    said = regular(text).strip(' \t?!.,;:-"')
    avoided: list[str] = []
    spans: list[tuple[int, int]] = []
    for match in _ALLERGY.finditer(said):
        found = ["gluten"] if "liac" in match[0] else _foods(match)
        if found:
            avoided += map(plain, found)
            start = match.start("of") + match["of"].rfind(found[0]) if match["of"] else match.start()
            spans.append((max(start, match.start()), match.end()))
    diets: list[str] = []
    for match in _KEEPS.finditer(said):
        before = re.split(r"[,.;!?]", said[: match.start()])[-1]
        if match["b"] and (_A_DISH.search(before) or foods(before)):
            continue  # "the cream is vegan": nobody's diet
        name = next(group for group in match.groups() if group).removesuffix("s")
        diets.append(DIETS[name])
        start, end = match.span(match.lastgroup or 0)
        spans.append((start, end + said[end:].startswith("s")))
    if not spans:
        return None
    asked, within = _question(said, min(spans)[0], max(spans)[1])
    about = re.match(r"(?:what|how) about\b", asked) is not None  # "what about a guest with a fish allergy?"
    safe = about or _EATS.search(asked) is not None or (_SAFE.search(asked) is not None and not _OTHER.search(asked))
    return Told(tuple(dict.fromkeys(avoided)), tuple(dict.fromkeys(diets)), asked, safe, within)


def limits(scene: Scene, text: str = "") -> tuple[list[str], list[str]]:
    """Allergies and diets that an answer must keep: those remembered, and those that the message speaks of."""
    said = regular(text or scene.message.text)
    told = read(said)
    allergies = [*scene.session.allergies, *(told.allergies if told else ())]
    named = [DIETS[match[0]] for match in re.finditer(rf"\b{DIET}\b", said)]
    diets = [*scene.session.diet, *(told.diets if told else ()), *named]
    diets += ["dairy-free"] * bool(re.search(r"\b(?:no|without|non|avoid(?:ing)?)[ -](?:any )?dairy\b", said))
    diets += ["gluten-free"] * bool(re.search(r"\b(?:no|without|avoid(?:ing)?) (?:any )?gluten\b", said))
    diets += ["nut-free"] * bool(re.search(r"\b(?:no|without|avoid(?:ing)?) (?:any )?nuts\b", said))
    return list(dict.fromkeys(allergies)), list(dict.fromkeys(diets))


def _foods(match: re.Match[str]) -> list[str]:
    """The foods of a phrase: after "allergic to" any, before "allergy" and after "can't have" those that are known."""
    if match["to"]:
        parts = re.split(
            r",|\b(?:and|or|nor|as well as)\b", re.sub(r"\b(?:any|all|the|both|kinds? of)\b", " ", match["to"])
        )
        plain = [re.sub(r"^(?:to|also)\s+", "", part.strip(" .,'-")).strip() for part in parts]
        found = [food for part in plain if (food := _allergen(part))]
        return [] if _POINTS.match(found[0] if found else "it") else found
    if match["not"] or match["none"]:
        said = re.sub(r"^(?:any|all|the) ", "", match["not"] or match["none"])
        parts = [part.strip() for part in re.split(r",|\b(?:and|or|nor)\b", said)]
        return [part for part in parts if allergens_of(part) or allergens_of(" ".join(part.split()[:1]))]
    words = match["of"].replace(",", " ").split()
    found = []
    for n in range(len(words)):
        two = " ".join(words[n : n + 2])
        if n + 1 < len(words) and allergens_of(two):
            found.append(two)
        elif allergens_of(words[n]) and not (n and allergens_of(" ".join(words[n - 1 : n + 1]))):
            found.append(words[n])
    last = words[-1].strip("'-")
    # Of foods that are no common allergen the word before "allergy" is one: "strawberry allergy".
    return found or ([last] if last not in _LEADS and len(last) > 2 else [])


def _allergen(said: str) -> str:
    """The food that a phrase begins with: what is known of it, however it goes on ("nuts anything else i could use");
    else all of it before a question.
    """
    words = said.split()
    known = next((" ".join(words[:n]) for n in (1, 2, 3) if n <= len(words) and allergens_of(" ".join(words[:n]))), "")
    if known and len(words) > 1 and allergens_of(words[1]):
        known = " ".join(words[:2])  # "pine nuts", "peanut butter"
    return known or _GOES_ON.split(said)[0].strip()


_GOES_ON = re.compile(
    r"\b(?:anything|what|which|how|can|could|will|would|does|do|is|are|so|else|instead|should|please)\b"
)
_TAIL = re.compile(r"(?: (?:for|with|to|a|an|my|our))+$")
_A_DISH = re.compile(r"\b(?:this|it|that|these|those|which|what|recipe|dish|everything|there) ?$")
_POINTS = re.compile(r"(?:it|this|that|them|more|now|what|something|anything|someone|everything)\b")


def _question(said: str, start: int, end: int) -> tuple[str, bool]:
    """What is asked around the words of an allergy: after them, before them, or (True) with them in its midst."""
    match = _ASKED.search(said, end)
    after = match[0] if match else ""
    if after and not re.fullmatch(r"(?:safe|ok|okay|fine)", after):
        return bare(after), False
    head = said[:start]
    begins = re.search(
        r"(?:^|[.,;!?] ?|\b(?:so|and|but|hey|hi) )((?:what|which|how|why|can|could|is|are|would|will|may|does|do|should|safe|ok)\b.*)",
        head,
    )
    if begins:
        # "Can I use butter for the honey, I'm vegan": who it is for is no part of the question.
        *asked, last = re.split(r"[,.;!?]+ ?", begins[1])
        if asked and not _ASKED.match(last):
            return bare(", ".join(asked)), False
        return bare(_TAIL.sub("", " ".join(f"{begins[1]} {said[end:]}".split()))), True
    return bare(after), False
