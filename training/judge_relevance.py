"""What belongs to a question: passages that hold its answer, and replies that answer it.

Trained on the bundled cookbook, CookDial and SQuAD. Judged on what none of this comes from: WoTe's answer spans for
passages; Wizard of Tasks for replies, by true against swapped replies of a dialogue, and by the labels ``relevant``
and ``useful`` that its annotators gave.
"""

import json
import random
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

from retrieval.clean import clean_text
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.store import pieces_of
from retrieval.text import content_words, sentences
from training.cookbook import cookbook_examples
from training.corpora import Example, cookdial, open_text
from training.embedding_pairs import big_recipes, made_questions
from training.judge_data import Case
from training.judge_made import split_of
from training.rerank_data import holds, wote


def _passage(question: str, passage: str, label: int, source: str, group: str) -> Case:
    return Case(question, (passage,), "", label, source, "passage", group)


def _reply(question: str, answer: str, label: int, source: str, group: str) -> Case:
    return Case(question, (), answer, label, source, "reply", group)


def _from_squad(path: Path, rng: random.Random) -> Iterator[Case]:
    for article in json.loads("".join(open_text(path)))["data"]:
        for paragraph in article["paragraphs"]:
            parts = sentences(paragraph["context"])
            for qa in rng.sample(paragraph["qas"], min(3, len(paragraph["qas"]))):
                right = [s for s in parts if qa["answers"][0]["text"] in s]
                wrong = [s for s in parts if all(a["text"] not in s for a in qa["answers"])]
                if len(right) == 1 and wrong:
                    make = rng.choice((_passage, _reply))
                    yield make(qa["question"], right[0], 1, "squad", article["title"])
                    yield make(qa["question"], rng.choice(wrong), 0, "squad", article["title"])


def _from_knowledge(rng: random.Random) -> Iterator[Case]:
    entries = load_knowledge()
    recipes = load_recipes()
    for entry in entries:
        near = [e for e in entries if e.id != entry.id and set(e.about) & set(entry.about)] or entries
        for question in rng.sample(entry.questions, min(2, len(entry.questions))):
            yield _passage(question, entry.text, 1, "knowledge", entry.id)
            wrong = rng.choice(near if rng.random() < 0.6 else entries)
            if rng.random() < 0.3:
                yield _passage(question, rng.choice(rng.choice(recipes).items), 0, "knowledge", entry.id)
            elif wrong.id != entry.id:
                yield _passage(question, wrong.text, 0, "knowledge", entry.id)


def _from_recipes(data: Path, rng: random.Random) -> Iterator[Case]:
    for recipe in islice(big_recipes(data / "recipes_73k.jsonl.xz"), 1, 12_000, 4):
        pairs = list(made_questions(recipe, rng))
        for question, right in rng.sample(pairs, min(2, len(pairs))):
            others = [p for p in recipe.items if p != right and right not in p]
            if others:
                yield _passage(question, right, 1, "recipes", recipe.url)
                yield _passage(question, rng.choice(others), 0, "recipes", recipe.url)


def from_dialogue(example: Example, rng: random.Random) -> Iterator[Case]:
    """Each reply with the turn before it, and with another reply of the dialogue in its place; the same for the item
    that it shares.
    """
    turns = example.dialogue.turns
    replies = [t for t in turns if t.role == "wizard"]
    for before, turn in pairwise(turns):
        if before.role != "cook" or turn.role != "wizard" or not before.text.strip() or not turn.text.strip():
            continue
        group, source = example.dialogue.url, example.source
        others = [t for t in replies if t.text != turn.text and t.text.strip()]
        if others:
            yield _reply(before.text, turn.text, 1, source, group)
            yield _reply(before.text, rng.choice(others).text, 0, source, group)
        items = example.recipe.items if example.recipe else ()
        rest = [i for i in items if i not in turn.shared]
        asks = before.intent.startswith("ask_question") and len(content_words(before.text)) > 1
        if asks and len(turn.shared) == 1 and rest:
            yield _passage(before.text, turn.shared[0], 1, source, group)
            yield _passage(before.text, rng.choice(rest), 0, source, group)


def relevance(data: Path, split: str, seed: int = 4) -> list[Case]:
    """All cases of a split, in random order; kinds "passage" and "reply"."""
    rng = random.Random(seed)
    out = list(_from_knowledge(rng))
    examples = cookbook_examples() + cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl")
    for example in examples:
        out += from_dialogue(example, rng)
    out += _from_squad(data / "squad_dev_v1.1.json.xz", rng)
    out += _from_recipes(data, rng)
    out = [c for c in out if split_of(c.group) == split]
    rng.shuffle(out)
    return out


def wote_passages(data: Path) -> list[Case]:
    """WoTe's cooking questions with every passage of their recipe: does it hold the labelled answer?"""
    out = []
    for question in wote(data / "wote_extractive_qa.jsonl"):
        pieces = [p for p in pieces_of(question.recipe) if p.kind != "recipe"]
        labels = [int(holds(p.text, question.span)) for p in pieces]
        if any(labels):
            out += [
                _passage(question.query.text, p.text, label, "wote", question.id)
                for p, label in zip(pieces, labels, strict=True)
            ]
    return out


def wizard_labels(data: Path) -> list[Case]:
    """Replies of Wizard of Tasks; 1 where the annotators call them both relevant and useful."""
    out = []
    for name, row in json.loads((data / "wizard_of_tasks_cooking.json").read_text(encoding="utf-8")).items():
        for before, turn in zip(row["turns"], row["turns"][1:], strict=False):
            if before["role"] == "student" and turn["role"] == "teacher" and before["text"] and turn["text"]:
                label = int(turn["relevant"] == "yes" and turn["useful"] == "yes")
                out.append(_reply(clean_text(before["text"]), clean_text(turn["text"]), label, "wot-labels", name))
    return out


def texts(data: Path) -> Iterator[str]:
    """Text whose word pieces are worth keeping: recipes, dialogues, knowledge, and the world of SQuAD and CMU DoG."""
    for recipe in [*load_recipes(), *islice(big_recipes(data / "recipes_73k.jsonl.xz"), 0, 20_000, 4)]:
        yield " ".join((recipe.title, *recipe.items))
    for entry in load_knowledge():
        yield " ".join((entry.text, *entry.questions))
    for example in cookbook_examples() + cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl"):
        yield " ".join(turn.text for turn in example.dialogue.turns)
    for article in json.loads("".join(open_text(data / "squad_dev_v1.1.json.xz")))["data"]:
        for paragraph in article["paragraphs"]:
            yield paragraph["context"]
    for name in ("cmu_dog.jsonl.xz", "cmu_dog_docs.jsonl", "sgd_text.jsonl.xz"):
        for line in islice(open_text(data / name), 3000):
            yield " ".join(_strings(json.loads(line)))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
