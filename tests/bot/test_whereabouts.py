"""When a food goes in, and when it comes out."""

import pytest

from bot.settings import Settings
from bot.store import Store
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Clock

STEW = recipe_of(
    "Test Potato Stew",
    ("2 potatoes", "2 bay leaves", "1 cup rice", "1/2 cup walnuts", "2 pita breads, torn"),
    (
        "Peel the potatoes and toast the walnuts.",
        "Fry the bay leaves until the pan looks like mashed potatoes.",
        "Add the potatoes. Discard the bay leaves.",
        "Drain the rice and spread it over the top. Spoon the sauce over the walnuts.",
        "Press the walnuts into the crust. Stir in the pita pieces.",
    ),
)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("when does the potato go in?", "In step 3. Add the potatoes."),
        ("when do the bay leaves come out?", "In step 3. Discard the bay leaves."),
        ("when do i take out the bay leaves?", "In step 3. Discard the bay leaves."),
        ("when does the pita bread go in?", "In step 5. Stir in the pita pieces."),
        ("when does the rice go in?", "In step 4. Drain the rice and spread it over the top."),
        ("where do the walnuts go?", "In step 5. Press the walnuts into the crust."),
    ],
)
def test_the_sentence_that_does_it(settings: Settings, store: Store, clock: Clock, said: str, told: str) -> None:
    bench = cooking_from((settings, store, clock), STEW)
    bench.say("next")
    assert bench.say(said).text == told
