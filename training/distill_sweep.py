"""Does distillation pay? The same student alone and distilled in several ways, over several seeds, as a table.

    python -m training.distill_sweep --packed runs/second.npz --valid runs/valid.npz --teacher runs/base
        --teacher runs/base-other-seed --work runs/sweep --preset nano --steps 400 --seeds 3

The first ``--teacher`` teaches; all of them together are the ensemble's variant. Every run sees the same batches in the
same order for the same number of steps. Runs that are finished in ``--work`` are not run again, so a killed sweep goes
on, and a variant can be added later. Rows: validation loss in nats per fully weighted token of the wizard and how often
the wizard's intent is right, mean ± standard deviation over the seeds; "better by" is the mean difference from the
student alone with the same seed, and in how many of the seeds it is better.
"""

import argparse
import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from model.tokenizer import DialogueTokenizer
from training.distill import RESULT, Distiller
from training.distill_batches import evaluate
from training.distill_settings import Settings
from training.errors import guarded
from training.presets import PRESETS
from training.teach import load_packed, make_cache
from training.teachers import Teacher


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to train the student.

    Attributes:
        label: Row of the table.
        changes: Settings that differ from the defaults.
        ensemble: Whether all teachers teach instead of the first.
    """

    label: str
    changes: dict[str, Any]
    ensemble: bool = False


VARIANTS: dict[str, Variant] = {
    "alone": Variant("student alone", {"alpha": 0.0}),
    "a50": Variant("forward KL, α 0.5", {}),
    "a50-t2": Variant("forward KL, α 0.5, τ 2", {"temperature": 2.0}),
    "a90": Variant("forward KL, α 0.9", {"alpha": 0.9}),
    "a90-t2": Variant("forward KL, α 0.9, τ 2", {"alpha": 0.9, "temperature": 2.0}),
    "reverse": Variant("reverse KL, α 0.5", {"divergence": "reverse"}),
    "jsd": Variant("JSD β 0.5, α 0.5", {"divergence": "jsd"}),
    "own": Variant("forward KL, α 0.5, own replies 0.2", {"on_policy": 0.2}),
    "ensemble": Variant("forward KL, α 0.5, ensemble", {}, ensemble=True),
}


def run(args: argparse.Namespace, name: str, seed: int) -> dict[str, float]:
    """The validation's numbers of one run, from its settings file where it is finished."""
    variant = VARIANTS[name]
    out: Path = args.work / f"{name}-{seed}"
    if not (out / RESULT).exists():
        teachers = tuple(args.teacher) if variant.ensemble else (args.teacher[0],)
        settings: dict[str, Any] = {
            "out": out, "packed": args.packed, "valid": args.valid, "preset": args.preset, "steps": args.steps,
            "batch_tokens": args.batch_tokens, "tokenizer": args.teacher[0] / "tokenizer.json", "seed": seed,
            "log_every": max(1, args.steps // 10), "valid_every": 1000, "peak": args.peak,
        }  # fmt: skip
        settings |= variant.changes
        if settings.get("alpha", 0.5) > 0:
            settings["cache"] = args.work / ("cache-ensemble" if variant.ensemble else "cache")
            if settings.get("on_policy"):
                settings["teacher"] = teachers
        distiller = Distiller(Settings(**settings))
        distiller.resume()
        distiller.run()
    report = json.loads((out / RESULT).read_text(encoding="utf-8"))
    return {**report["valid"], "seconds": report["seconds"]}


def table(results: dict[str, dict[int, dict[str, float]]], teachers: dict[str, dict[str, float]]) -> str:
    """Markdown: a row per variant, then the teachers.

    Args:
        results: By variant and seed, ``valid``, ``intents`` and ``seconds``.
        teachers: By label, ``valid`` and ``intents``.
    """
    lines = ["| variant | seeds | valid, nats | better by | intents | seconds |", "|---|---:|---:|---:|---:|---:|"]
    alone = results.get("alone", {})
    for name, runs in results.items():
        both = [seed for seed in runs if seed in alone]
        gains = [alone[seed]["valid"] - runs[seed]["valid"] for seed in both]
        gain = "–"
        if name != "alone" and gains:
            gain = f"{statistics.mean(gains):+.3f} ({sum(g > 0 for g in gains)} of {len(gains)})"
        cells = [VARIANTS[name].label, str(len(runs)), _spread(runs, "valid"), gain, _spread(runs, "intents")]
        cells.append(f"{statistics.mean(r['seconds'] for r in runs.values()):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    for label, row in teachers.items():
        lines.append(f"| {label} | | {row['valid']:.3f} | | {row.get('intents', float('nan')):.3f} | |")
    return "\n".join(lines)


def _spread(runs: dict[int, dict[str, float]], key: str) -> str:
    values = [row[key] for row in runs.values() if key in row]
    if not values:
        return "–"
    spread = f" ± {statistics.stdev(values):.3f}" if len(values) > 1 else ""
    return f"{statistics.mean(values):.3f}{spread}"


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--packed", type=Path, required=True)
    p.add_argument("--valid", type=Path, required=True)
    p.add_argument("--teacher", type=Path, action="append", required=True, help="checkpoint folder; may be repeated")
    p.add_argument("--work", type=Path, required=True, help="folder for caches and runs")
    p.add_argument("--preset", choices=sorted(PRESETS), default="nano")
    p.add_argument("--variants", nargs="+", choices=list(VARIANTS), default=list(VARIANTS))
    p.add_argument("--seeds", type=int, default=3)
    p.add_argument("--steps", type=int, default=400)
    p.add_argument("--batch-tokens", type=int, default=0, help="instead of the preset's")
    p.add_argument("--peak", type=float, default=1.0, help="factor on the preset's learning rate")
    p.add_argument("--threads", type=int, default=0)
    args = p.parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    wanted = [name for name in args.variants if not VARIANTS[name].ensemble or len(args.teacher) > 1]
    if wanted != args.variants:
        print("The ensemble's variant is left out: it needs a second --teacher.")
    temperatures = (1.0, 2.0)
    if any(not VARIANTS[n].ensemble and VARIANTS[n].changes.get("alpha") != 0 for n in wanted):
        make_cache(args.teacher[:1], args.packed, args.work / "cache", temperatures=temperatures)
    if any(VARIANTS[name].ensemble for name in wanted):
        make_cache(args.teacher, args.packed, args.work / "cache-ensemble", temperatures=temperatures)
    results: dict[str, dict[int, dict[str, float]]] = {}
    for seed in range(args.seeds):  # all variants of a seed first: a sweep cut short still compares
        for name in wanted:
            results.setdefault(name, {})[seed] = run(args, name, seed)
            print(name, seed, results[name][seed], flush=True)
    valid, teachers = load_packed(args.valid, "--valid"), {}
    for folder in args.teacher:
        tokenizer = DialogueTokenizer.load(folder / "tokenizer.json")
        model = Teacher.load([folder], [], folder / "tokenizer.json", tokenizer.size).members[0].model
        teachers[f"teacher {folder.name}"] = evaluate(model, tokenizer, valid, 4096)
    text = table(results, teachers)
    (args.work / "sweep.json").write_text(json.dumps({"runs": results, "teachers": teachers}, indent=1))
    (args.work / "sweep.md").write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    guarded(main)
