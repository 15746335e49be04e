"""What the reader learns from: what cooks say at a step, with all that may answer and what does.

To the *asked* files (:mod:`retrieval.asked`) the dialogues of the cookbook, CookDial and Wizard of Tasks, WoTe's
questions and the questions of the knowledge base are added.
"""

import random
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.page.question import asks_for_next
from bot.words import regular
from model.reader import ACTS, Candidate, candidates
from model.vocabulary import Turn
from retrieval.asked import Line, load
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.passage import Passage
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.text import content_words
from training.cookbook import cookbook_examples, split_of
from training.corpora import Example
from training.mixture import real_examples
from training.rerank_data import DONE, holds, wote

REPORT = "report"  # says what has been done; in files of that name
Notes = Callable[[str, str], list[Passage]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One utterance with its answers.

    Attributes:
        utterance: What the cook says.
        recipe: The page.
        step: The step at hand, from 1; 0 before the first.
        labels: Keys of the candidates that answer, best first.
        verdict: "y", "n", or "" where no yes or no belongs before the answer.
        source: Where it comes from: "asked" and "report" are written for the reader.
        about: Of a remark, the key of the sentence of the step at hand that it is about; or "".
    """

    utterance: str
    recipe: Recipe
    step: int
    labels: tuple[str, ...]
    verdict: str = ""
    source: str = "asked"
    about: str = ""

    @property
    def written(self) -> bool:
        """Whether it stands in an asked file."""
        return self.source in ("asked", REPORT)

    @property
    def at_hand(self) -> str:
        """Text of the step at hand, or ""."""
        return self.recipe.steps[self.step - 1] if 0 < self.step <= len(self.recipe.steps) else ""


@dataclass(frozen=True, slots=True)
class Listed:
    """An utterance with the candidates that it is read against, and which of them answer."""

    asked: Asked
    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]


def of_lines(lines: Iterable[Line], recipes: dict[str, Recipe]) -> Iterator[Asked]:
    """Utterances of *asked* files; those about recipes that are not at hand are left out.

    Raises:
        ValueError: A label names nothing on the page, or that of a remark no sentence of the step at hand.
    """
    knowledge = {f"k:{entry.id}" for entry in load_knowledge()}
    keys: dict[str, set[str]] = {}
    for line in lines:
        recipe = recipes.get(line.url)
        if recipe is None:
            continue
        if line.url not in keys:
            keys[line.url] = {c.key for c in candidates(recipe)} | knowledge
        if unknown := set(line.labels) - keys[line.url]:
            raise ValueError(f"{line.place}: nothing is named {', '.join(sorted(unknown))}.")
        source = REPORT if line.place.startswith(REPORT) else "asked"
        # "The chicken is in": stay here ("ok"), and that is the sentence which the cook is at.
        about = line.labels[1] if line.labels[0] == "ok" and line.labels[1:2] not in ((), ("chat",)) else ""
        if about and not about.startswith(f"s{line.step}."):
            raise ValueError(f"{line.place}: {about} is no sentence of the step at hand.")
        labels = tuple(label for label in line.labels if label != about)
        yield Asked(line.utterance, recipe, line.step, labels, line.verdict, source, about)


def asked_files(data: Path | None = None) -> list[Asked]:
    """All that ship with the cookbook; with the public data sets, those about recipes of Wizard of Tasks and CookDial,
    too.
    """
    recipes = {recipe.url: recipe for recipe in load_recipes()}
    if data is not None:
        recipes |= {e.recipe.url: e.recipe for part in real_examples(data) for e in part if e.recipe is not None}
    return list(of_lines(load(), recipes))


def kept_back(data: Path | None = None) -> frozenset[str]:
    """URLs of the recipes that nothing is learned from: those of the cookbook that are kept for judging, by name, and
    with the public data sets those of the dialogues that are held back.
    """
    kept = {r.url for r in load_recipes() if split_of(r.url.removeprefix("cookbook:")) == "validation"}
    if data is not None:
        kept |= {example.recipe.url for example in real_examples(data)[1] if example.recipe is not None}
    return frozenset(kept)


def from_knowledge(rng: random.Random) -> Iterator[Asked]:
    """The questions of the knowledge base, each asked at some step of a recipe that has a word of its entry."""
    kept = kept_back()
    recipes = [recipe for recipe in load_recipes() if recipe.url not in kept]
    words = [set(content_words(" ".join(recipe.items))) for recipe in recipes]
    for entry in load_knowledge():
        about = set(content_words(" ".join(entry.about)))
        near = sorted(
            range(len(recipes)), key=lambda i: (-len(about & words[i]), zlib.crc32(f"{entry.id}{i}".encode()))
        )
        for question in entry.questions:
            recipe = recipes[rng.choice(near[:6])]
            yield Asked(question, recipe, rng.randint(0, len(recipe.steps)), (f"k:{entry.id}",), "", "knowledge")


def from_dialogues(examples: Iterable[Example], entries: dict[str, KnowledgeEntry]) -> Iterator[Asked]:
    """Cooks' turns whose answer plainly stands on the page or in a note, and those that move on or only remark."""
    by_text = {entry.text: f"k:{entry.id}" for entry in entries.values()}
    for example in examples:
        recipe, turns, step = example.recipe, example.dialogue.turns, 0
        if recipe is None or len(recipe.steps) < 3:
            continue
        page = candidates(recipe)
        for at in range(1, len(turns)):
            turn, cook = turns[at], turns[at - 1]
            if turn.role != "wizard":
                continue
            if cook.role == "cook" and cook.text.strip():
                backs = [by_text[text] for text in example.passages.get(at, ()) if text in by_text]
                labels = _labels(cook, turn, recipe, step, page, backs)
                if labels:
                    verdict = re.match(r"(yes|yep|yeah|no|nope)\b", turn.text.strip().lower())
                    yn = ("y" if verdict[1][0] == "y" else "n") if verdict and labels[0] not in ACTS else ""
                    yield Asked(cook.text, recipe, step, labels, yn, example.source)
            shown = [recipe.steps.index(item) + 1 for item in turn.shared if item in recipe.steps]
            if shown and turn.intent == "return_next_step":
                step = shown[-1]


def _labels(
    cook: Turn, turn: Turn, recipe: Recipe, step: int, page: Sequence[Candidate], backs: Sequence[str]
) -> tuple[str, ...]:
    if cook.intent == "request_next_step" and turn.intent == "return_next_step":
        shown = [recipe.steps.index(item) + 1 for item in turn.shared if item in recipe.steps]
        return ("next",) if shown and shown[0] == step + 1 else ()
    if cook.intent.startswith("ask_question") and turn.intent == "return_next_step":
        return _in_next(cook, turn, recipe, step, page)
    if cook.intent.startswith("ask_question") and turn.intent.startswith("answer_question"):
        if backs:
            return tuple(backs)
        said = set(content_words(turn.text))
        if len(said) < 2:
            return ()
        shares = [(len(said & set(content_words(c.text))) / (len(said) + 0.5), c) for c in page if c.text]
        share, best = max(shares, key=lambda pair: pair[0])
        return (best.key,) if share >= 0.5 else ()
    if cook.intent == "chitchat" and turn.intent == "chitchat" and "?" not in cook.text:
        return ("ok", "chat")
    return ()


def _in_next(cook: Turn, turn: Turn, recipe: Recipe, step: int, page: Sequence[Candidate]) -> tuple[str, ...]:
    """What a question is answered by to which the wizard gives the next step: "They are dipped. Do they go in the oven
    now?". These are two sentences of that step, nearest to the wizard's words first; none where the question is of what
    that step cannot say.
    """
    if asks_for_next(regular(cook.text)):
        return ("next",)
    if re.search(r"\b(?:how|when|why|which|where|repeat|catch)\b", cook.text.lower()):
        return ()
    shown = [recipe.steps.index(item) + 1 for item in turn.shared if item in recipe.steps]
    if not shown or shown[0] != step + 1:
        return ()
    said = set(content_words(turn.text))
    there = [c for c in page if c.kind == "step" and c.number == step + 1]
    there.sort(key=lambda c: -len(said & set(content_words(c.text))) / (len(set(content_words(c.text))) + 1))
    return tuple(c.key for c in there[:2])


def from_wote(data: Path) -> Iterator[Asked]:
    """WoTe's questions, with the sentences that hold the span."""
    for question in wote(data / "wote_extractive_qa.jsonl"):
        recipe = question.recipe
        if question.span.strip().lower().rstrip(".") == DONE:
            continue
        labels = [c.key for c in candidates(recipe) if c.text and holds(c.text, question.span)]
        parts = [part for part in re.split(r"\n|\. ", question.span) if len(part.split()) > 1]
        labels = labels or [c.key for c in candidates(recipe) if any(holds(c.text, part) for part in parts if c.text)]
        if labels:
            told = " ".join(question.query.history)
            step = max((n for n, text in enumerate(recipe.steps, 1) if text[:40] in told), default=0)
            yield Asked(question.query.text, recipe, step, tuple(labels[:4]), "", "wote")


def listed(
    asked: Asked,
    notes: Notes,
    size: int,
    rng: random.Random,
    entries: dict[str, KnowledgeEntry],
    liked: Sequence[str] = (),
) -> Listed:
    """The utterance with the acts and ``size`` candidates: those that answer, near notes, the step at hand, others.

    Args:
        asked: The utterance.
        notes: ``(utterance, step) -> notes``.
        size: How many, beside the step at hand's sentences where a remark is about one; 0 for all that the assistant
            would read.
        rng: Chooses the others.
        entries: The knowledge base by id: a note that answers is among the candidates, found or not.
        liked: Keys of what a reader takes for the answer, the likeliest first: the first of them that does not answer
            are among the candidates (hard negatives; Xiong et al., 2021).
    """
    every = candidates(asked.recipe, notes(asked.utterance, asked.at_hand))
    keys = {c.key for c in every}
    for label in asked.labels if size else ():
        if label.startswith("k:") and label not in keys:
            entry = entries[label.removeprefix("k:")]
            every.append(Candidate("note", entry.text, entry.id, title=entry.title))
    right = sorted((c for c in every if c.key in asked.labels), key=lambda c: asked.labels.index(c.key))
    if not size:
        return Listed(asked, tuple(every), tuple(c.key in asked.labels for c in every))
    others = [c for c in every if c.key not in asked.labels and c.kind not in ACTS]
    asks = set(content_words(asked.utterance))

    def near(c: Candidate) -> float:
        here = 1.2 if c.kind == "step" and c.number == asked.step else 0.0
        here = 0.6 if c.kind == "step" and c.number == asked.step + 1 else here
        told = set(content_words(f"{c.title} {c.text}"))
        return len(asks & told) + here + (0.8 if c.kind == "note" else 0.0) + 1.5 * rng.random()

    known = {c.key for c in others}
    hard = {*[key for key in liked if key in known][: size // 2]}
    if asked.about:  # the other sentences of the step at hand, beside the usual ones
        beside = {c.key for c in others if c.kind == "step" and c.number == asked.step} - hard
        hard, size = hard | beside, size + len(beside)
    others.sort(key=lambda c: (c.key in hard, near(c)), reverse=True)
    told = right[:2]
    acts = [c for c in every if c.kind in ACTS and c not in told]
    near_by = max(0, size - sum(c.kind not in ACTS for c in told) - 2)
    rest = rng.sample(others[near_by:], max(0, min(2, len(others) - near_by)))
    kept = [*told, *acts, *others[:near_by], *rest]
    return Listed(asked, tuple(kept), tuple(c.key in asked.labels for c in kept))


def training_data(data: Path | None, rng: random.Random) -> list[Asked]:
    """Everything to learn from, in no order; nothing about recipes that are kept back."""
    entries, kept = {entry.id: entry for entry in load_knowledge()}, kept_back(data)
    out = asked_files(data)
    out += from_knowledge(rng)
    out += from_dialogues(cookbook_examples("train"), entries)
    if data is not None:
        out += from_dialogues(real_examples(data)[0], entries)
        out += from_wote(data)
    return [asked for asked in out if asked.recipe.url not in kept]
