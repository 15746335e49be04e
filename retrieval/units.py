"""Numbers as cooks write them, units, and how heavy a cup is: the tables and formats under :mod:`retrieval.quantity`.

Volumes are US customary: 1 cup = 236.5882365 ml exactly. Densities are grams per US cup, spooned and leveled, rounded
figures of USDA
FoodData Central and of the packages' own labels.
"""

import re
from fractions import Fraction
from functools import lru_cache

VULGAR: dict[str, Fraction] = {
    "½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4), "⅓": Fraction(1, 3), "⅔": Fraction(2, 3),
    "⅛": Fraction(1, 8), "⅜": Fraction(3, 8), "⅝": Fraction(5, 8), "⅞": Fraction(7, 8), "⅕": Fraction(1, 5),
    "⅖": Fraction(2, 5), "⅗": Fraction(3, 5), "⅘": Fraction(4, 5), "⅙": Fraction(1, 6), "⅚": Fraction(5, 6),
}  # fmt: skip


def _listed(words: str) -> list[str]:
    return words.split()


NUMBER_WORDS: dict[str, Fraction] = {
    word: Fraction(n)
    for n, word in enumerate(
        _listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen twenty"
        )
    )
} | {
    w: Fraction(n)
    for w, n in (("thirty", 30), ("forty", 40), ("fifty", 50), ("sixty", 60), ("ninety", 90), ("dozen", 12))
}
FRACTION_WORDS: dict[str, Fraction] = {
    "half": Fraction(1, 2), "quarter": Fraction(1, 4), "third": Fraction(1, 3), "quarters": Fraction(1, 4),
    "thirds": Fraction(1, 3), "eighth": Fraction(1, 8),
}  # fmt: skip

_V = "".join(VULGAR)
_WORDS = "|".join(sorted((w for w in NUMBER_WORDS if w != "zero"), key=len, reverse=True))
_TENS = r"(?:twenty|thirty|forty|fifty)[- ](?:one|two|three|four|five|six|seven|eight|nine)"
_HALF_AFTER = r"(?:\s+and\s+(?:a|one)[ -](?:half|quarter))"
DIGITS = (
    rf"(?:\d+\s*[{_V}]|\d+(?:\s+and\s+|\s*&\s*|\s+|-)\d+\s?[/⁄]\s?\d+(?![\d/])|[{_V}]|\d+\s?[/⁄]\s?\d+|"
    r"\d{1,3}(?:,\d{3})+(?!\d)|\d*\.\d+|\d+,\d{1,2}(?![\d,])|\d+)"
)
WORDED = (
    r"(?:(?:half\s+a\s+dozen|a\s+dozen|a\s+couple(?:\s+of)?|three[ -]quarters?(?:\s+of\s+an?)?|"
    r"two[ -]thirds?(?:\s+of\s+an?)?|"
    r"one[ -]half|(?:an?\s+|one[ -])?half(?:\s+of)?\s+an?|(?:an?|one)[ -](?:quarter|third)(?:\s+of\s+an?)?|"
    r"(?:an?\s+)?half|"
    rf"{_TENS}|{_WORDS}){_HALF_AFTER}?)\b"
)
NUMBER = rf"(?:{DIGITS}|\b{WORDED})"


@lru_cache(maxsize=4096)
def number(text: str) -> Fraction | None:
    """The number that a piece of text spells: ``"1 1/2"``, ``"1½"``, ``"1-1/2"``, ``"0.5"``, ``"1,200"``, ``"two"``,
    ``"half a"``.

    Returns:
        The exact value, or None if the text is no number (or divides by zero).
    """
    text = text.strip().lower().replace("⁄", "/")
    if not text:
        return None
    if text[0].isdigit() or text[0] == "." or text[0] in VULGAR:
        return _digits(text)
    total = Fraction(0)
    for part in re.split(r"\s+and\s+", text):
        value = _words(part)
        if value is None:
            return None
        total += value
    return total


def _digits(text: str) -> Fraction | None:
    if re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"\d+,\d{1,2}", text):
        text = text.replace(",", ".")
    for sign, part in VULGAR.items():
        text = text.replace(sign, f" {part}")
    text = re.sub(r"\s*/\s*", "/", re.sub(r"\s+and\s+|\s*&\s*", " ", text))
    text = re.sub(r"^(\d+)-(\d+/)", r"\1 \2", text.strip())
    try:
        return sum((Fraction(piece) for piece in text.split()), Fraction(0))
    except (ValueError, ZeroDivisionError):
        return None


