"""What checkpoints are measured by."""

from pathlib import Path

import pytest
import torch

from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import bundled_folder
from model.tokenizer import DialogueTokenizer
from training import held_out, pretrain
from training.corpora import wizard_of_tasks
from training.packing import Packed, sequences
from training.presets import PRESETS


@pytest.fixture
def packed(wot: tuple[Path, Path], tokenizer: DialogueTokenizer) -> Packed:
    builder = PromptBuilder(tokenizer)
    return Packed.of([s for example in wizard_of_tasks(*wot) for s in sequences(builder, example, held_out.LIMIT)])


@pytest.fixture(scope="module")
def tokenizer() -> DialogueTokenizer:

    return load_tokenizer(bundled_folder())


def test_it_is_the_plain_count_token_by_token(packed: Packed, tokenizer: DialogueTokenizer) -> None:
    model = pretrain.new_model(PRESETS["nano"], tokenizer.size, 1).eval()
    found = held_out.measure(model, tokenizer, packed, 2048)
    kinds, right, total, losses = held_out.kinds_of(tokenizer), {}, {}, []
    for begin, end in zip(packed.offsets, packed.offsets[1:], strict=False):
        ids = torch.from_numpy(packed.tokens[begin:end].astype("int64"))
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            logits = model(ids[None]).logits[0].float()
        for place in range(1, len(ids)):
            weight, token = packed.weights[begin + place], int(ids[place])
            if weight < 16:
                continue
            kind = kinds.get(token, "word")
            total[kind] = total.get(kind, 0) + 1
            right[kind] = right.get(kind, 0) + int(logits[place - 1].argmax() == token)
            if weight == 16:
                losses.append(float(torch.nn.functional.cross_entropy(logits[place - 1], ids[place])))
    assert found["nats"] == pytest.approx(sum(losses) / len(losses), abs=0.02)
    assert {"cook", "wizard", "step", "word"} <= set(found)
    for kind in ("cook", "wizard", "step"):
        assert found[kind] == pytest.approx(right[kind] / total[kind], abs=0.02)


def test_a_model_that_knows_better_measures_better(packed: Packed, tokenizer: DialogueTokenizer) -> None:
    model = pretrain.new_model(PRESETS["nano"], tokenizer.size, 1)
    before = held_out.measure(model, tokenizer, packed)["nats"]
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    for ids, weights in packed.batches(4096, 0):
        pretrain.weighted_loss(model, torch.from_numpy(ids), torch.from_numpy(weights))[0].backward()
        optimizer.step()
    assert held_out.measure(model, tokenizer, packed)["nats"] < before
