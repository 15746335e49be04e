"""Choosing a recipe by talking."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re
from typing import Any

from bot import allergens
from bot.actions.base import NEXT, Decision, Scene, listed
from bot.actions.diet_frames import DIET, DIETS
from bot.actions.larder import browse, keeps, limits_for, matches, missing, named_by_all, naming
from bot.actions.matching import dish_kinds, in_order, is_food, within, words_of
from bot.actions.mending import knows
from bot.actions.navigation import where
from bot.actions.tastes import Taste, spoken, taste_of
from bot.actions.wish_talk import WORDS_OF_WISHING, searched, wish_in
from bot.messages import Button
from bot.session import Pending
from bot.words import bare, regular, spell_duration, unasked
from retrieval.recipe import Recipe

__all__ = ["choose", "keeps", "more_options", "names_recipe", "offer", "open_recipe", "pick", "suggest", "surprise"]

SHOWN = 3
KEPT = 9  # further recipes for "others"


def choose(scene: Scene) -> Decision | None:
    """Find recipes for a wish; open the one that it names, else offer three."""
    args = dict(scene.wish.args)
    query, sure, any_of = args.pop("query"), args.pop("sure"), args.pop("any_of", False)
    named = _named(scene, query, sure)
    if scene.recipe is None and named is None and (talk := wish_in(scene.message.text)) is not None:
        args = dict(talk.args)  # "something with chicken but not too long": a frame takes all of it for a dish
        query, any_of = args.pop("query", ""), args.pop("any_of", False)
        args.pop("sure", None)
        named = _named(scene, query, sure)
    if scene.recipe is not None and not sure:
        return _another(scene, query, named, args)
    limits = limits_for(scene, args)
    if named is not None and keeps(named, args):
        return open_recipe(scene, named)
    taste, words = taste_of(scene.message.text), naming(query)
    if not words:
        return offer(scene, browse(scene, limits, taste), query) if browse(scene, limits) else _nothing(
            scene, query, args, limits
        )  # fmt: skip
    found = matches(scene, query, taste, limits)
    if not found and not sure and (scene.recipe is not None or len(query.split()) > 4):
        return None
    if not found:
        return _nothing(scene, query, args, limits)
    fitting = _fitting(found, words, any_of)
    if not fitting and not missing(scene, query, found[:SHOWN]):  # "black bananas": bananas will do
        fitting = _fitting(found, [word for word in words if is_food(word)], any_of)
    return offer(scene, fitting, query) if fitting else _nearest(scene, found, query)


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
        return _nothing(scene, query, args, limits_for(scene, args)) if elsewhere else None
    if named.url == scene.session.recipe and scene.session.step:
        return where(scene)
    return open_recipe(scene, named)


def _nearest(scene: Scene, found: list[Recipe], query: str) -> Decision:
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
    return open_recipe(scene, found[0]) if found else _nothing(scene, "", {}, {})


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
    words = words_of(searched(regular(scene.message.text)))
    recipes = [r for url in pending.options if (r := scene.pantry.recipe(url)) is not None]
    hits = [(len(words & words_of(r.title)), r) for r in recipes]
    best = max((n for n, _ in hits), default=0)
    winners = [r for n, r in hits if n == best]
    whole = scene.wish.name == "choose"  # "let's make X" names X, and only X
    if best and len(winners) == 1 and (best == len(words) if whole else best >= len(words) / 2):
        return open_recipe(scene, winners[0])
    return None


def more_options(scene: Scene) -> Decision | None:
    """Others than those that were offered: the next best for the same wish, then anything that was not shown yet."""
    pending = scene.session.pending
    if pending is None or pending.kind != "choose":
        return None
    seen = (*pending.seen, *pending.options)
    rest = [r for url in pending.rest if (r := scene.pantry.recipe(url)) is not None]
    if rest:
        return offer(scene, rest, pending.query, seen)
    decision = offer(scene, browse(scene, limits_for(scene, {}), but=seen), "", seen)
    if pending.query:
        decision.text = f"That is all I have for {pending.query}. {decision.text}"
    return decision


def offer(scene: Scene, recipes: list[Recipe], query: str, seen: tuple[str, ...] = ()) -> Decision:
    """Ask which of (up to three) recipes it shall be; the others are kept for "show me others"."""
    shown, rest = recipes[:SHOWN], recipes[SHOWN : SHOWN + KEPT]
    if not shown:
        return _nothing(scene, query, {}, {})
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


def names_recipe(scene: Scene) -> Decision | None:
    """A bare "shakshuka" when nothing is open: the title, or a short wish with no question in it. In the middle of a
    recipe only the whole title of another, of two words or more, or "a cake, please".
    """
    text = scene.message.text.strip()
    if "?" in text or len(text.split()) > 14:
        return None
    asked = words_of(text)
    if scene.recipe is not None:
        return _names_another(scene, text, asked)
    titled = _titled(scene, text)
    if titled is not None:
        return open_recipe(scene, titled)
    if len(text.split()) > 6:  # nothing so long but a whole title
        return None
    found = [r for r in scene.pantry.search(text, 5) if asked and asked <= words_of(r.title)]
    if found:
        named = _named(scene, text, sure=False)
        return open_recipe(scene, named) if named is not None else offer(scene, found, text.lower())
    return _unknown_dish(scene, text)


def _titled(scene: Scene, text: str) -> Recipe | None:
    """The recipe whose whole title, of two words or more, is what a text names."""
    asked = words_of(searched(regular(text)))
    titles = ((r, words_of(r.title.partition("(")[0])) for r in scene.pantry.search(text, 5))
    fits = (r for r, title in titles if words_of(text) == words_of(r.title) or (len(title) > 1 and title == asked))
    return next(fits, None)


def _names_another(scene: Scene, text: str, asked: frozenset[str]) -> Decision | None:
    assert scene.recipe is not None
    if asked and asked == words_of(scene.recipe.title):
        return where(scene)  # it is open already
    if len(asked) >= 2 or (scene.corrected and not within(text, scene.recipe)):
        others = (r for r in scene.pantry.search(text, 5) if r.url != scene.session.recipe)
        other = next((r for r in others if asked and asked == words_of(r.title)), None)
        if other is not None:
            return open_recipe(scene, other)
    return _dish_wished(scene, text) or _version(scene, text)


def _version(scene: Scene, text: str) -> Decision | None:
    """What is like the recipe at hand and keeps a diet: "the vegan one"."""
    match = THE_DIET.fullmatch(unasked(bare(regular(text))))
    if match is None or scene.recipe is None:
        return None
    limits = limits_for(scene, {"diet": [DIETS[match["d"]]]})
    found = [r for r in matches(scene, scene.recipe.title, Taste(), limits) if r.url != scene.session.recipe]
    return offer(scene, found or browse(scene, limits), "") if found or browse(scene, limits) else None


THE_DIET = re.compile(
    rf"(?:i'll |i will )?(?:take |make |have |cook |do |i want )?(?:the|an?) (?P<d>{DIET})(?: (?:one|recipe|dish|option|version))?"
)
_A_DISH = re.compile(
    r"(?:(?:i(?:'d| would)? (?:want|like|fancy|love|need)|make|cook|bake|do|have|give me|show me|how about|what about) )?"
    r"(?:an?|some) (?P<q>[^\W\d_][\w' -]*)"
)


def _dish_wished(scene: Scene, text: str) -> Decision | None:
    """Another dish, wished for by its kind in the middle of a recipe that is none of that kind: "a cake, please"."""
    assert scene.recipe is not None
    match = _A_DISH.fullmatch(unasked(bare(regular(text))))
    words = in_order(searched(match["q"])) if match is not None else []
    if not 0 < len(words) <= 3 or words[-1] not in dish_kinds() or within(words[-1], scene.recipe):
        return None
    limits = limits_for(scene, {})
    found = [r for r in matches(scene, " ".join(words), taste_of(text), limits) if spoken(r, words) == len(words)]
    return offer(scene, found, " ".join(words)) if found else None


def _unknown_dish(scene: Scene, text: str) -> Decision | None:
    """Two to four words of which the kitchen does not know all, and none of which is for talking, name a dish."""
    words = re.findall(r"[^\W\d_]+", regular(text))
    if not 1 < len(words) <= 4 or any(w in WORDS_OF_WISHING or len(w) < 4 for w in words):
        return None
    if all(knows(scene.pantry, word) for word in words):
        return None
    found = matches(scene, " ".join(words), Taste(), limits_for(scene, {}))
    return _nearest(scene, found, " ".join(words)) if found else _nothing(scene, " ".join(words), {}, {})


def _nothing(scene: Scene, query: str, asked: dict[str, Any], limits: dict[str, Any]) -> Decision:
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


def _named(scene: Scene, query: str, sure: bool) -> Recipe | None:
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
