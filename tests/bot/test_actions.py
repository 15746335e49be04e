"""Exact code, action by action, through the assistant, and over the real cookbook where it matters."""

import pytest

from bot.answer import Answerer
from bot.assistant import Assistant
from bot.instead import NOT_SURE
from bot.messages import Message
from bot.settings import Settings
from bot.store import Store
from model.vocabulary import Act
from retrieval.recipe import KnowledgeEntry, Recipe, Substitution
from tests.conftest import (
    CURRY,
    KNOWLEDGE,
    SHAKSHUKA,
    STEW,
    Bench,
    Clock,
    FakeGuard,
    FakePantry,
    FakeStudent,
    ingredient,
)


@pytest.fixture
def cooking(bench: Bench) -> Bench:
    bench.say("test shakshuka")
    bench.say("next")
    return bench


def test_without_a_recipe_moving_is_explained(bench: Bench) -> None:
    for said in ("next", "back", "repeat", "step 3", "where am I?", "ingredients", "what's left?", "make it for 6"):
        assert "no recipe open" in bench.say(said).text


def test_back_at_the_first_step_and_goto_out_of_range(cooking: Bench) -> None:
    assert "first step already" in cooking.say("back").text
    assert "number from 1 to 5" in cooking.say("step 9").text
    assert cooking.say("step 4").shared == (SHAKSHUKA.steps[3],)
    assert cooking.say("go to the last step").shared == (SHAKSHUKA.steps[4],)
    assert cooking.say("back").shared == (SHAKSHUKA.steps[3],)
    assert cooking.say("repeat that").shared == (SHAKSHUKA.steps[3],)


def test_what_is_left(cooking: Bench) -> None:
    reply = cooking.say("what's left?")
    assert reply.text == "4 of 5 steps are left, after step 1."
    assert reply.shared == SHAKSHUKA.steps[1:]


def test_ingredients_of_a_step(cooking: Bench) -> None:
    assert cooking.say("what ingredients do I need for this step?").shared == ("2 tablespoons olive oil",)
    cooking.say("step 4")
    assert cooking.say("ingredients for this step").shared == ("4 eggs",)
    cooking.say("step 5")
    assert cooking.say("ingredients for this step").shared == ("1/2 cup feta cheese",)


def test_how_much(cooking: Bench) -> None:
    assert cooking.say("how many eggs do I need?").text == "4 eggs."
    assert cooking.say("how much feta?").shared == ("1/2 cup feta cheese",)
    cooking.say("how much saffron?")
    assert cooking.student.asked[-1][0].utterance == "how much saffron?"


@pytest.fixture
def gratin(settings: Settings, store: Store, clock: Clock) -> Bench:
    """In a recipe whose steps take parts of the butter and the cheese, before its first step."""
    recipe = Recipe(
        url="cookbook:test-gratin",
        title="Test Leek Gratin",
        ingredients=(
            ingredient("3 leeks", "leeks", 3),
            ingredient("4 tablespoons butter, divided", "butter", 4, "tablespoon"),
            ingredient("5 oz Gruyère", "Gruyère", 5, "ounce"),
            ingredient("1 pinch salt", "salt", 1, "pinch"),
        ),
        steps=(
            "Melt 1 tablespoon of the butter. Sweat the leeks for 12 minutes.",
            "Stir in half of the Gruyère and the salt.",
            "Dot with the remaining butter and bake at 400°F. Scatter over the rest of the Gruyère.",
        ),
    )
    onions = KnowledgeEntry(
        "sub-test-leek", "substitution", "Onions for leeks", "Use 3/4 cup of onion for 1 cup of leek.",
        substitute=Substitution("leek", "yellow onion or scallions", "1 cup : 3/4 cup"),
    )  # fmt: skip
    student = FakeStudent(act=Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "Bananas."))
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard, 4)
    pantry = FakePantry((recipe, SHAKSHUKA), (*KNOWLEDGE, onions))
    bench = Bench(Assistant(settings, store, pantry, answerer, clock), student, [], [], clock, store)
    bench.say("test leek gratin")
    return bench


