"""The journal: answers are there again, torn and damaged lines cost only themselves, unknown fates count as paid."""

import json
from pathlib import Path

import pytest

from training.endpoint import Answer, TeacherError
from training.journal import Journal

TOP = [{"token": "a", "bytes": [97], "logprob": -0.1, "top": [["a", [97], -0.1], ["b", None, -2.5]]}]


def filled(path: Path) -> None:
    journal = Journal(path)
    journal.asked("one", 100, 50)
    journal.answered("one", Answer("first answer – with ½", "stop", 90, 20, "m-1", TOP), 0.7)
    journal.asked("two", 100, 50)
    journal.failed("two", "429", billed=False)
    journal.asked("two", 100, 50)
    journal.failed("two", "timeout", billed=True)
    journal.asked("two", 100, 50)
    journal.answered("two", Answer("second", "length", 80, 30, "m-1"), 0.7)
    journal.asked("three", 100, 50)  # and never heard of again
    journal.close()


def test_answers_are_there_again_with_everything(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    journal = Journal(tmp_path / "j")
    assert set(journal.answers) == {"one", "two"}
    entry = journal.answers["one"]
    assert entry.answer == Answer("first answer – with ½", "stop", 90, 20, "m-1", TOP)
    assert entry.temperature == 0.7
    assert entry.time > 1.6e9
    # 90 + 80 answered, 100 timed out, 100 unknown
    assert (journal.prompt_tokens, journal.completion_tokens) == (370, 150)
    assert journal.damaged == 0
    journal.close()


def test_cut_anywhere_it_opens_and_goes_on(tmp_path: Path) -> None:
    filled(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    for size in range(0, len(whole), 7):
        path = tmp_path / f"cut-{size}"
        path.write_bytes(whole[:size])
        journal = Journal(path)
        kept = set(journal.answers)
        journal.asked("new", 1, 1)
        journal.answered("new", Answer("x", "stop", 1, 1), 0.0)
        journal.close()
        again = Journal(path)
        assert set(again.answers) == kept | {"new"}
        assert again.damaged == 0
        again.close()


def test_a_damaged_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "j"
    filled(path)
    lines = path.read_bytes().splitlines(keepends=True)
    answered = next(n for n, line in enumerate(lines) if b"first answer" in line)
    lines[answered] = lines[answered][:40] + b"\xff\x00" + lines[answered][60:]
    path.write_bytes(b"".join(lines) + b'{"event": "answered", "key": "x"}\n[1]\n')
    journal = Journal(path)
    assert set(journal.answers) == {"two"}
    assert journal.damaged == 3
    journal.close()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    with pytest.raises(TeacherError, match=r"Another run is using .*--journal"):
        Journal(tmp_path / "j")
    journal.close()
    Journal(tmp_path / "j").close()


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(TeacherError, match=r"Cannot write .*--journal"):
        Journal(tmp_path / "file" / "j")
    (tmp_path / "folder").mkdir()
    with pytest.raises(TeacherError, match=r"Cannot use .*--journal"):
        Journal(tmp_path / "folder")


def test_lines_are_plain_json(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    events = [json.loads(line)["event"] for line in (tmp_path / "j").read_text(encoding="utf-8").splitlines()]
    assert events == ["asked", "answered", "asked", "failed", "asked", "failed", "asked", "answered", "asked"]
