"""The sentence of a recipe that comes nearest to a question whose kind no sentence holds exactly.

What is in front of a cook is asked about in the cook's words ("do I throw out the water?"), and the page has its own
("Reserve a cup of the cooking water."). At the step at hand one telling word in common is enough; the farther away a
sentence stands, the more of the question it must have. What would mislead is left out: a question for a measure, a
reason or another food is only answered by a sentence that holds one (:mod:`bot.page.finding` looked for it).
"""

from collections.abc import Iterable

from bot.page.alike import alike
from bot.page.holding import holds
from bot.page.places import Found, Place, found_at, has_tool, mentions, stems_of
from bot.page.question import Question
from bot.page.sentences import split
from model.facts import stem

SOFT = 0.6  # what another word for it counts
NEAR = 1.5  # steps; a step before counts half a step more
SHARE_NEAR, SHARE_FAR = 0.5, 0.75  # of a question's words that a sentence must have
_NEVER = frozenset(("lack", "skip", "mean", "amount", "count"))  # another line or entry answers these, or none
_HELD = frozenset(("time", "heat", "size", "often", "store", "with", "drink", "listed", "why"))
_CUTS = frozenset(stem(word) for word in "cut chop slice dice mince grate peel trim halve".split())
# Said of nearly every step: alone they tell nothing.
_COMMON = frozenset(
    stem(word)
    for word in """bowl pan pot dish heat minute cook mix stir add put step recipe thing way all both half whole next away out off let while
    really right beforehand get give first last more less other same another large small high low medium""".split()
)


def nearest(question: Question, places: Iterable[Place]) -> Found | None:
    """The sentence that is nearest to a question, or None where none is near enough."""
    asked = (question.about | question.tools) - _COMMON
    if not asked or _NEVER.intersection(question.kinds) or ("may" in question.kinds and question.foods):
        return None
    wanted = [kind for kind in question.kinds if kind in _HELD]
    scored = [
        (value, place, sentence)
        for place in places
        for sentence in ((place.text,) if place.kind == "pitfall" else split(place.text))  # symptom, cause and remedy
        if all(_answers(kind, place, sentence) for kind in wanted) and (value := _value(asked, place, sentence)) > 0
    ]
    if not scored:
        return None
    _, place, sentence = max(scored, key=lambda hit: hit[0])
    return found_at(place, [sentence])


def _answers(kind: str, place: Place, sentence: str) -> bool:
    return holds(kind, sentence) or (kind == "why" and place.kind == "pitfall")  # what goes wrong otherwise


def _value(asked: frozenset[str], place: Place, sentence: str) -> float:
    """How near a sentence comes, above 0 where it is near enough."""
    exact = sum(mentions(word, sentence) or has_tool(word, sentence) for word in asked)
    soft = sum(
        bool(alike(word) & stems_of(sentence))
        for word in asked
        if not (mentions(word, sentence) or has_tool(word, sentence))
    )
    share = (exact + SOFT * soft) / len(asked)
    if place.kind == "ingredient" and asked & _CUTS and "," in sentence and any(mentions(w, sentence) for w in asked - _CUTS):
        return share + 0.5  # how it is cut stands behind the comma
    if not place.far:
        enough = exact + soft > 0
    elif place.far <= NEAR:
        enough = exact > 0 and share >= SHARE_NEAR
    else:
        enough = exact > 0 and share >= SHARE_FAR
    return share + 0.5 / (1 + place.far) if enough else 0.0
