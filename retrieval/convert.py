"""Units changed: one amount, or all of a line or a step, between US customary and metric."""

import re
from dataclasses import replace
from fractions import Fraction

from retrieval.amounts import Amount, find_amounts
from retrieval.recipe import RecipeError
from retrieval.units import METRIC, US, canonical_unit, density, dimension, is_liquid, plural, singular, size

_KITCHEN = [Fraction(n, d) for d in (8, 3) for n in range(1, d)]
_STICK_G = Fraction(1134, 10)  # a stick of butter, 4 oz
_OVEN_C = {
    250: 120,
    275: 135,
    300: 150,
    325: 165,
    350: 180,
    375: 190,
    400: 200,
    425: 220,
    450: 230,
    475: 245,
    500: 260,
    525: 275,
    550: 290,
}


def convert(amount: Fraction | int | float, unit: str, to_unit: str, item: str = "") -> Fraction:
    """An amount in another unit; between weight and volume by the ingredient's density.

    Args:
        amount: How much.
        unit: Unit as written ("cups", "oz", "°F").
        to_unit: Wanted unit.
        item: The ingredient, needed between weight and volume ("flour").

    Returns:
        The exact value (densities are rounded table figures); round it for showing.

    Raises:
        RecipeError: A unit is unknown, the two cannot be converted, or the ingredient's weight is not known.
    """
    value = Fraction(amount).limit_denominator(10**6) if isinstance(amount, float) else Fraction(amount)
    source, target = canonical_unit(unit), canonical_unit(to_unit)
    for given, name in ((unit, source), (to_unit, target)):
        if not name:
            raise RecipeError(
                f'I do not know the unit "{given[:40]}"; use cups, spoons, ounces, grams, liters, inches or degrees.'
            )
    if source == "degree" or target == "degree":
        source = ("celsius" if target == "fahrenheit" else "fahrenheit") if source == "degree" else source
        target = ("celsius" if source == "fahrenheit" else "fahrenheit") if target == "degree" else target
    if source == target:
        return value
    if dimension(source) == dimension(target) == "temperature":
        return (value - 32) * 5 / 9 if target == "celsius" else value * 9 / 5 + 32
    base, kind = value * size(source), dimension(source)
    if source == "stick":
        base, kind = value * _STICK_G, "mass"
    wanted = "mass" if target == "stick" else dimension(target)
    item = item or ("butter" if "stick" in (source, target) else "")
    if {kind, wanted} == {"mass", "volume"}:
        weight = density(item)
        if weight is None:
            what = f'"{item[:60]}"' if item else "it"
            raise RecipeError(
                f"I do not know how heavy a cup of {what} is; weigh it, or name a more common ingredient."
            )
        base = base * weight if kind == "volume" else base / weight
    elif kind != wanted or kind in ("count", "percent"):
        raise RecipeError(
            f"{plural(source).capitalize()} cannot be turned into {plural(target)}; name two units of weight, volume, "
            f"length or heat."
        )
    return base / (_STICK_G if target == "stick" else size(target))


def kitchen_number(value: Fraction) -> str:
    """``Fraction(3, 2)`` → ``"1 1/2"``; others go to the nearest kitchen fraction, a few percent off."""
    whole, rest = divmod(value, 1)
    if (
        rest
        and rest.denominator not in (2, 3, 4, 8)
        and not (whole == 0 and rest.denominator in (6, 16) and rest < Fraction(1, 4))
    ):
        best = min([Fraction(0), *_KITCHEN, Fraction(1)], key=lambda f: abs(f - rest))
        if whole + best == 0:
            best = max(rest.limit_denominator(32), Fraction(1, 32))
        whole, rest = divmod(whole + best, 1)
    return " ".join(part for part in (str(whole) if whole or not rest else "", str(rest) if rest else "") if part)


def _decimal(value: Fraction, unit: str) -> str:
    if unit in ("gram", "milliliter"):
        digits = 0 if value >= 10 else 1
    elif unit in ("kilogram", "liter"):
        digits = 2 if value < 10 else 1
    else:
        digits = 1
    text = f"{float(value):.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text if text not in ("0", "-0") or value == 0 else f"{float(value):.1g}"


