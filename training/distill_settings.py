"""Settings of a distillation: flags, a TOML file, defaults; and the checks that need nothing loaded."""

import argparse
import math
import shutil
import tomllib
import typing
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from training.errors import TrainingError
from training.losses import Objective
from training.packing import FULL
from training.presets import PRESETS


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that decides a run; the names are the flags'."""

    out: Path
    packed: Path
    student: Path | None = None
    preset: str = "mini"
    tokenizer: Path | None = None
    valid: Path | None = None
    cache: Path | None = None
    teacher: tuple[Path, ...] = ()
    teacher_weights: tuple[float, ...] = ()
    alpha: float = 0.5
    temperature: float = 1.0
    divergence: str = "forward"
    beta: float = 0.5
    from_weight: int = FULL
    on_policy: float = 0.0
    reply_tokens: int = 64
    steps: int = 0
    epochs: float = 0.0
    minutes: float = 0.0
    decay: float = 0.35
    peak: float = 1.0
    warmup: int = -1
    batch_tokens: int = 0
    optimizer: str = "muon"
    precision: str = "bf16"
    seed: int = 0
    log_every: int = 20
    valid_every: int = 5
    save_every_s: float = 300.0
    threads: int = 0
    ray: str = ""
    workers: int = 2

    def __post_init__(self) -> None:
        wrong = [
            (max(self.steps, self.epochs, self.minutes) <= 0, "Say how long: --steps, --epochs or --minutes."),
            (not 0 <= self.alpha <= 1, f"--alpha is {self.alpha:g}: choose 0 (ground truth) to 1 (teacher)."),
            (not 0 < self.temperature < math.inf, f"--temperature is {self.temperature:g}: choose a number above 0."),
            (self.divergence not in ("forward", "reverse", "jsd"), "--divergence is forward, reverse or jsd."),
            (not 0 < self.beta < 1, f"--beta is {self.beta:g}: choose a number between 0 and 1 (the ends are "
             "--divergence forward and reverse)."),
            (not 0 <= self.on_policy <= 1, f"--on-policy is {self.on_policy:g}: choose a share from 0 to 1."),
            (self.on_policy > 0 and not self.teacher, "--on-policy needs a live teacher: name --teacher."),
            (self.alpha > 0 and not (self.cache or self.teacher), "--alpha above 0 needs --cache or --teacher."),
            (self.preset not in PRESETS, f"--preset is one of {', '.join(sorted(PRESETS))}."),
            (self.student is None and self.tokenizer is None and not self.teacher,
             "A new student needs a vocabulary: name --tokenizer, or --student to go on from a model."),
            (self.optimizer not in ("muon", "adamw"), "--optimizer is muon or adamw."),
            (self.precision not in ("bf16", "fp32"), "--precision is bf16 or fp32."),
            (self.peak <= 0, f"--peak is {self.peak:g}: choose a number above 0."),
            (self.reply_tokens < 1 or self.log_every < 1, "--reply-tokens and --log-every are at least 1."),
        ]  # fmt: skip
        for is_wrong, sentence in wrong:
            if is_wrong:
                raise TrainingError(sentence)

    @property
    def objective(self) -> Objective:
        return Objective(self.alpha, self.temperature, self.divergence, self.beta)  # type: ignore[arg-type]

    def as_dict(self) -> dict[str, Any]:
        """For a settings file; paths as text."""
        plain = {k: str(v) if isinstance(v, Path) else v for k, v in asdict(self).items()}
        plain["teacher"] = [str(p) for p in self.teacher]
        return plain


HELP = {
    "out": "folder of the result, and of checkpoints on the way",
    "packed": "made by training.mixture",
    "student": "folder of a trained model to go on from; without, one of --preset's shape begins from nothing",
    "preset": "shape of a new student, and how it is trained (see training.presets)",
    "tokenizer": "of a new student (the teacher's)",
    "valid": "packed validation data",
    "cache": "what a teacher said, made by training.teach",
    "teacher": "checkpoint folder of a teacher that runs along; may be repeated (an ensemble)",
    "teacher_weights": "one per teacher (equal)",
    "alpha": "share of the teacher in the loss",
    "temperature": "of both distributions",
    "divergence": "forward, reverse or jsd",
    "beta": "of jsd",
    "from_weight": "least weight of a token that a live teacher judges, in sixteenths",
    "on_policy": "share of the steps in which the student's own replies are judged (needs --teacher)",
    "reply_tokens": "longest reply of its own",
    "steps": "length of the run",
    "epochs": "length of the run",
    "minutes": "length of the run",
    "decay": "last part of the run over which the rate falls",
    "peak": "factor on the preset's learning rate",
    "warmup": "steps to the peak, instead of the preset's",
    "batch_tokens": "instead of the preset's, over all processes",
    "optimizer": "muon (AdamW for embeddings and norms) or adamw",
    "precision": "bf16 or fp32",
    "seed": "of initial weights, order and samples",
    "log_every": "steps between lines of the log",
    "valid_every": "lines of the log between validations",
    "save_every_s": "seconds between checkpoints",
    "threads": "CPU threads (all)",
    "ray": 'share the run among processes by Ray: "local", "auto" or HOST:PORT (see training.cluster)',
    "workers": "processes that share it, with --ray",
}


