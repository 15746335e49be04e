"""Offers that stand while the cook already asks or moves: what is said is about the only one; of several, which one?"""

import re
from dataclasses import replace

from bot import allergens
from bot.actions.base import Decision, Scene, listed
from bot.actions.choosing import open_recipe, take, title_line, which_one
from bot.actions.correcting import corrected
from bot.actions.mending import mended
from bot.actions.named import THE_DIET, THE_ONES
from bot.actions.offered import answer_offer
from bot.actions.recogniser import Wish, recognise
from bot.actions.titles import by_title
from bot.actions.wish_talk import wish_in
from bot.evidence import asks
from bot.page import question
from bot.words import ORDINAL, bare, regular, spell_duration, unasked
from retrieval.recipe import Recipe

# What needs a recipe. The rest is done without: timers, conversions, diets, talk, and choosing itself.
_OF_A_RECIPE = frozenset(
    "next start back repeat goto where remaining all_steps ingredients step_ingredients tools total_time takes "
    "servings storage how_much scale is_diet adapt contains safe_for allergens when_in".split()
)
_CHOOSES = frozenset("choose suggest pick surprise more_options".split())
_PLACE = re.compile(
    r"(?:(?:i'll |i will |i'd rather |rather )?(?:take|make|have|cook|do|try|go (?:with|for)|i want) )?(?:"
    rf"(?:the )?(?:{ORDINAL}|last|other)(?: (?:one|recipe|dish|option))?|"
    r"the one (?:with|that has|using) .{2,30}|(?:number|option) (?:\d|one|two|three))"
)
_OF_ONE = re.compile(r"\b(?:ingredients?|steps?|the recipe)\b")
_HOW_LONG = re.compile(r"how (?:long|much time) (?:do|does|will|would|is|are) (?:they|each|these|those|all|every)\b.*")


def read(scene: Scene) -> None:
    """Take what the cook means for what was said: without a correction around it and, of a wish, without slips."""
    meant = corrected(scene.message.text)
    if meant:
        scene.message, scene.corrected = replace(scene.message, text=meant), True
    if scene.recipe is None:
        scene.message = replace(scene.message, text=mended(scene.message.text, scene.pantry))


def answer(scene: Scene) -> tuple[Decision, str] | None:
    """What the message is to an offer that stands, or stood until the recipe at hand was taken from it; None where it
    is nothing to one. A title names a recipe whether it is offered or not.
    """
    if (named := by_title(scene)) is not None:
        return named, "choose"
    before = scene.session.pending
    recall(scene)
    told = answer_offer(scene)
    if told is None and not scene.corrected:
        scene.session.pending = before
    return told


def recall(scene: Scene) -> None:
    """Let the offer stand again that the recipe at hand was taken from, where the cook takes back that choice before
    cooking has begun; a correction lets go of that recipe.
    """
    session, text = scene.session, _asked(scene)
    if not session.recipe or (session.pending is not None and session.pending.kind == "choose"):
        return
    wish = recognise(scene.message.text)
    chooses = wish is None or wish.name in _CHOOSES
    if _refers(scene, text, wish) and session.offered is not None:
        session.pending, session.offered.meant = session.offered, session.recipe
    elif scene.corrected and chooses and not session.step and not asks(scene.message.text):
        offered = session.offered  # "no, I meant: how long?" and "no, I meant metric" would keep the recipe
        session.leave()
        session.pending = offered
        scene.refresh()


def _refers(scene: Scene, text: str, wish: Wish | None) -> bool:
    """Whether a text takes another of the offers, or asks for others; once cooking has begun only "the vegan one"."""
    if THE_DIET.fullmatch(text):
        return True
    return not scene.session.step and (
        any(reference.fullmatch(text) for reference in (_PLACE, THE_ONES))
        or (wish is not None and wish.name == "more_options")
    )


def take_up(scene: Scene) -> Decision | None:
    """Open the only recipe that is offered, or the one spoken of last, where the message asks about it; says something
    only where the cook must know something first.
    """
    pending = scene.session.pending
    if pending is None or pending.kind != "choose" or scene.session.step or not _about_recipe(scene):
        return None  # who is cooking asks about what is on the stove
    url = pending.meant or (pending.options[0] if len(pending.options) == 1 else "")
    recipe = scene.pantry.recipe(url) if url else None
    if recipe is None:
        return None
    if allergens.clashes(recipe, scene.session.allergies, scene.session.diet):
        return open_recipe(scene, recipe)
    take(scene, recipe)
    return None


def ask_which(scene: Scene) -> Decision | None:
    """What is asked of several offers at once: how long each takes, or else, which one is meant."""
    pending = scene.session.pending
    if pending is None or pending.kind != "choose" or scene.recipe is not None or not _about_recipe(scene):
        return None
    offered = [r for url in pending.options if (r := scene.pantry.recipe(url)) is not None]
    wish = recognise(scene.message.text)
    if (wish is not None and wish.name in ("total_time", "takes")) or _HOW_LONG.fullmatch(_asked(scene)):
        return which_one(f"{_times(offered)} Which one?", len(offered))
    if wish is None and not (question.points(scene.message.text) or _OF_ONE.search(_asked(scene))):
        return None
    lines = [f"{n}. {title_line(r)}" for n, r in enumerate(offered, 1)]
    return which_one("\n".join(["Which one? Say its number.", *lines]), len(offered))


def _asked(scene: Scene) -> str:
    return unasked(bare(regular(scene.message.text)))


def _about_recipe(scene: Scene) -> bool:
    """Whether a message needs a recipe to be about: a command of cooking, or a question that wishes for none."""
    text = scene.message.text
    wish = recognise(text)
    if wish is not None:
        return wish.name in _OF_A_RECIPE or (wish.name == "substitute" and asks(text))
    return asks(text) and wish_in(text) is None


def _times(offered: list[Recipe]) -> str:
    times = [f"{r.title} {spell_duration(r.total_s)}" if r.total_s else f"{r.title} does not say" for r in offered]
    return f"{listed(times)}."
