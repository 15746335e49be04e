"""Teachers and the cache of what they say: round trip, resumption, damage, and teachers that do not fit."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from model.registry import bundled_folder
from training import teach
from training.errors import TrainingError
from training.packing import Packed
from training.presets import PRESETS
from training.pretrain import new_model
from training.teacher_cache import Cache, decode, encode, file_hash, judged, shard_name
from training.teachers import Teacher

TOKENIZER = bundled_folder() / "tokenizer.json"
VOCABULARY = 6144


def make_teacher(folder: Path, seed: int, vocabulary: int = VOCABULARY) -> Path:
    """A teacher with opinions: its logits spread over some nats."""
    model = new_model(PRESETS["nano"], vocabulary, seed)
    with torch.no_grad():
        model.model.norm.weight.mul_(12)
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    return folder


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    return make_teacher(tmp_path / "teacher", 1)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    items = []
    for length in rng.integers(5, 40, 30):
        marks = rng.choice([0, 1, 16, 48], length).tolist()
        items.append((rng.integers(300, VOCABULARY, length).tolist(), marks))
    path = tmp_path / "packed.npz"
    Packed.of(items).save(path)
    return path


def plain(folders: list[Path], packed: Packed, temperature: float) -> torch.Tensor:
    """[judged tokens, vocabulary] mean of the models' distributions, tempered; a sequence at a time, in float32."""
    models = [LlamaForCausalLM.from_pretrained(f) for f in folders]
    mask, out = judged(packed, 16), []
    for begin, end in zip(packed.offsets, packed.offsets[1:], strict=False):
        ids = torch.from_numpy(packed.tokens[begin:end].astype(np.int64))[None]
        with torch.no_grad():
            mean = torch.stack([m(ids).logits[0].softmax(-1) for m in models]).mean(0)
        out.append(mean[np.flatnonzero(mask[begin:end]) - 1])
    return (torch.cat(out).log() / temperature).log_softmax(-1)


@pytest.mark.parametrize("count", [1, 2])
def test_a_cache_says_what_the_teachers_say(teacher: Path, packed: Path, tmp_path: Path, count: int) -> None:
    folders = [teacher, make_teacher(tmp_path / "other", 2)][:count]
    teach.make_cache(folders, packed, tmp_path / "cache", k=24, bits=16, sequences=7, batch_tokens=200)
    data = Packed.load(packed)
    places = np.flatnonzero(judged(data, 16))
    for temperature in (1.0, 2.0):
        cache = Cache(tmp_path / "cache", data, file_hash(packed), VOCABULARY, temperature)
        order = np.random.default_rng(1).permutation(len(places))
        found, known = cache.distributions(places[order])
        wanted = plain(folders, data, temperature)[order]
        assert bool(known.all())
        # bf16 products move logits by some hundredths
        torch.testing.assert_close(found.logs, wanted.gather(1, found.ids), atol=0.12, rtol=0)
        total = found.logs.exp().sum(-1) + found.tail.exp()
        torch.testing.assert_close(total, torch.ones(len(places)), atol=2e-3, rtol=0)
        tail = (1 - wanted.exp().gather(1, found.ids).sum(-1)).log()
        torch.testing.assert_close(found.tail, tail, atol=0.1, rtol=0)
    report = json.loads((tmp_path / "cache" / "cache.json").read_text())
    size = sum(f.stat().st_size for f in (tmp_path / "cache").glob("*.top"))
    assert report["rows"] == len(places)
    assert report["bytes_per_token"] == 24 * 4 + 2 * 2
    assert 0 <= size - report["rows"] * report["bytes_per_token"] < 300 * 5  # the rest: a line per shard


def test_eight_bits_cost_little(teacher: Path, packed: Path) -> None:
    """The quantised distribution is within a thousandth of a nat of the exact one, bucket for bucket."""
    data = Packed.load(packed)
    log_q = plain([teacher], data, 1.0)
    from training.teacher_cache import CacheSpec

    rows = encode(log_q, CacheSpec("", "", VOCABULARY, k=16, bits=8))
    found, _ = decode(rows, 1.0, 0)
    exact = log_q.gather(1, found.ids)
    tail = (1 - exact.exp().sum(-1)).log()
    kl = (exact.exp() * (exact - found.logs)).sum(-1) + tail.exp() * (tail - found.tail)
    assert float(kl.mean()) < 1e-3


