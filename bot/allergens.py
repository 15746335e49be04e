"""Allergens and diets of a recipe, by its own list and by its ingredient lines.

The fourteen allergens of EU Regulation 1169/2011, Annex II, under the cookbook's names. Reading ingredient lines finds
what is named there and nothing else: it can warn, it can never clear. Callers must not turn "found nothing" into "is
free of".
"""

import re
from dataclasses import dataclass

from retrieval.lexicon import food_kinds
from retrieval.recipe import Recipe

_KEYWORDS: dict[str, str] = {
    "tree nuts": "almond|walnut|cashew|pecan|hazelnut|pistachio|macadamia|brazil nut|pine nut|praline|"
    "marzipan|frangipane|nutella|"
    "gianduja|amaretto|chestnut(?<!water chestnut)|(?<!pea)(?<!coco)(?<!dough)\\bnuts?\\b|mixed nuts",
    "peanut": "peanut|groundnut|satay",
    "milk": "(?<!coconut )(?<!almond )(?<!oat )(?<!soy )(?<!rice )(?<!cashew )(?<!plant )milk|"
    "buttermilk|(?<!peanut )(?<!almond )(?<!cocoa )(?<!nut )"
    "(?<!cashew )(?<!apple )(?<!vegan )butter(?! ?bean| lettuce|nut|fly|scotch)|(?<!coconut "
    ")cream(?! of tartar|ed corn)|cheese|cheddar|parmesan|"
    "parmigiano|pecorino|mozzarella|ricotta|feta|mascarpone|halloumi|gruy[eè]re|gouda|brie|"
    "paneer|queso|yogh?urt|ghee|whey|kefir|curd|"
    "cr[eè]me|half-and-half|dulce de leche|labneh|custard|casein|ice cream",
    "egg": "\\beggs?\\b|mayonnaise|\\bmayo\\b|meringue|aioli|egg yolk|hollandaise",
    "gluten": "(?<!rice )(?<!corn )(?<!chickpea )(?<!almond )(?<!potato )(?<!tapioca )(?<!coconut "
    ")(?<!gram )(?<!gluten-free )(?<!buckwheat )(?<!cassava )"
    "\\bflour(?! tortillas? \\(corn)|\\bwheat|breadcrumb|panko|\\bbread|baguette|brioche|"
    "ciabatta|\\bpitas?\\b|\\bnaan|\\bbuns?\\b|pasta(?! sauce)|spaghetti|penne|macaroni|"
    "linguine|fettuccine|lasagn|orzo|(?<!rice )(?<!glass )(?<!zucchini )(?<!kelp )noodle|"
    "ramen|udon|\\bsoy sauce|couscous|barley|\\brye\\b|bulgur|semolina|seitan|"
    "\\bbeer|flour tortilla|cracker|pastry|phyllo|filo|croissant|\\bmalt|crouton|spelt|farro|"
    "freekeh|biscuit|cookie|graham|matzo|hoisin",
    "soy": "\\bsoya?\\b|tofu|tempeh|\\bmiso|edamame|tamari|soybean|hoisin|doenjang|gochujang",
    "fish": "\\bfish|salmon|\\btuna|\\bcod\\b|halibut|anchov|haddock|trout|mackerel|sardine|tilapia|"
    "\\bbass\\b|snapper|bonito|dashi|worcestershire|catfish|caviar|\\broe\\b",
    "crustaceans": "shrimp|prawn|\\bcrab|lobster|crayfish|langoustine|krill",
    "molluscs": "mussel|clam|oyster|squid|calamari|octopus|scallop|snail|cuttlefish|abalone",
    "sesame": "sesame|tahini|halva|za'?atar|gomasio|furikake|hummus",
    "mustard": "mustard",
    "celery": "celery|celeriac",
    "sulphites": "\\bwine\\b|dried apricot|sulphite|sulfite",
    "lupin": "lupin",
}
_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _KEYWORDS.items()}
NAMES = tuple(_KEYWORDS)
_SAID: dict[str, tuple[str, ...]] = {
    "nut": ("tree nuts", "peanut"),
    "tree nut": ("tree nuts",),
    "treenut": ("tree nuts",),
    "peanut": ("peanut",),
    "groundnut": ("peanut",),
    "almond": ("tree nuts",),
    "walnut": ("tree nuts",),
    "cashew": ("tree nuts",),
    "hazelnut": ("tree nuts",),
    "pecan": ("tree nuts",),
    "pistachio": ("tree nuts",),
    "dairy": ("milk",),
    "milk": ("milk",),
    "lactose": ("milk",),
    "cheese": ("milk",),
    "dairy product": ("milk",),
    "casein": ("milk",),
    "egg": ("egg",),
    "gluten": ("gluten",),
    "wheat": ("gluten",),
    "flour": ("gluten",),
    "soy": ("soy",),
    "soya": ("soy",),
    "fish": ("fish",),
    "shellfish": ("crustaceans", "molluscs"),
    "seafood": ("fish", "crustaceans", "molluscs"),
    "crustacean": ("crustaceans",),
    "shrimp": ("crustaceans",),
    "prawn": ("crustaceans",),
    "crab": ("crustaceans",),
    "lobster": ("crustaceans",),
    "mollusc": ("molluscs",),
    "mollusk": ("molluscs",),
    "sesame": ("sesame",),
    "sesame seed": ("sesame",),
    "tahini": ("sesame",),
    "mustard": ("mustard",),
    "celery": ("celery",),
    "sulphite": ("sulphites",),
    "sulfite": ("sulphites",),
    "lupin": ("lupin",),
}
_MEAT = (
    r"beef|pork|lamb|mutton|chicken|turkey|duck|veal|bacon|ham\b|sausage|prosciutto|pancetta|chorizo|"
    r"salami|meat(?!less)|steak|gelatin|lard|anchov|\bstock\b(?<!vegetable stock)|bone broth|goat(?! "
    r"cheese)|venison|rabbit|goose"
)
_FORBIDS: dict[str, str] = {
    "vegetarian": f"{_MEAT}|{_KEYWORDS['fish']}|{_KEYWORDS['crustaceans']}|{_KEYWORDS['molluscs']}",
    "vegan": f"{_MEAT}|{_KEYWORDS['fish']}|{_KEYWORDS['crustaceans']}|{_KEYWORDS['molluscs']}|"
    f"{_KEYWORDS['milk']}|{_KEYWORDS['egg']}|honey",
    "pescatarian": _MEAT,
    "gluten-free": _KEYWORDS["gluten"],
    "dairy-free": _KEYWORDS["milk"],
    "egg-free": _KEYWORDS["egg"],
    "nut-free": f"{_KEYWORDS['tree nuts']}|{_KEYWORDS['peanut']}",
    "halal": r"pork|bacon|ham\b|prosciutto|pancetta|chorizo|lard|\bwine\b|\bbeer|rum\b|brandy|gelatin",
    "kosher": rf"pork|bacon|ham\b|prosciutto|pancetta|chorizo|lard|{_KEYWORDS['crustaceans']}|{_KEYWORDS['molluscs']}",
}
_FORBID_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _FORBIDS.items()}


