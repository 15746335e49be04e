"""Amounts: how much of something, and scaling. Arithmetic only; ``retrieval.quantity`` does it."""

import re
from dataclasses import replace
from fractions import Fraction

from bot.actions.base import NEXT, Decision, Scene, listed, no_recipe
from bot.actions.counting import in_pieces
from bot.actions.navigation import goto
from bot.actions.placed import any_amount, at_place, in_unit, is_there
from bot.actions.recogniser import Wish
from bot.allergens import singular
from bot.messages import Button
from bot.page.places import mentions
from bot.page.portions import head, named, portions
from bot.page.question import Question, read
from bot.page.stems import stems
from bot.words import near
from retrieval.convert import convert, kitchen_number
from retrieval.lexicon import food_lexicon
from retrieval.quantity import find_amounts
from retrieval.recipe import Ingredient, Recipe, RecipeError
from retrieval.sentences import split
from retrieval.units import plural

MOST_SERVINGS = 500


def how_much(scene: Scene) -> Decision | None:
    """How much of an ingredient: what the step at hand takes of it, where it takes a part, and the lines of the list;
    of a place or a share of it what a step says. None (for the student) if neither the list nor a step knows.
    """
    recipe, item, asked = scene.recipe, scene.wish.args["item"], read(scene.message.text)
    if recipe is None:
        there = stems(item)
        here = there and not asked.about - there and (asked.at_hand or _IN.search(asked.text))
        return no_recipe("ask_question_ingredients_tools") if here else None
    lines, others = _meant(recipe, item)
    told = _told(scene, recipe, lines, item, asked)
    also = [said for other in others if (said := _not_listed(recipe, scene.session.step, other))] if told else []
    return replace(told, text=" ".join((told.text, *also))) if told is not None and also else told


def _told(scene: Scene, recipe: Recipe, lines: list[Ingredient], item: str, asked: Question) -> Decision | None:
    step = scene.session.step
    if "place" in scene.wish.args or "portion" in scene.wish.args:
        told = at_place(recipe, step, lines, item, scene.wish.args)
        return _said(told, ()) if told else _in_all(scene, lines)
    if "unit" in scene.wish.args and (told := _in_unit(scene, lines)):
        return _said(told, tuple(line.text for line in lines))
    if not lines:
        return None
    if all(line.quantity is None for line in lines) and (told := any_amount(recipe, step, lines, item)):
        return _said(told, ())  # "oil for frying" says nothing, "pour in 2 inches of oil" does
    shared = tuple(line.text for line in lines)
    if (counted := in_pieces(scene, lines)) is not None:
        return counted
    text = f"{listed(shared)}."
    if step and not _IN_ALL.search(asked.text):
        text, shared = _for_step(scene, lines, asked.at_hand) or (text, shared)
    return _said(text, shared)


def _meant(recipe: Recipe, item: str) -> tuple[list[Ingredient], list[str]]:
    """The lines that a cook's words mean, and, of several things ("saffron and milk"), those that no line is of."""

    def found(words: str) -> list[Ingredient]:
        return matching(recipe.ingredients, words) or matching(recipe.ingredients, _mended(recipe, words))

    if lines := found(item):
        return lines, []
    parts = [part for part in re.split(r"(?: and| or|,)+ (?:the )?", item) if part]
    lines = list(dict.fromkeys(line for part in parts for line in found(part)))
    return lines, [part for part in parts if not found(part)] if lines else []


def _not_listed(recipe: Recipe, step: int, item: str) -> str:
    """What is said of something, asked about beside others, that no line is of: what a step says, or that it is not in
    the list; "" where it is no food.
    """
    if told := any_amount(recipe, step, (), item):
        return told
    known = singular(item.split()[-1]) in food_lexicon() or singular(item) in food_lexicon()
    named_there = any(all(mentions(stem, text) for stem in stems(item)) for text in recipe.steps)
    return f"I find no {item} in the list." if known and not named_there else ""


def _said(text: str, shared: tuple[str, ...]) -> Decision:
    # The lines verbatim, so no card repeats them.
    return Decision(text, "answer_question_recipe_steps", "ask_question_ingredients_tools", shared)


def _in_all(scene: Scene, lines: list[Ingredient]) -> Decision | None:
    """What the list has of it, where no step says how much goes to the place that was asked about."""
    recipe, wish = scene.recipe, scene.wish.args
    if not lines or recipe is None:
        return None
    there = [sentence for text in recipe.steps for sentence in split(text) if is_there(sentence, wish)]
    lines = [line for line in lines if any(named(line, recipe, text) for text in there)] or lines
    whole = tuple(line.text for line in lines)
    lead = _NOT_SAID.get(scene.wish.args.get("portion", ""), "")
    return _said(f"{lead}In all: {listed(whole)}.", whole)


