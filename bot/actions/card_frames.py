"""Frames of asking what the recipe's card says: "is it enough for 6?", "when do I start to eat at 7?"."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.recogniser import Wish
from bot.words import NUMBER, bare, number

_IT = r"(?:it|this|that|these|those|they|the (?:recipe|dish|meal|whole thing)|(?:this|that) (?:recipe|dish|meal)|there|dinner|lunch)"
_PEOPLE = r"(?:people|persons?|guests|adults|kids|eaters|diners|of us|friends|mouths)"


def _many(name: str) -> str:
    return rf"(?:a |the )?(?:group |party |family )?(?:of )?(?P<{name}>{NUMBER})(?: {_PEOPLE})?"


_ENOUGH = re.compile(
    rf"(?:is|are|was|will|would|does|do)(?:n't)? {_IT}(?: be| make| going to be)? (?:enough|sufficient)(?: food)? (?:for|to (?:feed|serve)) {_many('a')}|"
    rf"(?:does|will|would|can|could) {_IT} (?:serve|feed|be for|do for) {_many('b')}|"
    rf"(?:can|could) (?:i|we) (?:feed|serve) {_many('c')} with (?:it|this|that)|(?:enough|is it) for {_many('d')}"
)
_FOR_HOW_MANY = re.compile(
    rf"(?:is )?(?:{_IT} )?(?:is )?for how many(?: {_PEOPLE})?(?: is (?:it|this|that))?|how many (?:{_PEOPLE}|is (?:it|this)) (?:is (?:it|this) )?(?:for|enough for)"
)
_MAKES = re.compile(
    rf"how (?:many|much)(?:(?P<x> [a-z][a-z -]{{1,30}}?) (?:is|are|were) {_IT}|(?P<y> [a-z][a-z -]{{1,30}}?)? (?:(?:does|do|will|would|can|should) (?:{_IT}|i|we|you) "
    r"(?:make|yield|get|give|have|come out(?: to| as)?|be|end up with)|(?:does|do|will) (?:a|one) batch (?:make|yield|give)))"
    r"(?: (?:out of|from|in) (?:it|this|that|the recipe|this recipe|one batch|a batch))?"
)
_HARD = r"(?:hard|difficult|easy|tricky|simple|complicated|challenging|demanding|advanced)"
_DIFFICULTY = re.compile(
    rf"(?:is|are|was|will|would) {_IT}(?: be)?(?: recipe| dish)?(?: (?:very|really|too|that|all that|quite|so|pretty|an?))*(?: {_HARD})(?: or {_HARD})?(?: (?:one|recipe|dish|thing))?"
    rf"(?: (?:to (?:make|cook|do|prepare|bake)|for (?:me|a (?:beginner|novice|first[- ]timer)|beginners)))*|"
    rf"how (?:hard|difficult|easy|tricky|complicated|challenging) (?:is|are|will|would) {_IT}(?: be)?(?: to (?:make|cook|do|prepare|bake))?|"
    r"what(?:'s| is) the (?:difficulty|level of difficulty)(?: level)?|(?:the )?difficulty(?: level)?"
)
_SPICY = re.compile(
    rf"how (?:spicy|mild|fiery) (?:is|are|will) {_IT}(?: be)?|(?:is|are) {_IT}(?: (?:very|really|too|that|quite))* (?:spicy|mild|fiery)"
)
_WE_EAT = r"(?:(?:(?:i|we)(?: can)?|to) (?:eat|serve|sit down)(?: it| this| them)?|(?:dinner|lunch|supper|it|everything|the food|this)(?:'s| is| will be| gets)? ?(?:done|ready|finished|served|cooked)?)"
_TOTAL = re.compile(
    rf"how (?:long|much time)(?: (?:does|do|will|is|would|should) (?:{_IT}|i|we|everything)(?: (?:going to|take|need|last|be|all))*)? (?:in (?:all|total)|al(?:l |)together|overall|"
    rf"from (?:start|beginning) to (?:finish|end)|start to finish|all in all)(?: to (?:make|cook|do|prepare))?|"
    rf"how (?:long|much time)(?: is it| will it be| does it take)? (?:till|until|'til|before) {_WE_EAT}"
)
_IF_NOW = r"if (?:i|we) (?:start|begin|started|began)(?: (?:it|cooking|this|making (?:it|this)))?(?: (?:right )?now| (?:at|by) (?P<at>[\w:. ']+))?"
_READY = (
    r"(?:when|(?:at )?what time|how late|how soon) (?:(?:will|would|is|can|could|do) (?:it|this|that|dinner|lunch|supper|everything|the \w+|i|we)|it'll|it is|it's)"
    r"(?: (?:going to )?(?:be )?(?:ready|done|finished|eat|serve(?:d)?))?"
)
_READY_AT = re.compile(rf"{_READY} {_IF_NOW}|{_IF_NOW.replace('?P<at>', '?P<then>')},? {_READY}")
_CLOCK = r"\d{1,2}(?:[:.]\d{2})? ?(?:am|pm|a\.m\.|p\.m\.|o'?clock)?"
_MEAL = r"(?:dinner|lunch|supper|breakfast|brunch)"
_START_BY = re.compile(
    r"(?:when|(?:at )?what time|how (?:early|late|long before)) (?:do|should|must|shall|would|can) (?:i|we)(?: have to| need to)? (?:start|begin|get started)(?: (?:it|cooking|this|making (?:it|this)))?"
    rf"(?: (?:if (?:i|we) (?:want|need|'d like|would like)(?: (?:it|this|to|dinner|lunch))*|in order to|to|so (?:that )?(?:we|i|it|dinner) (?:can|is|will be)|for it to) ?(?:be )?(?:eat|serve|have (?:it|this|{_MEAL})|ready|done|finished|on the table)(?: it| {_MEAL})?"
    rf"(?: (?:(?:at|by|on|for|this|next) )?(?P<at>[\w:. ']+?))?| (?:for|to have it (?:by|at|for)|by)(?: {_MEAL})?(?: (?:at|by|on))? ?(?P<by>{_CLOCK}|{_MEAL}|\w+day|tonight|noon))"
)  # fmt: skip


def card_frame(text: str) -> Wish | None:
    """Asking about the dish as a whole."""
    text = bare(text)
    if match := _ENOUGH.fullmatch(text):
        people = number(next(said for said in match.groupdict().values() if said))
        return Wish("enough", {"people": int(people)}) if people is not None and people.denominator == 1 else None
    for name, pattern in (
        ("servings", _FOR_HOW_MANY),
        ("difficulty", _DIFFICULTY),
        ("spicy", _SPICY),
        ("total_time", _TOTAL),
    ):
        if pattern.fullmatch(text):
            return Wish(name)
    if match := _READY_AT.fullmatch(text):
        return Wish("ready_at", {"at": (match["at"] or match["then"] or "").strip()})
    if match := _START_BY.fullmatch(text):
        return Wish("start_by", {"at": (match["at"] or match["by"] or "").strip()})
    if match := _MAKES.fullmatch(text):
        return Wish("makes", {"item": (match["x"] or match["y"] or "").strip()})
    return None
