"""Ask the assistant what cooks say at a step, and see whether it answers.

    python -m training.asked [--data DATA --imported] [--reports] [--out LINES.jsonl] [--limit N]

The *asked* files of the cookbook (see :mod:`training.reader_data`) say which sentence of the page, or which note,
answers; those about recipes that the reader was never trained on are asked. A reply is *right* where it shows one of
these, moves where the cook wants to go on, stays where nothing is asked (and tells of the step only what is left of
it), doubts where nothing is known; *missed* where it doubts, or only says that it waits, although there is an answer,
or tells a text beside the point with a doubt; *wrong* otherwise. What exact code answered in its own words (an amount,
a swap) is counted as *code*, since no sentence tells whether it is right.

``--reports`` are what cooks say they have done. One about a later step is *right* where the assistant goes to that step
or the one after it, or offers to, *missed* where it stays or goes on by one; about an earlier step *right* where it
only says that it waits.
"""

import argparse
import json
import re
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot.assistant import Assistant
from bot.brief import NOT_SURE, NOTHING_KNOWN
from bot.instead import TALK, TALK_LAST, TALK_LEFT, TALK_ON
from bot.messages import Message, Reply
from bot.page.places import PERHAPS
from bot.pantry import Kitchen, open_store
from bot.settings import Settings, load_settings
from bot.store import Chat, Store
from model.reader import ACTS, candidates
from retrieval.cookbook import load_knowledge
from retrieval.recipe import Recipe
from retrieval.sentences import split
from retrieval.text import content_words
from training.reader_data import REPORT, Asked, asked_files, kept_back

SHOWN = 0.8  # share of a sentence's words that say something which a reply must have
DOUBTS = (NOT_SURE, NOTHING_KNOWN, "not sure", "doesn't say", "does not say", "don't know", "do not know")
WAITS = (TALK, TALK_ON, TALK_LAST, TALK_LEFT)


def told(asked: Asked, notes: dict[str, str]) -> list[str]:
    """The sentences any of which answers."""
    page = {c.key: c.text for c in candidates(asked.recipe)}
    out: list[str] = []
    for label in asked.labels:
        if label.startswith("k:"):
            out += split(notes[label.removeprefix("k:")])
        elif label not in ACTS:
            out.append(page[label])
    return out


def verdict(asked: Asked, reply: Reply, notes: dict[str, str]) -> str:
    """What a reply is worth: "right", "missed", "wrong" or "code"."""
    if asked.source == REPORT and (reached := _reached(asked)):
        return _of_report(asked, reached, reply)
    text = " ".join((reply.text, *reply.card))
    step = reply.step.step if reply.step is not None else 0
    moved, first = step != asked.step, asked.labels[0]
    last = asked.step >= len(asked.recipe.steps)
    doubts, waits = _doubts(reply), any(w in reply.text for w in WAITS)
    if first == "next":
        return "right" if moved or (last and reply.action == "next") else "missed" if doubts or waits else "wrong"
    if moved or (last and reply.action == "next"):
        return "wrong"
    answers = told(asked, notes)
    have = set(content_words(text))
    if any(_shown(set(content_words(sentence)), have) for sentence in answers):
        return "right"
    if TALK_LEFT in reply.text:
        return "right" if first == "ok" and reply.text == f"{TALK_LEFT}{_after(asked)}" else "wrong"
    if first in ("ok", "chat"):
        return "right" if waits or reply.intent == "chitchat" else "missed" if doubts else "wrong"
    if first == "none" and doubts and PERHAPS not in text:
        return "right"
    if doubts or waits:
        return "missed"
    return "code" if reply.action not in ("", "next") else "wrong"


def _doubts(reply: Reply) -> bool:
    return any(d in reply.text for d in DOUBTS)


def _after(asked: Asked) -> str:
    """The sentences of the step at hand after the one that a remark is about, or ""."""
    part = re.fullmatch(r"s\d+\.(\d+)", asked.about)
    return " ".join(split(asked.at_hand)[int(part[1]) :]) if part else ""


def _reached(asked: Asked) -> int:
    """The other step that a report is about, or 0."""
    step = re.match(r"s(\d+)\.", asked.labels[0])
    return int(step[1]) if step else 0