@dataclass(frozen=True, slots=True)
class Finding:
    """What a recipe says about one food or allergen.

    Attributes:
        declared: The recipe's own allergen list names it.
        lines: Ingredient lines that name it.
    """

    declared: bool
    lines: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.declared or bool(self.lines)


def singular(word: str) -> str:
    """``"tomatoes"`` → ``"tomato"``, ``"berries"`` → ``"berry"``; rough, for matching only."""
    word = word.strip().lower()
    for ending, instead in (("ies", "y"), ("oes", "o"), ("sses", "ss"), ("ches", "ch"), ("shes", "sh"), ("xes", "x")):
        if word.endswith(ending) and len(word) > len(ending) + 1:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def allergens_of(word: str) -> tuple[str, ...]:
    """Canonical allergens that a cook's word means: ``"nuts"`` → tree nuts and peanut; () for a food that is none."""
    word = word.strip().lower()
    return (word,) if word in _KEYWORDS else _SAID.get(singular(word), ())


_GROUPS = ("alcohol",)  # words that no line is written with


def find(recipe: Recipe, word: str) -> Finding:
    """What the recipe says about an allergen or any other food."""
    names = allergens_of(word)
    if names:
        declared = any(name in recipe.allergens for name in names)
        lines = tuple(i.text for i in recipe.ingredients if any(_PATTERNS[name].search(i.text) for name in names))
        return Finding(declared, lines)
    kinds = food_kinds().get(singular(word), frozenset()) if word in _GROUPS else frozenset()
    stems = "|".join(re.escape(singular(name)) for name in (word, *sorted(kinds)))
    pattern = re.compile(rf"\b(?:{stems})(?!\w* vinegar)", re.IGNORECASE)
    return Finding(False, tuple(i.text for i in recipe.ingredients if pattern.search(i.text)))


def against_diet(recipe: Recipe, diet: str) -> tuple[str, ...]:
    """Ingredient lines that a diet forbids, as far as their words tell."""
    pattern = _FORBID_PATTERNS.get(diet)
    return tuple(i.text for i in recipe.ingredients if pattern.search(i.text)) if pattern else ()


def keeps_diet(recipe: Recipe, diet: str) -> bool | None:
    """True if the recipe says so, False if a line forbids it, None if nobody can tell."""
    if diet in recipe.diet or (diet == "vegetarian" and "vegan" in recipe.diet):
        return True
    if against_diet(recipe, diet):
        return False
    return None


def clashes(recipe: Recipe, allergies: list[str], diet: list[str]) -> list[str]:
    """One phrase for everything in the recipe that goes against a cook's allergies or diet."""
    out = []
    for word in allergies:
        finding = find(recipe, word)
        if finding:
            out.append(f"{word} ({'; '.join(finding.lines[:3]) if finding.lines else 'by its allergen list'})")
    for name in diet:
        if keeps_diet(recipe, name) is False:
            out.append(f"it is not {name} ({'; '.join(against_diet(recipe, name)[:3])})")
    return out
