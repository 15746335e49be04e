"""Whether a message that is no command moves the cook on, and whether one that sounds like "next" wants help."""

from bot.actions.base import Scene
from bot.actions.navigation import at_the_end
from bot.page import question, reading
from bot.page.remarks import goes_on, stuck
from bot.page.troubles import trouble

BARE = 4  # words of a command without a report


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
        return reading.act_in(scene.reading, asks, goes_on(text, at_hand)) == "next"
    return at_the_end(scene) and not (asks or question.went_wrong(text) or trouble(text, recipe))


def wants_help(scene: Scene) -> bool:
    """Whether "…, now what?" tells of something that the page or a note answers ("the blender is packed away"), or of
    something that went wrong, or is no "next" at all to the reader ("toothpick has crumbs on it, done?").
    """
    said = scene.reading
    found = reading.answer_in(said) if said is not None and said.sure >= reading.CERTAIN else None
    answered = found is not None and found.step != scene.session.step + 1  # what comes next is what "next" tells
    unlikely = said is not None and said.mass("next") < reading.UNLIKELY
    return answered or unlikely or stuck(scene.message.text)
