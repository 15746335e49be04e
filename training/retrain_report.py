"""The report of a retraining: one page of Markdown, the same as JSON, two plots."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.frozen import Case, Measured
from training.gate import LABELS, Change, Decision

DIALOGUES, TURNS = 10, 5
_TRIAD = ("context_relevance", "groundedness", "answer_relevance")


def write(
    folder: Path,
    facts: dict[str, Any],
    cases: Sequence[Case],
    results: dict[str, tuple[Measured, Measured]],
    decision: Decision,
) -> Path:
    """Write ``report.md``, ``report.json``, ``measures.png`` and ``training.png``; returns the path of the first.

    Dialogues that are shown come from the cookbook: what cooks said does not leave the log.

    Args:
        folder: The job's.
        facts: What the stages noted, by stage.
        cases: The frozen set.
        results: What both students made of it.
        decision: What the gate said.
    """
    data = facts | {"gate": decision.plain(), "parts": _parts(cases, results)}
    (folder / "report.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    _plot_measures(decision.changes, folder / "measures.png")
    _plot_training(facts["train"].get("curve", []), folder / "training.png")
    lines = [f"# Retraining: {facts['export']['name']}", "", decision.reason, ""]
    lines += ["| measure | old | new | difference | 95 % | turns | |", "|---|---:|---:|---:|---|---:|---|"]
    lines += [_row(change) for change in decision.changes]
    lines += ["", "![Measures](measures.png)", "", "## By part of the frozen set", ""]
    lines += ["| part | cases | score, old | score, new |", "|---|---:|---:|---:|"]
    lines += [f"| {p['part']} | {p['cases']} | {p['old']:.3f} | {p['new']:.3f} |" for p in data["parts"]]
    judged = facts.get("judge") or {}
    if judged.get("old"):
        lines += [
            "",
            f"## Triad (judge: {judged['judge']})",
            "",
            "| score | old | new | replies |",
            "|---|---:|---:|---:|",
        ]
        for name in _TRIAD:
            if name in judged["old"]:
                label, count = name.replace("_", " "), judged["counts"][name]
                lines.append(f"| {label} | {judged['old'][name]:.3f} | {judged['new'][name]:.3f} | {count} |")
    lines += ["", "## What it learned from", "", *_lessons(facts), "", "![Training](training.png)", ""]
    lines += ["## Ten dialogues, old and new", "", *_dialogues(cases, results)]
    path = folder / "report.md"
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    return path


def _row(change: Change) -> str:
    if not change.turns:
        return f"| {LABELS[change.name]} | – | – | – | – | 0 | |"
    form = "+.1%" if change.name == "seconds" else "+.3f"
    return (
        f"| {LABELS[change.name]} | {change.old:.3f} | {change.new:.3f} | {change.difference:{form}} | "
        f"{change.low:{form}} to {change.high:{form}} | {change.turns} | {change.verdict} |"
    )


def _parts(cases: Sequence[Case], results: dict[str, tuple[Measured, Measured]]) -> list[dict[str, Any]]:
    out = []
    for part in dict.fromkeys(case.part for case in cases):
        pairs = [results[case.id] for case in cases if case.part == part]
        scored = [(a.score, b.score) for a, b in pairs if a.score is not None and b.score is not None]
        if scored:
            old, new = (sum(values) / len(scored) for values in zip(*scored, strict=True))
        else:  # without a reference: the share that is safe
            old, new = (sum(not m.unsafe for m in ms) / len(pairs) for ms in zip(*pairs, strict=True))
        out.append({"part": part, "cases": len(pairs), "old": old, "new": new})
    return out


def _lessons(facts: dict[str, Any]) -> list[str]:
    collected, mixed = facts["collect"], facts["mix"]
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(collected["lessons"].items())) or "none"
    lines = [
        f"- {collected['conversations']} conversations; lessons: {kinds}; "
        f"{collected['frozen']} more set aside for measuring",
        f"- {mixed['lesson_tokens']} tokens of lessons beside {mixed['base_tokens']} of what it knew; "
        f"data {mixed['data_hash'][:16]}",
        f"- {facts['train']['steps']} steps from {collected['student']}, {facts['train']['seconds']:.0f} s",
    ]
    lines += [f"- left out: {count} – {reason}" for reason, count in sorted(collected["left_out"].items())]
    return lines


def _dialogues(cases: Sequence[Case], results: dict[str, tuple[Measured, Measured]]) -> list[str]:
    by_dialogue: dict[str, list[Case]] = {}
    for case in cases:
        if case.part == "cookbook":
            by_dialogue.setdefault(case.conversation, []).append(case)

    def changed(part: list[Case]) -> int:
        return sum(results[case.id][0].reply != results[case.id][1].reply for case in part)

    chosen = sorted(by_dialogue.values(), key=lambda part: (-changed(part), part[0].id))[:DIALOGUES]
    lines: list[str] = []
    for part in chosen:
        title = part[0].recipe.title if part[0].recipe else part[0].conversation
        lines += [f"### {title}", "", "| cook | old | new | what the wizard said |", "|---|---|---|---|"]
        for case in part[:TURNS]:
            old, new = results[case.id]
            wanted = case.reference.text if case.reference else ""
            cells = (case.utterance, _said(old), _said(new), wanted)
            lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
        lines.append("")
    return lines


def _said(measured: Measured) -> str:
    shown = [f"*{item}*" for item in measured.reply["shared"] if item not in measured.reply["text"]]
    return " ".join((measured.reply["text"], *shown[:3], *(["…"] if len(shown) > 3 else [])))


def _plot_measures(changes: Sequence[Change], path: Path) -> None:
    """Shares as bars, old beside new, and the 95 % of each difference below."""
    pyplot = _pyplot()
    shown = [change for change in changes if change.turns and change.name != "seconds"]
    figure, (bars, differences) = pyplot.subplots(1, 2, figsize=(11, 3.6), width_ratios=(3, 2))
    places = range(len(shown))
    for offset, key, colour in ((-0.2, "old", "#9aa5b1"), (0.2, "new", "#d1642e")):
        values = [getattr(change, key) for change in shown]
        drawn = bars.bar([place + offset for place in places], values, 0.38, label=key, color=colour)
        bars.bar_label(drawn, fmt="%.2f", fontsize=8, padding=1)
    names = [LABELS[change.name].split(",")[0].replace(" on the ", "\non the ") for change in shown]
    bars.set_xticks(list(places), names, fontsize=8)
    bars.set_ylim(0, 1.08)
    bars.legend(frameon=False, ncols=2, loc="upper right")
    for place, change in enumerate(shown):
        differences.plot((change.low, change.high), (place, place), color="#52606d")
        differences.plot(change.difference, place, "o", color="#d1642e")
    differences.axvline(0, color="#9aa5b1", linewidth=0.8)
    differences.set_yticks(list(places), names, fontsize=8)
    differences.invert_yaxis()
    differences.margins(y=0.2)
    differences.set_xlabel("new − old, 95 % of the bootstrap", fontsize=8)
    _finish(pyplot, figure, (bars, differences), path)


def _plot_training(curve: Sequence[dict[str, float]], path: Path) -> None:
    pyplot = _pyplot()
    figure, axes = pyplot.subplots(figsize=(7, 3.2))
    axes.plot([row["step"] for row in curve], [row["loss"] for row in curve], "o-", color="#d1642e", markersize=3)
    axes.set_xlabel("step")
    axes.set_ylabel("loss of the act, nats")
    axes.set_ylim(bottom=0)
    _finish(pyplot, figure, (axes,), path)


def _pyplot() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _finish(pyplot: Any, figure: Any, axes: Sequence[Any], path: Path) -> None:
    for one in axes:
        one.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
