"""What foods are made of: allergens and diets by the words of an ingredient, and the nouns by which steps name it.

The fourteen allergens are those of EU Regulation 1169/2011, Annex II (lupin among them). Word lists find what a label
must name;
they cannot see what a product hides, so a cook with an allergy still reads the package.
"""

import re
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib import resources

import yaml

from retrieval.units import canonical_unit, singular

ALLERGENS = (
    "gluten", "crustaceans", "egg", "fish", "peanut", "soy", "milk", "tree nuts", "celery", "mustard", "sesame",
    "sulphites",
    "lupin", "molluscs",
)  # fmt: skip


def _patterns(names: list[str], but: list[str]) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    yes, no = [re.escape(w) for w in names], [re.escape(w) for w in but]
    tail = r"(?:s|es)?(?![\w-])"
    return (
        re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(yes, key=len, reverse=True))}){tail}"),
        re.compile(rf"(?<![\w])(?:{'|'.join(sorted(no, key=len, reverse=True))})(?:s|es)?") if no else None,
    )


@cache
def _matchers() -> dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]]:
    text = (resources.files("retrieval") / "data" / "foods.yaml").read_text(encoding="utf-8")
    rows = yaml.safe_load(text)
    return {name: _patterns(row["names"], row.get("except", [])) for name, row in rows.items()}


def names() -> list[str]:
    """Every food of the table of allergens."""
    text = (resources.files("retrieval") / "data" / "foods.yaml").read_text(encoding="utf-8")
    return [name for row in yaml.safe_load(text).values() for name in (*row["names"], *row.get("except", []))]


@lru_cache(maxsize=8192)
def contains(text: str) -> frozenset[str]:
    """Allergens that an ingredient names, and "meat" and "honey": ``"fresh egg pasta"`` → {"gluten", "egg"}."""
    low = text.lower().replace("’", "'")
    low = re.sub(r"anchovies", "anchovy", re.sub(r"berries", "berry", low))
    found = set()
    for name, (yes, no) in _matchers().items():
        rest = no.sub(" ", low) if no else low
        if yes.search(rest):
            found.add(name)
    if {"meat", "fish"} <= found and not _matchers()["meat"][0].search(low.replace("steak", "")):
        found.discard("meat")  # a salmon steak
    return frozenset(found)


def against_diet(diet: str, found: Iterable[str]) -> set[str]:
    """Which of the things that :func:`contains` found a diet forbids."""
    forbidden = {
        "vegan": {"meat", "fish", "crustaceans", "molluscs", "milk", "egg", "honey"},
        "vegetarian": {"meat", "fish", "crustaceans", "molluscs"},
        "pescatarian": {"meat"},
        "gluten-free": {"gluten"},
        "dairy-free": {"milk"},
        "egg-free": {"egg"},
        "nut-free": {"peanut", "tree nuts"},
    }.get(diet, set())
    return forbidden & set(found)


_NOT_FOOD = frozenset(
    "a an the of or and for with to in plus about more extra as at needed taste fresh dried dry large small "
    "medium whole ground fine coarse cold hot warm cool lukewarm soft ripe raw cooked unsalted salted sweet "
    "unsweetened dark light white black red green yellow brown golden extra-virgin virgin neutral all-purpose "
    "plain good quality thick thin long short big young firm smooth flat flaky kosher table sea boneless skinless "
    "bone-in skin-on low-sodium low fat full full-fat free range homemade bought store your own favorite any each "
    "divided cut into pieces chopped sliced minced diced grated crushed toasted roasted smoked peeled melted "
    "softened room temperature optional preferably such like other if you per piece half quarter freshly lightly "
    "finely high low-fat day-old instant active quick best mixed assorted frozen canned tinned jarred left over "
    "leftover not too one two three four no well drained rinsed washed cubed shredded packed regular strong heavy "
    "very baby wild organic pure natural".split()
)


@lru_cache(maxsize=8192)
def food_words(item: str) -> frozenset[str]:
    """Singular content words of an ingredient's name: ``"all-purpose flour"`` → {"flour"}."""
    words = re.findall(r"[a-zà-ÿ]+(?:['-][a-zà-ÿ]+)*", item.lower())
    parts = {part for w in words for part in (w, *w.split("-")) if w not in _NOT_FOOD}
    return frozenset(singular(w) for w in parts if w not in _NOT_FOOD and len(w) > 2 and not canonical_unit(w))


@lru_cache(maxsize=16384)
def stems(text: str) -> frozenset[str]:
    """Singular words of a text, hyphenated ones also in parts."""
    words = re.findall(r"[a-zà-ÿ]+(?:['-][a-zà-ÿ]+)*", text.lower())
    return frozenset(singular(part) for w in words for part in (w, *re.split("-", w.removesuffix("'s"))) if part)


def head_noun(item: str) -> str:
    """The noun of an ingredient's name: ``"ripe plum tomatoes"`` → "tomato"; "" if there is none."""
    words = re.findall(
        r"[a-zà-ÿ]+(?:'[a-zà-ÿ]+)?", re.split(r",|\(|\b(?:for|with|in|or|of|from|on|such)\b", item.lower())[0]
    )
    words = [w for w in words if w not in _NOT_FOOD] or words
    return singular(words[-1]) if words else ""
