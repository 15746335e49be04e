"""Pairs of texts that belong together, for training the embeddings (see ``training.embeddings``).

From each recipe: title and step, title and ingredient list, ingredient and the step that uses it, neighbouring steps,
and questions made from what a step or a line says. From dialogues: what was asked and the item that answered it, what
the wizard said and the item that it paraphrases. From SQuAD: question and sentence. From the cookbook's knowledge:
question and article.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.text import content_words, sentences
from training.corpora import cookdial, open_text, recipe_from_lines, wizard_of_tasks

Pair = tuple[str, str]

_DURATION = re.compile(r"\b(?:minutes?|mins?|hours?|hrs?|seconds?|overnight)\b", re.IGNORECASE)
_TEMPERATURE = re.compile(r"\d\s*(?:°|deg|F\b|C\b)|\b(?:low|medium|high) heat\b|medium-high", re.IGNORECASE)
_TOOL = re.compile(r"\b(pan|pot|bowl|skillet|saucepan|dish|processor|blender|sheet|oven|grill|rack|whisk|plate|tin)\b")
_UNTIL = re.compile(r"\buntil\b", re.IGNORECASE)
_IMPERATIVE = re.compile(
    r"^\W*([A-Za-z]+)\s+(?:the |in |together |up |over |with |a |an )?([a-z][a-z-]+(?: [a-z][a-z-]+)?)"
)
_AMOUNT = re.compile(
    r"^[\d\s/.½¼¾⅓⅔⅛()-]*(?:cups?|tablespoons?|teaspoons?|tbsp|tsp|ounces?|oz|pounds?|lbs?|cloves?|cans?|packages?|grams?|g|ml|"
    r"pinch(?:es)?|dash(?:es)?|slices?|large|medium|small|bunch(?:es)?|quarts?|pints?|\([^)]*\))*\.?\s+",
    re.IGNORECASE,
)

ASK_DURATION = (
    "how long should i {v} {o}?",
    "how long do i {v} it for?",
    "how many minutes do i {v} {o}",
    "for how long does {o} need to {v}?",
    "how much time does {o} take?",
    "when will {o} be ready?",
    "what is the {v} time?",
)
ASK_TEMPERATURE = (
    "what temperature should i {v} {o} at?",
    "how hot should it be?",
    "how high should the heat be to {v} {o}?",
    "what temp do i preheat the oven to?",
    "at what heat do i {v} {o}",
)
ASK_UNTIL = (
    "how do i know when {o} is done?",
    "how will i know that {o} is ready",
    "what should {o} look like?",
    "until when do i {v} {o}?",
)
ASK_TOOL = (
    "what should i {v} {o} in?",
    "what kind of pan do i need for {o}?",
    "which tool do i use to {v} {o}?",
    "what size dish?",
)
ASK_HOW = (
    "how do i {v} {o}?",
    "what do i do with {o}?",
    "should i {v} {o}?",
    "do i need to {v} {o} now?",
    "when do i {v} {o}?",
    "can you explain how to {v} {o}",
    "is it time to {v} {o}?",
    "at what point do i add {o}?",
)
ASK_NEXT = (
    "i have done {v} {o}, what is next?",
    "once {o} is ready, what should i do?",
    "what do i do after i {v} {o}?",
    "{o} is done. now what?",
    "the {o} looks good, what is the next step?",
)
ASK_LINE = (
    "how much {i} do i need?",
    "how many {i} should i use?",
    "what kind of {i} should i use?",
    "do i need {i}?",
    "does the recipe need {i}?",
    "should the {i} be fresh or dried?",
    "what amount of {i}",
    "is {i} in this?",
    "how should the {i} be chopped?",
    "what type of {i} do i buy?",
)
ASK_USE = ("what is the {i} for?", "when do i add the {i}?", "what do i do with the {i}?", "where do i use {i}")


def item_of(line: str) -> str:
    """Roughly the thing in an ingredient line: without amount, and up to the first comma."""
    return re.split(r"[,(]", _AMOUNT.sub("", line))[0].strip().lower()


def made_questions(recipe: Recipe, rng: random.Random) -> Iterator[Pair]:
    """(question, step or line) pairs made from patterns."""
    steps = [s for step in recipe.steps for s in sentences(step)]
    for number, step in enumerate(steps):
        match = _IMPERATIVE.search(step)
        if not match:
            continue
        words = {"v": match[1].lower(), "o": rng.choice(("the ", "")) + match[2]}
        asks: list[tuple[str, ...]] = [ASK_HOW]
        for pattern, ask in (
            (_DURATION, ASK_DURATION),
            (_TEMPERATURE, ASK_TEMPERATURE),
            (_UNTIL, ASK_UNTIL),
            (_TOOL, ASK_TOOL),
        ):
            if pattern.search(step):
                asks.append(ask)
        yield rng.choice(rng.choice(asks)).format(**words), step
        if number + 1 < len(steps):
            yield rng.choice(ASK_NEXT).format(**words), steps[number + 1]
    for ingredient in recipe.ingredients:
        item = item_of(ingredient.text)
        if item:
            yield rng.choice(ASK_LINE).format(i=item), ingredient.text
            used = [s for s in steps if item.split()[-1] in s.lower()]
            if used:
                yield rng.choice((item, rng.choice(ASK_USE).format(i=item))), rng.choice(used)


def recipe_pairs(recipe: Recipe, rng: random.Random, size: int = 6) -> list[Pair]:
    """A few pairs of one recipe: they stand in one batch, so that each is the other's hard negative."""
    made = list(made_questions(recipe, rng))
    pairs = rng.sample(made, min(size - 2, len(made)))
    steps = recipe.steps
    body = [(recipe.title, rng.choice(steps)), (recipe.title, " ".join(i.text for i in recipe.ingredients))]
    pairs.append(rng.choice(body))
    if len(steps) > 1:
        at = rng.randrange(len(steps) - 1)
        pairs.append((steps[at], steps[at + 1]))
    return pairs


