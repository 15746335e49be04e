"""What is put on the card beside a reply's text."""

from bot.messages import Reply

STEP = "Remove the pork from the oven. Let it rest for 10 minutes."


def reply(text: str, intent: str) -> Reply:
    return Reply(1, text, shared=(STEP,), intent=intent, title="Step 2 of 5")


def test_a_step_that_is_told_whole_is_on_no_card() -> None:
    told = reply("Remove pork from the oven. Let it rest for 10 minutes.", "return_next_step")
    assert told.card == ()
    assert told.place == "Step 2 of 5"
    assert reply("Remove the pork from the oven.", "return_next_step").card == ()  # a part of it, verbatim
    assert reply("Take it out now.", "return_next_step").card == (STEP,)


def test_of_a_step_that_is_asked_about_the_answer_is_enough() -> None:
    assert reply("Step 2: Let it rest for 10 minutes.", "answer_question_recipe_steps").card == ()
    assert reply("Yes.", "answer_question_recipe_steps").card == (STEP,)
