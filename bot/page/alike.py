"""Words that cooks and recipes use for the same thing, by stem: a cook "throws out" what the page "discards"."""

from functools import lru_cache

from bot.page.stems import root

_GROUPS = """
throw discard reserve save keep
drain strain discard
wash rinse clean
cut carve slice chop
hot warm cool cold chill lukewarm soften softened room
boil simmer bubble
garnish top sprinkle scatter decorate dust drizzle
eat serve alongside side
open shut close
stick catch cling
burn scorch black dark
dark brown golden pale color colour
crumble crumb fall break crack split
soft soften tender swell swollen mushy soggy
runny wet slack thin loose loosen
thick dense stiff heavy
lump lumpy smooth
curdle separate split scramble grainy
raw crunch crunchy hard underbaked undercooked
dry tough crumbly
rise double puff swell
overmix overfold overwork
take lift transfer remove pull
flip turn
turn increase raise lower reduce
mash crush
wrap cover
taste season
knead work
sit stand rest
"""


@lru_cache(maxsize=1)
def _groups() -> tuple[frozenset[str], ...]:
    return tuple(frozenset(map(root, line.split())) for line in _GROUPS.split("\n") if line)


@lru_cache(maxsize=4096)
def alike(word: str) -> frozenset[str]:
    """The stems that a cook may mean by a stem, itself included."""
    return frozenset({word}).union(*(group for group in _groups() if word in group))
