"""Ray with two workers against one process: the same outputs, after kills too. One local cluster for all tests."""

import hashlib
import importlib.util
import json
import operator
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from model.registry import bundled_folder
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.index import Index
from tests.training.teacher import Teacher, named
from training import augment, cluster, index, replay
from training.cluster import connected, mapped
from training.distill_settings import Settings, from_toml
from training.errors import TrainingError

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.*"),  # it warns of its own settings
    pytest.mark.timeout(900),  # a Ray cluster is a dozen processes to start
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason='Ray is not installed (pip install "souschef[ray]")'
    ),
]


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Two workers on this machine."""
    with connected("local", 2) as started:
        yield started


def test_what_is_mapped_comes_back_in_order_and_errors_as_they_were_raised(ray: Any) -> None:
    assert list(mapped(partial(partial, operator.mul, 3), range(20), 2)) == [3 * n for n in range(20)]
    with pytest.raises(ZeroDivisionError) as found:
        list(mapped(partial(partial, operator.truediv, 1), [1, 0], 2))
    assert "in _apply" in found.value.__notes__[0]
    with pytest.raises(TrainingError, match=r"nothing\.toml cannot be read"):
        list(mapped(partial(partial, from_toml), [Path("nothing.toml")], 2))


def test_a_worker_makes_its_function_once() -> None:
    recipe = pickle.dumps(partial(partial, operator.mul, 3))
    assert cluster._Made.by(recipe) is cluster._Made.by(recipe)
    assert cluster._Made.by(pickle.dumps(partial(partial, operator.mul, 4)))(2) == 8


def test_an_index_is_the_same_to_the_byte(ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "PORTION", 60)
    hashes, layouts = [], []
    for name in ("one", "two"):
        with Index(tmp_path / name) as made:
            if name == "two":
                made.preparing = index.Spread("bundled", 2)
            made.add(load_recipes(), load_knowledge())
            layouts.append(made.store.layout())
        files = sorted((tmp_path / name / "segments").rglob("*.np*"))
        hashes.append([(str(f.relative_to(tmp_path / name)), hashlib.sha256(f.read_bytes()).digest()) for f in files])
    assert hashes[0] == hashes[1]
    assert any("vectors" in name for name, _ in hashes[0])
    assert layouts[0] == layouts[1]


def test_an_import_on_a_cluster_is_the_commands(ray: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "soup.md").write_text(
        "# Onion soup\n\n## Ingredients\n\n- 4 onions\n\n## Steps\n\n1. Fry the onions.\n"
    )
    assert index.main([str(tmp_path / "soup.md"), "--index", str(tmp_path / "i"), "--ray", "local"]) == 0
    assert "1 recipes imported" in capsys.readouterr().out
    assert index.main([str(tmp_path / "soup.md"), "--index", str(tmp_path / "i"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["duplicates"] == 1


def test_dialogues_get_the_replies_of_one_process(ray: Any, tmp_path: Path, wot: tuple[Path, Path]) -> None:
    found = []
    for name, more in (("one", []), ("two", ["--ray", "local", "--workers", "2"])):
        out = tmp_path / f"{name}.jsonl"
        assert replay.main([str(wot[0]), "--recipes", str(wot[1]), "--out", str(out), *more]) == 0
        lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        assert all(line.pop("first_token_s") <= line.pop("seconds") for line in lines)
        found.append(lines)
    assert found[0] == found[1]
    assert [(line["conversation_id"], line["turn_counter"]) for line in found[1]] == [
        ("test-1", 2), ("test-1", 4), ("test-1", 7), ("test-2", 2), ("test-2", 4),
    ]  # fmt: skip


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Teacher]:
    """A running teacher, some of whose answers are malformed, and settings that name it."""
    with named(Teacher(malformed=True), monkeypatch, TIMEOUT_S="60") as running:
        yield running


def augmented(out: Path, *more: str) -> int:
    return augment.main(["--cookbook", "--limit", "24", "--out", str(out), "--backoff-s", "0.05", *more])


def outcome(out: Path) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Conversations without their times, counts that do not depend on how the run went, rejected pairs."""
    data = json.loads(out.read_text(encoding="utf-8"))
    for row in data.values():
        del row["provenance"]["time"]
    counts = json.loads(out.with_name(f"{out.stem}.report.json").read_text(encoding="utf-8"))
    for name in ("requests", "answers_kept_from_before", "tokens_in", "tokens_out", "cost"):
        del counts[name]
    return data, counts, out.with_name(f"{out.stem}.rejected.jsonl").read_text(encoding="utf-8")


def events(journal: Path, kind: str) -> list[str]:
    rows = [json.loads(line) for line in journal.read_bytes().split(b"\n")[:-1]] if journal.is_file() else []
    return [row["key"] for row in rows if row["event"] == kind]


