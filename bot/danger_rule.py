"""One danger of a kitchen: how a message that touches it sounds, and what is said first."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One danger.

    Attributes:
        name: For the log.
        pattern: Searched in regular text.
        says: What is said first, whether or not an entry is found.
        entries: Knowledge ids that answer it, the first one present is quoted.
        unless: A look-alike: where this matches too, the rule is silent.
        page: Where given, the rule is for recipes whose page this matches: oil with garlic in it.
        expected: A sentence of the page that this matches says that it is meant to be so ("until the pan smokes"): then
            that sentence is quoted in place of the alarm.
    """

    name: str
    pattern: re.Pattern[str]
    says: str
    entries: tuple[str, ...] = ()
    unless: re.Pattern[str] | None = None
    page: re.Pattern[str] | None = None
    expected: re.Pattern[str] | None = None


def rule(
    name: str, pattern: str, says: str, *entries: str, unless: str = "", page: str = "", expected: str = ""
) -> Rule:
    """A rule whose patterns are given as text, "" for none."""
    others = [re.compile(other) if other else None for other in (unless, page, expected)]
    return Rule(name, re.compile(pattern), says, entries, *others)


POULTRY = r"(?:chicken|turkey|poultry|duck|chiken|hen|thighs?|drumsticks?|wings?|breasts?)"
MEAT = (
    rf"(?:{POULTRY}|meat|beef|pork|lamb|fish|salmon|tuna|shrimps?|prawns?|seafood|ham|sausages?|burgers?|"
    rf"mince|steaks?|stew|soup|stock|broth|chili|curry|casserole|lasagn[ae]|rice|pasta|pizza|leftovers?|"
    rf"eggs?|milk|cream|food|dinner|sushi|gravy|beans)"
)
