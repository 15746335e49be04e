"""Frames about diets and allergies."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions import restrictions
from bot.actions.recogniser import Wish
from bot.actions.restrictions import DIET, DIETS
from bot.words import bare
from model.facts import foods

_WHO = (
    r"(?:i|we|my (?:\w+ )?(?:wife|husband|partner|son|daughter|kids?|child|children|mother|father|mom|mum|"
    r"dad|friends?|guests?|girlfriend|boyfriend|"
    r"brother|sister|sis|bro|nephew|niece|cousin|aunt|uncle|grand\w+|roommate|flatmate|family|baby|toddler)|one of (?:us|my \w+|the \w+)|some of (?:us|my \w+)|he|"
    r"she|they|someone|somebody)"
)
_EATS = r"(?: (?:eat|have|enjoy) (?:this|it|that|some)(?: too| as well)?)?"
_FOODS = r"(?P<x>[a-z][a-z', -]{1,60}?)"
_POINTS = re.compile(
    r"(?:it|this|that|them|more|now|spicy|is|does|do|can|what|too|so|any more|anything|enough|one|all)\b"
)


_FOR_A_RECIPE = re.compile(
    r"\b(?:recipes?|find|show|give|suggest|recommend|something|dish(?:es)?|meals?|ideas?|dessert|looking for|i want|i'd like)\b"
)


_OWN = re.compile(r"\b(?:my|our|i'm|i am|we're|we are)\b")
_ASKS_TOO = re.compile(
    r"^(?P<said>[^,;.!?]+?)(?:[,;.!?]+ (?:so |and |but )*(?P<then>(?:what|which|how|any|can|could|should)\b.*)|"
    r" (?:so |and |but )?(?P<on>(?:(?:what|how) (?:can|could|should|else|do|to|would)|(?:can|could|should) (?:i|we))\b.*))$"
)

_STATE = re.compile(r"(?:dry|soggy|mushy|burnt|burned|raw|lumpy|greasy|tough|overcooked|undercooked|too|such|so)\b")


def _told(text: str) -> Wish | None:
    """Telling that somebody must not eat something, or asking whether they may eat this."""
    told = restrictions.read(text)
    if told is None:
        return None
    then = {"then": told.asked} if told.asked else {}
    if told.within and not told.safe and not _OWN.search(text):
        return None  # "what can a celiac use for soy sauce?"
    if told.safe and told.allergies:
        return Wish("safe_for", {"items": list(told.allergies), "diets": list(told.diets)})
    if told.allergies:
        return Wish("set_allergies", {"items": list(told.allergies), "diets": list(told.diets)} | then)
    if told.safe:
        return Wish("is_diet", {"diet": told.diets[0]})
    if _FOR_A_RECIPE.search(text):
        return None  # "find me a curry for my vegan friends" is a wish
    return Wish("set_diet", {"diet": told.diets[0], "diets": list(told.diets), "said": text} | then)


def diet_frame(text: str) -> Wish | None:
    """Telling a diet or an allergy, or asking whether the recipe keeps one."""
    if (told := _told(text)) is not None:
        return told
    text = bare(text)
    this = r"(?:this|it|that|they|these|those|everything|the recipe|this recipe|the dish|this dish|there)"
    match = (
        re.fullmatch(
            rf"(?:is|are|was) {this}(?: (?:recipe|dish))? (?:really |actually |also )?(?P<d>{DIET})(?: friendly)?",
            text,
        )
        or re.fullmatch(
            rf"(?:can|could|would|may) (?:an? )?(?P<d>{DIET})s?(?: people| person| guests?| friends?)? (?:eat|"
            rf"have) {this}",
            text,
        )
        or re.fullmatch(rf"is {this} (?:ok|okay|good|suitable|fine|safe) for (?:an? )?(?P<d>{DIET})s?(?: \w+)?", text)
        or re.fullmatch(
            r"(?:is|would|will|can|could|may|does)\b.{2,40}\b(?:for|to|with) (?:an? |my |our |the |some )?(?:\w+ )?"
            rf"(?P<d>{DIET})s?"
            r"(?: (?:people|person|guests?|friends?|\w+))?(?: too| as well)?",
            text,
        )
    )
    if match:
        return Wish("is_diet", {"diet": DIETS[match["d"]]})
    match = re.fullmatch(
        rf"(?:(?P<x>[a-z][a-z ]{{1,30}}?)(?: on top| in it| too| in| to it)?[?,.!]+ )?(?:so |and )?(?:(?:is|was|would) {this} (?:be )?|(?:it|this|that) is |it's |that's )?"
        rf"(?:(?:still|really) (?P<d>{DIET})|(?P<e>{DIET}),? (?:right|yes|correct|no|isn't it|i hope|i guess))",
        text,
    )
    if match:
        added = {"added": match["x"]} if match["x"] else {}
        return Wish("is_diet", {"diet": DIETS[match["d"] or match["e"]]} | added)
    match = re.fullmatch(
        rf"(?:any |is there an? |do you have an? |what about an? |an? )?(?P<d>{DIET}) (?:version|variant|option|variation)(?: of (?:this|it))?"
        rf"(?:,? (?:any ideas?|please|possible|how|anyone|of this|ideas?))?|"
        rf"(?:how|what) (?:do|can|could|would|should) (?:i|we|you) (?:do to )?(?:make|turn|get|keep) {this} (?:into )?(?P<e>{DIET})|"
        rf"(?:can|could|may) (?:i|we|you|this|it) (?:be )?(?:make|made|turn|do) (?:{this} )?(?P<f>{DIET})|making {this} (?P<g>{DIET})",
        text,
    )
    if match:
        return Wish("adapt", {"diet": DIETS[match["d"] or match["e"] or match["f"] or match["g"]]})
    match = (
        re.fullmatch(
            rf"(?:does|do|will|would) {this}(?: recipe| dish)? (?:contain|have|include|use|need|got)(?: any| "
            rf"some)? {_FOODS}(?: in (?:it|this|there|the recipe))?",
            text,
        )
        or re.fullmatch(rf"(?:is|are) there (?:any |some )?(?!enough\b){_FOODS} in {this}", text)
        or re.fullmatch(rf"(?:is|are) {this} {_FOODS}[ -]free", text)
        or re.fullmatch(
            rf"(?:.{{1,40}}[,.?!] )?(?:are there |is there )?any {_FOODS} (?:at all|(?:in|inside) (?:{this}|here))",
            text,
        )
        or re.fullmatch(rf"(?:is there |has it )?anything with {_FOODS} in (?:{this}|here)(?:[?.,!] .{{1,60}})?", text)
    )
    if match:
        item = re.sub(r"^(?:an? |the |any )", "", match["x"].strip())
        return None if " or " in item or item.startswith("to ") else Wish("contains", {"item": item})
    if re.fullmatch(
        r"(?:what|which)(?: are the| kind of)? allergens?(?: are| is)?(?: (?:there|present))?(?: in (?:it|"
        r"this|the recipe|here))?(?: does (?:it|this) (?:have|contain))?|(?:any|are there any) allergens(?: "
        r"in (?:it|this|the recipe))?|allergens?|(?:tell me|list|show)(?: me)? the allergens",
        text,
    ):
        return Wish("allergens")
    match = re.fullmatch(
        rf"{_WHO}(?: also)? (?:can't|cannot|can not|may not|mustn't|must not|shouldn't|am not allowed to|is not allowed to) "
        rf"(?:eat|have|tolerate|touch|digest) (?:any )?{_FOODS}",
        text,
    )
    if match and not _POINTS.match(match["x"]):
        return Wish("set_allergies", {"items": _split_foods(match["x"])})
    asks = _ASKS_TOO.match(text)  # "someone hates blue cheese, what else for the salad"
    then, said = ({"then": asks["then"] or asks["on"]}, asks["said"]) if asks else ({}, text)
    match = re.fullmatch(
        rf"{_WHO}(?: also| really)? (?:(?:don't|do not|doesn't|never|won't)(?: eat| like| want)+|hates?|dislikes?|"
        rf"detests?|(?:can't|cannot) stand)(?: any)? {_FOODS}",
        said,
    ) or re.fullmatch(
        rf"(?:no|without|avoid|leave out|nothing with) {_FOODS}(?: for (?:me|us)| ever| in any recipe)", said
    )
    points = match and re.match(
        r"(?:it|this|that|them|these|those|to|any of|the|a|an|anything|one|much|enough)\b", match["x"]
    )
    # "I don't want dry chicken how long at 350": without a comma only a plain food is disliked.
    plain = not (asks and asks["on"]) or (match and foods(match["x"]) and not _STATE.match(match["x"]))
    if match and plain and not points:
        return Wish("set_allergies", {"items": _split_foods(match["x"]), "dislike": True} | then)
    match = re.fullmatch(
        rf"(?:{_WHO}(?:'m|'re|'s| am| are| is| eat| follow| cook| need| keep| want)?(?: also| both| all| "
        rf"mostly| strictly| to eat| to be| only)*(?: an?)? )?(?P<d>{DIET})s?(?: (?:diet|food|only|recipes only|"
        rf"people|person|household|family))*",
        asks["said"] if asks and asks["then"] else text,
    )
    if match:
        return Wish("set_diet", {"diet": DIETS[match["d"]], "said": text})
    return None


def _split_foods(text: str) -> list[str]:
    parts = re.split(
        r",|\band\b|\bor\b|\bnor\b|\bas well as\b",
        re.sub(r"\b(?:any|kinds? of|products?|anything with|all)\b", " ", text),
    )
    return [
        p for part in parts if (p := re.sub(r"^(?:i'm|am|to|is|are|the|an?|eat)\s+", "", part.strip(" .,'-")).strip())
    ]