def test_how_much_of_it_goes_in_now(gratin: Bench) -> None:
    assert gratin.say("how much butter?").text == "4 tablespoons butter, divided."
    gratin.say("next")
    assert gratin.say("how much butter goes in now?").text == (
        "In this step 1 tablespoon of the butter. In all: 4 tablespoons butter, divided."
    )
    assert gratin.say("how much butter in total?").text == "4 tablespoons butter, divided."
    assert gratin.say("how much cheese do I add now?").text == (
        "Not in this step. In step 2: half of the Gruyère, that is 2 1/2 ounces. In step 3: the rest of the Gruyère, "
        "that is 2 1/2 ounces. In all: 5 oz Gruyère."
    )
    gratin.say("step 3")
    assert "the remaining butter, that is 3 tablespoons." in gratin.say("how much butter now?").text
    assert "the rest of the Gruyère, that is 2 1/2 ounces." in gratin.say("how much cheese goes on?").text


def test_how_much_without_a_recipe_is_how_much_of_what(bench: Bench) -> None:
    assert "no recipe open" in bench.say("how much salt goes in?").text
    assert "no recipe open" in bench.say("how much salt now?").text
    assert "no recipe open" in bench.say("how long?").text
    assert "no recipe open" in bench.say("how often do I turn them").text
    bench.say("how much salt for a liter of pasta water?")
    assert bench.student.asked, "that is a question for the notes"


def test_when_a_food_comes_in(gratin: Bench) -> None:
    gratin.say("next")
    assert gratin.say("when do I add the butter?").text.startswith("In steps 1 and 3. Melt 1 tablespoon")
    assert (
        gratin.say("did I miss the salt?").text
        == "Not yet: it comes in step 2. Stir in half of the Gruyère and the salt."
    )
    gratin.say("step 3")
    assert gratin.say("did I forget the salt?").text == "It was in step 2. Stir in half of the Gruyère and the salt."
    assert gratin.say("did I forget the cumin?").text == "I find no cumin in this recipe."
    assert gratin.session.step == 3


def test_what_the_cook_has_may_do_for_what_the_recipe_uses(gratin: Bench) -> None:
    gratin.say("next")
    reply = gratin.say("I only have onions, is that ok?")
    assert reply.text == "Yes, in place of leeks. Use 3/4 cup of onion for 1 cup of leek."
    assert gratin.say("can I use margarine?").text.startswith("Yes, in place of butter.")
    assert gratin.say("can I use bananas?").text == NOT_SURE
    assert gratin.session.step == 1
    gratin.say("I'm allergic to onion")
    assert "Yes" not in gratin.say("I only have onions, is that ok?").text


def test_a_want_after_a_report_is_no_next_step(gratin: Bench) -> None:
    gratin.say("next")
    assert "margarine" in gratin.say("I don't have butter, what now?").text
    assert gratin.session.step == 1


def test_several_questions_are_each_answered(gratin: Bench) -> None:
    gratin.say("next")
    reply = gratin.say("how long do I sweat the leeks and how much butter goes in?")
    assert reply.text.startswith("Sweat the leeks for 12 minutes. In this step 1 tablespoon of the butter.")
    reply = gratin.say("how hot is the oven? and can I use a blender?")
    assert reply.text == (
        'Step 3: Dot with the remaining butter and bake at 400°F. I am not sure about "can i use a blender".'
    )
    for said in ("how hot is the oven, and what can I use", "i have 3 kg of leeks, and how hot is the oven?"):
        assert gratin.say(said).text == "Step 3: Dot with the remaining butter and bake at 400°F."  # no more was asked


def test_the_title_of_what_is_open_says_where_we_are(gratin: Bench) -> None:
    gratin.say("step 2")
    for said in ("test leek gratin", "Let's make test leek gratin"):
        assert "step 2 of 3" in gratin.say(said).text
    assert gratin.session.step == 2
    gratin.say("test shakshuka")
    assert gratin.session.recipe == SHAKSHUKA.url


def test_scaling(cooking: Bench) -> None:
    assert "8 eggs" in cooking.say("double it").shared
    assert cooking.session.servings == 4
    assert "16 eggs" in cooking.say("double it").shared
    assert "2 eggs" in cooking.say("for 1 person").shared
    assert "whole number" in cooking.say("half").text
    assert "4 eggs" in cooking.say("back to the original amounts").shared
    assert "up to 500" in cooking.say("make it for 100000").text


def test_scaling_without_servings(bench: Bench) -> None:
    bench.say("test chickpea curry")
    assert "does not say how many" in bench.say("make it for 6").text
    assert "2 cans chickpeas" in bench.say("double it").shared
    assert CURRY.ingredients[0].text in bench.say("half").shared


