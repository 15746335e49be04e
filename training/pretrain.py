"""Train a Llama-architecture model from scratch, or go on from a checkpoint.

    python -m training.pretrain --preset mini --tokenizer runs/tokenizer.json --packed runs/pretrain.npz --out runs/mini
    --minutes 50 python -m training.pretrain --init runs/mini --packed runs/finetune.npz --out runs/mini-ft --epochs 4
    --peak 0.3

Muon (Jordan et al., 2024) on the matrices, AdamW on embeddings and norms, linear warm-up, then a constant rate with
linear decay over the last part ("warm-up, stable, decay"), bf16 autocast. The length is given in steps, epochs or
minutes; with ``--minutes`` the decay is timed so that it ends when the time does. A checkpoint holds everything that is
needed to go on: run the same command again to resume.
"""

import argparse
import json
import math
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm
from transformers import LlamaConfig, LlamaForCausalLM

from model.tokenizer import DialogueTokenizer
from training.packing import Packed
from training.presets import PRESETS, Preset

SETTINGS = "training.json"


def new_model(preset: Preset, vocabulary: int, seed: int) -> LlamaForCausalLM:
    """A randomly initialised model of the preset's shape."""
    torch.manual_seed(seed)
    model = LlamaForCausalLM(LlamaConfig(**preset.shape(vocabulary), initializer_range=0.02))
    with torch.no_grad():  # residual branches start small
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.mul_(1 / math.sqrt(2 * preset.layers))
            layer.mlp.down_proj.weight.mul_(1 / math.sqrt(2 * preset.layers))
    return model


