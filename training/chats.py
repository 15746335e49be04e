"""Play whole chats of cooks who tell what they do and hardly ever say "next": is the assistant where they are?

    python -m training.chats [--data DATA] [--told] [--only FILE …] [--out LINES.jsonl]

The chats (``retrieval/cookbook/chats``) were written beforehand, for recipes that nothing was learned from. Per recipe
a line ``# URL``, then ``STEP | KIND | message``: the step that should be at hand when the message comes, and what it
is: "done" (that step is finished), "begun" (under way), "ahead" (of a later step), "ask", "talk" or "cmd". With
``--data`` those about recipes of the large collection are played, too.

Printed are, of the messages that come at the right step, how many of each kind moved the cook on, left them, or took
them back; and how many steps off the assistant was in all. ``--told`` puts the cook at the right step before each
message, so that one mistake is counted once.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.messages import Message
from bot.settings import Settings, load_settings
from retrieval import cookbook
from retrieval.recipe import Recipe
from training.asked import open_at, opened

KINDS = ("done", "begun", "ahead", "ask", "talk", "cmd")


@dataclass(frozen=True, slots=True)
class Said:
    """A message of a chat: its recipe, the step that should be at hand, and what kind it is (of :data:`KINDS`)."""

    url: str
    step: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Played:
    """A message with what came of it: the step at hand before and after, and the reply."""

    said: Said
    before: int
    after: int
    action: str
    reply: str

    @property
    def went(self) -> str:
        """What the reply did to the step at hand: "on" (from the last one, to the farewell), "back" or "stays"."""
        over = self.action == "next" and self.reply.startswith("That was the last step")
        return "on" if over or self.after > self.before else "back" if self.after < self.before else "stays"


def parse(text: str, name: str) -> Iterator[Said]:
    """The messages of a file of chats.

    Raises:
        ValueError: A line is not in that form.
    """
    url = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# "):
            url = line[2:].strip()
        elif line.strip():
            cells = [cell.strip() for cell in line.split("|", 2)]
            if not url or len(cells) != 3 or not cells[0].isdigit() or cells[1] not in KINDS:
                raise ValueError(f"{name}, line {number}: {line}")
            yield Said(url, int(cells[0]), cells[1], cells[2])


def load(only: Sequence[str] = ()) -> list[Said]:
    """The chats that ship: all, or those of some files, by name without ".txt"."""
    files = sorted((cookbook.folder() / "chats").iterdir(), key=lambda file: file.name)
    files = [file for file in files if not only or file.name.removesuffix(".txt") in only]
    return [said for file in files for said in parse(file.read_text(encoding="utf-8"), file.name)]


def known(data: Path | None, urls: Iterable[str]) -> dict[str, Recipe]:
    """The recipes of some chats by URL: of the cookbook, and, with the public data sets, of the large collection."""
    wanted = set(urls)
    found = {recipe.url: recipe for recipe in cookbook.load_recipes() if recipe.url in wanted}
    if data is not None:
        from training.embedding_pairs import big_recipes

        missing = wanted - set(found)
        found |= {r.url: r for r in big_recipes(data / "recipes_73k.jsonl.xz") if r.url in missing}
    return found


def play(settings: Settings, chats: Sequence[Said], recipes: dict[str, Recipe], told: bool = False) -> Iterator[Played]:
    """Say the messages in order, each chat by a cook of its own.

    Args:
        settings: Of the assistant.
        chats: The messages; those about recipes that are not known are left out.
        recipes: By URL.
        told: Put the cook at the right step before each message.
    """
    with opened(settings, recipes.values()) as (assistant, store):
        begun: set[str] = set()
        for number, said in enumerate(chats):
            if said.url not in recipes:
                continue
            name = said.url
            if told or name not in begun:
                open_at(assistant, store, recipes[name], said.step, name)
            begun.add(name)
            before = assistant.session(f"terminal:{name}").step
            reply = assistant.reply(Message(name, name, said.text, str(number)))
            after = assistant.session(f"terminal:{name}").step
            yield Played(said, before, after, reply.action, " ".join((reply.text, *reply.card)))


def counted(played: Sequence[Played]) -> dict[str, object]:
    """At how many messages the right step was at hand, what those did by kind, and how far off the others were."""
    right = [p for p in played if p.before == p.said.step]
    kinds = {kind: Counter(p.went for p in right if p.said.kind == kind) for kind in KINDS}
    off = Counter(p.before - p.said.step for p in played)
    return {
        "messages": len(played),
        "at the right step": round(len(right) / max(1, len(played)), 3),
        "of these": {kind: dict(count) for kind, count in kinds.items() if count},
        "steps off": dict(sorted(off.items())),
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Command line."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the public data sets: also chats about their recipes")
    parser.add_argument("--only", nargs="*", default=(), help="chats of these files, by name without .txt")
    parser.add_argument("--told", action="store_true", help="put the cook at the right step before each message")
    parser.add_argument("--out", type=Path, help="a line of JSON per message")
    args = parser.parse_args(argv)
    chats = load(args.only)
    recipes = known(args.data, (said.url for said in chats))
    total = sum(said.url in recipes for said in chats)
    played = list(tqdm(play(load_settings(), chats, recipes, args.told), total=total, unit="message"))
    if args.out is not None:
        args.out.write_text("".join(json.dumps(asdict(p), ensure_ascii=False) + "\n" for p in played), encoding="utf-8")
    for name, value in counted(played).items():
        print(f"{name}: {json.dumps(value)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
