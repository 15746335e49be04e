"""Allergens and diets of a recipe, by its own list, its ingredient lines and what else its page says.

The fourteen allergens of EU Regulation 1169/2011, Annex II, under the cookbook's names. What a label must name is known
by :func:`retrieval.foods.contains`; here is what a cook with an allergy asks for beyond that: words that a label spells
out but a recipe does not ("nuts", "tart shell"). Reading finds what is named and nothing else: it can warn, it can
never clear. Callers must not turn "found nothing" into "is free of".
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from retrieval import foods
from retrieval.lexicon import food_kinds
from retrieval.recipe import Recipe
from retrieval.sentences import split

# Beside the table of foods. What is bought ready made counts by what it is usually made of.
_KEYWORDS: dict[str, str] = {
    "tree nuts": r"nuts?|nutella|pesto|amaretto|baklava|almond flour|nougat|"
    r"mortadella",
    "peanut": r"satay|peanut\w*|mixed nuts|(?:chopped|salted|roasted|crushed|assorted) nuts",
    "milk": r"curds?(?! tofu)|cr[eè]me(?! de (?:cassis|menthe))|parmigiano|cotija|gouda|havarti|"
    r"monterey jack|asiago|mizithra|custard|casein|ice cream|caesar dressing|ranch(?: dressing)?|alfredo|"
    r"(?<!almond )(?<!oat )(?<!soy )(?<!rice )(?<!coconut )(?<!cashew )(?<!nut )(?<!hemp )latte|tzatziki|raita|"
    r"caramel sauce|pound cake",
    "egg": r"mayo|hollandaise|b[eé]arnaise|caesar dressing|tartar sauce|custard|angel food cake|pound cake|"
    r"egg\w* noodles?|challah|brioche|ladyfingers?|sponge cake",
    "gluten": r"(?:tart|pie|pastry|pizza|quiche|cheesecake|graham)(?: \w+)? (?:shells?|crusts?|bases?|dough|cases?)|"
    r"(?:shortcrust|choux|filo|phyllo|puff|danish) ?(?:pastry|dough|sheets?)?|pastry(?! (?:bag|brush|cutter|wheel))|"
    r"pastries|(?:sandwich|bread|dinner|hamburger|hot dog|kaiser|ciabatta|crescent) rolls?|croissants?|croutons?|"
    r"cookies?|matzoh?|muffins?|bagels?|(?:angel food|pound|sponge|layer|cake) (?:cake|mix)|pancakes?|waffles?|"
    r"pretzels?|stuffing mix|breaded \w+|tempura|wontons?|dumplings?|gnocchi|ravioli|tortellini|rigatoni|fusilli|"
    r"farfalle|bucatini|ziti|cannelloni|tagliatelle|pappardelle|conchiglie|ditalini|pastina|acini di pepe|"
    r"angel hair|israeli couscous|fregola|kamut|triticale|einkorn|emmer|farina|cream of wheat|teriyaki|"
    r"flatbreads?|focaccia|lavash|pumpernickel|challah|crumpets?|scones?|shoyu|ponzu|lager",
    "soy": r"bean curd|hoisin|textured vegetable protein|liquid aminos",
    "fish": r"bass|crab sticks?|surimi|caesar dressing|bouillabaisse|lox|eel|perch|grouper|turbot|whiting|"
    r"mahi[- ]?mahi|sardines?|anchov\w+",
    "crustaceans": r"krill|surimi|scampi|crab\w*|gambas",
    "molluscs": r"abalone|cuttlefish|escargots?|conch|octopus|whelks?",
    "sesame": r"hummus|houmous|baba ganoush|everything bagel\w*",
    "mustard": r"dijon",
    "celery": r"mirepoix",
    "sulphites": r"sulphites?|sulfites?|prunes?|dried (?:figs?|cherries|cranberries|mango|apples?|peaches)",
    "lupin": r"lupin\w*",
    "meat": r"(?<!crab )(?<!lobster )(?<!coconut )meats?|bison|stock|jerky|hot ?dogs?|frankfurters?|bratwurst|"
    r"foie gras|p[aâ]t[eé]|quail|pheasant|jam[oó]n|speck|nduja|'nduja|bresaola|cold cuts|carnitas|"
    r"goat(?! cheese| milk|'s)|pork\w*|(?:spare|short|back) ?ribs",
}
_PATTERNS = {
    name: re.compile(rf"(?<![\w-])(?:{pattern})(?:s|es)?(?![\w-])", re.IGNORECASE)
    for name, pattern in _KEYWORDS.items()
}
NAMES = foods.ALLERGENS
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
# What takes an allergen out of the words that come after it, up to the end of that part of the line.
_FREED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b(?:(?! or\b)[ -][a-z'-]+)*"), frozenset(kinds.split(",")))
    for words, kinds in (
        (r"(?:gluten|wheat|grain|flour)[- ]free|flourless", "gluten"),
        (r"(?:dairy|milk)[- ]free|non[- ]?dairy", "milk"),
        (r"egg[- ]free|eggless", "egg"),
        (r"nut[- ]free", "tree nuts,peanut"),
        (r"soy[- ]free", "soy"),
        (r"vegan|plant[- ]based", "meat,fish,crustaceans,molluscs,milk,egg,honey"),
        (r"vegetarian|meatless|meat[- ]free|meat substitute", "meat,fish,crustaceans,molluscs"),
        (r"oyster mushrooms?|king oysters?", "molluscs"),
        (r"oat (?:milk|drink|cream)", "gluten"),
        (r"(?:cauliflower|cabbage|eggplant|celeriac|portobello|mushroom|tofu|squash|watermelon) steak", "meat"),
        (
            r"(?:vegetable|veggie|veg|mushroom|kombu|miso|corn|onion|garlic|tomato)[- ](?:or \w+ )?(?:stock|broth)",
            "meat",
        ),
        (r"fish (?:it|them|the [a-z ]+) out|fish out", "fish"),
        (r"rice (?:noodle|vermicelli|crackers?|cakes?)", "gluten"),
        (r"water chestnuts?", "tree nuts"),
        (r"(?:almond|cashew|hazelnut|macadamia|walnut|pistachio|nut|hemp|soy|oat|rice|coconut) (?:milk|cream)", "milk"),
        (r"pasta sauce", "gluten"),
    )
)
_HALAL = r"pork|bacon|ham|prosciutto|pancetta|chorizo|lard|guanciale|salami|pepperoni|mortadella|speck"
_FORBID_PATTERNS = {
    name: re.compile(rf"(?<![\w-])(?:{pattern})(?:s|es)?(?![\w-])", re.IGNORECASE)
    for name, pattern in {
        "halal": rf"{_HALAL}|wine(?! vinegar)|beer|rum|brandy|vodka|whiske?y|bourbon|sherry|marsala|gelatine?",
        "kosher": _HALAL,
    }.items()
}
_KOSHER = frozenset(("crustaceans", "molluscs"))


@lru_cache(maxsize=16384)
def kinds(text: str) -> frozenset[str]:
    """Allergens, and "meat" and "honey", that a text names: ``"1 pie crust"`` → {"gluten"}."""
    low = text.lower().replace("’", "'")
    found = foods.contains(low) | {name for name, pattern in _PATTERNS.items() if pattern.search(low)}
    for pattern, free in _FREED:
        if free & found and pattern.search(low):
            rest = pattern.sub(" ", low)
            still = foods.contains(rest) | {name for name, other in _PATTERNS.items() if other.search(rest)}
            found -= free - still
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a recipe says about one food or allergen.

    Attributes:
        declared: The recipe's own allergen list names it.
        lines: Ingredient lines that name it.
        title: The title names it.
        beside: Other sentences of the page that name it: it may come in there ("a spoonful of tahini is common").
    """

    declared: bool
    lines: tuple[str, ...]
    title: bool = False
    beside: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.declared or self.title or bool(self.lines)


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
    return (word,) if word in NAMES else _SAID.get(singular(word), ())


