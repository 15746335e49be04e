"""What moves a cook on: the reader's word, a report with "next", and no report of something that wants help."""

import pytest

from bot.brief import NOT_SURE
from bot.settings import Settings
from bot.store import Store
from model.reader import Candidate
from model.reader.reader import Reading
from model.vocabulary import Act
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
    assert salsa.say("the kids are helping").text == 'All right. Say "next" when you are ready.'
    assert salsa.say("the kids are making a mess of it").text == "All right."  # how to go on they have just heard
    assert salsa.say("oops, the kids poured it down the sink").text == NOT_SURE  # that is not all right
    assert salsa.session.step == 1
    salsa.say("step 3")
    for told in ("All right. Tell me when it is done.", "All right.", "All right. Tell me when it is done."):
        assert salsa.say("the kids are helping").text == told


def test_a_question_that_may_be_answered_is_told_so(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    note = Candidate("note", "A knife does, too.", "tool-x", title="Knives")
    reads(salsa, monkeypatch, (note, 0.45), (Candidate("none"), 0.3), (NEXT, 0.1))
    reply = salsa.say("does it have to be the blender?")
    assert reply.text == "I am not sure, but this may help: A knife does, too."
    assert (reply.supported, salsa.session.step, reply.passages[0].text) == (True, 1, note.text)
    assert note.text not in salsa.say("the kids are helping").text  # which asks nothing


def test_who_has_begun_a_step_hears_the_rest_of_it(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("Brown the meat on all sides. Cover and braise for 20 minutes. Salt it.", "Serve it.")
    stew = cooking_from((settings, store, clock), recipe_of("Test Stew", ("1 pound beef",), steps))
    stew.say("start")
    first = Candidate("step", "Brown the meat on all sides.", steps[0], 1, 1)
    reads(stew, monkeypatch, (Candidate("ok"), 0.7), (NEXT, 0.2), (first, 0.08))
    reply = stew.say("meat has a crust")
    assert reply.text == "All right. Then: Cover and braise for 20 minutes. Salt it."
    assert (stew.session.step, reply.supported) == (1, True)
    assert [button.text for button in reply.buttons] == ["set a timer for 20 minutes"]
    note = Candidate("note", "Beef keeps 3 hours in brine.", "x", title="Brine")
    reads(stew, monkeypatch, (note, 0.9), (NEXT, 0.1))
    reply = stew.say("how long can it sit in brine")
    assert (reply.text, reply.buttons) == (note.text, ())  # a span in a note is nothing to time


def test_words_alone_move_nobody_on_whom_the_reader_does_not_see_done(
    salsa: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for nexts, step in ((0.1, 1), (0.3, 2)):
        reads(salsa, monkeypatch, (HELP, 0.4), (Candidate("none"), 0.4 - nexts), (NEXT, nexts))
        salsa.student.act = Act("request_next_step", "return_next_step", (STEPS[1],), STEPS[1])
        salsa.say("the tomatoes are in")
        assert salsa.session.step == step


def test_the_time_of_a_step_that_is_up_moves_on(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = ("Simmer the rice for 20 minutes.", "Serve it.")
    bench = cooking_from((settings, store, clock), recipe_of("Test Rice", ("1 cup rice",), steps))
    bench.say("start")
    reads(bench, monkeypatch, (HELP, 0.8), (NEXT, 0.1), (Candidate("ok"), 0.1))
    bench.say("20 minutes are up and it's like gravel")
    assert bench.session.step == 1
    reads(bench, monkeypatch, (Candidate("ok"), 0.7), (NEXT, 0.2), (HELP, 0.1))
    bench.say("20 minutes are up")
    assert bench.session.step == 2


def at(number: int) -> Candidate:
    return Candidate("step", STEPS[number - 1], STEPS[number - 1], number, 1)


@pytest.mark.parametrize("command", ["what now", "now what?", "next", "done", "go on", "continue", "what's next?"])
def test_a_cook_who_is_ahead_is_met_there(salsa: Bench, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    reads(salsa, monkeypatch, (at(2), 0.8), (NEXT, 0.1))
    reply = salsa.say(f"onion is fried, {command}")
    assert (reply.action, salsa.session.step) == ("next", 3)
    assert reply.text.startswith("I take it that step 2 is done. Step 3 of 3.")
    assert STEPS[2] in f"{reply.text} {reply.card}"
    assert "back" in {button.text for button in reply.buttons}


def test_a_report_of_the_next_step_is_told_that_step(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (at(2), 0.8), (NEXT, 0.1))
    reply = salsa.say("the onion is fried already")
    assert (reply.action, reply.title, salsa.session.step) == ("next", "Step 2 of 3", 2)


@pytest.mark.parametrize("said", ["sauce is in already", "sauce is in, what now"])
def test_what_lies_between_is_not_passed_over(salsa: Bench, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    reply = salsa.say(said)
    assert salsa.session.step == 1
    assert reply.text.startswith('That belongs to step 3. Say "next" for step 2, or "go to step 3" if step 2 is done.')
    assert "go to step 3" in {button.text for button in reply.buttons}
    salsa.say("go to step 3")
    assert salsa.session.step == 3


@pytest.mark.parametrize(
    ("between", "moves"),
    [
        ("Fry the onion.", True), ("Fry the onion for 10 minutes.", False), ("Bake the onion at 350°F.", False),
        ("Wash the potatoes.", False), ("Heat the oven.", False),
    ],
)  # fmt: skip
def test_only_what_must_have_been_done_is_taken_as_done(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, between: str, moves: bool
) -> None:
    steps = ("Chop the onion.", between, "Mash the onion.", "Serve it.")
    bench = cooking_from((settings, store, clock), recipe_of("Test Pie", ("1 onion", "2 potatoes"), steps))
    bench.say("start")
    reads(bench, monkeypatch, (Candidate("step", steps[2], steps[2], 3, 1), 0.8), (NEXT, 0.1))
    reply = bench.say("onion is mashed, what now")
    assert bench.session.step == (4 if moves else 1)
    assert ("I take it that steps 2 and 3 are done. Step 4 of 4." in reply.text) == moves


@pytest.mark.parametrize(
    ("said", "step"),
    [("and the cheese has melted", 4), ("while that cooks i melted the cheese", 1), ("cheese is melted, what now", 5)],
)
def test_who_reports_of_a_later_step_again_is_there(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, said: str, step: int
) -> None:
    steps = ("Chop the onion.", "Bake the rice at 350°F.", "Fry the egg.", "Melt the cheese.", "Serve it.")
    bench = cooking_from((settings, store, clock), recipe_of("Test Pie", ("1 onion", "1 egg"), steps))
    bench.say("start")
    for number, told in ((3, "the egg is fried"), (4, said)):
        reads(
            bench, monkeypatch, (Candidate("step", steps[number - 1], steps[number - 1], number, 1), 0.8), (NEXT, 0.1)
        )
        assert bench.session.step == 1
        bench.say(told)
    assert bench.session.step == step


@pytest.mark.parametrize(("between", "step"), [("no, not yet", 1), ("thanks", 3)])
def test_who_says_no_between_is_not_ahead(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, between: str, step: int
) -> None:
    steps = ("Chop the onion.", "Bake the rice at 350°F.", "Fry the egg.", "Serve it.")
    bench = cooking_from((settings, store, clock), recipe_of("Test Pie", ("1 onion", "1 egg"), steps))
    bench.say("start")
    reads(bench, monkeypatch, (Candidate("step", steps[2], steps[2], 3, 1), 0.8), (NEXT, 0.1))
    bench.say("the egg is fried")
    bench.say(between)
    bench.say("the egg has set")
    assert bench.session.step == step


def test_half_a_guess_gives_way_to_what_comes_next(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    salsa.student.act = Act("ask_question_recipe_steps", "return_next_step", (STEPS[1],), STEPS[1])
    reads(salsa, monkeypatch, (at(3), 0.45), (Candidate("none"), 0.3), (NEXT, 0.1))
    reply = salsa.say("The tomatoes are blended. Should I fry the onion now?")
    assert (reply.text, salsa.session.step) == (STEPS[1], 2)


def test_who_goes_on_by_one_is_not_ahead_any_more(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    salsa.say("the sauce is in")
    assert salsa.session.ahead == 3
    salsa.say("next")
    assert (salsa.session.step, salsa.session.ahead) == (2, 0)


def test_who_has_done_the_last_step_is_done(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    salsa.say("next")
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    reply = salsa.say("sauce is poured in, what now")
    assert reply.text.startswith("That was the last step")
    assert salsa.session.step == 3


@pytest.mark.parametrize(
    "said",
    ["how do i get started with this", "should i fry the onion now or what comes next", "i will fry the onion later"],
)
def test_what_is_asked_or_meant_is_no_report(salsa: Bench, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    reads(salsa, monkeypatch, (at(3), 0.8), (NEXT, 0.1))
    reply = salsa.say(said)
    assert salsa.session.step <= 2
    assert "I take it" not in reply.text


def test_without_a_reader_a_report_with_a_command_is_next(salsa: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(salsa.assistant.answerer, "read", lambda *_: None)
    salsa.say("drained, next")
    assert salsa.session.step == 2


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


@pytest.mark.parametrize("said", ["bottom piece says 150", "bottom piece says 150, next"])
def test_too_cool_a_piece_moves_nobody(
    settings: Settings, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    steps = ("Bake the chicken.", "Test a piece; it must be at least 165°F (74°C). Serve.")
    bench = cooking_from((settings, store, clock), recipe_of("Test Pie", ("2 chicken thighs",), steps))
    bench.say("step 2")
    reads(bench, monkeypatch, (NEXT, 0.99))
    assert bench.say(said).text == "Not yet. Test a piece; it must be at least 165°F (74°C)."