_NOT_SAID = {
    "left": "The recipe does not say that any is left. ",
    "back": "The recipe does not say to keep any back. ",
    "each": "The recipe does not say how much in each. ",
}


def _in_unit(scene: Scene, lines: list[Ingredient]) -> str:
    """How many cups of it: as a step says, else the list's amount turned into cups."""
    recipe, unit = scene.recipe, scene.wish.args["unit"]
    assert recipe is not None
    if any(amount.unit == unit for line in lines for amount in find_amounts(line.text)):
        return ""  # the line says so
    if told := in_unit(recipe, scene.session.step, scene.wish.args["item"], unit):
        return told
    turned = []
    for line in lines:
        try:
            amount = convert(line.quantity, line.unit, unit, line.item) if line.quantity and line.unit else None
        except RecipeError:
            amount = None
        if amount is not None:
            figure = kitchen_number(amount) if unit not in ("gram", "milliliter") else str(round(amount))
            turned.append(f"{line.text}: about {figure} {plural(unit) if amount > 1 else unit}")
    return f"{'; '.join(turned)}." if turned else ""


_IN = re.compile(r"\b(?:goes?|put|add)\b|\bdo (?:i|we) (?:need|use)$|\bis (?:in|needed)\b")
_IN_ALL = re.compile(r"\b(?:in (?:all|total)|total|altogether|overall|whole recipe)\b")


def _for_step(scene: Scene, lines: list[Ingredient], at_hand: bool) -> tuple[str, tuple[str, ...]] | None:
    """(what the step at hand takes of some lines, these lines); None where it says nothing of its own about them."""
    recipe, step = scene.recipe, scene.session.step
    assert recipe is not None
    here = [line for line in lines if named(line, recipe, recipe.steps[step - 1])]
    said, taken = _taken(here, recipe, step)
    if said:
        whole = tuple(line.text for line in taken)
        return f"In this step {said}. In all: {listed(whole)}.", whole
    if here:
        lines = here
    elif at_hand and (told := _elsewhere(lines, recipe, step)):
        whole = tuple(line.text for line in lines)
        return f"{told} In all: {listed(whole)}.", whole
    whole = tuple(line.text for line in lines)
    return f"{listed(whole)}.", whole


def _taken(lines: list[Ingredient], recipe: Recipe, step: int) -> tuple[str, list[Ingredient]]:
    """What a step takes of some lines in its own words and worked out, and of which; "" where it says no amount."""
    parts = [(line, part) for line in lines for part in portions(line, recipe, step)]
    said = [f"{part.text}, that is {part.worked_out}," if part.worked_out else part.text for _, part in parts]
    return listed(said).rstrip(","), list(dict.fromkeys(line for line, _ in parts))


def _elsewhere(lines: list[Ingredient], recipe: Recipe, step: int) -> str:
    """Where the other steps take some lines, and how much each: what is past says what is left for what comes."""
    used = [n for n, text in enumerate(recipe.steps, 1) if any(named(line, recipe, text) for line in lines)]
    if not used:
        return ""
    told = [(n, _taken(lines, recipe, n)[0]) for n in used]
    if len(told) == 1 and not told[0][1]:
        return f"Not in this step, but in step {used[0]}."
    said = [f"In step {n}: {part}." if part else f"In step {n}: it does not say how much." for n, part in told]
    return " ".join(["Not in this step.", *said])


_CALLED = (
    ("powdered sugar", "confectioners sugar", "icing sugar"),
    ("scallion", "green onion", "spring onion"),
    ("cornstarch", "corn starch", "cornflour"),
    ("superfine sugar", "caster sugar"),
    ("cilantro", "coriander leaf", "fresh coriander"),
    ("eggplant", "aubergine"),
    ("zucchini", "courgette"),
)