def _words(text: str) -> Fraction | None:
    total = None
    for word in re.split(r"[\s-]+", text):
        if word in ("a", "an", "of"):
            continue
        if word in FRACTION_WORDS:
            total = (total or Fraction(1)) * FRACTION_WORDS[word]
        elif word == "couple":
            total = Fraction(2)
        elif word == "dozen":
            total = (total or Fraction(1)) * 12
        elif word in NUMBER_WORDS:
            total = NUMBER_WORDS[word] + (total or 0)
        else:
            return None
    return Fraction(1) if total is None and text in ("a", "an") else total


_TSP = Fraction(492892159375, 10**11)
# canonical name: (dimension, size in the dimension's base, aliases beside the name and its plural). Bases: ml, g, cm,
# s.
_UNITS: dict[str, tuple[str, Fraction, str]] = {
    "teaspoon": ("volume", _TSP, "tsp tsps teasp"),
    "tablespoon": ("volume", _TSP * 3, "tbsp tbsps tbs tbls tblsp tbl"),
    "cup": ("volume", _TSP * 48, ""),
    "fluid ounce": ("volume", _TSP * 6, "fl_oz fl_ounce fluid_oz floz"),
    "pint": ("volume", _TSP * 96, "pt pts"),
    "quart": ("volume", _TSP * 192, "qt qts"),
    "gallon": ("volume", _TSP * 768, "gal"),
    "milliliter": ("volume", Fraction(1), "ml mls millilitre millilitres cc"),
    "centiliter": ("volume", Fraction(10), "cl centilitre centilitres"),
    "deciliter": ("volume", Fraction(100), "dl decilitre decilitres"),
    "liter": ("volume", Fraction(1000), "l litre litres lt ltr"),
    "milligram": ("mass", Fraction(1, 1000), "mg"),
    "gram": ("mass", Fraction(1), "g gr gm gms gramme grammes"),
    "kilogram": ("mass", Fraction(1000), "kg kgs kilo kilos"),
    "ounce": ("mass", Fraction(45359237, 1600000), "oz"),
    "pound": ("mass", Fraction(45359237, 100000), "lb lbs"),
    "stick": ("stick", Fraction(1), ""),
    "inch": ("length", Fraction(254, 100), "inches"),
    "foot": ("length", Fraction(3048, 100), "feet"),
    "millimeter": ("length", Fraction(1, 10), "mm millimetre millimetres"),
    "centimeter": ("length", Fraction(1), "cm centimetre centimetres"),
    "second": ("time", Fraction(1), "sec secs"),
    "minute": ("time", Fraction(60), "min mins"),
    "hour": ("time", Fraction(3600), "h hr hrs"),
    "day": ("time", Fraction(86400), ""),
    "week": ("time", Fraction(604800), ""),
    "month": ("time", Fraction(2592000), ""),
    "year": ("time", Fraction(31536000), ""),
    "percent": ("percent", Fraction(1), "% per_cent"),
}
CONTAINERS = frozenset(
    _listed("can tin jar package packet pack bottle bag box carton container envelope tub tube sachet pouch pkg pkt")
)
_COUNTED = _listed(
    "pinch dash clove slice bunch sprig piece head stalk rib knob handful drop fillet sheet strip ear "
    "scoop splash drizzle wedge block ball tray bulb pod dollop thumb round spoonful dab leaf loaf batch "
    "serving portion part"
)
US = frozenset(
    _listed("teaspoon tablespoon cup fluid_ounce pint quart gallon ounce pound stick inch foot fahrenheit")
) | {"fluid ounce"}
METRIC = frozenset(
    _listed("milliliter centiliter deciliter liter milligram gram kilogram millimeter centimeter celsius")
)


