"""Distil a student from a teacher.

    python -m training.distill --preset mini --tokenizer runs/tokenizer.json --packed runs/second.npz
        --cache runs/second-base.cache --alpha 0.5 --temperature 2 --minutes 45 --out runs/distilled
    python -m training.distill --student runs/first --packed runs/second.npz --teacher runs/base --on-policy 0.2
        --divergence jsd --beta 0.3 --epochs 2 --peak 0.3 --out runs/distilled
    torchrun --nproc_per_node 2 -m training.distill --config training/distill.toml
    python -m training.distill --config training/distill.toml --ray local --workers 2

The loss is ``(1 − α)·CE + α·τ²·D(teacher, student)`` on every token that the teacher judges (the wizard's), weighted
cross-entropy on the others, and D alone on replies that the student made up itself (``--on-policy``); see
``training.losses``. The teacher is a cache (``training.teach``) or runs along. Muon and AdamW, warm-up, constant rate
and decay are ``training.pretrain``'s.

The folder ``--out`` holds the model, ``distill.json`` (every setting, the hashes of data and teacher, the results),
``curves.png`` and TensorBoard's files; on the way also a checkpoint: the same command goes on from it, exactly. Ctrl-C
writes one first.
"""

import json
import math
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import torch
from accelerate import Accelerator
from torch import nn
from tqdm import tqdm
from transformers import AutoModelForCausalLM

from model.tokenizer import DialogueTokenizer
from training.cluster import connected, trained
from training.curves import Board, plot_curves
from training.distill_batches import Batch, Learner, Measure, Source, evaluate
from training.distill_settings import Settings, check_disk, check_memory, memory_needed, read
from training.errors import TrainingError, guarded
from training.packing import Packed
from training.presets import PRESETS, Preset
from training.pretrain import make_optimizers, new_model, schedule
from training.teach import load_packed
from training.teacher_cache import Cache, file_hash
from training.teachers import Teacher, fingerprint

RESULT = "distill.json"
STATE = "state.pt"
KEPT = ("step", "epoch", "batch", "tokens", "spent_s", "curve")


def open_student(settings: Settings, preset: Preset) -> tuple[Any, Path]:
    """The model to train and its ``tokenizer.json``.

    Raises:
        TrainingError: It cannot be read.
    """
    source = settings.student or settings.tokenizer or settings.teacher[0]
    tokenizer = source if source.is_file() else source / "tokenizer.json"
    setting = "--student" if settings.student else "--tokenizer" if settings.tokenizer else "--teacher"
    if not tokenizer.is_file():
        raise TrainingError(f"{source} has no tokenizer.json: name another {setting}.")
    try:
        size = DialogueTokenizer.load(tokenizer).size
        if settings.student is None:
            return new_model(preset, size, settings.seed), tokenizer
        model = AutoModelForCausalLM.from_pretrained(settings.student, local_files_only=True, dtype=torch.float32)
    except Exception as error:  # tokenizers raises bare exceptions
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
        raise TrainingError(f"{source} cannot be read ({reason}): name another {setting}.") from error
    head = model.get_output_embeddings()
    if not isinstance(head, nn.Linear) or head.bias is not None:
        raise TrainingError("The head of the model in --student is no plain matrix: name another model.")
    return model, tokenizer


