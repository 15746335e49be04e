"""schema.org recipes: JSON-LD, plain or inside the scripts of a web page.

Source: https://schema.org/Recipe and what real pages make of it (lists for single values, ``@graph``, entities, HTML in
text).
"""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from retrieval.clean import clean_text
from retrieval.formats.build import DIETS, Draft, steps_of, words_of
from retrieval.recipe import RecipeError

_DEPTH = 40


class _Scripts(HTMLParser):
    """Collects the JSON-LD scripts of a page, and its canonical address."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.url = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "script" and "ld+json" in given.get("type", "").lower():
            self._open = True
            self.scripts.append("")
        elif tag == "link" and "canonical" in given.get("rel", "").lower() and not self.url:
            self.url = given.get("href", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.scripts[-1] += data


def drafts_from_html(text: str) -> Iterator[Draft | RecipeError]:
    """The recipes in a page's JSON-LD; a script that is broken comes as a RecipeError in its place.

    Raises:
        RecipeError: The page has no JSON-LD, or none of it is a recipe.
    """
    page = _Scripts()
    page.feed(text)
    page.close()
    if not page.scripts:
        raise RecipeError("The page has no schema.org data (JSON-LD); save the recipe as Markdown instead.")
    found = False
    for script in page.scripts:
        try:
            data = load_json(script)
        except RecipeError as error:
            found = True
            yield error
            continue
        for draft in drafts_from_json(data):
            found = True
            draft.url = draft.url or page.url
            yield draft
    if not found:
        raise RecipeError("The page's schema.org data has no recipe in it; open the recipe's own page and save that.")


def load_json(text: str) -> Any:
    """JSON, with the slips that pages make mended: comments around it, trailing commas, raw line breaks in strings.

    Raises:
        RecipeError: It is broken beyond that.
    """
    body = re.sub(
        r"^\s*(?:<!--|//\s*<!\[CDATA\[|/\*\s*<!\[CDATA\[\s*\*/|<!\[CDATA\[)|(?:-->|(?://\s*|"
        r"/\*\s*)?\]\]>(?:\s*\*/)?)\s*;?\s*$",
        "",
        text,
    )
    for attempt in (body, re.sub(r",(\s*[}\]])", r"\1", body)):
        try:
            return json.loads(attempt, strict=False)
        except ValueError as error:
            problem = error
        except RecursionError:
            raise RecipeError("The JSON is nested too deeply; export the recipe again.") from None
    where = f" at line {problem.lineno}" if isinstance(problem, json.JSONDecodeError) else ""
    raise RecipeError(f"The JSON is broken{where}; export the recipe again.") from None


def drafts_from_json(data: Any, depth: int = 0) -> Iterator[Draft]:
    """Every schema.org recipe anywhere in the data."""
    if depth > _DEPTH:
        return
    if isinstance(data, list):
        for one in data:
            yield from drafts_from_json(one, depth + 1)
    elif isinstance(data, dict):
        if is_recipe(data):
            yield _draft(data)
            return
        for value in data.values():
            if isinstance(value, (dict, list)):
                yield from drafts_from_json(value, depth + 1)


def is_recipe(data: dict[str, Any]) -> bool:
    """Whether an object says that it is a schema.org Recipe."""
    kinds = data.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(k, str) and re.split(r"[/:#]", k)[-1] == "Recipe" for k in kinds)


def _draft(data: dict[str, Any]) -> Draft:
    lines = data.get("recipeIngredient") or data.get("ingredients") or []
    source = next((name for key in ("publisher", "author", "isPartOf") if (name := _text(data.get(key)))), "")
    keywords = [
        word for k in _list(data.get("keywords")) for word in (words_of(k) if isinstance(k, str) else [_text(k)])
    ]
    return Draft(
        title=_text(data.get("name")) or _text(data.get("headline")),
        ingredients=[(line, "") for line in _lines(lines)],
        steps=_steps(data.get("recipeInstructions")),
        description=_text(data.get("description")),
        servings=_yields(data.get("recipeYield") or data.get("yield")),
        prep=_duration(data.get("prepTime")),
        cook=_duration(data.get("cookTime") or data.get("performTime")),
        total=_duration(data.get("totalTime")),
        tools=[_text(t) for t in _list(data.get("tool"))],
        tags=keywords,
        diet=[d for d in (_diet(_text(x)) for x in _list(data.get("suitableForDiet"))) if d],
        cuisine=next((_text(x) for x in _list(data.get("recipeCuisine"))), "").split(",")[0],
        course=next((_text(x) for x in _list(data.get("recipeCategory"))), "").split(",")[0],
        source=source,
        url=_address(data),
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _text(value: Any, depth: int = 0) -> str:
    if isinstance(value, bool) or value is None or depth > 4:
        return ""
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list):
        return next((text for v in value if (text := _text(v, depth + 1))), "")
    if isinstance(value, dict):
        return next(
            (t for k in ("text", "name", "@value", "item", "termCode") if (t := _text(value.get(k), depth + 1))), ""
        )
    return ""


def _lines(value: Any) -> Iterator[str]:
    for line in _list(value):
        if isinstance(line, str) and not isinstance(value, list):
            yield from re.split(r"\s*(?:\n|<br\s*/?>|</li>)\s*", line)
        elif isinstance(line, dict):
            amount = " ".join(
                t for k in ("amount", "quantity", "value", "unitText", "unit") if (t := _text(line.get(k)))
            )
            name = _text(line.get("name")) or _text(line.get("item")) or _text(line.get("text"))
            yield f"{amount} {name}".strip()
        else:
            yield _text(line)


def _steps(value: Any, depth: int = 0) -> list[str]:
    if value is None or depth > _DEPTH:
        return []
    if isinstance(value, str):
        return [s for s in steps_of(_unmarked(value)) if clean_text(s)]
    if isinstance(value, list):
        if all(isinstance(v, str) for v in value) and len(value) > 1:
            return [re.sub(r"^\s*\d{1,2}[.)]\s+", "", v) for v in value if clean_text(v)]
        return [step for v in value for step in _steps(v, depth + 1)]
    if not isinstance(value, dict):
        return []
    inner = value.get("itemListElement") or value.get("steps") or value.get("step")
    if isinstance(inner, dict) and not inner.get("@type"):
        inner = [inner]
    kind = _text(value.get("@type"))
    if inner and ("HowToSection" in kind or "ItemList" in kind or not _text(value.get("text"))):
        return _steps(inner, depth + 1)
    item = value.get("item")
    if isinstance(item, (dict, list)):
        return _steps(item, depth + 1)
    text = _text(value.get("text")) or _text(value.get("description")) or _text(value.get("name"))
    return [text] if clean_text(text) else []


def _unmarked(text: str) -> str:
    return re.sub(
        r"<br\s*/?>|</(?:p|li|div|ol|ul|h\d)>",
        "\n",
        text.replace("&lt;", "<").replace("&gt;", ">"),
        flags=re.IGNORECASE,
    )


def _yields(value: Any) -> list[str]:
    out = []
    for one in _list(value):
        if isinstance(one, dict):
            amount = _text(one.get("value")) or _text(one.get("minValue"))
            out.append(f"{amount} {_text(one.get('unitText')) or _text(one.get('unitCode'))}".strip() or _text(one))
        else:
            out.append(_text(one))
    return out


def _duration(value: Any) -> str:
    if isinstance(value, dict):
        value = (
            value.get("maxValue")
            or value.get("minValue")
            or value.get("value")
            or value.get("name")
            or value.get("duration")
        )
    return _text(value)


def _diet(text: str) -> str:
    word = re.sub(r"Diet$", "", re.split(r"[/:#]", text)[-1].strip()).replace("LowLactose", "dairy-free")
    word = re.sub(r"(?<=[a-z])(?=[A-Z])|\s+", "-", word).lower()
    return word if word in DIETS else ""


def _address(data: dict[str, Any]) -> str:
    for key in ("url", "@id", "mainEntityOfPage", "sameAs"):
        value = data.get(key)
        value = value.get("@id") or value.get("url") if isinstance(value, dict) else value
        if isinstance(value, str) and re.match(r"https?://", value):
            return value.strip()
    return ""