def parser(doc: str) -> argparse.ArgumentParser:
    """Flags of every setting, and ``--config``."""
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--config", type=Path, help="TOML file with any of these settings; flags win over it")
    kinds = typing.get_type_hints(Settings)
    for field in fields(Settings):
        flag, kind, default = "--" + field.name.replace("_", "-"), kinds[field.name], field.default
        shown = HELP[field.name]
        if isinstance(default, (int, float, str)) and default not in (0, -1):
            shown += f" ({default:g})" if isinstance(default, float) else f" ({default})"
        options: dict[str, Any] = {"dest": field.name, "default": argparse.SUPPRESS, "help": shown}
        if field.name == "teacher":
            p.add_argument(flag, type=Path, action="append", **options)
        elif field.name == "teacher_weights":
            p.add_argument(flag, type=float, nargs="*", **options)
        else:
            p.add_argument(flag, type=Path if "Path" in str(kind) else kind, **options)
    return p


def read(doc: str, argv: list[str] | None = None) -> Settings:
    """Settings from the command line and the file that it names.

    Raises:
        TrainingError: The file cannot be read, or a setting is unknown, missing or wrong.
    """
    given = vars(parser(doc).parse_args(argv))
    config = given.pop("config", None)
    values = (from_toml(config) if config else {}) | given
    for name in ("out", "packed"):
        if name not in values:
            raise TrainingError(f"--{name} is missing: it names the {HELP[name]}.")
    for name in ("teacher", "teacher_weights"):
        values[name] = tuple(values.get(name) or ())
    return Settings(**values)


def from_toml(path: Path) -> dict[str, Any]:
    """Settings in a file; paths are relative to the working directory.

    Raises:
        TrainingError: See :func:`read`.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror}): name another --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TrainingError(f"{path} is no TOML ({error}): mend it, or name another --config.") from error
    kinds = typing.get_type_hints(Settings)
    out: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in kinds:
            raise TrainingError(f"{path} has an unknown setting, {key}: see python -m training.distill --help.")
        try:
            out[name] = _converted(name, str(kinds[name]), value)
        except (TypeError, ValueError) as error:
            raise TrainingError(
                f"{key} in {path} cannot be {value!r}: see python -m training.distill --help."
            ) from error
    return out


def _converted(name: str, kind: str, value: Any) -> Any:
    if name == "teacher":
        return [Path(v) for v in ([value] if isinstance(value, str) else value)]
    if name == "teacher_weights":
        return [float(v) for v in value]
    if "Path" in kind:
        return Path(value)
    if "float" in kind and not isinstance(value, bool):
        return float(value)
    if "int" in kind and (isinstance(value, bool) or int(value) != value):
        raise ValueError(value)
    if "str" in kind and not isinstance(value, str):
        raise TypeError(value)
    return value


def check_memory(needed: int, available: int, setting: str) -> None:
    """Refuse a run that cannot fit.

    Args:
        needed: Bytes.
        available: Bytes.
        setting: What to change.

    Raises:
        TrainingError: It does not fit.
    """
    if needed > available:
        raise TrainingError(
            f"The run needs at least {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB are free: lower "
            f"{setting}."
        )


def check_disk(folder: Path, needed: int) -> None:
    """The same for the disk that ``folder`` (or its first parent that is there) lies on."""
    place = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    free = shutil.disk_usage(place).free
    if needed > free:
        raise TrainingError(
            f"Checkpoints need {needed / 1e6:.0f} MB and {place} has {free / 1e6:.0f} MB left: name a roomier --out."
        )


def memory_needed(student: int, teacher: int, layers: int, width: int, hidden: int, batch_tokens: int) -> int:
    """Bytes that a run takes at the least: weights, gradients and two moments of ``student`` parameters, weights of
    ``teacher`` parameters, and what backward needs of every token in every layer, in bf16.
    """
    return 16 * student + 4 * teacher + 2 * batch_tokens * layers * (10 * width + 3 * hidden)
