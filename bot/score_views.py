"""Scores as they are shown: a table, one reply in full, JSON, CSV."""

import csv
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.review import shortened
from bot.scores import SCORES, Scored
from bot.store import Store, TurnRow
from bot.triad.evidence import Pages, evidence

BEFORE, AFTER = 3, 2  # turns of the dialogue around a reply
SHORT = {"context_relevance": "context", "groundedness": "grounded", "answer_relevance": "answer"}
_STATES = {"failed": "[red]failed[/red]", "waiting": "[dim]waiting[/dim]"}
_RED, _YELLOW = 0.4, 0.7
_WIDTHS = {
    "id": 6,
    "when": 11,
    "platform": 8,
    "by": 16,
    "context": 7,
    "grounded": 8,
    "answer": 7,
    "thumb": 5,
    "review": 6,
}


def table(replies: Sequence[Scored], console: Console) -> None:
    """A line per reply: when, where, who, the three scores, thumb and review, what was said."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    for name, width in _WIDTHS.items():
        shown.add_column(
            name, justify="right" if name in ("id", *SHORT.values()) else "left", no_wrap=True, width=width
        )
    shown.add_column("cook › reply", overflow="ellipsis", no_wrap=True)
    words = max(30, console.width - sum(_WIDTHS.values()) - 2 * len(_WIDTHS) - 4)
    for reply in replies:
        scores = [_cell(getattr(reply, name)) for name in SCORES]
        if reply.state != "scored":
            scores = [_STATES.get(reply.state, "[dim]–[/dim]"), "", ""]
        said = shortened(f"{shortened(reply.utterance, max(12, words // 3))} › {reply.text}", words)
        shown.add_row(
            str(reply.id), moment(reply.at)[5:], escape(reply.platform), escape(reply.action or reply.student), *scores,
            {1: "up", -1: "down"}.get(reply.thumb, ""), _review(reply), escape(said),
        )  # fmt: skip
    console.print(shown)


def _cell(score: float | None) -> str:
    if score is None:
        return "[dim]–[/dim]"
    colour = "red" if score < _RED else "yellow" if score < _YELLOW else "green"
    return f"[{colour}]{score:.2f}[/{colour}]"


def _review(reply: Scored) -> str:
    return "" if reply.right is None else "right" if reply.right else "wrong"


def in_full(store: Store, reply: Scored, page: Pages = lambda _id: None, units: str = "recipe") -> dict[str, Any]:
    """Everything about one reply, as JSON values: scores, reasons, contexts, and the dialogue around it."""
    with store.read() as db:
        turn = db.get(TurnRow, reply.id)
    assert turn is not None
    rows = store.turns(turn.chat_id)
    place = next(index for index, row in enumerate(rows) if row.id == turn.id)
    around = rows[max(0, place - BEFORE) : place + AFTER + 1]
    case = evidence(turn, page, units)
    return asdict(reply) | {
        "recipe": turn.recipe,
        "step": turn.step,
        "intent": turn.intent,
        "supported": turn.supported,
        "guarded": turn.guarded,
        "seconds": turn.seconds,
        "contexts": list(case.contexts),
        "dialogue": [{"id": row.id, "cook": row.utterance, "reply": row.text, "shared": row.shared} for row in around],
    }


def print_in_full(found: dict[str, Any], console: Console) -> None:
    """One reply in full, for reading."""

    def line(label: str, text: str) -> None:
        console.print(f"[bold]{label}[/bold] {escape(text)}", soft_wrap=True)

    console.print(
        f"[bold]Reply {found['id']}[/bold], {moment(found['at'])}, on {escape(found['platform'])}, by "
        f"{escape(found['student'])}{' (' + escape(found['action']) + ')' if found['action'] else ''}"
    )
    line("cook", found["utterance"])
    line("reply", found["text"])
    for item in found["shared"]:
        console.print(f"  • {escape(item)}", soft_wrap=True)
    console.print(f"\n[bold]{found['state']}[/bold]{' by ' + escape(found['judge']) if found['judge'] else ''}")
    for name in SCORES:
        reason = found["reasons"].get(name, "")
        console.print(f"  {name.replace('_', ' '):<18}{_cell(found[name])}  {escape(reason)}", soft_wrap=True)
    for name in ("failed", "judge"):
        if found["reasons"].get(name):
            line(f"  {name}:", found["reasons"][name])
    thumb = {1: "👍", -1: "👎"}.get(found["thumb"], "none")
    guard = "cut by the guard" if found["guarded"] else "supported" if found["supported"] else "not supported"
    console.print(f"  thumb {thumb}; {guard}; {found['seconds']:.2f} s")
    if found["right"] is not None:
        better = f"; better: {escape(found['better'])}" if found["better"] else ""
        console.print(f"  reviewed: {'right' if found['right'] else 'wrong'}{better}", soft_wrap=True)
    console.print("\n[bold]What it rests on[/bold]" if found["contexts"] else "\nIt rests on no page.")
    for number, context in enumerate(found["contexts"], 1):
        console.print(f"  {number}. {escape(context)}", soft_wrap=True)
    console.print("\n[bold]The dialogue around it[/bold]")
    for turn in found["dialogue"]:
        mark = "→" if turn["id"] == found["id"] else " "
        console.print(f"{mark} [cyan]{escape(turn['cook'])}[/cyan]", soft_wrap=True)
        console.print(f"  {escape(shortened(turn['reply'], 400))}", soft_wrap=True)


def write_csv(replies: Sequence[Scored], out: TextIO) -> None:
    """A row per reply, every field; lists and reasons as JSON."""
    names = [item.name for item in fields(Scored)]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for reply in replies:
        row = asdict(reply)
        writer.writerow([_flat(row[name]) for name in names])


def _flat(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    # A spreadsheet would run a cell that begins so as a formula, and cooks write these cells.
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return f"'{value}"
    return "" if value is None else value


def moment(at: float) -> str:
    """Seconds since 1970 as local time."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
