"""What the recipe's card says of the whole dish: how long, for how many, how hard, how to keep it."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot.actions.amounts import how_much
from bot.actions.base import Decision, Scene, listed, no_recipe
from bot.page.holding import holds
from bot.words import spell_duration
from model.facts import stem
from retrieval.recipe import Recipe
from retrieval.sentences import split

_HOT = re.compile(
    r"\b(?:chil[ie]s?|chill?ies|chilli(?:es)?|cayenne|jalape[nñ]os?|serranos?|habaneros?|chipotles?|scotch bonnets?|harissa|"
    r"gochu\w+|sriracha|sambal|hot sauce|tabasco|red pepper flakes|aleppo|piri[- ]piri|horseradish|wasabi)\b",
    re.IGNORECASE,
)  # fmt: skip
_NOT_HOT = re.compile(r"\b(?:sweet chil[li]\w*|ancho|mild)\b", re.IGNORECASE)
_NOT_SAID = "The recipe does not say how many it makes."


def total_time(scene: Scene) -> Decision | None:
    """How long the whole takes, where the recipe says so."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_recipe_steps")
    if not recipe.total_s:
        return None
    parts = [
        f"{spell_duration(s)} {name}"
        for s, name in ((recipe.prep_s, "of preparation"), (recipe.cook_s, "of cooking"))
        if s
    ]
    waits = (recipe.prep_s or 0) + (recipe.cook_s or 0) < recipe.total_s
    detail = f": {' and '.join(parts)}{'; the rest is waiting' if waits else ''}" if len(parts) == 2 else ""
    return _told(f"{recipe.title} takes {spell_duration(recipe.total_s)} in all{detail}.")


def takes(scene: Scene) -> Decision | None:
    """How long "it" takes: the whole recipe where none of its steps is at hand, or one that names no end. None (for the
    student) where the step says it.
    """
    recipe, step = scene.recipe, scene.session.step
    if recipe is None or (step and any(holds(kind, recipe.steps[step - 1]) for kind in ("time", "until"))):
        return None
    return total_time(scene)


def servings(scene: Scene) -> Decision:
    """How many it serves."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    if recipe.servings:
        return _told(
            f'{recipe.title} serves {recipe.servings} as we are making it. Say "make it for 6" to change that.'
        )
    return _told(f"{recipe.title} makes {recipe.recipe_yield}." if recipe.recipe_yield else _NOT_SAID)


def makes(scene: Scene) -> Decision | None:
    """How many pieces, or how much, it makes. What is counted may be an ingredient ("how many eggs are there?"), or stand
    in a step ("a 12-cup muffin tin", "eight balls").
    """
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    asked = {stem(word) for word in re.findall(r"[^\W\d_]+", scene.wish.args.get("item", ""))}
    made = f"{recipe.recipe_yield} {recipe.title}"
    if asked and not asked & {stem(word.lower()) for word in re.findall(r"[^\W\d_]+", made)}:
        return how_much(scene)
    if recipe.recipe_yield:
        people = f", for {recipe.servings}" if recipe.servings else ""
        return _told(f"{recipe.title} makes {recipe.recipe_yield}{people}.")
    counted = next((s for text in recipe.steps for s in split(text) if _PIECES.search(s)), "")
    # Counts in the steps are the recipe's own, whatever the cook scaled to.
    scaled = scene.session.servings or scene.session.factor
    return _told(counted) if asked and counted and not scaled else servings(scene)


_PIECES = re.compile(
    r"\b(?:\d+|two|three|four|six|eight|ten|twelve|sixteen)[- ](?:cups? (?:muffin|tin|pan)|muffin|pieces|balls|portions|equal|rounds|patties)\b",
    re.IGNORECASE,
)


def enough(scene: Scene) -> Decision:
    """Whether it is enough for so many."""
    recipe, people = scene.recipe, scene.wish.args["people"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    if not recipe.servings:
        return servings(scene)
    if recipe.servings >= people:
        return _told(f"Yes: {recipe.title} serves {recipe.servings} as we are making it.")
    return _told(
        f'No: {recipe.title} serves {recipe.servings} as we are making it. Say "make it for {people}" to change that.'
    )


def difficulty(scene: Scene) -> Decision | None:
    """How hard it is, where the recipe says so."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_recipe_steps")
    return _told(f"{recipe.title} is rated {recipe.difficulty}.") if recipe.difficulty else None


