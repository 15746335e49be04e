"""Steps per second and peak memory of our distillation beside TRL's, on the same models, batch and sequence length.

    python -m training.distill_bench

Every contender runs in a process of its own, one after another, in several rounds, so that a busy machine disturbs all
alike; the table shows the median step. All train the same student (and AdamW over all of it, bf16 autocast, no
activation checkpointing) on batches of ``--batch`` sequences of ``--time`` tokens, a quarter of which are the reply,
as in the packed data. Off-policy: GKDTrainer with λ = 0 and ours, with the teacher live or from a cache. On-policy:
DistillationTrainer, GKDTrainer with λ = 1 and ours with ``--on-policy 1``; all of them sample the replies first.

"Peak" is how far the process's memory rises above what it held once models and trainer were there.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from training.errors import TrainingError, guarded
from training.presets import Preset

STUDENT = Preset(layers=4, width=128, heads=4, hidden=320, batch_tokens=0)
TEACHER = Preset(layers=8, width=256, heads=4, hidden=768, batch_tokens=0)
VOCABULARY = 6144
CONTENDERS = {
    "trl-gkd": "TRL GKDTrainer, λ 0",
    "ours-live": "ours, live teacher",
    "ours-cache": "ours, cached teacher",
    "trl-distillation": "TRL DistillationTrainer",
    "trl-gkd-own": "TRL GKDTrainer, λ 1",
    "ours-own": "ours, own replies",
}
RIVALS = {
    "ours-live": ("trl-gkd",),
    "ours-cache": ("trl-gkd",),
    "ours-own": ("trl-distillation", "trl-gkd-own"),
}
WARM_UP = 2


class Clock:
    """Times of steps, and memory from when it is started."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
        self._before = _status("VmRSS")

    def tick(self) -> None:
        """A step has ended."""
        self.ends.append(time.perf_counter())

    def result(self) -> dict[str, Any]:
        """Seconds of every step after the warm-up, and megabytes."""
        steps = [b - a for a, b in zip(self.ends[WARM_UP - 1 :], self.ends[WARM_UP:], strict=False)]
        return {"seconds": steps, "peak_mb": (_status("VmHWM") - self._before) / 1024}


