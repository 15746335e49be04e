"""Teachers that run here: any Hugging Face causal model with the student's vocabulary, or several of them as one.

An ensemble's distribution is the weighted mean of its members' probabilities; the objective's temperature is applied to
the mean, so that an ensemble is tempered as a single model with those logits would be.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.errors import TrainingError

# What some architectures do to the logits after the head; with one of these set, the model's own forward is used.
ADJUSTED = ("logit_scale", "logits_scaling", "final_logit_softcapping", "lm_head_multiplier", "output_multiplier")


@dataclass(slots=True)
class Member:
    """One model of a teacher.

    Attributes:
        folder: Where it was loaded from.
        model: In evaluation mode, without gradients.
        share: Its weight in the mean; all members' sum to one.
        plain: Whether its logits are hidden states times the head and nothing else.
    """

    folder: Path
    model: Any
    share: float
    plain: bool

    def features(self, ids: Tensor, keep: Tensor) -> Tensor:
        """What :meth:`log_probs` needs of the positions in ``keep``.

        Args:
            ids: [batch, time] token ids.
            keep: [positions] flat indices into [batch · time]; position i gives the distribution of the token after it.

        Returns:
            [positions, width] hidden states, or [positions, vocabulary] logits where the head is not plain.
        """
        if self.plain:
            states = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state
            return states.reshape(-1, states.shape[-1])[keep]
        rows, time = torch.div(keep, ids.shape[1], rounding_mode="floor"), keep % ids.shape[1]
        out: Tensor | None = None
        for row in rows.unique().tolist():  # a row at a time: logits are large
            mine = rows == row
            logits = self.model(input_ids=ids[row : row + 1], use_cache=False).logits[0, time[mine]]
            if out is None:
                out = logits.new_empty(len(keep), logits.shape[-1])
            out[mine] = logits
        assert out is not None
        return out

    def log_probs(self, features: Tensor) -> Tensor:
        """[positions, vocabulary] log-probabilities in float32."""
        logits = self.model.get_output_embeddings()(features) if self.plain else features
        return logits.float().log_softmax(-1)


class Teacher:
    """One model, or the mean of several."""

    def __init__(self, members: Sequence[Member]) -> None:
        self.members = list(members)

    @classmethod
    def load(
        cls,
        folders: Sequence[Path],
        shares: Sequence[float],
        tokenizer: Path,
        vocabulary: int,
        device: torch.device | str = "cpu",
    ) -> "Teacher":
        """Read models from disk.

        Args:
            folders: One checkpoint folder each, with ``config.json``, weights and ``tokenizer.json``.
            shares: Their weights in the mean; empty for equal ones.
            tokenizer: The student's ``tokenizer.json``.
            vocabulary: The student's ``config.vocab_size``.
            device: Where they run.

        Raises:
            TrainingError: A folder cannot be read, its vocabulary is not the student's, or the weights do not fit.
        """
        if shares and (len(shares) != len(folders) or min(shares) < 0 or not math.isfinite(sum(shares) or math.inf)):
            raise TrainingError(
                f"--teacher-weights needs one weight of at least 0 for each of the {len(folders)} teachers, not all 0."
            )
        parts = [share / sum(shares) for share in shares] if shares else [1 / len(folders)] * len(folders)
        members = [
            _load(folder, part, tokenizer, vocabulary, device) for folder, part in zip(folders, parts, strict=True)
        ]
        return cls(members)

    @property
    def parameters(self) -> int:
        """Weights of all members."""
        return sum(p.numel() for m in self.members for p in m.model.parameters())

    @torch.no_grad()
    def features(self, ids: Tensor, keep: Tensor) -> list[Tensor]:
        """Per member, see :meth:`Member.features`."""
        return [member.features(ids, keep) for member in self.members]

    @torch.no_grad()
    def log_probs(self, features: Sequence[Tensor], temperature: float = 1.0) -> Tensor:
        """The mean distribution.

        Args:
            features: From :meth:`features`, rows of them.
            temperature: Applied to the mean.

        Returns:
            [positions, vocabulary] log-probabilities in float32, the caller's to overwrite.
        """
        mean: Tensor | None = None
        for member, rows in zip(self.members, features, strict=True):
            if member.share == 0:
                continue
            one = member.log_probs(rows)
            if len(self.members) > 1:
                one += math.log(member.share)
            mean = one if mean is None else torch.logaddexp(mean, one)
        assert mean is not None
        return mean if temperature == 1 else mean.div_(temperature).log_softmax(-1)


def _load(folder: Path, share: float, tokenizer: Path, vocabulary: int, device: torch.device | str) -> Member:
    from transformers import AutoConfig, AutoModelForCausalLM

    if not (folder / "config.json").is_file():
        raise TrainingError(f"{folder} holds no model (no config.json): name a checkpoint folder in --teacher.")
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        size = config.get_text_config().vocab_size
        if size != vocabulary:
            raise TrainingError(
                f"The teacher in {folder} has a vocabulary of {size} and the student one of {vocabulary}: name a "
                "--teacher with the student's vocabulary, or start --student from one with the teacher's."
            )
        same_tokenizer(folder / "tokenizer.json", tokenizer)
        model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise TrainingError(
            f"The teacher in {folder} cannot be read ({_first_line(error)}): name a whole checkpoint in --teacher."
        ) from error
    head = model.get_output_embeddings()
    adjusted = any(getattr(config.get_text_config(), name, None) not in (None, 1.0) for name in ADJUSTED)
    plain = isinstance(head, nn.Linear) and not adjusted and model.base_model is not model
    return Member(folder, model.eval().requires_grad_(False).to(device), share, plain)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def same_tokenizer(teacher: Path, student: Path) -> None:
    """Check that two ``tokenizer.json`` give the same ids to the same pieces.

    Raises:
        TrainingError: They do not, or one is missing.
    """
    if not teacher.is_file():
        raise TrainingError(
            f"{teacher.parent} holds no tokenizer.json to compare with the student's: copy it beside the model, or "
            "name another --teacher."
        )
    if teacher.read_bytes() == student.read_bytes():
        return
    theirs, ours = (Tokenizer.from_file(str(path)).get_vocab() for path in (teacher, student))
    if theirs != ours:
        wrong = len({piece for piece in theirs.keys() | ours.keys() if theirs.get(piece) != ours.get(piece)})
        raise TrainingError(
            f"The tokenizer of the teacher in {teacher.parent} differs from the student's in {wrong} pieces: name a "
            "--teacher with the student's tokenizer (an endpoint's answers are aligned through text instead)."
        )


def fingerprint(folders: Sequence[Path], shares: Sequence[float]) -> str:
    """Hash of the teachers' configurations, weights and shares, 64 hexadecimal digits."""
    total = hashlib.sha256()
    for folder in folders:
        files = sorted(p for p in folder.iterdir() if p.suffix in (".safetensors", ".bin") or p.name == "config.json")
        for path in files:
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    whole = sum(shares)
    total.update(repr([round(s / whole, 9) for s in shares] or [1 / len(folders)] * len(folders)).encode())
    return total.hexdigest()
