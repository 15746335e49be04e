"""souschef scores, judge and dashboard, as they are typed."""

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from bot.cli import main
from bot.store import ScoringRow, Store, TurnRow
from bot.triad.worker import Worker
from tests.bot.triad.local import LocalModel
from tests.bot.triad.test_worker import Notes, say, work
from tests.conftest import Clock


@pytest.fixture
def scored(store: Store, clock: Clock) -> Store:
    """Four replies on four days, scored; the second has a thumb down and the lowest score."""
    for number, text in enumerate(("salt", "=pepper", "oil", "[red]")):
        say(store, text, user="t:one" if number < 3 else "t:two")
        clock.advance(86400)
    work(Worker(store, Notes))
    with store.write() as db:
        row, turn = db.get(ScoringRow, 2), db.get(TurnRow, 2)
        assert row is not None
        assert turn is not None
        row.groundedness = row.lowest = 0.25
        turn.thumb = -1
    return store


def test_table_shows_the_worst_first(scored: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores"]) == 0
    out = capsys.readouterr().out
    lines = [line for line in out.splitlines() if "›" in line][1:]
    assert len(lines) == 4
    assert "0.25" in lines[0]
    assert "down" in lines[0]
    assert any("[red]" in line for line in lines)  # markup in a cook's words is not markup
    assert "4 replies: 4 scored." in out


def test_filters_and_json(scored: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "--below", "0.4", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [reply["id"] for reply in found["replies"]] == [2]
    assert found["totals"]["down"] == 1
    assert main(["scores", "--platform", "discord", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["replies"] == []
    assert main(["scores", "--newest", "--limit", "2", "--json"]) == 0
    assert [reply["id"] for reply in json.loads(capsys.readouterr().out)["replies"]] == [4, 3]
    assert main(["scores", "--since", "2023-11-17", "--json"]) == 0  # the clock of the tests begins on the 14th
    assert [reply["id"] for reply in json.loads(capsys.readouterr().out)["replies"]] == [4]


def test_one_reply_in_full(scored: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scores", "review", "2", "--wrong", "--better", "A pinch."]) == 0
    capsys.readouterr()
    assert main(["scores", "--show", "2"]) == 0
    out = capsys.readouterr().out
    for part in ("what of =pepper?", "About =pepper.", "wrong; better: A pinch.", "why", "👎", "what of oil?"):
        assert part in out
    assert main(["scores", "--show", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["contexts"] == ["About =pepper."]
    assert [turn["id"] for turn in found["dialogue"]] == [1, 2, 3]
    assert (found["right"], found["better"]) == (False, "A pinch.")


def test_csv_and_plot(scored: Store, tmp_path: Path) -> None:
    assert main(["scores", "--csv", "s.csv", "--plot", "s.png", "--limit", "1"]) == 0
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4  # all, not only those shown
    assert rows[0]["text"] == "'=pepper"  # no formula for a spreadsheet
    with Image.open(tmp_path / "s.png") as picture:
        assert picture.size == (1200, 720)
        assert len(picture.convert("RGB").getcolors(1 << 20) or ()) > 100


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["scores", "--show", "9"], "There is no reply 9"),
        (["scores", "--since", "soon"], "is no moment"),
        (["scores", "--limit", "-1"], "--limit must be"),
        (["scores", "--plot", "x.png"], "no scored replies to draw"),
        (["scores", "review", "9", "--right"], "There is no reply 9"),
        (["judge", "nowhere.jsonl", "--out", "x.jsonl"], "Cannot read nowhere.jsonl"),
        (["judge", "nowhere.jsonl", "--out", "x.jsonl", "--judge", "openai"], "judge.model"),
        (["dashboard"], "dashboard"),
    ],
)
def test_mistakes(arguments: list[str], part: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert part in err
    assert "Traceback" not in err


LINES = [
    {"question": "how much oil?", "contexts": ["2 tablespoons olive oil"], "answer": "2 tablespoons.", "id": 7},
    {"question": "how much oil?", "contexts": [], "answer": "Done, next?"},
]


def test_judge_scores_good_lines_and_names_bad_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = ["{", '{"question": "a", "answer": "b"}', '{"question": "a", "contexts": [1], "answer": "b"}', "[]"]
    good = [json.dumps(line) for line in LINES]
    text = "\n".join([good[0], *bad[:2], "", good[1], *bad[2:]]) + "\n"
    (tmp_path / "in.jsonl").write_bytes(text.encode() + b'{"question": "\xff"}\n')
    assert main(["judge", "in.jsonl", "--out", "out.jsonl"]) == 2
    err = capsys.readouterr().err
    assert [number for number in range(1, 9) if f"line {number}:" in err] == [2, 3, 6, 7, 8]
    assert "not UTF-8" in err
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["answer"] for line in out] == ["2 tablespoons.", "Done, next?"]
    assert out[0]["id"] == 7
    for line in out:
        assert all(0 <= line[name] <= 1 for name in ("context_relevance", "groundedness", "answer_relevance"))
        assert line["judge"] == "local"
    assert out[1]["groundedness"] == 1.0
    assert out[0]["groundedness"] > 0.5


def test_judge_with_a_language_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    monkeypatch.setenv("SOUSCHEF_JUDGE__MODEL", "critic")
    monkeypatch.setenv("SOUSCHEF_JUDGE__CALLS_PER_DAY", "1")
    with LocalModel() as model:
        monkeypatch.setenv("SOUSCHEF_JUDGE__BASE_URL", model.url)
        assert main(["judge", "in.jsonl", "--out", "out.jsonl", "--judge", "openai"]) == 0
    out = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["judge"] for line in out] == ["openai:critic", "local"]
    assert out[0]["context_relevance"] == 0.8
    assert "cap of 1 calls" in out[1]["note"]
