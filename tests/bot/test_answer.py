"""What the student says passes the gate sentence by sentence."""

import pytest

from bot.answer import NOT_SURE
from bot.gate import says_nothing
from model.vocabulary import Act
from retrieval.passage import Passage
from tests.conftest import SHAKSHUKA, Bench


@pytest.mark.parametrize(
    "text", ["No problem.", "Sure, go ahead!", "Of course.", "You're welcome!", "Okay, that is fine.", "..."]
)
def test_says_nothing(text: str) -> None:
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text", ["Yes.", "No.", "Yes, you can.", "15 minutes.", "Until golden.", "Use butter.", "No, not yet."]
)
def test_says_something(text: str) -> None:
    assert not says_nothing(text)


def test_a_question_is_not_answered_with_nothing(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "No problem.")
    shown: list[str] = []
    assert bench.say("which pan is best for this one", on_text=shown.append).text == NOT_SURE
    assert shown == [NOT_SURE]
    bench.passages.append(Passage("knowledge:x", "knowledge", "A wide pan is best.", 0.8))
    assert bench.say("which pan is best for this one").text == "A wide pan is best."


def test_retrieval_that_is_sure_answers_before_an_item_that_the_student_points_at(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (SHAKSHUKA.steps[0],), "Sure.")
    bench.passages.append(Passage("x#step-2", "step", SHAKSHUKA.steps[1], 0.9))
    reply = bench.say("which onion is best for this one")
    assert reply.text == SHAKSHUKA.steps[1]
    assert reply.shared == (SHAKSHUKA.steps[1],)
    assert reply.card == (), "a card does not say it twice"


def test_retrieval_that_is_not_sure_does_not_answer(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (SHAKSHUKA.steps[0],), "Sure.")
    bench.passages.append(Passage("knowledge:x", "knowledge", "Wine goes with cheese.", 0.2))
    assert bench.say("which onion is best for this one").text == NOT_SURE


def test_a_move_is_never_worded_as_a_doubt(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("", "", (), "Heat the pan, the recipe doesn't say.")
    assert bench.say("next").text == SHAKSHUKA.steps[0]


def test_small_talk_may_say_nothing(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("chitchat", "chitchat", (), "You're welcome!")
    assert bench.say("aren't you a patient one").text == "You're welcome!"


def test_an_opening_is_held_until_something_follows(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act(
        "ask_question_recipe_steps", "answer_question_recipe_steps", (), "Sure. In a wide pan over medium heat."
    )
    bench.passages.append(Passage("x#step-1", "step", SHAKSHUKA.steps[0], 0.8))
    shown: list[str] = []
    assert (
        bench.say("which pan is best for this one", on_text=shown.append).text
        == "Sure. In a wide pan over medium heat."
    )
    assert shown == ["Sure. In a wide pan over medium heat."]


def test_a_text_ends_where_it_begins_to_repeat_itself(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("", "", (), f"{SHAKSHUKA.steps[0]} Heat the pan over the oil. Heat the oil.")
    assert bench.say("next").text == SHAKSHUKA.steps[0]


def test_a_telling_of_a_step_is_made_whole(bench: Bench) -> None:
    bench.say("test shakshuka")
    for _ in range(3):
        bench.say("next")
    bench.student.act = Act("", "", (), "Make four wells and crack in the eggs.")
    shown: list[str] = []
    assert bench.say("next", on_text=shown.append).text == SHAKSHUKA.steps[3]
    assert "".join(shown) == SHAKSHUKA.steps[3]
