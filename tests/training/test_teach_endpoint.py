"""An endpoint as a teacher of a cache, over HTTP: scored, in its own words, or its words alone; killed on the way."""

import json
import math
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.engines.local import load_tokenizer
from model.prompt import UTTERANCE_BUDGET, PromptBuilder
from model.registry import bundled_folder
from model.tokenizer import DialogueTokenizer
from tests.training.teacher import Teacher, named
from training import distill, teach
from training.alignment import unspaced
from training.cookbook import cookbook_examples
from training.corpora import wizard_of_tasks
from training.endpoint import scored
from training.errors import TrainingError
from training.packing import Packed, sequences
from training.teach_endpoint import usable
from training.teacher_cache import Cache, file_hash, judged
from training.teacher_prompts import chat
from training.unpack import Talk, unpack

ROOT = Path(__file__).resolve().parents[2]
TOKENIZER = bundled_folder() / "tokenizer.json"


@pytest.fixture(scope="module")
def tokenizer() -> DialogueTokenizer:
    return load_tokenizer(bundled_folder())


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Teacher]:
    """A running teacher that scores texts, and settings that name it."""
    with named(Teacher(echo=True), monkeypatch) as running:
        yield running


@pytest.fixture
def packed(wot: tuple[Path, Path], tokenizer: DialogueTokenizer, tmp_path: Path) -> Path:
    """Two dialogues with five replies, and a drill."""
    builder = PromptBuilder(tokenizer)
    items = [s for example in wizard_of_tasks(*wot) for s in sequences(builder, example, 980)]
    path = tmp_path / "packed.npz"
    Packed.of([*items, ([700, 701, 700, 701], [0, 0, 16, 16])]).save(path)
    return path


def run(packed: Path, out: Path, *more: str) -> None:
    teach.main(
        [
            "--endpoint", "--tokenizer", str(TOKENIZER), "--packed", str(packed), "--out", str(out), "--k", "8",
            "--shard", "1", "--backoff-s", "0.05", *more,
        ]
    )  # fmt: skip


def talks(path: Path, tokenizer: DialogueTokenizer) -> list[Talk]:
    data = Packed.load(path)
    return [unpack(tokenizer, data.tokens[a:b].tolist()) for a, b in zip(data.offsets, data.offsets[1:], strict=False)]


def replies(path: Path, tokenizer: DialogueTokenizer) -> list[str]:
    return [turn.text for talk in talks(path, tokenizer) for turn in talk.turns if turn.role == "wizard"]


def opened(out: Path, path: Path) -> tuple[Cache, Packed]:
    data = Packed.load(path)
    return Cache(out, data, file_hash(path), 6144, 1.0), data


def files(out: Path) -> dict[str, bytes]:
    """What a student would read."""
    return {p.name: p.read_bytes() for p in out.iterdir() if p.suffix in (".npz", ".top") or p.name == "cache.json"}


def test_what_was_packed_is_read_back(packed: Path, tokenizer: DialogueTokenizer) -> None:
    first, second, drill = talks(packed, tokenizer)
    assert (first.title, first.ingredients[0], first.steps[2]) == (
        "Crêpes for Two",
        "1/2 cup flour",
        "Heat a pan at 350°F.",
    )
    said = [(turn.role, turn.text) for turn in first.turns]
    assert said[:3] == [("cook", "What do I need?"), ("wizard", "These."), ("cook", "What's first?")]
    assert first.turns[1].shared == ["1/2 cup flour", "2 eggs", "1 cup milk"]
    assert (first.turns[3].intent, first.turns[3].notes) == ("return_next_step", ["Whisk everything for 2 minutes."])
    assert [turn.step for turn in first.turns if turn.role == "cook"] == [0, 0, 1, 1, 2]
    assert second.turns[3].text == "Add the pasta."
    assert drill.turns == []
    data = Packed.load(packed)
    ids = data.tokens[: data.offsets[1]].tolist()
    for turn in first.turns:
        if turn.role == "wizard":
            assert ids[turn.begin : turn.end] == tokenizer.encode(turn.text)
            assert ids[turn.end] == tokenizer.eos
    asked = chat(first, 6, {3: "Whisk well."})
    assert [m["role"] for m in asked] == ["system", "user", "assistant", "user", "assistant", "user"]
    assert asked[4]["content"] == "Whisk well."
    assert asked[5]["content"].startswith("Done.\nWhat next?\n(The cook is at step 1.")
    assert "Heat a pan at 350°F." in asked[5]["content"]


