"""Choosing a recipe by talking."""

import re
import zlib
from typing import Any

from bot import allergens
from bot.actions.base import NEXT, Decision, Scene, listed
from bot.actions.navigation import where
from bot.actions.wish_talk import wish_in
from bot.messages import Button
from bot.session import Pending
from bot.words import spell_duration
from retrieval.recipe import Recipe

SHOWN = 3
EVENING_S = 90 * 60
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "or",
        "the",
        "with",
        "of",
        "in",
        "for",
        "to",
        "some",
        "style",
        "easy",
        "simple",
        "quick",
        "best",
        "classic",
        "homemade",
        "my",
        "our",
        "recipe",
        "recipes",
        "make",
        "cook",
        "dish",
        "food",
    ]
)
# Says how it should be, not what: no recipe is named by these.
_VAGUE = frozenset(
    "warm warming comforting cozy cosy light fresh healthy fancy hearty special sweet savory spicy hot cold cool "
    "creamy crunchy filling festive impressive different new interesting cheap traditional simple little summery "
    "wintery rich exciting romantic kid-friendly delicious".split()
)

_BAKE = re.compile(r"\bbak(?:e|ed|ing)\b(?! (?:soda|powder|sheet|dish|tray|pan|paper|stone|steel))", re.IGNORECASE)


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
        # In the middle of a recipe "let's make the sauce" is about that recipe, unless it names another one outright.
        if named is not None and len(words_of(query)) == 1 and _within(query, scene.recipe):
            return None
        if named is None:
            about = words_of(" ".join((scene.recipe.title, *scene.recipe.items)))
            elsewhere = 0 < len(words_of(query)) <= 3 and not words_of(query) & about
            return _nothing(scene, query, args, _limits(scene, args)) if elsewhere else None
        if named.url == scene.session.recipe and scene.session.step:
            return where(scene)
        return open_recipe(scene, named)
    limits = _limits(scene, args)
    if named is not None and keeps(named, args):
        return open_recipe(scene, named)
    found = scene.pantry.search(query, 4 * SHOWN, **limits) if query else _browse(scene, limits)
    if not found and not sure and (scene.recipe is not None or len(query.split()) > 4):
        return None
    if not found:
        return _nothing(scene, query, args, limits)
    fitting = [r for r in found if spoken_of(query, r) >= (1 if any_of else len(words_of(query)))]
    if not fitting and len(words_of(query)) > 1:
        found = sorted(found, key=lambda r: -spoken_of(query, r))  # of several foods as many as there are
    fitting.sort(key=lambda r: not words_of(query) <= words_of(" ".join((r.title, r.description, r.cuisine, *r.tags))))
    if _BAKE.search(scene.message.text):
        fitting.sort(key=lambda r: not _is_baked(r))
    decision = offer(scene, fitting or found, query)
    if query and not fitting and not words_of(query) <= _VAGUE:
        _, _, options = decision.text.partition("\n")
        decision.text = f"I have no recipe for {query}. Nearest to it:\n{options}"
    return decision


def suggest(scene: Scene) -> Decision:
    """Three recipes, different every time, that fit the cook's diet and allergies."""
    limits = _limits(scene, {})
    if _BAKE.search(scene.message.text):
        baked = [r for r in scene.pantry.recipes() if keeps(r, limits) and _is_baked(r)]
        return offer(scene, _shuffled(scene, baked), "")
    return offer(scene, _browse(scene, limits), "")


def surprise(scene: Scene) -> Decision:
    """One recipe: out of those that were offered, or any that fits."""
    pending = scene.session.pending
    if pending is not None and pending.kind == "choose" and pending.options:
        recipe = scene.pantry.recipe(pending.options[int(scene.now) % len(pending.options)])
        if recipe is not None:
            return open_recipe(scene, recipe)
    found = _browse(scene, _limits(scene, {}))
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
        return Decision(
            f"I offered {len(pending.options)}; which one?",
            "ask_student_question",
            "misc",
            buttons=numbers_of(len(pending.options)),
        )
    recipe = scene.pantry.recipe(pending.options[index])
    if recipe is None:
        return Decision("That recipe is gone; what else would you like?", "ask_student_question", "misc")
    return open_recipe(scene, recipe)


