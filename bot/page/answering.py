"""What answers a turn: the reader's choice and what the words alone find, weighed against each other."""

from bot.page.finding import find
from bot.page.places import Found
from bot.page.question import Question, asks_for_next, went_wrong
from bot.page.reading import act_in, answer_in, elsewhere, likely, perhaps_in, told_of
from bot.page.troubles import condition, trouble
from bot.page.undone import undone
from bot.words import regular
from model.reader.reader import Reading
from retrieval.recipe import Recipe

_MEASURES = frozenset(
    ("time", "heat", "size", "amount", "count", "often", "until", "store", "with", "drink", "tool", "sort")
)


def answering(
    reading: Reading | None, question: Question, recipe: Recipe, at: int, goes: bool, follows: bool = False
) -> tuple[Found | None, str]:
    """What answers, and the act that the reader takes a turn for; without a reader, what the words alone tell.

    Args:
        reading: What the reader makes of the turn, or None where it was not asked.
        question: What the cook asks for.
        recipe: The recipe as this cook sees it.
        at: Number of the step at hand, 0 before the first.
        goes: Whether the words may mean "done, what is next?".
        follows: Whether a cook who reports of a later step is believed to be there.
    """
    if (short := undone(question.said, recipe, at)) is not None:
        return short, ""
    by_words = _by_words(question, recipe, at, goes)
    if reading is None:
        return by_words, ""
    if not (question.asks or "?" in question.said or went_wrong(question.said)) and (
        act := told_of(reading, recipe, at)
    ):
        return None, act
    wants_next = asks_for_next(regular(question.said))
    act = act_in(reading, question.asks, wants_next)
    if not act and not question.asks and not went_wrong(question.said):
        act = elsewhere(reading, at, wants_next, follows)
    if act != "next" and by_words is not None and likely(reading, by_words):
        return by_words, ""
    if act:
        return None, act
    found = answer_in(reading)
    if found is None and (question.asks or went_wrong(question.said)):
        found = perhaps_in(reading)
    return found, "" if found is not None or not question.asks else "none"


def _by_words(question: Question, recipe: Recipe, at: int, goes: bool) -> Found | None:
    """What the page says to a question, or to a remark on what went wrong."""
    wrong = went_wrong(question.said)
    if question.asks and not wrong and "lack" not in question.kinds:
        found = find(question, recipe, at)
        if found is not None or _MEASURES.intersection(question.kinds):
            return found
        return trouble(question.said, recipe) or condition(question.said, recipe, at)
    if goes and not wrong:
        return None
    return (
        trouble(question.said, recipe, wrong)
        or condition(question.said, recipe, at)
        or (find(question, recipe, at) if set(question.kinds) - {"if", "lack"} else None)
    )
