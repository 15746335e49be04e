"""Questions made from patterns, for training the reranker: about steps, lines and notes, and about knowledge."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from retrieval.asking import OFFERS, offers
from retrieval.passage import Query
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.text import sentences
from training.embedding_pairs import big_recipes, made_questions
from training.rerank_data import Question

_SHORT = {
    "time": ("how long?", "For how long?", "how many minutes?", "how long does that take", "how long do I do that?"),
    "degrees": ("how hot?", "what temperature?", "at what temp?", "which temperature was it?"),
    "until": ("until when?", "how do I know it's done?", "what should it look like?"),
    "tool": ("in what?", "what do I use for that?"),
    "amount": ("how much?", "how much of it?"),
}
_ONWARD = (
    "what's next?", "next", "and then?", "ok, now what?", "done, what now", "What should I do next?", "Done!",
    "what is the next step", "ok, what now?",
)  # fmt: skip
_NOTES = {
    "#facts": ("How many people does this serve?", "how long does the whole thing take?", "what is the total time",
               "how many servings is that", "How much does this make?", "how long will it take me to make this?"),
    "#tools": ("What tools do I need?", "which equipment do I need for this", "what pans and bowls do I need?"),
    "#storage": ("How do I store the leftovers?", "can I freeze this?", "how long does it keep?",
                 "does it keep in the fridge", "Can I make this ahead?", "what do I do with leftovers"),
    "#tip-1": ("any tips?", "Do you have a tip for this?"),
    "#pitfall-1": ("what can go wrong?", "what should I watch out for?"),
    "#description": ("what is this dish like?", "tell me about this recipe"),
}  # fmt: skip


def _short(step: str, number: int, rng: random.Random) -> tuple[str, int]:
    """A question that means nothing without the step just read: (question, step at hand)."""
    held = [name for name, has in zip(OFFERS, offers(step), strict=True) if has and name in _SHORT]
    if number > 1 and (not held or rng.random() < 0.5):
        return rng.choice(_ONWARD), number - 1
    return (rng.choice(_SHORT[rng.choice(held)]), number) if held else ("can you say that again?", number)


def about_recipe(recipe: Recipe, rng: random.Random, count: int, source: str) -> Iterator[Question]:
    """Questions about steps and lines, most about the step just read, some too short to be understood without it."""
    where = {s: n for n, step in enumerate(recipe.steps, 1) for s in sentences(step)}
    lines = {i.text: n for n, i in enumerate(recipe.ingredients, 1)}
    pairs = [pair for pair in made_questions(recipe, rng) if pair[1] in where or pair[1] in lines]
    for question, item in rng.sample(pairs, min(count, len(pairs))):
        place = rng.randint(1, len(recipe.steps))
        bare = False
        if item in where:
            target = where[item]
            place = target + rng.choices((0, -1, -2, 1, rng.randint(-8, 8)), (5, 3, 1, 1, 2))[0]
            answer = f"{recipe.url}#step-{target}"
            if rng.random() < 0.3:
                (question, place), bare = _short(item, target, rng), True
        else:
            answer = f"{recipe.url}#ingredient-{lines[item]}"
        place = min(max(1, place), len(recipe.steps))
        said = recipe.steps[place - 1].split()
        cut = max(4, int(len(said) * rng.uniform(0.4, 1)))
        given = place if rng.random() < 0.3 else None
        heard = rng.random() < 0.75 or (bare and given is None)
        history = (f"wizard: {' '.join(said[:cut])}",) if heard else ()
        yield Question(
            f"{source}-{recipe.url}",
            Query(question, history, recipe.url, given),
            recipe,
            frozenset({answer}),
            1.0,
            source,
        )


def made(path: Path, rng: random.Random, count: int) -> list[Question]:
    """Questions about recipes of the large collection, cut into sentences as the dialogues' recipes are."""
    questions: list[Question] = []
    for number, recipe in enumerate(big_recipes(path, count * 20)):
        if number % 20 == 0 and 3 <= len(recipe.items) <= 40:
            parts = tuple(s for step in recipe.steps for s in sentences(step))
            questions += about_recipe(replace(recipe, steps=parts, url=f"made:{number}"), rng, 2, "made")
    return questions


def cookbook(recipes: Iterable[Recipe], rng: random.Random) -> list[Question]:
    """Questions about the bundled cookbook, also about its notes: servings, tools, storage, what can go wrong."""
    questions: list[Question] = []
    for recipe in recipes:
        questions += about_recipe(recipe, rng, 4, "cookbook")
        held = {
            "#facts": bool(recipe.servings), "#tools": bool(recipe.tools), "#storage": bool(recipe.storage),
            "#tip-1": len(recipe.tips) == 1, "#pitfall-1": len(recipe.pitfalls) == 1,
            "#description": bool(recipe.description),
        }  # fmt: skip
        for name in rng.sample([n for n, has in held.items() if has], 2):
            history = (f"wizard: {rng.choice(recipe.steps)}",) if rng.random() < 0.4 else ()
            query = Query(rng.choice(_NOTES[name]), history, recipe.url)
            questions.append(Question(recipe.url, query, recipe, frozenset({recipe.url + name}), 1.0, "cookbook"))
    return questions


def about_knowledge(entries: Sequence[KnowledgeEntry], recipes: Sequence[Recipe], rng: random.Random) -> list[Question]:
    """One question of each knowledge entry, asked in the middle of some recipe."""
    questions = []
    for entry in entries:
        recipe = rng.choice(recipes)
        history = (f"wizard: {rng.choice(recipe.steps)}",) if rng.random() < 0.6 else ()
        if entry.questions:
            query = Query(rng.choice(entry.questions), history, recipe.url)
            questions.append(Question(entry.id, query, recipe, frozenset({f"knowledge:{entry.id}"}), 1.0, "knowledge"))
    return questions
