"""Recipes as plain JSON objects, one a line or in a list: ``{"title": …, "ingredients": […], "steps": […]}``.

``steps`` may be called directions, instructions or method; a line may also be a schema.org recipe.
"""

from collections.abc import Iterator
from typing import Any

from retrieval.formats.build import Draft, steps_of, words_of
from retrieval.formats.jsonld import drafts_from_json, is_recipe

_STEPS = ("steps", "directions", "instructions", "method", "recipeInstructions", "preparation")
_INGREDIENTS = ("ingredients", "recipeIngredient", "ingredient_lines", "ingredientLines")


def looks_plain(data: Any) -> bool:
    """Whether an object has ingredients and steps by one of their plain names."""
    return isinstance(data, dict) and any(k in data for k in _INGREDIENTS) and any(k in data for k in _STEPS)


def drafts(data: Any, depth: int = 0) -> Iterator[Draft]:
    """The recipes in parsed JSON, in whichever of the two forms."""
    if depth > 20:
        return
    if isinstance(data, dict) and is_recipe(data):
        yield from drafts_from_json(data)
    elif looks_plain(data):
        yield _draft(data)
    elif isinstance(data, list):
        for one in data:
            yield from drafts(one, depth + 1)
    elif isinstance(data, dict):
        for value in data.values():
            if isinstance(value, (list, dict)):
                yield from drafts(value, depth + 1)


def _first(data: dict[str, Any], *keys: str) -> Any:
    return next((data[k] for k in keys if data.get(k) not in (None, "", [])), None)


def _string(value: Any) -> str:
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _lines(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield from ((line, "") for line in value.split("\n"))
    elif isinstance(value, dict):  # {"For the sauce": [...]}
        for group, lines in value.items():
            if isinstance(lines, (list, str)):
                yield from ((line, str(group)) for line, _ in _lines(lines))
    elif isinstance(value, list):
        for line in value:
            if isinstance(line, dict):
                if isinstance(line.get("items") or line.get("ingredients"), list):
                    group = _string(_first(line, "name", "title", "group"))
                    yield from ((inner, group) for inner, _ in _lines(line.get("items") or line.get("ingredients")))
                    continue
                whole = _string(_first(line, "text", "original", "raw", "line"))
                parts = (
                    _string(_first(line, *keys))
                    for keys in (("quantity", "amount", "qty"), ("unit",), ("name", "item", "ingredient"))
                )
                note = _string(_first(line, "preparation", "note", "notes", "comment"))
                joined = " ".join(p for p in parts if p) + (f", {note}" if note else "")
                yield whole or joined, _string(line.get("group"))
            else:
                yield _string(line), ""


def _steps(value: Any) -> list[str]:
    if isinstance(value, str):
        return steps_of(value)
    out: list[str] = []
    for step in value if isinstance(value, list) else []:
        if isinstance(step, dict):
            inner = step.get("steps") or step.get("items")
            out += (
                _steps(inner)
                if isinstance(inner, list)
                else [_string(_first(step, "text", "step", "description", "name", "instruction"))]
            )
        elif isinstance(step, list):
            out += _steps(step)
        else:
            out.append(_string(step))
    return out


def _draft(data: dict[str, Any]) -> Draft:
    return Draft(
        title=_string(_first(data, "title", "name")),
        ingredients=list(_lines(_first(data, *_INGREDIENTS))),
        steps=_steps(_first(data, *_STEPS)),
        description=_string(_first(data, "description", "summary", "headnote")),
        servings=_first(data, "servings", "serves", "portions"),
        recipe_yield=_first(data, "yield", "recipe_yield", "recipeYield", "yields", "makes"),
        prep=_first(data, "prep_time", "prepTime", "prep") or _spoken_s(data.get("prep_s")),
        cook=_first(data, "cook_time", "cookTime", "cook") or _spoken_s(data.get("cook_s")),
        total=_first(data, "total_time", "totalTime", "total", "time") or _spoken_s(data.get("total_s")),
        tools=words_of(_first(data, "tools", "equipment")),
        tags=words_of(_first(data, "tags", "keywords")),
        diet=words_of(data.get("diet")),
        allergens=words_of(data.get("allergens")),
        cuisine=_string(data.get("cuisine")),
        course=_string(_first(data, "course", "category")),
        difficulty=_string(data.get("difficulty")),
        tips=[_string(t) for t in data["tips"]] if isinstance(data.get("tips"), list) else [_string(data.get("tips"))],
        pitfalls=[_string(t) for t in data["pitfalls"]] if isinstance(data.get("pitfalls"), list) else [],
        storage=_string(data.get("storage")),
        source=_string(_first(data, "source", "author")),
        url=_string(_first(data, "url", "link", "id")),
    )


def _spoken_s(value: Any) -> str | None:
    return f"{value} seconds" if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else None
