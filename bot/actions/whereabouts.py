"""In which steps a food goes in or comes out: for a cook who looks ahead, or fears to have missed it."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from collections.abc import Callable

from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene, listed, no_recipe
from bot.page.places import mentions
from bot.page.portions import food_spans, named
from bot.page.stems import stems
from retrieval.recipe import Ingredient, Recipe
from retrieval.sentences import split

_IN = re.compile(
    r"\b(?:add|pour|stir|press|fold|mix|toss|whisk|sprinkle|scatter|put|place|tip|drop|lay|combine|crumble|spoon|pile|"
    r"arrange|spread|dot|top|melt|slip|slide|scrape|dust|drizzle|crack|season|tuck|nestle|return|dissolve|layer|knead|"
    r"beat|work|rub|strew|submerge|bury|tumble|throw|squeeze|grate .{0,40}over|pop|set|lower|finish|garnish|serve)"
    r"(?:e?s|e?d|p?ing|ring|ting)?\b",
    re.IGNORECASE,
)
_OUT = re.compile(
    r"\b(?:remov|discard)\w*\b|\b(?:tak|lift|fish|pull|strain|scoop|pick|pluck|throw)\w* .{0,50}\b(?:out|away|off)\b|"
    r"\b(?:take|lift|fish|pull|strain|scoop|pick|throw)\w* (?:out|away|off)\b",
    re.IGNORECASE,
)
# "To the onions", "like mashed potatoes": it is there, or is only spoken of.
_NO_OBJECT = re.compile(
    r"\b(?:(?:to|into|over|onto|above|below|beside|in|around|among|between|under|on|for|from|after|once|when|until|while) (?:the |each |all )?|"
    r"(?:like|as)(?: [\w'-]+){0,2} )(?:[\w'-]+ )?$",
    re.IGNORECASE,
)
_THEN = re.compile(r"(?: [\w'-]+){0,3}?,? (?:and|then|and then) (?P<verb>\w+) (?:it|them)\b")
_CLAUSE = re.compile(r"[;:.]|,? then ")
_STRAINS = re.compile(r"\bstrain\w*\b|\bthrough a (?:fine |coarse )?(?:sieve|strainer|colander)\b", re.IGNORECASE)
_Test = Callable[[str], bool]


def when_in(scene: Scene) -> Decision | None:
    """When do I add the cream? Did I miss the salt? When do the leaves come out? None (for the student) where the recipe
    does not know the word.
    """
    recipe, step = scene.recipe, scene.session.step
    if recipe is None:
        return no_recipe("ask_question_recipe_steps")
    item, past = scene.wish.args["item"], scene.wish.args["past"]
    lines, asked = matching(recipe.ingredients, item), stems(item)

    speaks = _speaker(recipe, lines, item)
    if scene.wish.args.get("out"):
        return _out(recipe, step, lines, speaks)
    steps = [n for n, text in enumerate(recipe.steps, 1) if speaks(text)]
    closer = [n for n in steps if all(mentions(word, recipe.steps[n - 1]) for word in asked)]
    steps = closer or steps  # the lemon's juice, not its zest
    if not steps:
        return _nowhere(recipe, lines, item, past)

    def goes_in(sentence: str) -> bool:
        return speaks(sentence) and _adds(sentence, recipe, lines, item)

    into = [n for n in steps if any(goes_in(sentence) for sentence in split(recipe.steps[n - 1]))]
    steps = into or steps
    before, after = [n for n in steps if n <= step], [n for n in steps if n > step]
    if past and not before:
        text = f"Not yet: it comes in step {after[0]}."
    elif past:
        text = f"It was in {_steps(before)}" + (f", and comes again in {_steps(after)}." if after else ".")
    else:
        text = f"In {_steps(steps)}."
    chosen = recipe.steps[(before[-1] if past and before else steps[0]) - 1]
    quoted = [s for s in split(chosen) if (goes_in(s) if into else speaks(s))]
    return _said(f"{text} {' '.join(quoted)}".rstrip(), (chosen,))


def _adds(sentence: str, recipe: Recipe, lines: list[Ingredient], item: str) -> bool:
    """Whether a sentence puts the food somewhere: a verb of putting stands before it in its clause, and it is what is
    put, not where.
    """
    for start, end in food_spans(sentence, recipe, lines, item):
        before = _CLAUSE.split(sentence[:start])[-1]
        put = _IN.search(before) and not _NO_OBJECT.search(sentence[:start])
        then = _THEN.match(sentence[end:])  # "drain the rice and spread it over the meat"
        if put or (then and _IN.fullmatch(then["verb"])):
            return True
    return False


def _speaker(recipe: Recipe, lines: list[Ingredient], item: str) -> _Test:
    """The test of whether a text speaks of a food: of an ingredient by its name, else by another of its words ("the pita
    pieces" for pita breads); of what is made on the way by the cook's words.
    """
    asked = stems(item)
    words = {word for line in lines for word in stems(line.item or line.text)}
    if not lines:
        return lambda text: bool(asked) and all(mentions(word, text) for word in asked)
    if any(named(line, recipe, text) for line in lines for text in recipe.steps):
        return lambda text: any(named(line, recipe, text) for line in lines)
    return lambda text: bool(words & stems(text))


def _out(recipe: Recipe, step: int, lines: list[Ingredient], speaks: _Test) -> Decision | None:
    """The steps that take a food out again, those to come first."""
    found = [
        (n, sentence)
        for n, text in enumerate(recipe.steps, 1)
        for sentence in split(text)
        if _OUT.search(sentence) and speaks(sentence)
    ]
    later = [pair for pair in found if pair[0] >= step] or found
    if not later and lines:  # what is strained leaves its leaves behind
        later = [(n, s) for n, text in enumerate(recipe.steps, 1) for s in split(text) if _STRAINS.search(s)]
        if not later:
            return _said("No step says to take it out.", ())
    if not later:
        return None
    number, sentence = later[0]
    return _said(f"In step {number}. {sentence}", (recipe.steps[number - 1],))


def _nowhere(recipe: Recipe, lines: list[Ingredient], item: str, past: bool) -> Decision | None:
    """What to say of a food that no step names: the list or a note may."""
    if lines:
        return _said(f"No step names it. The list has {listed([line.text for line in lines])}.", ())
    asked = stems(item)
    for text in (recipe.description, *recipe.tips, *recipe.pitfalls):
        for sentence in split(text):
            if asked and all(mentions(word, sentence) for word in asked):
                return _said(f"No step names {item}, but a note says: {sentence}", ())
    return _said(f"I find no {item} in this recipe.", ()) if past else None


def _steps(numbers: list[int]) -> str:
    return f"step{'s' if len(numbers) > 1 else ''} {listed([str(n) for n in numbers])}"


def _said(text: str, shared: tuple[str, ...]) -> Decision:
    return Decision(text, "answer_question_recipe_steps", "ask_question_recipe_steps", shared)
