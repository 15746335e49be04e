"""Evaluate replies against a dialogue file, beside the trivial baselines.

    souschef replay DIALOGUES.json --recipes RECIPES.jsonl --out replies.jsonl
    python -m training.evaluate replies.jsonl --dialogues DIALOGUES.json --recipes RECIPES.jsonl --data DATA --out
    runs/report

Prints a table; with ``--data`` also how well the replies to WoTe's questions (Fischer et al., 2024) give the answer
span; with ``--out`` also writes ``report.json`` and plots. ``--baselines`` (needs ``--data``, the folder of
the data sets) adds majority, next step in order, and nearest training reply. ``--student FOLDER``, once for each file
of replies, adds the student's bits per byte of the reference texts, how many tokens a second it reads and says, alone
and in one thread, and its size. Every wizard turn that follows a cook's turn counts; what came before it is the
reference history.
"""

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.vocabulary import Turn
from retrieval.clean import clean_text
from retrieval.recipe import Recipe
from training.corpora import ItemMatcher, open_text, rebuild_recipe, recipe_from_lines, turns_of
from training.metrics import Reference, measure, token_f1
from training.rerank_data import holds

ROWS = (
    ("user_intent_accuracy", "cook's intent, accuracy"),
    ("user_intent_macro_f1", "cook's intent, macro-F1"),
    ("intent_accuracy", "wizard's intent, accuracy"),
    ("intent_macro_f1", "wizard's intent, macro-F1"),
    ("shared_f1", "shared items, F1"),
    ("next_step_rate", "right next step"),
    ("rouge_l", "ROUGE-L"),
    ("span_f1", "answer span (WoTe), F1 of the words"),
    ("span_held", "answer span (WoTe) in text or shared items"),
    ("bleu", "BLEU"),
    ("chrf", "chrF"),
    ("unsupported", "unsupported replies"),
    ("guarded", "replies changed by the guard"),
    ("first_token_p50_s", "first token, p50 s"),
    ("seconds_p50", "whole reply, p50 s"),
    ("bits_per_byte", "bits per byte"),
    ("read_per_s", "prompt tokens read per second, one thread"),
    ("said_per_s", "tokens said per second, one thread"),
    ("megabytes", "student, MB"),
)
Key = tuple[str, int]
Row = dict[str, Any]


def situations(dialogues: Path, recipes: Path | None) -> Iterator[tuple[Key, Recipe, list[Turn], Turn, Reference]]:
    """(key, recipe, history, cook's turn, reference) of every wizard turn that follows a cook's turn.

    A dialogue whose recipe is not given uses what was shared before that turn, as ``souschef replay`` does.
    """
    known: dict[str, Recipe] = {}
    for line in open_text(recipes) if recipes else ():
        row = json.loads(line)
        known[row["url"]] = recipe_from_lines(row["url"], row["title"], row["ingredients"], row["steps"])
    for conversation_id, row in json.loads(dialogues.read_text(encoding="utf-8")).items():
        raw = row["turns"]
        whole = known.get(row["document_url"])
        for position in range(1, len(raw)):
            if raw[position]["role"] != "teacher" or raw[position - 1]["role"] != "student":
                continue
            recipe = whole or rebuild_recipe(row["document_url"], raw[:position])
            history = turns_of(raw[:position], recipe)
            matcher = ItemMatcher(recipe)
            wanted = raw[position]
            shared = tuple(wanted.get("shared_data") or ())
            # A line that the recipe does not hold still is a step when the turn gives the next one.
            steps = tuple(s for s in shared if (matcher.find(s) or s) in recipe.steps or matcher.find(s) is None)
            reference = Reference(
                raw[position - 1].get("intent") or "", wanted["intent"], shared, wanted["text"] or "", steps
            )
            yield (conversation_id, int(wanted["turn_counter"])), recipe, history[:-1], history[-1], reference


def spans(data: Path) -> dict[tuple[str, str], str]:
    """(conversation id, question) → answer span in the recipe, of WoTe."""
    rows = (json.loads(line) for line in open_text(data / "wote_extractive_qa.jsonl"))
    return {(row["conversation_id"], clean_text(row["question"])): row["extracted_answer"] for row in rows}


def answered(
    rows: list[tuple[Key, Recipe, list[Turn], Turn, Reference]], replies: list[Row], wanted: dict[tuple[str, str], str]
) -> dict[str, float]:
    """How replies answer WoTe's questions: F1 of the words, and how often the whole span is shown."""
    found = [
        (wanted[row[0][0], row[3].text], reply)
        for row, reply in zip(rows, replies, strict=True)
        if (row[0][0], row[3].text) in wanted
    ]
    if not found:
        return {}
    held = [holds(" ".join([reply["text"], *reply["shared"]]), span) for span, reply in found]
    f1 = token_f1([span for span, _ in found], [reply["text"] for _, reply in found])
    return {"spans": len(found), "span_f1": f1, "span_held": sum(held) / len(held)}