def test_units_stay_until_changed(bench: Bench) -> None:
    bench.say("metric please")
    bench.say("test shakshuka")
    assert any("ml" in line or " g " in line for line in bench.say("ingredients").shared)
    assert SHAKSHUKA.ingredients[2].text in bench.say("original units").shared


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("350F in C", "350°F is 177°C."),
        ("convert 180 celsius to fahrenheit", "180°C is 356°F."),
        ("how many tablespoons in a cup?", "1 cup is 16 tablespoons."),
        ("how many teaspoons in 2 tablespoons?", "2 tablespoons is 6 teaspoons."),
        ("how many grams is 2 cups of flour?", "2 cups of flour is about"),
    ],
)
def test_conversions(bench: Bench, said: str, answer: str) -> None:
    assert bench.say(said).text.startswith(answer)


def test_conversion_needs_the_ingredient(cooking: Bench) -> None:
    assert "depends on what it is" in cooking.say("how many grams is 2 cups?").text
    assert "know" in cooking.say("how many grams is 2 cups of stardust?").text


def test_timers(cooking: Bench) -> None:
    assert cooking.say("timers").text == "No timer is running."
    assert cooking.say("set a timer for 10 minutes for the sauce").text.startswith(
        "The sauce timer is set for 10 minutes"
    )
    cooking.say("set a timer for 1 hour and 5 minutes")
    cooking.clock.advance(60)
    assert "The sauce timer: 9 minutes left" in cooking.say("how long is left on the sauce timer?").text
    assert "Which one" in cooking.say("cancel the timer").text
    assert "Cancelled: The sauce timer" in cooking.say("cancel the sauce timer").text
    assert cooking.assistant.due_timers() == []
    cooking.clock.advance(3 * 3600)
    rings = cooking.assistant.due_timers("terminal")
    assert [ring.label for ring in rings] == [""]
    assert "is over 1 hour 56 minutes ago!" in rings[0].text
    assert cooking.assistant.due_timers("terminal") == [], "each rings once"


def test_timer_takes_its_time_from_the_step(cooking: Bench) -> None:
    cooking.say("step 3")
    assert "15 minutes" in cooking.say("set a timer").text
    cooking.say("step 1")
    assert "For how long" in cooking.say("set a timer").text
    assert "48 hours" in cooking.say("set a timer for 500 hours").text
    assert cooking.say("step 2").buttons[-1].text == "set a timer for 8 minutes", "the lower end of a range"


def test_substitutes(cooking: Bench) -> None:
    text = cooking.say("what can I use instead of butter?").text
    assert "neutral oil (1 cup : 3/4 cup)" in text
    assert "margarine" in text
    assert cooking.say("can I use oil instead of butter?").text.startswith("Yes.")
    assert cooking.say("can I swap the butter for lard or oil?").text.startswith("Yes.")  # the second is known
    assert "other way round" in cooking.say("can I use butter instead of neutral oil?").text
    assert cooking.say("can I use butter instead of margarine?").text.startswith("Yes, they stand in")
    assert "Ricotta salata" in cooking.say("I don't have any feta").text


def test_substitutes_keep_allergies(cooking: Bench) -> None:
    cooking.say("I'm allergic to dairy")
    assert "does not fit your allergies" in cooking.say("what can I use instead of feta?").text


def test_allergies_warn_now_and_later(bench: Bench) -> None:
    bench.say("test chickpea stew")
    reply = bench.say("I'm allergic to nuts")
    assert "Careful, Test Chickpea Stew has nuts (1 cup cashews)" in reply.text
    assert "Test Chickpea Stew" not in bench.say("what can I cook?").text
    assert "Careful, for you: nuts" in bench.say("let's make test chickpea stew").text
    assert "no nuts for you" in bench.say("what am I allergic to?").text
    bench.say("forget my allergies")
    assert "Test Chickpea Stew" in bench.say("what can I cook?").text


def test_never_assured_beyond_the_list(cooking: Bench) -> None:
    for said in (
        "does it contain nuts?",
        "is there any peanut in it?",
        "what allergens are in this?",
        "is it nut free?",
    ):
        assert "check the labels" in cooking.say(said).text, said
    assert cooking.say("does it contain dairy?").shared == ("1/2 cup feta cheese",)


