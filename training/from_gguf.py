"""Read a student back from its GGUF file: the inverse of ``training.export``.

    python -m training.from_gguf --student model/weights --out runs/bundled

Writes a folder that ``training.pretrain --init`` and the ``transformers`` engine take. f32 and f16 come back exactly;
q8_0 comes back as the numbers that the file stands for, which is what was served.
"""

import argparse
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from model.student import StudentError
from model.tokenizer import DialogueTokenizer


def unpermute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key matrix from llama.cpp's rotary layout (pairs) to transformers' (halves)."""
    return (
        weight.reshape(heads, weight.shape[0] // heads // 2, 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)
    )


def read_gguf(path: Path) -> LlamaForCausalLM:
    """The Llama model in a GGUF file, in float32.

    Raises:
        StudentError: The file cannot be read, or holds no model of the architecture llama.
    """
    try:
        reader = gguf.GGUFReader(str(path))
    except (OSError, ValueError) as error:
        raise StudentError(f"{path} cannot be read as GGUF: {error}.") from error
    facts = {name: field.contents() for name, field in reader.fields.items() if name.startswith(("general.", "llama."))}
    if facts.get("general.architecture") != "llama":
        raise StudentError(f"{path} holds no model of the architecture llama.")
    tensors = {t.name: _floats(t) for t in reader.tensors}
    embeddings, output = tensors["token_embd.weight"], tensors.get("output.weight")
    tied = output is None or np.array_equal(embeddings, output)
    heads, kv_heads = int(facts["llama.attention.head_count"]), int(facts["llama.attention.head_count_kv"])
    config = LlamaConfig(
        vocab_size=embeddings.shape[0],
        hidden_size=int(facts["llama.embedding_length"]),
        intermediate_size=int(facts["llama.feed_forward_length"]),
        num_hidden_layers=int(facts["llama.block_count"]),
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=int(facts["llama.context_length"]),
        # Six digits: the file keeps it as float32.
        rms_norm_eps=float(f"{float(facts['llama.attention.layer_norm_rms_epsilon']):.6g}"),
        rope_parameters={"rope_type": "default", "rope_theta": float(facts["llama.rope.freq_base"])},
        tie_word_embeddings=tied,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    state: dict[str, np.ndarray] = {"model.embed_tokens.weight": embeddings}
    state["model.norm.weight"] = tensors["output_norm.weight"]
    state["lm_head.weight"] = embeddings if output is None else output
    for layer in range(config.num_hidden_layers):
        old, new = f"blk.{layer}.", f"model.layers.{layer}."
        state[new + "self_attn.q_proj.weight"] = unpermute(tensors[old + "attn_q.weight"], heads)
        state[new + "self_attn.k_proj.weight"] = unpermute(tensors[old + "attn_k.weight"], kv_heads)
        state[new + "self_attn.v_proj.weight"] = tensors[old + "attn_v.weight"]
        state[new + "self_attn.o_proj.weight"] = tensors[old + "attn_output.weight"]
        state[new + "mlp.gate_proj.weight"] = tensors[old + "ffn_gate.weight"]
        state[new + "mlp.up_proj.weight"] = tensors[old + "ffn_up.weight"]
        state[new + "mlp.down_proj.weight"] = tensors[old + "ffn_down.weight"]
        state[new + "input_layernorm.weight"] = tensors[old + "attn_norm.weight"]
        state[new + "post_attention_layernorm.weight"] = tensors[old + "ffn_norm.weight"]
    model = LlamaForCausalLM(config)
    model.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()})
    return model.eval()


def _floats(tensor: Any) -> np.ndarray:
    values: np.ndarray = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    return values.astype(np.float32, copy=True)


def restore(student: Path, out: Path) -> LlamaForCausalLM:
    """Write the student in ``student`` (a folder with ``student.gguf``) as a checkpoint in ``out``; returns the model.

    Raises:
        StudentError: See :func:`read_gguf`.
    """
    model = read_gguf(student / "student.gguf")
    tokenizer = DialogueTokenizer.load(student / "tokenizer.json")
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    tokenizer.save(out / "tokenizer.json")
    return model


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--student", type=Path, required=True, help="folder of a student version")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint")
    args = parser.parse_args(argv)
    try:
        model = restore(args.student, args.out)
    except StudentError as error:
        raise SystemExit(str(error)) from error
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters in {args.out}")


if __name__ == "__main__":
    main()
