"""From the parts of a recipe, as any format gives them, to a clean :class:`Recipe`."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from retrieval.clean import clean_text
from retrieval.quantity import parse_duration, parse_ingredient
from retrieval.recipe import Ingredient, Recipe, RecipeError, slugify
from retrieval.units import number

MAX_LINES = 400  # ingredient lines, and steps
MAX_LINE = 4_000  # characters
DIETS = ("vegan", "vegetarian", "pescatarian", "gluten-free", "dairy-free", "egg-free", "nut-free", "halal", "kosher")


@dataclass(slots=True)
class Draft:
    """A recipe as a file has it, before cleaning. ``ingredients`` are (line, group) pairs."""

    title: str = ""
    ingredients: list[tuple[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    description: str = ""
    servings: Any = None
    recipe_yield: Any = None
    prep: Any = None
    cook: Any = None
    total: Any = None
    tools: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    diet: list[str] = field(default_factory=list)
    allergens: list[str] = field(default_factory=list)
    cuisine: str = ""
    course: str = ""
    difficulty: str = ""
    tips: list[str] = field(default_factory=list)
    pitfalls: list[str] = field(default_factory=list)
    storage: str = ""
    source: str = ""
    url: str = ""


def build_recipe(draft: Draft, source: str = "", url: str = "") -> Recipe:
    """The recipe, cleaned and parsed.

    Args:
        draft: What the file has.
        source: Where it was found, if the draft does not say.
        url: Id to use, before the draft's own and before the one made from the content.

    Raises:
        RecipeError: There is no title, no ingredient or no step, or far too many of them.
    """
    title = plain(draft.title)[:200]
    if not title:
        raise RecipeError("It has no title; give it one.")
    ingredients = tuple(_ingredients(draft.ingredients))
    steps = tuple(s for s in (plain(step)[:MAX_LINE] for step in draft.steps) if re.search(r"\w", s))
    for lines, what in ((ingredients, "ingredients"), (steps, "steps")):
        if not lines:
            raise RecipeError(f'"{title}" has no {what}; add them under a heading "{what.capitalize()}".')
        if len(lines) > MAX_LINES:
            raise RecipeError(f'"{title}" has {len(lines)} {what}, more than {MAX_LINES}; split it.')
    servings, recipe_yield = read_yield(draft.servings, draft.recipe_yield)
    recipe = Recipe(
        url="",
        title=title,
        ingredients=ingredients,
        steps=steps,
        description=plain(draft.description)[:MAX_LINE],
        servings=servings,
        recipe_yield=recipe_yield,
        prep_s=seconds(draft.prep),
        cook_s=seconds(draft.cook),
        total_s=seconds(draft.total),
        tools=_lower(draft.tools),
        tags=_lower(draft.tags),
        diet=_lower(draft.diet),
        allergens=_lower(draft.allergens),
        cuisine=plain(draft.cuisine),
        course=plain(draft.course).lower(),
        difficulty=plain(draft.difficulty).lower(),
        tips=tuple(t for t in map(plain, draft.tips) if t),
        pitfalls=tuple(t for t in map(plain, draft.pitfalls) if t),
        storage=plain(draft.storage),
        source=plain(draft.source) or source,
    )
    if recipe.total_s is None and recipe.prep_s is not None and recipe.cook_s is not None:
        recipe = replace(recipe, total_s=recipe.prep_s + recipe.cook_s)
    own = draft.url.strip() if re.match(r"(?:https?://|cookbook:|file:)\S+$", draft.url.strip()) else ""
    return recipe.with_url(url or own or f"file:{recipe.slug[:60]}-{content_key(recipe)[:10]}")


def content_key(recipe: Recipe) -> str:
    """Hash of what makes a recipe itself: title, ingredient lines and steps, up to case, accents and punctuation."""
    parts = (recipe.title, *(i.text for i in recipe.ingredients), "\0", *recipe.steps)
    return hashlib.sha256(
        "\n".join(re.sub(r"\W+", " ", part.casefold()).strip() for part in parts).encode()
    ).hexdigest()


def _ingredients(lines: Iterable[tuple[str, str]]) -> Iterable[Ingredient]:
    heading = ""
    for raw, group in lines:
        text = plain(raw)[:MAX_LINE]
        if not re.search(r"\w", text):
            continue
        if text.endswith(":") and not re.search(r"\d", text) and len(text) < 60:
            heading = text[:-1].strip()  # "For the sauce:" stands over the lines that follow
            continue
        yield parse_ingredient(text, plain(group) or heading)


def plain(text: object) -> str:
    """Clean text without Markdown's emphasis, links and pictures."""
    line = str(text) if isinstance(text, (str, int, float)) else ""  # never a nested structure: it may be huge
    if "[" in line:
        line = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", line)
        line = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", line)
    line = clean_text(line)
    if "*" in line or "_" in line or "`" in line:
        line = re.sub(r"(\*\*\*|\*\*|__|\*|(?<!\w)_|`)(?=\S)(.+?)(?<=\S)\1(?!\w)", r"\2", line)
        line = re.sub(r"\*\*|__", "", line)
    return line.strip()


