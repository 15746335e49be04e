"""Amounts of ingredients: read, scaled and converted, exactly.

``parse_ingredient`` reads a line; ``scale_line`` and ``scale_recipe`` multiply; ``to_metric``, ``to_us`` and
``convert`` change units
(see :mod:`retrieval.convert`); ``numbers_in``, ``find_durations``, ``parse_duration``, ``format_duration`` and
``temperatures_in``
read running text (see :mod:`retrieval.amounts`). All of them work with fractions, so that halving what was doubled
gives back what was.
"""

import re
from dataclasses import replace
from fractions import Fraction
from math import ceil

from retrieval.amounts import (
    Amount,
    find_amounts,
    find_durations,
    format_duration,
    numbers_in,
    parse_duration,
    temperatures_in,
)
from retrieval.convert import convert, format_amount, to_metric, to_us
from retrieval.recipe import Ingredient, Recipe, RecipeError
from retrieval.units import CONTAINERS, NUMBER, UNIT, canonical_unit, dimension, number, plural, singular, size

__all__ = [
    "Amount", "canonical_unit", "convert", "find_amounts", "find_durations", "format_amount", "format_duration",
    "number",
    "numbers_in", "parse_duration", "parse_ingredient", "scale_line", "scale_recipe", "scale_step", "temperatures_in",
    "to_metric", "to_us",
]  # fmt: skip

