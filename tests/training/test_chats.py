"""Chats of cooks who report: they are sound, and what comes of them is counted right."""

import pytest

from bot.settings import Settings
from retrieval.cookbook import load_recipes
from training.chats import Played, Said, counted, load, parse, play
from training.reader_data import kept_back

RECIPES = {recipe.url: recipe for recipe in load_recipes()}


def test_the_chats_name_steps_that_are_there_and_go_on() -> None:
    chats = load()
    assert len(chats) > 400
    here = [said for said in chats if said.url.startswith("cookbook:")]
    assert {said.url for said in here} <= kept_back()
    for url in {said.url for said in chats}:
        steps = [said.step for said in chats if said.url == url]
        assert steps == sorted(steps)
        assert url not in RECIPES or steps[-1] <= len(RECIPES[url].steps)


def test_some_files_alone() -> None:
    some = load(("cookbook-held-back",))
    assert {said.url for said in some} < {said.url for said in load()}
    assert len({said.url for said in some}) == 8


@pytest.mark.parametrize("line", ["1 | done", "one | done | yes", "1 | maybe | yes"])
def test_a_line_in_another_form_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="file, line 2"):
        list(parse(f"# cookbook:shakshuka\n{line}\n", "file"))


def test_what_comes_of_them_is_counted() -> None:
    def played(kind: str, step: int, before: int, after: int) -> Played:
        return Played(Said("x", step, kind, "hm"), before, after, "", "")

    counts = counted(
        [played("done", 1, 1, 2), played("begun", 2, 2, 3), played("begun", 2, 3, 3), played("ask", 2, 2, 1)]
    )
    assert counts == {
        "messages": 4,
        "at the right step": 0.75,
        "of these": {"done": {"on": 1}, "begun": {"on": 1}, "ask": {"back": 1}},
        "steps off": {0: 3, 1: 1},
    }


def test_a_cook_is_followed_from_message_to_message(settings: Settings) -> None:
    recipe = RECIPES["cookbook:shakshuka"]
    chats = [Said(recipe.url, 0, "cmd", "start"), Said(recipe.url, 1, "cmd", "next"), Said("away", 1, "cmd", "next")]
    first, then = play(settings, chats, {recipe.url: recipe})
    assert (first.before, first.after, then.before, then.after) == (0, 1, 1, 2)
    assert recipe.steps[1] in then.reply
    (told,) = play(settings, [Said(recipe.url, 3, "cmd", "next")], {recipe.url: recipe}, told=True)
    assert (told.before, told.after) == (3, 4)
