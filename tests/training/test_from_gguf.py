"""A student read back from GGUF is the model that was exported, and the model that is served."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaForCausalLM

from model.engines.local import load_tokenizer
from model.registry import bundled_folder
from model.student import StudentError
from training import from_gguf, pretrain
from training.export import export, parity, permute
from training.presets import PRESETS


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    tokenizer = load_tokenizer(bundled_folder())
    model = pretrain.new_model(PRESETS["nano"], tokenizer.size, 3)
    with torch.no_grad():  # norms that are not all one, so that swapping two of them would show
        for name, value in model.named_parameters():
            if "norm" in name:
                value.add_(torch.rand_like(value))
    model.save_pretrained(folder)
    tokenizer.save(folder / "tokenizer.json")
    return folder


def test_unpermute_is_the_inverse_of_permute() -> None:
    weight = np.random.default_rng(0).normal(size=(48, 5))
    assert not np.array_equal(permute(weight, 4), weight)
    assert np.array_equal(from_gguf.unpermute(permute(weight, 4), 4), weight)


def test_f32_comes_back_exactly(checkpoint: Path, tmp_path: Path) -> None:
    export(checkpoint, tmp_path / "student", "f32", "one")
    from_gguf.restore(tmp_path / "student", tmp_path / "back")
    old, new = (LlamaForCausalLM.from_pretrained(folder) for folder in (checkpoint, tmp_path / "back"))
    for name, value in old.state_dict().items():
        assert torch.equal(value, new.state_dict()[name]), name
    assert new.config.tie_word_embeddings
    assert new.config.rms_norm_eps == old.config.rms_norm_eps
    ids = torch.randint(3, 400, (2, 30))
    assert torch.equal(old(ids).logits, new(ids).logits)
    assert (tmp_path / "back" / "tokenizer.json").read_bytes() == (checkpoint / "tokenizer.json").read_bytes()


def test_q8_comes_back_as_what_is_served_and_goes_out_again_unchanged(checkpoint: Path, tmp_path: Path) -> None:
    export(checkpoint, tmp_path / "student", "q8_0", "one")
    model = from_gguf.restore(tmp_path / "student", tmp_path / "back")
    exact = LlamaForCausalLM.from_pretrained(checkpoint).state_dict()
    for name, value in model.state_dict().items():
        # q8_0: blocks of 32 numbers share a scale, largest / 127
        assert torch.allclose(value, exact[name], atol=float(exact[name].abs().max()) / 127), name
    again = export(tmp_path / "back", tmp_path / "again", "q8_0", "one")
    twice = from_gguf.read_gguf(tmp_path / "again" / "student.gguf").state_dict()
    for name, value in model.state_dict().items():
        assert torch.allclose(value, twice[name], atol=1e-6), name
    assert again["parity"]["same_first"] >= 0.9


def test_the_bundled_student_reads_back(tmp_path: Path) -> None:
    model = from_gguf.read_gguf(bundled_folder() / "student.gguf")
    rng = np.random.default_rng(0)
    prompts = [[1, *rng.integers(300, model.config.vocab_size, 40).tolist()] for _ in range(6)]
    assert parity(model, bundled_folder() / "student.gguf", prompts)["same_first"] >= 5 / 6


def test_files_that_hold_no_student_are_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudentError, match="cannot be read"):
        from_gguf.read_gguf(tmp_path / "student.gguf")
    (tmp_path / "student.gguf").write_bytes(b"GGUF but not really" * 10)
    with pytest.raises(StudentError, match="cannot be read"):
        from_gguf.read_gguf(tmp_path / "student.gguf")
    shutil.copy(bundled_folder() / "tokenizer.json", tmp_path)
    with pytest.raises(SystemExit, match="cannot be read"):
        from_gguf.main(["--student", str(tmp_path), "--out", str(tmp_path / "out")])