def test_diets(cooking: Bench) -> None:
    reply = cooking.say("is this vegan?")
    assert reply.text.startswith("No, it is not vegan")
    assert set(reply.shared) == {"4 eggs", "1/2 cup feta cheese"}
    assert cooking.say("is this vegetarian?").text.startswith("Yes")
    assert "Careful" in cooking.say("I'm vegan").text
    offered = cooking.say("what can I cook?").text
    assert "Shakshuka" not in offered
    assert "Chickpea" in offered


def test_choosing_by_talking(bench: Bench) -> None:
    reply = bench.say("something with chickpeas, under 30 minutes")
    assert "1. Test Chickpea Stew (25 minutes)" in reply.text
    assert "Curry" not in reply.text
    reply = bench.say("something with chickpeas, under 30 minutes, no nuts")
    assert reply.text.startswith(
        "I have nothing with chickpeas under 30 minutes and without nuts. If it may take longer:"
    )
    assert bench.say("the first one").step.title == CURRY.title  # type: ignore[union-attr]


def test_picking(bench: Bench) -> None:
    bench.say("something with chickpeas")
    assert "I offered 2" in bench.say("the fifth one").text
    assert bench.say("the stew").step.title == STEW.title  # type: ignore[union-attr]
    bench.say("something with chickpeas")
    assert bench.say("number 2 please").step is not None
    assert bench.say("surprise me").step is not None


def test_in_the_middle_make_the_sauce_is_about_the_recipe(cooking: Bench) -> None:
    cooking.say("how do I make the crushed tomatoes?")
    assert cooking.session.recipe == SHAKSHUKA.url
    cooking.say("let's make test chickpea curry instead")
    assert cooking.session.recipe == CURRY.url


def test_an_unknown_dish_is_admitted(bench: Bench) -> None:
    assert "no recipe for chickpea wellington" in bench.say("let's make chickpea wellington").text.lower()


def test_stop_and_resume_another_day(cooking: Bench) -> None:
    cooking.say("make it for 4")
    cooking.say("next")
    assert "at step 2 of 5" in cooking.say("let's finish this tomorrow").text
    cooking.clock.advance(86400)
    reply = cooking.say("where did we leave off?")
    assert reply.shared == (SHAKSHUKA.steps[1],)
    assert reply.step is not None
    assert reply.step.servings == 4


def test_switching_keeps_the_other_recipe(cooking: Bench) -> None:
    cooking.say("step 3")
    cooking.say("let's make test chickpea stew")
    cooking.say("next")
    cooking.say("cancel this recipe")
    assert set(cooking.session.paused) == {SHAKSHUKA.url, STEW.url}
    assert cooking.say("resume").shared == (STEW.steps[0],)


def test_manners(cooking: Bench) -> None:
    assert "step 1 of Test Shakshuka" in cooking.say("hello").text
    assert "not a person" in cooking.say("are you human?").text
    assert "welcome" in cooking.say("thanks!").text
    assert "Take your time" in cooking.say("ok").text
    assert "timer" in cooking.say("help").text


def test_storage(cooking: Bench) -> None:
    assert cooking.say("how do I store the leftovers?").text == SHAKSHUKA.storage
    assert cooking.say("how long does it keep in the fridge?").text == SHAKSHUKA.storage


def test_kitchen_words_are_quoted_from_the_notes(cooking: Bench) -> None:
    for said in ("what does simmer mean?", "what is simmering?", "define simmer", "what's a simmer exactly?"):
        reply = cooking.say(said)
        assert reply.text == "Small bubbles rise gently.", said
        assert reply.passages[0].id == "knowledge:term-test-simmer"
    assert cooking.say("what does frobnicate mean?").action == ""


def test_two_cooks_do_not_share_a_diet(bench: Bench) -> None:
    bench.say("I'm vegan")
    bench.assistant.reply(Message("other", "cook2", "what is my diet?", "1"))
    assert not bench.assistant.session("terminal:other").diet


def test_a_question_that_comes_with_an_allergy_is_answered_too(bench: Bench) -> None:
    reply = bench.say("my son is allergic to nuts, what can I cook?")
    assert reply.text.startswith("Noted: no nuts.")
    assert "Shakshuka" in reply.text
    assert "Cashew" not in reply.text
    assert bench.session.allergies == ["nuts"]
    again = bench.say("I'm allergic to sesame, is the moon made of cheese?")
    assert again.text.startswith("Noted: no sesame.")
    assert again.text.endswith("ask me the rest again, please.")