_OPTIONAL = re.compile(r"\(\s*optional\s*\)|,\s*optional\b|\boptional\s*:", re.IGNORECASE)
_ABOUT = (
    r"(?:about|approximately|approx\.?|around|roughly|up to|at least|generous|heaping|scant|a generous|a scant|"
    r"a heaping|~)\s*"
)
_LEADING_PREP = re.compile(
    r"^(?:(?:(?:very\s+)?(?:finely|roughly|coarsely|thinly|freshly|lightly|loosely|firmly|well)[\s-]+)*"
    r"(?:chopped|minced|diced|sliced|shredded|grated|packed|sifted|snipped|torn|beaten|peeled|pitted|"
    r"cubed)(?:\s+(?:and|or)\s+|,\s+|\s+)|"
    r"freshly\s+|(?:extra[- ]large|large|medium(?:-sized?)?|small|jumbo|heaping|scant|level|rounded|generous|big|good|"
    r"packed)\s+(?=\S))+",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"\s+(?:to taste|for (?:the |dusting|rolling|serving|garnish|greasing|brushing|frying|shaping|boiling|sprinkling|"
    r"drizzling|coating|decoration|"
    r"deep|your|squeezing|finishing|tossing)\b.*|as needed|plus\b.*|if (?:needed|you like|desired)\b.*|"
    r"at room temperature\b.*|cut (?:into|in)\b.*)$",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    rf"^(?:(?:the\s+)?(?:finely |freshly )?(?:grated |squeezed )?(?P<part>juice|zest|peel|rind|juice and zest|"
    rf"zest and juice|grated zest|"
    rf"grated rind|whites?|yolks?)\s+(?:of|from)\s+(?:about\s+)?)(?P<n>{NUMBER}|an?)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)  # fmt: skip
_LATE = re.compile(
    rf"^(?P<item>[^\d(]{{2,60}}?)\s*(?:,|:|\s[-–—])\s*(?P<amount>(?:{NUMBER}|an?\s+(?={UNIT})).*)$", re.IGNORECASE
)


def parse_ingredient(text: str, group: str = "") -> Ingredient:
    """One ingredient line, taken apart. ``text`` is kept verbatim (outer space and list marks aside); nothing raises.

    ``"1 1/2 cups (190 g) all-purpose flour, sifted"`` → 3/2 cup, item "all-purpose flour", preparation "sifted".
    """
    text = re.sub(r"^[\s•▢☐*·–-]+(?=\S)", "", text).strip()
    line = re.sub(r"\s+", " ", text)
    optional = bool(_OPTIONAL.search(line))
    line = _OPTIONAL.sub("", line).strip(" ,")
    part = _PART_OF.match(line)
    if part:
        count = Fraction(1) if part["n"].lower() in ("a", "an") else number(part["n"])
        item, preparation = _item_and_preparation(part["rest"])
        what = part["part"].lower()
        return Ingredient(
            text, count, None, "", item, f"{what}, {preparation}" if preparation else what, group, optional
        )
    body = re.sub(r"^an? (?=[\d½¼¾])", "", line)
    body = re.sub(rf"^{_ABOUT}(?={NUMBER}|an?\s)", "", body, flags=re.IGNORECASE)
    amounts = find_amounts(body)
    if not (amounts and amounts[0].start == 0):
        late = _LATE.match(body)
        if (
            late
            and (found := find_amounts(late["amount"]))
            and found[0].start == 0
            and late["item"].lower() not in ("or", "and")
        ):
            rest = late["amount"][found[0].end :].strip(" ,.;")
            rest = re.sub(r"^(?:of|or so)\b\s*|^\([^)]*\)\s*", "", rest)
            item, preparation = _item_and_preparation(late["item"] + (f", {rest}" if rest else ""))
            return Ingredient(text, found[0].lo, found[0].hi, found[0].unit, item, preparation, group, optional)
        item, preparation = _item_and_preparation(line)
        return Ingredient(text, None, None, "", item, preparation, group, optional)
    first = amounts[0]
    lo, hi, unit = first.lo, first.hi, first.unit
    rest = body[first.end :].lstrip(". ") if first.unit else body[first.end :].lstrip(" ")
    if first.hyphen or first.dimension in ("temperature", "time", "percent", "length"):
        # "14-ounce can of tomatoes" is one can; "2-inch piece of ginger" is one piece.
        lo, hi, unit = Fraction(1), None, ""
    elif not unit and len(amounts) > 1 and amounts[1].hyphen and amounts[1].start == first.end + 1:
        rest = body[amounts[1].end :].lstrip(" ")  # "2 14-ounce cans"
    rest = re.sub(r"^\((?:[^()]|\([^()]*\))*\)\s*", "", rest)
    if not unit or dimension(unit) == "length":
        container = re.match(
            rf"({UNIT})\.?\s+(?=\S)", re.sub(r"^(?:(?:large|medium|small|thick|thin)\s+)+", "", rest), re.IGNORECASE
        )
        if container and dimension(canonical_unit(container[1])) == "count":
            unit = canonical_unit(container[1])
            rest = re.sub(
                rf"^(?:(?:large|medium|small|thick|thin)\s+)*{re.escape(container[1])}\.?\s+",
                "",
                rest,
                flags=re.IGNORECASE,
            )
    plus = re.match(rf"(?:plus|\+|and)\s+(?={NUMBER}|an?\s)", rest, re.IGNORECASE)
    extra = find_amounts(rest[plus.end() :])[:1] if plus else []
    if (
        plus
        and extra
        and extra[0].start == 0
        and extra[0].unit
        and dimension(extra[0].unit) == dimension(unit) != "count"
    ):
        lo += extra[0].lo * size(extra[0].unit) / size(unit)
        rest = re.sub(r"^\([^)]*\)\s*", "", rest[plus.end() + extra[0].end :].strip(". "))
    item, preparation = _item_and_preparation(re.sub(r"^of\s+", "", rest, flags=re.IGNORECASE))
    if not unit and (clove := re.fullmatch(r"(garlic) cloves?", item)):
        item, unit = clove[1], "clove"
    return Ingredient(text, lo, hi, unit, item, preparation, group, optional)


def _item_and_preparation(rest: str) -> tuple[str, str]:
    rest = re.sub(r"\((?:[^()]|\([^()]*\))*\)", " ", rest)
    rest = re.sub(r"\s+", " ", rest).strip(" ,.;:*-").replace(" ,", ",")
    item, _, preparation = re.sub(r"\s+[-–—]\s+|;\s*", ", ", rest).partition(", ")
    notes = [preparation] if preparation else []
    if lead := _LEADING_PREP.match(item):
        if lead.end() < len(item):
            notes.insert(
                0, re.sub(r"\b(?:extra[- ]large|large|medium(?:-sized?)?|small)\b\s*", "", lead[0]).strip(" ,")
            )
            item = item[lead.end() :]
        elif preparation:  # "peeled, chopped tomatoes": the item comes after the comma
            return _item_and_preparation(preparation)[0], lead[0].strip()
    if tail := _TAIL.search(item):
        notes.insert(0, tail[0].strip())
        item = item[: tail.start()]
    if late := re.search(r"\s+pinch of$", item):
        item = item[: late.start()]
    return item.strip(" ,.*"), ", ".join(n for n in notes if n)


_EACH = re.compile(r"^[^,;.)]{0,24}?\b(?:each|apiece|per\b|at a time|a piece|a side|a portion)")
_UNSCALED = ("temperature", "time", "percent", "length")


def _is_count(word: str) -> bool:
    unit = canonical_unit(word)
    return bool(unit) and dimension(unit) == "count"


def _fixed(text: str, amounts: list[Amount], index: int, step: bool) -> bool:
    """Whether the amount at ``index`` stays as it is when its line is scaled: a size, a temperature, a time, a name."""
    amount = amounts[index]
    before, after = text[: amount.start], text[amount.end :]
    if (
        amount.dimension == "length"
        and index == 0
        and not before.strip()
        and re.match(r"[-\s]*(?:\([^)]*\)\s*)?(?:piece|knob|length|stick|thumb)", after)
    ):
        return step  # a longer piece is more ginger
    if (
        amount.dimension == "length"
        and index
        and before.rstrip().endswith("(")
        and not _fixed(text, amounts, index - 1, step)
    ):
        return text[amounts[index - 1].end : amount.start].strip() != "(" or amounts[index - 1].dimension != "length"
    if amount.dimension in _UNSCALED or amount.hyphen or (step and _is_way(before, amount)):
        return True
    opened = before.rfind("(")
    if opened > before.rfind(")"):
        inside = before[opened + 1 :]
        closing = after.find(")")
        if _EACH.search(after[: closing if closing >= 0 else len(after)]) or re.match(
            r"[^()]*\)\s*(?:each|apiece)\b", after
        ):
            return True
        head = before[:opened].rstrip()
        counted = [a for a in amounts[:index] if a.end <= opened]
        words = re.findall(r"[a-z]+", after[closing:] if closing >= 0 else "", re.IGNORECASE)[:2]
        if counted and counted[-1].end == len(head) and not counted[-1].unit and any(_is_count(word) for word in words):
            return True  # "1 (14 ounce) can"
        if (
            counted
            and canonical_unit(head[counted[-1].unit_start :].strip()) in CONTAINERS
            and counted[-1].end == len(head)
        ):
            return True  # "1 can (14 oz / 400 g)"
        if not amount.unit and not re.match(r"\s*(?:about|or|plus|from)?\s*$", inside):
            return True
        return bool(re.search(r"\b(?:No\.|number|type|#)\s*$", before, re.IGNORECASE)) or (step and not amount.unit)
    if _EACH.search(re.sub(r"^\s*\([^)]*\)", "", after)):
        return True
    if amount.unit:
        return False
    if step:
        return True
    return not re.search(r"^$|\b(?:of|plus|or|about|and|from|to)$|[+(]$", before.rstrip(), re.IGNORECASE) or bool(
        re.match(r"[-/%]\w", after)
    )


_TURNS = frozenset("round batch".split())  # "in two rounds" says how often, whatever the amount
_INTO = re.compile(r"\bin(?:to)? (?:about |roughly )?$", re.IGNORECASE)
_DIVIDES = re.compile(r"\b(?:divid|shap|form|roll|portion|split|separat)\w*\b[^.;]*$", re.IGNORECASE)


def _is_way(before: str, amount: Amount) -> bool:
    """Whether a count in a step says how something is done: "in two rounds", "cut into 4 wedges". What a dough is
    divided into grows with it.
    """
    if amount.dimension != "count" or amount.unit == "stick":
        return False
    return amount.unit in _TURNS or (_INTO.search(before) is not None and not _DIVIDES.search(before))


def _scale(text: str, factor: Fraction, step: bool) -> str:
    amounts = find_amounts(text)
    edits: list[tuple[int, int, str]] = []
    for i, amount in enumerate(amounts):
        if _fixed(text, amounts, i, step):
            continue
        written = amount.said
        lo, upper = amount.lo * factor, None if amount.hi is None else amount.hi * factor
        about = ""
        if not step and _is_whole(text, amount, upper or lo):
            about = "" if re.search(r"\babout $", text[: amount.start], re.IGNORECASE) else "about "
            lo, upper = Fraction(ceil(lo)), None if upper is None else Fraction(ceil(upper))
        about += amount.lead
        edits.append((amount.start, amount.end, about + format_amount(lo, amount.unit, written, upper, amount.hyphen)))
        if not amount.unit and not step:
            was, now = amount.hi or amount.lo, upper or lo
            edits += _count_noun(text, amount.end, was, now / was if was else factor)
    out, at = [], 0
    for start, end, new in sorted(edits):
        if start >= at:
            out.append(text[at:start] + new)
            at = end
    return "".join(out) + text[at:]


_WHOLE = frozenset("sprig leaf pod".split())  # nobody halves them
_PIECES = re.compile(
    r"[\s(]*(?:[\w-]+\s+){0,2}?(?P<noun>eggs?|yolks?|whites?|leaf|leaves|sprigs?|pods?)\b(?![- ]?(?:plant|noodle))"
)


def _is_whole(text: str, amount: Amount, now: Fraction) -> bool:
    """Whether an amount that came out uneven counts what is taken whole: sprigs, leaves, eggs (half an egg of one is
    said as it is).
    """
    if now.denominator == 1:
        return False
    if amount.unit in _WHOLE:
        return True
    match = _PIECES.match(text, amount.end) if not amount.unit else None
    return match is not None and (now > Fraction(2, 3) or not match["noun"].startswith(("egg", "yolk", "white")))


_NOUN = re.compile(
    r"\s*(?:\d[\d./]*-\w+\s+)?(?:(?:(?:extra[- ])?(?:large|small|medium(?:-sized?)?)\s+)?\([^)]*\)\s*)?"
    r"(?P<words>[A-Za-zÀ-ÿ'-]+(?:\s+[A-Za-zÀ-ÿ'-]+){0,4})(?P<inner>\s*\([^)]*\)\s*(?P<more>[A-Za-zÀ-ÿ'-]+))?"
)


def _count_noun(text: str, at: int, was: Fraction, factor: Fraction) -> list[tuple[int, int, str]]:
    """The edit that puts the counted noun after ``at`` into the number that ``was * factor`` asks for."""
    now = was * factor
    match = _NOUN.match(text, at)
    if (was > 1) == (now > 1) or match is None:
        return []
    start = match.start("words")
    words = re.split(r"\s+(?:of|or|plus|for|with|in|from|and|cut|to|on|about|at)\b", match["words"])[0].split(" ")
    last = len(words) - 1
    for n, word in enumerate(words[:3]):
        if canonical_unit(word) and dimension(canonical_unit(word)) == "count" and (n == 0 or "clove" not in word):
            last = n  # "(14 ounce) can diced tomatoes": it is the cans that are counted
            break
    start += sum(len(w) + 1 for w in words[:last])
    noun = words[last]
    if noun.lower() in ("large", "small", "medium") and match["more"]:
        noun, start = match["more"], match.start("more")
    changed = plural(singular(noun)) if now > 1 else singular(noun)
    return [] if noun.lower() in ("of", "or", "plus", "the") else [(start, start + len(noun), changed)]


def scale_line(text: str, factor: Fraction | int | float) -> str:
    """An ingredient line for ``factor`` times as much, in kitchen fractions.

    Amounts in parentheses are scaled too; package sizes ("(14 ounce) can", "14-ounce"), what is said per piece
    ("each"), dimensions,
    temperatures and times are not. ``"1/2 cup (120 ml) oil"`` × 2 → ``"1 cup (240 ml) oil"``.

    Raises:
        RecipeError: The factor is not above zero.
    """
    factor = _factor(factor)
    return text if factor == 1 else _scale(text, factor, step=False)


def scale_step(text: str, factor: Fraction | int | float) -> str:
    """A step with its weights and volumes multiplied; counts, sizes, times and temperatures stay.

    Raises:
        RecipeError: The factor is not above zero.
    """
    factor = _factor(factor)
    return text if factor == 1 else _scale(text, factor, step=True)


def _factor(factor: Fraction | int | float) -> Fraction:
    exact = Fraction(factor).limit_denominator(1000) if isinstance(factor, float) else Fraction(factor)
    if exact <= 0:
        raise RecipeError("A recipe can only be scaled by a number above zero; give the servings as 1 or more.")
    return exact


def scale_recipe(recipe: Recipe, servings: int, steps: bool = False) -> Recipe:
    """The recipe for ``servings`` people: ingredients and yield scaled, times as they are.

    Args:
        recipe: A recipe that says for how many it is.
        servings: People.
        steps: Also scale weights and volumes said in the steps. By default these stay verbatim, because sessions quote
            them.

    Raises:
        RecipeError: The recipe does not say its servings, or ``servings`` is below 1.
    """
    if not recipe.servings:
        raise RecipeError(
            f'"{recipe.title}" does not say how many it serves; scale it by a factor instead, for example "double it".'
        )
    if servings < 1:
        raise RecipeError("A recipe can only be scaled to 1 serving or more.")
    factor = Fraction(servings, recipe.servings)
    if factor == 1:
        return recipe
    lines = tuple(
        replace(parse_ingredient(scale_line(i.text, factor), i.group), optional=i.optional) for i in recipe.ingredients
    )
    return replace(
        recipe,
        ingredients=lines,
        servings=servings,
        recipe_yield=scale_line(recipe.recipe_yield, factor) if recipe.recipe_yield else "",
        steps=tuple(scale_step(s, factor) for s in recipe.steps) if steps else recipe.steps,
    )
