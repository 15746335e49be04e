"""What is said instead of the student's words."""

import pytest

from bot.evidence import LONGEST, best, excerpt
from retrieval.passage import Passage, PassageKind

STEP = "Heat the oven to 350°F. Bake the bread in a loaf pan until golden, about 40 minutes. Let it cool."


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how long does it bake?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("what temperature?", "Heat the oven to 350°F."),
        ("how will I know it's done?", "Bake the bread in a loaf pan until golden, about 40 minutes."),
        ("tell me more about it", STEP),
        ("how much salt?", "Heat the oven to 350°F."),
    ],
)
def test_the_sentence_that_offers_what_is_asked(question: str, answer: str) -> None:
    assert excerpt(question, STEP) == answer


def test_a_long_passage_is_cut_at_the_end_of_a_sentence() -> None:
    text = " ".join("Stir the pot now and then and taste it." for _ in range(20))
    cut = excerpt("and then?", text)
    assert cut.endswith(".")
    assert text.startswith(cut)
    assert len(cut.split()) <= LONGEST


def test_one_long_sentence_is_kept_whole() -> None:
    text = "Stir " + "and stir " * 80 + "again."
    assert excerpt("and then?", text) == text


def passage(kind: PassageKind, score: float, text: str = "Text.") -> Passage:
    return Passage(f"{kind}-{score}", kind, text, score)


def test_only_a_passage_that_retrieval_is_sure_of() -> None:
    assert best("how long?", ()) is None
    assert best("how long?", (passage("note", 0.2),)) is None
    sure = passage("note", 0.9)
    assert best("how long?", (sure, passage("note", 0.1))) == sure


@pytest.mark.parametrize("question", ["can I use frozen spinach?", "why do I press it?", "does it freeze?"])
def test_notes_explain_where_steps_only_tell(question: str) -> None:
    note = passage("note", 0.32)
    assert best(question, (passage("ingredient", 0.35), note)) == note
    assert best(question, (passage("step", 0.8), passage("note", 0.1))) == passage("step", 0.8)


def test_what_went_wrong_is_not_mended_by_the_step() -> None:
    mend = passage("knowledge", 0.03)
    assert best("my sauce is too thin, what do I do", (passage("step", 0.68), mend)) == mend
    assert best("how thin do I roll it", (passage("step", 0.68), mend)) == passage("step", 0.68)
