"""Average the weights of checkpoints that come from one another.

    python -m training.average --model runs/second --model runs/distilled --shares 0.4 0.6 --out runs/averaged

A model that went on from another on less data forgets some of what only the older one saw. Between the two, in the
space of weights, lie models that are better than both (Wortsman et al., 2022: "Robust fine-tuning of zero-shot
models", and "Model soups"). It costs nothing when the model is served.
"""

import argparse
import shutil
from pathlib import Path

import torch
from transformers import LlamaForCausalLM

from training.errors import TrainingError, guarded


def average(folders: list[Path], shares: list[float], out: Path) -> LlamaForCausalLM:
    """Write the weighted mean of some checkpoints, with the tokenizer of the first; returns it.

    Args:
        folders: Checkpoints of one shape and vocabulary.
        shares: One per checkpoint; they are divided by their sum.
        out: Folder of the result.

    Raises:
        TrainingError: They do not fit together.
    """
    if len(shares) != len(folders) or len(folders) < 2 or sum(shares) <= 0:
        raise TrainingError(
            "Name two or more checkpoints with --model, and as many --shares that add up to more than 0."
        )
    tokenizers = [folder / "tokenizer.json" for folder in folders]
    for tokenizer in tokenizers:
        if not tokenizer.is_file():
            raise TrainingError(f"{tokenizer.parent} has no tokenizer.json: name another --model.")
        if tokenizer.read_bytes() != tokenizers[0].read_bytes():
            raise TrainingError(
                f"{tokenizer.parent} has another vocabulary than {folders[0]}: they cannot be averaged."
            )
    models = [LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32) for folder in folders]
    states = [model.state_dict() for model in models]
    mean = {}
    for name, first in states[0].items():
        if any(name not in state or state[name].shape != first.shape for state in states):
            raise TrainingError(f"The checkpoints differ in shape ({name}): they cannot be averaged.")
        mean[name] = sum(share / sum(shares) * state[name] for share, state in zip(shares, states, strict=True))
    models[0].load_state_dict(mean)
    out.mkdir(parents=True, exist_ok=True)
    models[0].save_pretrained(out)
    shutil.copyfile(tokenizers[0], out / "tokenizer.json")
    return models[0]


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, action="append", required=True, help="checkpoint folder; repeated")
    parser.add_argument("--shares", type=float, nargs="+", required=True, help="one per checkpoint")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)

    def work() -> None:
        average(args.model, args.shares, args.out)

    guarded(work)


if __name__ == "__main__":
    main()
