"""What a reply to an asked utterance is worth."""

import pytest

from bot.brief import NOT_SURE
from bot.instead import TALK_LEFT, TALK_ON
from bot.messages import Reply, StepInfo
from bot.page.places import PERHAPS
from retrieval.cookbook import load_recipes
from retrieval.sentences import split
from training.asked import verdict
from training.reader_data import REPORT, Asked

SHAKSHUKA = next(recipe for recipe in load_recipes() if recipe.url == "cookbook:shakshuka")
NOTES = {"sub-x": "Use leeks. They are milder."}


def worth(labels: str, text: str, step: int = 1, action: str = "", intent: str = "") -> str:
    info = StepInfo(SHAKSHUKA.url, SHAKSHUKA.title, step, len(SHAKSHUKA.steps))
    asked = Asked("hm?", SHAKSHUKA, 1, tuple(labels.split(",")))
    return verdict(asked, Reply(1, text, (), intent, "", action, (), info, ()), NOTES)


@pytest.mark.parametrize(
    ("labels", "text", "wanted"),
    [
        ("s1.2", SHAKSHUKA.steps[0], "right"), ("s1.2", "Cook it.", "wrong"), ("s1.2", NOT_SURE, "missed"),
        ("s2.1,s1.2", f"No. {SHAKSHUKA.steps[0]}", "right"), ("k:sub-x", "They are milder.", "right"),
        ("k:sub-x", TALK_ON, "missed"), ("none", NOT_SURE, "right"), ("none", SHAKSHUKA.steps[1], "wrong"),
        ("none", f"{PERHAPS}{SHAKSHUKA.steps[1]}", "missed"), ("s1.2", f"{PERHAPS}{SHAKSHUKA.steps[0]}", "right"),
        ("s1.2", f"{PERHAPS}Cook it.", "missed"),
        ("ok", TALK_ON, "right"), ("ok", NOT_SURE, "missed"), ("next", TALK_ON, "missed"),
    ],
)  # fmt: skip
def test_what_a_reply_is_worth(labels: str, text: str, wanted: str) -> None:
    assert worth(labels, text) == wanted


def test_moving_is_right_only_where_the_cook_wants_it() -> None:
    assert worth("next", SHAKSHUKA.steps[1], step=2, action="next") == "right"
    assert worth("s1.2", SHAKSHUKA.steps[0], step=2) == "wrong"


@pytest.mark.parametrize(
    ("labels", "step", "wanted"),
    [
        ("s4.1", 5, "right"), ("s4.1", 4, "right"), ("s4.1", 3, "wrong"), ("s4.1", 2, "missed"), ("s4.1", 1, "missed"),
        ("s1.1", 2, "right"), ("s1.1", 3, "wrong"),
    ],
)  # fmt: skip
def test_a_report_of_another_step_is_followed_only_ahead(labels: str, step: int, wanted: str) -> None:
    at = 1 if labels == "s4.1" else 2
    info = StepInfo(SHAKSHUKA.url, SHAKSHUKA.title, step, len(SHAKSHUKA.steps))
    asked = Asked("the eggs are in", SHAKSHUKA, at, (labels,), source=REPORT)
    assert verdict(asked, Reply(1, TALK_ON, (), "", "", "", (), info, ()), NOTES) == wanted


@pytest.mark.parametrize(
    ("about", "told", "wanted"), [("s1.1", 1, "right"), ("s1.2", 1, "wrong"), ("s1.1", 0, "wrong"), ("", 1, "wrong")]
)
def test_the_rest_of_a_step_is_right_only_after_what_was_done(about: str, told: int, wanted: str) -> None:
    first, *rest = split(SHAKSHUKA.steps[0])
    info = StepInfo(SHAKSHUKA.url, SHAKSHUKA.title, 1, len(SHAKSHUKA.steps))
    text = f"{TALK_LEFT}{' '.join(rest if told else [first, *rest])}"
    asked = Asked("they are in", SHAKSHUKA, 1, ("ok",), source=REPORT, about=about)
    assert verdict(asked, Reply(1, text, (), "chitchat", "", "", (), info, ()), NOTES) == wanted


def test_codes_own_words_are_not_judged() -> None:
    assert worth("i1", "In this step 2 tablespoons.", action="how_much") == "code"
