"""Choosing a recipe by talking."""

import re
import zlib
from typing import Any

from bot import allergens
from bot.actions.base import NEXT, Decision, Scene, listed
from bot.actions.words import spell_duration
from bot.messages import Button
from bot.session import Pending
from retrieval.recipe import Recipe

SHOWN = 3
_STOP = frozenset(
    [
        "a",
        "an",
        "and",
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


def choose(scene: Scene) -> Decision | None:
    """Find recipes for a wish; open the one that it names, else offer three."""
    args = dict(scene.wish.args)
    query, sure = args.pop("query"), args.pop("sure")
    named = _named(scene, query, sure)
    if scene.recipe is not None and not sure:
        # In the middle of a recipe "let's make the sauce" is about that recipe, unless it names another one outright.
        if named is not None and len(_words(query)) == 1 and _within(query, scene.recipe):
            return None
        if named is None:
            about = _words(" ".join((scene.recipe.title, *scene.recipe.items)))
            elsewhere = 0 < len(_words(query)) <= 3 and not _words(query) & about
            return _nothing(scene, query, args, _limits(scene, args)) if elsewhere else None
        if named.url == scene.session.recipe and scene.session.step:
            return None
        return open_recipe(scene, named)
    limits = _limits(scene, args)
    if named is not None and keeps(named, args):
        return open_recipe(scene, named)
    found = scene.pantry.search(query, SHOWN + 1, **limits) if query else _browse(scene, limits)
    if not found and not sure and (scene.recipe is not None or len(query.split()) > 4):
        return None
    if not found:
        return _nothing(scene, query, args, limits)
    fitting = [r for r in found if _speaks_of(query, r)]
    fitting.sort(key=lambda r: not _words(query) <= _words(" ".join((r.title, r.description, r.cuisine, *r.tags))))
    decision = offer(scene, fitting or found, query)
    if query and not fitting:
        options = decision.text.partition("\n")[2]
        decision.text = f"I have no recipe for {query}. Nearest to it:\n{options}"
    return decision


def suggest(scene: Scene) -> Decision:
    """Three recipes, different every time, that fit the cook's diet and allergies."""
    return offer(scene, _browse(scene, _limits(scene, {})), "")


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
    if pending is None or pending.kind != "choose":
        return None
    n = scene.wish.args["n"]
    index = len(pending.options) - 1 if n == -1 else n - 1
    if not 0 <= index < len(pending.options):
        return Decision(
            f"I offered {len(pending.options)}; which one?",
            "ask_student_question",
            "misc",
            buttons=_numbers(len(pending.options)),
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
    words = _words(scene.message.text) - {
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
    hits = [(len(words & _words(r.title)), r) for r in recipes]
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
    if len(recipes) == 1:
        lead = "I have one that fits: "
    else:
        lead = (
            f"For {query} I have: " if query and re.fullmatch(r"[a-z ,'-]{2,40}", query) else "How about one of these: "
        )
    lines = [f"{n}. {_title_line(r)}" for n, r in enumerate(recipes, 1)]
    question = "Shall we make it?" if len(recipes) == 1 else "Which one?"
    buttons = (Button("Yes", "1"),) if len(recipes) == 1 else _numbers(len(recipes))
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
    """A bare "shakshuka" when nothing is open: the title, or a short wish with no question in it."""
    text = scene.message.text.strip()
    if scene.recipe is not None or "?" in text or len(text.split()) > 6:
        return None
    asked = _words(text)
    found = [r for r in scene.pantry.search(text, 5) if asked and asked <= _words(r.title)]
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
    """Recipes that keep the limits, main dishes first, in an order that changes by the minute."""
    fits = [r for r in scene.pantry.recipes() if r.url not in (but or ()) and keeps(r, limits)]
    fits.sort(
        key=lambda r: (
            r.course not in ("", "main", "breakfast", "soup"),
            zlib.crc32(f"{r.url} {int(scene.now) // 60}".encode()),
        )
    )
    return fits[: SHOWN + 1]


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


def _title_line(recipe: Recipe) -> str:
    facts = [spell_duration(recipe.total_s) if recipe.total_s else "", recipe.difficulty]
    detail = ", ".join(f for f in facts if f)
    return f"{recipe.title}{f' ({detail})' if detail else ''}"


def _numbers(count: int) -> tuple[Button, ...]:
    return tuple(Button(str(n), str(n)) for n in range(1, count + 1))


def _words(text: str) -> set[str]:
    return {allergens.singular(w) for w in re.findall(r"[^\W\d_]+", text.lower())} - _STOP


def _named(scene: Scene, query: str, sure: bool) -> Recipe | None:
    """The recipe that a query names: by its whole title, or after "let's make" as the only title with all its words."""
    asked = _words(query)
    if not asked:
        return None
    found = [r for r in scene.pantry.search(query, 5) if asked <= _words(r.title)]
    whole = [r for r in found if asked == _words(r.title)]
    if whole:
        return whole[0]
    return found[0] if len(found) == 1 and not sure else None


def _speaks_of(query: str, recipe: Recipe) -> bool:
    """Whether the recipe speaks of everything in the query anywhere: "chickpeas", "thai soup"."""
    lines = (i.text for i in recipe.ingredients)
    about = (
        recipe.title,
        recipe.description,
        recipe.cuisine,
        recipe.course,
        *recipe.tags,
        *recipe.diet,
        *lines,
        *recipe.steps,
    )
    return _words(query) <= _words(" ".join(about))


def _within(query: str, recipe: Recipe) -> bool:
    """Whether the recipe at hand itself speaks of it ("let's make the sauce")."""
    asked = _words(query)
    here = _words(" ".join((recipe.title, *recipe.steps, *(i.text for i in recipe.ingredients))))
    return asked <= here