def pick_by_name(scene: Scene) -> Decision | None:
    """Open "the soup", where one of the offered recipes is a soup."""
    pending = scene.session.pending
    if pending is None or pending.kind != "choose":
        return None
    words = words_of(scene.message.text) - {
        "one",
        "that",
        "this",
        "want",
        "i",
        "like",
        "please",
        "go",
        "it",
        "let",
        "s",
        "yes",
    }
    recipes = [r for url in pending.options if (r := scene.pantry.recipe(url)) is not None]
    hits = [(len(words & words_of(r.title)), r) for r in recipes]
    best = max((n for n, _ in hits), default=0)
    winners = [r for n, r in hits if n == best]
    whole = scene.wish.name == "choose"  # "let's make X" names X, and only X
    if best and len(winners) == 1 and (best == len(words) if whole else best >= len(words) / 2):
        return open_recipe(scene, winners[0])
    return None


def more_options(scene: Scene) -> Decision | None:
    """Others than those that were offered."""
    pending = scene.session.pending
    if pending is None or pending.kind != "choose":
        return None
    offset = pending.offset + len(pending.options)
    limits = _limits(scene, {})
    found = (
        scene.pantry.search(pending.query, offset + SHOWN, **limits)[offset:]
        if pending.query
        else _browse(scene, limits, pending.options)
    )
    if not found:
        return Decision("That is all I have for it. Would you like something else?", "ask_student_question", "misc")
    return offer(scene, found, pending.query, offset)


def offer(scene: Scene, recipes: list[Recipe], query: str, offset: int = 0) -> Decision:
    """Ask which of (up to three) recipes it shall be."""
    recipes = recipes[:SHOWN]
    if not recipes:
        return _nothing(scene, query, {}, {})
    scene.session.pending = Pending("choose", [r.url for r in recipes], query, offset)
    named = bool(words_of(query) - _VAGUE)
    if len(recipes) == 1:
        lead = "I have one that fits:"
    else:
        lead = (
            f"For {query} I have:" if named and re.fullmatch(r"[a-z ,'-]{2,40}", query) else "How about one of these:"
        )
    lines = [f"{n}. {title_line(r)}" for n, r in enumerate(recipes, 1)]
    question = "Shall we make it?" if len(recipes) == 1 else "Which one?"
    buttons = (Button("Yes", "1"),) if len(recipes) == 1 else numbers_of(len(recipes))
    return Decision(
        lead + "\n" + "\n".join(lines) + f"\n{question}",
        intent="ask_student_question",
        user_intent="misc",
        buttons=(*buttons, Button("Others", "show me others")),
    )


