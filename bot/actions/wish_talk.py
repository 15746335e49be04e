"""A wish for something to cook, said in any words: what is heard when no recipe is open and no frame fits.

"I've got half a cabbage to use up", "nothing too fancy, dinner for four", "what about ramen?" have nothing in common
but that a cook with no recipe says them. What is left after the words of wishing are taken out is what to search for.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.base import listed
from bot.actions.choose_frames import limits_of
from bot.actions.recogniser import Wish
from bot.actions.tastes import COLD_OUT, FEW, MOODS, TOO_HOT, VAGUE
from bot.words import bare, regular
from model.facts import foods

# Somebody who says one of these wants to cook, or to be told what.
_WANTS = re.compile(
    r"\b(?:want|fancy|feel like|feeling like|mood|crav\w+|hungry|starving|make|making|cook|cooking|bake|baking|eat|"
    r"eating|dinner|lunch|breakfast|brunch|supper|dessert|snack|meal|recipes?|dish(?:es)?|something|anything|ideas?|"
    r"suggestions?|(?:do|can|could) you (?:have(?! to)|got|make|offer|suggest|recommend)|have you(?: got)?|need (?:an?|some|something)|use up|using up|left ?overs?|left over|would like|'d (?:like|love)|would love|thinking|offer|suggest|"
    r"recommend|let's|(?:could|can|shall) (?:we|i) (?:do|have|try|get)|maybe|how about|what about|any|try|tonight|good for|guests?|visitors|"
    r"please)\b"
)
# What is there is a wish where it is food: "I have a cabbage", not "I have a sore throat".
_HAS = re.compile(r"\b(?:i|we)(?:'ve| have)(?: only)?(?: got)?\b|\bonly have\b")
# Asks what there is, however it begins: "what soups do you have", "what's quick and spicy?"
_ASKS_FOR = re.compile(
    rf"^(?:what|which)\b.*\b(?:do you (?:have(?! to)|know)|have you got|can you offer)\b|"
    rf"^(?:what|which)(?: (?:else|recipes?|dish(?:es)?|meals?|food))? (?:do|can|would) you (?:suggest|recommend|offer)\b|"
    rf"^(?:suggest|recommend|offer)\b|\bwhat else (?:is there|do you have|have you got)\b|^(?:show|give)(?: me| us)?(?: all)? (?:your|some|any)\b|"
    rf"^what(?:'s| is| are)(?: the| your)? (?:\w+est|best|most \w+)\b.*\b(?:you have|you know|recipes?|dish(?:es)?|meals?|thing)\b|^what(?:'s| is| are)(?: there)?(?: that's)? (?:quick|fast|easy|simple|good|nice|tasty|ready|light|"
    rf"(?:{'|'.join(MOODS)}|{'|'.join(sorted(VAGUE))}))\b(?! (?:enough|to drink|way|method|temperature)\b)(?=$| (?:and|or|but|for|with|to (?:eat|cook|make))\b|,)|"
    rf"^(?:what(?:'s| is)|anything|something)(?: \w+)? for (?:dessert|pudding|breakfast|lunch|dinner|supper|a starter)\b"
)
# Of something that the cook has in work elsewhere: "can I make the broth ahead?"
_PREPARES = re.compile(
    r"^(?:can|could|may|should|must|do) (?:i|we|you) \w+ (?:the|my|this|that|it|a|some)\b.*\b(?:ahead|in advance|beforehand|overnight|"
    r"(?:the|a) (?:day|night) before|in the (?:fridge|freezer|microwave)|instead|without|later)\b"
)
_DISLIKES = re.compile(
    r",? ?\b(?:i'm |i am |we're )?(?:bored|tired) of\b|,? ?\b(?:who|she|he|they|and|one|some|somebody|someone) (?:really )?(?:hates?|dislikes?|(?:doesn't|don't|can't|won't) (?:like|eat|stand|have|touch))\b"
)
_BESIDE = re.compile(r"\bto (?:go|serve|eat|have)(?: \w+)? (?:with|alongside|next to|beside) [\w' -]+")
# What it is for, and for whom: neither is on a page. "Something to impress my in-laws", "for my little sister".
_PURPOSE = re.compile(
    r"\bto (?!make\b|cook\b|eat\b|bake\b|have\b|use\b|finish\b|prepare\b|try\b|be\b)\w+ (?:up |off )?(?:my|our|his|her|their|the|some|a few|them|him|her|us|me)\b"
    r"[\w' -]*?(?=,|\.| with\b| using\b| but\b| that\b|$)|"
    r"\bfor (?:my|our|his|her|their) [\w' -]+?(?=,|\.| with\b| using\b| but\b| that\b|$)"
)
# A question that no recipe answers: about cooking in general.
_ASKS = re.compile(
    r"^(?:how (?!about\b)|why\b|when\b|where\b|who\b|which (?!recipes?\b|dish)|whose\b|"
    r"what(?:'s| is| are| was) (?!some|any|good for\b|nice\b|(?:there )?(?:for|to) (?:dinner|lunch|breakfast|eat|cook)\b)|"
    r"what (?:does|do(?! you (?:have(?! to)|suggest|recommend))|did|happens|temperature|kind|type|sort|size|heat|if)\b|"
    r"(?:is|are) (?!there\b)|was\b|were\b|does\b|did\b|will\b|would it\b|must\b|should i (?!make|cook|bake|eat|have)|"
    r"do (?:i|we|they|the|eggs?)\b|can (?:i|we|you|one|it|the) (?!make|cook|bake|eat|have|try|do|suggest|recommend|offer|"
    r"help|show|give|find|get)|could (?:it|the)\b|may i\b)"
)
_PROBLEM = re.compile(
    r"\bis (?:that|this|it) (?:a problem|ok|okay|fine|bad|safe|enough|alright)\b|\binstead\b|\bsubstitut|\breplace|"
    r"\btoo (?:salty|thick|thin|sweet|spicy|hot)\b.*\b(?:now|what|help)\b|\bburn(?:t|ed)\b|\bspoil|\bgo(?:ne|es)? (?:bad|off)\b|"
    r"\bcut (?:my|myself|off)|\bpoison|\bsick\b|\ballerg|\btimer\b|\bremind\b|\bconvert\b|\bhow (?:long|many|much|hot)\b"
)
# One thing for another, though it sounds like what there is: "only have apple cider vinegar, no rice vinegar".
_SWAPS = re.compile(
    r"\b(?:only|just)(?: have|'ve)?(?: got)? (?!.*\b(?:make|cook|bake|eat|dinner|lunch|recipes?|ideas?|suggest)\b).*?\b(?:no|not|rather than|in place of)\b|"
    r"^(?:can|could|may|should|would it work to) (?:i |we )?(?:do|use|go|try|take|have) (?:with )?(?:all|half|only|just|part|mostly|straight|plain)\b"
)
# Of something at hand, which there is not.
_AT_HAND = re.compile(
    r"\b(?:make|do|cook|use|serve|eat|freeze|store|reheat|bake|try) (?:it|this|that|them)\b|\bthis (?:part|step|dish|recipe|one)\b"
)
# "Not too long" is a limit, though nobody says how long is too long.
_NOT_LONG = re.compile(
    r"\b(?:not|nothing|isn't|doesn't take|don't want (?:anything|something)) (?:that's |that takes )?too (?:long|slow)\b|"
    r"\b(?:not|no|don't have|haven't(?: got)?) (?:much|a lot of|too much) time\b|\bin a (?:hurry|rush)\b|\bdoesn't take (?:long|forever|ages)\b"
)
SHORT_S = 45 * 60.0
QUICK_S = 30 * 60.0
_NOT_TOO = re.compile(
    r"[,;]?\s*\b(?:but |and )?(?:(?:that |which )?(?:is|are|isn't|aren't|'s not)|not|nothing|no|doesn't need)?(?: that's| all)? ?too "
    r"(?:much )?(?!late\b)\w+\b|\bnothing (?:fancy|special|complicated|difficult)\b|\bnot (?:\w+ed|fancy|complicated|difficult|hard|"
    r"expensive|spicy|sweet)\b"
)
_BUT_NOT = re.compile(r"\b(?:not|no more|except|but not|other than) (?P<x>[a-z]+)(?: (?:again|please|this time))?\b")
WORDS_OF_WISHING = frozenset(
    """
    a about again all alright also am an and another any anything are at available bag bake baking be because been before best big
    bit boyfriend bunch but by can can't cans chef choose come cook cooking could couple course crave craving
    cup cupboard cups day delicious dinner dish dishes do does don't dozen easy eat eating eight else enjoy even
    evening family fancy fast feel feeling few find five food for four freezer fridge friday friend friends from fun
    get girlfriend give go going good got gram grams great guests had half hand handful have haven't having he'd
    help her hey hi him his hmm home hour hours how hungry husband i i'd i'll i'm i've idea ideas if in inspiration instead
    into is it it's jar just kids kind kitchen know left leftover leftovers let let's like likes little lot lots
    love lunch made make making many maybe me meal might mind minute minutes monday mood more morning most much my need
    needs new nice night nine no not nothing of off offer oh ok old on one ones only or other ounce ounces our out
    over pack pantry party people perhaps person persons piece pieces please possible possibly pound pounds
    prepare pretty probably quick really recipe recipes recommend right ripe said saturday say see serve servings seven
    she'd should show simple six so some somebody someone something sort speedy starving still stuff suggest
    suggestion suggestions supper sunday sure take tasty ten than thank thanks that that's the their them then there
    they they'd thing things think thursday thinking this those three time tin to today today's together tomorrow tonight
    too tried try trying tuesday twelve two up us use used using very want wanted was way we we're we've wednesday week weekend
    well what what's when where which who wife will wish with without won't would yes you you'd you'll you've
    your yummy
    """.split()
)
LONGEST = 30  # words
_SEPARATORS = re.compile(r"[,;.!?]|\b(?:and|or|with|plus)\b")
_MEANT = {"sweet": "dessert", "sweets": "dessert"}


def wish_in(text: str) -> Wish | None:
    """The wish in a message of a cook who has no recipe open, or None where it asks or tells something else."""
    said = bare(regular(text))
    asks_for = _ASKS_FOR.search(said) is not None
    if len(said.split()) > LONGEST or any(what.search(said) for what in (_PROBLEM, _AT_HAND, _PREPARES, _SWAPS)):
        return None
    if _ASKS.search(said) and not asks_for:
        return None
    if not (
        asks_for
        or _WANTS.search(said)
        or _NOT_LONG.search(said)
        or ("?" not in text and _names_food(said))
        or (_HAS.search(said) and foods(said))
    ):
        return None
    short = _NOT_LONG.search(said)
    rest = COLD_OUT.sub(" ", FEW.sub(" ", TOO_HOT.sub(" ", _DISLIKES.sub(", without ", _BESIDE.sub(" side ", said)))))
    limits, rest = limits_of(_NOT_TOO.sub(" ", _NOT_LONG.sub(" ", rest)))
    rest = _PURPOSE.sub(_without_people, rest)
    if asks_for and re.search(r"\b(?:quick|fast)\b", rest):
        limits.setdefault("max_total_s", QUICK_S)
    if short and "max_total_s" not in limits:
        limits["max_total_s"] = SHORT_S
    while (match := _BUT_NOT.search(rest)) and match["x"] not in WORDS_OF_WISHING:
        limits["without"] = [*_listed(limits.get("without")), match["x"]]
        rest = f"{rest[: match.start()]} {rest[match.end() :]}"
    phrases = [phrase for part in _SEPARATORS.split(rest) if (phrase := searched(part))]
    if sum(len(phrase.split()) for phrase in phrases) > 8:
        return None
    if not phrases and not limits:
        return Wish("suggest")
    any_of = len(phrases) > 1 and re.search(r"\bor\b", rest) is not None
    query = listed(list(dict.fromkeys(phrases)), "or" if any_of else "and")
    return Wish("choose", {"query": query, "sure": True, "any_of": any_of, **limits})


def _names_food(text: str) -> bool:
    """Whether a text is a bare "three-cup chicken", or a longer "pasta with clams and garlic"."""
    longest = 8 if re.search(r"^(?!.*\b(?:i|my|is|are|was|has|it|to)\b)\w.*\b(?:with|that)\b", text) else 4
    return len(text.split()) <= longest and bool(foods(text))


def _without_people(match: re.Match[str]) -> str:
    """Nothing of what a dish is for, unless a food is in it ("a recipe for my leftover rice")."""
    return match[0] if foods(match[0]) else " "


def searched(phrase: str) -> str:
    """What is left of a phrase without the words of wishing."""
    words = [_MEANT.get(w, w) for w in re.findall(r"[^\W\d_][\w'-]*", phrase) if w not in WORDS_OF_WISHING]
    return " ".join(dict.fromkeys(words))


def _listed(value: object) -> list[str]:
    return list(value) if isinstance(value, list) else []
