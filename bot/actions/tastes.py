"""How a dish should be, apart from what is in it: cold, cheap, plain, for tonight, without an oven.

These words are no limits: recipes that are like that come first, and where none is, others are offered.
"""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from bot.actions.matching import IN_TEXT, about, is_food, level, spoken_of, words_of
from bot.words import regular
from retrieval.recipe import Recipe
from retrieval.units import singular

EVENING_S = 90 * 60
# Words for how a dish should be, and the cookbook's tags for it.
_MOODS: tuple[tuple[str, str], ...] = (
    ("cold cool chilled icy refreshing summery summer", "no-cook summer frozen"),
    ("warm warming hot hearty comforting comfort cozy cosy wintery winter filling", "comfort-food winter"),
    ("healthy light fresh nutritious", "light fresh healthy-ish high-fiber plant-based summer"),
    (
        "fancy impressive impress special exciting romantic elegant festive celebrate celebration celebratory wow",
        "showpiece celebration dinner-party date-night festive elegant holiday birthday",
    ),
    ("cheap inexpensive affordable budget thrifty frugal", "budget staple pantry"),
    ("kid child children toddler family", "family kid-friendly mild crowd-pleaser"),
    ("party crowd potluck buffet guest", "party crowd-pleaser sharing picnic"),
    ("spicy fiery piquant", "spicy"),
    ("ahead", "make-ahead meal-prep freezer-friendly"),
    ("picnic portable packed lunchbox", "picnic lunchbox"),
    ("creamy crunchy crispy rich salty tangy smoky juicy cheesy chewy fluffy sour gooey", ""),
    ("lazy effortless", "one-pot one-pan no-cook quick"),
)
MOODS: dict[str, frozenset[str]] = {word: frozenset(tags.split()) for words, tags in _MOODS for word in words.split()}
# Said of a dish without telling what is in it, nor anything the cookbook has a tag for.
VAGUE = frozenset(
    "sweet savory savoury different new interesting traditional little "
    "delicious easy simple quick fast plain basic bit proper authentic unusual baked famous popular favorite favourite day weather".split()
)
_COMPARED = re.compile(r"(?P<stem>[a-z]{3,}?)(?:(?P<y>i)(?:er|est)|(?:er|est))")
_NOT_SO = re.compile(
    r"\b(?:not|nothing|isn't|aren't|no|less|don't want (?:anything|something))(?: that's| all)?(?: too| very| that| so)? \w+"
)
TOO_HOT = re.compile(r"\b(?:too|so|very|really|boiling|it's) (?:hot|warm)\b(?! (?:chocolate|sauce|dog))|\bheat ?wave\b")
COLD_OUT = re.compile(
    r"\b(?:too |so |very |really |it'?s |it is )*(?:cold|freezing|chilly|snowing|raining|snowy|rainy|wet|frosty) (?:\w+ )?(?:outside|out|day|night|evening|weather|today)\b"
)
_PLAIN = re.compile(r"\b(?:plain|basic|simple|simplest|just|only|ordinary)\b")
FEW = re.compile(
    r"\b(?:with )?(?:less than|fewer than|under|at most|only|just|max(?:imum)?|up to|as few|few|a few|not many|no more than)(?: (?:\d+|three|"
    r"four|five|six|seven|a|few|simple))* ingredients?(?: as possible)?\b|\b(?:\d+|three|four|five|six)[- ]ingredients?\b"
)
_HOW_TO = re.compile(
    r"^(?:how (?:do|to|can|should|would)|(?:what's|what is) (?:a |the )?(?:best|good|right) way)\b.*\b(?:cook|make|boil|prepare|fry|roast)\b"
)
_LIST = re.compile(r"(?:\d+ )?[a-z][a-z -]*(?:, (?:and )?(?:\d+ )?[a-z][a-z -]*){2,}")
_ONLY = re.compile(
    r"\b(?:only|just|nothing but)(?: (?:have|got|own))?\b|\b(?:all|everything) (?:i|we)(?:'ve| have)?(?: got| have)?\b|\bnothing else\b"
)
_HAVE = re.compile(
    r"\b(?:i|we)(?:'ve| have)?(?: only| just)?(?: got| have)?\b.*\b(?:have|got|'ve)\b|\bi've\b|\bwe've\b|\buse up\b"
)
_TONIGHT = re.compile(r"\btonight\b|\bthis evening\b|\bafter work\b|\bright away\b")
_COURSE = re.compile(r"\b(?:breakfast|dessert|snack|starter|drink|salad|soup|sauce|side)s?\b")
_EASY = re.compile(r"\b(?:easy|easier|easiest|simple|simplest|beginner|foolproof)\b")
_BAKE = re.compile(r"\bbak(?:e|ed|ing)\b(?! (?:soda|powder|sheet|dish|tray|pan|paper|stone|steel))", re.IGNORECASE)
TOOLS = ("oven", "stove", "blender", "mixer", "food processor", "grill", "microwave", "wok", "thermometer", "hob")
_TOOL = rf"(?P<tool>{'|'.join(TOOLS)})"
_LACKS = re.compile(
    rf"\b(?:no|without|don't (?:have|own|want)|haven't(?: got)?|not using|lack)(?: (?:any|an?|the|my|to (?:use|turn on)|using|"
    rf"turning on|having|it in))*(?: (?:an?|the|my))? {_TOOL}\b|\b{_TOOL.replace('tool', 'broken')}(?:'s| is)? (?:is )?(?:broken|broke|dead|off|out of order)\b"
)
_STAPLES = frozenset(
    "water salt pepper oil olive neutral vegetable sugar fine black ground kosher sea extra virgin".split()
)