def spicy(scene: Scene) -> Decision:
    """How spicy it is: its tags, and the hot things in its list."""
    recipe = scene.recipe
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    tag = next((tag for tag in ("spicy", "mild") if tag in recipe.tags), "")
    lead = f"{recipe.title} is marked {tag}. " if tag else ""
    lines = tuple(i.text for i in recipe.ingredients if _HOT.search(i.text) and not _NOT_HOT.search(i.text))
    if lines:
        return _told(f"{lead}What is hot in it: {listed(lines)}.", lines)
    return _told(f"{lead}Its ingredient list names nothing hot.")


def storage(scene: Scene) -> Decision | None:
    """How to keep it, where the recipe says so."""
    if scene.recipe is None or not scene.recipe.storage:
        return None
    return Decision(scene.recipe.storage, "answer_question_external_fact", "ask_question_recipe_steps")


def ready_at(scene: Scene) -> Decision | None:
    """When it is ready if the cook starts now, or at a time of the clock. What the clock says where the cook is, is not
    known: without a time it is said from now.
    """
    recipe = scene.recipe
    if recipe is None or not recipe.total_s:
        return _without_time(recipe)
    whole = spell_duration(recipe.total_s)
    at = scene.wish.args.get("at", "")
    if then := _clock(at, recipe.total_s):
        return _told(f"{then}: {recipe.title} takes {whole} in all.")
    since = f"after {at}" if at else "from now"
    return _told(f"{whole} {since}: {recipe.title} takes that long in all.")


def start_by(scene: Scene) -> Decision | None:
    """When to start in order to eat at some time."""
    recipe = scene.recipe
    if recipe is None or not recipe.total_s:
        return _without_time(recipe)
    whole, at = spell_duration(recipe.total_s), scene.wish.args.get("at", "")
    then = _clock(at, -recipe.total_s)
    when = f", {then[0].lower()}{then[1:]}" if then else ""
    return _told(f"Start {whole} before you want to eat{when}: {recipe.title} takes that long in all.")


def _without_time(recipe: Recipe | None) -> Decision | None:
    return no_recipe("ask_question_recipe_steps") if recipe is None else None


_CLOCK = re.compile(r"(?P<h>\d{1,2})(?:[:.](?P<m>\d{2}))? ?(?P<half>am|pm|a\.m\.|p\.m\.)?(?: ?o'?clock)?$")


def _clock(said: str, seconds: int) -> str:
    """A time of the clock so many seconds later: "At 6:30 pm"; "" where none was said, or its half of the day matters
    and was not.
    """
    match = _CLOCK.search(said)
    if match is None:
        return ""
    hour, minute, half = int(match["h"]), int(match["m"] or 0), (match["half"] or "").replace(".", "")
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return ""
    if half or hour > 12:
        start = (hour % 12 + (12 if half == "pm" else 0) if half else hour) * 60 + minute
        day, then = divmod(start + seconds // 60, 24 * 60)
        beside = {0: "", 1: " the next day", -1: " the day before"}.get(day)
        return "" if beside is None else f"At {_written(then, bool(half))}{beside}"
    if abs(seconds) >= 12 * 3600:
        return ""
    return f"At {_written((hour * 60 + minute + seconds // 60) % (12 * 60), False) or '12:00'}"


def _written(minutes: int, halves: bool) -> str:
    hour, minute = divmod(minutes, 60)
    if not halves:
        return f"{hour or 12}:{minute:02d}" if minutes < 12 * 60 else f"{hour}:{minute:02d}"
    return f"{hour % 12 or 12}:{minute:02d} {'pm' if hour >= 12 else 'am'}"


def _told(text: str, shared: tuple[str, ...] = ()) -> Decision:
    about_list = "ask_question_ingredients_tools" if shared else "ask_question_recipe_steps"
    return Decision(text, "answer_question_recipe_steps", about_list, shared)
