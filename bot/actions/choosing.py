"""Choosing a recipe by talking."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from typing import Any

from bot import allergens
from bot.actions.base import NEXT, Decision, Scene, listed
from bot.actions.larder import browse, keeps, limits_for, matches, missing, named_by_all, names_nothing, naming
from bot.actions.matching import is_food, level, names, within, words_of
from bot.actions.navigation import where
from bot.actions.tastes import spoken, taste_of
from bot.actions.wish_talk import searched, wish_in
from bot.evidence import asks
from bot.messages import Button
from bot.session import Pending
from bot.words import bare, regular, spell_duration
from retrieval.recipe import Recipe

__all__ = ["choose", "keeps", "more_options", "offer", "open_recipe", "pick", "suggest", "surprise"]

SHOWN = 3
KEPT = 9  # further recipes for "others"
# Takes one, though it is said as a question.
TAKES = re.compile(
    r"(?:can|could|shall|should|may|would) (?:we|i|you) (?:please )?(?:do|make|cook|take|go|try|have|start|open|pick|choose|get)\b|"
    r"(?:how about|what about) (?:we|making|trying|the \w+(?: one)?$)"
)

_WISHES = re.compile(
    r"\b(?:recipes?|find|show|search|something|anything|what|which|make|bake|instead|another|different|suggest\w*|"
    r"recommend\w*|ideas?|dish(?:es)?|meals?|dinner|lunch|breakfast|desserts?|snacks?|starters?|let'?s|want|i'd like|"
    r"we'd like|would like|fancy|craving|how about|give me|got any|do you have|open|guide|walk me|switch|in the mood)\b",
    re.IGNORECASE,
)


def choose(scene: Scene) -> Decision | None:
    """Find recipes for a wish; open the one that it names, else offer three."""
    args = dict(scene.wish.args)
    query, sure, any_of = args.pop("query"), args.pop("sure"), args.pop("any_of", False)
    if scene.recipe is not None and scene.session.step and not _WISHES.search(scene.message.text):
        return None  # "bones at a hard boil, 4 minutes": who is cooking wishes for another dish in plain words
    named = named_by(scene, query, sure)
    if scene.recipe is None and named is None and (talk := wish_in(scene.message.text)) is not None:
        args = dict(talk.args)  # "something with chicken but not too long": a frame takes all of it for a dish
        query, any_of = args.pop("query", ""), args.pop("any_of", False)
        args.pop("sure", None)
        named = named_by(scene, query, sure)
    if scene.recipe is not None and not sure:
        return _another(scene, query, named, args)
    if named is not None and keeps(named, args):
        return open_recipe(scene, named)
    query, args = _continued(scene, query, args)
    decision = _search(scene, query, args, sure, any_of)
    if scene.session.pending is not None and scene.session.pending.kind == "choose":
        scene.session.pending.limits = args
    return decision


def _continued(scene: Scene, query: str, args: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A wish that names nothing goes on with what was asked for before: "only without eggs", "something lighter"."""
    pending = scene.session.pending
    if naming(query) or pending is None or pending.kind != "choose":
        return query, args
    joined: dict[str, Any] = {
        key: [*pending.limits.get(key, []), *args[key]] for key in ("diet", "without") if key in args
    }
    return pending.query if args else query, {**pending.limits, **args, **joined}


def _search(scene: Scene, query: str, args: dict[str, Any], sure: bool, any_of: bool) -> Decision | None:
    """Offer what meets a wish, or as much of it as there is."""
    limits, taste, words = limits_for(scene, args), taste_of(scene.message.text), naming(query)
    found = matches(scene, query, taste, limits) if words else []
    if not words or (not found and names_nothing(scene, query)):
        found = browse(scene, limits, taste)
        return offer(scene, found, "") if found else nothing(scene, "", args, limits)
    if not found:
        return nothing(scene, query, args, limits) if sure or len(query.split()) <= 4 else None
    fitting = _fitting(found, words, any_of)
    if not fitting and not missing(scene, query, found[:SHOWN]):
        foods = [word for word in words if is_food(word)]  # of "black bananas" bananas will do
        fitting = found if taste.has else _fitting(found, foods, any_of) if foods else browse(scene, limits, taste)
    return offer(scene, fitting, query) if fitting else nearest(scene, found, query)


def _fitting(found: list[Recipe], words: list[str], any_of: bool) -> list[Recipe]:
    """What is about all of some words, or any of them; nothing where there are none."""
    least = 1 if any_of else len(words)
    return [r for r in found if words and spoken(r, words) >= least]


def _another(scene: Scene, query: str, named: Recipe | None, args: dict[str, Any]) -> Decision | None:
    """A wish in the middle of a recipe: "let's make the sauce" is about that recipe, unless it names another one."""
    assert scene.recipe is not None
    if named is not None and len(words_of(query)) == 1 and within(query, scene.recipe):
        return None
    if named is None:
        about = words_of(" ".join((scene.recipe.title, *scene.recipe.items)))
        elsewhere = 0 < len(words_of(query)) <= 3 and not words_of(query) & about
        return nothing(scene, query, args, limits_for(scene, args)) if elsewhere else None
    if named.url == scene.session.recipe and scene.session.step:
        return where(scene)
    return open_recipe(scene, named)


