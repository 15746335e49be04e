"""Finding a recipe for a wish: "something with chickpeas, under 30 minutes, no nuts"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from retrieval.bm25 import query_terms
from retrieval.recipe import Recipe
from retrieval.text import content_words, normalise, stem
from retrieval.units import singular

if TYPE_CHECKING:
    from retrieval.index import Index

_UNIT_S = {"minute": 60, "min": 60, "hour": 3600, "hr": 3600}
_NUMBERS = {
    "half an": 0.5,
    "an": 1,
    "a": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "ten": 10,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "forty-five": 45,
    "sixty": 60,
}
_LIMIT = re.compile(
    r"(?:\bin\s+)?\b(?:under|less than|at most|no more than|within|max(?:imum)?(?: of)?|up to|below|not (?:longer|"
    r"more) than|in)\s+"
    rf"(\d+(?:\.\d+)?|{'|'.join(_NUMBERS)})\s*-?\s*(minute|min|hour|hr)s?\b|\b(\d+)[- ](minute|min|hour|"
    rf"hr)s?(?: (?:or less|or under|max|tops))?\b"
)
_QUICK = re.compile(r"\b(?:quick|fast|in a hurry|speedy)\b")
_WITHOUT = re.compile(
    r"\b(?:no|without(?: any)?|free of|free from|not containing|allergic to|don't (?:have|like|eat)(?: any)?|"
    r"hate)\s+([a-z -]+?)(?=[,.;!?]|$|\bbut\b|\bwith\b|\bunder\b|\bin\b)"
)
_FREE = re.compile(r"\b([a-z]+)[- ]free\b")
_WITH = re.compile(
    r"\b(?:with|using|containing|made of|out of|i have(?: some)?|use up(?: my)?)\s+([a-z -]+?)(?=[,.;!?]|$|\bbut\b|"
    r"\bunder\b|\bin\b|\bno\b|\bwithout\b|\bfor\b|\bthat\b)"
)
_DIETS = (
    "vegan",
    "vegetarian",
    "pescatarian",
    "gluten-free",
    "dairy-free",
    "nut-free",
    "egg-free",
    "soy-free",
    "halal",
    "kosher",
    "keto",
    "paleo",
)
_FILLER = frozenset(
    stem(w)
    for w in "something anything recipe recipes dish dishes want like make cook need find show idea ideas tonight "
    "dinner meal me give suggest minutes minute hour hours quick fast easy under less".split()
)
# What a word for a group of foods means in ingredient lines; the allergen names of the cookbook are among them.
_GROUPS = {
    "nut": "nut almond walnut pecan cashew pistachio hazelnut peanut macadamia praline marzipan nutella",
    "tree nut": "almond walnut pecan cashew pistachio hazelnut macadamia praline marzipan",
    "dairy": "milk butter cream cheese yogurt yoghurt ghee parmesan mozzarella ricotta mascarpone buttermilk feta "
    "cheddar creme",
    "milk": "milk butter cream cheese yogurt yoghurt ghee parmesan mozzarella ricotta mascarpone buttermilk feta "
    "cheddar creme",
    "gluten": "flour wheat bread pasta noodle barley rye couscous bulgur semolina cracker spaghetti macaroni "
    "tortilla panko breadcrumb seitan",
    "egg": "egg mayonnaise meringue",
    "meat": "beef pork chicken turkey lamb bacon ham sausage veal duck steak prosciutto chorizo salami pancetta meat",
    "fish": "fish salmon tuna cod anchovy halibut tilapia trout sardine mackerel snapper",
    "seafood": "fish salmon tuna cod anchovy shrimp prawn crab lobster clam mussel scallop oyster squid",
    "shellfish": "shrimp prawn crab lobster clam mussel scallop oyster",
    "soy": "soy tofu tempeh miso edamame tamari",
    "alcohol": "wine beer rum brandy vodka whiskey bourbon liqueur sherry",
}
_NOT_IT = {
    "nut": ("nutmeg", "butternut", "coconut", "doughnut", "donut", "water chestnut"),
    "dairy": (
        "coconut milk",
        "peanut butter",
        "almond milk",
        "soy milk",
        "oat milk",
        "cocoa butter",
        "cream of tartar",
        "coconut cream",
        "almond butter",
        "butternut",
        "buttercup",
        "butter lettuce",
        "nut butter",
    ),
    "egg": ("eggplant", "egg noodles"),
    "gluten": (
        "rice flour",
        "almond flour",
        "corn tortilla",
        "rice noodle",
        "cornflour",
        "chickpea flour",
        "buckwheat",
        "gluten-free",
        "oat flour",
        "coconut flour",
        "potato flour",
        "corn flour",
    ),
}


_SCANNED = 1_000  # recipes that are gone through where nothing in particular is wanted: half a second at most


@dataclass(frozen=True, slots=True)
class Wish:
    """What a cook wants.

    Attributes:
        text: The rest of the wish, after limits were taken out.
        max_total_s: Longest total time in seconds, or None.
        diet, without, with_: See :meth:`retrieval.index.Index.search_recipes`.
    """

    text: str
    max_total_s: int | None = None
    diet: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()

    def limited(
        self, max_total_s: int | None, diet: Iterable[str], without: Iterable[str], with_: Iterable[str]
    ) -> "Wish":
        """With further limits; of two times the shorter one counts."""
        times = [t for t in (self.max_total_s, max_total_s) if t is not None]
        return replace(
            self,
            max_total_s=min(times) if times else None,
            diet=(*self.diet, *(d.lower() for d in diet)),
            without=(*self.without, *(w.lower() for w in without)),
            with_=(*self.with_, *(w.lower() for w in with_)),
        )


def parse_wish(text: str) -> Wish:
    """Read the limits out of a wish."""
    rest = text.lower().replace("’", "'")
    limit: int | None = None
    if match := _LIMIT.search(rest):
        number, unit = match[1] or match[3], match[2] or match[4]
        limit = int(float(_NUMBERS.get(number, number)) * _UNIT_S[unit])
        rest = rest[: match.start()] + " , " + rest[match.end() :]
    elif _QUICK.search(rest):
        limit = 45 * 60
    diet = tuple(d for d in _DIETS if re.search(rf"\b{d.replace('-', '[- ]')}\b", rest))
    without = [w for m in _WITHOUT.findall(rest) for w in _listed(m)]
    without += [w for w in _FREE.findall(rest) if f"{w}-free" not in _DIETS]
    rest = _FREE.sub(" ", _WITHOUT.sub(" , ", rest))
    with_ = tuple(w for m in _WITH.findall(rest) for w in _listed(m))
    return Wish(rest, limit, diet, tuple(without), with_)


def _listed(phrase: str) -> list[str]:
    parts = re.split(r",|\band\b|\bor\b|\bany\b|\bsome\b|\bthe\b|\bmy\b|\ba\b|\ball\b", phrase)
    return [p.strip() for p in parts if len(p.strip()) > 1]


def contains(recipe: Recipe, food: str) -> bool:
    """Whether a food, or a group of foods such as "nuts", is in a recipe's ingredients or allergens."""
    name = " ".join(stem(w) for w in normalise(food).split())
    group = next((key for key in _GROUPS if name in (stem(key), key)), "")
    if any(stem(a) == name or a.startswith(food) or (group == "nut" and "nut" in a) for a in recipe.allergens):
        return True
    wanted = [stem(w) for w in _GROUPS[group].split()] if group else [name]
    lines = [normalise(i.text) for i in recipe.ingredients]
    for exception in _NOT_IT.get("dairy" if group == "milk" else group, ()):
        lines = [line.replace(exception, " ") for line in lines]
    joined = [" " + " ".join(stem(w) for w in re.findall(r"[a-z]+", line)) + " " for line in lines]
    return any(f" {w} " in line or (" " not in w and len(w) > 4 and w in line) for w in wanted for line in joined)


