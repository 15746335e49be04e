"""The chat in a terminal: text as it streams, shared items as a card, the step in the toolbar, timers that ring.

A reply is made in a thread of its own, so that the spinner turns and Ctrl-C is polite: it stops the showing, not the
reply, which is logged as a whole. Imports of rich and prompt_toolkit only; everything else is the assistant's.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterable

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.text import Text

from bot.actions.timers import running
from bot.assistant import Assistant
from bot.cli import explain
from bot.log import TERMINAL_HISTORY, export, load_salt
from bot.messages import Reply
from bot.platforms.commands import COMMANDS, spoken
from bot.platforms.pipe import message

PROMPT = "› "


class SlashCompleter(Completer):
    """Completes ``/st`` to ``/step``."""

    def get_completions(self, document: Document, complete_event: object) -> Iterable[Completion]:
        text = document.text_before_cursor
        if text.startswith("/") and " " not in text:
            for name, command in COMMANDS.items():
                if name.startswith(text[1:]):
                    yield Completion(f"/{name}", start_position=-len(text), display_meta=command.summary)


class Terminal:
    """One cook at one terminal.

    Args:
        assistant: The assistant.
        chat: Name of the conversation.
        bell: Whether timers ring the terminal's bell.
        console: For output; tests pass their own.
        on_ready: Called once the prompt is about to show: what takes long starts then, and does not slow the prompt.
    """

    def __init__(
        self,
        assistant: Assistant,
        chat: str,
        bell: bool = True,
        console: Console | None = None,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self.assistant, self.chat, self.bell = assistant, chat, bell
        self._on_ready = on_ready
        self.console = console or Console(highlight=False)
        self._stop = threading.Event()
        self._told = ""

    def run(self) -> int:
        """Talk until the cook quits."""
        self._welcome()
        session: PromptSession[str] = PromptSession(
            history=self._history(),
            completer=SlashCompleter(),
            complete_while_typing=True,
            bottom_toolbar=self._toolbar,
            refresh_interval=1.0,
        )
        bell = threading.Thread(target=self._ring_timers, name="timers", daemon=True)
        bell.start()
        interrupted = False
        ready: Callable[[], None] | None = self._on_ready
        try:
            while True:
                try:
                    with patch_stdout(raw=True):
                        text = session.prompt(PROMPT, pre_run=ready)
                    interrupted = False
                except KeyboardInterrupt:
                    if interrupted:
                        break
                    interrupted = True
                    self.console.print("[dim]Ctrl-C once more, or Ctrl-D, to leave. Where you are is kept.[/dim]")
                    continue
                except EOFError:
                    break
                ready = None
                if not self._handle(text.strip()):
                    break
        finally:
            self._stop.set()
        self.console.print("[dim]Bye! Where you are is kept for next time.[/dim]")
        return 0

    def _handle(self, text: str) -> bool:
        """Answer one line; False to leave."""
        if not text:
            return True
        if text.startswith("/"):
            meant = spoken(text)
            if meant is None:
                self.console.print(f"[dim]There is no {escape(text.split()[0])}; /help lists the commands.[/dim]")
                return True
            if meant == "/quit":
                return False
            if meant == "/help":
                self._help()
                return True
            if meant == "/export":
                self._export()
                return True
            text = meant
        try:
            self._answer(text)
        except Exception as error:
            if os.environ.get("SOUSCHEF_DEBUG"):
                raise
            self.console.print(f"[red]{escape(explain(error))}[/red]")
        return True

    def _answer(self, text: str) -> None:
        pieces: queue.Queue[str | None] = queue.Queue()
        outcome: list[Reply | Exception] = []

        def work() -> None:
            try:
                outcome.append(self.assistant.reply(message(text, self.chat), pieces.put))
            except Exception as error:
                outcome.append(error)
            finally:
                pieces.put(None)

        worker = threading.Thread(target=work, name="reply", daemon=True)
        worker.start()
        shown = ""
        try:
            with self.console.status("", spinner="dots"):
                piece = pieces.get()
            while piece is not None:
                self.console.print(Text(piece), end="", soft_wrap=False)
                shown += piece
                piece = pieces.get()
        except KeyboardInterrupt:
            self.console.print("\n[dim](stopped)[/dim]")
            worker.join()
            return
        if shown and not shown.endswith("\n"):
            self.console.print()
        worker.join()
        result = outcome[0]
        if isinstance(result, Exception):
            raise result
        self._card(result)
        self._tell_failure()

    def _tell_failure(self) -> None:
        """Say once that the student is not there, so that nobody takes code's short answers for all it can do."""
        failure = self.assistant.answerer.failure
        if failure and failure != self._told:
            self._told = failure
            self.console.print(f"[dim]{escape(failure)} Until then I answer from the recipe and my notes alone.[/dim]")

    def _card(self, reply: Reply) -> None:
        if reply.place:
            self.console.print(f"[dim]{escape(reply.place)}[/dim]")
        if reply.card:
            step = reply.step
            title = reply.title or (step.title if step else "")
            numbered = len(reply.card) > 1
            lines = "\n".join(f"• {item}" if numbered else item for item in reply.card)
            self.console.print(
                Panel(Text(lines), title=escape(title) or None, title_align="left", border_style="green", expand=False)
            )
        hints = [b.text for b in reply.buttons if b.text not in ("next", "back") and not b.text.isdigit()]
        if hints:
            self.console.print("[dim]" + escape("   ".join(f"“{hint}”" for hint in hints[:3])) + "[/dim]")

    def _welcome(self) -> None:
        self.console.print("[bold]Souschef[/bold] [dim]— say what you would like to cook, or /help[/dim]")
        greeting = self.assistant.greeting(message("", self.chat))
        if greeting is not None:
            self.console.print(Text(greeting.text))

    def _toolbar(self) -> HTML | str:
        """Recipe, step, servings, timers; rebuilt every second."""
        try:
            session = self.assistant.session(f"terminal:{self.chat}")
            info = session.info()
            chat = self.assistant.store.find_chat(f"terminal:{self.chat}")
            timers = running(self.assistant.store, chat.id) if chat else []
        except Exception:
            return ""
        parts = []
        if info is None:
            parts.append("no recipe yet")
        else:
            where = f"step {info.step}/{info.steps}" if info.step else f"{info.steps} steps, not started"
            parts += [info.title, where, f"{info.servings} servings" if info.servings else ""]
        now = self.assistant.clock()
        parts += [f"⏲ {t.label + ' ' if t.label else ''}{_clock(t.due - now)}" for t in timers[:4]]
        return " · ".join(part for part in parts if part)

    def _ring_timers(self) -> None:
        while not self._stop.wait(0.5):
            try:
                rings = self.assistant.due_timers("terminal")
            except Exception:
                continue
            for ring in rings:
                if self.bell:
                    self.console.bell()
                self.console.print(f"[bold yellow]⏰ {escape(ring.text)}[/bold yellow]")

    def _help(self) -> None:
        for name, command in COMMANDS.items():
            self.console.print(
                f"  [green]/{name}[/green] {escape(command.takes)}".ljust(40) + f" {escape(command.summary)}"
            )
        self.console.print("[dim]Or just talk: “something with chickpeas, under 30 minutes, no nuts”.[/dim]")

    def _export(self) -> None:
        import json

        folder = self.assistant.settings.paths.data
        target = folder / f"conversations-{time.strftime('%Y%m%d-%H%M%S')}.json"
        user = message("", self.chat).user_key
        dialogues = dict(export(self.assistant.store, load_salt(folder), user=user))
        target.write_text(json.dumps(dialogues, ensure_ascii=False, indent=1), encoding="utf-8")
        self.console.print(f"{len(dialogues)} conversations in {escape(str(target))}")

    def _history(self) -> History:
        folder = self.assistant.settings.paths.data
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / TERMINAL_HISTORY
            path.touch(mode=0o600)
            return FileHistory(str(path))
        except OSError:
            return InMemoryHistory()


def _clock(seconds: float) -> str:
    left = max(0, round(seconds))
    hours, rest = divmod(left, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
