"""Cooking answers, right ones and such as were made wrong in one place, with the passages that they rest on.

From the dialogues of the bundled cookbook, CookDial, Wizard of Tasks and the large collection of recipes; a recipe's
split is chosen by its name, so that no recipe is both trained on and judged by. SQuAD gives sentences about the rest of
the world.
"""

# ruff: noqa: E501 (lists of patterns are easier to read, and to change, on long lines)

import json
import random
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from retrieval.cookbook import load_knowledge
from retrieval.recipe import Recipe
from retrieval.text import content_words, sentences
from training.cookbook import as_served, cookbook_examples
from training.corpora import Example, cookdial, open_text, wizard_of_tasks
from training.embedding_pairs import big_recipes, item_of
from training.judge_data import Case
from training.judge_perturb import changes

_FILLERS = (
    "Sure! ",
    "Great! ",
    "Okay, ",
    "Next, ",
    "Now ",
    "Then ",
    "Good question. ",
    "Yes, ",
    "Perfect. ",
    "Of course. ",
)
_ENDS = (" Let me know when you are ready.", " Enjoy!", " Ready for the next step?", " Tell me when that's done.")
_PLAIN = (
    (r"\bcombine\b", "mix"), (r"\bmix together\b", "combine"), (r"\bapproximately\b", "about"), (r"\bplace\b", "put"),
    (r"\bsaut[eé]\b", "cook"), (r"\bstirring occasionally\b", "stirring now and then"), (r"\bover medium heat\b", "on medium heat"),
    (r"\bdegrees F\b", "°F"), (r"\bin a large\b", "in a big"), (r"\bminutes\b", "min"), (r"\bremove from\b", "take it off"),
    (r"\btablespoons?\b", "tbsp"), (r"\bteaspoons?\b", "tsp"), (r"\b1/2 cup\b", "half a cup"), (r"\buntil\b", "till"),
    (r"\bpreheat\b", "heat"), (r"\band\b", "&"), (r"\bserve\b", "dish up"), (r"\bbring to a boil\b", "let it come to a boil"),
    (r"\bcook\b", "let it cook"), (r"\badd\b", "put in"), (r"\bthe\b ", ""),
)  # fmt: skip
_HOW_LONG = re.compile(r"\b(\d[\d/ ]*(?:(?:to|-|–) ?\d+ )?(?:minutes?|hours?|seconds?))\b")


@dataclass(frozen=True, slots=True)
class Base:
    """A right answer. ``others`` are texts of the same recipe that it does not rest on."""

    question: str
    contexts: tuple[str, ...]
    answer: str
    others: tuple[str, ...]
    source: str
    group: str


def split_of(name: str) -> str:
    """The split of a recipe: "test" for a fifth, "validation" for a tenth, else "train"; chosen by name."""
    number = zlib.crc32(name.encode()) % 10
    return "test" if number < 2 else "validation" if number == 2 else "train"


def _supported(answer: str, contexts: Iterable[str]) -> float:
    wanted = content_words(answer)
    known = {w for c in contexts for w in content_words(c)}
    return sum(w in known for w in wanted) / max(1, len(wanted))


def from_dialogues(examples: Iterable[Example], rng: random.Random, least: float) -> Iterator[Base]:
    """Wizards' replies that say what a shared item or a passage says: at least ``least`` of their content words."""
    for example in examples:
        recipe, turns = example.recipe, example.dialogue.turns
        if recipe is None:
            continue
        texts = [*recipe.items, *recipe.tips, *recipe.pitfalls]
        for at in range(1, len(turns)):
            turn, before = turns[at], turns[at - 1]
            items = tuple(turn.shared[:4]) + example.passages.get(at, ())
            if turn.role != "wizard" or before.role != "cook" or not items or len(content_words(turn.text)) < 3:
                continue
            if turn.text.rstrip().endswith("?") or _supported(turn.text, items) < least:
                continue
            others = tuple(t for t in texts if t not in items)
            yield Base(before.text, items, turn.text, others, example.source, recipe.url)


def from_recipes(recipes: Iterable[Recipe], rng: random.Random) -> Iterator[Base]:
    """Answers made of steps and ingredient lines: read out in other words, cut short, or only the figure asked for."""
    for recipe in recipes:
        steps = [s for s in recipe.steps if 5 <= len(s.split()) <= 70]
        if len(steps) < 2 or len(recipe.ingredients) < 3:
            continue
        texts = (*steps, *(i.text for i in recipe.ingredients))
        lines = [i.text for i in recipe.ingredients if re.match(r"\d", i.text)]
        step = rng.choice(steps)
        said = rng.choice(sentences(step))
        others = tuple(t for t in texts if t != step)
        yield Base("what's next?", (step,), reworded(said, rng), others, "recipes", recipe.url)
        if match := _HOW_LONG.search(step):
            verb = said.split()[0].lower().strip(",.")
            answer = rng.choice(("{} should be enough.", "It takes {}.", "About {}.", "{}.", "Give it {}.")).format(
                match[0]
            )
            yield Base(f"how long do I {verb} it?", (step,), answer, others, "recipes", recipe.url)
        if lines:
            line = rng.choice(lines)
            item = item_of(line)
            plain = re.sub(r"\s*\([^)]*\)|,.*", "", line)
            answer = rng.choice(("You need {}.", "Use {}.", "{}", "That's {}.", "You'll want {} for this.")).format(
                plain
            )
            others = tuple(t for t in texts if t != line)
            yield Base(f"how much {item} do I need?", (line,), answer, others, "recipes", recipe.url)


