"""The ``---`` block at the top of a file: a few keys with scalars or flat lists."""

import re
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LIMIT = 20_000


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """(keys in lower case, the rest of the text). A block that is no YAML is read line by line as ``key: value``."""
    match = re.match(r"\s*---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", text, re.DOTALL)
    if match is None or len(match[1]) > _LIMIT:
        return {}, text
    try:
        data = yaml.load(match[1], Loader=_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        pairs = re.findall(r"^([A-Za-z][\w .-]{0,40}?)\s*:\s*(.*)$", match[1], re.MULTILINE)
        if not pairs:
            return {}, text
        data = {key: value.strip().strip("\"'") for key, value in pairs}
    flat: dict[str, Any] = {}
    for key, value in data.items():
        name = re.sub(r"[\s-]+", "_", str(key).strip().lower())
        if isinstance(value, dict):  # "time: {prep: 10 min}", "source: {url: …}"; deeper than that is not read
            flat |= {f"{name}.{k}": v for k, v in value.items() if isinstance(v, (str, int, float))}
        elif isinstance(value, (list, tuple)):  # aliases can nest a list into gigabytes: only its scalars are looked at
            flat[name] = [v for v in value[:200] if isinstance(v, (str, int, float))]
        else:
            flat[name] = value if isinstance(value, (str, int, float)) or value is None else str(value)
    return flat, text[match.end() :]


def first(data: dict[str, Any], *keys: str) -> Any:
    """The first of the keys that has a value, or None."""
    return next((data[k] for k in keys if data.get(k) not in (None, "", [])), None)
