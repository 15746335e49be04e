"""Model sizes and how each is trained.

``nano`` trains in a minute or two on a CPU and is for tests; ``mini`` is the best that two CPU cores can train in about
an hour; ``small`` (about 30 M parameters) wants a GPU; ``base`` (about 110 M) is a teacher.
"""

from dataclasses import asdict, dataclass
from typing import Any

from model.prompt import CONTEXT


@dataclass(frozen=True, slots=True)
class Preset:
    """Shape and training of a model.

    Attributes:
        layers, width, heads, hidden: Llama's shape: blocks, model width, attention heads, width of the SwiGLU.
        batch_tokens: Tokens (padding included) of one optimiser step.
        learning_rate: Peak rate of Muon (matrices) — AdamW's (embeddings, norms) is ``adam_ratio`` times it.
        adam_ratio: See there.
        weight_decay: On matrices.
        warmup: Steps to the peak.
    """

    layers: int
    width: int
    heads: int
    hidden: int
    batch_tokens: int
    learning_rate: float = 0.02
    adam_ratio: float = 0.15
    weight_decay: float = 0.01
    warmup: int = 60

    def shape(self, vocabulary: int) -> dict[str, Any]:
        """Arguments of ``transformers.LlamaConfig``."""
        return {
            "vocab_size": vocabulary,
            "hidden_size": self.width,
            "intermediate_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.heads,
            "max_position_embeddings": CONTEXT,
            "rms_norm_eps": 1e-5,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
            "tie_word_embeddings": True,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "pad_token_id": 2,
        }

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


PRESETS: dict[str, Preset] = {
    "nano": Preset(layers=2, width=64, heads=4, hidden=160, batch_tokens=4096, warmup=10),
    "mini": Preset(layers=8, width=256, heads=4, hidden=768, batch_tokens=4096, warmup=100),
    "small": Preset(layers=12, width=416, heads=13, hidden=1152, batch_tokens=65_536, warmup=200),
    "base": Preset(layers=14, width=768, heads=12, hidden=2048, batch_tokens=131_072, learning_rate=0.015, warmup=300),
}
