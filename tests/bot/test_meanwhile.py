"""What can be done while something takes its time."""

import pytest

from bot.actions.recogniser import recognise
from bot.settings import Settings
from bot.store import Store
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Clock

STEW = recipe_of(
    "Test Lentil Stew",
    (
        "1 cup lentils, rinsed",
        "2 carrots, diced",
        "1 onion, chopped",
        "1 lemon, cut into wedges",
        "2 eggs",
        "1 tsp salt",
    ),
    (
        "Simmer the lentils for 20 minutes.",
        "Fry the onion for 10 minutes.",
        "Add the carrots and the salt, and cook for 15 minutes.",
        "Meanwhile, boil the eggs for 8 minutes.",
        "Serve with the lemon.",
    ),
)
PLAIN = recipe_of("Test Soup", ("1 onion, chopped", "2 carrots, diced", "1 l stock"), (
    "Boil the stock for 10 minutes.", "Add the onion and cook for 5 minutes.", "Add the carrots.",
))  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "what can i get done while the lentils simmer",
        "What should I prep while it cooks?",
        "anything i can chop while this simmers",
        "what else can I do meanwhile?",
        "ok what can we do in the meantime",
        "is there anything to do while it bakes",
    ],
)
def test_asking_for_it(said: str) -> None:
    wish = recognise(said)
    assert wish is not None
    assert wish.name == "meanwhile"


@pytest.mark.parametrize(
    "said",
    [
        "what do i do if it sticks to the pan?",
        "how long while it simmers",
        "do i stir while it simmers?",
        "what is bulgur",
        "what's next while we are at it",
    ],
)
def test_asking_for_something_else(said: str) -> None:
    wish = recognise(said)
    assert wish is None or wish.name != "meanwhile"


def test_a_later_step_that_says_so_is_told_and_nobody_moves(settings: Settings, store: Store, clock: Clock) -> None:
    bench = cooking_from((settings, store, clock), STEW)
    bench.say("next")
    told = bench.say("what can i get done while the lentils simmer?").text
    assert told == "This can be done now. Step 4: Meanwhile, boil the eggs for 8 minutes."
    assert bench.say("next").text == STEW.steps[1]


@pytest.mark.parametrize(
    "later", ["While the meat rests, boil the juices with the lemon.", "Meanwhile, salt the meat."]
)
def test_a_step_that_takes_what_an_earlier_one_makes_cannot_be_done_now(
    settings: Settings, store: Store, clock: Clock, later: str
) -> None:
    roast = recipe_of(
        "Test Roast", ("1 kg beef", "1 tsp salt", "1 lemon"),
        ("Heat the oven.", "Rub the beef with the salt and roast it for an hour.", "Take it out.", later),
    )  # fmt: skip
    bench = cooking_from((settings, store, clock), roast)
    bench.say("next")
    assert "can be done now" not in bench.say("what can i do while the oven heats?").text


def test_the_next_step_is_the_one(settings: Settings, store: Store, clock: Clock) -> None:
    bench = cooking_from((settings, store, clock), STEW)
    for _ in range(3):
        bench.say("next")
    assert bench.say("what can i do meanwhile?").text == STEW.steps[3]
    assert bench.say("next").text == STEW.steps[4]


def test_else_what_is_to_be_got_ready_in_the_order_of_the_steps(settings: Settings, store: Store, clock: Clock) -> None:
    bench = cooking_from((settings, store, clock), PLAIN)
    bench.say("next")
    told = bench.say("what can i prep while the stock boils?").text
    assert told == "You can get ready what the next steps want: 1 onion, chopped; 2 carrots, diced."
    assert bench.say("next").text == PLAIN.steps[1]
    told = bench.say("anything i can do while the onion cooks?").text
    assert told == "You can get ready what the next steps want: 2 carrots, diced."
