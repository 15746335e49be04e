"""What a text says, as the guard compares it: amounts by kind and by food, words, and what is denied.

A :class:`Facts` is built once per text and kept; facts of several texts are asked together.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from retrieval.lexicon import food_lexicon
from retrieval.quantity import Amount, format_duration, numbers_in
from retrieval.recipe import Recipe
from retrieval.units import METRIC, singular

_WORD = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_CLAUSE = re.compile(
    r"[.!?;:,]+(?=\s|$)|[()]|\s+(?=(?:if|unless)\s)|\s+(?:but|so that|because|although|while|then|and then|or else|"
    r"otherwise|which)\s+"
)
_CONDITION = re.compile(r"\s*(?:even )?(?:if|unless|when|whether)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+|\n+")
NEGATION = re.compile(
    r"\b(?:not|never|no|none|without|avoid|cannot|nor|neither|skip|stop|unnecessary)\b|n['’]t\b|\bno need\b|"
    r"\binstead of\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    "content contents detail details full fully explain explained refer reference read reading learn message "
    "messages look looking remember proceed almost basically pretty matter personal welcome fun tip tips hint "
    "hints helpful also already always never ever without ingredient ingredients tools tool list lists attached "
    "attach share shared sharing item items steps instruction instructions follow gather kitchen cook cooking "
    "preparation prepare prep recipe's recipes complete completed below above listed included call calls need "
    "needs needed required everything ready wait check depends depend option options choice prefer preference "
    "recommend suggest suggestion able possible optional easy simple simply quick quickly best better different "
    "amount amounts include including require requires enough sounds moving onwards information info mention "
    "mentioned specify specified says said state states answer idea love like likes awesome yum yummy delicious "
    "dish meal food guests kids family a an the and or but if of to in on at by for with from into onto over "
    "under up down out off as it its this that these those is are was were be been being am do does did done have "
    "has had having can could will would shall should may might must i you we they he she me my your our their "
    "his her them us so too very just only then than there here now when while until till before after again once "
    "about around some any each all both other another more most much many few little not no nor don't doesn't "
    "isn't aren't won't can't cannot didn't shouldn't wouldn't couldn't n't what which who how why where yes yeah "
    "yep ok okay sure great good well fine nice perfect thanks thank please let let's know next step recipe ask "
    "tell say see go going get got make made making want one ones thing way lot bit it's that's you're i'm we're "
    "you'll i'll we'll there's here's i've you've enjoy happy glad sorry hello hi hey help question wonderful "
    "absolutely definitely course right exactly correct actually really quite kind sort maybe perhaps probably "
    "usually still yet even though although because since such same every something anything nothing back first "
    "second third last finally begin start finish continue move ahead time use using used take put keep try give "
    "come feel think hope sound work day today tonight moment minute hour degree following mean means yourself "
    "own".split()
)


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """A word without its ending: "simmering", "simmered", "simmers" → "simmer"."""
    word = singular(word.replace("’", "'").removesuffix("'s"))
    for ending in ("ingly", "edly", "ing", "ed", "ly", "est", "er", "es"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsfz":
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word[-1] in "ey" else word


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [s for s in _SENTENCE.split(text.strip()) if s.strip()]


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """Lower-case words in order, hyphenated ones whole and in parts."""
    out = []
    if not text.isascii():  # "Gruyère" and "Gruyere" are one
        text = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode()
    for word in _WORD.findall(text.lower()):
        out.append(word)
        if "-" in word and not word.endswith(("-size", "-sized", "-like", "-shaped")):
            out += [*word.split("-"), word.replace("-", "")]
    return tuple(out)


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Stems of the words that carry meaning."""
    return frozenset(stem(w) for w in words(text) if w not in _STOP and len(w) > 2)


@lru_cache(maxsize=4096)
def foods(text: str) -> frozenset[str]:
    """The words of a text that name foods, singular."""
    lexicon = food_lexicon()
    return frozenset(s for w in words(text) if (s := singular(w.removesuffix("'s"))) in lexicon)


