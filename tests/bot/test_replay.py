"""Replay: every wizard turn after a cook's turn, with nothing from the future."""

from typing import Any

import pytest

from bot.answer import Answerer
from bot.errors import InputError
from bot.replay import cases, read_recipes, rebuilt, replay
from model.student import StudentError
from model.vocabulary import Act
from retrieval.passage import Passage, Query
from tests.conftest import FakeGuard, FakeStudent

URL = "https://example.org/soup"


def turn(
    role: str, text: str, counter: int, shared: tuple[str, ...] = (), intent: str = "return_next_step"
) -> dict[str, Any]:
    return {"role": role, "text": text, "turn_counter": counter, "shared_data": list(shared), "intent": intent}


def dialogue() -> dict[str, Any]:
    return {
        "food-1": {
            "document_url": URL,
            "turns": [
                turn("student", "hi", 1),
                turn("teacher", "list", 2, ("1 onion",), "return_list_ingredients_tools"),
                turn("teacher", "more", 3),
                turn("student", "and now", 4),
                turn("student", "really, now?", 5),
                turn("teacher", "chop", 6, ("Chop the onion.",)),
            ],
        }
    }


RECIPES = {"url": URL, "title": "Soup", "ingredients": ["1 onion"], "steps": ["Chop the onion.", "Boil at 350 degF."]}


def test_which_turns_are_asked() -> None:
    found = list(cases(dialogue(), {}))
    assert [(c.turn_counter, c.utterance) for c in found] == [(2, "hi"), (6, "really, now?")]
    assert [t.text for t in found[1].history] == ["hi", "list", "more", "and now"]
    assert [t.role for t in found[1].history] == ["cook", "wizard", "wizard", "cook"]


def test_a_missing_recipe_is_rebuilt_from_the_past_only() -> None:
    first, second = cases(dialogue(), {})
    assert first.recipe is None
    assert second.recipe is not None
    assert [i.text for i in second.recipe.ingredients] == ["1 onion"]
    assert second.recipe.steps == (), "the step is shared in the turn that is asked for"


def test_rebuilding_tells_ingredients_from_steps() -> None:
    recipe = rebuilt(URL, dialogue()["food-1"]["turns"])
    assert recipe is not None
    assert recipe.steps == ("Chop the onion.",)


def test_recipes_are_joined_on_url_and_cleaned() -> None:
    recipes = read_recipes(iter([(1, RECIPES)]))
    assert recipes[URL].steps[1] == "Boil at 350°F."
    first = next(cases(dialogue(), recipes))
    assert first.recipe == recipes[URL]


@pytest.mark.parametrize("bad", [[], "x", {"a": 3}, {"a": {"turns": [{"role": "student"}]}}, {"a": {"turns": ["x"]}}])
def test_other_forms_are_refused(bad: object) -> None:
    with pytest.raises(InputError, match=r"turns|official"):
        list(cases(bad, {}))


def test_a_recipe_line_without_steps_is_refused() -> None:
    with pytest.raises(InputError, match="Recipe line 7"):
        read_recipes(iter([(7, {"title": "x"})]))


def test_the_line_holds_the_contract() -> None:
    queries: list[Query] = []

    def retrieve(query: Query, k: int) -> list[Passage]:
        queries.append(query)
        return [Passage("knowledge:x", "knowledge", "Onions sting.", 0.5), Passage("r#step-1", "step", "Chop.", 0.4)]

    student = FakeStudent()
    answerer = Answerer(lambda: student, retrieve, FakeGuard)
    case = list(cases(dialogue(), read_recipes(iter([(1, RECIPES)]))))[1]
    line = replay(case, answerer)
    assert set(line) == {
        "conversation_id", "turn_counter", "utterance", "user_intent", "intent", "shared", "text", "passages",
        "supported",
        "guarded", "first_token_s", "seconds",
    }  # fmt: skip
    assert line["conversation_id"] == "food-1"
    assert line["passages"][0] == {"id": "knowledge:x", "kind": "knowledge", "text": "Onions sting.", "score": 0.5}
    assert queries[0].recipe == URL
    assert student.asked[0][0].passages == ("Onions sting.",)
    assert len(replay(case, answerer, indexed=False)["passages"]) == 1
    assert queries[1].recipe is None
    assert 0 <= line["first_token_s"] <= line["seconds"]


def test_a_replay_without_a_student_is_an_error() -> None:
    student = FakeStudent(fail=True)
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard, strict=True)
    with pytest.raises(StudentError, match="missing"):
        replay(next(cases(dialogue(), {})), answerer)


def test_what_the_guard_took_away_is_told_on_request() -> None:
    student = FakeStudent(
        act=Act("ask_question_recipe_steps", "answer_question_recipe_steps", (), "Fry it 99 minutes.")
    )
    answerer = Answerer(lambda: student, lambda query, k: [], FakeGuard)
    case = list(cases(dialogue(), read_recipes(iter([(1, RECIPES)]))))[1]
    line = replay(case, answerer, before_guard=True)
    assert line["said"] == "Fry it 99 minutes."
    assert line["guarded"]
    assert "99" not in line["text"]
    assert "said" not in replay(case, answerer)
