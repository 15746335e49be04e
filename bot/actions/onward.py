"""Whether a message moves the cook on, and where to, and whether one that sounds like "next" wants help.

A cook may be ahead of the assistant: what they say is done tells where they are.
"""

import re

from bot.actions.base import BACK, NEXT, Decision, Scene
from bot.actions.commands import COMMANDS
from bot.actions.navigation import at_the_end, finished, next_step, step_reply
from bot.messages import Button
from bot.page import question, reading
from bot.page.elapsed import time_is_up
from bot.page.remarks import stuck
from bot.page.troubles import trouble
from bot.page.undone import undone
from bot.words import bare, regular
from model.facts import foods, stem
from retrieval.recipe import Recipe

BARE = 4  # words of a command without a report
TAIL = 7  # words of a command at the end of a report
_NEXT = COMMANDS["next"]
_TELLS = re.compile(r"what|now|next|and|so|then")  # a command may begin with these where no comma stands before
_INTENDS = re.compile(r"\b(?:will|\w+'ll|going to|gonna|about to|later|let me|want to|before i|if i)\b")
# Said of what was done for later, which is not where the cook is.
_BEFOREHAND = re.compile(
    r"\b(?:already|ahead|beforehand|meanwhile|while|earlier|in advance|yesterday|last night|chopped|grated|peeled|"
    r"washed|sliced|diced|measured|minced|cut|rinsed|prepped|juiced|weighed)\b"
)
_TAKES_TIME = re.compile(
    r"\d\s*(?:°|degrees?\b)|\d(?:\s*(?:to|or|-|–)\s*\d+)?[\s-]*(?:minutes?|mins?|hours?|hrs?)\b|"
    r"\b(?:overnight|an hour)\b",
    re.IGNORECASE,
)
_EVERYWHERE = frozenset(map(stem, ("salt", "pepper", "water", "oil")))


def reports(text: str) -> bool:
    """Whether a message may say more than a bare command."""
    return len(text.split()) > BARE or bool(_split(text)[0])


def go_on(scene: Scene) -> Decision:
    """The step after the one at hand; where the cook is ahead of it, the one that they are at, or, where that would
    pass over what they may not have done, where to go from here. Who then reports of a later step again is taken there,
    unless that was done for later.
    """
    recipe, session, at, reached = scene.recipe, scene.session, scene.session.step, ahead(scene)
    if recipe is None or not reached:
        return next_step(scene)
    count, (said, asked) = len(recipe.steps), _split(scene.message.text)
    to = reached + asked
    if to == at + 1:
        return next_step(scene)
    for_later = _BEFOREHAND.search(said) is not None
    again = 0 < session.ahead <= reached and not (for_later or scene.corrected)
    if not again and not _implied(recipe, at, reached):
        between = _steps(at + 1, reached - 1)
        session.pending, session.ahead = None, session.ahead if for_later else reached
        to = min(to, count)
        return Decision(
            f'That belongs to step {reached}. Say "next" for step {at + 1}, or "go to step {to}" if {between} done.',
            intent="ask_student_question",
            user_intent="request_next_step",
            buttons=(*((BACK,) if at > 1 else ()), NEXT, Button(f"Step {to}", f"go to step {to}")),
        )
    if to > count:
        session.before, session.moved = at, scene.now
        session.step, session.ahead, session.pending = count, 0, None
        return finished(recipe)
    return step_reply(scene, to, f"I take it that {_steps(at + 1, to - 1)} done. Step {to} of {count}.")


def ahead(scene: Scene) -> int:
    """Number of a later step that the cook reports about ("the onions are golden", before that was told), or 0."""
    recipe, reached = scene.recipe, reading.later_in(scene.reading, scene.session.step)
    said, asked = _split(scene.message.text)
    if recipe is None or not reached or not said or stuck(scene.message.text) or _INTENDS.search(said):
        return 0
    asks = question.read(said).asks or (question.asks_for_next(said) and not asked)
    return 0 if asks else reached


def _split(text: str) -> tuple[str, bool]:
    """What a message says before it asks for the next step, and whether it does: "drained, what now?"."""
    words = regular(text).split()
    for size in range(min(TAIL, len(words)), 0, -1):
        before, tail = words[: len(words) - size], " ".join(words[-size:])
        starts = not before or before[-1][-1] in ",.;:!?" or _TELLS.match(tail)
        if starts and any(_NEXT.fullmatch(said) for said in (tail.strip(" .,;!?"), bare(tail))):
            said = bare(" ".join(before)) if before else ""
            return said, True
    return " ".join(words), False


def _steps(first: int, last: int) -> str:
    """The steps from one to another as the subject of a sentence."""
    if first == last:
        return f"step {first} is"
    return f"steps {first} {'and' if last == first + 1 else 'to'} {last} are"


def _implied(recipe: Recipe, at: int, reached: int) -> bool:
    """Whether who is at one step and has done another must have done all between: each handles a food that a later one
    does, and none is of a temperature or a time, which is not seen from what follows.
    """
    handled = set(map(stem, foods(recipe.steps[reached - 1]))) - _EVERYWHERE
    for text in reversed(recipe.steps[at : reached - 1]):
        here = set(map(stem, foods(text))) - _EVERYWHERE
        if not here & handled or _TAKES_TIME.search(text):
            return False
        handled |= here
    return True


def moves(scene: Scene) -> bool:
    """Whether the reader takes a message for "done", or for the report of a later step, or for a report at all that
    says that the time of the step is up; without a reader, after the last step, whether it asks nothing and tells of
    nothing that wants mending.
    """
    text, recipe, step = scene.message.text, scene.recipe, scene.session.step
    if recipe is None:
        return False
    asks = question.read(text).asks
    if undone(text, recipe, step) is not None:
        return False
    if scene.reading is not None:
        over = scene.reading.mass("next", "ok") >= reading.MOVES and time_is_up(
            text, recipe.steps[step - 1] if step else ""
        )
        return over or ahead(scene) > 0 or reading.act_in(scene.reading, asks) == "next"
    return at_the_end(scene) and not (asks or question.went_wrong(text) or trouble(text, recipe))


def wants_help(scene: Scene) -> bool:
    """Whether "…, now what?" tells of something that the page or a note answers ("the blender is packed away"), or of
    something that went wrong, or is no "next" at all to the reader ("toothpick has crumbs on it, done?").
    """
    said, recipe = scene.reading, scene.recipe
    if recipe is not None and undone(scene.message.text, recipe, scene.session.step) is not None:
        return True
    found = reading.answer_in(said) if said is not None and said.sure >= reading.CERTAIN else None
    answered = found is not None and found.step != scene.session.step + 1  # what comes next is what "next" tells
    unlikely = said is not None and said.mass("next") < reading.UNLIKELY
    return ((answered or unlikely) and not ahead(scene)) or stuck(scene.message.text)
