"""What comes before the student: dangers (see :mod:`bot.dangers`), and what is not ours to answer.

A danger is answered with its warning and the matching knowledge entry. Politics, homework and the like get a turn back
to cooking. Attempts to talk the assistant out of its rules are plain text: they change nothing.
"""

import re
from functools import lru_cache

from bot.actions.base import NEXT, Decision, Scene
from bot.dangers import Rule, find_rule
from bot.messages import Button
from bot.words import regular
from retrieval.errors import RetrievalError
from retrieval.passage import Passage
from retrieval.recipe import Recipe
from retrieval.sentences import split

_OVERRIDE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,30}\b(?:rules?|instructions?|guidelines|prompts?|"
    r"training|restrictions|safety|everything above)\b|"
    r"\byou are (?:now|no longer)\b|\b(?:developer|god|dan|jailbreak) mode\b|\bjailbreak\b|\bsystem "
    r"prompt\b|\bpretend (?:to be|you(?:'re| are|have))\b|\bact as (?:if|an?)\b|"
    r"\bwithout (?:any )?(?:rules|restrictions|filters)\b|\breveal your\b|\bnew instructions\b"
)
_ELSEWHERE = re.compile(
    r"\b(?:president|elections?|vote for|politic\w*|democrats?|republicans?|trump|biden|putin|congress|"
    r"parliament|war in|abortion|immigration|religion|gun control)\b|"
    r"\b(?:homework|essay|book report|equation|algebra|calculus|derivative of|integral of|solve for x|"
    r"capital of|square root)\b|"
    r"\b(?:python (?:script|code|program|function)|javascript|java code|html|sql query|write (?:me )?(?:a "
    r"|some )?(?:code|program|script|function|poem|song|story|essay|email|letter|novel)|debug (?:my|this)|"
    r"programming|regex|source code)\b|"
    r"\b(?:stock (?:market|price|tip)s?|bitcoin|crypto\w*|invest(?:ing|ment)?s?|mortgage|tax(?:es| "
    r"return)|lottery)\b(?! pot)|"
    r"\b(?:weather|forecast|temperature outside|football|basketball|soccer|world cup|super bowl|movies?|"
    r"netflix|youtube|lyrics|celebrit\w+|horoscope|news)\b|"
    r"\b(?:girlfriend|boyfriend|dating|sexy?|porn\w*|naked|nudes?|divorce|lawyer|lawsuit|sue (?:my|him|"
    r"her|them))\b(?!.*\b(?:allerg|vegan|vegetarian|coming|dinner|cook|eat|recipe))|"
    r"\b(?:(?<!a )bombs?(?! of)|(?:make|build|making|building) a bomb)\b|"
    r"\b(?:explosives?|weapons?|meth|cocaine|heroin|hack(?:ing)? (?:into|my|a)|password|credit card|"
    r"steal|launder\w*)\b|"
    r"\b(?:tell me a joke|play (?:some )?music|play a song|book a (?:flight|hotel)|call (?:my|an uber)|"
    r"translate .* (?:to|into) (?:french|spanish|german|chinese)|meaning of life|who won|what time is it|"
    r"what day is it)\b"
)
_KITCHEN = re.compile(
    r"\b(?:cook|cooking|bake|recipe|ingredients?|step|oven|pan|stove|eat|dinner|lunch|serve|dough|sauce|"
    r"bath ?bombs?|chocolate bombs?)\b"
)


SMOKE = "If it smokes thickly, take the pan off the heat; if it catches fire, put a lid on it, never water."


def steers(said: str) -> bool:
    """Whether a regular text tries to talk the assistant out of its rules."""
    return _OVERRIDE.search(said) is not None


def check(scene: Scene) -> Decision | None:
    """What must be said before anything else, or None."""
    said = regular(scene.message.text)
    rule = find_rule(said, _page(scene.original))
    if rule is not None:
        return _warn(scene, rule)
    if steers(said):
        return _back_to_cooking(scene, "My rules stay as they are; I only help with cooking.")
    if _ELSEWHERE.search(said) and not _KITCHEN.search(said):
        return _back_to_cooking(scene, "That is outside my kitchen: I only know about cooking.")
    return None


@lru_cache(maxsize=64)
def _page(recipe: Recipe | None) -> str:
    """Everything that a recipe says, lower case, in one line."""
    if recipe is None:
        return ""
    return " ".join((recipe.title, recipe.description, *recipe.items, *recipe.tips, *recipe.pitfalls)).lower()


def _expected(scene: Scene, rule: Rule) -> str:
    """The sentence by which the step at hand, one beside it or a note says that this is meant to be so, or ""."""
    recipe, at = scene.original, scene.session.step
    if recipe is None or rule.expected is None or _THICK.search(regular(scene.message.text)):
        return ""
    said = (*recipe.steps[max(0, at - 2) : at + 1], *recipe.tips, *recipe.pitfalls, recipe.description)
    return next((s for text in said for s in split(text) if rule.expected.search(s.lower())), "")


_THICK = re.compile(r"\b(?:black|thick|dense|acrid) smoke\b|\bflames?\b|\bsmoke is (?:black|thick)\b")


def _warn(scene: Scene, rule: Rule) -> Decision:
    if told := _expected(scene, rule):
        calm = "A little smoke is part of it here, so open a window and turn the fan on."
        return Decision(
            f"{calm} The recipe says: {told} {SMOKE}", "answer_question_recipe_steps", "ask_question_recipe_steps"
        )
    try:
        by_id = {entry.id: entry for entry in scene.pantry.knowledge()} if rule.entries else {}
    except RetrievalError:  # the warning comes, whatever else is broken
        by_id = {}
    entry = next((by_id[id_] for id_ in rule.entries if id_ in by_id), None)
    text = f"{rule.says} {entry.text}" if entry else rule.says
    passages = (Passage(f"knowledge:{entry.id}", "knowledge", entry.text, 1.0, entry.id, entry.title),) if entry else ()
    return Decision(text, "answer_question_external_fact", "ask_question_recipe_steps", passages=passages)


def _back_to_cooking(scene: Scene, lead: str) -> Decision:
    session = scene.session
    if scene.recipe is not None:
        where = (
            f"We are at step {session.step} of {scene.recipe.title}"
            if session.step
            else f"We have {scene.recipe.title} open"
        )
        return Decision(f'{lead} {where}: say "next" to go on.', "chitchat", "chitchat", buttons=(NEXT,))
    return Decision(
        f"{lead} What would you like to cook?",
        "chitchat",
        "chitchat",
        buttons=(Button("What can I cook?", "what can I cook?"),),
    )
