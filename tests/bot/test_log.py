"""The log in Wizard of Tasks form."""

import json
from pathlib import Path

import pytest

from bot.log import anonymous, export, load_salt
from bot.review import correct
from tests.conftest import SHAKSHUKA, STEW, Bench

KEYS = {
    "text", "turn_counter", "dangerous_tools", "shared_data", "intent", "relevant", "useful", "worker_id",
    "previous_worker_id", "role",
}  # fmt: skip


def test_export_is_the_official_form(bench: Bench) -> None:
    bench.say("test shakshuka")
    bench.say("next")
    bench.say("let's make test chickpea stew")
    dialogues = dict(export(bench.store, b"salt"))
    assert [d["document_url"] for d in dialogues.values()] == [SHAKSHUKA.url, STEW.url]
    first = next(iter(dialogues.values()))
    assert set(first) == {"document_url", "data_split", "turns"}
    turns = first["turns"]
    assert [t["turn_counter"] for t in turns] == [1, 2, 3, 4]
    assert [t["role"] for t in turns] == ["student", "teacher"] * 2
    assert turns[3]["shared_data"] == [SHAKSHUKA.steps[0]]
    assert turns[3]["intent"] == "return_next_step"
    assert turns[2]["intent"] == "request_next_step"
    assert all(set(t) >= KEYS for t in turns)
    assert set(turns[0]) - KEYS == {"real_life_action"}
    assert set(turns[1]) - KEYS == {"external_urls"}
    json.dumps(dialogues)


def test_export_marks_what_was_reviewed(bench: Bench) -> None:
    bench.say("test shakshuka")
    wrong, right = bench.say("next").id, bench.say("next").id
    correct(bench.store, wrong, "terminal:admin", False, "Heat the oil first.")
    correct(bench.store, right, "terminal:admin", True)
    turns = next(iter(dict(export(bench.store, b"salt")).values()))["turns"]
    marks = [(t["useful"], t.get("reviewed"), t.get("better_answer")) for t in turns if t["role"] == "teacher"]
    assert marks == [("yes", None, None), ("no", "wrong", "Heat the oil first."), ("yes", "right", "")]


def test_export_has_the_keys_of_the_data_set(bench: Bench) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "wizard_of_tasks_cooking.json"
    if not path.exists():
        pytest.skip("the Wizard of Tasks data is not beside this checkout")
    official = next(iter(json.loads(path.read_text(encoding="utf-8")).values()))
    bench.say("test shakshuka")
    ours = next(dialogue for _, dialogue in export(bench.store, b"salt"))
    assert set(ours) == set(official)
    for role in ("student", "teacher"):
        mine = next(t for t in ours["turns"] if t["role"] == role)
        theirs = next(t for t in official["turns"] if t["role"] == role)
        assert set(mine) == set(theirs)
        for key, value in theirs.items():
            assert isinstance(mine[key], type(value)) or value is None or mine[key] is None, key


def test_ids_name_nobody(bench: Bench) -> None:
    bench.say("hello")
    text = json.dumps(dict(export(bench.store, b"salt")))
    assert "cook" not in text.replace("would you like to cook", "")
    assert "kitchen" not in text
    assert anonymous("a", b"1") != anonymous("a", b"2")
    assert anonymous("a", b"1") == anonymous("a", b"1")


def test_salt_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    assert load_salt(folder) == load_salt(folder)
    assert (folder / "salt").stat().st_mode & 0o077 == 0


def test_only_one_cook(bench: Bench) -> None:
    bench.say("hello")
    assert dict(export(bench.store, b"s", user="terminal:nobody")) == {}
    assert len(dict(export(bench.store, b"s", user="terminal:cook"))) == 1
