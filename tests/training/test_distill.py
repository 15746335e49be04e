"""Distillation as it is run: exact resumption, TRL's parameters, several processes, own replies, bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from model.registry import bundled_folder
from training import distill, teach
from training.distill_settings import Settings, check_disk, check_memory, read
from training.errors import TrainingError, guarded
from training.on_policy import reply_starts, sample
from training.packing import Packed
from training.presets import PRESETS
from training.pretrain import new_model

TOKENIZER = bundled_folder() / "tokenizer.json"
VOCABULARY = 6144
SAY, EOS = 262, 2


@pytest.fixture
def teacher(tmp_path: Path) -> Path:
    model = new_model(PRESETS["nano"], VOCABULARY, 7)
    with torch.no_grad():
        model.model.norm.weight.mul_(8)
    folder = tmp_path / "teacher"
    model.save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    return folder


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """Dialogues in miniature: a prompt that hardly counts, a reply that does, twice."""
    rng = np.random.default_rng(0)
    items = []
    for length in rng.integers(6, 14, 24):
        ids: list[int] = [1]
        marks: list[int] = [0]
        for _ in range(2):
            ids += [*rng.integers(400, 440, length).tolist(), SAY, *rng.integers(500, 520, 5).tolist(), EOS]
            marks += [*[1] * int(length), 48, *[16] * 5, 16]
        items.append((ids, marks))
    path = tmp_path / "packed.npz"
    Packed.of(items).save(path)
    return path


def settings(data: Path, out: Path, **more: Any) -> Settings:
    plain: dict[str, Any] = {
        "packed": data, "out": out, "preset": "nano", "tokenizer": TOKENIZER, "batch_tokens": 160, "steps": 8,
        "precision": "fp32", "warmup": 2, "log_every": 2,
    }  # fmt: skip
    return Settings(**(plain | more))


def weights(folder: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = LlamaForCausalLM.from_pretrained(folder).state_dict()
    return state


class Stopped(Exception):
    """The process died."""


def test_a_broken_run_goes_on_exactly(
    packed: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with own replies, whose chance depends on the step alone."""
    more = {"teacher": (teacher,), "on_policy": 0.5, "reply_tokens": 6, "temperature": 1.5, "save_every_s": 0.0}
    distill.Distiller(settings(packed, tmp_path / "whole", **more)).run()
    update, done = distill.Distiller._update, 0

    def dies(self: distill.Distiller, *args: Any) -> Any:
        nonlocal done
        done += 1
        if done == 6:
            raise Stopped
        return update(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(distill.Distiller, "_update", dies)
        with pytest.raises(Stopped):
            distill.Distiller(settings(packed, tmp_path / "broken", **more)).run()
    again = distill.Distiller(settings(packed, tmp_path / "broken", **more))
    assert again.resume()
    assert again.step == 5
    again.run()
    whole, broken = weights(tmp_path / "whole"), weights(tmp_path / "broken")
    assert all(torch.equal(whole[key], broken[key]) for key in whole)
    reports = [json.loads((tmp_path / name / "distill.json").read_text()) for name in ("whole", "broken")]
    losses = [[{k: v for k, v in row.items() if k != "tokens_per_s"} for row in r["curve"]] for r in reports]
    assert losses[0][-1] == losses[1][-1]
    assert any("divergence_own" in row for row in losses[0])
    assert not (tmp_path / "whole" / "state.pt").exists()
    assert (tmp_path / "whole" / "curves.png").stat().st_size > 10_000
    assert any((tmp_path / "whole" / "tensorboard").iterdir())
    with pytest.raises(TrainingError, match=r"finished run.*--out"):
        distill.Distiller(settings(packed, tmp_path / "whole", **more))


def test_a_student_comes_near_its_teacher_from_the_cache(packed: Path, teacher: Path, tmp_path: Path) -> None:
    """Learning from the cache alone lowers the divergence, and the first step's is the live teacher's."""
    teach.make_cache([teacher], packed, tmp_path / "cache", k=32, bits=16)
    plain = {"alpha": 1.0, "temperature": 2.0, "log_every": 1, "steps": 40, "batch_tokens": 600}
    distill.Distiller(settings(packed, tmp_path / "cached", cache=tmp_path / "cache", **plain)).run()
    distill.Distiller(settings(packed, tmp_path / "live", teacher=(teacher,), **(plain | {"steps": 1}))).run()
    cached, live = (json.loads((tmp_path / n / "distill.json").read_text())["curve"] for n in ("cached", "live"))
    assert cached[-1]["divergence"] < 0.6 * cached[0]["divergence"]
    assert 0 < cached[0]["divergence"] <= live[0]["divergence"]  # the bucket hides some of it


def test_the_parameters_are_trls(packed: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four steps of GKDTrainer on the same batches with the same optimiser end at the same parameters."""
    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    from datasets import Dataset
    from transformers import PreTrainedTokenizerFast
    from trl.experimental.gkd import GKDConfig, GKDTrainer

    data = Packed.load(packed)
    one = data.weights >= 16  # TRL knows only tokens that count and tokens that do not
    Packed(data.tokens, np.where(one, 16, 0).astype(np.uint8), data.offsets).save(packed)
    student = new_model(PRESETS["nano"], VOCABULARY, 0)
    student.save_pretrained(tmp_path / "student")
    (tmp_path / "student" / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())

    def adam(model: Any) -> list[torch.optim.Optimizer]:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
        optimizer.param_groups[0]["initial"] = 1e-3
        return [optimizer]

    ours = distill.Distiller(
        settings(
            packed, tmp_path / "ours", student=tmp_path / "student", teacher=(teacher,), alpha=1.0, divergence="jsd",
            beta=0.3, steps=4, warmup=0, decay=1e-9, log_every=1,
        ),
        adam,
    )  # fmt: skip
    batches = [places for places, _ in zip(ours.source.epoch(160, 0), range(4), strict=False)]
    ours.run()

    def collate(numbers: list[dict[str, int]]) -> dict[str, torch.Tensor]:
        places = batches[numbers[0]["number"]]
        ids = torch.from_numpy(np.where(places >= 0, data.tokens[places], EOS).astype(np.int64))
        counts = torch.from_numpy((places >= 0) & one[places])
        counts[:, 0] = False
        return {
            "input_ids": ids,
            "attention_mask": torch.from_numpy((places >= 0).astype(np.int64)),
            "labels": torch.where(counts, ids, -100),
        }

    arguments = GKDConfig(
        output_dir=str(tmp_path / "trl"), lmbda=0.0, beta=0.3, temperature=1.0, max_steps=4, use_cpu=True, bf16=False,
        per_device_train_batch_size=1, gradient_accumulation_steps=1, activation_checkpointing=False, max_grad_norm=1.0,
        report_to=[], logging_steps=1, save_strategy="no", disable_tqdm=True,
    )  # fmt: skip
    fast = PreTrainedTokenizerFast(tokenizer_file=str(TOKENIZER), pad_token="</s>", eos_token="</s>")
    (optimizer,) = adam(student)
    trainer = GKDTrainer(
        student, LlamaForCausalLM.from_pretrained(teacher), arguments, collate,
        Dataset.from_dict({"number": range(4)}), processing_class=fast,
        optimizers=(optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda _: 1.0)),
    )  # fmt: skip
    monkeypatch.setattr(trainer, "_get_train_sampler", lambda *_: torch.utils.data.SequentialSampler(range(4)))
    trainer.train()
    losses = [row["loss"] for row in trainer.state.log_history if "loss" in row]
    curve = json.loads((tmp_path / "ours" / "distill.json").read_text())["curve"]
    assert [row["divergence"] for row in curve] == pytest.approx(losses, abs=2e-3)
    found = weights(tmp_path / "ours")
    for name, value in student.state_dict().items():
        torch.testing.assert_close(found[name], value, atol=2e-4, rtol=1e-3)


@pytest.mark.drill
@pytest.mark.timeout(300)
def test_two_processes_learn_what_one_does(packed: Path, teacher: Path, tmp_path: Path) -> None:
    """torchrun with gloo: the same losses and, up to the order of sums, the same parameters."""
    flags = ["--packed", packed, "--preset", "nano", "--tokenizer", TOKENIZER, "--teacher", teacher, "--log-every", "1"]
    flags += ["--batch-tokens", "160", "--steps", "4", "--precision", "fp32", "--warmup", "0", "--threads", "1"]
    flags += ["--optimizer", "adamw"]  # Muon rounds to bf16 inside, which hides what is compared
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    command += ["-m", "training.distill", *map(str, flags), "--out", str(tmp_path / "two")]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MASTER_ADDR": "127.0.0.1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr[-2000:]
    distill.main([*map(str, flags), "--out", str(tmp_path / "one")])
    reports = [json.loads((tmp_path / name / "distill.json").read_text()) for name in ("one", "two")]
    assert [r["processes"] for r in reports] == [1, 2]
    for one, two in zip(reports[0]["curve"], reports[1]["curve"], strict=True):
        assert two["ce"] == pytest.approx(one["ce"], abs=2e-3)
        assert two["divergence"] == pytest.approx(one["divergence"], abs=2e-3)
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, value in new_model(PRESETS["nano"], VOCABULARY, 0).state_dict().items():
        way = float((one[name] - value).norm())
        assert float((two[name] - one[name]).norm()) < 0.01 * way, name


def test_own_replies_are_sampled_as_the_model_says() -> None:
    """Padding on the left changes nothing: at a temperature near 0 the samples are the greedy continuations."""
    torch.manual_seed(0)
    model = new_model(PRESETS["nano"], 400, 3).eval()
    with torch.no_grad():
        model.model.norm.weight.mul_(30)
    prompts = [[5, 9, 300, 12], [7], [20, 30]]
    found = sample(model, prompts, 8, 1e-4, EOS, torch.Generator().manual_seed(0))
    for prompt, reply in zip(prompts, found, strict=True):
        ids = list(prompt)
        for token in reply:
            with torch.no_grad():
                assert token == int(model(torch.tensor([ids])).logits[0, -1].argmax())
            ids.append(token)
        assert len(reply) == 8 or reply[-1] == EOS


def test_replies_begin_behind_say() -> None:
    tokens = np.array([1, 50, 51, 270, SAY, 60, 61, EOS, 52, 270, 62, EOS, 53])
    marks = np.array([0, 1, 1, 48, 48, 16, 16, 16, 1, 48, 16, 16, 1])
    assert reply_starts(tokens, marks, SAY, EOS) == [5, 9]


def test_a_loss_that_is_no_number_ends_in_a_sentence(packed: Path, teacher: Path, tmp_path: Path) -> None:
    run = distill.Distiller(settings(packed, tmp_path / "run", alpha=0.0, save_every_s=0.0, steps=6))
    original = run._update

    def spoilt(*args: Any) -> Any:
        if run.step == 3:
            with torch.no_grad():
                run.model.model.norm.weight.fill_(float("nan"))
        return original(*args)

    run._update = spoilt  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match=r"not a number at step 4: lower --peak.*last checkpoint is kept"):
        run.run()
    assert distill.Distiller(settings(packed, tmp_path / "run", alpha=0.0, steps=6)).resume()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"steps": 0}, "--steps, --epochs or --minutes"),
        ({"alpha": 1.5}, "--alpha is 1.5"),
        ({"alpha": 0.5}, "--alpha above 0 needs --cache or --teacher"),
        ({"temperature": 0.0}, "--temperature"),
        ({"on_policy": 0.5, "alpha": 0.0}, "--on-policy needs a live teacher: name --teacher"),
        ({"divergence": "sideways"}, "--divergence is forward, reverse or jsd"),
        ({"beta": 1.0}, "--beta"),
        ({"tokenizer": None, "alpha": 0.0}, "--tokenizer"),
    ],
)
def test_settings_that_make_no_sense_are_named(
    packed: Path, tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(TrainingError, match=sentence):
        settings(packed, tmp_path / "out", **changes)


def test_bad_input_ends_in_a_sentence_and_status_2(
    packed: Path, teacher: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = new_model(PRESETS["nano"], 400, 0)
    small.save_pretrained(tmp_path / "small")
    (tmp_path / "small" / "tokenizer.json").write_bytes(TOKENIZER.read_bytes())
    (tmp_path / "torn.npz").write_bytes(packed.read_bytes()[:500])
    for message, changes in (
        ("vocabulary of 400 and the student one of 6144.*--teacher", {"teacher": (tmp_path / "small",)}),
        ("cannot be read as a packed file.*--packed", {"packed": tmp_path / "torn.npz", "alpha": 0.0}),
        ("has no tokenizer.json.*--student", {"student": tmp_path / "nowhere", "alpha": 0.0}),
        ("no cache.*--cache", {"cache": tmp_path}),
        ("lower --batch-tokens", {"batch_tokens": 10**12, "alpha": 0.0}),
        ("student knows 400.*--packed", {"student": tmp_path / "small", "alpha": 0.0}),
    ):
        with pytest.raises(TrainingError, match=message):
            distill.Distiller(settings(packed, tmp_path / "out", **changes))
    with pytest.raises(TrainingError, match="--batch-tokens"):
        check_memory(2, 1, "--batch-tokens")
    with pytest.raises(TrainingError, match="--out"):
        check_disk(tmp_path / "not" / "there", 10**18)
    with pytest.raises(SystemExit) as ended:
        guarded(lambda: distill.main(["--packed", str(packed), "--out", str(tmp_path / "out"), "--steps", "1"]))
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == "--alpha above 0 needs --cache or --teacher."


def test_a_file_of_settings_is_an_alternative_to_flags(tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(
        'packed = "a.npz"\nout = "b"\nteacher = ["t1", "t2"]\nteacher-weights = [1, 2]\nsteps = 10\ntemperature = 2\n'
        'tokenizer = "t.json"\n'
    )
    found = read("", ["--config", str(path), "--steps", "20"])
    assert found.teacher == (Path("t1"), Path("t2"))
    assert found.teacher_weights == (1.0, 2.0)
    assert (found.steps, found.temperature) == (20, 2.0)
    for text, sentence in (
        ("stepz = 3", "unknown setting, stepz"),
        ("steps = 1.5", "steps in .* cannot be 1.5"),
        ("steps = ", "is no TOML"),
    ):
        path.write_text(text)
        with pytest.raises(TrainingError, match=sentence):
            read("", ["--config", str(path)])
    example = Path(distill.__file__).with_suffix(".toml")
    assert "python -m training.distill --config" in example.read_text().splitlines()[0]
    read("", ["--config", str(example)])


def test_the_tables_compare_like_with_like() -> None:
    """Gains are seed by seed, and paces are medians against the rival of the same kind."""
    from training import distill_bench, distill_sweep

    runs = {
        "alone": {0: {"valid": 3.0, "seconds": 9}, 1: {"valid": 2.0, "seconds": 9}},
        "a50": {0: {"valid": 2.9, "seconds": 10}, 1: {"valid": 2.1, "seconds": 12}, 2: {"valid": 9.0, "seconds": 11}},
    }
    text = distill_sweep.table(runs, {"teacher big": {"valid": 1.5, "intents": 0.7}})
    assert "| student alone | 2 | 2.500 ± 0.707 | – | – | 9 |" in text
    assert "| forward KL, α 0.5 | 3 | 4.667 ± 3.774 | +0.000 (1 of 2) | – | 11 |" in text
    assert "| teacher big | | 1.500 | | 0.700 | |" in text
    rounds = {
        "trl-gkd": [{"seconds": [4.0, 2.0, 3.0], "peak_mb": 100}],
        "ours-live": [{"seconds": [1.0, 1.5], "peak_mb": 30}, {"seconds": [9.0], "peak_mb": 50}],
    }
    text = distill_bench.table(rounds)
    assert "| ours, live teacher | 0.67 | 40 | 2.0 × as fast, 0.40 of the memory of TRL GKDTrainer, λ 0 |" in text
