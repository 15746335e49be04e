"""The transformers engine: a checkpoint as training wrote it. For evaluation and for sizes that have no GGUF yet."""

import inspect
from pathlib import Path
from typing import Any, cast

import numpy as np

from model.engines.local import LocalStudent
from model.student import StudentError


class TransformersModel:
    """A transformers causal model as a ``TokenModel``; the key-value cache is cropped to the shared prefix."""

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from transformers import AutoModelForCausalLM, DynamicCache
        except ImportError as error:
            raise StudentError(
                "The transformers engine needs the training extra: pip install 'souschef[training]'."
            ) from error
        if not (folder / "config.json").is_file():
            raise StudentError(f"{folder} holds no transformers checkpoint: choose another student or engine.")
        self._torch = torch
        self._new_cache = DynamicCache
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = cast(Any, AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32))
        self.model.to(self.device)
        self.model.eval()
        # transformers renamed it with 5.24.
        forward = inspect.signature(self.model.forward).parameters
        self._cache_name = "cache" if "cache" in forward else "past_key_values"
        self._cache: Any = DynamicCache()
        self._seen: list[int] = []

    def _run(self, ids: list[int]) -> np.ndarray:
        torch = self._torch
        with torch.inference_mode():
            out = self.model(
                input_ids=torch.tensor([ids], device=self.device),
                use_cache=True,
                logits_to_keep=1,
                **{self._cache_name: self._cache},
            )
        self._cache = getattr(out, self._cache_name)
        self._seen += ids
        return np.asarray(out.logits[0, -1].float().cpu().numpy())

    def start(self, ids: list[int]) -> np.ndarray:
        shared = 0
        for old, new in zip(self._seen, ids[:-1], strict=False):
            if old != new:
                break
            shared += 1
        if shared == 0:
            self._cache = self._new_cache()
        else:
            self._cache.crop(shared)
        self._seen = self._seen[:shared]
        return self._run(ids[shared:])

    def push(self, token: int) -> np.ndarray:
        return self._run([token])


class TransformersStudent(LocalStudent):
    """A student served by transformers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, TransformersModel(folder))
