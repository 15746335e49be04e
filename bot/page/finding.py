"""The sentences of a recipe that answer a question: they hold the kind of thing that is asked for, and are about it.

The step at hand comes first, for a cook asks about what is in front of them; then the other steps by their distance,
the ingredient lines, the notes. Nothing is worded here: what is found is shown verbatim. Where no sentence is both of
the kind and about it, nothing is found, and the recipe does not say.
"""

import re
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.page.holding import explained, holds, measured
from bot.page.nearby import nearest
from bot.page.places import Found, Place, found_at, has_tool, mentions, places_of, stems_of
from bot.page.portions import takes_part
from bot.page.question import STRICT, Question
from bot.page.stems import root, stems
from model.facts import foods
from retrieval.recipe import Ingredient, Recipe
from retrieval.sentences import split

SHOWN = 2  # sentences of one place
_BARE = frozenset("the a an and or of with all your this that these those same remaining in into on to".split())
_MEASURED = frozenset(("time", "heat", "often", "size"))
_MEANWHILE = re.compile(r"^(?:while|as|when|once|after|before) [^,]*,\s*", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:if|should it|in case)\b", re.IGNORECASE)
_KEPT = re.compile(r"\b(?:reserv\w*|sav(?:e|ing)|set(?:ting)? .{0,20}aside|keep(?:ing)?|used for)\b")
_INSIDE = re.compile(
    r"\binternal|\bmiddle\b|\bcent(?:er|re)\b|\binside\b|\bcore\b|\bthermometer|\breach\w*\b|\bread(?:s|ing)?\b|\bthickest\b",
    re.IGNORECASE,
)
_SHEET = re.compile(r"\b(?:sheet|pan|pot|rack|tray|stone)s? inside\b|\b(?:middle|center) rack\b", re.IGNORECASE)
_DONE = re.compile(r"\b(?:done|ready|cooked(?: through)?)\b")
_COOKS = re.compile(
    r"\b(?:bake|roast|broil|grill|fry|saut[eé]|sear|simmer|boil|steam|poach|braise|cook|toast|heat)\w*\b.*\buntil\b|"
    r"\bshould (?:be|look|feel|read|flake|reach)\b|\bcomes? out clean\b|\bto (?:at least )?\d+ ?°|"
    r"\b(?:reads?|reaches) (?:at least )?\d+",
    re.IGNORECASE,
)
_DO_MUCH = re.compile(r"\bhow much (?:do|should|must|will) (?:i|we) [a-z]+(?: (?:it|them|this|that))?$")
_PRONOUN = re.compile(r"\b(?:it|them|this|that|these|those)\b")
_ALIKE_SERVED = (frozenset(("hot", "warm", "lukewarm", "cold", "cool", "chill", "room")),)
_LINES = frozenset(
    ("size", "sort", "tool", "confirm", "listed", "count", "amount", "choice")
)  # of which the list may speak
_NAMED = frozenset(("why", "with", "drink"))  # of what the recipe does not name it gives no reason
_ANYWHERE = frozenset(("with", "drink", "store"))  # about the dish, not about the step at hand
# How many steps away what is asked for without a name may stand; a step before counts half a step more.
_WITHIN = {
    "size": 1.5,
    "until": 1.5,
    "time": 1.5,
    "often": 1.5,
    "where": 1.5,
    "same": 1.5,
    "portion": 1.5,
    "contents": 1.5,
    "side": 1.0,
}
_BRACKETED = re.compile(r"\([^()\d]{3,}\)")
_AT_A_TIME = re.compile(r"\bat (?:once|a time)\b|\bone by one\b|\bbatch|\bgradual|\bstream\b", re.IGNORECASE)
_LASTS = re.compile(r"\b(?:keeps?|lasts?|stays?|good for|stor\w+|leftovers?)\b", re.IGNORECASE)
_AHEAD = r"\b(?:ahead|in advance|beforehand|(?:day|night|evening)s? (?:before|ahead))\b|\bovernight\b"
# What is asked about keeping, and what an answer to it speaks of.
_WAYS_OF_KEEPING = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(told, re.IGNORECASE))
    for asked, told in (
        (_AHEAD, rf"{_AHEAD}|\bkeeps\b|\bwait\b"),
        (r"\bfreez\w*|\bfrozen\b", r"\bfreez\w*|\bfrozen\b"),
        (r"\breheat\w*|\bwarm\w* (?:it |them )?up\b", r"\breheat\w*|\bwarm\w* (?:it |them )?up\b|\brefresh\w*"),
    )
)
_DRINKS = frozenset(("wine", "beer", "cider", "tea", "coffee", "lemonade", "juice", "ale", "champagne", "sherry"))


