"""What is said when the student's own words may not be: the sentences of the best passage that answer the question.

Retrieval scores its passages by a softmax over all that could be meant, so the best one's score says how sure it is.
Below ``SURE`` the honest answer is that the recipe does not say.
"""

import re
from collections.abc import Sequence

from bot.gate import says_nothing
from bot.page.holding import holds
from bot.page.places import mentions
from bot.page.question import Question, went_wrong
from bot.page.stems import root
from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types
from retrieval.passage import Passage
from retrieval.recipe import Recipe
from retrieval.sentences import split
from retrieval.text import content_words

SURE = 0.4
LEAST = 0.25  # the same for a passage that explains, when the question asks for an explanation
LIKELY = 0.15  # what is less likely than this to be meant is not quoted in answer to a question
LONGEST = 90  # words, what a note has at most; a longer passage is cut to its first sentences that fit
_WANTED = {  # kind of question → what a sentence must offer to answer it
    "how_long": "time",
    "how_hot": "degrees",
    "how_much": "amount",
    "until": "until",
    "tool": "tool",
}

_HELD = ("time", "heat", "size", "often", "amount", "store")  # a passage without it is no answer
_ASKS = re.compile(
    r"\?|\b(?:how|what|which|when|where|why|who)\b|^\W*(?:can|could|do|does|is|are|should|will|would|may)\b",
    re.IGNORECASE,
)
_MOVES = {"next", "done", "first", "repeat", "list"}
_EXPLAINED = {"substitute", "why", "store", "confirm"}
_MEASURED = {"how_long", "how_hot", "how_much"}
_KEEPING = re.compile(
    r"\bstor(?:e|ed|ing)\b|freez|refrigerat|\bfridge\b|leftover|in advance|ahead of time|\b(?:day|night) before\b"
)
# Said of any step: these words do not tell which one is meant.
_OF_ANY = frozenset(
    content_words(
        "long much many more time minutes hours total hot warm high low temperature heat degrees amount need take use "
        "cook cooking leave let keep go do make get set put add clarify exactly recipe step dish "
        "oven pan pot bowl skillet saucepan grill stove rack"
    )
)
_REASON = re.compile(r"\bwhy\b|\bwhat for\b|\breason\b")


def asks(text: str) -> bool:
    """Whether a text asks something."""
    return bool(_ASKS.search(text))