def weighted_loss(model: Any, ids: Tensor, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Next-token cross-entropy.

    Args:
        model: A causal model whose base gives hidden states.
        ids: [batch, time] token ids.
        weights: [batch, time] weight of predicting each token (the first has none).

    Returns:
        Mean loss by weight in nats; sum of the loss over fully weighted tokens; number of those tokens.
    """
    hidden = model.model(input_ids=ids[:, :-1], use_cache=False).last_hidden_state
    wanted = weights[:, 1:].reshape(-1)
    keep = wanted > 0
    logits = functional.linear(hidden.reshape(-1, hidden.shape[-1])[keep], model.lm_head.weight).float()
    losses = functional.cross_entropy(logits, ids[:, 1:].reshape(-1)[keep], reduction="none")
    wanted = wanted[keep]
    full = (wanted >= 0.999) & (wanted <= 1.001)
    return (losses * wanted).sum() / wanted.sum(), losses[full].sum().detach(), full.sum()


def make_optimizers(
    model: LlamaForCausalLM, preset: Preset, peak: float, kind: str = "muon"
) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for everything else; or, with ``kind`` "adamw", AdamW for all, with
    embeddings and norms at three times the rate. ``initial`` of each group is its peak rate.
    """
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n and "lm_head" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    rate = preset.learning_rate * peak
    if kind == "adamw":
        slow, fast = rate * preset.adam_ratio, 3 * rate * preset.adam_ratio
        groups = [
            {"params": matrices, "lr": slow, "weight_decay": preset.weight_decay, "initial": slow},
            {"params": others, "lr": fast, "weight_decay": 0.0, "initial": fast},
        ]
        return [torch.optim.AdamW(groups, betas=(0.9, 0.98))]
    muon = torch.optim.Muon(matrices, lr=rate, momentum=0.95, weight_decay=preset.weight_decay)
    adam = torch.optim.AdamW(others, lr=rate * preset.adam_ratio, betas=(0.9, 0.98), weight_decay=0.0)
    for optimizer in (muon, adam):
        for group in optimizer.param_groups:
            group["initial"] = group["lr"]
    return [muon, adam]


def schedule(done: float, step: int, warmup: int, decay: float) -> float:
    """Factor on the peak rate at fraction ``done`` of the run: warm-up, constant, linear decay over the
    last ``decay``.
    """
    factor = min(1.0, (step + 1) / max(1, warmup))
    if done > 1 - decay:
        factor = min(factor, max(0.02, (1 - done) / decay))
    return factor


class Trainer:
    """One training run in a folder."""

    def __init__(
        self, model: LlamaForCausalLM, tokenizer: DialogueTokenizer, preset: Preset, args: argparse.Namespace
    ) -> None:
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = cast(Any, model).to(self.device)
        self.tokenizer, self.preset, self.args = tokenizer, preset, args
        self.optimizers = make_optimizers(model, preset, args.peak, args.optimizer)
        self.step, self.epoch, self.batch, self.tokens, self.spent_s = 0, 0, 0, 0, 0.0
        self.curve: list[dict[str, float]] = []

    def resume(self) -> bool:
        path = self.args.out / "state.pt"
        if not path.exists():
            return False
        state = torch.load(path, map_location=self.device, weights_only=False)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for name in ("step", "epoch", "batch", "tokens", "spent_s", "curve"):
            setattr(self, name, state[name])
        return True

    def save(self, final: bool = False) -> None:
        out: Path = self.args.out
        out.mkdir(parents=True, exist_ok=True)
        state: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers],
        }
        for name in ("step", "epoch", "batch", "tokens", "spent_s", "curve"):
            state[name] = getattr(self, name)
        torch.save(state, out / "state.tmp")
        os.replace(out / "state.tmp", out / "state.pt")
        if final:
            (out / "state.pt").unlink()
        self.model.save_pretrained(out)
        self.tokenizer.save(out / "tokenizer.json")
        settings = {k: str(v) if isinstance(v, Path) else v for k, v in vars(self.args).items()}
        report = {"settings": settings, "preset": self.preset.as_dict(), "steps": self.step, "tokens": self.tokens}
        report |= {"seconds": round(self.spent_s, 1), "parameters": sum(p.numel() for p in self.model.parameters())}
        report["curve"] = self.curve
        (out / SETTINGS).write_text(json.dumps(report, indent=1))

    def run(self, packed: Packed, valid: Packed | None) -> None:
        args, preset = self.args, self.preset
        begun, last_save = time.monotonic() - self.spent_s, time.monotonic()
        per_epoch = sum(1 for _ in packed.batches(preset.batch_tokens, 0)) if args.epochs else 0
        total = args.steps or math.ceil(per_epoch * args.epochs)
        bar = tqdm(total=total or None, initial=self.step, unit="step", mininterval=10)
        seen_loss, seen = 0.0, 0
        done = 0.0
        while done < 1:
            for number, (ids, weights) in enumerate(packed.batches(preset.batch_tokens, args.seed + self.epoch)):
                if number < self.batch:
                    continue
                done = (time.monotonic() - begun) / (args.minutes * 60) if args.minutes else self.step / total
                if done >= 1:
                    break
                factor = schedule(done, self.step, preset.warmup, args.decay)
                loss, full_loss, full = self._update(ids, weights, factor)
                if not math.isfinite(loss):
                    raise SystemExit("The loss is not a number: lower --peak and start again from the last checkpoint.")
                seen_loss, seen = seen_loss + full_loss, seen + full
                self.step, self.batch, self.tokens = self.step + 1, number + 1, self.tokens + ids.size
                self.spent_s = time.monotonic() - begun
                bar.update()
                if self.step % args.log == 0:
                    row = {"step": self.step, "tokens": self.tokens, "loss": round(seen_loss / max(1, seen), 4)}
                    row |= {"tokens_per_s": round(self.tokens / self.spent_s), "factor": round(factor, 3)}
                    if valid is not None and self.step % (5 * args.log) == 0:
                        row["valid"] = round(self.evaluate(valid), 4)
                    self.curve.append(row)
                    tqdm.write(json.dumps(row))
                    seen_loss, seen = 0.0, 0
                if time.monotonic() - last_save > args.save_every_s:
                    self.save()
                    last_save = time.monotonic()
            else:
                self.epoch, self.batch = self.epoch + 1, 0
        bar.close()
        self.save(final=True)

    def _update(self, ids: np.ndarray, weights: np.ndarray, factor: float) -> tuple[float, float, int]:
        self.model.train()
        with torch.autocast(self.device, torch.bfloat16):
            loss, full_loss, full = weighted_loss(
                self.model, torch.from_numpy(ids).to(self.device), torch.from_numpy(weights).to(self.device)
            )
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = group["initial"] * factor
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return float(loss.detach()), float(full_loss), int(full)

    @torch.no_grad()
    def evaluate(self, packed: Packed) -> float:
        """Mean loss in nats over the fully weighted tokens."""
        self.model.eval()
        total, count = 0.0, 0
        for ids, weights in packed.batches(self.preset.batch_tokens, 0):
            with torch.autocast(self.device, torch.bfloat16):
                _, full_loss, full = weighted_loss(
                    self.model, torch.from_numpy(ids).to(self.device), torch.from_numpy(weights).to(self.device)
                )
            total, count = total + float(full_loss), count + int(full)
        return total / max(1, count)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--preset", choices=sorted(PRESETS), default="mini")
    p.add_argument("--tokenizer", type=Path, help="needed when training from scratch")
    p.add_argument("--init", type=Path, help="folder of a trained model to go on from")
    p.add_argument("--packed", type=Path, required=True, help="made by training.mixture")
    p.add_argument("--valid", type=Path, help="packed validation data")
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--steps", type=int, default=0)
    p.add_argument("--epochs", type=float, default=0)
    p.add_argument("--minutes", type=float, default=0)
    p.add_argument("--decay", type=float, default=0.35, help="last part of the run over which the rate falls")
    p.add_argument("--peak", type=float, default=1.0, help="factor on the preset's learning rate")
    p.add_argument(
        "--optimizer", choices=("muon", "adamw"), default="muon", help="adamw: gentler, to fine-tune an open model"
    )
    p.add_argument("--warmup", type=int, default=-1, help="steps to the peak, instead of the preset's")
    p.add_argument("--batch-tokens", type=int, default=0, help="instead of the preset's")
    p.add_argument("--threads", type=int, default=0, help="CPU threads (all)")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--log", type=int, default=20, help="steps between lines of the log")
    p.add_argument("--save-every-s", type=float, default=300)
    return p


def main(argv: list[str] | None = None) -> None:
    p = parser()
    args = p.parse_args(argv)
    if not (args.steps or args.epochs or args.minutes):
        p.error("say how long to train: --steps, --epochs or --minutes")
    if args.threads:
        torch.set_num_threads(args.threads)
    preset = PRESETS[args.preset]
    if args.batch_tokens:
        preset = replace(preset, batch_tokens=args.batch_tokens)
    if args.warmup >= 0:
        preset = replace(preset, warmup=args.warmup)
    if args.init:
        tokenizer = DialogueTokenizer.load(args.init / "tokenizer.json")
        model = LlamaForCausalLM.from_pretrained(args.init, dtype=torch.float32)
    elif args.tokenizer:
        tokenizer = DialogueTokenizer.load(args.tokenizer)
        model = new_model(preset, tokenizer.size, args.seed)
    else:
        p.error("--tokenizer or --init is needed")
    trainer = Trainer(model, tokenizer, preset, args)
    if trainer.resume():
        print(f"resumed at step {trainer.step}")
    print(f"{sum(q.numel() for q in model.parameters()) / 1e6:.2f} M parameters on {trainer.device}")
    trainer.run(Packed.load(args.packed), Packed.load(args.valid) if args.valid else None)


if __name__ == "__main__":
    main()
