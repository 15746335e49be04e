"""What a reader takes for the answer of each asked utterance: hard negatives, and labels to look at again.

    python -m training.reader_mining --data DATA --out MINED.jsonl
    python -m training.reader_mining --data DATA --out HALF.jsonl --part 0 --parts 2   # and a second process, part 1
    python -m training.reader train --mined MINED.jsonl ...

Of every utterance the nearest candidates by words are read, a line of JSON each: url, step, what is said, and the keys
with their probabilities, the likeliest first. What the reader prefers to the label is either what it has to learn most
(Xiong et al., 2021) or a label that is wrong: ``--doubtful`` prints those that it is surest of, to be read by a person.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from model.reader.reader import FOLDER, Reader
from retrieval.cookbook import load_knowledge
from retrieval.notes import open_notes
from training.reader_data import Asked, asked_files, kept_back, listed

NEAR = 22  # candidates that are read of each
SURE = 0.5


@dataclass(frozen=True, slots=True)
class Mined:
    """What a reader made of an utterance: keys of candidates with their probabilities, the likeliest first."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def liked(self) -> tuple[str, ...]:
        """The keys alone."""
        return tuple(key for key, _ in self.ranked)

    def share(self, labels: Sequence[str]) -> float:
        """Probability of some keys together."""
        return sum(p for key, p in self.ranked if key in labels)


def place_of(asked: Asked) -> tuple[str, int, str]:
    """What an utterance is found by."""
    return asked.recipe.url, asked.step, asked.utterance


def load(files: Iterable[Path]) -> dict[tuple[str, int, str], Mined]:
    """What was mined, by place; of a place that is there twice the last.

    Raises:
        ValueError: A file is damaged.
    """
    found = {}
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            try:
                plain = json.loads(line)
                place = plain["url"], plain["step"], plain["said"]
                found[place] = Mined(tuple((str(key), float(p)) for key, p in plain["read"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{file}, line {number} is damaged: mine it again with training.reader_mining."
                ) from error
    return found


def mine(found: Iterable[Asked], reader: Reader, rng: random.Random) -> Iterator[tuple[Asked, Mined]]:
    """Read the nearest candidates of utterances."""
    entries, notes = {entry.id: entry for entry in load_knowledge()}, open_notes().near
    for asked in found:
        near = listed(asked, notes, NEAR, rng, entries).candidates
        reading = reader.read(asked.utterance, asked.at_hand, asked.step, near)
        yield asked, Mined(tuple((c.key, round(p, 4)) for c, p in reading.ranked))


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--reader", type=Path, default=FOLDER, help="folder of an exported reader")
    parser.add_argument("--out", type=Path, required=True, help="a file of its own for each part; read by --doubtful")
    parser.add_argument("--part", type=int, default=0)
    parser.add_argument("--parts", type=int, default=1, help="each process one part of them")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--doubtful", type=int, default=0, help="print so many of OUT that contradict their labels")
    args = parser.parse_args(argv)
    kept = kept_back(args.data)
    found = [asked for asked in asked_files(args.data) if asked.recipe.url not in kept]
    if args.doubtful:
        mined = load([args.out])
        seen = [(mined[place_of(a)], a) for a in found if place_of(a) in mined]
        seen = [(m, a) for m, a in seen if m.ranked[0][0] not in a.labels and m.ranked[0][1] >= SURE]
        for was, asked in sorted(seen, key=lambda pair: -pair[0].ranked[0][1])[: args.doubtful]:
            key, p = was.ranked[0]
            print(f"{p:.2f} {key} | {','.join(asked.labels)} | {asked.step} | {asked.utterance} | {asked.recipe.url}")
        return
    reader, rng = Reader(args.reader, args.threads), random.Random(args.part)
    with args.out.open("w", encoding="utf-8") as out:
        for asked, was in mine(found[args.part :: args.parts], reader, rng):
            url, step, said = place_of(asked)
            out.write(json.dumps({"url": url, "step": step, "said": said, "read": was.ranked}) + "\n")


if __name__ == "__main__":
    main()
