"""Find passages for questions: JSON lines with query, history, recipe (url or null) and step (number or null)."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.errors import InputError
from bot.settings import Settings

EXAMPLE = "  souschef retrieve questions.jsonl --out passages.jsonl --kind compression --k 5"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("questions", type=Path, metavar="IN.jsonl", help="questions")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.jsonl", help="the same lines with passages")
    parser.add_argument("--kind", choices=("parent", "compression"), help="retriever (default: retrieval.kind)")
    parser.add_argument("--k", type=int, help="passages per question (default: retrieval.k)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.files import read_json_lines, written
    from bot.pantry import Kitchen
    from retrieval.passage import Query
    from retrieval.retrievers import open_retriever

    if options.k is not None and options.k < 1:
        raise InputError("--k must be 1 or more.")
    kitchen = Kitchen(settings)
    try:
        retriever = open_retriever(kitchen.index(), options.kind or settings.retrieval.kind)
        k = options.k or settings.retrieval.k
        count = 0
        with written(options.out) as out:
            for number, line in read_json_lines(options.questions):
                query = _query(line, f"{options.questions}, line {number}")
                passages = retriever.retrieve(Query(**query), k)
                out.write(json.dumps({**line, "passages": [asdict(p) for p in passages]}, ensure_ascii=False) + "\n")
                count += 1
    finally:
        kitchen.close()
    print(f"{count} questions answered in {options.out}", file=sys.stderr)
    return 0


def _query(line: dict[str, Any], where: str) -> dict[str, Any]:
    text, history, step = line.get("query"), line.get("history") or [], line.get("step")
    if not isinstance(text, str):
        raise InputError(f'{where}: "query" must be a text.')
    if not isinstance(history, list) or not all(isinstance(turn, str) for turn in history):
        raise InputError(f'{where}: "history" must be a list of texts.')
    if step is not None and not isinstance(step, int):
        raise InputError(f'{where}: "step" must be a number or null.')
    return {"text": text, "history": tuple(history), "recipe": line.get("recipe") or None, "step": step}