def matching(ingredients: tuple[Ingredient, ...], item: str) -> list[Ingredient]:
    """Ingredients that a cook's word means: all its words occur in the line, whole-word; items before preparations, and
    what is called so before what is only like it ("tomatoes" before "tomato paste").
    """
    ingredients = tuple(i for i in ingredients if not i.text.rstrip().endswith(":"))  # a heading is no ingredient
    words = [singular(w) for w in re.findall(r"[a-z]+", item.lower())]
    if not words:
        return []
    for names in _CALLED:  # one thing under several names
        found = [i for i in ingredients if any(name in i.text.lower().replace("'", "") for name in names)]
        if " ".join(words) in names and found:
            return found

    def has(text: str) -> bool:
        there = {singular(w) for w in re.findall(r"[a-z]+", _plainly(text) if len(words) == 1 else text.lower())}
        return all(word in there for word in words)

    by_item = [i for i in ingredients if has(i.item)]
    heads = [i for i in by_item if singular(head(i)) == words[-1]]
    if words == ["egg"]:  # whole ones, else all that is of eggs
        heads = [i for i in heads if not re.search(r"\b(?:white|yolk)s?\b", i.text)]
    asked = stems(item)
    # "Cheese" is the Gruyère of the list.
    return (
        heads
        or by_item
        or [i for i in ingredients if has(i.text)]
        or [i for i in ingredients if asked and all(mentions(stem, _plainly(i.item or i.text)) for stem in asked)]
    )


def _plainly(text: str) -> str:
    """A line without what only says how a thing was treated: "oil-cured olives" are no oil."""
    return re.sub(r"\b\w+-(?=(?:\w+ed|free|style)\b)", "", text.lower())


def _mended(recipe: Recipe, item: str) -> str:
    """The cook's words with a slip of one letter mended by the list's own ("molases"); "" where they are words of their
    own, a food's or the recipe's ("batter"), or it is not clear what is meant.
    """
    known = {w for i in recipe.ingredients for w in re.findall(r"[a-z]{4,}", (i.item or i.text).lower())}
    known |= {singular(w) for w in known}
    own = " ".join((recipe.title, recipe.description, *recipe.steps)).lower()
    words = []
    for word in re.findall(r"[a-z]+", item.lower()):
        close = {singular(w) for w in known if near(word, w)} if len(word) >= 4 else set()
        real = singular(word) in food_lexicon() or singular(word) in _MADE or re.search(rf"\b{word}\b", own)
        if word in known or singular(word) in known:
            words.append(word)
        elif not real and len(close) == 1:
            words.append(close.pop())
        else:
            return ""
    return " ".join(words)


_MADE = frozenset("batter dough sauce filling mixture crust topping glaze dressing broth".split())
_DOUBLES = re.compile(r"\bdoubl(?:e|ing)\b.{0,30}\b(?:recipe|batch|it|amounts?|quantit\w+|everything)\b", re.IGNORECASE)


def _doubling(recipe: Recipe) -> list[str]:
    """What the recipe's notes say of making twice as much."""
    notes = (*recipe.tips, *recipe.pitfalls, recipe.description)
    return [sentence for note in notes for sentence in split(note) if _DOUBLES.search(sentence)][:1]


def scale(scene: Scene) -> Decision:
    """Make it for six; double it; back to the recipe's own."""
    recipe, session = scene.original, scene.session
    if recipe is None:
        return no_recipe("misc")
    servings, factor = scene.wish.args.get("servings"), scene.wish.args.get("factor")
    if scene.wish.args.get("back") and not (session.servings or session.factor):
        scene.wish = Wish("goto", {"step": servings})
        return goto(scene)
    if servings == 0:
        session.servings, session.factor = 0, ""
    elif recipe.servings:
        base = session.servings or recipe.servings
        wanted = Fraction(servings) if servings else base * Fraction(factor or 1)
        if wanted.denominator != 1 or not 1 <= wanted <= MOST_SERVINGS:
            return Decision(
                f"We are making it for {base}; tell me a whole number of servings up to {MOST_SERVINGS}.",
                "ask_student_question",
                "misc",
            )
        session.servings = 0 if wanted == recipe.servings else int(wanted)
    elif factor:
        total = Fraction(session.factor or 1) * factor
        if not Fraction(1, 20) <= total <= 100:
            return Decision("That is further than I can scale a recipe.", "misc", "misc")
        session.factor = str(total)
    else:
        return Decision(
            'The recipe does not say how many it serves, so I can only multiply: say "double it" or "half".',
            "ask_student_question", "misc", buttons=(Button("Double", "double it"), Button("Half", "half")),
        )  # fmt: skip
    scene.refresh()
    assert scene.recipe is not None
    doubled = session.servings == 2 * (recipe.servings or 0) or session.factor == "2"
    size = f"for {scene.recipe.servings}" if recipe.servings else f"times {session.factor or 1}"
    note = ""
    if session.servings or session.factor:
        note = " Cooking times stay as written: look earlier for less, later for more."
        note += "".join(f" {tip}" for tip in _doubling(recipe)) if doubled else ""
    return Decision(
        f"Now {size}.{note}",
        intent="return_list_ingredients_tools",
        user_intent="misc",
        shared=tuple(i.text for i in scene.recipe.ingredients),
        title="Ingredients",
        buttons=(NEXT,),
    )
