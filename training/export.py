"""Export a trained model to GGUF, and check the file against the model.

    python -m training.export --model runs/mini --out students/mini --quantization q8_0 --name mini-1

Writes ``student.gguf``, ``tokenizer.json`` and ``student.json``. The check runs both models over the same prompts and
compares logits: f32 must agree to within rounding, q8_0 must rank the same token first nearly always.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import LlamaForCausalLM

from model.prompt import CONTEXT
from model.tokenizer import BYTES, DialogueTokenizer

TYPES = {
    "f32": gguf.GGMLQuantizationType.F32,
    "f16": gguf.GGMLQuantizationType.F16,
    "q8_0": gguf.GGMLQuantizationType.Q8_0,
    "q5_1": gguf.GGMLQuantizationType.Q5_1,
    "q5_0": gguf.GGMLQuantizationType.Q5_0,
    "q4_1": gguf.GGMLQuantizationType.Q4_1,
    "q4_0": gguf.GGMLQuantizationType.Q4_0,
}


def permute(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of a query or key matrix from transformers' rotary layout (halves) to llama.cpp's (pairs)."""
    return (
        weight.reshape(heads, 2, weight.shape[0] // heads // 2, *weight.shape[1:]).swapaxes(1, 2).reshape(weight.shape)
    )


def write_gguf(model: LlamaForCausalLM, tokenizer: DialogueTokenizer, path: Path, quantization: str, name: str) -> None:
    """Write a Llama model and its tokenizer as a GGUF file."""
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name(name)
    writer.add_vocab_size(tokenizer.size)
    _write_vocabulary(writer, tokenizer)
    write_model(writer, model, quantization)


def write_model(writer: Any, model: LlamaForCausalLM, quantization: str) -> None:
    """Write the shape and the tensors of a Llama model; the vocabulary must have been written, nothing comes after."""
    config: Any = model.config
    heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_rope_dimension_count(config.hidden_size // heads)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(float(config.rope_parameters["rope_theta"]))
    state = {key: value.detach().float().numpy() for key, value in model.state_dict().items()}
    tensors = {
        "token_embd.weight": state["model.embed_tokens.weight"],
        "output_norm.weight": state["model.norm.weight"],
    }
    tensors["output.weight"] = state.get("lm_head.weight", state["model.embed_tokens.weight"])
    for layer in range(config.num_hidden_layers):
        old, new = f"model.layers.{layer}.", f"blk.{layer}."
        tensors[new + "attn_q.weight"] = permute(state[old + "self_attn.q_proj.weight"], heads)
        tensors[new + "attn_k.weight"] = permute(state[old + "self_attn.k_proj.weight"], kv_heads)
        tensors[new + "attn_v.weight"] = state[old + "self_attn.v_proj.weight"]
        tensors[new + "attn_output.weight"] = state[old + "self_attn.o_proj.weight"]
        tensors[new + "ffn_gate.weight"] = state[old + "mlp.gate_proj.weight"]
        tensors[new + "ffn_up.weight"] = state[old + "mlp.up_proj.weight"]
        tensors[new + "ffn_down.weight"] = state[old + "mlp.down_proj.weight"]
        tensors[new + "attn_norm.weight"] = state[old + "input_layernorm.weight"]
        tensors[new + "ffn_norm.weight"] = state[old + "post_attention_layernorm.weight"]
    for key, value in tensors.items():
        wanted = TYPES[quantization] if value.ndim == 2 else TYPES["f32"]
        if wanted == TYPES["f32"]:
            writer.add_tensor(key, np.ascontiguousarray(value, np.float32))
        else:
            data = gguf.quants.quantize(np.ascontiguousarray(value, np.float32), wanted)
            writer.add_tensor(key, data, raw_dtype=wanted)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_vocabulary(writer: Any, tokenizer: DialogueTokenizer) -> None:
    pieces = tokenizer.pieces
    kinds = []
    for number, piece in enumerate(pieces):
        if number == 0:
            kinds.append(gguf.TokenType.UNKNOWN)
        elif piece in BYTES:
            kinds.append(gguf.TokenType.BYTE)
        elif number in (tokenizer.bos, tokenizer.eos):
            kinds.append(gguf.TokenType.CONTROL)
        elif (
            piece in tokenizer.ids
        ):  # shown as text by servers, so that a client can read the intents and pointers chosen
            kinds.append(gguf.TokenType.USER_DEFINED)
        else:
            kinds.append(gguf.TokenType.NORMAL)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([piece.encode() for piece in pieces])
    writer.add_token_scores([-float(number) for number in range(len(pieces))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(tokenizer.bos)
    writer.add_eos_token_id(tokenizer.eos)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(False)


def parity(model: LlamaForCausalLM, path: Path, prompts: list[list[int]]) -> dict[str, float]:
    """Compare the file with the model over prompts.

    Returns:
        Share of prompts after which both rank the same token first, and the largest difference between
        log-probabilities of the five tokens that the model finds likeliest.
    """
    from model.engines.gguf import GgufModel

    served = GgufModel(path)
    same, worst = 0, 0.0
    for ids in prompts:
        with torch.inference_mode():
            ours = torch.log_softmax(model(torch.tensor([ids])).logits[0, -1].float(), -1).numpy()
        theirs = served.start(ids).astype(np.float64)
        theirs = theirs - np.log(np.exp(theirs - theirs.max()).sum()) - theirs.max()
        same += int(ours.argmax() == theirs.argmax())
        likely = ours.argsort()[-5:]
        worst = max(worst, float(np.abs(ours[likely] - theirs[likely]).max()))
    return {"same_first": same / len(prompts), "largest_difference": worst}


def export(
    folder: Path, out: Path, quantization: str, name: str, notes: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Export the checkpoint in ``folder`` to a student's folder; returns what ``student.json`` says."""
    tokenizer = DialogueTokenizer.load(folder / "tokenizer.json")
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    out.mkdir(parents=True, exist_ok=True)
    path = out / "student.gguf"
    write_gguf(model, tokenizer, path, quantization, name)
    tokenizer.save(out / "tokenizer.json")
    rng = np.random.default_rng(0)
    prompts = [[1, *rng.integers(300, tokenizer.size, 40).tolist()] for _ in range(24)]
    info: dict[str, Any] = {
        "name": name,
        "parameters": sum(p.numel() for p in model.parameters()),
        "quantization": quantization,
        "megabytes": round(path.stat().st_size / 1e6, 2),
        "parity": parity(model, path, prompts),
        **(notes or {}),
    }
    (out / "student.json").write_text(json.dumps(info, indent=1) + "\n", encoding="utf-8")
    return info


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of a trained model")
    parser.add_argument("--out", type=Path, required=True, help="folder of the student version")
    parser.add_argument("--quantization", choices=sorted(TYPES), default="q8_0")
    parser.add_argument("--name", required=True, help="name of the version")
    args = parser.parse_args()
    print(json.dumps(export(args.model, args.out, args.quantization, args.name), indent=1))


if __name__ == "__main__":
    main()
