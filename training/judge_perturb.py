"""Answers made wrong in one place: a changed amount, time, temperature, unit, food or verb, a negation put in or taken
out, two things swapped.

Every function takes a random generator, so that the same seed makes the same answers. A change is a piece of the answer
and what stands there instead; the same change made to the passages turns the tables: the old answer is wrong then, and
the new one right. Training sees both, so that nothing in the answer alone gives it away.
"""

# ruff: noqa: E501 (lists of words are easier to read, and to change, on long lines)

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from model.facts import foods, words
from retrieval.lexicon import food_kinds, food_lexicon
from retrieval.quantity import Amount, numbers_in
from retrieval.units import singular


@dataclass(frozen=True, slots=True)
class Change:
    """``answer[start:end]`` becomes ``new``; ``kind`` says what it is."""

    kind: str
    start: int
    end: int
    new: str

    def apply(self, answer: str) -> str:
        """The changed answer."""
        return answer[: self.start] + self.new + answer[self.end :]

    def apply_to_passage(self, answer: str, passage: str) -> str | None:
        """The passage with the same piece changed wherever it stands, or None where it does not stand in it."""
        old = answer[self.start : self.end].strip()
        pattern = re.compile(rf"(?<![\w/.]){re.escape(old)}(?![\w/]|\.\d)", re.IGNORECASE)
        if not old or not pattern.search(passage):
            return None
        new = self.new.strip()
        return pattern.sub(lambda m: new[:1].upper() + new[1:] if m[0][:1].isupper() else new, passage)


COMMON_FOODS = (
    "butter, milk, cream, sugar, brown sugar, honey, flour, rice, pasta, potatoes, carrots, onion, garlic, ginger, "
    "celery, tomatoes, spinach, broccoli, mushrooms, zucchini, peppers, corn, peas, beans, lentils, chickpeas, chicken, "
    "beef, pork, bacon, sausage, turkey, salmon, shrimp, tuna, eggs, cheese, cheddar, mozzarella, parmesan, cream cheese, "
    "yogurt, sour cream, olive oil, vegetable oil, vinegar, lemon juice, lime juice, orange juice, soy sauce, mustard, "
    "ketchup, mayonnaise, salt, pepper, paprika, cumin, cinnamon, nutmeg, oregano, basil, thyme, rosemary, parsley, "
    "cilantro, mint, dill, vanilla, chocolate, cocoa powder, baking powder, baking soda, yeast, cornstarch, almonds, "
    "walnuts, pecans, peanuts, raisins, cranberries, apples, bananas, strawberries, blueberries, peaches, coconut milk, "
    "chicken broth, beef broth, water, wine, tofu, cabbage, cauliflower, avocado, cucumber, lettuce, maple syrup"
).split(", ")  # fmt: skip
_VERBS = (
    "bake fry boil simmer grill roast steam toast broil microwave", "stir whisk beat fold knead", "chop slice grate mince "
    "dice mash peel", "cover uncover", "heat cool chill freeze warm", "add remove", "drain soak rinse", "sprinkle pour "
    "spread brush drizzle", "season marinate", "melt soften brown",
)  # fmt: skip
_VERB_OF = {verb: [v for v in row.split() if v != verb] for row in _VERBS for verb in row.split()}
_OPPOSITES = {
    a: b
    for pair in (
        "before after", "low high", "hot cold", "small large", "top bottom", "slowly quickly", "gently vigorously",
        "finely coarsely", "thin thick", "raw cooked", "fresh dried", "wet dry", "with without", "first last",
        "more less", "covered uncovered", "lower raise", "inside outside", "salted unsalted", "warm cold", "soft hard",
    )
    for a, b in (pair.split(), pair.split()[::-1])
}  # fmt: skip
_UNITS = {
    "minute": ("hour", "second"), "hour": ("minute", "day"), "second": ("minute",), "day": ("hour", "week"),
    "teaspoon": ("tablespoon", "cup"), "tablespoon": ("teaspoon", "cup"), "cup": ("tablespoon", "teaspoon", "ounce"),
    "ounce": ("pound", "cup"), "pound": ("ounce", "cup"), "gram": ("ounce", "kilogram"), "inch": ("centimeter", "foot"),
    "quart": ("cup", "pint"), "pint": ("quart", "cup"), "clove": ("head",), "tsp": ("tbsp", "cup"), "tbsp": ("tsp", "cup"),
    "oz": ("lb",), "lb": ("oz",), "ml": ("g", "l"), "g": ("oz", "kg"), "min": ("hour",), "slice": ("cup",),
    "can": ("cup",), "mins": ("hours",), "kg": ("g",), "pinch": ("cup",), "week": ("day",), "month": ("day",),
}  # fmt: skip
_AUXILIARY = re.compile(
    r"\b(should|can|will|is|are|do|does|would|must|need to|could|was|were|has|have)\b(?! not|n['’]t)"
)
_DENIED = {
    "should": "shouldn't", "can": "can't", "will": "won't", "is": "isn't", "are": "aren't", "do": "don't",
    "does": "doesn't", "would": "wouldn't", "must": "must not", "need to": "don't need to", "could": "couldn't",
    "was": "wasn't", "were": "weren't", "has": "hasn't", "have": "haven't",
}  # fmt: skip
_DENIES = re.compile(
    r"\b(?:do not|don['’]t|never|should not|shouldn['’]t|cannot|can['’]t|is not|isn['’]t|are not|aren['’]t|not|no need to|"
    r"without)\b\s*", re.IGNORECASE,
)  # fmt: skip
_ALLOWED = {
    "do not": "", "don't": "", "never": "always ", "should not": "should ", "shouldn't": "should ", "cannot": "can ",
    "can't": "can ", "is not": "is ", "isn't": "is ", "are not": "are ", "aren't": "are ", "not": "", "no need to": "be sure to ",
    "without": "with ",
}  # fmt: skip
_SENTENCE_START = re.compile(r"(?:^|(?<=[.!?]\s)|(?<=\bthen\s)|(?<=, and\s)|(?<=\bnext,\s)|(?<=\bto\s))([A-Za-z]+)\b")
_IMPERATIVES = frozenset(
    "add bake beat blend boil bring brush chill chop combine cook cool cover cut drain fold fry garnish grate grease grill "
    "heat knead leave let line mash melt mix place pour preheat press put reduce refrigerate remove rest rinse roast roll "
    "saute season serve set simmer slice soak spoon sprinkle squeeze stir toast top toss transfer turn use wash whisk wrap "
    "warm spread peel divide shape arrange return strain discard scrape rub microwave freeze dice mince keep continue".split()
)


