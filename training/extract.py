"""Parts of recipe lines: names of ingredients, actions, phrases that tell times, heat, tools and signs of doneness."""

import re

from training.phrases import VERBS

TIME = re.compile(
    r"(?:about |approximately |another |at least |up to )?"
    r"(?:\d[\d/ .]*(?:(?:-|to|or) \d[\d/ .]*|-\d+)?|an|a few|several|one|half an?)"
    r"\s*(?:more |additional )?(?:hours?|hrs?|minutes?|mins?\.?|seconds?|secs?|days?|weeks?)\b|overnight",
    re.IGNORECASE,
)
HEAT = re.compile(
    r"\d{2,3}\s*(?:°|degrees)\s*[FC]?\b(?:\s*\(\d+\s*(?:°|degrees)\s*[FC]?\))?|"
    r"(?:medium|high|low)(?:-(?:high|low))? (?:heat|speed|flame)",
    re.IGNORECASE,
)
TOOL = re.compile(
    r"\b(?:an? |the )?(?:(?:large|small|medium|deep|heavy|nonstick|non-stick|greased|lightly|shallow|\d+[- ]inch|"
    r"\d+[- ]quart|baking|oven-proof|separate|clean|mixing|serving|loaf|muffin|cake|sauce|sheet|cookie|stock|roasting|"
    r"soup|food|electric|[\dx]+) ?)*"
    r"(?:bowl|saucepan|skillet|pan|pot|dish|sheet|wok|griddle|blender|processor|mixer|whisk|tin|casserole|platter|"
    r"rack)\b",
    re.IGNORECASE,
)
UNTIL = re.compile(r"\b(?:until|till)\b[^.;]{4,90}", re.IGNORECASE)
_UNIT = (
    r"(?:cups?|tablespoons?|teaspoons?|tbsps?\.?|tsps?\.?|ounces?|oz\.?|pounds?|lbs?\.?|grams?|g|kg|ml|liters?|quarts?|"
    r"pints?|cloves?|cans?|packages?|pkgs?\.?|jars?|sticks?|slices?|bunch(?:es)?|heads?|stalks?|pinch(?:es)?|dash(?:es)?|"
    r"sprigs?|large|small|medium|pieces?)"
)
_AMOUNT = re.compile(
    rf"^(?:about )?[\d/.\- ]+(?:\([^)]*\))?\s*(?:{_UNIT}\b\.?\s*)*(?:\([^)]*\))?\s*(?:of )?", re.IGNORECASE
)


def item_name(line: str) -> str:
    """What an ingredient line is about: ``"2 cups flour, sifted"`` → ``"flour"``; "" when it cannot be told."""
    name = re.sub(r"\([^)]*\)", " ", _AMOUNT.sub("", line))
    name = re.split(r",| - |;| or | for | to taste|\bplus\b|\bdivided\b", name)[0]
    name = re.sub(r"\s+", " ", name).strip(" .*-").lower()
    words = [w for w in name.split() if w not in _PREPARED]
    return " ".join(words[-3:]) if 0 < len(words) <= 5 else ""


_PREPARED = frozenset(
    "chopped minced sliced diced grated shredded fresh freshly ground finely coarsely thinly large small medium peeled "
    "cubed melted softened cooked beaten crushed dried frozen thawed drained rinsed packed lightly halved quartered "
    "roughly toasted cold warm hot boneless skinless unsalted salted extra".split()
)


def clauses(step: str) -> list[str]:
    """Sentences of a step."""
    return [part.strip() for part in re.split(r"(?<=[.;!])\s+", step) if part.strip()]


def lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if not re.match(r"[A-Z]{2}|I\b", text) else text


def action_of(step: str) -> tuple[str, str] | None:
    """The first action of a step, plain and past: ``("brown the onions", "browned the onions")``."""
    head = re.split(r"[,.;:(]| and | until | over | in | on | for | with | to | at | into ", step, maxsplit=1)[
        0
    ].strip()
    words = head.split()
    if not 2 <= len(words) <= 7 or words[0].lower() not in VERBS:
        return None
    rest = " ".join(words[1:])
    return f"{words[0].lower()} {rest}", f"{VERBS[words[0].lower()]} {rest}"
