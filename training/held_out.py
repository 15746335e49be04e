"""Measure checkpoints on the dialogues that nothing is trained on, token by token, all that comes before being given.

    python -m training.held_out --data DATA --save runs/valid.npz --model runs/teacher --model runs/distilled

The dialogues are Wizard of Tasks' validation split and the last CookDial dialogues. Printed are the mean cross-entropy
of the words that a wizard says, in nats, and how often the right token is the likeliest of all, by kind: the cook's
intent, the wizard's intent, pointers to steps and to ingredients, words. ``--save`` keeps them packed, as ``--valid``
of ``training.pretrain`` and ``training.distill`` wants them; the models must have the vocabulary of ``--tokenizer``.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import LlamaForCausalLM

from model.prompt import PromptBuilder
from model.tokenizer import FIRST_PIECE, DialogueTokenizer
from training.errors import guarded
from training.mixture import real_examples
from training.packing import Packed, sequences

KINDS = {"<u:": "cook", "<w:": "wizard", "<p": "step", "<i": "ingredient"}
LIMIT = 980  # tokens of a sequence, as in training.mixture


def held_out(data: Path, tokenizer: DialogueTokenizer) -> Packed:
    """The held-out dialogues, packed."""
    builder = PromptBuilder(tokenizer)
    return Packed.of([item for example in real_examples(data)[1] for item in sequences(builder, example, LIMIT)])


def kinds_of(tokenizer: DialogueTokenizer) -> dict[int, str]:
    """Kind of every control token that a wizard says."""
    return {
        number: kind
        for token, number in tokenizer.ids.items()
        for start, kind in KINDS.items()
        if token.startswith(start)
    }


@torch.no_grad()
def measure(model: Any, tokenizer: DialogueTokenizer, packed: Packed, batch_tokens: int = 4096) -> dict[str, float]:
    """Mean cross-entropy of fully weighted tokens (``nats``), and accuracy by kind."""
    kinds = kinds_of(tokenizer)
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    loss, count = 0.0, 0
    for ids_, weights_ in packed.batches(batch_tokens, 0):
        ids, weights = torch.from_numpy(ids_), torch.from_numpy(weights_)[:, 1:].reshape(-1)
        said = weights >= 0.999
        with torch.autocast("cpu", torch.bfloat16):
            states = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
            logits = model.lm_head(states.reshape(-1, states.shape[-1])[said]).float()
        wanted = ids[:, 1:].reshape(-1)[said]
        full = weights[said] <= 1.001
        loss += float(functional.cross_entropy(logits[full], wanted[full], reduction="sum"))
        count += int(full.sum())
        for token, hit in zip(wanted.tolist(), (logits.argmax(-1) == wanted).tolist(), strict=True):
            kind = kinds.get(token, "word" if token >= FIRST_PIECE else "")
            total[kind] += 1
            right[kind] += hit
    found = {kind: round(right[kind] / total[kind], 3) for kind in (*KINDS.values(), "word") if total[kind]}
    return {"nats": round(loss / max(1, count), 4), **found}


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--model", type=Path, action="append", default=[], help="checkpoint folder; may be repeated")
    parser.add_argument("--tokenizer", type=Path, help="tokenizer.json (the first model's)")
    parser.add_argument("--save", type=Path, help="file for the packed dialogues")
    args = parser.parse_args(argv)
    if not (args.tokenizer or args.model):
        parser.error("--tokenizer or --model is needed")

    def work() -> None:
        tokenizer = DialogueTokenizer.load(args.tokenizer or args.model[0] / "tokenizer.json")
        packed = held_out(args.data, tokenizer)
        if args.save:
            packed.save(args.save)
        for folder in args.model:
            model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
            size = sum(p.numel() for p in model.parameters()) / 1e6
            row = {"model": str(folder), "parameters_m": round(size, 1), **measure(model, tokenizer, packed)}
            print(json.dumps(row), flush=True)

    guarded(work)


if __name__ == "__main__":
    main()
