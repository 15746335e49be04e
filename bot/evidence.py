"""What is said when the student's own words may not be: the sentences of the best passage that answer the question.

Retrieval scores its passages by a softmax over all that could be meant, so the best one's score says how sure it is.
Below ``SURE`` the honest answer is that the recipe does not say.
"""

import re
from collections.abc import Sequence

from bot.gate import says_nothing
from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types
from retrieval.passage import Passage
from retrieval.recipe import Recipe
from retrieval.text import content_words

SURE = 0.4
LEAST = 0.25  # the same for a passage that explains, when the question asks for an explanation
LIKELY = 0.15  # what is less likely than this to be meant is not quoted in answer to a question
TOLD = 0.5  # share of a sentence's content words that makes it told
LONGEST = 60  # words; a longer passage is cut to its first sentences that fit
_WANTED = {  # kind of question → what a sentence must offer to answer it
    "how_long": "time",
    "how_hot": "degrees",
    "how_much": "amount",
    "until": "until",
    "tool": "tool",
}

_ASKS = re.compile(
    r"\?|\b(?:how|what|which|when|where|why|who)\b|^\W*(?:can|could|do|does|is|are|should|will|would|may)\b",
    re.IGNORECASE,
)
_MOVES = {"next", "done", "first", "repeat", "list"}
_EXPLAINED = {"substitute", "why", "store", "confirm"}
_REASON = re.compile(r"\bwhy\b|\bwhat for\b|\breason\b")
_TROUBLE = re.compile(
    r"\btoo (?:thin|much|little|thick|salty|sweet|sour|spicy|hot|dry|wet|sticky|runny|watery|bland|soft|hard|dark|"
    r"greasy|oily|dense|tough|crumbly|bitter)\b|\b(?:burnt|curdled|lumpy|collapsed|sank|soggy|went wrong|ruined)\b|"
    r"\b(?:is|are|has|have|it|sauce|mayo\w*|hollandaise|custard|cream) (?:split|broken?|stuck|separated|burned)\b|"
    r"\b(?:won't|did(?:n't| not)|is(?:n't| not)) (?:ris|set|thicken)"
)


def went_wrong(text: str) -> bool:
    """Whether a cook tells of something that went wrong."""
    return bool(_TROUBLE.search(text.lower()))


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
    if asked & _EXPLAINED:
        if first is not None and first.score >= max(LEAST, top / 2):
            return first
        if _REASON.search(question.lower()):
            return None  # steps say what, not why
        if not asked & set(_WANTED) and not set(content_words(question)) & set(content_words(passages[0].text)):
            return None  # "can I add feta?": a step without feta does not say
    return passages[0] if top >= (SURE if recipe is not None else LEAST / 2) else None


def pages(question: str, recipe: Recipe | None, passages: Sequence[Passage]) -> list[str]:
    """What an answer may quote: for a question what retrieval finds likely, or nothing where it is not sure at all;
    for everything else, the next step included, the whole recipe and all that was found.
    """
    asked = {kind for kind, is_ in zip(QUESTION_TYPES, question_types(question), strict=True) if is_}
    if recipe is not None and not went_wrong(question) and (not _ASKS.search(question) or not asked or asked & _MOVES):
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
    sentences = [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]
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


def missing(steps: Sequence[str], told: str) -> list[str]:
    """Sentences of the steps that a telling leaves out, in order: most of what they say is not in it."""
    said = set(content_words(told))
    sentences = [part for step in steps for part in re.split(r"(?<=[.!?])\s+", step.strip()) if part]
    return [s for s in sentences if (own := set(content_words(s))) and len(own & said) < TOLD * len(own)]


def in_order(steps: Sequence[str], told: str, sentence: str) -> bool:
    """Whether a sentence goes on where the telling of the steps is: it tells the first that is missing, or nothing."""
    before, after = missing(steps, told), missing(steps, f"{told} {sentence}")
    return after == before[len(before) - len(after) :] and (len(after) < len(before) or says_nothing(sentence))