def alone(folder: Path, rows: list[tuple[Key, Recipe, list[Turn], Turn, Reference]]) -> dict[str, float]:
    """A student's GGUF file by itself, given intents and items of the reference: mean code length of the reference
    texts, speed and size.
    """
    from model.engines.gguf import GgufModel
    from model.engines.local import load_tokenizer
    from model.prompt import PromptBuilder, step_at_hand
    from model.student import Situation

    builder, served = PromptBuilder(load_tokenizer(folder)), GgufModel(folder / "student.gguf", threads=1)
    bits, size = 0.0, 0
    read = said = 0
    reading_s = saying_s = 0.0
    for _, recipe, history, cook, reference in rows:
        situation = Situation(cook.text, recipe, tuple(history))
        prompt = builder.prompt(situation)
        shared = tuple(s for s in recipe.items if s in reference.shared)
        turn = Turn("wizard", reference.text, reference.intent, shared)
        head, quote, text = builder.act(recipe, turn, reference.user_intent, step_at_hand(situation))
        given = prompt + head.ids + quote.ids + text.ids[:1]
        served.start(given[:1])  # nothing of it is read yet
        since = time.perf_counter()
        logits = served.start(given)
        begun = time.perf_counter()
        for token in text.ids[1:]:
            top = float(logits.max())
            bits += (top + math.log(float(sum_exp(logits, top))) - float(logits[token])) / math.log(2)
            logits = served.push(token)
        reading_s, saying_s = reading_s + begun - since, saying_s + time.perf_counter() - begun
        read, said = read + len(given), said + len(text.ids) - 1
        size += len(reference.text.encode()) + 1
    return {
        "bits_per_byte": bits / max(1, size),
        "read_per_s": read / max(1e-9, reading_s),
        "said_per_s": said / max(1e-9, saying_s),
        "megabytes": (folder / "student.gguf").stat().st_size / 1e6,
    }


def sum_exp(logits: Any, top: float) -> float:
    import numpy as np

    return float(np.exp(logits.astype(np.float64) - top).sum())


def table(columns: dict[str, dict[str, float]]) -> str:
    """The measures as a Markdown table, a column per system."""
    names = list(columns)
    lines = ["| measure | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for key, label in ROWS:
        if any(key in columns[name] for name in names):
            cells = [_cell(columns[name].get(key)) for name in names]
            lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}" if value < 10 else f"{value:.1f}"


def plot(columns: dict[str, dict[str, float]], path: Path) -> None:
    """Bars of the measures that lie in [0, 1], a group per measure."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    keys = [key for key, _ in ROWS[:7]]
    figure, axes = pyplot.subplots(figsize=(10, 4.2 + 0.2 * len(columns) / 4), layout="constrained")
    width = 0.8 / len(columns)
    for number, (name, values) in enumerate(columns.items()):
        places = [i + number * width for i in range(len(keys))]
        axes.bar(places, [values.get(key, 0.0) for key in keys], width, label=name, color=pyplot.cm.tab20(number))
    axes.set_xticks(
        [i + 0.4 - width / 2 for i in range(len(keys))], [dict(ROWS)[key].replace(", ", "\n") for key in keys]
    )
    axes.set_ylim(0, 1)
    figure.legend(frameon=False, ncols=min(4, len(columns)), loc="outside upper center")
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replies", type=Path, nargs="+", help="results of souschef replay, each a column")
    parser.add_argument("--dialogues", type=Path, required=True)
    parser.add_argument("--recipes", type=Path)
    parser.add_argument("--baselines", action="store_true", help="add the trivial baselines (needs --data)")
    parser.add_argument("--data", type=Path, help="folder with the data sets")
    parser.add_argument("--student", type=Path, action="append", help="folder of the student of each file of replies")
    parser.add_argument("--out", type=Path, help="folder for report.json and report.png")
    args = parser.parse_args()
    rows = list(situations(args.dialogues, args.recipes))
    asked = spans(args.data) if args.data else {}
    columns: dict[str, dict[str, float]] = {}
    wanted: set[Key] = set()
    if args.student and len(args.student) != len(args.replies):
        parser.error("give one --student for each file of replies")
    for number, path in enumerate(args.replies):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        by_key = {(line["conversation_id"], int(line["turn_counter"])): line for line in lines}
        found = [row for row in rows if row[0] in by_key]
        if not found:
            parser.error(f"{path} answers no turn of {args.dialogues}")
        wanted |= {row[0] for row in found}
        replies = [by_key[row[0]] for row in found]
        columns[path.stem] = measure([row[4] for row in found], replies)
        if args.data:
            columns[path.stem] |= answered(found, replies, asked)
        if args.student:
            columns[path.stem] |= alone(args.student[number], found)
        missing = len(rows) - len(found)
        if missing:
            print(f"{path}: {missing} of {len(rows)} turns have no reply")
    rows = [row for row in rows if row[0] in wanted]
    if args.baselines:
        if args.data is None:
            parser.error("--baselines needs --data")
        from training.baselines import NAMES, Baselines
        from training.mixture import real_examples

        fitted = Baselines([e for e in real_examples(args.data)[0] if e.source == "wot"])
        for name in NAMES:
            replies = [fitted.reply(name, (recipe, history, cook)) for _, recipe, history, cook, _ in rows]
            columns[name] = measure([row[4] for row in rows], replies) | answered(rows, replies, asked)
            for key in ("unsupported", "guarded", "first_token_p50_s", "seconds_p50"):
                del columns[name][key]
    print(table(columns))
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        (args.out / "report.json").write_text(json.dumps(columns, indent=1), encoding="utf-8")
        plot(columns, args.out / "report.png")


if __name__ == "__main__":
    main()