def fits(recipe: Recipe, wish: Wish) -> bool:
    """Whether a recipe keeps all limits of a wish."""
    if wish.max_total_s is not None and (recipe.total_s is None or recipe.total_s > wish.max_total_s):
        return False
    if any(not _has_diet(recipe, diet) for diet in wish.diet):
        return False
    return not any(contains(recipe, food) for food in wish.without) and all(_names(recipe, food) for food in wish.with_)


def _has_diet(recipe: Recipe, diet: str) -> bool:
    if diet in recipe.diet or (diet in ("vegetarian", "pescatarian") and "vegan" in recipe.diet):
        return True
    if recipe.diet:
        return False
    forbidden = {
        "vegan": ("meat", "seafood", "dairy", "egg", "honey"),
        "vegetarian": ("meat", "seafood"),
        "pescatarian": ("meat",),
    }
    foods = forbidden.get(diet, (diet.removesuffix("-free"),) if diet.endswith("-free") else ())
    # A recipe that states no diet fits only where its ingredients can tell.
    return bool(foods) and not any(contains(recipe, food) for food in foods)


def _names(recipe: Recipe, food: str) -> bool:
    return contains(recipe, food) or stem(normalise(food)) in content_words(recipe.title)


_LINKS = frozenset("a an and the with of in for to on or".split())
_LONG = 5  # words of a title of which one may be left out
_LOOKED_AT = 200  # pieces found by the words of a title