def plural(word: str) -> str:
    """Plural of a kitchen noun: "leaf" → "leaves", "pinch" → "pinches", "berry" → "berries"."""
    low = word.lower()
    if low in ("leaf", "loaf", "half", "knife", "calf"):
        return word[:-2] + "ves" if low == "knife" else word[:-1] + "ves"
    if low == "foot":
        return "feet"
    if low.endswith(("ch", "sh", "ss", "x")) or low in ("tomato", "potato", "mango", "chilli"):
        return word + "es"
    if low.endswith("y") and low[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word if low.endswith("s") else word + "s"


def singular(word: str) -> str:
    """Singular of a kitchen noun; words that only look plural ("hummus", "molasses", "couscous") stay."""
    low = word.lower()
    if low in _SINGULAR:
        return _SINGULAR[low]
    if len(low) < 4 or low.endswith(("ss", "us", "is")) or low in _ONLY_PLURAL or not low.endswith("s"):
        return word
    if low.endswith("ies"):
        return word[:-3] + "y" if len(low) > 5 or low in ("pies",) else word[:-1]
    if low.endswith(("ches", "shes", "sses", "xes", "toes", "goes")):
        return word[:-2]
    return word[:-1]


_SINGULAR = {
    "leaves": "leaf", "loaves": "loaf", "halves": "half", "knives": "knife", "cookies": "cookie", "brownies": "brownie",
    "feet": "foot", "pies": "pie", "cloves": "clove", "olives": "olive", "chives": "chive", "endives": "endive",
    "radishes": "radish",
    "quiches": "quiche", "ganaches": "ganache", "mangoes": "mango", "inches": "inch", "shoes": "shoe",
    "chilies": "chili",
    "chillies": "chilli", "anchovies": "anchovy", "smoothies": "smoothie", "axes": "axe", "avocadoes": "avocado",
    "brioches": "brioche", "quesadillas": "quesadilla", "eggs": "egg", "peas": "pea", "figs": "fig", "oats": "oat",
    "ribs": "rib",
}  # fmt: skip
_ONLY_PLURAL = frozenset(_listed("molasses grits tongs swiss schnapps bitters greens asparagus brussels tapas"))

_ALIAS: dict[str, str] = {}
for _name, (*_sizes, _others) in _UNITS.items():
    for _alias in (_name, plural(_name), *(a.replace("_", " ") for a in str(_others).split())):
        _ALIAS[_alias] = _name
for _name in (*CONTAINERS, *_COUNTED):
    _ALIAS[_name] = _ALIAS[plural(_name)] = {"tin": "can", "pack": "package", "packet": "package", "pkg": "package",
                                             "pkt": "package"}.get(_name, _name)  # fmt: skip
_ALIAS |= {"thumbs": "thumb", "fl. oz": "fluid ounce", "fl.oz": "fluid ounce"}

UNIT = (
    r"(?:(?:"
    + "|".join(re.escape(a).replace(r"\ ", r"\s+") for a in sorted(_ALIAS, key=len, reverse=True) if a != "%")
    + r")(?!\w)|%|in(?=\.))"
)


@lru_cache(maxsize=4096)
def canonical_unit(text: str) -> str:
    """Canonical name of a unit as written ("Tbsp." → "tablespoon", "tins" → "can"), or "" if it is none.

    Single letters follow cooks' custom: ``T`` tablespoon, ``t`` teaspoon, ``c`` cup, ``g`` gram, ``l`` liter,
    ``F``/``C`` degrees.
    """
    word = re.sub(r"\s+", " ", text.strip().rstrip("."))
    if word in ("T", "t", "c"):
        return {"T": "tablespoon", "t": "teaspoon", "c": "cup"}[word]
    low = word.lower()
    if low in _ALIAS:
        return _ALIAS[low]
    if low == "in":
        return "inch"
    match = re.fullmatch(r"(?:°|º|˚|deg(?:ree)?s?\.?)?\s*(f(?:ahrenheit)?|c(?:elsius|entigrade)?)?", low)
    if match and low:
        return {"f": "fahrenheit", "c": "celsius"}[match[1][0]] if match[1] else "degree"
    return ""


def dimension(unit: str) -> str:
    """The kind of a unit: "volume", "mass", "length", "time", "temperature", "percent", or "count" for everything that
    is counted.
    """
    if unit in ("fahrenheit", "celsius", "degree"):
        return "temperature"
    return "count" if unit == "stick" else _UNITS[unit][0] if unit in _UNITS else "count"


def size(unit: str) -> Fraction:
    """Size of a unit in its dimension's base (ml, g, cm, s); 1 for what is counted."""
    return _UNITS[unit][1] if unit in _UNITS else Fraction(1)


# Grams in a US cup. A name matches an item when all its words are in it; the name with most words wins.
DENSITIES: dict[str, int] = {
    "flour": 125, "all-purpose flour": 125, "bread flour": 130, "cake flour": 115, "pastry flour": 115,
    "whole wheat flour": 120,
    "rye flour": 105, "almond flour": 96, "coconut flour": 112, "rice flour": 158, "chickpea flour": 92,
    "semolina": 167,
    "cornmeal": 150, "polenta": 150, "cornstarch": 128, "starch": 150, "cocoa": 85, "oats": 90, "oatmeal": 90,
    "breadcrumbs": 108,
    "panko": 60, "sugar": 200, "brown sugar": 213, "powdered sugar": 120, "confectioners sugar": 120,
    "icing sugar": 120,
    "honey": 340, "molasses": 330, "maple syrup": 315, "corn syrup": 328, "syrup": 320, "jam": 320, "butter": 227,
    "ghee": 205,
    "shortening": 190, "lard": 205, "oil": 218, "coconut oil": 218, "water": 237, "milk": 244, "buttermilk": 245,
    "cream": 240,
    "condensed milk": 306, "evaporated milk": 252, "coconut milk": 230, "sour cream": 230, "yogurt": 245,
    "creme fraiche": 230,
    "cream cheese": 230, "ricotta": 246, "cottage cheese": 226, "mascarpone": 230, "grated cheese": 100, "parmesan": 90,
    "cheddar": 113, "mozzarella": 113, "feta": 150, "goat cheese": 115, "mayonnaise": 220, "ketchup": 270,
    "mustard": 250,
    "soy sauce": 255, "vinegar": 239, "lemon juice": 244, "lime juice": 246, "orange juice": 248, "stock": 240,
    "broth": 240,
    "wine": 236, "tomato sauce": 245, "tomato paste": 262, "crushed tomatoes": 245, "diced tomatoes": 240,
    "peanut butter": 258,
    "tahini": 240, "rice": 195, "basmati rice": 190, "quinoa": 170, "couscous": 175, "bulgur": 160, "lentils": 192,
    "chickpeas": 165,
    "dried beans": 185, "black beans": 172, "almonds": 143, "walnuts": 110, "pecans": 105, "cashews": 137,
    "peanuts": 146,
    "hazelnuts": 135, "pistachios": 125, "pine nuts": 135, "sesame seeds": 142, "sunflower seeds": 140,
    "chia seeds": 165,
    "raisins": 150, "cranberries": 110, "dates": 150, "chocolate chips": 170, "shredded coconut": 85,
    "coconut flakes": 60,
    "salt": 288, "kosher salt": 180, "baking powder": 220, "baking soda": 230, "blueberries": 148, "raspberries": 123,
    "strawberries": 150, "peas": 134, "corn kernels": 150, "spinach": 30, "onion": 150, "carrots": 125, "mushrooms": 75,
    "parsley": 40, "fresh breadcrumbs": 60, "white breadcrumbs": 60, "flattened rice": 90, "cilantro": 30,
    "basil": 24, "pumpkin puree": 245, "applesauce": 245, "mashed potato": 210,
    "cabbage": 85,
}  # fmt: skip
_LIQUIDS = frozenset(
    _listed(
        "water milk stock broth wine juice vinegar oil sauce cream beer coffee tea buttermilk kefir soda brandy rum "
        "sake mirin dashi liquor cider"
    )
)


def _stems(text: str) -> set[str]:
    return {
        singular(w)
        for w in re.findall(
            r"[a-z]+", text.lower().replace("whole-wheat", "whole wheat").replace("wholemeal", "whole wheat")
        )
    }


_BY_WORDS = sorted(
    ((frozenset(_stems(name)), grams) for name, grams in DENSITIES.items()), key=lambda pair: -len(pair[0])
)


@lru_cache(maxsize=4096)
def density(item: str) -> Fraction | None:
    """Grams per milliliter of an ingredient, or None if the table has nothing like it."""
    words = _stems(item)
    for name, grams in _BY_WORDS:
        if name <= words:
            return Fraction(grams) / (_TSP * 48)
    return None


def is_liquid(item: str) -> bool:
    """Whether a metric cook would measure it in milliliters."""
    words = re.findall(r"[a-z]+", item.lower())
    return bool(words) and any(w in _LIQUIDS for w in words) and not {"cheese", "sour", "powder", "ice"} & set(words)
