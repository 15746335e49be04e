"""The chat without a terminal: a message per line in, a block of plain text per reply out."""

import sys
import uuid
from collections.abc import Iterable
from typing import TextIO

from bot.assistant import Assistant
from bot.messages import Message, Reply
from bot.platforms.commands import spoken

USER = "local"


def message(text: str, chat: str) -> Message:
    """A message of the one cook at this computer."""
    return Message(chat=chat, user=USER, text=text, message_id=uuid.uuid4().hex)


def block(reply: Reply) -> str:
    """A reply as plain text: what is said, then the shared items."""
    lines = [reply.text, *(f"  - {item}" for item in reply.card), f"({reply.place})" if reply.place else ""]
    return "\n".join(line for line in lines if line)


def run_pipe(assistant: Assistant, chat: str, stdin: Iterable[str] | None = None, stdout: TextIO | None = None) -> int:
    """Answer every line until the input ends or the cook quits."""
    stdin, stdout = stdin or sys.stdin, stdout or sys.stdout
    told = False
    for line in stdin:
        text = line.rstrip("\n")
        if not text.strip():
            continue
        if text.lstrip().startswith("/"):
            meant = spoken(text.strip())
            if meant == "/quit":
                break
            if meant is None or meant == "/export":
                print("There is no such command here; /help lists them.\n", file=stdout, flush=True)
                continue
            text = "help" if meant == "/help" else meant
        for ring in assistant.due_timers("terminal"):
            print(f"⏰ {ring.text}", file=stdout, flush=True)
        reply = assistant.reply(message(text, chat))
        print(block(reply) + "\n", file=stdout, flush=True)
        if assistant.answerer.failure and not told:
            told = True
            print(f"souschef: {assistant.answerer.failure}", file=sys.stderr, flush=True)
    return 0
