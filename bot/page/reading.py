"""What the reader makes of a turn, as something that can be said: a sentence of the page, a note, or that nothing is.

See :mod:`model.reader`. The thresholds were chosen on the *asked* files of recipes that are held back
(``python -m training.asked``).
"""

from dataclasses import replace

from bot.page.places import Found
from bot.page.stems import stems
from model.reader import ACTS
from model.reader.reader import Reading
from retrieval.passage import Passage
from retrieval.recipe import Recipe
from retrieval.sentences import split

SURE = 0.55  # an act, or another step, that is less likely than this is not believed
READ = 0.6  # a text that is less likely than this is not read out
MAYBE = 0.4  # but from here on told with a doubt: half of these answer
OFFERED = ("step", "note", "pitfall", "storage")  # told so; of tips and ingredients fewer answer
CERTAIN = 0.6  # below this, what the words alone find comes first if the reader finds it likely, too,
AGREES = 0.1  # that is, at least so likely
BESIDE = 0.4  # a second sentence of the same place is shown from this share of the first's probability
MOVES = 0.5  # from here on the cook is taken to go on, whatever the words
STAYS = 0.2  # below this the words alone move nobody on who does not ask for it
HEARD = 0.25  # from here on words that ask nothing are a remark rather than the text that is only likelier
UNLIKELY = 0.05  # below this "…, what now?" asks for help
PLACED = 0.7  # from this share of its step's probability on, a sentence is where the cook is in the step
SAYS_YES = 0.85  # from here on "yes" or "no" is said first
UNLED = ("safe-", "store-")  # notes before which "yes" or "no" would be a guess about safety
WHOLE = ("tip", "pitfall", "storage")  # places that mean something only as a whole


def answer_in(reading: Reading | None) -> Found | None:
    """The text that answers, or None where an act is likelier or the reader is not sure of any (or was not asked)."""
    if reading is None or reading.best.kind in ACTS or reading.sure < READ:
        return None
    return _found(reading, verdict(reading))


def perhaps_in(reading: Reading | None) -> Found | None:
    """The text that may answer a question, where the reader is sure of none, or None."""
    if reading is None or reading.best.kind not in OFFERED or not MAYBE <= reading.sure < READ:
        return None
    if reading.best.kind == "note" and reading.best.item.startswith(UNLED):
        return None  # what is safe is not guessed
    return replace(_found(reading, ""), doubtful=True)


def _found(reading: Reading, lead: str) -> Found:
    best = reading.best
    if best.kind == "note":
        ident = f"knowledge:{best.item}"
        note = Passage(ident, "knowledge", best.text, reading.sure, ident, best.title)
        return Found(best.text, lead="" if best.item.startswith(UNLED) else lead, note=note)
    text = best.item if best.kind in WHOLE else _with_neighbour(reading)
    step = best.number if best.kind == "step" else 0
    return Found(text, best.item if best.kind in ("step", "ingredient") else "", step, lead)


def verdict(reading: Reading) -> str:
    """What is said first: "Yes", "No", or nothing."""
    yes, no = reading.verdict
    if reading.sure < CERTAIN:
        return ""
    return "Yes" if yes >= SAYS_YES else "No" if no >= SAYS_YES else ""


def likely(reading: Reading, found: Found) -> bool:
    """Whether the reader, not certain of anything, finds likely what the words alone found."""
    if reading.sure >= CERTAIN:
        return False
    return sum(p for c, p in reading.ranked if c.text and c.text in found.text) >= AGREES


def act_in(reading: Reading | None, asks: bool, wants_next: bool = False) -> str:
    """The act that the reader takes a turn for, or "" where that is a text, or it is not sure.

    Args:
        reading: What the reader said, or None where it was not asked.
        asks: Whether the words ask something else than what to do next.
        wants_next: Whether they ask for the next step.
    """
    if reading is None:
        return ""
    nexts = reading.mass("next")
    if not asks and nexts >= MOVES:
        return "next"
    if not (asks or wants_next) and reading.mass("next", "ok") >= SURE:
        return "ok"  # one or the other: a step passed over is worse than one "next" more
    best = reading.best.kind
    unfit = ("next", "ok") if asks else ("next",)  # a question is no remark
    return best if best in ACTS and best not in unfit and reading.sure >= SURE else ""


def told_of(reading: Reading, recipe: Recipe, at: int) -> str:
    """The act that words are which ask nothing, where the reader is of two minds between it and the sentence that they
    echo ("knife slips through like nothing"); or "".
    """
    if reading.best.kind in ACTS or reading.sure >= READ or not 0 < at <= len(recipe.steps):
        return ""
    nexts, oks, last = reading.mass("next"), reading.mass("ok"), len(split(recipe.steps[at - 1]))
    ends = sum(p for c, p in reading.ranked if c.kind == "step" and c.number == at and c.part == last)
    if nexts >= oks:
        return "next" if nexts >= HEARD and nexts + ends >= SURE else ""
    return "ok" if nexts + oks >= HEARD else ""


def elsewhere(reading: Reading | None, at: int, wants_next: bool, follows: bool) -> str:
    """The act that a turn is which asks nothing, and is about another step than the one at hand: a report; or "".

    Args:
        reading: What the reader said, or None where it was not asked.
        at: Number of the step at hand.
        wants_next: Whether the words ask for the next step.
        follows: Whether the cook is believed to be where they say ("next"); else only a late report is heard ("ok").
    """
    if reading is None or reading.best.kind != "step" or reading.sure < SURE or reading.best.number == at:
        return ""
    if reading.best.number > at:
        return "next" if follows else ""
    return "" if wants_next else "ok"


def later_in(reading: Reading | None, at: int) -> int:
    """Number of a step after the one at hand whose sentences the reader takes for what is spoken of, or 0."""
    if reading is None or reading.best.kind != "step" or reading.best.number <= at:
        return 0
    number = reading.best.number
    share = sum(p for c, p in reading.ranked if c.kind == "step" and c.number == number)
    return number if share >= SURE else 0


def left_of(reading: Reading | None, said: str, recipe: Recipe, at: int) -> str:
    """The sentences of the step at hand that come after the one a remark is about ("the chicken is in"), or "" where
    there are none, the reader is not sure which it is, or the remark names nothing of the step.
    """
    if reading is None or reading.best.kind != "ok" or not 0 < at <= len(recipe.steps):
        return ""
    step = recipe.steps[at - 1]
    sentence, share = reading.within(at)
    if sentence is None or share < PLACED or not stems(said) & stems(step):
        return ""
    return " ".join(split(step)[sentence.part :])


def _with_neighbour(reading: Reading) -> str:
    """The sentence, and the second best if it stands in the same place and is nearly as likely, in their order."""
    best = reading.best
    others = [
        c
        for c, p in reading.ranked[1:4]
        if c.kind == best.kind and c.number == best.number and p >= BESIDE * reading.sure
    ]
    kept = sorted((best, *others[:1]), key=lambda c: c.part)
    return " ".join(c.text for c in kept)