def is_title(said: str, title: str) -> bool:
    """Whether what is said is a title: all its words in their order, but for accents, plurals, little words, what
    stands in parentheses, and one word of a long title.
    """
    words = _title_words(said)
    for whole in (_title_words(title), _title_words(re.sub(r"\([^)]*\)", " ", title))):
        if words and words == whole:
            return True
        short = len(whole) == len(words) + 1 >= _LONG
        if short and any(whole[:n] + whole[n + 1 :] == words for n in range(len(whole))):
            return True
    return False


def _title_words(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+", normalise(text).replace("'", ""))
    return [singular(word) for word in words if word not in _LINKS]


def titled(index: "Index", text: str, asked: Wish) -> list[Recipe]:
    """The recipes whose title a text is, exact ones first. A title says no limits, whatever words it holds ("Bread
    without Yeast"): only what is asked for beside it counts.
    """
    rows, _ = index.bm25.search(query_terms(text), _LOOKED_AT)
    positions, alive = index.parents_of(rows)
    recipes = dict.fromkeys(positions[alive & index.is_recipe(positions)].tolist()) if len(rows) else {}
    parents = (index.parent_at(position) for position in islice(recipes, 24))
    found = [r for r in parents if isinstance(r, Recipe) and is_title(text, r.title) and fits(r, asked)]
    return sorted(found, key=lambda r: _title_words(r.title) != _title_words(text))


def search(index: "Index", wish: Wish, k: int) -> list[tuple[Recipe, float]]:
    """The best recipes that keep the limits.

    Candidates come from BM25 and vectors over all pieces; each recipe's score adds how much of the wish its title and
    its ingredients hold. If nothing is named, or too few fit, the recipes are gone through in order.
    """
    stems = [s for s in content_words(wish.text) if s not in _FILLER]
    foods = " ".join(wish.with_)
    ranked: dict[int, float] = {}
    text = " ".join((*stems, foods))
    if stems or foods:
        wide = 400 if (wish.max_total_s, *wish.diet, *wish.without, *wish.with_) != (None,) else 120
        rows, _ = index.bm25.search(query_terms(text), wide)
        near, _ = index.nearest(index.encoder.encode([text])[0], wide)
        for found in (rows, near):
            positions, alive = index.parents_of(found)
            keep = alive & index.is_recipe(positions) if len(found) else alive
            for rank, position in enumerate(dict.fromkeys(positions[keep].tolist())):
                ranked[position] = ranked.get(position, 0.0) + 1 / (20 + rank)
    results: list[tuple[Recipe, float]] = []
    seen: set[str] = set()
    for position in sorted(ranked, key=lambda p: -ranked[p]):
        recipe = index.parent_at(position)
        if isinstance(recipe, Recipe) and fits(recipe, wish):
            named = _fitness(index, recipe, stems)
            if stems and named <= 0:
                continue  # the vectors found it near, yet it holds nothing of what was asked for
            results.append((recipe, named * 0.8 + min(1.0, ranked[position] * 10) * 0.2))
            seen.add(recipe.url)
            if len(results) >= max(8 * k, 24):
                break
    if len(results) < k and (not stems or foods):
        for recipe in islice(index.recipes(), _SCANNED):
            if recipe.url not in seen and fits(recipe, wish):
                results.append((recipe, 0.1))
                if len(results) >= k:
                    break
    return sorted(results, key=lambda r: (-r[1], r[0].title))[:k]


def _fitness(index: "Index", recipe: Recipe, stems: list[str]) -> float:
    """Share of the wish's words that the recipe's title (in full) and overview or ingredients (less) hold."""
    encoder = index.encoder.embeddings
    idf = getattr(encoder, "idf", lambda _word: 1.0)
    title = set(content_words(recipe.title))
    about = set(content_words(" ".join((recipe.description, recipe.cuisine, recipe.course, *recipe.tags))))
    inside = set(content_words(" ".join(i.text for i in recipe.ingredients)))
    total = got = 0.0
    for word in set(stems):
        total += idf(word)
        got += idf(word) * (1.0 if word in title else 0.6 if word in about else 0.5 if word in inside else 0.0)
    extra = len(title - set(stems)) * 0.02
    return float(np.clip(got / total - extra, 0.01, 1)) if got else 0.0 if total else 0.5