@dataclass(frozen=True, slots=True)
class Taste:
    """What a message says of how the dish should be.

    Attributes:
        moods, unwanted: Words with tags ("cold", "cheap"), and those that it should not be.
        lacking: Tools that are not there.
        plain, easy, baked, tonight: Whether it should be that.
        course: The course that it should be, where that is no dinner.
        only: Whether the cook has nothing but what is named; ``has`` whether it is what the cook has.
    """

    moods: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    plain: bool = False
    easy: bool = False
    baked: bool = False
    tonight: bool = False
    course: str = ""
    only: bool = False
    has: bool = False


@lru_cache(maxsize=1024)
def taste_of(text: str) -> Taste:
    """How a dish should be by the words of a wish."""
    said = regular(text)
    lacking = tuple(dict.fromkeys(match["tool"] or match["broken"] for match in _LACKS.finditer(said)))
    wanted = _NOT_SO.sub(
        " ", _LACKS.sub(" ", re.sub(r"\b(?:i|we|you|would|i'd|i'm|really|do) fancy\b|\bfeeling fancy\b", " ", said))
    )
    moods = [] if not TOO_HOT.search(wanted) else ["cold"]
    wanted = TOO_HOT.sub(" ", wanted)
    if COLD_OUT.search(wanted):
        moods, wanted = ["warm"], COLD_OUT.sub(" ", wanted)
    moods += _moods_in(wanted)
    unwanted = [mood for part in _NOT_SO.findall(said) for mood in _moods_in(part)]
    has = bool(_HAVE.search(said) or _LIST.fullmatch(said.strip(" .!")))
    return Taste(
        tuple(dict.fromkeys(moods)),
        tuple(dict.fromkeys(unwanted)),
        lacking,
        bool(_PLAIN.search(wanted) or FEW.search(said) or _HOW_TO.search(said)),
        bool(_EASY.search(wanted)),
        bool(_BAKE.search(wanted)) and "oven" not in lacking,
        bool(_TONIGHT.search(said)),
        next(iter(_COURSE.findall(said)), "").removesuffix("s"),
        has and bool(_ONLY.search(said)),
        has,
    )


