"""Tools: needed or not, which one, and how to do without."""

import pytest

from bot.instead import NOT_SURE
from bot.settings import Settings
from bot.store import Store
from retrieval.recipe import KnowledgeEntry
from tests.bot.benches import cooking_from, recipe_of
from tests.conftest import Bench, Clock

PIE = recipe_of(
    "Test Pie",
    ("4 apples", "1 cup flour"),
    (
        "Toss the flour in a large bowl.",
        "Cook the apples in a wide pot over medium. Cover and simmer 12 minutes.",
        "Ease the dough into the dish and bake.",
    ),
    tools=("9-inch pie dish", "large wide pot", "large bowl"),
)
NOTES = (
    KnowledgeEntry(
        "tool-no-food-processor", "tool", "Doing without a food processor", "Chop with a knife.",
        about=("food processor", "blender"),
    ),
    KnowledgeEntry(
        "tool-no-meat-mallet", "tool", "Pounding meat without a mallet", "Hit it with a pan.", about=("meat mallet",)
    ),
)  # fmt: skip


@pytest.fixture
def pie(settings: Settings, store: Store, clock: Clock) -> Bench:
    bench = cooking_from((settings, store, clock), PIE, NOTES)
    bench.say("next")
    return bench


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "do i need a food processor for this?",
            "No: Test Pie names no food processor. It lists 9-inch pie dish, large wide pot and large bowl.",
        ),
        (
            "do i need a mixer?",
            "No: Test Pie names no mixer. It lists 9-inch pie dish, large wide pot and large bowl.",
        ),
        ("do i need a lid?", "Yes. Step 2: Cover and simmer 12 minutes."),
        ("which pot?", "Step 2: Cook the apples in a wide pot over medium. The recipe lists: large wide pot."),
        ("what size tin", "Step 3: Ease the dough into the dish and bake. The recipe lists: 9-inch pie dish."),
        ("i dont have a food processor", "Chop with a knife."),
        ("i have no food processor, what can i do", "Chop with a knife."),
        ("no mallet, what can i use", "Hit it with a pan."),
        ("i don't have a rolling pin", NOT_SURE),
    ],
)
def test_tools(pie: Bench, said: str, told: str) -> None:
    assert pie.say(said).text == told
    assert pie.session.step == 1


def test_the_vessel_of_the_step_at_hand_comes_first(pie: Bench) -> None:
    pie.say("step 3")
    assert pie.say("which pan?").text.startswith("Ease the dough into the dish")