def nearest(scene: Scene, found: list[Recipe], query: str) -> Decision:
    """Offer what meets a part of the wish, and say what is missing."""
    lost = missing(scene, query, found[:SHOWN])
    decision = offer(scene, found, query)
    lead = f"I have no recipe for {listed(lost)}." if lost else "Nothing I have is all of that."
    decision.text = f"{lead} Nearest to it:\n{decision.text.partition(chr(10))[2]}"
    return decision


def suggest(scene: Scene, but: tuple[str, ...] = ()) -> Decision:
    """Three recipes, different every time, that fit the cook's diet and allergies; those in ``but`` are not wanted."""
    return offer(scene, browse(scene, limits_for(scene, {}), taste_of(scene.message.text), but), "", but)


def surprise(scene: Scene) -> Decision:
    """One recipe: out of those that were offered, or any that fits."""
    pending = scene.session.pending
    if pending is not None and pending.kind == "choose" and pending.options:
        recipe = scene.pantry.recipe(pending.options[int(scene.now) % len(pending.options)])
        if recipe is not None:
            return open_recipe(scene, recipe)
    found = browse(scene, limits_for(scene, {}), taste_of(scene.message.text))
    return open_recipe(scene, found[0]) if found else nothing(scene, "", {}, {})


def pick(scene: Scene) -> Decision | None:
    """The second one."""
    pending = scene.session.pending
    if pending is None and scene.recipe is None:
        return suggest(scene)  # "the second one": of none that was offered
    if pending is None or pending.kind != "choose":
        return None
    n = scene.wish.args["n"]
    index = len(pending.options) - 1 if n == -1 else n - 1
    if not 0 <= index < len(pending.options):
        return which_one(f"I offered {len(pending.options)}; which one?", len(pending.options))
    recipe = scene.pantry.recipe(pending.options[index])
    if recipe is None:
        return Decision("That recipe is gone; what else would you like?", "ask_student_question", "misc")
    return open_recipe(scene, recipe)


def pick_by_name(scene: Scene) -> Decision | None:
    """Open "the soup", where one of the offered recipes is a soup."""
    pending = scene.session.pending
    if pending is None or pending.kind != "choose":
        return None
    said, whole = regular(scene.message.text), scene.wish.name == "choose"  # "let's make X" names X, and only X
    if not whole and asks(said) and not TAKES.match(bare(said)):
        return None
    words = words_of(searched(said))
    recipes = [r for url in pending.options if (r := scene.pantry.recipe(url)) is not None]
    hits = [((sum(names(word, r) for word in words), len(words & words_of(r.title))), r) for r in recipes]
    most = max((n for n, _ in hits), default=(0, 0))
    best, winners = most[0], [r for n, r in hits if n == most]
    if len(winners) == 1 and any(is_food(word) and not level(word, winners[0]) for word in words):
        return None  # "the onion browns" is no brown butter cookie
    if best and len(winners) == 1 and (best == len(words) if whole else best >= len(words) / 2):
        return open_recipe(scene, winners[0])
    return None


def more_options(scene: Scene) -> Decision | None:
    """Others than those that were offered: the next best for the same wish, then anything that was not shown yet."""
    pending = scene.session.pending
    if (pending is None or pending.kind == "start") and scene.recipe is not None and scene.session.step == 0:
        left = scene.session.recipe  # opened by its name, and not what was wanted
        scene.session.leave()
        scene.refresh()
        return suggest(scene, (left,))
    if pending is None or pending.kind != "choose":
        return None
    seen = (*pending.seen, *pending.options)
    rest = [r for url in pending.rest if (r := scene.pantry.recipe(url)) is not None]
    others = rest or browse(scene, limits_for(scene, pending.limits), but=seen)
    decision = offer(scene, others, pending.query if rest else "", seen)
    if scene.session.pending is not None:
        scene.session.pending.limits = pending.limits
    if pending.query and not rest:
        decision.text = f"That is all I have for {pending.query}. {decision.text}"
    return decision


def offer(scene: Scene, recipes: list[Recipe], query: str, seen: tuple[str, ...] = ()) -> Decision:
    """Ask which of (up to three) recipes it shall be; the others are kept for "show me others"."""
    shown, rest = recipes[:SHOWN], recipes[SHOWN : SHOWN + KEPT]
    if not shown:
        return nothing(scene, query, {}, {})
    if scene.session.recipe and not scene.session.step:
        scene.session.leave()  # what was opened and not begun is wanted no more
        scene.refresh()
    urls = [r.url for r in shown]
    scene.session.pending = Pending("choose", urls, query, rest=[r.url for r in rest], seen=list(seen))
    named = named_by_all(query, shown)
    if len(shown) == 1:
        lead = "I have one that fits:"
    else:
        lead = f"For {listed(named)} I have:" if named else "How about one of these:"
    lines = [f"{n}. {title_line(r)}" for n, r in enumerate(shown, 1)]
    question = "Shall we make it?" if len(shown) == 1 else "Which one?"
    buttons = (Button("Yes", "1"),) if len(shown) == 1 else numbers_of(len(shown))
    return Decision(
        lead + "\n" + "\n".join(lines) + f"\n{question}",
        intent="ask_student_question",
        user_intent="misc",
        buttons=(*buttons, Button("Others", "show me others")),
    )


