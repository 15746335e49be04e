"""Frames of asking for a substitute: "what can I use instead of butter", "I only have onions, is that ok?"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.words import bare
from model.facts import foods

_WILL_DO = (
    r"(?: (?:here|at home|left|in the house|on hand))?(?:[,.;]* (?:and |so )?(?:is|are|would|will|does|do|can) "
    r"(?:that|this|it|they|those|these|i use (?:that|it|those))(?: be)?(?: also| still)?(?: ok(?:ay)?| fine| all ?right| good"
    r"(?: enough)?| work| do| enough)?(?: too| instead| as well)?)?"
)
_STATES = frozenset("fresh dried dry frozen canned tinned ground powdered whole raw cooked bottled".split())
_HOW_MUCH = re.compile(r"\b(?:less|more|half|fewer|same|both|extra|double|twice|all|rest)\b")


def substitute_frame(text: str) -> Wish | None:
    """Asking what stands in for a food, or whether one does for another."""
    text = bare(text)
    food = r"(?P<x>[a-z][a-z' -]{1,40}?)"
    other = r"(?P<y>[a-z][a-z' -]{1,40}?)"
    end = (
        r"(?: (?:in|for|with) (?:this|it|the recipe|this recipe|that|here|this step))?(?: (?:what|how|is "
        r"there|can|should|do|could) .*)?"
    )
    match = re.fullmatch(
        rf"what(?:'s)?(?: else| other things?| to use| to put| to take)? (?:instead|in place) of (?:the |any )?{food}{end}",
        text,
    )
    if match and not NO_FOOD.search(food_said(match["x"])):
        return Wish("substitute", {"item": food_said(match["x"]), "with": ""})
    swap = (
        rf"(?:can|could|may|should|is it ok(?:ay)? (?:to|if)|would it (?:work|be ok(?:ay)?) (?:to|if)|what if|"
        rf"do you think) ?(?:i|we)?(?: could| can)? ?(?:use|uses?|substitute|sub|swap|put|try|add|replace|used|"
        rf"took)(?: in)? {other} (?:instead(?: of|for)|in place of|rather than|in lieu of|as a (?:substitute|"
        rf"replacement) for) (?:the |any )?{food}{end}",
        rf"(?:can|could|may|should) (?:i|we) (?:substitute|sub) (?:in )?{other} for (?:the )?{food}{end}",
        rf"(?:(?:can|could|may|should) (?:i|we) )?(?:swap|switch|exchange|trade)(?: out)? (?:the |my )?{food} for {other}{end}",
        rf"(?:(?:can|could|may|should) (?:i|we) )?(?:replace|swap|switch|exchange|swap out|substitute|sub) "
        rf"(?:the |out )?{food} (?:with|by) {other}{end}",
        rf"(?:does|will|would|is|are) {other} (?:work|ok|okay|fine|good|do)(?: well)? (?:instead of|in place "
        rf"of|as a (?:substitute|replacement) for) (?:the )?{food}{end}",
        rf"(?:what about |how about |maybe |just )?{other} (?:instead of|in place of) (?:the )?{food}{end}",
    )
    for frame in swap:
        match = re.fullmatch(frame, text)
        if match and not NO_FOOD.search(f"{food_said(match['x'])} {food_said(match['y'])}"):
            item, with_ = food_said(match["x"]), food_said(match["y"])
            if item in _STATES:  # "dried dill instead of fresh"
                item = with_.removeprefix(with_.split()[0]).strip() if with_.split()[0] in _STATES else with_
            return Wish("substitute", {"item": item or with_, "with": with_})
    for frame in (
        rf"(?:so |but |well |oh |and )*(?:(?:i|we)(?:'ve| have)? ?(?:only|just)(?: have| got| have got|'ve got| found)?|all (?:i|we) have "
        rf"(?:is|are)|(?:i|we) have(?: only| just)) {other}{_WILL_DO}",
        rf"(?:can|could|may|should|is it (?:ok(?:ay)?|fine|all ?right|possible|bad) (?:to|if)|what if|would it be "
        rf"(?:ok(?:ay)?|fine) (?:to|if)|would it work (?:to|if)) ?(?:i|we)? ?(?:use|used|take|took|try|do it with|make it with) "
        rf"{other}(?: (?:too|as well|instead|here|for (?:this|it|that)|in (?:this|it)))*",
        rf"(?:does|will|would|is|are|do) {other} (?:work|do|ok(?:ay)?|fine|good|all ?right)(?: too| as well| instead| here)*",
    ):
        match = re.fullmatch(frame, text)
        if match:
            item = food_said(match["y"])
            if foods(item) and not NO_FOOD.search(item) and not _HOW_MUCH.search(item):
                return Wish("substitute", {"item": "", "with": item})
    frames = (
        rf".*?\b(?:substitut(?:e|es|ion|ions|ing)|replacement|replacements|alternatives?|stand-in|swap|"
        rf"sub)s?(?: is there| are there| do you have| can i use| could i use| would work| would you suggest)? "
        rf"(?:for|to|of) (?:the |some |any )?{food}{end}",
        rf"(?:what|which)(?: else)?(?: (?:can|could|should|would|do|might))+ (?:i|we|you) (?:use|put|take|add|"
        rf"do|have|suggest|recommend|replace)(?: in)? (?:instead of|in place of|to replace|for replacing|"
        rf"rather than|if i don't have|without) (?:the |any |some )?{food}{end}",
        rf"(?:is|are) there (?:something|anything)(?: else)?(?: that| which)?(?: (?:i|we|can|could|might|use|put|take|do|works?|fits?))* "
        rf"(?:instead of|in place of|to replace) (?:the |any |some )?{food}{end}"
        rf"(?:,? (?:because |cause |cos |since |as )?(?:i|we)(?:'re|'m|'ve| are| am| have| ran| don't)\b.*)?",
        rf"(?:what|which) (?:can|could|would|will) (?:replace|substitute(?: for)?|stand in for) (?:the )?{food}{end}",
        rf"(?:what (?:if|can i do if|should i do if|do i do if) |(?:oh no |but |so |damn )?)?(?:i|we)(?:'ve| "
        rf"have|'m| am| are|'re)? ?(?:just |only )?(?:don't have|do not have|haven't got|got no|have no|(?:ran|"
        rf"run|am|are)? ?(?:all )?out of|lack|am missing|missing|can't find|could not find|couldn't find|have "
        rf"run out of|forgot(?: to buy)?|forgot the)(?: any| enough| the| some)? {food}(?: (?:at home|in the "
        rf"house|left|today|here|on hand))?{end}",
        rf"(?:instead of|in place of) (?:the )?{food}(?: what.*)?",
        rf"(?:replace|substitute|swap(?: out)?) (?:the )?{food}",
        rf"(?:how|what) (?:can|could|do|should) (?:i|we) (?:replace|substitute|swap|sub)(?: out)?(?: for)? "
        rf"(?:the )?{food}(?: with)?{end}",
        rf"(?:is there|are there|do you have|any) (?:an? |any )?(?:good )?{other} (?:substitute|alternative|"
        rf"replacement)s?",
        rf"(?:an? )?{food} (?:substitute|alternative|replacement|substitution)s?",
    )
    for frame in frames:
        match = re.fullmatch(frame, text)
        if match:
            groups = match.groupdict()
            item = food_said(groups.get("x") or groups.get("y") or "")
            if (
                item
                and not NO_FOOD.search(item)
                and item not in ("it", "that", "this", "time", "idea", "clue", "them", "questions", "one")
            ):
                return Wish("substitute", {"item": item, "with": ""})
    return None


NO_FOOD = re.compile(
    r"\b(?:i|it|this|that|them|those|these|ones?|recipe|listed|can|use|used|if|type|of the|heat|"
    r"high|low|medium|another|different|"
    r"toasting|cooking|in)\b(?!-)"
)


def food_said(text: str) -> str:
    """A food without the little words around it."""
    text = re.sub(
        r"^(?:the|some|any|an?|my|fresh(?! (?:yeast|pasta))|regular|more|enough|in)\s+(?=\w)", "", text.strip(" ?.,!")
    )
    return re.sub(
        r"\s+(?:now|then|instead|please|here|today|at all|left|either|if i have to|at the moment)$", "", text
    ).strip()
