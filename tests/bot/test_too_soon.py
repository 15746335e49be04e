"""A cook who was moved on too soon says so, and one who wants a moment gets it."""

import pytest

from bot.messages import Message
from tests.conftest import Bench


@pytest.fixture
def cooking(bench: Bench) -> Bench:
    bench.say("test shakshuka")
    bench.say("next")
    return bench


@pytest.mark.parametrize(
    "said",
    [
        "not yet", "wait, it's not done yet", "whoa, too fast!", "I'm still on the last step", "you skipped a step",
        "slow down", "i haven't finished that step", "hold on, i'm not done with that", "still working on that",
    ],
)  # fmt: skip
def test_who_was_moved_too_soon_is_taken_back(cooking: Bench, said: str) -> None:
    cooking.say("go to step 3")
    reply = cooking.say(said)
    assert cooking.session.step == 1
    assert reply.text.startswith("Back to step 1.")
    assert cooking.say(said).action != "back"
    assert cooking.session.step == 1  # nothing moved since: it is said of the step at hand


def test_later_it_is_the_step_at_hand_that_is_not_done(cooking: Bench) -> None:
    for said, step in (("it's not done yet", 3), ("you skipped a step", 1)):
        cooking.say("step 1")
        cooking.say("go to step 3")
        cooking.clock.now += 15 * 60
        cooking.say(said)
        assert cooking.session.step == step, said


def test_not_yet_is_no_to_what_was_asked(cooking: Bench) -> None:
    cooking.say("step 3")
    greeting = cooking.assistant.greeting(Message("kitchen", "cook", "", "0"))
    assert greeting is not None
    assert "go on?" in greeting.text
    assert cooking.say("not yet").text == "All right. What would you like to cook instead?"


def test_a_moment_moves_nowhere(cooking: Bench) -> None:
    for said in ("hold on", "one sec", "wait, give me a minute"):
        assert cooking.say(said).text == "All right. I am here when you need me."
        assert cooking.session.step == 1
