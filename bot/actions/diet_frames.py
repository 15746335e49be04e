"""Frames about diets and allergies."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.words import bare

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
_WHO = (
    r"(?:i|we|my (?:\w+ )?(?:wife|husband|partner|son|daughter|kids?|child|children|mother|father|mom|mum|"
    r"dad|friends?|guests?|girlfriend|boyfriend|"
    r"brother|sister|roommate|family|baby|toddler)|one of (?:us|my \w+|the \w+)|some of (?:us|my \w+)|he|"
    r"she|they|someone|somebody)"
)
_EATS = r"(?: (?:eat|have|enjoy) (?:this|it|that|some)(?: too| as well)?)?"
_FOODS = r"(?P<x>[a-z][a-z', -]{1,60}?)"


def _and_then(text: str) -> tuple[str, str]:
    """(what is told, what is asked after it): "I'm allergic to nuts, what can I use for almonds"."""
    parts = re.split(
        r"[,;.!]+ (?:so |and |but )*(?=(?:what|how|can|could|should|which|do|does|is|are)\b)", text, maxsplit=1
    )
    return parts[0], parts[1] if len(parts) > 1 else ""


def diet_frame(text: str) -> Wish | None:
    """Telling a diet or an allergy, or asking whether the recipe keeps one."""
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
    match = (
        re.fullmatch(
            rf"(?:does|do|will|would) {this}(?: recipe| dish)? (?:contain|have|include|use|need|got)(?: any| "
            rf"some)? {_FOODS}(?: in (?:it|this|there|the recipe))?",
            text,
        )
        or re.fullmatch(rf"(?:is|are) there (?:any |some )?(?!enough\b){_FOODS} in {this}", text)
        or re.fullmatch(
            rf"(?:is|are) {this} (?:safe|ok|okay|fine|suitable) (?:for|with|if)(?: \w+)* (?:an? |i'm allergic to |"
            rf"allergic to )?{_FOODS}(?: allerg(?:y|ies)| allergic| intolerance| intolerant)",
            text,
        )
        or re.fullmatch(
            r"(?:is|are|would|will|can|could|may|should)\b.{2,60}?\b(?:(?:allergic|intolerant|allerg(?:y|ies)) (?:to|of)|"
            rf"(?:can't|cannot|can not|doesn't|does not|don't|mustn't|shouldn't) (?:eat|have|tolerate)) {_FOODS}{_EATS}",
            text,
        )
        or re.fullmatch(
            r"(?:is|are|would|will|can|could|may|should)\b.{2,60}?\b(?:with|has|have|having) (?:an? )?(?:\w+ )?"
            rf"{_FOODS}[- ](?:allerg(?:y|ies)|intolerance){_EATS}",
            text,
        )
        or re.fullmatch(
            r"(?:is|are|would|will|can|could|may|should|does)\b.{1,40}?\b(?:for|to|with) (?:an? |my |our |the )?"
            rf"{_FOODS}[- ](?:allergic|intolerant) \w+(?: \w+)?{_EATS}",
            text,
        )
        or re.fullmatch(
            r"(?:is|are|would|can|could|may)\b.{2,60}?\b(?P<x>c(?:o?e)liac|coeliac)s?(?: disease)?" + _EATS, text
        )
        or re.fullmatch(rf"(?:is|are) {this} {_FOODS}[ -]free", text)
        or re.fullmatch(rf"(?:is|are) {this} (?:safe|ok|okay) if i(?:'m| am) allergic to {_FOODS}", text)
    )
    if match:
        item = re.sub(r"^(?:an? |the |any )", "", match["x"].strip())
        item = "gluten" if item.endswith("liac") else item
        return None if " or " in item or item.startswith("to ") else Wish("contains", {"item": item})
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
    said, then = _and_then(text)
    for frame in allergy:
        match = re.fullmatch(frame, said)
        if match and not re.match(r"(?:it|this|that|them|more|now|spicy|is|does|do|can|what)\b", match["x"]):
            return Wish("set_allergies", {"items": _split_foods(match["x"])} | ({"then": then} if then else {}))
    match = re.fullmatch(
        rf"{_WHO}(?: also| really)? (?:(?:don't|do not|doesn't|never|won't)(?: eat| like| want)+|hates?|dislikes?|"
        rf"detests?|(?:can't|cannot) stand)(?: any)? {_FOODS}",
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
        rf"mostly| strictly| to eat| to be| only)*(?: an?)? )?(?P<d>{DIET})s?(?: (?:diet|food|only|recipes only|"
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
