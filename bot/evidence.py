"""What is said when the student's own words may not be: the sentences of the best passage that answer the question.

Retrieval scores its passages by a softmax over all that could be meant, so the best one's score says how sure it is.
Below ``SURE`` the honest answer is that the recipe does not say.
"""

import re
from collections.abc import Sequence

from retrieval.asking import OFFERS, QUESTION_TYPES, offers, question_types
from retrieval.passage import Passage

SURE = 0.4
LONGEST = 60  # words; a longer passage is cut to its first sentences that fit
_WANTED = {  # kind of question → what a sentence must offer to answer it
    "how_long": "time",
    "how_hot": "degrees",
    "how_much": "amount",
    "until": "until",
    "tool": "tool",
}


def best(passages: Sequence[Passage]) -> Passage | None:
    """The passage that retrieval is sure of, or None."""
    return passages[0] if passages and passages[0].score >= SURE else None


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
