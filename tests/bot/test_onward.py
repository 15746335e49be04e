"""What moves a cook on: the reader's word, a report with "next", and no report of something that wants help."""

import pytest

from bot.settings import Settings
from bot.store import Store
from model.reader import Candidate
from model.reader.reader import Reading
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock

STEPS = ("Blend the tomatoes.", "Fry the onion.", "Pour the sauce in.")
NEXT, HELP = Candidate("next"), Candidate("tip", "A knife does, too.", "A knife does, too.", 1, 1)


@pytest.fixture
def salsa(settings: Settings, store: Store, clock: Clock) -> Bench:
    bench = cooking_from((settings, store, clock), recipe_of("Test Salsa", ("2 tomatoes", "1 onion"), STEPS))
    bench.say("start")
    return bench


def reads(bench: Bench, monkeypatch: pytest.MonkeyPatch, *ranked: tuple[Candidate, float]) -> None:
    monkeypatch.setattr(bench.assistant.answerer, "read", lambda *_: Reading(ranked))


def test_what_the_reader_takes_for_done_moves_on(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (NEXT, 0.9), (HELP, 0.1))
    reply = salsa.say("red pulp everywhere")
    assert (reply.action, salsa.session.step) == ("next", 2)


def test_a_report_that_the_page_answers_is_no_next(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (HELP, 0.8), (NEXT, 0.2))
    reply = salsa.say("blender packed in last week, now what")
    assert (reply.text, salsa.session.step) == ("A knife does, too.", 1)
    reads(salsa, monkeypatch, (NEXT, 0.8), (HELP, 0.2))
    salsa.say("tomatoes all blended, now what")
    assert salsa.session.step == 2


def test_a_bare_command_is_never_read(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (HELP, 1.0))
    salsa.say("ok, what's next?")
    assert salsa.session.step == 2


def test_after_the_last_step_a_problem_is_no_farewell(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    salsa.say("step 3")
    reads(salsa, monkeypatch, (HELP, 0.8), (NEXT, 0.1))
    assert salsa.say("tastes of nothing").text == "A knife does, too."
    reads(salsa, monkeypatch, (NEXT, 0.8), (HELP, 0.1))
    assert salsa.say("that went well").text.startswith("That was the last step")


def test_nothing_known_is_said_so_and_a_remark_stays(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (Candidate("none"), 0.8), (HELP, 0.1))
    assert salsa.say("how much iron is in it?").text.startswith("I am not sure")
    reads(salsa, monkeypatch, (Candidate("ok"), 0.8), (HELP, 0.1))
    assert salsa.say("the kids are helping").text.startswith("All right.")
    assert salsa.session.step == 1


def at(number: int) -> Candidate:
    return Candidate("step", STEPS[number - 1], STEPS[number - 1], number, 1)


def test_a_cook_who_is_ahead_is_met_there(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (at(2), 0.8), (NEXT, 0.1))
    reply = salsa.say("the onion is fried already")  # of the very next step: that is told
    assert (reply.action, salsa.session.step) == ("next", 2)
    assert reply.title == "Step 2 of 3"
    salsa.say("back")
    reply = salsa.say("onion is fried, what now")
    assert (reply.action, salsa.session.step) == ("next", 3)
    assert reply.text.startswith("Then steps 1 to 2 are done. Step 3 of 3.")
    assert STEPS[2] in f"{reply.text} {reply.card}"


def test_what_lies_between_is_not_passed_over_by_a_mere_report(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    reply = salsa.say("sauce is in already")
    assert salsa.session.step == 1
    assert reply.text.startswith('That is in step 3 already. Say "next" for step 2')
    assert "go to step 3" in {button.text for button in reply.buttons}
    salsa.say("go to step 3")
    assert salsa.session.step == 3


def test_a_question_about_a_later_step_is_answered_and_moves_nobody(
    salsa: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    reply = salsa.say("where does the sauce go?")
    assert salsa.session.step == 1
    assert STEPS[2] in reply.text


def test_a_late_report_is_only_heard(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    salsa.say("step 3")
    reads(salsa, monkeypatch, (at(2), 0.8), (NEXT, 0.1))
    reply = salsa.say("the onion is fried by the way")
    assert salsa.session.step == 3
    assert STEPS[1] not in reply.text
    assert not reply.card
