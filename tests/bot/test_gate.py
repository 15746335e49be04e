"""What a small model makes of a page, told from a quotation of it."""

import pytest

from bot.gate import quotes

PAGE = (
    "Whisk each cup of egg whites with a pinch of salt or a spoon of sugar, label it, and freeze for up to 12 months. "
    "Thaw overnight in the refrigerator. Whites whip as well as fresh ones."
)
STEP = "Combine the potatoes, carrots, squash and dried apples in a slow cooker and toss."


@pytest.mark.parametrize(
    "sentence",
    [
        "Thaw overnight in the refrigerator.",
        "You can thaw overnight in the refrigerator.",
        "Whisk each cup of egg whites with a pinch of salt and freeze for up to 12 months.",
        "Now you will need to combine the potatoes, carrots, squash and dried apples in a slow cooker and toss.",
        "12 months.",
        "",
    ],
)
def test_a_quotation(sentence: str) -> None:
    assert quotes(sentence, [PAGE, STEP])


@pytest.mark.parametrize(
    "sentence",
    [
        "Salt the refrigerator or a cup of sugar for fresh ones.",
        "Thaw overnight in the refrigerator, thaw overnight in the refrigerator.",
        "Whites whip as well with a pinch of salt in a slow cooker.",
        "Whisk each cup, thaw overnight as fresh ones.",
        "Combine the potatoes and freeze for up to 12 months.",
        "Cool in a shallow dish.",
    ],
)
def test_words_of_the_page_that_mean_nothing(sentence: str) -> None:
    assert not quotes(sentence, [PAGE, STEP])