def open_recipe(scene: Scene, recipe: Recipe) -> Decision:
    """Open a recipe at its beginning, say what to know before starting, and ask whether to start."""
    session = scene.session
    if session.recipe and session.recipe != recipe.url and session.step:
        session.pause(scene.now)
    session.open(recipe.url, recipe.title)
    scene.refresh()
    view = scene.recipe or recipe
    facts = [f"serves {view.servings}" if view.servings else f"makes {view.recipe_yield}" if view.recipe_yield else ""]
    facts += [spell_duration(view.total_s) if view.total_s else "", f"{len(view.steps)} steps" if view.steps else ""]
    parts = [f"{view.title}: {', '.join(f for f in facts if f)}."]
    if view.description:
        parts.append(view.description)
    warning = clash_warning(scene, recipe)
    if warning:
        parts.append(warning)
    session.pending = Pending("start", [recipe.url])
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
    recipe only the whole title of another, of two words or more.
    """
    text = scene.message.text.strip()
    if "?" in text or len(text.split()) > 14:
        return None
    asked = words_of(text) - {"please"}
    if len(text.split()) > 6 and scene.recipe is None:  # nothing so long but a whole title
        whole = next((r for r in scene.pantry.search(text, 5) if asked == words_of(r.title)), None)
        return open_recipe(scene, whole) if whole is not None else None
    if scene.recipe is not None:
        if asked and asked == words_of(scene.recipe.title):
            return where(scene)  # it is open already
        if len(asked) < 2:
            return None
        others = (r for r in scene.pantry.search(text, 5) if r.url != scene.session.recipe)
        other = next((r for r in others if asked == words_of(r.title)), None)
        return open_recipe(scene, other) if other is not None else None
    found = [r for r in scene.pantry.search(text, 5) if asked and asked <= words_of(r.title)]
    if not found:
        return None
    named = _named(scene, text, sure=False)
    return open_recipe(scene, named) if named is not None else offer(scene, found, text.lower())


def _limits(scene: Scene, args: dict[str, Any]) -> dict[str, Any]:
    limits = dict(args)
    diet = [*limits.get("diet", []), *scene.session.diet]
    without = [*limits.get("without", []), *scene.session.allergies]
    if diet:
        limits["diet"] = list(dict.fromkeys(diet))
    if without:
        limits["without"] = list(dict.fromkeys(without))
    return limits


def _browse(scene: Scene, limits: dict[str, Any], but: list[str] | None = None) -> list[Recipe]:
    """Recipes that keep the limits, main dishes first, what is done in an evening before the rest, in an order that
    changes by the minute.
    """
    fits = _shuffled(scene, [r for r in scene.pantry.recipes() if r.url not in (but or ()) and keeps(r, limits)])
    fits.sort(key=lambda r: (r.course not in ("", "main", "breakfast", "soup"), (r.total_s or 0) > EVENING_S))
    return fits[: SHOWN + 1]


def _shuffled(scene: Scene, recipes: list[Recipe]) -> list[Recipe]:
    """The same recipes in an order that changes by the minute."""
    return sorted(recipes, key=lambda r: zlib.crc32(f"{r.url} {int(scene.now) // 60}".encode()))


def _is_baked(recipe: Recipe) -> bool:
    return any(_BAKE.search(step) for step in recipe.steps)


def keeps(recipe: Recipe, limits: dict[str, Any]) -> bool:
    """Whether a recipe keeps a time limit, diets and exclusions. What cannot be told is not kept."""
    longest = limits.get("max_total_s")
    if longest and (recipe.total_s is None or recipe.total_s > longest):
        return False
    if any(allergens.find(recipe, word) for word in limits.get("without", ())):
        return False
    return all(allergens.keeps_diet(recipe, diet) for diet in limits.get("diet", ()))


def _nothing(scene: Scene, query: str, asked: dict[str, Any], limits: dict[str, Any]) -> Decision:
    """Say which condition nothing meets, and offer what meets the others."""
    said = []
    if "max_total_s" in asked:
        said.append(f"under {spell_duration(asked['max_total_s'])}")
    said += [f"without {word}" for word in limits.get("without", ())] + list(limits.get("diet", ()))
    what = f"I have nothing{f' with {query}' if query else ''}{' ' + listed(said) if said else ''}."
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


def words_of(text: str) -> set[str]:
    """The words of a text that name something, singular."""
    return {allergens.singular(w) for w in re.findall(r"[^\W\d_]+", text.lower())} - _STOP


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


def spoken_of(query: str, recipe: Recipe) -> int:
    """How many of a query's words the recipe is about: "chickpeas", "thai soup"."""
    lines = (i.text for i in recipe.ingredients)
    about = (
        recipe.title,
        recipe.cuisine,
        recipe.course,
        *recipe.tags,
        *recipe.diet,
        *lines,
    )
    return len(words_of(query) & words_of(" ".join(about)))


def _within(query: str, recipe: Recipe) -> bool:
    """Whether the recipe at hand itself speaks of it ("let's make the sauce")."""
    asked = words_of(query)
    here = words_of(" ".join((recipe.title, *recipe.steps, *(i.text for i in recipe.ingredients))))
    return asked <= here
