"""Ask one thing and get one reply; the conversation is kept, so that "next" works from the shell too."""

import argparse
import json
from dataclasses import asdict

from bot.settings import Settings

EXAMPLE = '  souschef ask "what can I use instead of buttermilk?"\n  souschef ask --json "let\'s make shakshuka"'


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="+", help="what to say")
    parser.add_argument("--chat", default="shell", metavar="NAME", help="name of the conversation (default: shell)")
    parser.add_argument("--json", action="store_true", help="print the whole reply as JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    from bot.assistant import Assistant
    from bot.pantry import Kitchen, open_store
    from bot.platforms.pipe import block, message

    store, kitchen = open_store(settings), Kitchen(settings)
    try:
        assistant = Assistant(settings, store, kitchen, kitchen.answerer())
        reply = assistant.reply(message(" ".join(options.text), options.chat))
    finally:
        kitchen.close()
        store.close()
    print(json.dumps(asdict(reply), ensure_ascii=False) if options.json else block(reply))
    return 0
