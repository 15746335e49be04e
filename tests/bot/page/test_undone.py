"""What was measured against what the step asks for."""

import pytest

from bot.page.undone import undone
from tests.bot.benches import recipe_of

PIE = recipe_of(
    "Test Pie",
    ("2 chicken thighs",),
    (
        "Heat the oven to 425°F (220°C).",
        "Bake at 400°F for 40 minutes. Test a piece; it must be at least 165°F (74°C). Serve.",
        "Rest until it reads 130 to 135°F.",
    ),
)


@pytest.mark.parametrize(
    ("said", "at", "short"),
    [
        ("bottom piece says 150", 2, True), ("it reads 70", 2, True), ("thermometer shows 150f", 2, True),
        ("probe says 72 c", 2, True), ("reads 165", 2, False), ("the probe says 170 now", 2, False),
        ("it says 75 c", 2, False), ("temp is 125", 3, True), ("temp is 132", 3, False),
        ("oven says 300", 1, False), ("says 40 minutes on the clock", 2, False), ("bottom piece says 150", 0, False),
        ("is 150 on the probe enough?", 2, True), ("done", 2, False),
    ],
)  # fmt: skip
def test_what_is_short_of_the_step(said: str, at: int, short: bool) -> None:
    found = undone(said, PIE, at)
    assert (found is not None) == short
    if found is not None:
        assert found.told(at).startswith("Not yet. ")
        assert found.item == PIE.steps[at - 1]
