"""The sentence of a recipe that comes nearest to a question whose kind no sentence holds exactly.

What is in front of a cook is asked about in the cook's words ("do I throw out the water?"), and the page has its own
("Reserve a cup of the cooking water."). A sentence must have most of what is said of a thing, in the same or in like
words; that it names the same food is not enough. The farther away it stands, the more of the question it must have.
What would mislead is left out: a question for a measure, a reason or another food is only answered by a sentence that
holds one (:mod:`bot.page.finding` looked for it).
"""

import re
from collections.abc import Iterable

from bot.page.alike import alike
from bot.page.holding import holds
from bot.page.places import Found, Place, found_at, has_tool, mentions, stems_of
from bot.page.question import Question
from bot.page.stems import root
from retrieval.sentences import split

SOFT = 0.6  # what another word for it counts
NEAR = 1.5  # steps; a step before counts half a step more
SAID = 0.6  # of what a question says of a thing, a sentence must have so much
FAR = 0.75  # farther away, of all its words so much
_NEVER = frozenset(("lack", "skip", "mean", "amount", "count", "store"))  # another line or entry answers these, or none
_HELD = frozenset(("time", "heat", "size", "often", "with", "drink", "listed", "why", "tool"))
_CUTS = frozenset(root(word) for word in "cut chop slice dice mince grate peel trim halve".split())
_PRONOUN = re.compile(r"\b(?:it|them|this|that|these|those|they)\b")
_I = re.compile(r"\b(?:i|we)\b")
# Said of nearly every step: alone they tell nothing.
_COMMON = frozenset(
    root(word)
    for word in """bowl pan pot dish heat minute cook mix stir add put step recipe thing way all both half whole next
    away out off let while gone
    really right beforehand get give first last more less other same another large small high low medium""".split()
)


def nearest(question: Question, places: Iterable[Place]) -> Found | None:
    """The sentence that is nearest to a question, or None where none is near enough."""
    asked = (question.about | question.tools) - _COMMON
    if not asked or _NEVER.intersection(question.kinds) or ("may" in question.kinds and question.foods):
        return None
    near = not question.foods and _PRONOUN.search(question.text) is not None  # "can I bake them?" is about these
    doing = _I.search(question.text) is not None  # a line of the list does not say what is done with it
    named = frozenset(map(root, question.foods))
    wanted = [kind for kind in question.kinds if kind in _HELD]
    scored = [
        (value, place, sentence)
        for place in places
        if (place.far <= NEAR or not near) and not (doing and place.kind == "ingredient" and not question.about & _CUTS)
        for sentence in ((place.text,) if place.kind == "pitfall" else split(place.text))  # symptom, cause and remedy
        if all(_answers(question, kind, place, sentence) for kind in wanted)
        and (value := _value(asked, named, place, sentence, question.kinds)) > 0
    ]
    if not scored:
        return None
    _, place, sentence = max(scored, key=lambda hit: hit[0])
    return found_at(place, [sentence])


def _answers(question: Question, kind: str, place: Place, sentence: str) -> bool:
    if kind == "why" and place.kind == "pitfall":  # what goes wrong otherwise
        return any(mentions(word, sentence) for word in question.about - set(map(root, question.foods)))
    return holds(kind, sentence)


def _value(asked: frozenset[str], foods: frozenset[str], place: Place, sentence: str, kinds: tuple[str, ...]) -> float:
    """How near a sentence comes, above 0 where it is near enough; one of two things is enough where either is asked
    for ("red or white onion?").
    """
    exact = {word for word in asked if mentions(word, sentence) or has_tool(word, sentence)}
    soft = {word for word in asked - exact if alike(word) & stems_of(sentence)}
    share = (len(exact) + SOFT * len(soft)) / len(asked)
    if not exact and foods:
        return 0.0  # another word for what is done, to another food
    if place.kind == "ingredient" and asked & _CUTS and "," in sentence and (asked - _CUTS) & exact:
        return share + 0.5  # how it is cut stands behind the comma
    said = asked - foods  # what is done or what it is like; a food alone is named in many sentences
    enough = len(said & (exact | soft)) >= (0.01 if "choice" in kinds else SAID) * len(said) if said else share >= SAID
    if place.far > NEAR and not said and kinds:
        return 0.0
    if place.far > NEAR:
        enough = enough and bool(exact) and share >= FAR
    elif place.far:
        enough = enough and bool(exact)
    return share + 0.5 / (1 + place.far) if enough else 0.0
