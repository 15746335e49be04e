"""Weights between two checkpoints."""

from pathlib import Path

import pytest
import torch

from model.engines.local import load_tokenizer
from model.registry import bundled_folder
from training import average, pretrain
from training.errors import TrainingError
from training.presets import PRESETS


def checkpoint(folder: Path, seed: int, vocabulary: int = 0) -> Path:
    tokenizer = load_tokenizer(bundled_folder())
    pretrain.new_model(PRESETS["nano"], vocabulary or tokenizer.size, seed).save_pretrained(folder)
    tokenizer.save(folder / "tokenizer.json")
    return folder


def test_the_mean_by_shares(tmp_path: Path) -> None:
    one, two = checkpoint(tmp_path / "one", 1), checkpoint(tmp_path / "two", 2)
    average.main(["--model", str(one), "--model", str(two), "--shares", "1", "3", "--out", str(tmp_path / "mean")])
    load = average.LlamaForCausalLM.from_pretrained
    a, b, mean = (load(folder).state_dict() for folder in (one, two, tmp_path / "mean"))
    for name, value in mean.items():
        assert torch.allclose(value, 0.25 * a[name] + 0.75 * b[name], atol=1e-6), name
    assert (tmp_path / "mean" / "tokenizer.json").read_bytes() == (one / "tokenizer.json").read_bytes()


def test_what_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    one, other = checkpoint(tmp_path / "one", 1), checkpoint(tmp_path / "other", 1, 700)
    with pytest.raises(TrainingError, match="differ in shape"):
        average.average([one, other], [1, 1], tmp_path / "mean")
    with pytest.raises(TrainingError, match="as many --shares"):
        average.average([one], [1], tmp_path / "mean")
    (other / "tokenizer.json").unlink()
    with pytest.raises(TrainingError, match=r"no tokenizer\.json"):
        average.average([one, other], [1, 1], tmp_path / "mean")
