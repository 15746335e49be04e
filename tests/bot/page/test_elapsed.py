"""The time of a step that a cook says has passed."""

import pytest

from bot.page.elapsed import time_is_up


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("that's the two hours over", "Simmer for 2 hours."),
        ("My hour is up.", "Chill for 1 hour."),
        ("that's been forty five minutes now", "Cook, covered, for 45 minutes."),
        ("okay the hour and a quarter is up", "Simmer for 1 1/4 hours."),
        ("half hour soak's over", "Soak for 30 minutes."),
        ("quarter of an hour is up", "Leave it for 15 to 20 minutes."),
        ("garlic's had its minute", "Fry the garlic for 1 minute."),
        ("all stirred in, been a minute", "Stir for a minute."),
        ("14 hrs later, doubled and bubbly", "Leave it for 12 to 14 hours."),
        ("25 min buzzer just rang", "Bake for 25 minutes."),
        ("timer went off", "Bake for 25 minutes."),
        ("ok 10 min are up", "Fry for 5 minutes. Cover and simmer for 10 minutes."),
        ("had its 5 minutes", "Stir for 5 minutes."),
        ("two hours are up", "Cook for 2 hours, stirring every 15 minutes."),
        ("two and a half minutes are up", "Boil for 2 1/2 minutes."),
    ],
)
def test_the_time_is_up(said: str, step: str) -> None:
    assert time_is_up(said, step)


@pytest.mark.parametrize(
    ("said", "step"),
    [
        ("five min up", "Fry for 5 minutes. Cover and simmer for 10 minutes."),  # the first of two spans
        ("ten minutes are up", "Simmer for 45 minutes."),
        ("two hours are up", "Fry for 5 minutes."),  # of something else
        ("two of the five minutes gone", "Let it sit for 5 minutes."),
        ("its been 6 minutes and still really runny", "Simmer for 5 to 6 minutes."),
        ("20 minutes in and not brown", "Fry for 20 minutes."),
        ("is 20 minutes over already", "Fry for 20 minutes."),
        ("10 min timer going", "Bake for 10 minutes."),
        ("set for 10 minutes", "Bake for 10 minutes."),
        ("the timer went off", "Bake for 25 minutes. Rest 10 minutes."),  # which one?
        ("first two min done, flipped", "Cook 2 minutes per side."),
        ("the onions are golden", "Fry the onions for 10 minutes."),
        ("an hour is up", "Whisk the eggs."),
        ("15 min gone, gave it a stir", "Cook for 2 hours, stirring every 15 minutes."),
        ("20 min up, kombu's out", "Simmer for 3 hours; pull out the kombu after 20 minutes."),
        ("3 min up", "Grill in batches, 3 minutes a side."),
        ("timer went off", "Fry a third of the pieces at a time for 3 minutes."),
        ("5 min up, all melted", "Melt over low heat, about 5 minutes. Stir smooth and cool 5 minutes."),
        ("fire alarm went off, oops", "Fry for 2 minutes."),
        ("i've got 20 minutes, tidying up", "Simmer for 20 minutes."),
        ("simmering for 20 minutes over low heat", "Simmer for 20 minutes."),
        ("20 min til its done", "Simmer for 20 minutes."),
        ("that took 20 minutes to come to the boil", "Simmer for 20 minutes."),
        ("35 minutes are up", "Simmer for 35 minutes. Chill the chicken."),
        ("35 minutes are up", "Roast for 35 minutes, to an internal temperature of at least 165°F (74°C)."),
        ("25 min up, raw in the middle", "Bake for 25 minutes."),
        ("the 10 min pasta timer rang", "Simmer the sauce for 45 minutes."),
        ("half the hour's gone", "Chill for 1 hour."),
    ],
)
def test_it_is_not_or_nobody_can_tell(said: str, step: str) -> None:
    assert not time_is_up(said, step)