class Distiller:
    """One run in a folder.

    Args:
        settings: See there.
        optimizers: Instead of those that the settings name; parameters as the student's.
    """

    def __init__(self, settings: Settings, optimizers: Any = None) -> None:
        self.settings = settings
        bf16 = settings.precision == "bf16"
        self.accelerator = Accelerator(mixed_precision="bf16" if bf16 else "no", cpu=not torch.cuda.is_available())
        preset = PRESETS[settings.preset]
        if settings.batch_tokens:
            preset = replace(preset, batch_tokens=settings.batch_tokens)
        if settings.warmup >= 0:
            preset = replace(preset, warmup=settings.warmup)
        self.preset = preset
        if (settings.out / RESULT).exists() and not (settings.out / STATE).exists():
            raise TrainingError(f"{settings.out} holds a finished run: name another --out, or delete it.")
        self.packed = load_packed(settings.packed)
        self.valid = load_packed(settings.valid, "--valid") if settings.valid else None
        self.model, tokenizer = open_student(settings, preset)
        self.tokenizer = DialogueTokenizer.load(tokenizer)
        vocabulary = self.model.config.get_text_config().vocab_size
        if int(self.packed.tokens.max()) >= vocabulary:
            raise TrainingError(
                f"{settings.packed} has the token {int(self.packed.tokens.max())} and the student knows {vocabulary}: "
                "pack it with the student's tokenizer, or name another --packed."
            )
        self.identity = {"packed": file_hash(settings.packed)}
        cache = teacher = None
        if settings.cache and settings.alpha > 0:
            cache = Cache(settings.cache, self.packed, self.identity["packed"], vocabulary, settings.temperature)
            self.identity["teacher"] = cache.spec.teacher
        if settings.teacher and (settings.on_policy > 0 or (settings.alpha > 0 and cache is None)):
            shares, device = settings.teacher_weights, self.accelerator.device
            teacher = Teacher.load(settings.teacher, shares, tokenizer, vocabulary, device)
            self.identity["live_teacher"] = fingerprint(settings.teacher, shares)
        self._check_room(teacher)
        self.source = Source(settings, self.packed, cache, teacher, self.tokenizer, self.accelerator)
        self.model.to(self.accelerator.device)
        self.optimizers = optimizers(self.model) if optimizers else self._optimizers()
        self.learner = self.accelerator.prepare(Learner(self.model, settings.objective))
        self.step, self.epoch, self.batch, self.tokens, self.spent_s = 0, 0, 0, 0, 0.0
        self.curve: list[dict[str, float]] = []
        self._stop = False

    def _check_room(self, teacher: Teacher | None) -> None:
        config, size = self.model.config.get_text_config(), sum(p.numel() for p in self.model.parameters())
        share = self.preset.batch_tokens // self.accelerator.num_processes
        needed = memory_needed(
            size, teacher.parameters if teacher else 0, config.num_hidden_layers, config.hidden_size,
            getattr(config, "intermediate_size", None) or 4 * config.hidden_size, share,
        )  # fmt: skip
        on_cpu = self.accelerator.device.type == "cpu"
        check_memory(
            needed, psutil.virtual_memory().available if on_cpu else torch.cuda.mem_get_info()[0], "--batch-tokens"
        )
        check_disk(self.settings.out, 32 * size)

    def _optimizers(self) -> list[torch.optim.Optimizer]:
        if self.settings.optimizer == "muon":
            found = make_optimizers(self.model, self.preset, self.settings.peak)
            taken = {id(p) for o in found for group in o.param_groups for p in group["params"]}
            left = [p for p in self.model.parameters() if id(p) not in taken]
            if left:  # an output matrix of its own
                rate = found[1].param_groups[0]["initial"]
                found[1].add_param_group({"params": left, "lr": rate, "initial": rate})
            return found
        rate = self.preset.learning_rate * self.preset.adam_ratio * self.settings.peak
        adam = torch.optim.AdamW(self.model.parameters(), lr=rate, betas=(0.9, 0.98), weight_decay=0.0)
        adam.param_groups[0]["initial"] = rate
        return [adam]

    def resume(self) -> bool:
        """Go on from the checkpoint in ``--out``, if there is one.

        Raises:
            TrainingError: It is damaged, or another run's.
        """
        path = self.settings.out / STATE
        if not path.exists():
            return False
        try:
            state = torch.load(path, map_location=self.accelerator.device, weights_only=True)
            if state["identity"] != self.identity:
                raise TrainingError(f"{path} belongs to a run with other data or another teacher: name another --out.")
            self.model.load_state_dict(state["model"])
            for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
                optimizer.load_state_dict(saved)
            for name in KEPT:
                setattr(self, name, state[name])
        except (OSError, RuntimeError, ValueError, KeyError, EOFError) as error:
            raise TrainingError(f"{path} is damaged or of another model: delete it to begin anew.") from error
        return True

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            TrainingError: The disk is full; the one before is kept.
        """
        if self.accelerator.is_main_process:
            state: dict[str, Any] = {name: getattr(self, name) for name in KEPT}
            state |= {"identity": self.identity, "model": self.model.state_dict()}
            state["optimizers"] = [o.state_dict() for o in self.optimizers]
            out = self.settings.out
            try:
                out.mkdir(parents=True, exist_ok=True)
                with (out / "state.tmp").open("wb") as file:
                    torch.save(state, file)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(out / "state.tmp", out / STATE)
            except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
                (out / "state.tmp").unlink(missing_ok=True)
                raise TrainingError(
                    f"No checkpoint could be written to {out} (is the disk full?): make room or name another --out; "
                    "the one before is kept."
                ) from error
        self.accelerator.wait_for_everyone()

    def finish(self, measured: dict[str, float]) -> None:
        """Write the model, its settings file and the curves; the checkpoint goes."""
        if self.accelerator.is_main_process:
            out = self.settings.out
            self.model.save_pretrained(out)
            self.tokenizer.save(out / "tokenizer.json")
            report: dict[str, Any] = {"settings": self.settings.as_dict(), "preset": self.preset.as_dict()}
            report |= {"identity": self.identity, "steps": self.step, "tokens": self.tokens}
            report |= {"seconds": round(self.spent_s, 1), "processes": self.accelerator.num_processes}
            report |= {"parameters": sum(p.numel() for p in self.model.parameters()), "torch": str(torch.__version__)}
            report |= {"valid": measured, "curve": self.curve}
            if self.curve:
                plot_curves(self.curve, out / "curves.png", f"{out.name}: {_summary(self.settings)}")
            (out / RESULT).write_text(json.dumps(report, indent=1), encoding="utf-8")
            (out / STATE).unlink(missing_ok=True)
        self.accelerator.wait_for_everyone()

    def run(self) -> dict[str, float]:
        """Train to the end; returns the validation's numbers.

        Raises:
            TrainingError: The loss is not a number, or memory or disk are too small.
            KeyboardInterrupt: Ctrl-C or SIGTERM; a checkpoint is written first.
        """
        here = threading.current_thread() is threading.main_thread()  # Ray trains in another, and stops it itself
        before = {n: signal.signal(n, self._ask_to_stop) for n in (signal.SIGINT, signal.SIGTERM) if here}
        main = self.accelerator.is_main_process
        board = Board(self.settings.out / "tensorboard" if main else None, self.step)
        bar = tqdm(total=100, unit="%", disable=not main or None, bar_format="{l_bar}{bar}| {postfix}")
        try:
            self._loop(board, bar)
            measured = self.evaluate(self.valid) if self.valid is not None else {}
            if self.curve:
                self.curve[-1] |= measured
            self.finish(measured)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise TrainingError(self._too_big()) from error
        except RuntimeError as error:
            if "can't allocate memory" in str(error) or "not enough memory" in str(error):
                raise TrainingError(self._too_big()) from error
            raise
        finally:
            bar.close()
            board.close()
            for number, handler in before.items():
                signal.signal(number, handler)
        return measured

    def _too_big(self) -> str:
        kept = f"; {self.settings.out} keeps the last checkpoint" if (self.settings.out / STATE).exists() else ""
        return f"There is too little memory for a batch: lower --batch-tokens{kept}."

    def _ask_to_stop(self, *_: Any) -> None:
        self._stop = True

    def _total(self) -> int:
        settings = self.settings
        if settings.steps or settings.minutes:
            return settings.steps
        return math.ceil(settings.epochs * sum(1 for _ in self.packed.batches(self.preset.batch_tokens, 0)))

    def _batches(self) -> Iterator[tuple[int, Batch]]:
        """(number within the epoch, batch) from where the run stands, without end."""
        while True:
            for number, places in enumerate(self.source.epoch(self.preset.batch_tokens, self.epoch)):
                if number >= self.batch:
                    yield number, self.source.prepared(places, self.step, self.model)
            self.epoch, self.batch = self.epoch + 1, 0

    def _loop(self, board: Board, bar: Any) -> None:
        settings, total = self.settings, self._total()
        begun, last_save = time.monotonic() - self.spent_s, time.monotonic()
        session_s, session_tokens, session_done = self.spent_s, 0, self._done(total)
        seen = Measure()
        for number, batch in self._batches():
            self.spent_s = time.monotonic() - begun
            weight, stop, done = self._agree(batch, self._done(total))
            if done >= 1:
                break
            if stop:
                self.save()
                raise KeyboardInterrupt
            factor = schedule(done, self.step, self.preset.warmup, settings.decay)
            seen.add(batch, *self._update(batch, weight, factor))
            self.step, self.batch, self.tokens = self.step + 1, number + 1, self.tokens + batch.tokens
            self.spent_s, session_tokens = time.monotonic() - begun, session_tokens + batch.tokens
            done, spent = self._done(total), self.spent_s - session_s
            left = spent * (1 - done) / max(1e-9, done - session_done)
            bar.set_postfix_str(
                f"step {self.step}, {session_tokens / spent:,.0f} tokens/s, {_clock(left)} left", refresh=False
            )
            bar.update(min(100.0, 100 * done) - bar.n)
            if self.step % settings.log_every == 0:
                row: dict[str, float] = {"step": self.step, "tokens": self.tokens, "factor": round(factor, 4)}
                row |= seen.means(self.accelerator) | {"tokens_per_s": round(session_tokens / spent)}
                if self.valid is not None and self.step % (settings.valid_every * settings.log_every) == 0:
                    row |= self.evaluate(self.valid)
                self.curve.append(row)
                board.add(row)
                if self.accelerator.is_main_process:
                    tqdm.write(json.dumps(row))
                seen = Measure()
            if self._due(time.monotonic() - last_save):
                self.save()
                last_save = time.monotonic()

    def _done(self, total: int) -> float:
        """How much of the run is behind it, 0 to 1."""
        return self.step / total if total else self.spent_s / (self.settings.minutes * 60)

    def _due(self, since_s: float) -> bool:
        """Whether a checkpoint is due, by the first process's clock."""
        if self.accelerator.num_processes == 1:
            return since_s > self.settings.save_every_s
        first = float(since_s > self.settings.save_every_s and self.accelerator.is_main_process)
        return bool(self.accelerator.reduce(torch.tensor(first, device=self.accelerator.device), "sum") > 0)

    def _agree(self, batch: Batch, done: float) -> tuple[torch.Tensor, bool, float]:
        """(weight of the batch over all processes, whether anybody wants to stop, the first process's ``done``)."""
        first = self.accelerator.is_main_process
        mine = torch.tensor(
            [float(batch.weights.sum()), float(self._stop), done if first else 0.0], dtype=torch.float64
        )
        if self.accelerator.num_processes > 1:
            mine = self.accelerator.reduce(mine.to(self.accelerator.device), "sum").cpu()
        return mine[0].float().to(self.accelerator.device), bool(mine[1] > 0), float(mine[2])

    def _update(
        self, batch: Batch, weight: torch.Tensor, factor: float
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """One step of the optimisers; the loss, and cross-entropy and divergence of the batch's positions."""
        self.model.train()
        share = (weight / self.accelerator.num_processes).clamp(min=1e-9)  # gradients are averaged over processes
        loss, ce, d = self.learner(batch, self.source.rows(batch), share)
        self.accelerator.backward(loss)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if not bool(torch.isfinite(norm)):
            kept = "the last checkpoint is kept" if (self.settings.out / STATE).exists() else "nothing was saved yet"
            raise TrainingError(
                f"The loss is not a number at step {self.step + 1}: lower --peak, or raise --warmup ({kept} in "
                f"{self.settings.out})."
            )
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss, ce, d

    def evaluate(self, packed: Packed) -> dict[str, float]:
        """See :func:`training.distill_batches.evaluate`."""
        bf16 = self.settings.precision == "bf16"
        return evaluate(self.model, self.tokenizer, packed, self.preset.batch_tokens, bf16)


def _summary(settings: Settings) -> str:
    if settings.alpha == 0 and settings.on_policy == 0:
        return "no teacher"
    name = settings.divergence + (f" β {settings.beta:g}" if settings.divergence == "jsd" else "")
    own = f", own replies {settings.on_policy:g}" if settings.on_policy else ""
    return f"{name}, α {settings.alpha:g}, τ {settings.temperature:g}{own}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}" if minutes >= 60 else f"{minutes}:{rest:02d}"


def run(settings: Settings) -> None:
    """Distil in this process, which may be one of several."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    distiller = Distiller(settings)
    resumed = distiller.resume()
    if distiller.accelerator.is_main_process:
        size = sum(p.numel() for p in distiller.model.parameters()) / 1e6
        tqdm.write(f"{size:.2f} M parameters, {_summary(settings)}, {distiller.accelerator.num_processes} process(es)")
        if resumed:
            tqdm.write(f"resumed at step {distiller.step}")
    measured = distiller.run()
    if distiller.accelerator.is_main_process:
        tqdm.write(json.dumps({"out": str(settings.out), "steps": distiller.step, **measured}))


def main(argv: list[str] | None = None) -> None:
    settings = read(__doc__ or "", argv)
    if not settings.ray:
        run(settings)
        return
    with connected(settings.ray, settings.workers):
        trained(run, settings, settings.workers, settings.out)


if __name__ == "__main__":
    from training import distill as importable  # under a name that workers know

    guarded(importable.main)