def test_augmentation_killed_on_a_cluster_comes_to_what_one_process_does(
    ray: Any, teacher: Teacher, tmp_path: Path
) -> None:
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    assert augmented(whole) == 0
    teacher.asked.clear()
    teacher.pace_s = 0.5
    address = ray.get_runtime_context().gcs_address
    command = [sys.executable, "-m", "training.augment", "--cookbook", "--limit", "24", "--out", str(broken)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--ray", address], cwd=ROOT, stdout=log, stderr=log)
        journal, deadline = tmp_path / "broken.journal.jsonl", time.monotonic() + 600
        while len(events(journal, "answered")) < 6 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, (tmp_path / "log").read_text()
    teacher.pace_s = 0.0
    assert augmented(broken, "--ray", "local", "--workers", "2") == 0
    assert outcome(whole) == outcome(broken)
    asked = events(journal, "asked")
    answered = events(journal, "answered")
    assert len(answered) == len(set(answered)), "nothing is answered twice"
    assert len(asked) - len(answered) <= 4, "only what was under way at the kill was asked again"
    assert sum(teacher.asked.values()) <= len(answered) + 4


def test_the_spending_cap_holds_for_all_workers_together(
    ray: Any, teacher: Teacher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOUSCHEF_TEACHER__SPENDING_CAP", "0.03")
    out = tmp_path / "a.json"
    assert augmented(out, "--ray", "local", "--workers", "2") == 1
    assert "raise teacher.spending_cap" in capfd.readouterr().err
    found = json.loads((tmp_path / "a.report.json").read_text(encoding="utf-8"))
    assert 0 < found["turns_done"] < 24
    assert found["cost"] <= 0.03
    monkeypatch.setenv("SOUSCHEF_TEACHER__API_KEY", "sk-wrong")
    assert augmented(tmp_path / "b.json", "--ray", "local") == 2
    said = capfd.readouterr().err
    assert "check teacher.api_key" in said
    assert "sk-wrong" not in said


def test_a_distillation_broken_in_one_process_is_ended_by_two(ray: Any, tmp_path: Path) -> None:
    """Ray Train goes on from the checkpoint and comes to the losses of an unbroken run in one process."""
    import numpy as np

    from training import distill
    from training.packing import Packed

    rng = np.random.default_rng(0)
    items = [([1, *rng.integers(400, 440, n).tolist(), 2], [0, *[16] * (int(n) + 1)]) for n in rng.integers(9, 19, 24)]
    Packed.of(items).save(tmp_path / "packed.npz")
    plain: dict[str, Any] = {
        "packed": tmp_path / "packed.npz", "preset": "nano", "tokenizer": bundled_folder() / "tokenizer.json",
        "alpha": 0.0, "batch_tokens": 160, "steps": 6, "precision": "fp32", "warmup": 0, "log_every": 1,
        "optimizer": "adamw", "threads": 1, "save_every_s": 0.0,
    }  # fmt: skip
    distill.run(Settings(out=tmp_path / "one", **plain))
    stopped = distill.Distiller(Settings(out=tmp_path / "two", **plain))
    update = stopped._update

    def stops(*given: Any) -> Any:
        stopped._stop = stopped.step == 2  # asked to stop in its third step
        return update(*given)

    stopped._update = stops  # type: ignore[assignment,method-assign]
    with pytest.raises(KeyboardInterrupt):
        stopped.run()
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in plain.items()]
    distill.main([*flags, "--out", str(tmp_path / "two"), "--ray", "local", "--workers", "2"])
    one, two = (json.loads((tmp_path / name / "distill.json").read_text()) for name in ("one", "two"))
    assert (one["processes"], two["processes"]) == (1, 2)
    assert [row["step"] for row in two["curve"]] == [1, 2, 3, 4, 5, 6]
    assert [row["ce"] for row in two["curve"]] == pytest.approx([row["ce"] for row in one["curve"]], abs=2e-3)
    assert sorted(path.name for path in (tmp_path / "two").iterdir()) == sorted(
        path.name for path in (tmp_path / "one").iterdir()
    ), "Ray leaves nothing in the folder"
    config = {"function": distill.run, "argument": Settings(out=tmp_path / "two", **plain), "home": str(tmp_path)}
    told = cluster._at_home(config)  # what a worker is asked to do: an error raised on purpose is told, not tried again
    assert isinstance(told, TrainingError)
    assert "holds a finished run" in str(told)


def test_what_is_missing_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TrainingError, match="--workers is 0"), connected("local", 0):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(cluster, "find_spec", lambda name: None)
        with pytest.raises(TrainingError, match=r"pip install .souschef\[ray\]"), connected("local", 2):
            pass
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    command = [sys.executable, "-m", "training.index", str(tmp_path), "--index", str(tmp_path / "i")]
    done = subprocess.run(
        [*command, "--ray", "127.0.0.1:9"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "No Ray cluster can be joined at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
