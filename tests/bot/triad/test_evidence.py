"""What is judged: the contexts a reply rests on, and the scores that mean something for it."""

import pytest

from bot.store import TurnRow
from bot.triad.evidence import ANSWER, CONTEXT, GROUNDED, Evidence, claims_nothing, evidence
from model.vocabulary import Act
from retrieval.passage import Passage
from tests.conftest import KNOWLEDGE, SHAKSHUKA, Bench


def last(bench: Bench, text: str, answer: str | None = None) -> Evidence:
    """What the reply to a message is judged by; ``answer`` replaces what was said."""
    reply = bench.say(text)
    with bench.store.write() as db:
        turn = db.get(TurnRow, reply.id)
        assert turn is not None
        if answer is not None:
            turn.text, turn.shared = answer, []
    pages = {SHAKSHUKA.url: SHAKSHUKA, **{f"knowledge:{entry.id}": entry for entry in KNOWLEDGE}}
    return evidence(turn, pages.get)


def test_a_step_that_code_chose_has_nothing_searched_and_nothing_asked(bench: Bench) -> None:
    bench.say("test shakshuka")
    worded = f"Sure! {SHAKSHUKA.steps[0]}"
    bench.student.act = Act("request_next_step", "return_next_step", (), worded)
    case = last(bench, "next")
    assert set(case.omitted) == {CONTEXT, ANSWER}
    assert case.contexts[0] == SHAKSHUKA.steps[0]
    assert worded in case.answer
    assert case.applies


def test_scaled_lines_are_judged_as_the_cook_saw_them(bench: Bench) -> None:
    bench.say("test shakshuka")
    case = last(bench, "make it for 4")
    assert "8 eggs" in case.contexts
    assert "4 eggs" not in case.contexts
    assert "Test Shakshuka, step 0 of 5, for 4 servings." in case.contexts
    assert set(case.omitted) == {CONTEXT, GROUNDED, ANSWER}
    assert not case.applies


def test_an_answer_rests_on_passages_and_on_the_lines_it_uses(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("next")
    bench.passages.append(Passage("k", "knowledge", "Wells keep the eggs apart."))
    text = "Make four wells and crack in the eggs. Cover and cook 5 minutes."
    case = last(bench, "why are there wells?", text)
    assert case.omitted == {}
    assert case.contexts[0] == "Wells keep the eggs apart."
    assert SHAKSHUKA.steps[0] in case.contexts  # the step at hand
    assert SHAKSHUKA.steps[3] in case.contexts  # the one that the answer uses
    assert SHAKSHUKA.steps[2] not in case.contexts


@pytest.mark.parametrize(
    ("answer", "claims"),
    [
        ("I am not sure: the recipe does not say.", False),
        ("I am not sure, but this may help: Wells keep the eggs apart.", True),
    ],
)
def test_what_is_told_with_a_doubt_is_judged_and_a_doubt_alone_is_not(bench: Bench, answer: str, claims: bool) -> None:
    bench.say("test shakshuka")
    bench.passages.append(Passage("k", "knowledge", "Wells keep the eggs apart."))
    assert (GROUNDED not in last(bench, "why are there wells?", answer).omitted) == claims


def test_courtesy_is_not_judged(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("chitchat", "chitchat", (), "Great! Let me know when you are ready.")
    case = last(bench, "that smells wonderful already")
    assert not case.applies
    assert "claims nothing" in case.omitted[GROUNDED]


def test_a_question_that_got_only_courtesy_is_judged_as_an_answer(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.passages.append(Passage("k", "knowledge", "Wells keep the eggs apart."))
    case = last(bench, "why are there wells?", "Sure, go ahead!")
    assert set(case.omitted) == {GROUNDED}


def test_arithmetic_is_on_no_page_but_answers_the_question(bench: Bench) -> None:
    case = last(bench, "how many grams is 2 cups of flour")
    assert set(case.omitted) == {CONTEXT, GROUNDED}
    assert case.contexts == ()


def test_what_cannot_be_read_is_not_judged(bench: Bench) -> None:
    assert not last(bench, "\x00\x01").applies


def test_a_note_that_code_quotes_is_judged_whole(bench: Bench) -> None:
    case = last(bench, "what can I use instead of butter?")
    assert case.omitted == {}
    assert "Use the same amount of margarine." in case.contexts
    assert "Instead of butter: margarine (1:1)." in case.contexts


@pytest.mark.parametrize(
    ("text", "nothing"),
    [
        ("Done, next?", True),
        ("Great! Let me know when you are ready.", True),
        ("You're welcome!", True),
        ("", True),
        ("Done in 5 minutes.", False),
        ("Yes.", False),
        ("Use butter.", False),
    ],
)
def test_claims_nothing(text: str, nothing: bool) -> None:
    assert claims_nothing(text) is nothing
