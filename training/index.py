"""Import recipes into the index, as ``souschef recipes import`` does, with the work spread over several processes.

    python -m training.index ~/recipes
    python -m training.index ~/recipes --ray local --workers 4
    python -m training.index ~/recipes --index /srv/souschef/index --ray 10.0.0.5:6379 --workers 32

Cutting recipes into passages and embedding them is spread; this process alone reads the files and writes the index,
which is the same to the byte. Killed, the same command goes on with the batch it was at. With the bundled embeddings
(0.4 ms a recipe) one process is faster; a model in ``retrieval.embeddings`` is what pays for a cluster.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from retrieval.embeddings import Encoder, open_embeddings
from retrieval.errors import RetrievalError
from retrieval.preparing import Prepared, prepare
from retrieval.store import Parent
from training.cluster import add_arguments, connected, mapped
from training.errors import TrainingError

PORTION = 250  # parents: about 0.1 s with the bundled embeddings, and still 8 portions in a batch


def preparer(embeddings: str) -> Callable[[Sequence[Parent]], Prepared]:
    """:func:`retrieval.preparing.prepare` with embeddings that are opened here."""
    return partial(_prepare, open_embeddings(embeddings))


def _prepare(encoder: Encoder, parents: Sequence[Parent]) -> Prepared:
    return prepare(parents, encoder)


class Spread:
    """:data:`retrieval.preparing.Preparing` by several processes.

    Args:
        embeddings: The setting that each of them opens.
        workers: How many.
    """

    def __init__(self, embeddings: str, workers: int) -> None:
        self.embeddings, self.workers = embeddings, workers

    def __call__(self, parents: Sequence[Parent], encoder: Encoder) -> Prepared:
        """Prepare parents; ``encoder`` is this process's and stays idle."""
        portions = [parents[at : at + PORTION] for at in range(0, len(parents), PORTION)]
        return Prepared.joined(list(mapped(partial(preparer, self.embeddings), portions, self.workers)))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.index", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file or folder")
    parser.add_argument("--index", type=Path, metavar="FOLDER", help="the index (default: the bot's own)")
    parser.add_argument("--json", action="store_true", help="print JSON lines")
    parser.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    add_arguments(parser)
    args = parser.parse_args(argv)
    from bot.commands.recipes import import_recipes
    from bot.errors import UserError
    from bot.pantry import Kitchen
    from bot.settings import load_settings

    try:
        with ExitStack() as stack:
            settings = load_settings(args.config)
            kitchen = Kitchen(settings, args.index)
            stack.callback(kitchen.close)
            index = kitchen.index()
            if args.ray:
                stack.enter_context(connected(args.ray, args.workers))
                index.preparing = Spread(settings.retrieval.embeddings, args.workers)
            return import_recipes(kitchen, args)
    except (RetrievalError, TrainingError, UserError) as error:
        print(f"index: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("index: Stopped. Run it again to go on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    from training import index as importable  # under a name that workers know

    sys.exit(importable.main())
