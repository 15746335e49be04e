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
        ("that was 15 minutes, all done: fifteen min gone", "Fry for 5 minutes. Cover and simmer for 10 minutes."),
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
    ],
)
def test_it_is_not_or_nobody_can_tell(said: str, step: str) -> None:
    assert not time_is_up(said, step)
