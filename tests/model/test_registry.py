"""The registry: which student is in use, and that a crash or a wrong name changes nothing."""

from pathlib import Path

import pytest

from model.registry import BUNDLED, Registry, bundled_folder
from model.student import StudentError


def add(registry: Registry, name: str) -> None:
    folder = registry.folder / name
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text("{}")
    (folder / "student.json").write_text('{"name": "second", "parameters": 3}')


def test_the_bundled_student_is_in_use_at_first(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    assert [v.name for v in registry.versions()] == [BUNDLED]
    assert registry.get().folder == bundled_folder()
    assert (bundled_folder() / "student.gguf").is_file()


def test_a_version_is_chosen_kept_and_noted(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, "second")
    registry.use("second", "better on the frozen set")
    again = Registry(tmp_path)
    assert again.get().name == "second"
    assert again.get().info["parameters"] == 3
    assert [(h["from"], h["to"], h["reason"]) for h in again.history()] == [
        (BUNDLED, "second", "better on the frozen set")
    ]
    again.use(BUNDLED)
    assert Registry(tmp_path).get().name == BUNDLED


def test_an_unknown_version_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    with pytest.raises(StudentError, match=r"no student version 'nope'.*bundled"):
        registry.use("nope")
    assert registry.active_name() == BUNDLED


def test_a_damaged_description_does_not_hide_a_version(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, "second")
    (registry.folder / "second" / "student.json").write_text("{broken")
    assert [v.name for v in registry.versions()] == [BUNDLED, "second"]
    assert registry.get("second").info == {}
