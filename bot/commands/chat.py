"""Cook in the terminal. Works in a plain pipe too: one message per line on standard input."""

import argparse

from bot.settings import Settings

EXAMPLE = '  souschef chat\n  echo "let\'s make shakshuka" | souschef chat'


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--chat", default="kitchen", metavar="NAME", help="name of the conversation (default: kitchen)")
    parser.add_argument("--plain", action="store_true", help="no colours, boxes or line editing")


def run(settings: Settings, options: argparse.Namespace) -> int:
    import sys

    from bot.assistant import Assistant
    from bot.pantry import Kitchen, open_store
    from bot.triad import Triad

    store = open_store(settings)
    kitchen = Kitchen(settings)
    assistant = Assistant(settings, store, kitchen, kitchen.answerer())
    triad = Triad(store, settings)
    try:
        triad.start()
        if options.plain or not (sys.stdin.isatty() and sys.stdout.isatty()):
            from bot.platforms.pipe import run_pipe

            kitchen.warm_up()
            return run_pipe(assistant, options.chat)
        from bot.platforms.terminal import Terminal

        return Terminal(assistant, options.chat, settings.chat.bell, on_ready=kitchen.warm_up).run()
    finally:
        triad.stop()
        kitchen.close()
        store.close()