def _lower(words: Iterable[object]) -> tuple[str, ...]:
    cleaned = (plain(word).lower().strip(" #.,;") for word in words)
    return tuple(dict.fromkeys(w[:80] for w in cleaned if w))


def words_of(value: object) -> list[str]:
    """A list, or a comma-separated string, as a list of strings; anything nested is left out."""
    if isinstance(value, str):
        return [part for part in re.split(r"\s*[,;\n]\s*", value.strip().strip("[]")) if part]
    if isinstance(value, (list, tuple)):
        return [str(v) for v in value if isinstance(v, (str, int, float))]
    return [str(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def seconds(value: object) -> int | None:
    """Seconds of a duration in any spelling; a bare number counts minutes; None for nothing or nonsense."""
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        return None
    if not isinstance(value, str):
        return round(value * 60) if 0 < value < 10**6 else None
    text = clean_text(value)
    if re.fullmatch(r"\d{1,5}", text):
        return int(text) * 60 or None
    found = parse_duration(text)
    return found if found and found < 10**8 else None


_PEOPLE = r"(?:servings?|people|persons?|portions?|serves|adults|guests|diners)"


def read_yield(servings: object, recipe_yield: object = None) -> tuple[int | None, str]:
    """(people, yield in words) out of ``4``, ``"4 servings"``, ``"Serves 4 to 6"``, ``"12 muffins"``, ``["4", "4
    servings"]``.
    """
    count, words = None, ""
    for value in (servings, recipe_yield):
        for one in value if isinstance(value, (list, tuple)) else [value]:
            text = plain(one) if isinstance(one, (str, int, float)) and not isinstance(one, bool) else ""
            if not text:
                continue
            bare = re.fullmatch(r"(?:about |approx\.? )?(\d{1,3})(?:\.0)?(?:\s*(?:-|to)\s*\d{1,3})?", text)
            people = bare or re.search(
                rf"\b(\d{{1,3}})(?:\s*(?:-|to|or)\s*\d{{1,3}})?\s*{_PEOPLE}\b", text, re.IGNORECASE
            )
            people = people or re.search(
                r"\b(?:serves|servings|feeds|for)\s*:?\s*(?:about\s*)?(\w+)", text, re.IGNORECASE
            )
            n = number(people[1]) if people else None
            if (n and n.denominator == 1 and 0 < n < 1000 and value is servings) or (n and count is None and not bare):
                count = count or int(n)
            if value is recipe_yield and not people:
                words = words or re.sub(r"^(?:makes|yields?)\s*:?\s*", "", text, flags=re.IGNORECASE)
            elif value is servings and not people and not words:
                words = re.sub(r"^(?:makes|yields?)\s*:?\s*", "", text, flags=re.IGNORECASE)
            elif value is recipe_yield and bare and count is None:
                count = int(bare[1]) or None
    return count, words[:120]


def steps_of(text: str) -> list[str]:
    """Steps out of one string: its lines, its numbering, or, where it is one long paragraph, its sentences in small
    groups.
    """
    lines = [line.strip() for line in re.split(r"\s*\n\s*", text.strip()) if line.strip()]
    if len(lines) == 1:
        numbered = re.split(r"(?:(?<=\s)|^)(?:step\s*)?\d{1,2}[.):]\s+(?=[A-Z])", lines[0], flags=re.IGNORECASE)
        lines = [part.strip() for part in numbered if part.strip()]
    out: list[str] = []
    for line in lines:
        line = re.sub(r"^(?:step\s*\d{1,2}\s*[.):-]*|\d{1,2}[.)])\s+", "", line, flags=re.IGNORECASE)
        out += [line] if len(lines) > 1 or len(line) < 320 else _grouped(line)
    return out


def _grouped(text: str, limit: int = 200) -> list[str]:
    out: list[str] = []
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", text):
        if out and len(out[-1]) + len(sentence) < limit:
            out[-1] += " " + sentence
        else:
            out.append(sentence)
    return out


def slug_url(name: str) -> str:
    """``cookbook:<slug>`` for a file of the bundled cookbook."""
    return f"cookbook:{slugify(name)}"
