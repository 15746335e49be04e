"""What nothing is trained on, as files that ``souschef replay`` reads; how replies to WoTe's questions are measured."""

import json
from pathlib import Path

from bot.files import read_json_lines
from bot.replay import cases, read_recipes
from model.registry import bundled_folder
from model.vocabulary import Turn
from training.cases import dialogue, recipe_row
from training.cases import main as write_cases
from training.corpora import cookdial, wizard_of_tasks
from training.evaluate import alone, answered, situations, spans, table
from training.metrics import Reference


def test_a_dialogue_survives_the_official_form(wot: tuple[Path, Path], tmp_path: Path) -> None:
    example = wizard_of_tasks(*wot)[0]
    assert example.recipe is not None
    written = (tmp_path / "a.json", tmp_path / "a.jsonl")
    written[0].write_text(json.dumps({example.dialogue.id: dialogue(example)}))
    written[1].write_text(json.dumps(recipe_row(example.recipe)) + "\n")
    (again,) = wizard_of_tasks(*written)
    assert again.recipe is not None
    assert (again.recipe.ingredients, again.recipe.steps) == (example.recipe.ingredients, example.recipe.steps)
    assert again.dialogue.turns == example.dialogue.turns
    assert len(list(situations(*written))) == 3


def test_an_answer_span_is_looked_for_in_text_and_shared_items(wot: tuple[Path, Path], tmp_path: Path) -> None:
    rows = list(situations(*wot))
    (tmp_path / "wote_extractive_qa.jsonl").write_text(
        json.dumps({"conversation_id": rows[0][0][0], "question": "What do I need?", "extracted_answer": "1 cup milk"})
    )
    wanted = spans(tmp_path)
    none = {"text": "I am not sure.", "shared": []}
    replies = [none for _ in rows]
    assert answered(rows, replies, wanted) == {"spans": 1, "span_f1": 0.0, "span_held": 0.0}
    replies[0] = {"text": "These.", "shared": ["2 eggs", "1 cup milk"]}
    assert answered(rows, replies, wanted) == {"spans": 1, "span_f1": 0.0, "span_held": 1.0}
    replies[0] = {"text": "1 cup of milk.", "shared": []}
    assert answered(rows, replies, wanted)["span_f1"] == 6 / 7
    assert answered([(rows[0][0], rows[0][1], [], Turn("cook", "?"), Reference("", "", (), ""))], [none], wanted) == {}


def test_a_student_by_itself_is_measured_where_the_words_count(wot: tuple[Path, Path]) -> None:
    rows = list(situations(*wot))
    told = alone(bundled_folder(), rows)
    assert 0.3 < told["bits_per_byte"] < 4
    assert told["megabytes"] == (bundled_folder() / "student.gguf").stat().st_size / 1e6
    assert told["said_per_s"] > 0 < told["read_per_s"]
    nonsense = [(*row[:4], Reference("", row[4].intent, (), row[4].text[::-1])) for row in rows]
    assert alone(bundled_folder(), nonsense)["bits_per_byte"] > 1.5 * told["bits_per_byte"]
    assert "| tokens said per second, one thread |" in table({"bundled": told})


def test_the_real_sets(real_data: Path, tmp_path: Path) -> None:
    write_cases(["--data", str(real_data), "--out", str(tmp_path)])
    trained = {
        e.dialogue.id for e in cookdial(real_data / "cookdial_dialogs.jsonl", real_data / "cookdial_recipes.jsonl")
    }
    dialogues = json.loads((tmp_path / "cookdial.json").read_text())
    assert dialogues
    assert set(dialogues) < trained
    for name in ("wot", "cookdial"):
        recipes = read_recipes(read_json_lines(tmp_path / f"{name}.jsonl"))
        found = list(cases(json.loads((tmp_path / f"{name}.json").read_text()), recipes))
        assert len(found) > 200
        if name == "cookdial":
            assert all(case.recipe is not None and case.recipe.url in recipes for case in found)
