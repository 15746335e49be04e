"""Export a BERT with heads to ONNX with 8-bit weights (``training.from_onnx`` reads them back)."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from model.cross_encoder import Pair, batch

_INPUTS = ("ids", "mask", "kinds")


def export(
    net: nn.Module, file: Path, vocabulary: Sequence[str], length: int, outputs: Mapping[str, Sequence[str]]
) -> None:
    """Write the model, and ``vocab.txt`` beside it; positions beyond ``length`` are cut off (in the net, too).

    Args:
        net: ``(ids, mask, kinds)``, each (pairs, pieces) int64, to the outputs; its BERT is ``net.bert``.
        file: The ``.onnx`` file.
        vocabulary: Its word pieces.
        length: Most pieces of a pair.
        outputs: Names of the outputs, in order, each with the names of those of its dimensions that vary.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    bert: Any = net.bert
    embeddings = bert.embeddings
    embeddings.position_embeddings = nn.Embedding.from_pretrained(embeddings.position_embeddings.weight.data[:length])
    embeddings.register_buffer("position_ids", torch.arange(length)[None], persistent=False)
    embeddings.register_buffer("token_type_ids", torch.zeros(1, length, dtype=torch.long), persistent=False)
    given = tuple(torch.from_numpy(x) for x in batch([Pair([1, 2, 3, 4, 5, 6], 2, []), Pair([1, 2, 3], 1, [])]))
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        plain = Path(temporary) / "plain.onnx"
        axes = {name: dict(enumerate(("pairs", "pieces"))) for name in _INPUTS}
        axes |= {name: dict(enumerate(varying)) for name, varying in outputs.items()}
        torch.onnx.export(
            net, given, str(plain), input_names=list(_INPUTS), output_names=list(outputs), dynamic_axes=axes,
            opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(
            plain, file, weight_type=QuantType.QInt8, per_channel=True, reduce_range=False,
            op_types_to_quantize=["MatMul", "Gather"],
        )  # fmt: skip
    (file.parent / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