def _written(value: Fraction) -> str:
    whole, rest = divmod(value, 1)
    if rest and rest.denominator in (2, 3, 4, 8):
        return f"{whole} {rest}".strip() if whole else str(rest)
    return str(int(value)) if value >= 1 else "1"


def _other_value(value: Fraction, what: str, rng: random.Random) -> Fraction:
    if what == "temperature":
        return (
            value + rng.choice((-100, -75, -50, -25, 25, 50, 75, 100))
            if value > 110
            else value + rng.choice((10, 20, 30))
        )
    if what == "time":
        choices = [v for v in (1, 2, 3, 5, 8, 10, 12, 15, 20, 25, 30, 35, 40, 45, 50, 60, 90) if v != value]
        near = [v for v in choices if value / 4 <= v <= value * 4]
        return Fraction(rng.choice(near or choices))
    factor = rng.choice((Fraction(1, 2), Fraction(2), Fraction(3), Fraction(3, 2), Fraction(4), Fraction(1, 4)))
    other = value * factor
    if what == "count" or (value.denominator == 1 and value > 4):
        other = value + rng.choice((-3, -2, -1, 1, 2, 3, 4))
        other = other if other > 0 and other.denominator == 1 else value + 2
    return other


def _kind_of(amount: Amount) -> str:
    what = "count" if amount.dimension in ("number", "count") else amount.dimension
    return {"volume": "amount", "mass": "amount", "count": "amount"}.get(what, what)