def _of_report(asked: Asked, reached: int, reply: Reply) -> str:
    at = asked.step
    now = reply.step.step if reply.step is not None else 0
    if reached <= at:
        waits = any(w in reply.text for w in WAITS) or reply.intent == "chitchat"
        return "right" if now == at and waits else "missed" if now == at and _doubts(reply) else "wrong"
    there = now in (reached, reached + 1) or f"go to step {reached}" in reply.text
    there = there or f"go to step {reached + 1}" in reply.text
    return "right" if there else "missed" if now in (at, at + 1) else "wrong"


def _shown(sentence: set[str], have: set[str]) -> bool:
    return bool(sentence) and len(sentence & have) >= SHOWN * len(sentence)


def open_at(assistant: Assistant, store: Store, recipe: Recipe, step: int, name: str) -> None:
    """A cook of that name who has a recipe open, at a step."""
    chat = store.chat(f"terminal:{name}", "terminal", f"terminal:{name}")
    session = assistant.session(f"terminal:{name}")
    session.open(recipe.url, recipe.title)
    session.step, session.steps = step, len(recipe.steps)
    session.serves = recipe.servings or 0
    with store.write() as db:
        row = db.get(Chat, chat.id)
        assert row is not None
        row.state = session.to_json()


@contextmanager
def opened(settings: Settings, recipes: Iterable[Recipe]) -> Iterator[tuple[Assistant, Store]]:
    """An assistant as a cook meets it, with a state of its own that is gone afterwards; it also knows some recipes."""
    known = tuple({r.url: r for r in recipes if not r.url.startswith("cookbook:")}.values())
    with tempfile.TemporaryDirectory(prefix="souschef-") as folder:
        paths = settings.paths.model_copy(update={"data": Path(folder)})
        settings = settings.model_copy(update={"paths": paths})
        store = open_store(settings)
        kitchen = Kitchen(settings, Path(folder) / "index", known)
        try:
            yield Assistant(settings, store, kitchen, kitchen.answerer()), store
        finally:
            kitchen.close()
            store.close()


def answers(settings: Settings, wanted: Sequence[Asked]) -> Iterator[Reply]:
    """The replies, in order: each to a cook of its own, at its step."""
    with opened(settings, (asked.recipe for asked in wanted)) as (assistant, store):
        for number, asked in enumerate(wanted):
            name = f"cook{number}"
            open_at(assistant, store, asked.recipe, asked.step, name)
            yield assistant.reply(Message(name, name, asked.utterance, "1"))


def main(argv: Sequence[str] | None = None) -> int:
    """Command line."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--imported", action="store_true", help="ask about recipes of the data's validation dialogues")
    parser.add_argument("--reports", action="store_true", help="say what was done, instead of asking")
    parser.add_argument("--out", type=Path, help="a line of JSON per reply")
    parser.add_argument("--limit", type=int)
    args = parser.parse_args(argv)
    found = asked_files(args.data)
    kept = kept_back(args.data)
    wanted = [a for a in found if a.recipe.url in kept and args.imported != a.recipe.url.startswith("cookbook:")]
    wanted = [a for a in wanted if args.reports == (a.source == REPORT)][: args.limit]
    notes = {entry.id: entry.text for entry in load_knowledge()}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    lines: list[dict[str, Any]] = []
    for asked, reply in zip(
        wanted, tqdm(answers(load_settings(), wanted), total=len(wanted), unit="reply"), strict=True
    ):
        first = asked.labels[0]
        kind = first if first in ACTS else "note" if first.startswith("k:") else "page"
        if asked.source == REPORT and (reached := _reached(asked)):
            kind = "ahead" if reached > asked.step else "back"
        worth = verdict(asked, reply, notes)
        counts[kind][worth] += 1
        counts["all"][worth] += 1
        lines.append(
            {
                "recipe": asked.recipe.title, "step": asked.step, "utterance": asked.utterance, "labels": asked.labels,
                "worth": worth, "action": reply.action, "text": reply.text, "card": list(reply.card),
            }
        )  # fmt: skip
    if args.out is not None:
        args.out.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    for kind, count in sorted(counts.items()):
        total = count.total()
        print(
            f"{kind:5} {total:4}  "
            + "  ".join(f"{w} {count[w] / total:.3f}" for w in ("right", "code", "missed", "wrong"))
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
