"""Training from scratch: it learns, a broken run goes on exactly, and the exported file is the model."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from transformers import LlamaForCausalLM

from model.engines import EngineOptions, open_student
from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import bundled_folder
from model.student import Situation
from model.vocabulary import WIZARD_INTENTS
from training import pretrain
from training.corpora import wizard_of_tasks
from training.export import export
from training.packing import Packed, sequences
from training.presets import PRESETS


@pytest.fixture
def packed(wot: tuple[Path, Path], tmp_path: Path) -> Path:
    builder = PromptBuilder(load_tokenizer(bundled_folder()))
    items = [s for example in wizard_of_tasks(*wot) for s in sequences(builder, example, 160)]
    Packed.of(items * 6).save(tmp_path / "train.npz")
    return tmp_path / "train.npz"


def train(packed: Path, out: Path, *more: str) -> None:
    tokenizer = str(bundled_folder() / "tokenizer.json")
    pretrain.main(
        [
            "--preset",
            "nano",
            "--tokenizer",
            tokenizer,
            "--packed",
            str(packed),
            "--out",
            str(out),
            "--batch-tokens",
            "600",
            *more,
        ]
    )


def test_weighted_loss_is_the_plain_one() -> None:
    """The fast form takes logits of weighted positions only; the plain form takes all of them."""
    torch.manual_seed(0)
    model = pretrain.new_model(PRESETS["nano"], 400, 0)
    ids = torch.randint(0, 400, (3, 17))
    weights = torch.randint(0, 17, (3, 17)).float() / 16
    fast, full_sum, full = pretrain.weighted_loss(model, ids, weights)
    logits = model(ids).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")
    plain = (losses * weights[:, 1:]).sum() / weights[:, 1:].sum()
    assert torch.allclose(fast, plain, atol=1e-5)
    assert int(full) == int((weights[:, 1:] == 1).sum())
    assert torch.allclose(full_sum, losses[weights[:, 1:] == 1].sum(), atol=1e-3)


def test_the_rate_warms_up_stays_and_falls() -> None:
    factors = [pretrain.schedule(step / 100, step, 10, 0.3) for step in range(100)]
    assert factors[0] == pytest.approx(0.1)
    assert factors[9] == factors[60] == 1
    assert factors[99] < 0.05
    assert all(a >= b for a, b in pairwise(factors[70:]))


def test_training_lowers_the_loss_and_exports(packed: Path, tmp_path: Path) -> None:
    train(packed, tmp_path / "run", "--steps", "60", "--log", "10")
    report = json.loads((tmp_path / "run" / "training.json").read_text())
    assert report["curve"][-1]["loss"] < 0.6 * report["curve"][0]["loss"]
    exact = export(tmp_path / "run", tmp_path / "f32", "f32", "nano-f32")
    assert exact["parity"]["same_first"] == 1
    assert exact["parity"]["largest_difference"] < 1e-2
    small = export(tmp_path / "run", tmp_path / "q8", "q8_0", "nano-q8")
    assert small["parity"]["same_first"] >= 0.9
    assert small["megabytes"] < 0.4 * exact["megabytes"]
    student = open_student(EngineOptions(folder=tmp_path / "q8", threads=1))
    twin = open_student(EngineOptions(engine="transformers", folder=tmp_path / "run"))
    situation = Situation("What's first?")
    assert student.name == "nano-q8"
    assert student.reply(situation).act.intent == twin.reply(situation).act.intent
    assert student.reply(situation).act.intent in WIZARD_INTENTS


def test_a_broken_run_goes_on_exactly(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train(packed, tmp_path / "whole", "--steps", "12")
    update = pretrain.Trainer._update
    done = 0

    def dies(self: pretrain.Trainer, *args: object) -> object:
        nonlocal done
        done += 1
        if done == 8:
            raise KeyboardInterrupt
        return update(self, *args)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(pretrain.Trainer, "_update", dies)
        with pytest.raises(KeyboardInterrupt):
            train(packed, tmp_path / "broken", "--steps", "12", "--save-every-s", "0")
    train(packed, tmp_path / "broken", "--steps", "12")
    whole, broken = (LlamaForCausalLM.from_pretrained(tmp_path / name).state_dict() for name in ("whole", "broken"))
    for key, value in whole.items():
        assert torch.equal(value, broken[key]), key


def test_a_run_without_a_length_is_refused(packed: Path, tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        train(packed, tmp_path / "run")