def _stepped(value: Fraction, unit: str) -> tuple[Fraction, str]:
    """The same amount in the unit that a cook would reach for: 1/8 cup is 2 tablespoons, 1,040 g is 1.04 kg."""
    odd = value.denominator not in (1, 2, 3, 4, 8)  # no measuring cup shows 5/12
    if unit == "cup" and (value < Fraction(1, 4) or (odd and (value * 16).denominator in (1, 2, 3, 4))):
        value, unit = value * 16, "tablespoon"
    if unit == "tablespoon":
        if (value >= 4 and value % 4 == 0) or (value > 16 and value % 2 == 0):
            return value / 16, "cup"
        if value < 1 and (value * 3).denominator <= 4:
            return value * 3, "teaspoon"
    elif unit == "teaspoon" and value >= 3 and value % Fraction(3, 2) == 0:
        return _stepped(value / 3, "tablespoon")
    elif unit in ("gram", "milliliter") and value >= 1000:
        return value / 1000, "kilogram" if unit == "gram" else "liter"
    elif unit in ("kilogram", "liter") and value < 1:
        return value * 1000, "gram" if unit == "kilogram" else "milliliter"
    elif unit == "ounce" and value >= 16 and value % 8 == 0:
        return value / 16, "pound"
    elif unit == "pound" and value < 1 and value.denominator not in (1, 2, 3, 4):
        return value * 16, "ounce"
    return value, unit


_SHORT = {
    "teaspoon": "tsp", "tablespoon": "tbsp", "cup": "cup", "gram": "g", "kilogram": "kg", "milliliter": "ml",
    "liter": "L",
    "ounce": "oz", "pound": "lb", "fluid ounce": "fl oz", "inch": "in", "centimeter": "cm", "millimeter": "mm",
}  # fmt: skip


def format_amount(
    value: Fraction, unit: str = "", written: str = "", upper: Fraction | None = None, hyphen: bool = False
) -> str:
    """An amount as a line shows it: ``(Fraction(3, 8), "cup")`` → ``"3/8 cup"``, ``(Fraction(1040), "gram", "g")`` →
    ``"1.04 kg"``.

    Args:
        value: How much, or the lower end of a range.
        unit: Canonical unit, or "".
        written: The unit as the line had it; its style (short or long) is kept.
        upper: Upper end of a range.
        hyphen: Whether number and unit are one adjective.
    """
    was = unit
    top = value if upper is None else upper
    if unit:
        stepped, unit = _stepped(top, unit)
        ratio = stepped / top if top else Fraction(1)
        if unit == "cup" != was and value * ratio < Fraction(1, 4):  # no cup is that small: "2 to 4 tablespoons"
            stepped, unit, ratio = top, was, Fraction(1)
        value, top = value * ratio, stepped
    show = (lambda v: _decimal(v, unit)) if unit in METRIC or unit == "celsius" else kitchen_number
    figures = show(value) if upper is None or show(value) == show(top) else f"{show(value)} to {show(top)}"
    if not unit:
        return figures
    word = written or unit
    short = (
        bool(written) and len(written) <= 5 and singular(written.lower()) not in (was, "cup", "inch") and was in _SHORT
    )
    if unit != was:
        word = _SHORT[unit] if short and unit in _SHORT else unit
    if unit in ("cup", "inch") or not (
        short or (written and len(written.rstrip(".")) <= 4 and was in _SHORT and was not in ("cup", "inch"))
    ):
        parts = word.split(" ")
        parts[-1] = plural(singular(parts[-1])) if top > 1 and not hyphen and parts[-1] != "%" else singular(parts[-1])
        word = " ".join(parts)
    tight = bool(re.fullmatch(r"[°º%].*", word))
    return figures + ("-" if hyphen else "" if tight else " ") + word


def _metric_of(amount: Amount, item: str) -> tuple[list[Fraction], str] | None:
    """Values and unit on the metric side, rounded to what scales and ovens show; None where spoons and counts stay."""
    unit, values = amount.unit, list(amount.values)
    if unit == "fahrenheit" or (unit == "degree" and amount.lo >= 200):
        return [Fraction(_OVEN_C.get(int(v)) or round((v - 32) * 5 / 9)) for v in values], "celsius"
    if unit == "inch" or unit == "foot":
        metric = [v * size(unit) for v in values]
        if min(metric) < 1 and max(metric) < 3:  # an eighth of an inch is 3 mm, not half a centimeter
            return [Fraction(round(m * 10)) for m in metric], "millimeter"
        return [Fraction(round(m * 2), 2) if m < 10 else Fraction(round(m)) for m in metric], "centimeter"
    if unit in ("pound", "ounce"):
        grams = [_round_g(v * size(unit)) for v in values]
        return ([g / 1000 for g in grams], "kilogram") if max(grams) >= 1000 else (grams, "gram")
    if unit == "stick":
        return [_round_g(v * _STICK_G) for v in values], "gram"
    if unit in ("cup", "fluid ounce", "pint", "quart", "gallon") or (unit == "tablespoon" and min(values) >= 4):
        weight = None if is_liquid(item) else density(item)
        base = [
            v * size(unit) * Fraction(240 * 10**12, 236588236500000) for v in values
        ]  # metric kitchens count 240 ml to the cup
        if weight is not None:
            return [_round_g(v * size(unit) * weight) for v in values], "gram"
        ml = [_round_g(b) for b in base]
        return ([m / 1000 for m in ml], "liter") if max(ml) >= 1000 else (ml, "milliliter")
    return None


