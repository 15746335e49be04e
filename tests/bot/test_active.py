"""A running bot takes a new student between two replies, keeps the old one for replies under way, and frees it then."""

import gc
import threading
import weakref
from pathlib import Path

import pytest

from bot.active import ActiveStudent
from bot.answer import Answerer
from bot.pantry import Kitchen
from bot.settings import Settings, load_settings
from model.registry import BUNDLED, Registry, bundled_folder
from model.student import Constraints, Generation, Situation, StudentError, TextSink
from model.vocabulary import Act
from tests.conftest import FakeGuard


class Named:
    """A student that says its name, when it is allowed to."""

    def __init__(self, name: str) -> None:
        self.name, self.go, self.asked = name, threading.Event(), threading.Event()
        self.go.set()

    def reply(
        self, situation: Situation, constraints: Constraints = Constraints(), on_text: TextSink | None = None
    ) -> Generation:
        self.asked.set()
        assert self.go.wait(30)
        if on_text is not None:
            on_text(self.name)
        return Generation(Act("misc", "misc", (), self.name))

    def close(self) -> None:
        raise AssertionError("a student that may still be at work is not closed")


def add(data: Path, name: str) -> None:
    folder = data / "students" / name
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text("{}")


def load(folder: Path) -> Named:
    if folder.name == "broken":
        raise StudentError("The student's tokenizer is damaged.")
    return Named(BUNDLED if folder == bundled_folder() else folder.name)


def test_the_next_reply_after_a_change_comes_from_the_new_student(tmp_path: Path) -> None:
    add(tmp_path, "second")
    student = ActiveStudent(tmp_path, load)
    assert student.made is None
    old = student()
    assert (old.name, student()) == (BUNDLED, old)
    Registry(tmp_path).use("second")
    assert student() is old  # the new one is being loaded
    student.settle()
    assert student().name == "second"
    Registry(tmp_path).rollback()
    student()
    student.settle()
    assert student().name == BUNDLED


def test_once_it_is_settled_the_very_next_reply_is_the_new_student_s(tmp_path: Path) -> None:
    add(tmp_path, "second")
    answerer = Answerer(ActiveStudent(tmp_path, load), lambda _query, _k: [], FakeGuard, strict=True)
    assert answerer.answer("hello", None).student == BUNDLED
    Registry(tmp_path).use("second")
    answerer.settle()
    assert answerer.answer("hello", None).student == "second"
    Registry(tmp_path).rollback()
    answerer.settle()
    assert answerer.answer("hello", None).student == BUNDLED


def test_a_reply_under_way_is_finished_by_the_student_it_began_with(tmp_path: Path) -> None:
    add(tmp_path, "second")
    student = ActiveStudent(tmp_path, load)
    answerer = Answerer(student, lambda _query, _k: [], FakeGuard, strict=True)
    old = student()
    assert isinstance(old, Named)
    old.go.clear()
    said: list[str] = []
    reply = threading.Thread(target=lambda: said.append(answerer.answer("hello", None).student))
    reply.start()
    assert old.asked.wait(30)
    Registry(tmp_path).use("second")
    student()
    student.settle()
    assert answerer.answer("hello", None).student == "second"  # not held up by the one under way
    gone = weakref.ref(old)
    old.go.set()
    reply.join(30)
    assert said == [BUNDLED]
    del old, reply
    gc.collect()
    assert gone() is None


def test_a_student_that_cannot_be_loaded_leaves_the_old_one_at_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    add(tmp_path, "broken")
    student = ActiveStudent(tmp_path, load, background=False)
    assert student().name == BUNDLED
    Registry(tmp_path).use("broken")
    assert student().name == BUNDLED
    assert "the old one goes on: The student's tokenizer is damaged." in caplog.text
    caplog.clear()
    assert student().name == BUNDLED
    assert caplog.text == ""  # it is tried once, not before every reply
    add(tmp_path, "second")
    Registry(tmp_path).use("second")
    assert student().name == "second"


def test_a_first_student_that_cannot_be_loaded_is_an_error_each_time(tmp_path: Path) -> None:
    add(tmp_path, "broken")
    Registry(tmp_path).use("broken")
    student = ActiveStudent(tmp_path, load)
    for _ in range(2):
        with pytest.raises(StudentError, match="damaged"):
            student()
    Registry(tmp_path).use(BUNDLED)
    assert student().name == BUNDLED


def test_a_version_named_in_the_settings_stays(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(Kitchen(settings).student, ActiveStudent)
    monkeypatch.setenv("SOUSCHEF_STUDENT__VERSION", BUNDLED)
    assert not isinstance(Kitchen(load_settings()).student, ActiveStudent)


def test_real_students_are_swapped_under_a_kitchen(settings: Settings) -> None:
    """Two real students, from files: the second answers once the registry says so, and rolling back takes seconds."""
    data = settings.paths.data
    folder = data / "students" / "twin"
    folder.mkdir(parents=True)
    for path in bundled_folder().iterdir():
        (folder / path.name).symlink_to(path)
    (folder / "student.json").unlink()
    (folder / "student.json").write_text('{"name": "twin"}')
    kitchen = Kitchen(settings)
    assert isinstance(kitchen.student, ActiveStudent)
    first = kitchen.student()
    gone = weakref.ref(first)
    situation = Situation("What can I use instead of butter?", passages=("Use 3/4 cup of oil for 1 cup of butter.",))
    said = first.reply(situation).act
    Registry(data).use("twin")
    assert kitchen.student() is first
    del first
    kitchen.student.settle()
    assert kitchen.student().name == "twin"
    assert kitchen.student().reply(situation).act == said
    gc.collect()
    assert gone() is None
    Registry(data).rollback()
    kitchen.student()
    kitchen.student.settle()
    assert kitchen.student().name != "twin"
