"""How much passages are about cooking, which is judged by other rules than talk about anything."""

import re
from collections.abc import Sequence

from model.facts import foods
from model.judge.features import read
from retrieval.quantity import numbers_in
from retrieval.units import singular

_DIMENSIONS = frozenset(("volume", "mass", "temperature", "time"))
# What a cook is told to do.
IMPERATIVES = frozenset(
    "add arrange bake beat blanch blend boil braise bring broil brown brush chill chop coat combine continue cook "
    "cool cover crack crumble cut deglaze dice discard dissolve divide drain dredge drizzle drop dry dust fill flip "
    "fold form freeze fry garnish grate grease grill halve heat hold keep knead ladle layer leave let line lower "
    "make marinate mash melt microwave mince mix peel pit place poach pour preheat prepare press process puree put "
    "raise reduce refrigerate remove repeat rest return rinse roast roll rub saute scatter scoop scrape sear season "
    "separate serve set shape shred sift simmer skim slice smooth soak spoon spread sprinkle squeeze stand steam "
    "stir store strain stuff take taste thaw thin tie toast top toss transfer trim turn use warm wash whip whisk "
    "wipe wrap zest".split()
)
_OPENING = re.compile(r"(?:^|[.!?;:]\s|\n)\W*(?:(?:do not|don't|never|always)\s+)?([a-z]+)", re.IGNORECASE)


def food(contexts: Sequence[str]) -> float:
    """How much passages are about cooking: the share of food words among their content words, and of amounts with a
    kitchen's units among all words; 0 where they only tell of food ("Pizza is an Italian dish") and neither measure
    nor instruct.
    """
    text = read(" ".join(contexts)[:6_000])
    amounts = sum(a.dimension in _DIMENSIONS for a in numbers_in(text.raw))
    if not amounts and not instructs(contexts):
        return 0.0
    named = foods(text.raw)
    share = sum(singular(w) in named for w in text.words) / max(1, sum(text.content))
    return share + amounts / max(1, len(text.raw.split()))


def instructs(contexts: Sequence[str]) -> bool:
    """Whether a sentence of the passages says what to do."""
    return any(word.lower() in IMPERATIVES for context in contexts for word in _OPENING.findall(context))
