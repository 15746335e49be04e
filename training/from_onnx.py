"""The weights of an exported cross-encoder, back in PyTorch: a trained encoder to go on from.

``training.judge_encoder`` and ``training.reader`` export BERTs with 8-bit weights; what they are rounded to is read
back, so that another task can begin where one ended.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch

_SUFFIX = "/MatMul_quant"


def bert_of(path: Path) -> tuple[Any, dict[str, Any]]:
    """The BERT of an exported model, and its configuration.

    Args:
        path: The ``.onnx`` file.
    """
    import onnx
    from onnx import numpy_helper
    from transformers import BertConfig, BertModel

    graph = onnx.load(str(path)).graph
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    state: dict[str, torch.Tensor] = {}
    for name, array in held.items():
        if name.startswith("bert.") and name.endswith((".bias", "LayerNorm.weight")):
            state[name.removeprefix("bert.")] = torch.from_numpy(array.copy())
        elif name.startswith("bert.embeddings") and name.endswith("_quantized"):
            plain = name.removesuffix("_quantized")
            state[plain.removeprefix("bert.")] = _plain(held, plain)
    for node in graph.node:
        if node.op_type == "MatMulInteger" and node.name.startswith("/bert/"):
            quantized = next(name for name in node.input if name in held and name.endswith("_quantized"))
            module = node.name.removeprefix("/bert/").removesuffix(_SUFFIX).replace("/", ".")
            state[f"{module}.weight"] = _plain(held, quantized.removesuffix("_quantized")).T.contiguous()
    words, width = state["embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".")[2]) for name in state if name.startswith("encoder.layer."))
    config = BertConfig(
        vocab_size=words, hidden_size=width, num_hidden_layers=layers, num_attention_heads=width // 32,
        intermediate_size=state["encoder.layer.0.intermediate.dense.weight"].shape[0],
        max_position_embeddings=state["embeddings.position_embeddings.weight"].shape[0]
    )  # fmt: skip
    config._attn_implementation = "eager"
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict(state)
    return bert, config.to_dict()


def heads_of(path: Path, *names: str) -> dict[str, torch.Tensor]:
    """Weights and biases of the linear heads of an exported model, by their names in PyTorch; of those that it has.

    Args:
        path: The ``.onnx`` file.
        names: "score", …
    """
    import onnx
    from onnx import numpy_helper

    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(str(path)).graph.initializer}
    found = {}
    for name in names:
        if f"{name}.weight_Transposed_quantized" in held:
            found[f"{name}.weight"] = _plain(held, f"{name}.weight_Transposed").T.contiguous()
            found[f"{name}.bias"] = torch.from_numpy(held[f"{name}.bias"].copy())
    return found


def _plain(held: dict[str, np.ndarray], name: str) -> torch.Tensor:
    """An 8-bit tensor as floats; its scale is of the whole or of each column."""
    zero, scale = held[f"{name}_zero_point"].astype(np.float32), held[f"{name}_scale"].astype(np.float32)
    return torch.from_numpy((held[f"{name}_quantized"].astype(np.float32) - zero) * scale)
