"""What a question asks for, and what it is about."""

import pytest

from bot.page.question import parts, points, read

KINDS = [
    ("how long do I fry the pears?", "time"),
    ("how many minutes for the rice", "time"),
    ("what heat?", "heat"),
    ("at what temperature should the oven be", "heat"),
    ("what size cubes?", "size"),
    ("how far apart do they go?", "size"),
    ("how often should I turn them", "often"),
    ("how do I know they're done?", "until"),
    ("what should it look like", "until"),
    ("how do i know its redy", "until"),
    ("when is the barley done?", "until"),
    ("how many slices?", "count"),
    ("how much cream goes in?", "amount"),
    ("do I need a special dish?", "tool"),
    ("what kind of pan?", "tool"),
    ("what do I stir with?", "tool"),
    ("why do I soak the skewers?", "why"),
    ("what's the nutmeg for?", "fate"),
    ("what do I do with the leftover marinade?", "fate"),
    ("what is the juice going to be used for?", "fate"),
    ("can I skip the steaming?", "skip"),
    ("can I do this in the oven?", "may"),
    ("should they brown?", "confirm"),
    ("should I serve it hot or cold?", "choice"),
    ("how long does it keep?", "store"),
    ("can I freeze it?", "store"),
    ("what if it splits?", "if"),
    ("the sauce looks thin, what now?", "if"),
    ("it tastes too salty, help", "if"),
    ("theyre still soft in the middle, what now", "if"),
    ("lid on or off?", "choice"),
    ("my crust is falling off!!", "if"),
    ("i dont have a thermometer, what now", "lack"),
    ("how full should it be", "size"),
    ("which spices are those?", "sort"),
    ("what does limp mean", "mean"),
    ("how do I form the crust?", "how"),
    ("I don't have any cream", "lack"),
    ("what's the oven set to", "heat"),
    ("ok wait how many minutes per side was it", "time"),
    ("what goes with it?", "with"),
    ("any wine to drink with it?", "drink"),
    ("thanks, you're great, how long was the searing?", "time"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_the_kind_of_thing_that_is_asked_for(text: str, kind: str) -> None:
    assert kind in read(text).kinds


@pytest.mark.parametrize(
    "text",
    [
        "what's next?",
        "What should I do after the oil is hot?",
        "Once the cake is baked, what should I do?",
        "It looks like I have all of those! How do I get started?",
        "Very well, it is in the wok now. What do I do with it now?",
        "What ingredients do I need?",
        "how many steps are left?",
        "the onions look like glass",
        "I did everything, now what",
        "That is too much for me. Can you break it down step by step?",
        "Once they are all processed, how do I make the dough?",
        "hello there",
    ],
)
def test_what_asks_for_the_next_step_or_for_nothing_has_no_kind(text: str) -> None:
    assert read(text).kinds == ()


def test_what_it_is_about_leaves_out_the_words_of_asking() -> None:
    question = read("How long should I fry the pears in the pan for, exactly?")
    assert question.about == {"fry", "pear"}
    assert question.tools == {"pan"}
    assert question.foods == {"pear"}
    assert not question.at_hand
    assert read("how much butter goes in now?").at_hand


def test_a_remainder_is_no_thing() -> None:
    assert read("what do I do with the rest of the cheese?").about == read("what do I do with the cheese?").about
    assert "rest" in read("how long should it rest?").about


def test_several_questions_are_taken_apart() -> None:
    assert parts("how long do I cook the garlic and what heat?") == ("how long do i cook the garlic", "what heat?")
    assert parts("Can I add feta? And how long does it keep?") == ("can i add feta?", "and how long does it keep?")
    assert parts("I am tired. How long is it?") == ("how long is it?",)
    assert parts("butter and salt") == ("butter and salt",)


def test_what_was_said_before_is_what_that_means() -> None:
    (part,) = parts("It sank, is that bad?")
    assert read(part).about == {"sink"}
    assert read("I only have onions. Is that ok?").about == {"onion"}


def test_what_asks_something_else_than_what_to_do_next() -> None:
    assert read("which shelf of the oven?").asks
    assert read("what about the cream").asks
    assert read("and the onion then?").asks
    assert read("covered?").asks
    assert read("cud i use the air fryer").asks
    assert not read("what's next?").asks
    assert not read("the onions are in").asks


def test_a_question_that_names_nothing_points_at_what_is_at_hand() -> None:
    assert points("how long?")
    assert points("why?")
    assert not points("how long do I boil eggs?")
    assert points("how often do I turn them?")
    assert not points("hello")
    assert not points("what does it mean to sear?")


@pytest.mark.parametrize(
    "text",
    [
        "Ok the ingredients are inside. What should I do with it?",
        "Great! I took them, can we start now?",
        "Alright I have preheated the oven. What can I do in the meantime?",
        "Is there something else to prepare still?",
        "It is all on the table! How should I start?",
    ],
)
def test_asking_for_the_next_thing_is_no_question_of_a_kind(text: str) -> None:
    asked = read(text)
    assert (asked.kinds, asked.asks) == ((), False)


@pytest.mark.parametrize("text", ["what do I do with the juice?", "can I start the rice now?"])
def test_a_question_about_a_thing_is_one(text: str) -> None:
    assert read(text).asks