@dataclass(frozen=True, slots=True)
class _Hit:
    """A sentence that answers, and how many of the question's words and tools it and its place have."""

    place: Place
    sentence: str
    cover: int
    around: int
    tools: int

    @property
    def rank(self) -> tuple[int, int, float, int]:
        # At the step at hand "it" stands for what was named in the sentence before.
        return self.cover if self.place.far else max(self.cover, self.around), self.tools, -self.place.far, self.cover


def find(question: Question, recipe: Recipe, step: int) -> Found | None:
    """The sentences that answer a question, or None where the recipe does not say.

    Args:
        question: The question, read.
        recipe: The recipe at hand as the cook sees it.
        step: The step at hand, counted from 1; 0 before the first.
    """
    if not question.asks:
        return None
    if "mean" in question.kinds:
        return _explained(question, recipe)
    exact = _exactly(question, recipe, step)
    if exact is not None or _foods_unknown(question, recipe):
        return exact
    return nearest(question, places_of(recipe, step))


def _explained(question: Question, recipe: Recipe) -> Found | None:
    """The line of the list that says in brackets what it means ("ghee (clarified butter)"); nothing else explains."""
    for line in recipe.ingredients:
        if _BRACKETED.search(line.text) and question.about and all(mentions(w, line.text) for w in question.about):
            return Found(line.text, line.text)
    return None


def _foods_unknown(question: Question, recipe: Recipe) -> bool:
    """Whether a question is about a food that the recipe does not have: how long the rice cooks does not stand in a
    recipe without rice.
    """
    page = " ".join((*recipe.items, *recipe.tips, *recipe.pitfalls, recipe.storage, recipe.description))
    return bool(question.foods) and not any(mentions(root(food), page) for food in question.foods)


def _exactly(question: Question, recipe: Recipe, step: int) -> Found | None:
    """The sentences that hold what is asked for, and are about it."""
    if not question.kinds:
        return None
    places = tuple(places_of(recipe, step))
    known = frozenset(w for w in question.about if any(mentions(w, place.text) for place in places))
    tools = frozenset(t for t in question.tools if any(has_tool(t, place.text) for place in places))
    if _out_of_reach(question, known, tools):
        return None
    search = _Search(question, recipe, known, tools, step)
    hits = [hit for place in places for sentence in split(place.text) if (hit := search.hit(place, sentence))]
    if "fate" in question.kinds:
        return _fate(question, known, hits)
    if not hits and "why" in question.kinds and _KEPT.search(question.text):
        about = question.about - stems("reserve reserved save saving set setting aside keep keeping")
        return _exactly(replace(question, kinds=("fate",), about=about), recipe, step)  # it is kept for its use
    if not hits and question.kinds == ("time",):
        return _exactly(replace(question, kinds=("until",)), recipe, step)  # "chill until firm" says how long, too
    if not hits and question.kinds == ("amount",) and not question.foods and _DO_MUCH.search(question.text):
        return _exactly(
            replace(question, kinds=("until",)), recipe, step
        )  # "mash until most of them pop": how much to mash
    inside = "heat" in question.kinds and _INSIDE.search(question.text)
    if not hits and ((inside and not known) or ("until" in question.kinds and _DONE.search(question.text))):
        return _done(places)
    here = [hit for hit in hits if not hit.place.far] if question.at_hand else []
    if "sort" in question.kinds:
        hits = _which(hits)
    if "listed" in question.kinds:
        hits = [hit for hit in hits if hit.place.kind == "ingredient"] or hits
    best = max(here or hits, key=lambda hit: hit.rank, default=None)
    if best is None:
        return None
    kept = [hit.sentence for hit in hits if hit.place is best.place and hit.cover == best.cover][:SHOWN]
    return found_at(best.place, kept)


def _which(hits: list[_Hit]) -> list[_Hit]:
    """Of what names a thing, that which says which of its kind it is: the step at hand, else the list."""
    return [hit for hit in hits if not hit.place.far] or [h for h in hits if h.place.kind == "ingredient"] or hits