def _status(key: str) -> int:
    """A line of this process's memory, in kB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1])
    raise TrainingError("The benchmark reads /proc/self/status, which is not there: run it on Linux.")


def prepare(work: Path, batch: int, length: int, tokenizer: Path) -> None:
    """Random models, packed data and a cache."""
    from training.packing import FULL, Packed
    from training.pretrain import new_model
    from training.teach import make_cache

    for name, preset, seed in (("student", STUDENT, 0), ("teacher", TEACHER, 1)):
        new_model(preset, VOCABULARY, seed).save_pretrained(work / name)
        (work / name / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    rng = np.random.default_rng(0)
    prompt = length - length // 4
    marks = [0] * prompt + [FULL] * (length - prompt)
    items = [([*rng.integers(400, VOCABULARY, length - 1).tolist(), 2], marks) for _ in range(8 * batch)]
    Packed.of(items).save(work / "packed.npz")
    make_cache([work / "teacher"], work / "packed.npz", work / "cache", temperatures=(1.0,))


def ours(work: Path, name: str, batch: int, length: int, steps: int) -> dict[str, Any]:
    """Our steps."""
    from training.distill import Distiller
    from training.distill_settings import Settings

    more: dict[str, Any] = {"cache": work / "cache"} if name == "ours-cache" else {"teacher": (work / "teacher",)}
    if name == "ours-own":
        more |= {"on_policy": 1.0, "reply_tokens": length // 4}
    out = Path(tempfile.mkdtemp(dir=work))
    settings = Settings(
        packed=work / "packed.npz", out=out, student=work / "student", preset="nano", batch_tokens=batch * length,
        steps=steps + WARM_UP, alpha=1.0, divergence="forward", optimizer="adamw", warmup=1, log_every=1000, **more,
    )  # fmt: skip
    distiller = Distiller(settings)
    clock, update = Clock(), distiller._update

    def timed(*args: Any) -> Any:
        result = update(*args)
        clock.tick()
        return result

    distiller._update = timed  # type: ignore[method-assign, assignment]
    distiller.run()
    return clock.result()


def trl(work: Path, name: str, batch: int, length: int, steps: int) -> dict[str, Any]:
    """TRL's steps."""
    os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"
    import torch
    from datasets import Dataset
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback

    from training.packing import Packed

    data = Packed.load(work / "packed.npz")
    ids = torch.from_numpy(data.tokens.astype(np.int64)).view(-1, length)
    reply = length // 4
    student, teacher = (LlamaForCausalLM.from_pretrained(work / n, dtype=torch.float32) for n in ("student", "teacher"))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(work / "student" / "tokenizer.json"), bos_token="<s>", eos_token="</s>", pad_token="</s>"
    )
    common: dict[str, Any] = {
        "output_dir": str(work / "trl"), "max_steps": steps + WARM_UP, "use_cpu": True, "bf16": True,
        "per_device_train_batch_size": batch, "report_to": [], "save_strategy": "no", "disable_tqdm": True,
        "logging_strategy": "no", "activation_checkpointing": False, "learning_rate": 1e-3, "max_grad_norm": 1.0,
    }  # fmt: skip
    trainer: Any
    if name == "trl-distillation":
        from trl import DistillationConfig, DistillationTrainer

        arguments = DistillationConfig(
            **common, beta=0.0, max_completion_length=reply, generation_kwargs={"min_new_tokens": reply}
        )
        prompts = [" ".join(["the"] * (length - reply))] * len(ids)
        data_set = Dataset.from_dict({"prompt": prompts})
        trainer = DistillationTrainer(student, teacher, arguments, data_set, processing_class=tokenizer)
    else:
        from trl.experimental.gkd import GKDConfig, GKDTrainer

        def collate(rows: list[dict[str, int]]) -> dict[str, Any]:
            mine = ids[[row["number"] for row in rows]]
            labels = mine.clone()
            labels[:, : length - reply] = -100
            head = mine[:, : length - reply]
            ones = torch.ones_like
            return {
                "input_ids": mine, "attention_mask": ones(mine), "labels": labels, "prompts": head,
                "prompt_attention_mask": ones(head),
            }  # fmt: skip

        share = 1.0 if name == "trl-gkd-own" else 0.0
        settings = GKDConfig(**common, lmbda=share, beta=0.0, temperature=1.0, max_new_tokens=reply)
        data_set = Dataset.from_dict({"number": list(range(len(ids)))})
        trainer = GKDTrainer(student, teacher, settings, collate, data_set, processing_class=tokenizer)

    clock = Clock()

    class Ticker(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.tick()

    trainer.add_callback(Ticker())
    trainer.train()
    return clock.result()


def table(results: dict[str, list[dict[str, Any]]]) -> str:
    """Markdown of all rounds."""
    pace = {n: 1 / statistics.median(s for r in rounds for s in r["seconds"]) for n, rounds in results.items()}
    peak = {n: statistics.median(r["peak_mb"] for r in rounds) for n, rounds in results.items()}
    lines = ["| | steps/s | peak, MB | against |", "|---|---:|---:|---|"]
    for name in results:
        against = [
            f"{pace[name] / pace[rival]:.1f} × as fast, {peak[name] / peak[rival]:.2f} of the memory of "
            f"{CONTENDERS[rival]}"
            for rival in RIVALS.get(name, ())
            if rival in results
        ]
        lines.append(f"| {CONTENDERS[name]} | {pace[name]:.2f} | {peak[name]:.0f} | {'; '.join(against)} |")
    return "\n".join(lines)


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--batch", type=int, default=4, help="sequences of a batch")
    p.add_argument("--time", type=int, default=384, help="tokens of a sequence")
    p.add_argument("--steps", type=int, default=6, help="timed steps of a round")
    p.add_argument("--rounds", type=int, default=1)
    p.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=list(CONTENDERS))
    p.add_argument("--tokenizer", type=Path, help="the bundled one")
    p.add_argument("--threads", type=int, default=0)
    p.add_argument("--json", type=Path, help="write all numbers there")
    p.add_argument("--one", choices=list(CONTENDERS), help=argparse.SUPPRESS)
    p.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    args = p.parse_args(argv)
    if args.one:
        import torch

        if args.threads:
            torch.set_num_threads(args.threads)
        run: Callable[..., dict[str, Any]] = trl if args.one.startswith("trl") else ours
        found = run(args.work, args.one, args.batch, args.time, args.steps)
        (args.work / "result.json").write_text(json.dumps(found))
        return
    from model.registry import bundled_folder

    results: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        prepare(work, args.batch, args.time, args.tokenizer or bundled_folder() / "tokenizer.json")
        for _ in range(args.rounds):
            for name in args.contenders:
                command = [sys.executable, "-m", "training.distill_bench", "--one", name, "--work", folder]
                for flag in ("batch", "time", "steps", "threads"):
                    command += [f"--{flag}", str(getattr(args, flag))]
                done = subprocess.run(command, capture_output=True, text=True)
                if done.returncode:
                    raise TrainingError(f"{CONTENDERS[name]} failed: {done.stderr.strip().splitlines()[-1]}")
                results.setdefault(name, []).append(json.loads((work / "result.json").read_text()))
                print(f"{CONTENDERS[name]}: {[round(s, 3) for s in results[name][-1]['seconds']]}", file=sys.stderr)
    print(table(results))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1), encoding="utf-8")


if __name__ == "__main__":
    guarded(main)
