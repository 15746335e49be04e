"""Score a file of answers: context relevance, groundedness and answer relevance, each in [0, 1], with reasons.

A line of IN.jsonl is {"question": "…", "contexts": ["…"], "answer": "…"}; OUT.jsonl gets the same lines with the
scores. A score that does not apply is a number here too: an answer that claims nothing is grounded (1), without a
context there is no relevant one (0), without a question there is no answer to it (0). Lines that cannot be used are
named; the others are scored all the same.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from bot.settings import Settings

EXAMPLE = "  souschef judge answers.jsonl --out scores.jsonl --judge local"
BATCH = 32
WHERE_NONE = {"context_relevance": 0.0, "groundedness": 1.0, "answer_relevance": 0.0}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("answers", type=Path, metavar="IN.jsonl", help="lines with question, contexts and answer")
    parser.add_argument("--out", type=Path, required=True, metavar="OUT.jsonl", help="the lines with their scores")
    parser.add_argument("--judge", choices=("local", "openai"), default="", help="who judges (default: the setting)")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from contextlib import ExitStack, closing

    from bot.files import written
    from bot.pantry import open_store
    from bot.triad.panel import open_panel

    problems: list[str] = []
    good = 0
    with ExitStack() as stack:
        panel = open_panel(settings, lambda: stack.enter_context(closing(open_store(settings))), options.judge)
        cases = _cases(options.answers, problems)
        out = stack.enter_context(written(options.out))
        while batch := list(islice(cases, BATCH)):
            triples = [(case["question"], case["contexts"], case["answer"]) for case in batch]
            for case, ruling in zip(batch, panel.score_many(triples), strict=True):
                scores = {
                    name: none if (score := getattr(ruling.scores, name)) is None else round(score, 4)
                    for name, none in WHERE_NONE.items()
                }
                more = {"note": ruling.note} if ruling.note else {}
                line = {**case, **scores, "reasons": ruling.scores.reasons, "judge": ruling.judge, **more}
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                good += 1
    for problem in problems:
        print(f"souschef: {problem}", file=sys.stderr)
    print(f"{good} answers in {options.out}", file=sys.stderr)
    return 2 if problems else 0


def _cases(path: Path, problems: list[str]) -> Iterator[dict[str, Any]]:
    """The lines that can be used; what is wrong with the others goes into ``problems``."""
    from bot.errors import InputError

    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.strip(b" \t\r\n\xef\xbb\xbf"):
                    continue
                try:
                    yield _case(raw)
                except ValueError as error:
                    problems.append(f"{path}, line {number}: {error}.")
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error


def _case(raw: bytes) -> dict[str, Any]:
    """One line.

    Raises:
        ValueError: It cannot be used; says why.
    """
    try:
        case = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ValueError("not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("not valid JSON") from None
    if not isinstance(case, dict):
        raise ValueError("not a JSON object")
    for name in ("question", "contexts", "answer"):
        if name not in case:
            raise ValueError(f'"{name}" is missing')
    for name in ("question", "answer"):
        if not isinstance(case[name], str):
            raise ValueError(f'"{name}" is not a text')
    contexts = case["contexts"]
    if not isinstance(contexts, list) or not all(isinstance(context, str) for context in contexts):
        raise ValueError('"contexts" is not a list of texts')
    return case