def reworded(said: str, rng: random.Random) -> str:
    """A step as one might say it: a clause dropped, some words changed, something friendly around it."""
    parts = re.split(r"(?<=[,;])\s+", said)
    if len(parts) > 2 and rng.random() < 0.4:
        said = " ".join(parts[: rng.randint(1, len(parts) - 1)]).rstrip(",;") + "."
    for pattern, new in rng.sample(_PLAIN, 8):
        if rng.random() < 0.6:
            said = re.sub(pattern, new, said, flags=re.IGNORECASE)
    if rng.random() < 0.4:
        lead = rng.choice(_FILLERS)
        said = lead + (said[:1].lower() + said[1:] if not lead.rstrip().endswith((".", "!")) else said)
    elif rng.random() < 0.2:
        said = f"You should {said[:1].lower()}{said[1:]}"
    return said + (rng.choice(_ENDS) if rng.random() < 0.15 else "")


def from_squad(path: Path, rng: random.Random) -> Iterator[Base]:
    """Sentences that hold an answer, with the paragraph around them."""
    for article in json.loads("".join(open_text(path)))["data"]:
        for paragraph in article["paragraphs"]:
            parts = sentences(paragraph["context"])
            for qa in rng.sample(paragraph["qas"], min(2, len(paragraph["qas"]))):
                answer = qa["answers"][0]["text"]
                holding = [s for s in parts if answer in s and len(s.split()) < 45]
                if holding:
                    other = tuple(s for s in parts if s != holding[0])
                    said = holding[0]
                    if rng.random() < 0.5:
                        halves = [h for h in re.split(r",\s+", said) if answer in h and len(h.split()) > 4]
                        said = halves[0] if halves else said
                    yield Base(qa["question"], (holding[0],), said, other, "squad", article["title"])


def with_company(base: Base, rng: random.Random, most: int = 4) -> tuple[str, ...]:
    """The passages of an answer among others of the same recipe."""
    others = rng.sample(base.others, min(len(base.others), rng.randint(0, most)))
    contexts = [*base.contexts, *others]
    rng.shuffle(contexts)
    return tuple(contexts)


def made(base: Base, rng: random.Random) -> list[Case]:
    """A right answer and the wrong ones made of it; sometimes with the tables turned."""
    contexts = with_company(base, rng)
    right = Case(base.question, contexts, base.answer, 1, base.source, "right", base.group)
    out = [right]
    for change in changes(base.answer, contexts, rng)[: 2 if base.source == "recipes" else 4]:
        wrong = change.apply(base.answer)
        span = (change.start, change.start + max(1, len(change.new)))
        if change.kind == "negation" and not change.new.strip():
            span = (change.start, min(len(wrong), change.start + 8))
        turned = [change.apply_to_passage(base.answer, c) for c in contexts]
        if rng.random() < 0.25 and any(turned) and change.kind != "topic":
            other = tuple(t or c for t, c in zip(turned, contexts, strict=True))
            out.append(replace(right, contexts=other, answer=wrong, kind="right turned"))
            out.append(replace(right, contexts=other, label=0, kind=change.kind, wrong=(change.start, change.end)))
        else:
            out.append(replace(right, answer=wrong, label=0, kind=change.kind, wrong=span))
    others = [o for o in base.others if o not in contexts and len(o.split()) > 4]
    if others and rng.random() < 0.35:
        instead = reworded(rng.choice(others), rng)
        if _supported(instead, contexts) < 0.9:
            out.append(replace(right, answer=instead, label=0, kind="another step", wrong=(0, len(instead))))
    return out


def bases(data: Path | None, seed: int = 1, recipes: int = 4000) -> list[Base]:
    """Right answers from everything at hand; without ``data`` from the bundled cookbook alone."""
    rng = random.Random(seed)
    knowledge = load_knowledge()
    out = list(from_dialogues([as_served(e, rng, knowledge) for e in cookbook_examples()], rng, 0.5))
    for entry in knowledge:
        parts = sentences(entry.text)
        if len(parts) > 1 and entry.questions:
            said = rng.choice(parts)
            other = rng.sample(knowledge, 3)
            others = tuple(e.text for e in other)
            out.append(Base(rng.choice(entry.questions), (entry.text,), said, others, "knowledge", entry.id))
    if data is not None:
        talk = cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl")
        out += from_dialogues(talk, rng, 0.6)
        talk = wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl")
        out += from_dialogues((e for e in talk if e.dialogue.split != "test"), rng, 0.65)
        out += from_recipes(islice(big_recipes(data / "recipes_73k.jsonl.xz"), 0, recipes * 3, 3), rng)
        out += from_squad(data / "squad_dev_v1.1.json.xz", rng)
    return out


def cases(bases_: Sequence[Base], split: str, seed: int = 2) -> list[Case]:
    """The cases of one split ("train", "validation" or "test")."""
    out: list[Case] = []
    for base in bases_:
        if split_of(base.group) == split:
            out += made(base, random.Random(f"{seed}|{base.group}|{base.answer}"))
    return out
