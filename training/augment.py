"""Let a teacher improve and extend dialogues: better answers, follow-up questions of physical and temporal commonsense.

    python -m training.augment --dialogues DATA/wizard_of_tasks_cooking.json --recipes DATA/wizard_of_tasks_recipes.jsonl --out runs/augmented.json --dry-run
    python -m training.augment --dialogues DATA/wizard_of_tasks_cooking.json --recipes DATA/wizard_of_tasks_recipes.jsonl --out runs/augmented.json
    python -m training.mixture ... --augmented runs/augmented.json

The teacher is any OpenAI-compatible endpoint: teacher.base_url, teacher.model and teacher.api_key of config.toml (or
SOUSCHEF_TEACHER__API_KEY). Read the provider's terms first: some forbid training competing models with their answers.
What is sent, also conversations of ``souschef log export``, leaves this machine for that endpoint.

Per question–answer turn one request: an improved question and answer (under 100 words) and 5 to 10 follow-ups. An
answer that is not in the form is asked for once more. Every pair is checked against the recipe and what was said; the
rejected go to OUT.rejected.jsonl with their reasons, counts of everything to OUT.report.json.

Answers are kept in a journal (OUT.journal.jsonl): after a kill, run the same command again and only what has not been
answered is asked. The run stops before teacher.spending_cap is exceeded. With --ray several processes form requests and
check answers, and one asks for all. Exit status: 0 done, 1 stopped early (what
there is has been written), 2 wrong input or settings.
"""  # noqa: E501

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from retrieval.recipe import RecipeError
from training.asking import Asker, NoAnswer, Took, asking, plan
from training.augment_check import FORM, Checked, Checker, Rejected
from training.augment_prompts import KINDS, PROMPT_VERSION, Augmented, parse, repair_of, request_for
from training.augment_source import SourceTurn, from_cookbook, from_dialogues
from training.augmented import conversation
from training.cluster import add_arguments
from training.endpoint import MAX_TOP_LOGPROBS, Request, TeacherError
from training.errors import TrainingError
from training.journal import Entry


@dataclass(slots=True)
class Result:
    """What became of one source turn. ``entry`` is the teacher's last answer, ``checked`` is None without any."""

    source: SourceTurn
    entry: Entry | None = None
    checked: Checked | None = None
    repaired: bool = False
    problem: str = ""


@dataclass(slots=True)
class Run:
    """A run's settings and results, by position of the source turn; ``stopped`` says why it ended early."""

    sources: list[SourceTurn]
    temperature: float
    max_tokens: int
    top_logprobs: int
    results: dict[int, Result] = field(default_factory=dict)
    stopped: str = ""

    def request(self, source: SourceTurn) -> Request:
        return request_for(source, self.temperature, self.max_tokens, self.top_logprobs)


class Asks(Protocol):
    """Whoever answers a request: :class:`training.asking.Asker`, here or in another process."""

    async def ask(self, request: Request) -> Entry: ...


async def augment_turn(asker: Asks, checker: Checker, request: Request, source: SourceTurn) -> Result:
    """Ask about one turn, once more if the answer is not in the form, and check what comes."""
    try:
        entry = await asker.ask(request)
        repaired, (answer, problem) = False, _parsed(entry)
        if answer is None:
            entry = await asker.ask(repair_of(request, entry.answer.text, problem))
            repaired, (answer, problem) = True, _parsed(entry)
    except NoAnswer as error:
        return Result(source, problem=str(error))
    if answer is None:
        checked = Checked(rejected=[Rejected(FORM, "", entry.answer.text[:500], problem)])
        return Result(source, entry, checked, repaired)
    return Result(source, entry, checker.check(source, answer), repaired)


def _parsed(entry: Entry) -> tuple[Augmented | None, str]:
    if entry.answer.finish == "length":
        return None, "it is too long and was cut off; write less."
    try:
        return parse(entry.answer.text), ""
    except ValueError as error:
        return None, str(error)


async def work(run: Run, asker: Asker, concurrency: int) -> None:
    """Augment all turns, so many at a time, with a progress bar. Stops cleanly where nothing more can be asked."""
    from tqdm import tqdm

    checker, todo = Checker(), iter(enumerate(run.sources))
    with tqdm(total=len(run.sources), unit="turn", smoothing=0.05) as bar:

        async def worker() -> None:
            for number, source in todo:  # one iterator for all workers
                if run.stopped:
                    return
                try:
                    run.results[number] = await augment_turn(asker, checker, run.request(source), source)
                except TeacherError as error:
                    run.stopped = run.stopped or str(error)
                    return
                bar.update()
                bar.set_postfix(cost=f"{asker.spending.spent:.4g}", failed=asker.tally.failures.total(), refresh=False)

        await asyncio.gather(*(worker() for _ in range(concurrency)))


def write(run: Run, out: Path, model: str) -> None:
    """The conversations and the rejected pairs. Order and content depend on the answers alone, not on the run."""
    conversations: dict[str, Any] = {}
    rejected: list[dict[str, Any]] = []
    for number in sorted(run.results):
        result = run.results[number]
        if result.entry is None or result.checked is None:
            continue
        source, checked = result.source, result.checked
        origin = {"conversation_id": source.conversation_id, "turn_counter": source.counter}
        rejected += [
            origin | {"reason": r.reason, "detail": r.detail, "question": r.question, "answer": r.answer}
            for r in checked.rejected
        ]
        if checked.improved is not None or checked.follow_ups:
            conversations[f"{source.id}-augmented"] = conversation(
                source,
                checked,
                {
                    "model": result.entry.answer.model or model,
                    "prompt_version": PROMPT_VERSION,
                    "temperature": result.entry.temperature,
                    "time": result.entry.time,
                    "repaired": result.repaired,
                },
            )
    _whole(out, json.dumps(conversations, ensure_ascii=False, indent=1) + "\n")
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rejected)
    _whole(_beside(out, "rejected.jsonl"), "".join(lines))


