"""What a recipe says of things that go wrong, found by the cook's own words for them.

A pitfall is a symptom, its cause and what to do about it ("Gluey rice: too little rinsing. Spread it on a tray."); it
is shown whole. A cook names the symptom in other words, and rarely as a question.
"""

import re

from bot.page.alike import alike
from bot.page.places import Found, found_at, places_of, stems_of
from bot.page.stems import root, stems
from model.facts import foods
from retrieval.recipe import Recipe
from retrieval.sentences import split

HEAD, LIKE, BODY = 1.0, 0.8, 0.35  # what a word counts in the symptom, another word for it there, and in the rest
ENOUGH = 0.8
WITHIN = 1.5  # steps; one before counts half a step more
_CASE = re.compile(
    r"\b(?:if|any (?:that|which)|those that|that (?:stay|remain|refuse|have)|unless|should|until|otherwise|or else|"
    r"as needed)\b",
    re.IGNORECASE,
)
_SAID_OF_ALL = frozenset(
    root(word)
    for word in """dish food look looks looking seem seems taste tastes feel feels come comes came turn turned went get
    gets got getting bit little really very still quite pretty too much all some mine think done wrong help bad right
    normal okay now again what why how made make making top bottom inside""".split()
)
_NAMED = re.compile(
    r"\b(?:my|the|these|those|this) ([a-z]+)(?= (?:is|are|was|were|has|have|went|got|turned|keeps?|won'?t|looks?)\b)"
)
_NOTES = re.compile(r"^[^.:]{3,60}:")


def trouble(text: str, recipe: Recipe, wrong: bool = False) -> Found | None:
    """The note of the recipe on what a cook tells of, or None; where something went ``wrong`` with a food, it is enough
    that a note is on it.
    """
    told = stems(text) - _SAID_OF_ALL
    about = frozenset(root(food) for food in foods(text.lower()))
    about |= frozenset(root(name) for name in _NAMED.findall(text.lower()))  # "my mash is lumpy"
    if not told:
        return None
    notes = [*recipe.pitfalls, *(tip for tip in recipe.tips if _NOTES.match(tip))]
    scored = [(_value(told, about, note, wrong), -n, note) for n, note in enumerate(notes)]
    best, _, note = max(scored, default=(0.0, 0, ""))
    return Found(note) if best >= (BODY if wrong else ENOUGH) else None


def condition(text: str, recipe: Recipe, at: int) -> Found | None:
    """What a step at hand, or next to it, says of the case that a cook tells of ("some didn't open": "throw out any
    that stay shut"), or None.
    """
    told = stems(text) - _SAID_OF_ALL - frozenset(root(food) for food in foods(text.lower()))
    hits = [
        (sum(_has(w, sentence) for w in told) - 0.1 * place.far, place, sentence)
        for place in places_of(recipe, at)
        if place.kind == "step" and place.far <= WITHIN
        for sentence in split(place.text)
        if _CASE.search(sentence)
    ]
    value, place, sentence = max(hits, key=lambda hit: hit[0], default=(0.0, None, ""))
    return found_at(place, [sentence]) if place is not None and value > 0.5 else None


def _value(told: frozenset[str], about: frozenset[str], note: str, wrong: bool) -> float:
    """How much of what is told a note has; a food in common tells where, not what, and is not enough alone."""
    head, _, body = note.partition(":") if _NOTES.match(note) else (note, "", "")
    symptoms = told - about
    elsewhere = frozenset(map(root, foods(head.lower())))
    if about and elsewhere and not any(_has(w, note) for w in about):
        return 0.0  # of another food
    value = sum(
        HEAD if w in stems_of(head) else LIKE if _has(w, head) else BODY if _has(w, body) else 0.0 for w in symptoms
    )
    if not value and (symptoms or not wrong):
        return 0.0
    return value + sum(0.5 if value else HEAD for w in about if _has(w, head))


def _has(word: str, text: str) -> bool:
    return bool(alike(word) & stems_of(text))
