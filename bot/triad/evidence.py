"""What a logged reply rests on: the question, the texts behind the answer, and which of the three scores apply at all.

A score is given only where it means something. "Next" is a command that exact code carries out: there is nothing to
search, so context relevance does not apply. "Great, let me know when you are done" claims nothing, so nothing in it
can be ungrounded. A conversion is arithmetic: no page holds it. Each such score is left out with its reason, never set
to 0.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.gate import says_nothing
from bot.look import in_units
from bot.page.places import PERHAPS
from bot.store import TurnRow
from retrieval.quantity import scale_recipe
from retrieval.recipe import KnowledgeEntry, Recipe

CONTEXT, GROUNDED, ANSWER = "context_relevance", "groundedness", "answer_relevance"
SAID_BY_CODE = "This is a command that exact code carries out: there is no question to answer."
NOT_SEARCHED = "Nothing was searched for: exact code made the reply."
NO_PAGE = "Exact code made the reply: from the session, by arithmetic, or of the recipe's own lines."
NO_CLAIM = "The reply claims nothing that a page could bear out."
NOT_FOUND = "Nothing was found for it."
SMALL_TALK = "The cook asked nothing."
NOT_READ = "The message could not be read."

_COURTESY = frozenset(
    "bye continue cooking done finished glad goodbye happy hello help hi know let luck nice perfect say tell when "
    "whenever".split()
)

# Actions of exact code that do something rather than answer something.
_COMMANDS = frozenset(
    "next start back repeat goto scale units timer_set timer_list timer_cancel set_allergies set_diet forget_diet pick "
    "more_options leave_recipe stop resume forget_me help greet thank yes no".split()
)
_UNREAD = frozenset(("unreadable", "failed"))
_HONEST = re.compile(r"^(?:sorry,? )?i (?:am not|'m not|don't|do not) (?:sure|know)\b[^.]*\.?$", re.IGNORECASE)
_LONG_COMMAND = 12  # words; a longer "command" may be a question that was taken for one
_BACKING = 3  # lines of the recipe that are added because the reply uses their words


Pages = Callable[[str], Recipe | KnowledgeEntry | None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged.

    Attributes:
        turn_id: Id of the reply.
        question: The cook's words.
        contexts: What the reply rests on: passages found, items shown (in the cook's amounts), lines of the recipe
            that it draws on, facts of the session.
        answer: What was said and shown.
        omitted: Scores that do not apply, each with the reason.
    """

    turn_id: int
    question: str
    contexts: tuple[str, ...]
    answer: str
    omitted: dict[str, str] = field(default_factory=dict)

    @property
    def applies(self) -> bool:
        """Whether any score does."""
        return len(self.omitted) < 3


def evidence(turn: TurnRow, page: Pages = lambda _id: None, units: str = "recipe") -> Evidence:
    """Collect what a reply rests on.

    Args:
        turn: The logged turn, answered.
        page: The recipe behind a url, or the knowledge entry behind "knowledge:ID", if it can still be found.
        units: The cook's units ("recipe", "metric", "us").
    """
    shown = tuple(turn.details.get("shown") or turn.shared)
    step = turn.details.get("step") or {}
    found = page(turn.recipe) if turn.recipe else None
    recipe = found if isinstance(found, Recipe) else None
    passages = tuple(str(passage["text"]) for passage in turn.passages)
    articles = [page(str(p["id"])) for p in turn.passages if turn.action and str(p["id"]).startswith("knowledge:")]
    rules = [_rule(a) for a in articles if isinstance(a, KnowledgeEntry)]
    card = [item for item in shown if item not in turn.text]
    answer = "\n".join(part for part in (turn.text, *card) if part)
    contexts = [*passages, *rules, *shown]
    if not turn.action or turn.student:
        contexts += _backing(turn, recipe, units, step, contexts)
    if contexts and step.get("title"):
        contexts.append(_place(step))
    unique = tuple(dict.fromkeys(text for text in contexts if text.strip()))
    return Evidence(turn.id, turn.utterance, unique, answer, _omitted(turn, passages, shown, unique))


def _omitted(
    turn: TurnRow, passages: tuple[str, ...], shown: tuple[str, ...], contexts: tuple[str, ...]
) -> dict[str, str]:
    if turn.action in _UNREAD:
        return dict.fromkeys((CONTEXT, GROUNDED, ANSWER), NOT_READ)
    omitted: dict[str, str] = {}
    by_code = bool(turn.action)
    if by_code and not passages:
        omitted[CONTEXT] = NOT_SEARCHED
    if claims_nothing(turn.text) and not shown:
        omitted[GROUNDED] = NO_CLAIM
        if not _asks(turn):
            omitted[CONTEXT] = omitted[ANSWER] = SMALL_TALK
    elif _only_doubts(turn.text.strip()):
        omitted[GROUNDED] = NO_CLAIM
    elif by_code and not turn.student and not passages:
        omitted[GROUNDED] = NO_PAGE
    if turn.action in _COMMANDS and len(turn.utterance.split()) <= _LONG_COMMAND:
        omitted[ANSWER] = SAID_BY_CODE
    if not contexts and not by_code:
        omitted[CONTEXT] = NOT_FOUND
    return omitted


def _rule(entry: KnowledgeEntry) -> str:
    """What exact code reads of an article beside its text: "Instead of egg: ground flaxseed (1 egg : …); denser."."""
    rule = entry.substitute
    if rule is None:
        return ""
    ratio, effect = f" ({rule.ratio})" if rule.ratio else "", f"; {rule.effect}" if rule.effect else ""
    return f"Instead of {rule.original}: {rule.use}{ratio}{effect}."


def claims_nothing(text: str) -> bool:
    """Whether nothing in a reply could be right or wrong: "Done, next?", "Great! Let me know when you are ready."."""
    words = re.findall(r"[a-z']+|\d+", text.lower())
    return all(word in _COURTESY or says_nothing(word) for word in words) and (len(words) > 1 or says_nothing(text))


def _only_doubts(text: str) -> bool:
    if text.startswith(PERHAPS):
        return False
    return text.startswith("I am not sure") or _HONEST.match(text) is not None


def _asks(turn: TurnRow) -> bool:
    return turn.user_intent.startswith("ask_") or "?" in turn.utterance


def _place(step: dict[str, object]) -> str:
    """The facts of the session that a reply may state: "Shakshuka, step 3 of 5, for 4 servings."."""
    parts = [str(step["title"])]
    if step.get("steps"):
        parts.append(f"step {step.get('step', 0)} of {step['steps']}")
    if step.get("servings"):
        parts.append(f"for {step['servings']} servings")
    return ", ".join(parts) + "."


def _backing(turn: TurnRow, recipe: Recipe | None, units: str, step: dict[str, object], have: list[str]) -> list[str]:
    """The step at hand, and lines of the recipe whose words the reply uses: the student had the whole page."""
    if recipe is None:
        return []
    servings = step.get("servings")
    if isinstance(servings, int) and servings and recipe.servings and servings != recipe.servings:
        recipe = scale_recipe(recipe, servings, steps=True)
    recipe = in_units(recipe, units)
    known = set(have)
    lines = [recipe.steps[turn.step - 1]] if 1 <= turn.step <= len(recipe.steps) else []
    said = _words(turn.text)
    scored = [(len(said & _words(item)), item) for item in recipe.items if item not in known and item not in lines]
    best = sorted((pair for pair in scored if pair[0] >= 2), key=lambda pair: -pair[0])[:_BACKING]
    return [line for line in lines if line not in known] + [item for _, item in best]


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if not says_nothing(word)}