def report(run: Run, took: Took) -> dict[str, Any]:
    """Counts of everything."""
    checked = [r.checked for r in run.results.values() if r.checked is not None]
    improved = [c.improved for c in checked if c.improved is not None]
    follow_ups = [pair for c in checked for pair in c.follow_ups]
    reasons = Counter(r.reason for c in checked for r in c.rejected)
    reasons.update(r.problem for r in run.results.values() if r.problem)
    return {
        "turns": len(run.sources),
        "turns_done": len(run.results),
        "improved": len(improved),
        "follow_ups": len(follow_ups),
        "by_kind": dict(sorted(Counter(KINDS[pair.tag] for pair in follow_ups).items())),
        "by_tag": dict(sorted(Counter(pair.tag for pair in follow_ups).items())),
        "external": sum(pair.external for pair in (*improved, *follow_ups)),
        "repaired": sum(r.repaired for r in run.results.values()),
        "rejected": dict(reasons.most_common()),
        "requests": took.requests,
        "answers_kept_from_before": took.kept,
        "failed_requests": dict(took.failures.most_common()),
        "tokens_in": took.prompt_tokens,
        "tokens_out": took.completion_tokens,
        "cost": round(took.cost, 6),
        "answer_form": took.form,
    }


def sources_of(args: argparse.Namespace) -> list[SourceTurn]:
    """The turns that the command line names."""
    found: list[SourceTurn] = []
    for path in args.dialogues:
        found += from_dialogues(path, args.recipes, args.split)
    if args.cookbook:
        found += from_cookbook()
    found = found[: args.limit]
    if not found:
        raise RecipeError("There is no question with an answer in that: name --dialogues (see --split) or --cookbook.")
    return found


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.json')}.{ending}")


def _whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.augment", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dialogues", type=Path, nargs="+", default=[], help="files in Wizard of Tasks form")
    parser.add_argument("--recipes", type=Path, help="their recipes, JSON lines (url, title, ingredients, steps)")
    parser.add_argument("--split", default="train", help='only this data_split, or "all" (default: train)')
    parser.add_argument("--cookbook", action="store_true", help="the dialogues written for this project (train split)")
    parser.add_argument("--limit", type=int, help="only the first so many turns")
    parser.add_argument("--out", type=Path, required=True, help="dialogues in Wizard of Tasks form, with provenance")
    parser.add_argument("--journal", type=Path, help="where answers are kept (default: OUT.journal.jsonl)")
    parser.add_argument("--dry-run", action="store_true", help="print requests, tokens and cost; ask nothing")
    parser.add_argument("--temperature", type=float, default=0.7)
    parser.add_argument("--max-tokens", type=int, default=1800, help="longest answer of the teacher")
    parser.add_argument("--top-logprobs", type=int, default=0, metavar="K", help="keep so many alternatives per token")
    parser.add_argument("--tries", type=int, default=6, help="how often a failing request is sent")
    parser.add_argument("--backoff-s", type=float, default=1.0, help="first wait after a failure; doubles")
    parser.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    add_arguments(parser)
    return parser


async def run_all(run: Run, args: argparse.Namespace, teacher: Any) -> int:
    """Ask, write, report; the exit status. ``teacher`` is the settings section of that name."""
    async with asking(teacher, journal_of(args), args.tries, args.backoff_s) as asker:
        if args.dry_run:
            lines = plan(map(run.request, run.sources), asker, 0.6)
            lines += ["An answer that is not in the form costs one more request. Nothing has been asked."]
            print("\n".join([f"{len(run.sources)} turns: {lines[0]}", *lines[1:]]))
            return 0
        await work(run, asker, teacher.concurrency)
        return finish(run, args.out, teacher.model, asker.took())


def finish(run: Run, out: Path, model: str, took: Took) -> int:
    """Write what there is and report it; the exit status."""
    write(run, out, model)
    counts = report(run, took)
    _whole(_beside(out, "report.json"), json.dumps(counts, indent=1) + "\n")
    print(json.dumps(counts, indent=1))
    if run.stopped:
        print(f"{run.stopped} {len(run.results)} of {len(run.sources)} turns are done.", file=sys.stderr)
        return 1 if run.results else 2
    return 0


def journal_of(args: argparse.Namespace) -> Path:
    """Where answers are kept."""
    path: Path = args.journal or _beside(args.out, "journal.jsonl")
    return path


def main(arguments_: Iterable[str] | None = None) -> int:
    parser = arguments()
    args = parser.parse_args(list(arguments_) if arguments_ is not None else None)
    if not 0 <= args.top_logprobs <= MAX_TOP_LOGPROBS:
        parser.error(f"--top-logprobs is 0 to {MAX_TOP_LOGPROBS}")
    from bot.errors import UserError
    from bot.settings import load_settings

    try:
        teacher = load_settings(args.config).teacher
        run = Run(sources_of(args), args.temperature, args.max_tokens, args.top_logprobs)
        if args.ray and not args.dry_run:
            from training.augment_desk import run_spread

            return run_spread(run, args, teacher)
        return asyncio.run(run_all(run, args, teacher))
    except (TeacherError, TrainingError, RecipeError, UserError) as error:
        print(f"augment: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"augment: Cannot write {error.filename or args.out}: {error.strerror}.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("augment: Stopped. Run it again to go on; nothing is asked twice.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    from training import augment as importable  # under a name that workers know

    sys.exit(importable.main())
