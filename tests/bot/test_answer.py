"""What the student says passes the gate sentence by sentence."""

import pytest

from bot.gate import says_nothing
from bot.instead import NOT_SURE
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
    assert bench.say("is it a dish from Tunisia", on_text=shown.append).text == NOT_SURE
    assert shown == [NOT_SURE]
    bench.passages.append(Passage("knowledge:x", "knowledge", "It is a dish from Tunisia.", 0.8))
    assert bench.say("is it a dish from Tunisia").text == "It is a dish from Tunisia."


def test_what_is_asked_in_other_words_is_answered_from_the_nearest_sentence(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (SHAKSHUKA.steps[0],), "Sure.")
    reply = bench.say("tell me about the onion")
    assert reply.text == f"Step 2: {SHAKSHUKA.steps[1]}"
    assert reply.shared == (SHAKSHUKA.steps[1],)
    assert reply.card == (), "a card does not say it twice"


def test_a_list_is_announced_whatever_retrieval_found(bench: Bench) -> None:
    bench.say("test shakshuka")
    lines = tuple(line.text for line in SHAKSHUKA.ingredients)
    bench.student.act = Act("ask_question_ingredients_tools", "return_list_ingredients_tools", lines, "Take a pig.")
    bench.passages.append(Passage("knowledge:x", "knowledge", "A breast of chicken weighs 6 ounces.", 0.9))
    reply = bench.say("what am I going to want for cooking this")
    assert reply.text == "Here are the ingredients you need."
    assert reply.shared == lines


def test_retrieval_that_is_not_sure_does_not_answer(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_recipe_steps", (SHAKSHUKA.steps[0],), "Sure.")
    bench.passages.append(Passage("knowledge:x", "knowledge", "Wine goes with cheese.", 0.2))
    assert bench.say("is it a dish from Tunisia").text == NOT_SURE


def test_what_stands_on_the_page_is_read_out(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("step 3")
    bench.student.act = Act("request_next_step", "return_next_step", (SHAKSHUKA.steps[3],), "Make four wells.")
    shown: list[str] = []
    reply = bench.say("how long did the onion take?", on_text=shown.append)
    assert reply.text == f"Step 2: {SHAKSHUKA.steps[1]}"
    assert shown == [reply.text]
    assert reply.shared == (SHAKSHUKA.steps[1],)
    assert not reply.guarded
    assert bench.session.step == 3, "a question moves nowhere"
    assert bench.student.asked[-1][1].max_tokens == 1, "its words are not needed"


def test_a_question_that_the_page_does_not_answer_gets_no_step(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("next")
    step = SHAKSHUKA.steps[1]
    bench.student.act = Act("request_next_step", "return_next_step", (step,), step)
    bench.passages.append(Passage("x#step-2", "step", step, 0.9))
    reply = bench.say("can I use a blender for this?")
    assert reply.text == NOT_SURE
    assert reply.shared == ()
    assert bench.session.step == 1


def test_a_note_that_is_about_it_answers_what_the_recipe_does_not(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("next")
    bench.student.act = Act("ask_question_recipe_steps", "answer_question_external_fact", (), "Bananas are yellow.")
    bench.passages.append(Passage("knowledge:x", "knowledge", "Bananas are yellow.", 0.9))
    assert bench.say("why do onions make me cry?").text == NOT_SURE
    bench.passages[:] = [Passage("knowledge:y", "knowledge", "Onions make you cry because they sulk.", 0.9)]
    assert bench.say("why do onions make me cry?").text == "Onions make you cry because they sulk."


def test_whether_something_comes_now_may_be_the_next_step(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("next")
    step = SHAKSHUKA.steps[1]
    bench.student.act = Act("request_next_step", "return_next_step", (step,), step)
    reply = bench.say("should I cook the onion now?")
    assert reply.text == step
    assert bench.session.step == 2


def test_small_talk_that_nothing_is_said_to_is_taken_up(bench: Bench) -> None:
    bench.student.act = Act("chitchat", "chitchat", (), "Purple elephants dance.")
    assert "What would you like to cook?" in bench.say("haha you are funny").text
    bench.say("test shakshuka")
    assert '"next"' in bench.say("haha you are funny").text


def test_a_move_is_never_worded_as_a_doubt(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("", "", (), "Heat the pan, the recipe doesn't say.")
    assert bench.say("next").text == SHAKSHUKA.steps[0]


def test_small_talk_may_say_nothing(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("chitchat", "chitchat", (), "You're welcome!")
    assert bench.say("aren't you a patient one").text == "You're welcome!"


@pytest.mark.parametrize("said", ["It is fine.", "That's okay!", "All is good."])
def test_a_student_does_not_say_that_all_is_well(bench: Bench, said: str) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("chitchat", "chitchat", (), said)
    assert bench.say("my pan looks a bit odd to me").text.startswith("All right.")


def test_what_follows_a_reassurance_is_said_with_it(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("", "", (), f"That's fine. {SHAKSHUKA.steps[0]}")
    assert bench.say("next").text == f"That's fine. {SHAKSHUKA.steps[0]}"


def test_an_opening_is_held_until_something_follows(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.student.act = Act("", "", (), f"Sure. {SHAKSHUKA.steps[0]}")
    shown: list[str] = []
    told = f"Sure. {SHAKSHUKA.steps[0]}"
    assert bench.say("next", on_text=shown.append).text == told
    assert shown == [told]


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