def _out_of_reach(question: Question, known: frozenset[str], tools: frozenset[str]) -> bool:
    """Whether a question names what the recipe does not, so that none of its sentences can answer: a food always, a
    tool where tools are asked for, any word where every word counts.
    """
    unknown = (question.about - known) | (question.tools - tools)
    if unknown & {root(food) for food in question.foods}:
        return True  # how long the rice cooks does not stand in a recipe without rice
    if STRICT.intersection(question.kinds):
        return not _served(question) and (bool(unknown) or not (known or tools))
    if "tool" in question.kinds or ("heat" in question.kinds and "oven" in question.tools):
        return bool(question.tools - tools)  # a recipe without an oven does not say how hot it is
    if "store" in question.kinds:
        return bool(unknown) and not (known and " or " in question.text)  # "in the fridge or in the pantry?"
    return bool(unknown) and not known and bool(_NAMED.intersection(question.kinds))


@dataclass(frozen=True, slots=True)
class _Search:
    """What is looked for: ``known`` and ``tools`` are those of the question's words that the recipe has."""

    question: Question
    recipe: Recipe
    known: frozenset[str]
    tools: frozenset[str]
    at: int

    def hit(self, place: Place, sentence: str) -> _Hit | None:
        """The sentence as an answer, or None if it is none."""
        kinds = tuple(kind for kind in self.question.kinds if self._holds(kind, place, sentence))
        if not kinds:
            return None
        parts = explained(sentence) if kinds == ("why",) else (_main(sentence) if _MEASURED & set(kinds) else sentence,)
        cover = max(sum(mentions(word, part) for word in self.known) for part in parts)
        named = max(sum(has_tool(tool, part) for tool in self.tools) for part in parts)
        around = sum(mentions(word, place.text) for word in self.known)
        hit = _Hit(place, sentence, cover, around, named)
        return hit if self._is_about(kinds, hit) else None

    def _holds(self, kind: str, place: Place, sentence: str) -> bool:
        """Whether a sentence at that place holds what is asked for."""
        if (place.kind == "ingredient" and kind not in _LINES) or not holds(kind, sentence):
            return False
        if kind == "heat" and _INSIDE.search(self.question.text):
            return bool(_INSIDE.search(_SHEET.sub("", sentence)))  # not the oven's
        if kind == "drink":
            return holds("with", sentence) and bool(foods(sentence) & _DRINKS)
        if kind == "amount" and place.kind != "ingredient":
            told = any(any(mentions(word, what) for word in self.known) for what in measured(sentence))
            return not place.far and (told or any(takes_part(line, self.recipe, sentence) for line in self._lines()))
        if kind == "count":
            return _counts(sentence, self.known | self.tools)
        if kind == "store" and not _kept(self.question.text, place, sentence):
            return False
        if kind == "time" and not self.known and place.far and holds("store", sentence):
            return False  # how long it keeps is another question
        if kind == "portion" and place.far and not self.known:
            return bool(_AT_A_TIME.search(sentence))
        if kind == "if":
            return place.kind == "note" or bool(_CONDITION.search(sentence))
        if kind == "sort" and place.kind == "step":
            return _qualified(sentence, self.known)
        return kind != "mean"  # a recipe uses words, and explains none

    def _lines(self) -> list[Ingredient]:
        lines = self.recipe.ingredients
        return [line for line in lines if any(mentions(word, line.item or line.text) for word in self.known)]

    def _is_about(self, kinds: tuple[str, ...], hit: _Hit) -> bool:
        """Whether a sentence that holds the kind is about what the question is about."""
        here = not hit.place.far
        if "tool" in kinds and hit.tools < len(self.tools):
            return False
        if _served(self.question) and "confirm" in kinds:  # "serve hot" answers "do I serve it cold?"
            return "serv" in stems_of(hit.sentence) and bool(_ALIKE_SERVED[0] & stems_of(hit.sentence))
        if "choice" in kinds:
            return _chooses(self.question, hit.sentence)
        if STRICT.intersection(kinds):
            if not self.known:
                return here and hit.tools == len(self.tools)
            if not self.question.foods and _PRONOUN.search(self.question.text) and hit.place.far < 45:
                return here and hit.cover == len(self.known)  # "can I bake them?" is not about what was baked before
            if "confirm" in kinds and here and hit.cover and hit.around == len(self.known):
                return True
            return hit.cover == len(self.known) and ("confirm" in kinds or hit.tools == len(self.tools))
        if self.known:
            if not (
                2 * hit.cover >= len(self.known) or (here and "why" not in kinds and hit.around == len(self.known))
            ):
                return False
            # What is done tells more than what it is done to: how long to mash the berries is not how long they boil.
            doing = self.known - {root(food) for food in self.question.foods}
            return 3 * sum(mentions(word, hit.place.text) for word in doing) >= 2 * len(doing)
        set_before = "heat" in kinds and hit.place.before
        within = max((_WITHIN.get(kind, 0.0) for kind in kinds), default=0.0)
        if "heat" in kinds and _INSIDE.search(self.question.text):
            within = 2.5
        begins = not self.at and "heat" in kinds and hit.place.step > 0  # before the start: what the oven is set to
        return hit.place.far <= within or hit.tools > 0 or set_before or begins or bool(_ANYWHERE.intersection(kinds))