def numbers(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """Other numbers: half of them such as stand elsewhere in the passages."""
    elsewhere = [a for c in contexts for a in numbers_in(c)]
    for amount in numbers_in(answer):
        what = _kind_of(amount)
        if amount.text.lower() in ("a", "an", "one") or what not in (
            "amount",
            "time",
            "temperature",
            "length",
            "percent",
        ):
            continue
        same = [a for a in elsewhere if a.dimension == amount.dimension and a.lo not in amount.values]
        plain = answer[amount.start : amount.number_end]
        if same and rng.random() < 0.5:
            other = rng.choice(same)
            new = other.text[: other.number_end - other.start]
        else:
            value = _other_value(amount.lo, what, rng)
            new = _written(value)
            if amount.hi is not None:
                new = f"{new} to {_written(value + max(amount.hi - amount.lo, Fraction(1)))}"
            if any(value == v for a in elsewhere for v in a.values):
                continue
        if new != plain:
            yield Change(what, amount.start, amount.number_end, new)


def units(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """Another unit: minutes for hours, teaspoons for tablespoons, Celsius for Fahrenheit."""
    for amount in numbers_in(answer):
        written = answer[amount.unit_start : amount.end]
        low = written.lower().rstrip(".")
        many = low.endswith("s") and low not in ("mins",)
        other = _UNITS.get(low) or _UNITS.get(singular(low))
        if other:
            new = rng.choice(other)
            yield Change("unit", amount.unit_start, amount.end, new + "s" if many and len(new) > 3 else new)
        elif amount.dimension == "temperature" and re.search(r"f(?:ahrenheit)?$", low):
            new = re.sub(r"fahrenheit$|f$", lambda m: "Celsius" if len(m[0]) > 1 else "C", written, flags=re.IGNORECASE)
            yield Change("unit", amount.unit_start, amount.end, new)


def _food_spans(answer: str) -> list[tuple[int, int, str]]:
    """(start, end, last food word) of the names of foods: neighbouring food words are one name."""
    out: list[tuple[int, int, str]] = []
    for match in re.finditer(r"[A-Za-zà-ÿ]+", answer):
        word = singular(match[0].lower())
        if word in food_lexicon():
            if out and answer[out[-1][1] : match.start()] == " ":
                out[-1] = (out[-1][0], match.end(), word)
            else:
                out.append((match.start(), match.end(), word))
    return out


def ingredients(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """Another food: a common one that the passages do not name, or, half of the time, one that they name elsewhere."""
    spans = _food_spans(answer)
    there = [(c[s:e], w) for c in contexts for s, e, w in _food_spans(c)]
    named = foods(" ".join(contexts))
    mine = foods(answer)
    for start, end, word in spans:
        inside = [text for text, w in there if w not in mine and not food_kinds().get(w, frozenset()) & mine]
        if inside and rng.random() < 0.5:
            yield Change("topic", start, end, rng.choice(inside).lower())
        else:
            pool = [f for f in COMMON_FOODS if not foods(f) & named and not foods(f) & mine]
            general = food_kinds().get(word, frozenset())
            pool = [f for f in pool if not foods(f) & general]
            if pool:
                new = rng.choice(pool)
                yield Change("ingredient", start, end, new)


def swaps(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """Two foods, or two numbers of a kind, change places within the answer."""
    spans = [(s, e) for s, e, _ in _food_spans(answer)]
    numbered = [(a.start, a.number_end) for a in numbers_in(answer) if a.text.lower() not in ("a", "an")]
    for group in (spans, numbered):
        if len(group) > 1:
            (a, b), (c, d) = sorted(rng.sample(group, 2))
            first, second = answer[a:b], answer[c:d]
            if first.lower() != second.lower() and _APART.search(answer[b:c]):
                yield Change("swap", a, d, second + answer[b:c] + first)


def negations(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """A "not" put in, or taken out."""
    for match in _DENIES.finditer(answer):
        key = match[0].strip().lower().replace("’", "'")
        new = _ALLOWED[key]
        end = match.end()
        if not new and match.start() == 0 and end < len(answer):
            yield Change("negation", 0, end + 1, answer[end].upper())
        else:
            yield Change("negation", match.start(), end, new)
    if _DENIES.search(answer):
        return
    for match in _SENTENCE_START.finditer(answer):
        verb = match[1]
        if verb.lower() in _IMPERATIVES:
            lead = rng.choice(("don't ", "do not ", "never ", "don't ", "avoid "))
            if lead == "avoid ":
                lead = "there is no need to " if rng.random() < 0.5 else "do not "
            if answer[max(0, match.start() - 3) : match.start()] == "to ":
                lead = "not "
                yield Change("negation", match.start() - 3, match.end(), f"not to {verb.lower()}")
                continue
            lead = lead.capitalize() if verb[0].isupper() else lead
            yield Change("negation", match.start(1), match.end(1), lead + verb.lower())
    for match in _AUXILIARY.finditer(answer):
        yield Change("negation", match.start(), match.end(), _DENIED[match[1]])


def verbs(answer: str, contexts: Sequence[str], rng: random.Random) -> Iterator[Change]:
    """Another action, or the opposite of an adjective or preposition."""
    said = set(words(" ".join(contexts).lower()))
    for match in re.finditer(r"[A-Za-z]+", answer):
        low = match[0].lower()
        if other := [v for v in _VERB_OF.get(low, ()) if v not in said]:
            new = rng.choice(other)
        elif (opposite := _OPPOSITES.get(low)) and opposite not in said:
            new = opposite
        else:
            continue
        yield Change("step", match.start(), match.end(), new.capitalize() if match[0][0].isupper() else new)


# Between two things that change places: what makes it another statement ("carrots and peas" is "peas and carrots").
_APART = re.compile(r"\d|\b(?:into|onto|over|on|before|after|of|for|until|but|instead)\b")
Maker = Callable[[str, Sequence[str], random.Random], Iterator[Change]]
MAKERS: dict[str, Maker] = {
    "numbers": numbers, "units": units, "ingredients": ingredients, "swaps": swaps, "negations": negations, "verbs": verbs,
}  # fmt: skip


def changes(answer: str, contexts: Sequence[str], rng: random.Random) -> list[Change]:
    """All changes that can be made to an answer, at most two of each maker, in random order."""
    out: list[Change] = []
    for make in MAKERS.values():
        found = list(make(answer, contexts, rng))
        out += rng.sample(found, min(2, len(found)))
    rng.shuffle(out)
    return [c for c in out if c.apply(answer).lower() != answer.lower()]
