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


def test_rolling_back_goes_all_the_way_to_the_bundled_student(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for name in ("second", "third", "fourth"):
        add(registry, name)
    with pytest.raises(StudentError, match="no student before bundled"):
        registry.rollback()
    registry.use("second")
    registry.use("third")
    registry.use("third", "said twice")
    assert registry.rollback("worse than it looked").name == "second"
    registry.use("fourth")
    assert registry.rollback().name == "second"
    assert registry.rollback().name == BUNDLED
    assert registry.active_name() == BUNDLED
    with pytest.raises(StudentError, match="no student before"):
        registry.rollback()
    assert [(h["kind"], h["to"]) for h in registry.history()][3:5] == [("rollback", "second"), ("use", "fourth")]
    assert registry.history()[3]["reason"] == "worse than it looked"


def test_rolling_back_to_a_version_that_is_gone_changes_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for name in ("second", "third"):
        add(registry, name)
        registry.use(name)
    (registry.folder / "second" / "tokenizer.json").unlink()
    with pytest.raises(StudentError, match="no student version 'second'"):
        registry.rollback()
    assert registry.active_name() == "third"


def test_a_crash_before_the_history_is_written_can_be_rolled_back(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    for name in ("second", "third"):
        add(registry, name)
    registry.use("second")
    (registry.folder / "active").write_text("third\n")
    with (registry.folder / "history.jsonl").open("a") as file:
        file.write('{"at": "2026-')
    assert registry.rollback().name == "second"


def test_the_mark_changes_with_every_choice(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    add(registry, "second")
    marks = [registry.mark()]
    for choose in (lambda: registry.use("second"), lambda: registry.use(BUNDLED), lambda: registry.rollback()):
        choose()
        marks.append(registry.mark())
        assert registry.mark() == marks[-1]
    assert len(set(marks)) == 4