def _moods_in(text: str) -> list[str]:
    return [mood for word in re.findall(r"[a-z]+", text) if (mood := mood_word(word))]


@lru_cache(maxsize=4096)
def mood_word(word: str) -> str:
    """The mood that a word names, in its plain form: ``"cheaper"`` → ``"cheap"``; "" for none."""
    return next((form for form in _forms(word) if form in MOODS), "")


@lru_cache(maxsize=4096)
def is_vague(word: str) -> bool:
    """Whether a word says how a dish should be, not what it is."""
    return any(form in MOODS or form in VAGUE for form in _forms(word))


def _forms(word: str) -> tuple[str, ...]:
    word = singular(word)
    match = _COMPARED.fullmatch(word)
    if match is None:
        return (word,)
    stem = match["stem"]
    return (word, stem + "y") if match["y"] else (word, stem, stem + "e", stem[:-1] if stem[-1] == stem[-2] else stem)


def ranked(recipes: Iterable[Recipe], words: Iterable[str], taste: Taste) -> list[Recipe]:
    """Recipes in the order in which they meet a wish: those with most of its words first, then by taste."""
    words = [word for word in words if not is_vague(word)]
    kept = [r for r in recipes if not any(uses(r, tool) for tool in taste.lacking)]
    return sorted(kept, key=lambda recipe: _place(recipe, words, taste))


def _place(recipe: Recipe, words: list[str], taste: Taste) -> tuple[float, ...]:
    levels = [level(word, recipe) for word in words]
    main = sum(n >= IN_TEXT for n in levels) if not taste.has else 0
    return (
        -sum((2 if is_food(word) else 1) for word, n in zip(words, levels, strict=True) if n),
        bool(taste.baked and not is_baked(recipe)),
        bool(taste.tonight and not (recipe.total_s and recipe.total_s <= EVENING_S)),
        _lacking(recipe, words) if taste.only else 0,
        -main,
        sum(bool(MOODS[mood] & set(recipe.tags)) for mood in taste.unwanted) - mood_score(recipe, taste),
        _lacking(recipe, words) if taste.has else 0,
        len(recipe.ingredients) if taste.plain else 0,
        ("easy", "medium").index(recipe.difficulty)
        if taste.easy and recipe.difficulty in ("easy", "medium")
        else 2 * taste.easy,
        -sum(levels),
    )


def mood_score(recipe: Recipe, taste: Taste) -> int:
    """How much a recipe is as the moods want it."""
    named = about(recipe).name | about(recipe).text
    return sum(2 * len(MOODS[mood] & set(recipe.tags)) + (mood in named) for mood in taste.moods)


def is_baked(recipe: Recipe) -> bool:
    """Whether something is baked in it."""
    return any(_BAKE.search(step) for step in recipe.steps)


def uses(recipe: Recipe, tool: str) -> bool:
    """Whether a recipe needs a tool ("oven"; a Dutch oven is a pot)."""
    pattern = re.compile(rf"(?<!dutch )\b{tool}s?\b", re.IGNORECASE)
    return any(pattern.search(text) for text in (*recipe.steps, *recipe.tools)) or (tool == "oven" and is_baked(recipe))


def _lacking(recipe: Recipe, words: list[str]) -> int:
    """How many things a recipe needs beyond those that are named, and what every kitchen has."""
    lines = (line for line in recipe.ingredients if not line.optional)
    needs = [w for line in lines if (w := words_of(line.item or line.text) - _STAPLES)]
    return sum(not _covers(need, words) for need in needs)


def _covers(need: frozenset[str], words: list[str]) -> bool:
    return bool(need.intersection(words))


def spoken(recipe: Recipe, words: Iterable[str]) -> int:
    """How many of the words that name something a recipe is about."""
    return spoken_of((word for word in words if not is_vague(word)), recipe)
