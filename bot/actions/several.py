"""Several questions in one message: each is answered by what code knows, one after the other."""

import re
from dataclasses import replace

from bot.actions import diets, restrictions
from bot.actions.base import Action, Decision, Scene, read_out
from bot.actions.recogniser import recognise
from bot.page.question import read
from bot.words import bare, regular

# What only tells; nothing that moves, changes or asks back.
TELLING = frozenset(
    "how_much storage substitute define total_time servings tools where convert is_diet adapt contains safe_for "
    "allergens when_in timer_list makes enough difficulty spicy ready_at start_by "
    "need_tool which_vessel lack_tool skip same takes".split()
)


def several(scene: Scene, parts: tuple[str, ...], actions: dict[str, Action]) -> Decision | None:
    """Answers to the parts of a message, in order; None where code knows none of them.

    Args:
        scene: The scene of the whole message.
        parts: Its questions.
        actions: All actions by name.
    """
    told = restrictions.read(scene.message.text)
    if (
        told is not None and not told.safe
    ):  # each answer keeps it: "celiac guest, what instead of the flour, and how long?"
        diets.remember(scene.session, list(told.allergies), list(told.diets))
    decisions = [_one(scene, part, actions) for part in parts]
    known = [decision for decision in decisions if decision is not None]
    if not known:
        return None
    texts = [
        decision.text if decision is not None else f'I am not sure about "{_quoted(part)}".'
        for part, decision in zip(parts, decisions, strict=True)
        if decision is not None or _asks_more(part)
    ]
    return replace(
        known[0],
        text=" ".join(dict.fromkeys(texts)),
        shared=tuple(dict.fromkeys(item for decision in known for item in decision.shared)),
        passages=tuple(dict.fromkeys(passage for decision in known for passage in decision.passages)),
    )


_HELP = re.compile(
    r"(?:what|which|how)(?: else)?(?: (?:can|could|should|do|shall|would|will|to|i|we|you|else))* "
    r"(?:do|use|take|try|suggest|recommend|work|help|go)(?: (?:for|about) (?:it|that|them))?"
    r"(?: then| now| instead| here)*|"
    r"(?:any |got any )?(?:ideas?|tips?|suggestions?|thoughts?)|(?:can you |please )?help(?: me)?"
)
_HAS = re.compile(
    r"(?:i |we |i've |we've )?(?:only |just )?(?:have|had|got) (?:only |just |about )?(?:\d|an?\b|some\b)"
)


def _asks_more(part: str) -> bool:
    """Whether a part that nothing answers is a question of its own: not what only tells ("I have 3 lb of beef") or asks
    for help with the part beside it ("what can I use?").
    """
    said = bare(_quoted(regular(part)))
    asks = "?" in part or (read(part).asks and not _HAS.match(said))
    return asks and not _HELP.fullmatch(said)


def _quoted(part: str) -> str:
    """A part of a message as it is quoted: without what joined it to the others."""
    return re.sub(r"^(?:and|but|so|also|then)\b[ ,]*", "", part.strip(" ?!.,;"), flags=re.IGNORECASE)


def _one(scene: Scene, part: str, actions: dict[str, Action]) -> Decision | None:
    wish = recognise(part)
    if wish is not None:
        if wish.name not in TELLING:
            return None
        decision = actions[wish.name](replace(scene, message=replace(scene.message, text=part), wish=wish))
        if decision is not None:
            return decision
    found = scene.answer(part)
    if found is None:
        return None
    decision = read_out(found, scene.session.step)
    warning = diets.mind(scene, found.text) if found.note is not None else ""
    return replace(decision, text=f"{decision.text} {warning}".strip())