def which_one(text: str, options: int) -> Decision:
    """A question that wants the number of an option."""
    return Decision(text, "ask_student_question", "misc", buttons=numbers_of(options))


def take(scene: Scene, recipe: Recipe) -> str:
    """Open a recipe at its beginning, without a word but the warning that it may need; the offer that it is of stays
    known until cooking begins.
    """
    session, pending = scene.session, scene.session.pending
    offered = pending if pending is not None and pending.kind == "choose" else None
    if session.recipe and session.recipe != recipe.url and session.step:
        session.pause(scene.now)
    session.open(recipe.url, recipe.title)
    session.offered = offered
    scene.refresh()
    return clash_warning(scene, recipe)


def open_recipe(scene: Scene, recipe: Recipe) -> Decision:
    """Open a recipe at its beginning, say what to know before starting, and ask whether to start."""
    warning = take(scene, recipe)
    view = scene.recipe or recipe
    facts = [f"serves {view.servings}" if view.servings else f"makes {view.recipe_yield}" if view.recipe_yield else ""]
    facts += [spell_duration(view.total_s) if view.total_s else "", f"{len(view.steps)} steps" if view.steps else ""]
    parts = [f"{view.title}: {', '.join(f for f in facts if f)}."]
    if view.description:
        parts.append(view.description)
    if warning:
        parts.append(warning)
    scene.session.pending = Pending("start", [recipe.url])
    parts.append('Say "ingredients" for the list, or "next" to start.')
    return Decision(
        " ".join(parts),
        intent="ask_student_question",
        user_intent="misc",
        buttons=(Button("Ingredients", "ingredients"), NEXT),
        title=view.title,
    )


def clash_warning(scene: Scene, recipe: Recipe) -> str:
    """A warning of what in the recipe goes against the cook's allergies and diet, or ""."""
    session = scene.session
    found = allergens.clashes(recipe, session.allergies, session.diet)
    if recipe.url not in session.warned and found:
        session.warned = [*session.warned[-50:], recipe.url]
    return f"Careful, for you: {listed(found)}." if found else ""


def nothing(scene: Scene, query: str, asked: dict[str, Any], limits: dict[str, Any]) -> Decision:
    """Say which condition nothing meets, and offer what meets the others."""
    said = []
    if "max_total_s" in asked:
        said.append(f"under {spell_duration(asked['max_total_s'])}")
    said += [f"without {word}" for word in limits.get("without", ())] + list(limits.get("diet", ()))
    dish = query and not any(is_food(word) for word in words_of(query))
    what = f"I have {'no recipe for' if dish else 'nothing with' if query else 'nothing'}"
    what = f"{what}{f' {query}' if query else ''}{' ' + listed(said) if said else ''}."
    if query and "max_total_s" in asked:
        slower = scene.pantry.search(query, SHOWN, **{k: v for k, v in limits.items() if k != "max_total_s"})
        if slower:
            decision = offer(scene, slower, query)
            decision.text = f"{what} If it may take longer:\n" + decision.text.partition("\n")[2]
            return decision
    return Decision(
        f"{what} Tell me another dish or ingredient, or ask \"what can I cook?\".", "ask_student_question", "misc",
        buttons=(Button("What can I cook?", "what can I cook?"),),
    )  # fmt: skip


def title_line(recipe: Recipe) -> str:
    """Title, time and difficulty."""
    facts = [spell_duration(recipe.total_s) if recipe.total_s else "", recipe.difficulty]
    detail = ", ".join(f for f in facts if f)
    return f"{recipe.title}{f' ({detail})' if detail else ''}"


def numbers_of(count: int) -> tuple[Button, ...]:
    """A button for each of several options."""
    return tuple(Button(str(n), str(n)) for n in range(1, count + 1))


def named_by(scene: Scene, query: str, sure: bool) -> Recipe | None:
    """The recipe that a query names: by its whole title, or after "let's make" as the only title with all its words."""
    asked = words_of(query)
    if not asked:
        return None
    found = [r for r in scene.pantry.search(query, 5) if asked <= words_of(r.title)]
    whole = [r for r in found if asked == words_of(r.title)]
    if whole:
        return whole[0]
    one = found[0] if len(found) == 1 and not sure else None
    # "Pasta" names no dish, though one title begins with it.
    return one if one is not None and 2 * len(asked) >= len(words_of(one.title.partition("(")[0])) else None
