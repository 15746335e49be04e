"""Recipes and articles cut into the pieces that are searched: child chunks of parent documents.

A piece is searched by ``search`` and shown as ``text``, verbatim. Several pieces may show the same passage: every
sentence and every question of a knowledge entry leads to the entry.
"""

from dataclasses import dataclass

from retrieval.passage import Passage, PassageKind
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.text import sentences


@dataclass(frozen=True, slots=True)
class Piece:
    """A child chunk.

    Attributes:
        id: Id of the passage that it leads to.
        kind: Kind of that passage.
        text: What is shown, verbatim.
        search: What is searched.
        number: Position among its kind, from 1 (the step's number); 0 where there is only one.
    """

    id: str
    kind: PassageKind
    text: str
    search: str
    number: int = 0

    def passage(self, parent: str, title: str, score: float = 0.0) -> Passage:
        """The passage that this piece leads to."""
        return Passage(self.id, self.kind, self.text, score, parent, title)


def recipe_pieces(recipe: Recipe) -> list[Piece]:
    """All pieces of a recipe, in an order that depends on the recipe only: overview, list, lines, steps, the rest.

    The overview (kind ``recipe``, id = url) stands for the whole recipe: it is how a recipe is found, not how a
    question is answered.
    """
    url = recipe.url
    lines = [i.text for i in recipe.ingredients]
    overview = " ".join((recipe.title, recipe.description, recipe.cuisine, recipe.course, *recipe.tags))
    shown = f"{recipe.title}. {recipe.description}" if recipe.description else recipe.title
    pieces = [Piece(url, "recipe", shown, overview)]
    if lines:
        pieces.append(Piece(f"{url}#ingredients", "ingredients", "\n".join(lines), " ".join(lines)))
    pieces += [Piece(f"{url}#ingredient-{n}", "ingredient", t, t, n) for n, t in enumerate(lines, 1)]
    pieces += [Piece(f"{url}#step-{n}", "step", t, t, n) for n, t in enumerate(recipe.steps, 1)]
    if recipe.description:
        pieces.append(Piece(f"{url}#description", "description", recipe.description, recipe.description))
    notes = [("tip", t) for t in recipe.tips] + [("pitfall", t) for t in recipe.pitfalls]
    pieces += [Piece(f"{url}#{name}-{n}", "note", t, t, n) for n, (name, t) in enumerate(notes, 1)]
    if recipe.storage:
        pieces.append(
            Piece(
                f"{url}#storage",
                "note",
                recipe.storage,
                f"storage store keep leftovers fridge freeze: {recipe.storage}",
            )
        )
    told = facts(recipe)
    if told:
        pieces.append(Piece(f"{url}#facts", "note", told, f"servings yield people, total time: {told}"))
    if recipe.tools:
        tools = f"Tools: {', '.join(recipe.tools)}."
        pieces.append(Piece(f"{url}#tools", "note", tools, f"tools equipment kitchen utensils: {tools}"))
    return pieces


def facts(recipe: Recipe) -> str:
    """Servings, yield and times in sentences, or ""."""
    parts = []
    if recipe.servings:
        parts.append(f"Serves {recipe.servings}.")
    if recipe.recipe_yield:
        parts.append(f"Makes {recipe.recipe_yield}.")
    for name, seconds in (("Preparation", recipe.prep_s), ("Cooking", recipe.cook_s), ("In all", recipe.total_s)):
        if seconds:
            parts.append(f"{name}: {_duration(seconds)}.")
    return " ".join(parts)


def _duration(seconds: int) -> str:
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    words = [f"{n} {unit}{'s' if n > 1 else ''}" for n, unit in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(words)


def knowledge_pieces(entry: KnowledgeEntry) -> list[Piece]:
    """Pieces of a knowledge entry: its heading, each sentence, each question; all lead to the whole entry."""
    ident = f"knowledge:{entry.id}"
    head = f"{entry.title}. {' '.join(entry.about)}"
    searches = [f"{head} {entry.text}", *sentences(entry.text), *(f"{q} {entry.title}" for q in entry.questions)]
    return [Piece(ident, "knowledge", entry.text, s) for s in searches]
