"""Tools: whether one is needed, which vessel is meant, and how to do without. Read off the page, or off the notes."""

import re
from collections.abc import Iterable

from bot.actions.base import Decision, Scene, listed, no_recipe
from bot.actions.wish_talk import wish_in
from bot.page.vessels import VESSELS, may_be, names, tool_word, vessel
from retrieval.passage import Passage
from retrieval.recipe import KnowledgeEntry, Recipe
from retrieval.sentences import split
from retrieval.units import singular

MOST_NAMED = 6
_ANY = ("pan", "vessel")  # may be said of all that is cooked in


def need_tool(scene: Scene) -> Decision | None:
    """Is a mixer needed? What the tools or the steps say of it; no, where neither names it."""
    recipe, item = scene.recipe, scene.wish.args["item"]
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    tool = tool_word(item)
    tool = "sheet" if tool == "paper" else tool
    if told := _named_by(recipe, scene.session.step, tool):
        return _said(f"Yes. {told}")
    if tool in ("tool", "equipment", "utensil", "gear"):
        return None
    named = f" It lists {listed(recipe.tools[:MOST_NAMED])}." if recipe.tools else ""
    return _said(f"No: {recipe.title} names no {re.sub('^(?:big|large|special) ', '', item)}.{named}")


def _named_by(recipe: Recipe, step: int, tool: str) -> str:
    for number, text in _in_order(recipe, step):
        for sentence in split(text):
            if names(tool, sentence):
                return sentence if number == step else f"Step {number}: {sentence}"
    line = next((line for line in recipe.tools if names(tool, line) or (tool == "lid" and "lid" in line)), "")
    return f"The recipe lists: {line}." if line else ""


def which_vessel(scene: Scene) -> Decision | None:
    """Which pan? That of the step at hand, else of the next step that names one, else of the list of tools."""
    recipe, step = scene.recipe, scene.session.step
    if recipe is None:
        return no_recipe("ask_question_ingredients_tools")
    asked = singular(scene.wish.args["item"].split()[-1])
    numbered = _in_order(recipe, step)
    for fits in (
        lambda number, text: number == step and names(asked, text),
        lambda number, text: number == step and (may_be(asked, text) or (asked in _ANY and vessel(text) != "")),
        lambda number, text: number > step and may_be(asked, text),
        lambda _number, text: may_be(asked, text),
        lambda _number, text: vessel(text) != "",
    ):
        for number, text in numbered:
            for sentence in split(text):
                if fits(number, sentence):
                    told = sentence if number == step else f"Step {number}: {sentence}"
                    return _said(f"{told}{_size_of(recipe, sentence)}")
    listed_ones = [tool for tool in recipe.tools if may_be(asked, tool)] or [t for t in recipe.tools if vessel(t)]
    return _said(f"The recipe lists: {listed(listed_ones)}.") if listed_ones else None


def _size_of(recipe: Recipe, sentence: str) -> str:
    """The list's word on the vessel that a sentence names, where it says more ("9-inch deep pie dish")."""
    word = vessel(sentence)
    lines = [tool for tool in recipe.tools if word in VESSELS | {"oven"} and vessel(tool) == word]
    lines = [tool for tool in lines if tool.lower() not in sentence.lower() and _same_size(tool, sentence)]
    return f" The recipe lists: {listed(lines)}." if len(lines) == 1 else ""


_SIZES = frozenset("large small medium big wide deep heavy".split())


def _same_size(tool: str, sentence: str) -> bool:
    """Whether nothing in a sentence speaks against a tool: a large saucepan is not the small one of the list."""
    one, other = (_SIZES & set(re.findall(r"[a-z]+", text.lower())) for text in (tool, sentence))
    return not one or not other or bool(one & other)


def lack_tool(scene: Scene) -> Decision | None:
    """How to do without a tool: the step's own other way, then the note on it; None (for the student) without one."""
    if scene.recipe is None and wish_in(scene.message.text) is not None:
        return None  # "something sweet, no oven" is a wish
    item = scene.wish.args["item"]
    entry = without_tool(scene.pantry.knowledge(), item)
    own = _other_way(scene, tool_word(item))
    if entry is None:
        return _said(own) if own else None
    return Decision(
        f"{own} {entry.text}".strip(),
        intent="answer_question_external_fact",
        user_intent="ask_question_ingredients_tools",
        passages=(Passage(f"knowledge:{entry.id}", "knowledge", entry.text, 1.0, entry.id, entry.title),),
    )


_WITHOUT = re.compile(r"\b(?:without|instead of|doing without|indoors|in place of)\b", re.IGNORECASE)


def without_tool(entries: Iterable[KnowledgeEntry], item: str) -> KnowledgeEntry | None:
    """The note on doing without a tool: its title says so, and the tool is what it is about first."""
    asked = [singular(word) for word in re.findall(r"[a-z]+", item.lower())]
    best: tuple[int, KnowledgeEntry] | None = None
    for entry in entries:
        if entry.kind != "tool" or not _WITHOUT.search(entry.title) or not asked:
            continue
        for rank, name in enumerate(entry.about[:2]):
            words = [singular(word) for word in re.findall(r"[a-z]+", name.lower())]
            if words[-len(asked) :] == asked or asked[-len(words) :] == words:
                score = rank + abs(len(words) - len(asked))
                if best is None or score < best[0]:
                    best = score, entry
    return best[1] if best is not None else None


_OTHER = re.compile(r"\bor\b|\bby hand\b|\bif you have no\b|\bwithout\b", re.IGNORECASE)


def _other_way(scene: Scene, tool: str) -> str:
    """What the recipe itself says for a cook without the tool: "in a food processor or by hand"."""
    recipe = scene.recipe
    if recipe is None:
        return ""
    texts = (*recipe.steps, *recipe.tips, *recipe.pitfalls)
    sentences = (sentence for text in texts for sentence in split(text) if names(tool, sentence))
    near = re.compile(
        rf"\b{tool}s?\b.{{0,25}}(?:{_OTHER.pattern})|(?:\bor\b|\bby hand\b|\bno\b|\bwithout\b).{{0,25}}\b{tool}s?\b",
        re.IGNORECASE,
    )
    return next((sentence for sentence in sentences if near.search(sentence)), "")


def _in_order(recipe: Recipe, step: int) -> list[tuple[int, str]]:
    numbered = list(enumerate(recipe.steps, 1))
    first = max(step, 1)
    return [pair for pair in numbered if pair[0] >= first] + [pair for pair in numbered if pair[0] < first]


def _said(text: str) -> Decision:
    return Decision(text, "answer_question_recipe_steps", "ask_question_ingredients_tools")