def big_recipes(path: Path, limit: int = 0) -> Iterator[Recipe]:
    """Recipes of the large collection."""
    for number, line in enumerate(open_text(path)):
        if limit and number >= limit:
            return
        row = json.loads(line)
        recipe = recipe_from_lines(row["url"], row["title"], row["ingredients"], row["directions"])
        if recipe.steps and recipe.ingredients:
            yield recipe


def dialogue_groups(data: Path, without: frozenset[str]) -> list[list[Pair]]:
    """Pairs from Wizard of Tasks and CookDial, one group per dialogue; recipes in ``without`` are left out."""
    examples = wizard_of_tasks(data / "wizard_of_tasks_cooking.json", data / "wizard_of_tasks_recipes.jsonl")
    examples = [
        e for e in examples if e.dialogue.split == "train" and e.recipe is not None and e.recipe.url not in without
    ]
    examples += cookdial(data / "cookdial_dialogs.jsonl", data / "cookdial_recipes.jsonl")
    groups = []
    for example in examples:
        pairs = []
        for before, turn in zip([None, *example.dialogue.turns], example.dialogue.turns, strict=False):
            if turn.role != "wizard" or not 1 <= len(turn.shared) <= 2:
                continue
            item = turn.shared[-1]
            if len(content_words(turn.text)) > 2:
                pairs.append((turn.text, item))
            if before is not None and before.role == "cook" and len(content_words(before.text)) > 1:
                pairs.append((before.text, item))
        groups.append(pairs)
    return groups


def squad_groups(path: Path) -> list[list[Pair]]:
    """(question, the sentence with the answer), one group per paragraph."""
    groups = []
    for article in json.loads("".join(open_text(path)))["data"]:
        for paragraph in article["paragraphs"]:
            pairs = []
            for qa in paragraph["qas"]:
                answer = qa["answers"][0]["text"]
                holding = [s for s in sentences(paragraph["context"]) if answer in s]
                if holding:
                    pairs.append((qa["question"], holding[0]))
            groups.append(pairs)
    return groups


def knowledge_groups(entries: Iterable[KnowledgeEntry]) -> list[list[Pair]]:
    """(question, article) and (question, another question), one group per entry."""
    groups = []
    for entry in entries:
        pairs = [(q, f"{entry.title}. {entry.text}") for q in entry.questions]
        pairs += [(a, b) for a, b in zip(entry.questions, entry.questions[1:], strict=False)]
        groups.append(pairs)
    return groups