def test_a_killed_run_goes_on_and_damage_is_mended(teacher: Path, packed: Path, tmp_path: Path) -> None:
    """kill -9 in the middle, then one shard damaged: only what is missing or damaged is made."""
    whole = tmp_path / "whole"
    teach.make_cache([teacher], packed, whole, sequences=3)
    broken = tmp_path / "broken"
    command = [sys.executable, "-m", "training.teach", "--teacher", str(teacher), "--packed", str(packed)]
    command += ["--out", str(broken), "--shard", "3", "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while not any(broken.glob("*.top")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert any(broken.glob("*.top"))
    damaged = broken / shard_name(0)
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    data, marks = Packed.load(packed), file_hash(packed)
    with pytest.raises(TrainingError, match=r"shard-00000\.top.*run the same training\.teach again"):
        Cache(broken, data, marks, VOCABULARY, 1.0)
    made = {f.name: f.stat().st_mtime_ns for f in broken.glob("*.top")}
    teach.make_cache([teacher], packed, broken, sequences=3)
    for number in range(10):
        name = shard_name(number)
        assert (whole / name).read_bytes() == (broken / name).read_bytes()
        if name in made:
            assert ((broken / name).stat().st_mtime_ns != made[name]) == (name == damaged.name)


def test_a_cache_of_something_else_is_refused(teacher: Path, packed: Path, tmp_path: Path) -> None:
    cache, data, marks = tmp_path / "cache", Packed.load(packed), file_hash(packed)
    teach.make_cache([teacher], packed, cache)
    for message, arguments in (
        ("another packed file.*--packed", (cache, data, "other", VOCABULARY, 1.0)),
        ("vocabulary of 6144.*400.*--cache", (cache, data, marks, 400, 1.0)),
        (r"--temperature 1, 2.*--temperatures 3", (cache, data, marks, VOCABULARY, 3.0)),
        ("no cache.*--cache", (tmp_path, data, marks, VOCABULARY, 1.0)),
    ):
        with pytest.raises(TrainingError, match=message):
            Cache(*arguments)  # type: ignore[arg-type]
    with pytest.raises(TrainingError, match=r"other settings.*--out"):
        teach.make_cache([teacher], packed, cache, k=8)
    (cache / "cache.json").write_text("{")
    with pytest.raises(TrainingError, match="damaged"):
        Cache(cache, data, marks, VOCABULARY, 1.0)


def test_teachers_that_do_not_fit_are_refused_in_a_sentence(teacher: Path, tmp_path: Path) -> None:
    small = make_teacher(tmp_path / "small", 0, 400)
    with pytest.raises(TrainingError, match=r"vocabulary of 400 and the student one of 6144.*--teacher"):
        Teacher.load([small], [], TOKENIZER, VOCABULARY)
    text = json.loads(TOKENIZER.read_text())
    pieces = {number: piece for piece, number in text["model"]["vocab"].items()}
    text["model"]["vocab"][pieces[4000]], text["model"]["vocab"][pieces[4001]] = 4001, 4000
    (teacher / "tokenizer.json").write_text(json.dumps(text))
    with pytest.raises(TrainingError, match=r"differs from the student's in 2 pieces.*--teacher"):
        Teacher.load([teacher], [], TOKENIZER, VOCABULARY)
    (teacher / "tokenizer.json").unlink()
    with pytest.raises(TrainingError, match=r"no tokenizer\.json"):
        Teacher.load([teacher], [], TOKENIZER, VOCABULARY)
    with pytest.raises(TrainingError, match=r"holds no model.*--teacher"):
        Teacher.load([tmp_path / "nowhere"], [], TOKENIZER, VOCABULARY)
    with pytest.raises(TrainingError, match="--teacher-weights"):
        Teacher.load([teacher], [1.0, 2.0], TOKENIZER, VOCABULARY)
    (teacher / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    (teacher / "model.safetensors").write_bytes(b"torn")
    with pytest.raises(TrainingError, match=r"cannot be read.*--teacher"):
        Teacher.load([teacher], [], TOKENIZER, VOCABULARY)


def test_an_unequal_ensemble_is_the_weighted_mean(teacher: Path, tmp_path: Path) -> None:
    other = make_teacher(tmp_path / "other", 2)
    both = Teacher.load([teacher, other], [3.0, 1.0], TOKENIZER, VOCABULARY)
    ids, keep = torch.randint(300, VOCABULARY, (2, 11)), torch.tensor([3, 12, 21])
    found = both.log_probs(both.features(ids, keep), 1.0)
    one, two = (m.model(ids).logits.reshape(-1, VOCABULARY)[keep].softmax(-1) for m in both.members)
    torch.testing.assert_close(found.exp(), 0.75 * one + 0.25 * two, atol=1e-6, rtol=1e-4)
    both.members[0].plain = False  # the way of models whose logits are adjusted after the head
    torch.testing.assert_close(both.log_probs(both.features(ids, keep), 1.0), found, atol=1e-5, rtol=1e-4)