def _served(question: Question) -> bool:
    """Whether it is asked how warm something is served."""
    return "serve" in question.text and bool(_ALIKE_SERVED[0] & stems(question.text))


def _main(sentence: str) -> str:
    """A sentence without what goes on meanwhile ("While it bakes, simmer the syrup for 5 minutes")."""
    return _MEANWHILE.sub("", sentence)


def _chooses(question: Question, sentence: str) -> bool:
    """Whether a sentence has one of the two things that a question gives to choose from ("hot or cold?")."""
    if "lid" in question.tools and has_tool("lid", sentence):
        return True  # "lid on or off?"
    left, _, right = question.text.rpartition(" or ")
    one, other = stems(" ".join(left.split()[-2:])), stems(" ".join(right.split()[:2]))
    either = (one ^ other) & (question.about | question.tools | one | other)
    if not one or not other:
        return False
    alike = either.union(*(group for group in _ALIKE_SERVED if group & one and group & other))
    return bool(alike & stems_of(sentence))


def _kept(text: str, place: Place, sentence: str) -> bool:
    """Whether a sentence on keeping speaks of what is asked of it: how long, beforehand, frozen, warmed again."""
    if "how long" in text and not holds("time", sentence):
        return False
    if _LASTS.search(text) and place.kind == "step" and not _LASTS.search(sentence):
        return False  # an hour in the fridge to set is not how long it keeps
    for asked, told in _WAYS_OF_KEEPING:
        if asked.search(text):
            return told.search(sentence) is not None
    return True


def _counts(sentence: str, things: frozenset[str]) -> bool:
    """Whether a sentence counts one of the things ("3 slices", "ten to a sheet")."""
    words = re.findall(r"[\w'/-]+", sentence)
    return any(
        holds("count", word)
        and any(
            mentions(thing, " ".join(words[n : n + 4])) or has_tool(thing, " ".join(words[n : n + 4]))
            for thing in things
        )
        for n, word in enumerate(words)
    )


def _qualified(sentence: str, things: frozenset[str]) -> bool:
    """Whether a sentence says which of its kind a thing is: "the middle shelf", not "the shelf"."""
    words = re.findall(r"[\w'/-]+", sentence.lower())
    verb = words[:1]  # "Heat oil" does not say which oil
    return any(
        before not in _BARE and [before] != verb and any(mentions(thing, word) for thing in things)
        for before, word in pairwise(words)
    )


def _fate(question: Question, known: frozenset[str], hits: list[_Hit]) -> Found | None:
    """What becomes of a thing: what the step at hand does with it, and the next step after it that does; of what is
    kept for later only that.
    """
    named = [word for word in re.findall(r"[a-z]+", question.text) if stems(word) & known]
    named_as = re.compile(rf"\b(?:{'|'.join(map(re.escape, named)) or 'no'})(?:e?s)?\b", re.IGNORECASE)
    hits = [hit for hit in hits if named_as.search(hit.sentence)] or hits  # the juice, not "juicy"
    here = next((hit for hit in hits if not hit.place.far), None)
    later = next((hit for hit in hits if hit.place.kind == "step" and hit.place.far and not hit.place.before), None)
    if later is not None and _KEPT.search(question.text):
        here = None
    if here is not None and later is not None:
        then = f"Step {later.place.step}: {later.sentence}"
        return Found(f"{here.sentence} {then}", later.place.text)
    only = here or later or next(iter(hits), None)
    return found_at(only.place, [only.sentence]) if only is not None else None


def _done(places: tuple[Place, ...]) -> Found | None:
    """How a cook sees that the dish is done, told by the last step that says so of cooking."""
    told = [(p, s) for p in places if p.kind == "step" for s in split(p.text) if _COOKS.search(s)]
    told = [(p, s) for p, s in told if not p.before] or told
    if not told:
        return None
    last = max((place for place, _ in told), key=lambda place: place.step)
    return found_at(last, [sentence for place, sentence in told if place is last][:SHOWN])