def _round_g(value: Fraction) -> Fraction:
    step = 1 if value < 30 else 5 if value < 250 else 10 if value < 1000 else 50
    return Fraction(max(1, round(value / step)) * step)


def _us_of(amount: Amount, item: str) -> tuple[list[Fraction], str] | None:
    unit, values = amount.unit, list(amount.values)
    if unit == "celsius":
        exact = [v * 9 / 5 + 32 for v in values]
        oven = [v >= 120 and (v % 10 == 0 or v in _OVEN_C.values()) for v in values]
        return [Fraction(round(e / 25) * 25 if o else round(e)) for e, o in zip(exact, oven, strict=True)], "fahrenheit"
    if dimension(unit) == "length":
        inches = [v * size(unit) / size("inch") for v in values]
        return [max(Fraction(round(i * 4), 4), Fraction(1, 8)) if i < 6 else Fraction(round(i)) for i in inches], "inch"
    if dimension(unit) == "mass":
        grams = [v * size(unit) for v in values]
        weight = None if max(grams) >= 1000 else density(item)
        if weight is not None and density(item):
            return _us_volume([g / weight for g in grams])
        if max(grams) >= 400:
            return [Fraction(round(g / size("pound") * 4), 4) or Fraction(1, 4) for g in grams], "pound"
        parts = 8 if max(grams) < 15 else 4 if max(grams) < 60 else 2  # half an ounce more would double 10 g of yeast
        return [Fraction(round(g / size("ounce") * parts), parts) or Fraction(1, 8) for g in grams], "ounce"
    if dimension(unit) == "volume":
        return _us_volume([v * size(unit) for v in values])
    return None


def _us_volume(ml: list[Fraction]) -> tuple[list[Fraction], str]:
    most = max(ml)
    if most >= 1800:
        return [Fraction(round(v / size("quart") * 4), 4) for v in ml], "quart"
    if most >= 55:
        return [_nearest(v / 240, [*_KITCHEN[1::2], Fraction(1, 3), Fraction(2, 3)]) for v in ml], "cup"
    if most >= 14:
        return [Fraction(round(v / 15 * 2), 2) or Fraction(1, 2) for v in ml], "tablespoon"
    return [max(Fraction(round(v / 5 * 4), 4), Fraction(1, 8)) for v in ml], "teaspoon"


def _nearest(value: Fraction, fractions: list[Fraction]) -> Fraction:
    whole, rest = divmod(value, 1)
    return whole + min([Fraction(0), Fraction(1), *fractions], key=lambda f: abs(f - rest)) or Fraction(1, 4)


