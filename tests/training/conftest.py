"""A miniature of the data sets, written for the tests, and where the real ones are."""

import json
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture
def real_data() -> Path:
    """The folder with the public data sets; the test skips where it is absent."""
    if not (DATA / "wizard_of_tasks_cooking.json").is_file():
        pytest.skip("the public data sets are not beside the repository (README says how to get them)")
    return DATA


def turn(role: str, text: str, intent: str, counter: int, shared: list[str] | None = None) -> dict[str, Any]:
    return {
        "text": text, "turn_counter": counter, "dangerous_tools": [], "shared_data": shared or [], "intent": intent,
        "relevant": "yes", "useful": "yes", "worker_id": 1, "role": role,
    }  # fmt: skip


RECIPE = {
    "conversation_id": "test-1",
    "url": "https://example.org/recipes/cr%C3%AApes-for-two",
    "title": "Cr&ecirc;pes for Two",
    "description": "Thin.",
    "ingredients": ["1/2 cup flour", "2 eggs", "1 cup milk", "pinch of salt"],
    "steps": [
        "Whisk everything for 2 minutes.",
        "Heat a pan at 350 degF.",
        "Fry each cr&ecirc;pe for 1 minute a side.",
    ],
}


@pytest.fixture
def wot(tmp_path: Path) -> tuple[Path, Path]:
    """(dialogues, recipes) in the official form: one dialogue with a recipe, one without."""
    first = [
        turn("student", "What do I need?", "ask_question_ingredients_tools", 1),
        turn("teacher", "These.", "return_list_ingredients_tools", 2, ["1/2 cup flour", "2 Eggs.", "1 cup milk"]),
        turn("student", "What's first?", "request_next_step", 3),
        turn("teacher", "Whisk it all for 2 minutes.", "return_next_step", 4, ["Whisk everything for 2 minutes."]),
        turn("student", "Done.", "request_next_step", 5),
        turn("student", "What next?", "request_next_step", 6),
        turn("teacher", "Heat a pan to 350¬∞F.", "return_next_step", 7, ["Heat a pan at 350¬∞F."]),
        turn("student", "Thanks", "stop", 8),
    ]
    second = [
        turn("student", "First step?", "request_next_step", 1),
        turn("teacher", "Boil water.", "return_next_step", 2, ["Boil 2 quarts of water."]),
        turn("student", "And then?", "request_next_step", 3),
        turn("teacher", "Add the pasta.", "return_next_step", 4, ["Add the pasta."]),
    ]
    dialogues = {
        "test-1": {"document_url": RECIPE["url"], "data_split": "train", "turns": first},
        "test-2": {"document_url": "https://example.org/plain-pasta", "data_split": "validation", "turns": second},
    }
    path, recipes = tmp_path / "wot.json", tmp_path / "recipes.jsonl"
    path.write_text(json.dumps(dialogues), encoding="utf-8")
    recipes.write_text(json.dumps(RECIPE) + "\n", encoding="utf-8")
    return path, recipes


@pytest.fixture(scope="session")
def nano(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student of the nano preset, trained for seconds."""
    from tests.training.drill import nano_student

    folder = tmp_path_factory.mktemp("students") / "nano"
    nano_student(folder)
    return folder


@pytest.fixture(scope="session")
def logged(nano: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the drills of retraining start from (:class:`tests.training.drill.Prepared`): copy it, do not use it."""
    from tests.training.drill import prepare

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOUSCHEF_STUDENT__THREADS", "1")
        patch.chdir(tmp_path_factory.mktemp("nowhere"))  # a .env of this checkout is none of a test's
        return prepare(tmp_path_factory.mktemp("logged") / "data", nano)


@pytest.fixture
def tiny(logged: Any, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of a test's own with the logged conversations, and settings for a retraining of one thread."""
    options = {"preset": "nano", "peak": "0.5", "batch_tokens": "1024", "share": "0.4", "judged_turns": "60"}
    for key, value in (options | {"epochs": "4", "threads": "1"}).items():
        monkeypatch.setenv(f"SOUSCHEF_RETRAIN__{key.upper()}", value)
    monkeypatch.setenv("SOUSCHEF_STUDENT__THREADS", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    copied: Path = logged.copy(data_dir)
    return copied