def clauses(text: str) -> Iterator[tuple[frozenset[str], bool]]:
    """(content stems, whether it denies) of each clause."""
    for sentence in sentences(text):
        parts = [part for part in _CLAUSE.split(sentence) if part]
        if len(parts) > 1 and not NEGATION.search(sentence):
            parts.append(sentence)  # "Whisk the flour, soda and salt" is one thing to do
        for clause in parts:
            if not _CONDITION.match(clause) and (stems := content(clause)):
                yield stems, bool(NEGATION.search(clause))


@dataclass(slots=True)
class Facts:
    """What one text says.

    Attributes:
        values: By dimension, the (low, high) pairs in the dimension's base, and whether the unit is metric.
        numbers: Every number as written, whatever its unit.
        by_food: By (food, dimension), the numbers that stand with that food.
        foods: Food words, singular.
        stems: Stems of all content words.
        clauses: (content stems, denies) of each clause.
        spoken: (content stems, amounts by dimension) of each sentence that has amounts.
    """

    values: dict[str, list[tuple[float, float, bool]]] = field(default_factory=lambda: defaultdict(list))
    numbers: set[Fraction] = field(default_factory=set)
    by_food: dict[tuple[str, str], list[tuple[float, float, bool]]] = field(default_factory=lambda: defaultdict(list))
    foods: set[str] = field(default_factory=set)
    stems: set[str] = field(default_factory=set)
    clauses: list[tuple[frozenset[str], bool]] = field(default_factory=list)
    spoken: list[tuple[frozenset[str], dict[str, list[tuple[float, float, bool]]]]] = field(default_factory=list)

    def add(self, text: str, item: str = "") -> None:
        """Take in a text. ``item`` names the one food that its amounts are of (an ingredient line)."""
        self.foods |= foods(text)
        self.stems |= content(text)
        self.clauses += clauses(text)
        for sentence in [text] if item else sentences(text):
            here = foods(item or sentence)
            said: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
            for amount in numbers_in(sentence):
                pair = span(amount)
                self.values[kind(amount)].append(pair)
                self.numbers.update(amount.values)
                said[kind(amount)].append(pair)
                for food in here:
                    self.by_food[food, kind(amount)].append(pair)
            if said:
                self.spoken.append((content(sentence), said))


def kind(amount: Amount) -> str:
    """The amount's dimension; counted things and bare numbers are one kind, as "2 cloves" and "2 garlic cloves" are."""
    return "count" if amount.dimension == "number" else amount.dimension


def span(amount: Amount) -> tuple[float, float, bool]:
    """(low, high, metric) in the dimension's base."""
    base = [float(v) for v in (amount.values if kind(amount) in ("count", "percent") else amount.base)]
    return min(base), max(base), amount.unit in METRIC


@lru_cache(maxsize=2048)
def text_facts(text: str) -> Facts:
    """Facts of one passage."""
    facts = Facts()
    facts.add(text)
    return facts


@lru_cache(maxsize=64)
def recipe_facts(recipe: Recipe) -> Facts:
    """Facts of a recipe: everything it says, its servings and its times."""
    facts = Facts()
    for line in recipe.ingredients:
        facts.add(line.text, line.item)
        facts.stems |= content(line.group)
    notes = (
        recipe.title,
        recipe.description,
        recipe.recipe_yield,
        *recipe.steps,
        *recipe.tips,
        *recipe.pitfalls,
        recipe.storage,
    )
    for text in (
        *notes,
        " ".join(recipe.tools),
        f"{recipe.cuisine} {recipe.course} {' '.join(recipe.tags + recipe.diet)}",
    ):
        facts.add(text)
    facts.foods |= foods(" ".join(recipe.allergens))
    if recipe.servings:
        facts.add(f"It serves {recipe.servings} people, {recipe.servings} servings.")
    for seconds, what in ((recipe.prep_s, "Preparation"), (recipe.cook_s, "Cooking"), (recipe.total_s, "In total it")):
        if seconds:
            facts.add(f"{what} takes {format_duration(seconds)}.")
    return facts


def together(parts: Iterable[Facts]) -> tuple[Facts, ...]:
    """The facts that a reply may draw on, to be asked one after another."""
    return tuple(parts)