def test_replies_are_scored_into_the_cache_of_the_same_file(
    teacher: Teacher, packed: Path, tokenizer: DialogueTokenizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "taught"
    run(packed, out)
    assert f"--packed {packed} --cache {out} --temperature 1" in capsys.readouterr().out
    cache, data = opened(out, packed)
    places = np.flatnonzero(judged(data, 16))
    found, known = cache.distributions(places)
    pieces = [tokenizer.pieces[token] for token in data.tokens[places]]
    words = {p for p, said in zip(pieces, known.tolist(), strict=True) if said}
    assert {"▁Heat", "▁pan", "▁pasta", "▁minutes"} <= words
    assert not any(p.startswith("<") for p in words)  # intents and pointers have no counterpart in an endpoint's words
    for row, piece in enumerate(pieces):
        if piece == "▁pasta":
            names = {tokenizer.pieces[i]: math.exp(log) for i, log in zip(found.ids[row], found.logs[row], strict=True)}
            assert names["▁pasta"] == pytest.approx(0.6, abs=0.01)
            assert names["▁the"] == pytest.approx(0.2, abs=0.01)
            assert math.exp(found.tail[row]) == pytest.approx(0.1, abs=0.01)
    asked = sum(teacher.asked.values())
    run(packed, out)
    assert sum(teacher.asked.values()) == asked == 5
    (out / "shard-00000.top").write_bytes(b"torn")
    run(packed, out)
    assert sum(teacher.asked.values()) == asked  # made again from the journal
    opened(out, packed)


def test_own_answers_stand_where_the_replies_were(
    teacher: Teacher, packed: Path, tokenizer: DialogueTokenizer, tmp_path: Path
) -> None:
    teacher.echo = False
    out = tmp_path / "taught"
    run(packed, out)
    assert replies(out / "packed.npz", tokenizer) == ["You said: What do I need?"] * 3 + ["You said: First step?"] * 2
    before, after = talks(packed, tokenizer)[0], talks(out / "packed.npz", tokenizer)[0]
    for old, new in zip(before.turns, after.turns, strict=True):
        assert (old.role, old.intent, old.shared, old.step) == (new.role, new.intent, new.shared, new.step)
    last = max((body["messages"] for body in teacher.bodies), key=len)
    assert [m["content"] for m in last if m["role"] == "assistant"] == ["You said: What do I need?"] * 2
    cache, data = opened(out, out / "packed.npz")
    places = np.flatnonzero(judged(data, 16))
    known = cache.distributions(places)[1].tolist()
    said = {tokenizer.pieces[data.tokens[place]] for place, has in zip(places, known, strict=True) if has}
    assert {"▁You", "▁need"} <= said
    student = tmp_path / "student"
    distill.main(
        [
            "--preset", "nano", "--tokenizer", str(TOKENIZER), "--packed", str(out / "packed.npz"), "--cache", str(out),
            "--temperature", "1", "--steps", "2", "--log-every", "1", "--out", str(student), "--precision", "fp32",
        ]
    )  # fmt: skip
    assert json.loads((student / "distill.json").read_text())["curve"][-1]["divergence"] > 0


def test_without_probabilities_words_alone_are_kept_and_it_says_so(
    teacher: Teacher, packed: Path, tokenizer: DialogueTokenizer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    teacher.echo = teacher.logprobs = False
    out = tmp_path / "taught"
    run(packed, out)
    said = capsys.readouterr().out
    assert (
        "The teacher gives no top_logprobs, so only its words are kept: train with training.distill --alpha 0" in said
    )
    assert replies(out / "packed.npz", tokenizer)[0] == "You said: What do I need?"
    assert not (out / "cache.json").exists()
    with pytest.raises(SystemExit):
        run(packed, tmp_path / "other", "--learn", "own")
    assert "gives no top_logprobs" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(packed, tmp_path / "third", "--learn", "scored")
    assert "does not tell how likely a given text is" in capsys.readouterr().err


@pytest.mark.parametrize("echo", [True, False])
def test_faults_change_nothing(
    teacher: Teacher, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo: bool
) -> None:
    teacher.echo = echo
    builder = PromptBuilder(load_tokenizer(bundled_folder()))
    Packed.of([s for e in cookbook_examples("train")[:6] for s in sequences(builder, e, 980)]).save(packed)
    run(packed, tmp_path / "plain", "--learn", "scored" if echo else "own")
    asked, teacher.faults = set(teacher.asked), True
    teacher.asked.clear()
    monkeypatch.setenv("SOUSCHEF_TEACHER__TIMEOUT_S", "3")
    run(packed, tmp_path / "faults", "--learn", "scored" if echo else "own")
    assert len(teacher.met) >= 3
    assert set(teacher.asked) == asked
    assert files(tmp_path / "plain") == files(tmp_path / "faults")


@pytest.mark.timeout(400)
def test_killed_twice_it_comes_to_the_same_and_asks_nothing_twice(
    teacher: Teacher, tokenizer: DialogueTokenizer, tmp_path: Path
) -> None:
    teacher.echo, packed = False, tmp_path / "packed.npz"
    builder = PromptBuilder(tokenizer)
    Packed.of([s for e in cookbook_examples("train")[:8] for s in sequences(builder, e, 980)]).save(packed)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(packed, whole)
    total = len(teacher.answered)
    assert total > 30
    teacher.answered.clear()
    teacher.pace_s = 0.1
    journal = broken / "journal.jsonl"

    def answered() -> list[str]:
        lines = journal.read_bytes().split(b"\n")[:-1] if journal.is_file() else []
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [row["key"] for row in rows if row["event"] == "answered"]

    command = [sys.executable, "-m", "training.teach", "--endpoint", "--tokenizer", str(TOKENIZER), "--shard", "1"]
    command += ["--packed", str(packed), "--out", str(broken), "--k", "8", "--backoff-s", "0.05"]
    for count in (total // 4, total // 2):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 240
            while len(answered()) < count and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        assert process.returncode == -signal.SIGKILL
    teacher.pace_s = 0
    run(packed, broken)
    assert len(answered()) == len(set(answered())) == total
    assert sum(count - 1 for count in teacher.answered.values()) <= 2 * 4  # only what was under way at a kill
    assert files(whole) == files(broken)


def test_the_cap_ends_a_run_and_a_higher_one_goes_on(
    teacher: Teacher, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(packed, tmp_path / "taught", "--dry-run")
    said = capsys.readouterr().out
    assert "5 requests (0 are answered already)." in said
    assert "Cost: about" in said
    assert not teacher.asked
    monkeypatch.setenv("SOUSCHEF_TEACHER__SPENDING_CAP", "0.0006")
    with pytest.raises(SystemExit) as ended:
        run(packed, tmp_path / "taught")
    assert ended.value.code == 2
    assert "raise teacher.spending_cap" in capsys.readouterr().err
    assert 0 < sum(teacher.asked.values()) < 5
    monkeypatch.setenv("SOUSCHEF_TEACHER__SPENDING_CAP", "1")
    run(packed, tmp_path / "taught")
    assert sorted(teacher.asked.values()) == [1] * 5


def test_what_does_not_fit_is_one_sentence(
    teacher: Teacher, packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "taught"
    with pytest.raises(TrainingError, match="--temperatures 1"):
        run(packed, out, "--temperatures", "1", "2")
    with pytest.raises(TrainingError, match=r"tokenizer\.json in --tokenizer"):
        teach.main(["--endpoint", "--packed", str(packed), "--out", str(out)])
    run(packed, out)
    with pytest.raises(TrainingError, match="name another --out"):
        run(packed, out, "--learn", "own")
    monkeypatch.setenv("SOUSCHEF_TEACHER__API_KEY", "sk-wrong")
    with pytest.raises(SystemExit):
        run(packed, tmp_path / "other")
    assert "check teacher.api_key" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        teach.main(
            ["--endpoint", "http://127.0.0.1:9/v1", "--tokenizer", str(TOKENIZER), "--packed", str(packed), "--out",
             str(tmp_path / "third"), "--tries", "1"]
        )  # fmt: skip
    assert "check teacher.base_url" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "cut", "kept"),
    [
        (" Heat the pan. ", False, "Heat the pan."),
        ("Heat the pan", False, "Heat the pan"),
        ("Heat the pan. Then add", True, "Heat the pan."),
        ("Heat the", True, ""),
        ("Here they are:\n- flour\n- eggs", False, ""),
        ("Heat it.\nThen wait.", False, "Heat it."),
        ("", False, ""),
    ],
)
def test_of_an_answer_whole_sentences_that_fit_are_taught(
    tokenizer: DialogueTokenizer, text: str, cut: bool, kept: str
) -> None:
    assert usable(tokenizer, text, cut) == kept


def test_of_a_long_answer_as_much_is_taught_as_fits(tokenizer: DialogueTokenizer) -> None:
    kept = usable(tokenizer, "Bake at 350°F. " + "Wait a bit more. " * 30, False)
    assert kept.endswith("more.")
    assert len(tokenizer.encode(kept)) <= UTTERANCE_BUDGET < len(tokenizer.encode(f"{kept} Wait a bit more."))


def test_the_tokens_of_a_text_behind_another() -> None:
    tokens = [" Cook", ":", " Hi", "\n", "You", ":", " He", "at", " it", ".", "\n"]
    logs: list[float | None] = [None, *[-0.5] * 10]
    tops: list[dict[str, float] | None] = [None, *[{token: -0.5, " x": -2.0, "y": -3.0} for token in tokens[1:]]]
    found = scored("Cook: Hi\nYou:", "Heat it.", tokens, logs, tops)
    assert found is not None
    assert [entry["token"] for entry in found] == [" He", "at", " it", "."]
    begun = unspaced(found)
    assert begun[0]["token"] == "He"
    assert begun[0]["top"] == [["He", None, -0.5], ["x", None, -2.0]]  # what begins without the space is tail
    assert begun[1:] == found[1:]
    merged = [" Cook", ":", " Hi", "\n", "You", ": He", "at", " it", "."]
    assert scored("Cook: Hi\nYou:", "Heat it.", merged, logs[:9], tops[:9]) is None
    assert scored("Cook: Hi\nYou:", "Fry it.", tokens, logs, tops) is None
