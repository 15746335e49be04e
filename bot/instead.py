"""What is said and shared where the student's own words, or its choice of items, are not taken."""

import re
from dataclasses import replace

from bot import evidence
from bot.actions.base import Decision
from bot.brief import NOT_SURE, NOTHING_KNOWN, Brief
from bot.page.alike import alike
from bot.page.places import Found, stems_of
from bot.page.question import Question
from bot.words import regular
from model.decoding import NOTHING_SHARED
from model.vocabulary import Act
from retrieval.recipe import Recipe

_NOW = re.compile(r"\b(?:now|already|yet|time to)\b|[.,!;] ", re.IGNORECASE)
_I_DO = re.compile(r"^(?:\w+ )?(?:should|shall|can|could|may) (?:i|we)\b")
# "I mixed them. Should I …?", "30 minutes have passed. Can I …?"
_REPORT = re.compile(
    r"\b(?:done|finished|passed|ready|(?:i|we)(?:'ve| have)? (?:just )?\w+(?:ed|en|ut))\b[^.!?;]*[.!;] ", re.IGNORECASE
)
# To what went wrong, "all right" is no answer.
_MISHAP = re.compile(
    r"\b(?:w?h?oops\w*|oh no(?! problem)|uh[- ]?oh|argh+|dammit|damn it|stuck|spill(?:ed|t)|dropped|"
    r"(?:won't|doesn't) (?:come|get) (?:out|off|away|loose))\b"
)
LISTS = "return_list_ingredients_tools"
TALK_ON = 'All right. Say "next" when you are ready.'
TALK_LAST = "All right. Tell me when it is done."
TALK_LEFT = "All right. Then: "
TALK_AGAIN = "All right."
TALK = "All right. What would you like to cook?"


def instead(brief: Brief, act: Act) -> tuple[str, tuple[str, ...]]:
    """Text and items where nothing of the student's text may be shown: code's words, a passage, or an honest doubt."""
    decision, question, recipe = brief.decision, brief.question, brief.recipe
    if decision is not None:
        return (" ".join(decision.shared) if brief.moving else decision.text), decision.shared
    if brief.act == "ok":
        return _talk(brief), ()
    asked = question.said
    if act.intent == LISTS and not question.kinds and recipe is not None:
        if len(act.shared) > 2:
            return _announced(recipe, act.shared), act.shared
        if not recipe.ingredients:
            return NOT_SURE, ()
    if brief.act == "none" or (brief.on_page is not None and brief.on_page.doubtful):
        if act.shared and moves(act) and _asks_whether_now(question, act):
            return _told(act.shared), act.shared
        talks = act.user_intent in ("chitchat", "misc") and not evidence.asks(asked)
        return (_talk(brief) if talks else NOT_SURE), ()
    asks = act.user_intent.startswith("ask_") or evidence.went_wrong(asked) or question.asks
    best = evidence.best(asked, recipe, brief.offered)
    if best is not None and asks and best.kind != "ingredients":
        item = best.kind in ("step", "ingredient") and act.intent != NOTHING_SHARED
        return evidence.excerpt(asked, best.text), ((best.text,) if item else ())
    if best is not None and best.kind == "step" and act.user_intent == "request_next_step" and not act.shared:
        return best.text, (best.text,)
    if act.user_intent in ("chitchat", "misc") and not evidence.asks(asked):
        return _talk(brief), ()
    if act.shared and moves(act) and _asks_whether_now(question, act):
        return _told(act.shared), act.shared
    if act.shared and not question.kinds and (not asks or best is not None or len(act.shared) > 2):
        return (_told(act.shared) if len(act.shared) <= 2 else _announced(recipe, act.shared)), act.shared
    return (NOT_SURE if recipe is not None else NOTHING_KNOWN), ()


def _talk(brief: Brief) -> str:
    """What is said to a remark; to the second of two in a row without how to go on."""
    if brief.recipe is None:
        return TALK
    if brief.left:
        return f"{TALK_LEFT}{brief.left}"
    if _MISHAP.search(regular(brief.utterance)):
        return NOT_SURE
    told = TALK_LAST if brief.at >= len(brief.recipe.steps) else TALK_ON
    return TALK_AGAIN if brief.last_reply == told else told


def settled(brief: Brief, act: Act) -> tuple[Act, Found | None]:
    """The act and the sentence to read out, once the student has said what it takes the turn for.

    A question that code has read moves nowhere, and shares what the answer stands in. A cook who asks whether to do now
    what comes next asks for the next step.
    """
    found, question = brief.on_page, brief.question
    if brief.act == "ok":
        return _stays(act), None
    if found is not None and found.doubtful and moves(act) and act.shared and _asks_whether_now(question, act):
        return act, None
    next_told = found is not None and found.step == brief.at + 1 and _asks_whether_now(question, act)
    if found is not None and moves(act) and next_told:
        return replace(act, shared=(found.item,)), replace(found, text=found.item)
    if found is None and moves(act) and _asks_whether_now(question, act):
        return act, None  # "they look crunchy, should I take them out now?": what comes next says what to do now
    if question.asks or found is not None:
        return _asked(act, question, found), found
    return (act if brief.goes_on or not moves(act) else _stays(act)), None


def _stays(act: Act) -> Act:
    """A remark that is answered, and moves nowhere; that the cook may have meant to go on stays said."""
    meant = act.user_intent if act.user_intent == "request_next_step" else "chitchat"
    return replace(act, user_intent=meant, intent="chitchat", shared=())


def moves(act: Act) -> bool:
    """Whether an act goes on to the next step."""
    return act.intent == "return_next_step"


def stand_in(decision: Decision | None) -> Act:
    """The act of a student that failed."""
    if decision is None:
        return Act("misc", "answer_question_external_fact")
    return Act(decision.user_intent, decision.intent, decision.shared, decision.text)


def _told(shared: tuple[str, ...]) -> str:
    """Lines of the recipe as sentences: two ingredients are not one."""
    return " ".join(item if item.rstrip().endswith((".", "!", "?", ":")) else f"{item.rstrip()}." for item in shared)


def _announced(recipe: Recipe | None, shared: tuple[str, ...]) -> str:
    """What is said before a list of the recipe's lines."""
    if recipe is not None and set(shared) <= {line.text for line in recipe.ingredients}:
        return "Here are the ingredients you need."
    return "Here are the steps." if recipe is not None and set(shared) <= set(recipe.steps) else "Here they are."


def _asked(act: Act, question: Question, found: Found | None) -> Act:
    user = act.user_intent
    if not user.startswith("ask_") and question.kinds and "confirm" not in question.kinds:
        user = "ask_question_recipe_steps"
    shared: tuple[str, ...]
    if found is not None:
        shared = (found.item,) if found.item else ()
        intent = "answer_question_recipe_steps" if found.note is None else "answer_question_external_fact"
        return replace(act, user_intent=user, intent=intent, shared=shared)
    # No item that the student points to says it, where the question's kind is known: bot.page.finding looked.
    shared = () if question.kinds or moves(act) else act.shared
    return replace(act, user_intent=user, intent=NOTHING_SHARED if moves(act) else act.intent, shared=shared)


def _asks_whether_now(question: Question, act: Act) -> bool:
    """Whether a cook asks if what the next step says is to be done at this point, or tells first what is done."""
    may = bool({"confirm", "may"}.intersection(question.kinds)) and _I_DO.search(question.text) is not None
    told = stems_of(" ".join(act.shared))
    named = not question.about or any(alike(word) & told for word in question.about)
    return may and (named or _REPORT.search(question.said) is not None) and _NOW.search(question.said) is not None