_GROUPS = ("alcohol",)  # words that no line is written with


_ALIKE = re.compile(r"\b(?:resembl\w+|looks? like|sized?|thickness of|consistency of|nutty|muffin (?:tin|pan|cup)s?)\b")


def find(recipe: Recipe, word: str) -> Finding:
    """What the recipe says about an allergen or any other food."""
    names = frozenset(allergens_of(word))
    if names:
        lines = tuple(i.text for i in recipe.ingredients if names & kinds(i.text))
        said = (recipe.description, *recipe.steps, *recipe.tips, *recipe.pitfalls, recipe.storage)
        beside = (s for text in said for s in split(text) if names & kinds(s) and not _ALIKE.search(s.lower()))
        # A recipe with an allergen list of its own knows what its title stands for: flourless cookies.
        title = not recipe.allergens and bool(names & kinds(recipe.title))
        return Finding(bool(names.intersection(recipe.allergens)), lines, title, tuple(beside))
    alike = food_kinds().get(singular(word), frozenset())
    if word not in _GROUPS:  # two names of one food: cilantro and coriander
        alike = frozenset(name for name in alike if singular(word) in food_kinds().get(name, frozenset()))
    stems = "|".join(re.escape(singular(name)) for name in (word, *sorted(alike)))
    pattern = re.compile(rf"\b(?:{stems})(?!\w* vinegar)", re.IGNORECASE)
    return Finding(False, tuple(i.text for i in recipe.ingredients if pattern.search(i.text)))


