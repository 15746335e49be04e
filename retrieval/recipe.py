"""The recipe, as everything else in Souschef knows it.

A recipe is frozen: sessions, prompts and logs refer to its items by position and quote them verbatim.
``ingredients[i].text``
and ``steps[i]`` are the exact lines that a cook is shown; parsed fields are derived from them and never replace them.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from fractions import Fraction


class RecipeError(Exception):
    """A recipe, an amount or a file cannot be used. The message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One line of the ingredient list.

    Attributes:
        text: The line, verbatim.
        quantity: Amount, or the lower end of a range; None if the line has none ("salt, to taste").
        quantity_max: Upper end of a range ("2 to 3 cloves"), else None.
        unit: Canonical unit ("cup", "tablespoon", "gram", …) or "" for counted things and lines without amount.
        item: What it is, without amount, unit and preparation ("all-purpose flour").
        preparation: What follows the item ("finely chopped").
        group: Heading the line stands under ("For the sauce"), or "".
        optional: Whether the line says that it can be left out.
    """

    text: str
    quantity: Fraction | None = None
    quantity_max: Fraction | None = None
    unit: str = ""
    item: str = ""
    preparation: str = ""
    group: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe.

    Attributes:
        url: Stable id: the page's address, or ``cookbook:<slug>`` for the bundled cookbook.
        title: Name of the dish.
        ingredients: The ingredient list, in order.
        steps: What to do, in order, one action group each.
        description: A sentence or two about the dish.
        servings: Number of people, or None if not known.
        recipe_yield: Yield in words where it is not people ("12 pancakes").
        prep_s, cook_s, total_s: Durations in seconds, or None if not known.
        tools, tags, diet, allergens: Lower-case words; diet and allergens use the vocabularies of the cookbook.
        cuisine, course, difficulty: One word each, or "".
        tips, pitfalls: Notes of a sentence or two each.
        storage: How to keep leftovers.
        source: Where it comes from, in words (a site, a book, a file name).
    """

    url: str
    title: str
    ingredients: tuple[Ingredient, ...]
    steps: tuple[str, ...]
    description: str = ""
    servings: int | None = None
    recipe_yield: str = ""
    prep_s: int | None = None
    cook_s: int | None = None
    total_s: int | None = None
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    diet: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    cuisine: str = ""
    course: str = ""
    difficulty: str = ""
    tips: tuple[str, ...] = ()
    pitfalls: tuple[str, ...] = ()
    storage: str = ""
    source: str = ""

    @property
    def slug(self) -> str:
        """The title as a file name: ``"Crème brûlée"`` → ``"creme-brulee"``."""
        return slugify(self.title)

    @property
    def items(self) -> tuple[str, ...]:
        """Everything that a wizard may share verbatim: ingredient lines, then steps."""
        return tuple(i.text for i in self.ingredients) + self.steps

    def scaled_servings(self, servings: int) -> Fraction:
        """Factor from the recipe's own servings to ``servings`` (1 if the recipe does not say)."""
        return Fraction(servings, self.servings) if self.servings else Fraction(1)

    def with_url(self, url: str) -> "Recipe":
        return replace(self, url=url)


@dataclass(frozen=True, slots=True)
class Substitution:
    """What can stand in for an ingredient, how much of it, and what changes. ``avoid`` marks what does not work."""

    original: str
    use: str
    ratio: str = ""
    effect: str = ""
    one_way: bool = True
    avoid: bool = False


@dataclass(frozen=True, slots=True)
class KnowledgeEntry:
    """One short article that answers one question.

    Attributes:
        id: Unique kebab-case id.
        kind: substitution, technique, term, tool, ingredient, doneness, storage, safety, conversion, scaling, timing,
            troubleshooting or drink.
        title: Its heading.
        text: One paragraph.
        questions: How cooks ask for it.
        about: The foods, tools and terms it is about, lower case.
        source: Public body and document that backs its figures, or "".
        substitute: For substitutions, the parsed rule.
    """

    id: str
    kind: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    about: tuple[str, ...] = field(default_factory=tuple)
    source: str = ""
    substitute: Substitution | None = None


def slugify(text: str) -> str:
    """Lower-case ASCII words joined by hyphens; "recipe" if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "recipe"