_PLUS = re.compile(r"\.?\s*(?:plus|\+)\s*", re.IGNORECASE)
_TIMES = re.compile(r"\s*(?:x|×|by)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"\.?\s*(?:\(|/|=|or\b)\s*(?:about |or |=\s*)?")


def _joined(text: str, left: Amount, right: Amount) -> bool:
    between = text[left.end : right.start]
    return _side(left) == _side(right) and bool(_PLUS.fullmatch(between) or _TIMES.fullmatch(between))


def pairs_in(text: str, amounts: list[Amount]) -> list[tuple[int, int, int, int]]:
    """Amounts given on both sides, as (first and last of the one, first and last of the other): "1 cup plus 1 teaspoon
    (245 ml)".
    """
    out = []
    for i in range(len(amounts) - 1):
        left, right = amounts[i], amounts[i + 1]
        same = left.dimension == right.dimension or {left.dimension, right.dimension} == {"mass", "volume"}
        if (
            {_side(left), _side(right)} == {"us", "metric"}
            and same
            and _BETWEEN.fullmatch(text[left.end : right.start])
        ):
            first, last = i, i + 1
            while first and _joined(text, amounts[first - 1], amounts[first]):
                first -= 1
            while last + 1 < len(amounts) and _joined(text, amounts[last], amounts[last + 1]):
                last += 1
            out.append((first, i, i + 1, last))
    return out


def _side(amount: Amount) -> str:
    if amount.unit in METRIC:
        return "metric"
    return "us" if amount.unit in US or amount.unit == "degree" else ""


def _to(text: str, side: str) -> str:
    amounts = find_amounts(text)
    pairs = pairs_in(text, amounts)
    edits: list[tuple[int, int, str]] = []
    done: set[int] = set()
    for first, left, right, last in pairs:
        done.update(range(first, last + 1))
        a, b, c, d = amounts[first].start, amounts[left].end, amounts[right].start, amounts[last].end
        closes = int(text[d : d + 1] == ")" and "(" in text[b:c])
        before = amounts[first - 1] if first else None
        if (
            side == "metric"
            and _measured(text, before, a, text[d : d + 1] == ")")
            and before
            and amounts[right].dimension == "mass"
        ):
            done.add(first - 1)  # "3 cups (8 oz / 225 g) cabbage": the weight takes the place of the cups
            edits += [(before.start, c, ""), (d, d + 1, "")]
        elif _side(amounts[left]) == side:
            edits.append((b, d + closes, ""))
        else:
            edits += [(a, c, ""), (d, d + closes, "")]
    for i, amount in enumerate(amounts):
        if i in done or _side(amount) in ("", side):
            continue
        end, total, dims = amount.end, amount, []
        for k in range(i + 1, len(amounts)):  # "1 cup plus 2 tablespoons" is one amount; "9 x 13-inch" one size
            following = amounts[k]
            if k in done or not _joined(text, amounts[k - 1], following) or following.dimension != amount.dimension:
                break
            done.add(k)
            end = following.end
            if _PLUS.fullmatch(text[amounts[k - 1].end : following.start]):
                total = replace(total, lo=total.lo + following.lo * size(following.unit) / size(amount.unit))
            else:
                dims.append(following)
        item = _OTHER.split(text[end : end + 60].lstrip(" ."))[0]
        if not item.strip():
            item = re.split(r"[,;.()]", text[: amount.start].rstrip(" -:–("))[-1]
        found = _metric_of(total, item) if side == "metric" else _us_of(total, item)
        if found is None:
            continue
        new = _written(*found, amount.hyphen)
        for other in dims:
            more = _metric_of(other, item) if side == "metric" else _us_of(other, item)
            new = re.sub(r"[- ]?[a-z]+$", "", new) + " x " + (_written(*more, other.hyphen) if more else other.text)
        edits.append((amount.start, end, amount.lead + new))
    out, at = [], 0
    for start, end, new in sorted(edits):
        if start >= at:
            out.append(text[at:start] + new)
            at = end
    said = re.sub(r"  +", " ", "".join(out) + text[at:]).replace(" ,", ",").replace(" .", ".")
    return _ARTICLE.sub(lambda match: match[1] + ("n" if _EIGHT.match(match[2]) else ""), said) if edits else said


# Where the name of what an amount is of ends: of "1/4 cup flour to a bowl and add the water" behind the flour.
_OTHER = re.compile(r"[,;.()]|\b(?:and|or|to|in|into|over|with|for|from|then|until)\b")
_ARTICLE = re.compile(r"\b([Aa])n?(?= (\d+))")
_EIGHT = re.compile(r"8|1[18]$")  # "an 8 cm", "an 18 cm"


def _measured(text: str, before: Amount | None, start: int, closed: bool) -> bool:
    return before is not None and before.dimension == "volume" and closed and text[before.end : start].strip() == "("


def _written(values: list[Fraction], unit: str, hyphen: bool) -> str:
    upper = values[1] if len(values) > 1 and values[1] != values[0] else None
    if unit in ("celsius", "fahrenheit"):
        figures = " to ".join(str(int(v)) for v in ([values[0]] if upper is None else values))
        return f"{figures}°{unit[0].upper()}"
    written = _SHORT[unit] if unit in METRIC else ""
    return format_amount(values[0], unit, written, upper, hyphen and unit in US)


def to_metric(text: str) -> str:
    """A line or a step in grams, milliliters, centimeters and °C. Where both sides are given, the metric one is kept as
    written.

    Spoons and counts stay, as metric cooks use them too; "350 degrees" is taken for Fahrenheit.
    """
    return _to(text, "metric")


def to_us(text: str) -> str:
    """A line or a step in cups, spoons, ounces, inches and °F. Where both sides are given, the US one is kept as
    written.
    """
    return _to(text, "us")
