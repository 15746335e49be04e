"""Whether and where to a message moves the cook on, and whether one that sounds like "next" wants help.

A cook may be ahead: what they say is done tells where they are.
"""

from bot.actions.base import BACK, NEXT, Decision, Scene
from bot.actions.navigation import at_the_end, next_step, step_reply
from bot.messages import Button
from bot.page import question, reading
from bot.page.remarks import goes_on, stuck
from bot.page.troubles import trouble
from bot.words import bare, clauses, regular
from model.facts import foods, stem
from retrieval.recipe import Recipe

BARE = 4  # words of a command without a report
_EVERYWHERE = frozenset(map(stem, ("salt", "pepper", "water", "oil")))


def reports(text: str) -> bool:
    """Whether a message may say more than a bare command."""
    return len(text.split()) > BARE or len(clauses(bare(regular(text)))) > 1


def go_on(scene: Scene) -> Decision:
    """The next step: that after the one at hand, or where the cook is ahead of it, the one that they are at."""
    recipe, at, reached = scene.recipe, scene.session.step, ahead(scene)
    if recipe is None or not reached:
        return next_step(scene)
    count, asked = len(recipe.steps), question.asks_for_next(regular(scene.message.text))
    to = min(reached + asked, count)
    if to == at + 1:
        return next_step(scene)
    if asked or _implied(recipe, at, to):
        done = f"step {to - 1} is" if to == 2 else f"steps 1 to {to - 1} are"
        return step_reply(scene, to, f"Then {done} done. Step {to} of {count}.")
    return Decision(
        f'That is in step {reached} already. Say "next" for step {at + 1}, or "go to step {to}" to go on from there.',
        intent="ask_student_question",
        user_intent="request_next_step",
        buttons=(*((BACK,) if at > 1 else ()), NEXT, Button(f"Step {to}", f"go to step {to}")),
    )


def ahead(scene: Scene) -> int:
    """Number of a later step that the cook reports about ("the onions are golden", before that was told), or 0."""
    text, recipe = scene.message.text, scene.recipe
    reached = reading.later_in(scene.reading, scene.session.step)
    if recipe is None or not reached or stuck(text):
        return 0
    done = question.asks_for_next(regular(text)) or goes_on(text, recipe.steps[reached - 1])
    return reached if done else 0


def _implied(recipe: Recipe, at: int, to: int) -> bool:
    """Whether who is at a step must have done all between: each handles a food that a later one does."""
    handled = set(map(stem, foods(recipe.steps[to - 1]))) - _EVERYWHERE
    for text in reversed(recipe.steps[at : to - 1]):
        here = set(map(stem, foods(text))) - _EVERYWHERE
        if here and not here & handled:
            return False
        handled |= here
    return True


def moves(scene: Scene) -> bool:
    """Whether the reader takes a message for "done"; without a reader, after the last step, whether it asks nothing and
    tells of nothing that wants mending.
    """
    text, recipe, step = scene.message.text, scene.recipe, scene.session.step
    if recipe is None:
        return False
    asks = question.read(text).asks
    if scene.reading is not None:
        at_hand = recipe.steps[step - 1] if step else ""
        return ahead(scene) > 0 or reading.act_in(scene.reading, asks, goes_on(text, at_hand), step) == "next"
    return at_the_end(scene) and not (asks or question.went_wrong(text) or trouble(text, recipe))


def wants_help(scene: Scene) -> bool:
    """Whether "…, now what?" tells of something that the page or a note answers ("the blender is packed away"), or of
    something that went wrong, or is no "next" at all to the reader ("toothpick has crumbs on it, done?").
    """
    said = scene.reading
    found = reading.answer_in(said) if said is not None and said.sure >= reading.CERTAIN else None
    answered = found is not None and found.step <= scene.session.step  # what comes later is where the cook is
    unlikely = said is not None and said.mass("next") < reading.UNLIKELY and not ahead(scene)
    return answered or unlikely or stuck(scene.message.text)