def forbids(diet: str, text: str) -> bool:
    """Whether a diet forbids something that a text names, as far as its words tell."""
    found = kinds(text)
    pattern = _FORBID_PATTERNS.get(diet)
    if foods.against_diet(diet, found) or (diet == "kosher" and _KOSHER & found):
        return True
    return pattern is not None and pattern.search(text) is not None


def against_diet(recipe: Recipe, diet: str) -> tuple[str, ...]:
    """Ingredient lines that a diet forbids, as far as their words tell."""
    return tuple(i.text for i in recipe.ingredients if forbids(diet, i.text))


def calls_itself(recipe: Recipe, diet: str) -> bool:
    """Whether title or description say that the dish keeps a diet ("a rich vegan sauce"), not that it could."""
    words = {"vegetarian": "vegetarian|vegan|meatless"}.get(diet, re.escape(diet).replace("\\-", "[- ]"))
    # "made with gluten-free cornbread mix" says that of the mix.
    ends = r"(?= and\b| (?:recipe|dish|dessert|meal|treat)|[.,;:!?)]|$)" if diet.endswith("-free") else ""
    said = re.compile(
        r"(?<!not )(?<!non-)(?<!for )(?<!for a )(?<!it )(?<!this )(?<!with )(?<!use )(?<!using )(?<!or )"
        rf"\b(?:{words})\b(?!s\b|[- ](?:options?|versions?|variations?|friends?|guests?|alternatives?|mayo\w*|butter))"
        + ends,
        re.IGNORECASE,
    )
    return said.search(f"{recipe.title}. {recipe.description}") is not None


def keeps_diet(recipe: Recipe, diet: str) -> bool | None:
    """True if the recipe says so, False if a line or its allergen list forbids it, None if nobody can tell."""
    if diet in recipe.diet or (diet == "vegetarian" and "vegan" in recipe.diet):
        return True
    if against_diet(recipe, diet) or foods.against_diet(diet, recipe.allergens):
        return False
    return True if calls_itself(recipe, diet) else None


def clashes(recipe: Recipe, allergies: list[str], diet: list[str]) -> list[str]:
    """One phrase for everything in the recipe that goes against a cook's allergies or diet."""
    out = []
    for word in allergies:
        finding = find(recipe, word)
        if finding:
            where = "; ".join(finding.lines[:3]) or ("by its allergen list" if finding.declared else "by its title")
            out.append(f"{spoken(word)} ({where})")
    for name in diet:
        if keeps_diet(recipe, name) is False:
            out.append(f"it is not {name} ({'; '.join(against_diet(recipe, name)[:3]) or 'by its allergen list'})")
    return out


def spoken(word: str) -> str:
    """An allergen as one speaks of it: ``"nut"`` → "nuts"."""
    return (
        f"{word}s"
        if re.fullmatch(r"(?:tree ?|pea|ground)?nut|egg|almond|\w+nut|cashew|pistachio|pecan|prawn", word)
        else word
    )