def fitting(question: Question, recipe: Recipe | None, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    """Of what retrieval found, that which may answer a question of a known kind that the recipe's own sentences do not
    answer: notes and entries that name its foods and most of what it is about, and hold what it asks for. Where nothing
    is named and no recipe is open, none does.
    """
    topic = question.about | question.tools
    if went_wrong(question.said) or not (question.asks or (recipe is None and not topic)):
        return tuple(passages)
    if "mean" in question.kinds:  # what a word means stands in the entry about it
        return tuple(p for p in passages if p.kind == "knowledge" and all(mentions(w, p.title) for w in topic))
    if not question.kinds and topic:
        return tuple(p for p in passages if p.kind in ("note", "knowledge") or any(mentions(w, p.text) for w in topic))
    needed = [kind for kind in question.kinds if kind in _HELD]
    return tuple(
        passage
        for passage in passages
        if passage.kind in ("note", "knowledge")
        and topic
        and 2 * sum(mentions(word, passage.text) for word in topic) >= len(topic)
        and all(mentions(root(food), passage.text) for food in question.foods)
        and (not needed or any(holds(kind, passage.text) for kind in needed))
    )


def best(question: str, recipe: Recipe | None, passages: Sequence[Passage]) -> Passage | None:
    """The passage to answer from, or None where retrieval is not sure of any. Without a recipe there is only knowledge
    to find, in which many entries are alike: less is enough.

    Steps and ingredient lines say what to do; whether something else would do, why, and what to do when it went wrong
    stands in notes and knowledge entries, so these come first for such questions.
    """
    if not passages:
        return None
    top = passages[0].score
    first = next((passage for passage in passages if passage.kind in ("note", "knowledge")), None)
    if went_wrong(question):
        return first
    asked = {kind for kind, is_ in zip(QUESTION_TYPES, question_types(question), strict=True) if is_}
    keeping = bool(_KEEPING.search(question.lower()))
    keeps = keeping and offers(passages[0].text)[OFFERS.index("store")]
    if asked & _EXPLAINED and not keeps:
        if first is not None and first.score >= max(LEAST, top / 2):
            return first
        if _REASON.search(question.lower()):
            return None  # steps say what, not why
        if not asked & set(_WANTED) and not set(content_words(question)) & set(content_words(passages[0].text)):
            return None  # "can I add feta?": a step without feta does not say
    found = passages[0] if top >= (SURE if recipe is not None else LEAST / 2) else None
    if found is not None and found.kind in ("step", "ingredient", "description"):
        if keeping and not keeps:
            return None  # "can I store it?": a step that does not speak of storing does not say
        words = set(content_words(question)) - _OF_ANY
        # "How long should I stir?" is about a step that stirs, if the recipe has one.
        if asked & _MEASURED and recipe is not None and words & set(content_words(" ".join(recipe.items))):
            return next(
                (p for p in (found, *passages) if p.score >= LEAST and words & set(content_words(p.text))), None
            )
    return found


def pages(question: str, recipe: Recipe | None, passages: Sequence[Passage], known: bool = False) -> list[str]:
    """What an answer may quote: for a question what retrieval finds likely, or nothing where it is not sure at all;
    for everything else, the next step included, the whole recipe and all that was found. A question of a ``known`` kind
    (see :mod:`bot.page.question`) is never for everything else.
    """
    asked = {kind for kind, is_ in zip(QUESTION_TYPES, question_types(question), strict=True) if is_}
    if (
        recipe is not None
        and not known
        and not went_wrong(question)
        and (not _ASKS.search(question) or not asked or asked & _MOVES)
    ):
        return [*recipe.items, *(passage.text for passage in passages)]
    found = best(question, recipe, passages)
    if found is None:
        return []
    if found.id.startswith(("knowledge:safe", "knowledge:stor")):
        return []  # what is safe to eat is said as it is written, never in the student's words
    if found.kind in ("knowledge", "note"):
        return [found.text]  # two entries mixed are no answer
    return [passage.text for passage in passages if passage.score >= LIKELY]


def excerpt(question: str, text: str) -> str:
    """The part of a passage that answers: of several sentences those that offer what is asked ("how long?": a time),
    or the first ones where none does or nothing in particular is asked.
    """
    sentences = split(text)
    asked = dict(zip(QUESTION_TYPES, question_types(question), strict=True))
    for kind, offer in _WANTED.items():
        if asked[kind]:
            column = OFFERS.index(offer)
            found = [sentence for sentence in sentences if offers(sentence)[column]]
            if found:
                return found[0]
    kept: list[str] = []
    for sentence in sentences:
        if kept and sum(len(s.split()) for s in (*kept, sentence)) > LONGEST:
            break
        kept.append(sentence)
    return " ".join(kept)


def beside_the_point(question: str, passage: Passage | None, sentence: str) -> bool:
    """Whether a sentence leaves out what is asked ("how long?": a time) although the passage has it."""
    asked = dict(zip(QUESTION_TYPES, question_types(question), strict=True))
    return passage is not None and any(
        asked[kind] and offers(passage.text)[column] and not offers(sentence)[column]
        for kind, column in ((kind, OFFERS.index(offer)) for kind, offer in _WANTED.items() if kind in _MEASURED)
    )


def missing(steps: Sequence[str], told: str) -> list[str]:
    """Sentences of the steps that a telling leaves out, in order: a word of theirs that says something is not in it
    ("By the thighs in the sauce" for "Bury the thighs in the sauce").
    """
    said = set(content_words(told))
    sentences = [part for step in steps for part in split(step)]
    return [s for s in sentences if set(content_words(s)) - said]


def in_order(steps: Sequence[str], told: str, sentence: str) -> bool:
    """Whether a sentence goes on where the telling of the steps is: it tells the first that is missing, or nothing."""
    before, after = missing(steps, told), missing(steps, f"{told} {sentence}")
    return after == before[len(before) - len(after) :] and (len(after) < len(before) or says_nothing(sentence))
