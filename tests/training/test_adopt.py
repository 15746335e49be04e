"""An open model gets our vocabulary, and a shallower student is made of its blocks."""

import json
from pathlib import Path

import gguf
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM

from model.engines.gguf import GgufModel
from model.registry import bundled_folder
from model.student import StudentError
from model.tokenizer import FIRST_PIECE, DialogueTokenizer, step_token
from training import adopt
from training.export import parity, write_gguf, write_model

TEXTS = ["Stir the flour into the butter.", "Add 2 cups of milk and bring to a boil.", "Simmer 15 minutes, stirring."]


@pytest.fixture(scope="module")
def open_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another house: byte-level BPE, grouped-query attention, another rotary base."""
    theirs = Tokenizer(models.BPE())
    theirs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    theirs.train_from_iterator(TEXTS * 5, trainer)
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=theirs.get_vocab_size(),
            hidden_size=64,
            intermediate_size=96,
            num_hidden_layers=4,
            num_attention_heads=4,
            num_key_value_heads=2,
            rope_parameters={"rope_type": "default", "rope_theta": 100_000.0},
            tie_word_embeddings=True,
            initializer_range=0.1,
        )
    )
    path = tmp_path_factory.mktemp("open") / "open.gguf"
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_tokenizer_model("gpt2")
    pieces = sorted(theirs.get_vocab(), key=theirs.get_vocab().__getitem__)
    writer.add_token_list(pieces)

    writer.add_token_merges([" ".join(pair) for pair in json.loads(theirs.to_str())["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    write_model(writer, model, "f32")
    return path


@pytest.fixture(scope="module")
def adopted(open_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("adopted")
    adopt.main(["--gguf", str(open_file), "--tokenizer", str(bundled_folder() / "tokenizer.json"), "--out", str(out)])
    return out


def test_a_piece_starts_as_the_mean_of_the_tokens_that_spell_it(open_file: Path, adopted: Path) -> None:
    theirs = adopt.read_tokenizer(open_file)
    ours = DialogueTokenizer.load(adopted / "tokenizer.json")
    old = adopt.read_gguf(open_file).model.embed_tokens.weight
    new = LlamaForCausalLM.from_pretrained(adopted).model.embed_tokens.weight
    assert new.shape == (ours.size, 64)
    assert torch.equal(new[ours.bos], old[1])
    assert torch.equal(new[ours.eos], old[2])
    known = 0
    for number in range(FIRST_PIECE, ours.size):
        text = ours.decode([number])
        ids = theirs.encode(text, add_special_tokens=False)
        assert theirs.decode(ids) == text
        assert torch.allclose(new[number], old[ids].mean(0), atol=1e-6), text
        known += len(ids) == 1
    assert known > 40  # whole words, not letters only
    steps = [ours.special(step_token(i)) for i in (1, 2)]
    assert not torch.equal(new[steps[0]], new[steps[1]])


def test_the_adopted_model_is_served_as_it_is_trained(adopted: Path, tmp_path: Path) -> None:
    """Grouped-query attention and the other rotary base survive the way through GGUF into ctransformers."""
    model = LlamaForCausalLM.from_pretrained(adopted).eval()
    assert model.config.num_key_value_heads == 2
    tokenizer = DialogueTokenizer.load(adopted / "tokenizer.json")
    write_gguf(model, tokenizer, tmp_path / "student.gguf", "f32", "open")
    prompts = [[1, *tokenizer.encode(text * 4)] for text in TEXTS]
    found = parity(model, tmp_path / "student.gguf", prompts)
    assert found["same_first"] == 1
    assert found["largest_difference"] < 0.01


@pytest.mark.parametrize("kind", ["q8_0", "q5_1", "q5_0", "q4_1", "q4_0"])
def test_every_quantization_is_served(adopted: Path, tmp_path: Path, kind: str) -> None:
    model = LlamaForCausalLM.from_pretrained(adopted).eval()
    tokenizer = DialogueTokenizer.load(adopted / "tokenizer.json")
    write_gguf(model, tokenizer, tmp_path / "student.gguf", kind, "open")
    served = GgufModel(tmp_path / "student.gguf", threads=1)
    logits = torch.from_numpy(served.start([1, *tokenizer.encode(TEXTS[0])]).copy())
    with torch.inference_mode():
        exact = model(torch.tensor([[1, *tokenizer.encode(TEXTS[0])]])).logits[0, -1]
    assert torch.corrcoef(torch.stack((logits, exact)))[0, 1] > 0.9


def test_a_shallower_student_keeps_the_blocks_named(adopted: Path, tmp_path: Path) -> None:
    adopt.main(["--model", str(adopted), "--layers", "0,2-3", "--out", str(tmp_path)])
    whole, shallow = (LlamaForCausalLM.from_pretrained(folder) for folder in (adopted, tmp_path))
    assert shallow.config.num_hidden_layers == 3
    for place, number in enumerate((0, 2, 3)):
        for name, value in whole.model.layers[number].state_dict().items():
            assert torch.equal(value, shallow.model.layers[place].state_dict()[name]), name
    ids = torch.tensor([[1, 400, 500, 600]])
    cached = shallow.generate(ids, max_new_tokens=4, do_sample=False, use_cache=True, eos_token_id=None)
    plain = shallow.generate(ids, max_new_tokens=4, do_sample=False, use_cache=False, eos_token_id=None)
    assert torch.equal(cached, plain)  # the blocks know their new places


def test_another_kind_of_vocabulary_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudentError, match="no byte-level BPE vocabulary"):
        adopt.read_tokenizer(bundled_folder() / "student.gguf")
