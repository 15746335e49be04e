"""What can stand in for an ingredient: looked up, never guessed.

One-way rules stay one-way, and what goes against the cook's allergies is left out.
"""

import re
from collections.abc import Iterable

from bot import allergens
from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene, listed
from bot.actions.recogniser import Wish
from bot.actions.restrictions import limits
from bot.allergens import singular
from bot.page import options
from bot.page.portions import named
from retrieval.passage import Passage
from retrieval.recipe import Ingredient, KnowledgeEntry, Recipe, Substitution
from retrieval.sentences import split

SHOWN = 3
_NOISE = frozenset("the a an of fresh plain regular some any whole large small good dried ground or and with".split())


def lacked(wish: Wish) -> Wish:
    """What a wish means with a recipe open: "no buttermilk here" tells what is lacking, and asks for no other dish."""
    without = wish.args.get("without")
    if wish.name != "choose" or wish.args.get("query") or not without or {"diet", "max_total_s"} & set(wish.args):
        return wish
    return Wish("substitute", {"item": _HERE.sub("", without[0]).strip(), "with": ""})


def substitute(scene: Scene) -> Decision | None:
    """Substitutes for an ingredient, or whether one thing does for another; None (for the student) if none is known."""
    item, instead = scene.wish.args["item"], scene.wish.args.get("with", "")
    item = in_full(scene.recipe, item, instead)
    rules = [e for e in scene.pantry.knowledge() if e.substitute is not None]
    if (option := page_option(scene, item, instead)) is not None:
        return option
    if not item:
        return _in_recipe(scene, rules, instead)
    called = _called(scene.recipe, item) if scene.recipe is not None else item
    if any(_match(e.substitute.original, called) for e in rules if e.substitute):
        item = called
    allergies, diet = limits(scene)
    if instead and (clash := against(instead, allergies, diet)):
        return Decision(f"Better not: {instead} does not go with {clash}.", *_KIND)
    lead = ""
    if instead:
        for offered in dict.fromkeys((instead, *instead.split(" or "))):  # "almonds or pecans": the first that is known
            answer = _one(rules, item, offered) or _of_both(scene.pantry.knowledge(), item, offered)
            if answer is not None:
                return answer
        lead = f"I do not know {instead} in place of {item}. "
    found = [(score, e) for e in rules if (score := _match(e.substitute.original, item)) and not e.substitute.avoid]  # type: ignore[union-attr]
    found.sort(key=lambda pair: -pair[0])
    best = _nearest([e for score, e in found if score == found[0][0]], scene.recipe, item)
    kept = [e for e in best if not _forbidden(e, allergies, diet)]
    left_out = len(best) - len(kept)
    if not kept and (allergies or diet) and (found or against(item, allergies, diet)):
        kept = [e for e in _akin(rules, item) if not _forbidden(e, allergies, diet)]
    if not found and not kept:
        return None
    if not kept:
        return _decision(
            f"What I know instead of {item} does not fit your {'allergies' if allergies else 'diet'}. "
            f"I would leave it out or choose another recipe.", ()
        )  # fmt: skip
    if instead:  # not the rule's own food, but its entry has a word on it
        told = next((e for e in kept if set(_words(instead)) <= set(_words(e.text))), None)
        if told is not None:
            return _decision(told.text, (told,))
    if lead and len(kept) == 1:
        rule = kept[0].substitute
        return _decision(f"{lead}What I know instead is {_line(rule)}.", kept)
    kept = kept[:SHOWN]
    note = "I left out what does not fit your allergies or diet." if left_out else ""
    limited = bool(against(kept[0].text, allergies, diet))  # it speaks of what must not be in it, too
    if len(kept) == 1 and not limited:
        return _decision(f"{kept[0].text} {note}".strip(), kept)
    if len(kept) == 1:
        return _decision(f"{lead}Instead of {item} take {_line(kept[0].substitute)}. {note}".strip(), kept)
    lines = [f"{n}. {_line(e.substitute)}" for n, e in enumerate(kept, 1) if e.substitute is not None]
    return _decision("\n".join([f"{lead}Instead of {item}:", *lines, *filter(None, [note])]), kept)


def same(scene: Scene) -> Decision | None:
    """Is ghee the same as butter? What the notes say of both; None (for the student) where no note is about both."""
    return _of_both(scene.pantry.knowledge(), scene.wish.args["item"], scene.wish.args["with"], _EXPLAINS)


_EXPLAINS = ("substitution", "ingredient", "term")


def _of_both(
    entries: Iterable[KnowledgeEntry], one: str, other: str, kinds: tuple[str, ...] = ("substitution",)
) -> Decision | None:
    """The note that is about two foods, the one that is about little else first."""
    found: list[tuple[int, KnowledgeEntry]] = []
    for entry in entries:
        if entry.kind not in kinds:
            continue
        ranks = [_rank(entry.about, food) for food in (one, other)]
        if min(ranks) >= 0 and ranks[0] != ranks[1]:
            found.append((sum(ranks) + len(entry.about), entry))
    if not found:
        return None
    best = min(found, key=lambda pair: pair[0])[1]
    return _decision(best.text, (best,))


def _rank(about: tuple[str, ...], food: str) -> int:
    """Where a food stands among what an entry is about, or -1; fresh yeast is not just any yeast."""
    states = _STATES & set(food.lower().split())
    return next((n for n, name in enumerate(about) if _match(name, food) and states <= set(name.lower().split())), -1)


_HERE = re.compile(r"(?: (?:here|left|at home|in the house|sorry|though|around|available))+$")
_STATES = frozenset("fresh dried dry instant active frozen canned smoked".split())


def page_option(scene: Scene, item: str, instead: str) -> Decision | None:
    """What the recipe itself gives to take instead, or says of doing without: its lines' alternatives, then its notes.
    What does not fit the cook's allergies is not offered.
    """
    recipe = scene.recipe
    if recipe is None or not (item or instead):
        return None
    if told := options.either(recipe, item, instead):
        lead = "Yes, the recipe gives the choice" if instead else "The recipe gives the choice"
        return None if _unfit(scene, told) else said_on_page(f"{lead}: {told}.", told, recipe)
    if not item and matching(recipe.ingredients, instead):
        return None  # it is in the recipe anyway
    told = options.note(recipe, item, instead)
    if not told or _unfit(scene, told):
        return None
    return said_on_page(told if options.denies(told) or not instead else f"Yes. {told}", "", recipe)


def said_on_page(text: str, item: str, recipe: Recipe) -> Decision:
    """An answer that stands in the recipe; ``item`` is its line, if it is one."""
    shared = (item,) if item in recipe.items else ()
    return Decision(text, "answer_question_recipe_steps", "ask_question_ingredients_tools", shared)


def _unfit(scene: Scene, text: str) -> bool:
    return bool(against(text, *limits(scene)))


def against(text: str, allergies: list[str], diet: list[str]) -> str:
    """Which of a cook's allergies or diets the foods of a text go against, or ""."""
    pot = Recipe(url="", title="", ingredients=(Ingredient(text=text),), steps=())
    for word in allergies:
        if allergens.find(pot, word):
            return f"an allergy to {allergens.spoken(word)}"
    return next((name for name in diet if allergens.forbids(name, text)), "")


def in_full(recipe: Recipe | None, item: str, instead: str) -> str:
    """What is replaced, in full: "vegetable broth instead of beef" means the beef broth of the list."""
    full = f"{item} {instead.split()[-1]}" if item and " " in instead else item
    lines = recipe.ingredients if recipe is not None else ()
    return full if any(re.search(rf"\b{re.escape(full)}\b", line.text.lower()) for line in lines) else item


def _called(recipe: Recipe, item: str) -> str:
    """What the recipe calls a cook's word, where it has one such thing: "wine" is its dry white wine."""
    lines = matching(recipe.ingredients, item)
    name = food_of(lines[0]) if len(lines) == 1 else ""
    return name if name and len(name.split()) <= 4 else item


def _nearest(entries: list[KnowledgeEntry], recipe: Recipe | None, item: str) -> list[KnowledgeEntry]:
    """Of rules that fit a cook's word equally well, those nearest to what the recipe calls it: its wine is red."""
    if recipe is None or not entries:
        return entries
    called = set(_words(_called(recipe, item)))
    shared = [len(called & set(_words(e.substitute.original))) for e in entries if e.substitute]
    return [entry for entry, count in zip(entries, shared, strict=True) if count == max(shared)]


def _in_recipe(scene: Scene, rules: list[KnowledgeEntry], instead: str) -> Decision | None:
    """Whether a food will do ("I only have onions, is that ok?"): in place of what the step at hand uses, or of any
    other line. None where the recipe has it anyway, or nothing is known of it.
    """
    recipe, step = scene.recipe, scene.session.step
    if recipe is None or matching(recipe.ingredients, instead):
        return None
    text = recipe.steps[step - 1] if step else ""
    lines = sorted(recipe.ingredients, key=lambda line: not named(line, recipe, text))
    for line in lines:
        item = food_of(line)
        for entry in rules:
            rule = entry.substitute
            assert rule is not None
            if _match(rule.original, item) and _may_use(rule.use, instead):
                if _forbidden(entry, *limits(scene)):
                    continue
                lead = "Better not" if rule.avoid else "Yes"
                return _decision(f"{lead}, in place of {item}. {entry.text}", (entry,))
            if not rule.one_way and _match(rule.use, item) and _may_use(rule.original, instead):
                if _unfit(scene, rule.original):
                    continue
                return _decision(f"Yes, in place of {item}{_turned(entry)}", (entry,))
    head = _words(instead)[-1:]
    alike = [line for line in lines if head and head[0] in _words(food_of(line))]
    return next((told for line in alike if (told := _of_both(scene.pantry.knowledge(), food_of(line), instead))), None)


def food_of(line: Ingredient) -> str:
    """What the food of a line is called, without its preparation."""
    return re.split(r",|\(", line.item or line.text)[0].strip()


def _turned(entry: KnowledgeEntry) -> str:
    """A rule that works both ways, told the other way round: its measure, and what its entry says of that way. The rest
    of the entry is about the first way, and would mislead.
    """
    rule = entry.substitute
    assert rule is not None
    first, _, second = (part.strip() for part in rule.ratio.partition(":"))
    told = " ".join(s for s in split(entry.text) if _OTHER_WAY.search(s))
    plain = all(re.fullmatch(r"[\d /.]+(?: [a-z]+){0,2}", part) for part in (first, second))
    measure = f": {first} of {rule.original} for {second} of {rule.use}" if plain else ""
    return f"{measure}. {told}".rstrip()


_OTHER_WAY = re.compile(r"\b(?:other way|reverse|vice versa|conversely|both ways|either way)\b", re.IGNORECASE)


def _may_use(use: str, said: str) -> bool:
    """Whether a rule's food is the one that was said, or one of several ("yellow onion or scallions"): as a whole, not
    a word within it ("beef" is not "beef stock") nor a part of a mixture.
    """
    cook = _words(said)
    parts = [use, *re.split(r",|\bor\b|/|\(|\)", use)]
    return bool(cook) and any(_is_kind(_words(part), cook) for part in parts if not _MIXED.search(part))


def _is_kind(name: list[str], cook: list[str]) -> bool:
    """Whether a food is what was said, or a plainer or finer sort of it."""
    if name == cook:
        return True
    if len(name) > len(cook) and name[-len(cook) :] == cook:
        before = set(name[: -len(cook)])
        return before <= _QUALIFIERS or cook[-1] in _SORTS
    return len(cook) > len(name) > 0 and cook[-len(name) :] == name and set(cook[: -len(name)]) <= _QUALIFIERS


_MIXED = re.compile(r"\b(?:and|with|plus)\b|\+")
_SORTS = frozenset("oil stock broth vinegar onion cheese mushroom bean pepper nut fish".split())


def _one(rules: list[KnowledgeEntry], item: str, instead: str) -> Decision | None:
    """Can I use ``instead`` for ``item``?"""
    fits = [
        (_match(e.substitute.original, item), e) for e in rules if e.substitute and _is_used(e.substitute.use, instead)
    ]
    score, entry = max(fits, key=lambda fit: fit[0], default=(0, None))  # "egg" comes before "eggs in a sponge"
    if score and entry is not None and entry.substitute is not None:
        return _decision(("Better not. " if entry.substitute.avoid else "Yes. ") + entry.text, (entry,))
    for entry in rules:  # the other way round, where it works both ways
        rule = entry.substitute
        assert rule is not None
        if _match(rule.use, item) and _match(rule.original, instead):
            if rule.one_way:
                others = [
                    e for e in rules if e.substitute and not e.substitute.avoid and _match(e.substitute.original, item)
                ]
                hint = (
                    f" Instead of {item} you can use "
                    f"{listed([e.substitute.use for e in others[:SHOWN] if e.substitute], 'or')}."
                    if others
                    else ""
                )
                return _decision(
                    f"I only know that the other way round: {rule.use} in place of {rule.original}. I would "
                    f"not count on {instead} doing for {item}.{hint}",
                    (entry,),
                )
            turned = _turned(entry)
            about = f" Take{turned[1:]}" if turned.startswith(":") else turned.removeprefix(".")
            return _decision(f"Yes, they stand in for each other.{about}".rstrip(), (entry,))
    return None


def _is_used(use: str, said: str) -> bool:
    """Whether a rule puts in what was said: "flax" or "flax eggs" for ground flaxseed and water."""
    plain = re.sub(r"^(?:ground|soaked|mashed|ripe|mashed ripe) | (?:and|with) water$| seeds?$", "", use)
    short = re.sub(r"^ground | (?:and|with) water$| (?:eggs?|seeds?|meal)$", "", said.lower().strip())
    return bool(_match(use, said) or _match(plain, said) or plain.removesuffix("seed").strip() == short)


def _line(rule: Substitution | None) -> str:
    assert rule is not None
    parts = [rule.use, f"({rule.ratio})" if rule.ratio else "", f"- {rule.effect}" if rule.effect else ""]
    return " ".join(p for p in parts if p)


def _words(text: str) -> list[str]:
    text = _DRINK.sub(r"\1 milk\2", text.lower())
    return [singular(w) for w in re.findall(r"[a-z]+", text) if w not in _NOISE]


# The notes call oat milk a drink, as labels must.
_DRINK = re.compile(r"\b(soy|oat|almond|rice|plant)( or (?:soy|oat|almond|rice))? drink\b")


def _match(name: str, said: str) -> int:
    """How well a rule's food is the one that was said: 3 the same, 2 the same thing said shorter, 0 another."""
    rule, cook = _words(name), _words(said)
    if not rule or not cook:
        return 0
    if rule == cook or set(rule) == set(cook):
        return 3
    # "egg" is "an egg as a binder"; "milk" is not "buttermilk", and "peanut butter" is not "butter".
    alternatives = [_words(part) for part in re.split(r",|\bor\b|/|\(|\)", name)]
    if cook in alternatives:
        return 3
    if len(rule) > len(cook) and rule[: len(cook)] == cook:
        rest = rule[len(cook) :]
        plain = rest == ["cheese"] and cook != ["cream"]
        return 2 if plain or rest[0] in _FOR or set(rest) <= _PARTS else 0
    if _MIXED.search(name):
        return 0  # milk powder and water together are not the water
    if len(cook) > len(rule) and cook[-len(rule) :] == rule:
        if _CHANGED & set(cook):
            return 0  # what does for shrimp does not for fermented ones
        return 2 if len(rule) > 1 or cook[0] in _QUALIFIERS else 0
    if len(rule) > len(cook) and rule[-len(cook) :] == cook and rule[0] in _QUALIFIERS:
        return 2
    return 0


_FOR = frozenset("as in for to when".split())
_CHANGED = frozenset("fermented pickled cured smoked dried candied preserved".split())
_PARTS = frozenset("fillet leaf breast thigh chuck clove".split())
_QUALIFIERS = frozenset(
    "unsalted unsweetened neutral vegetable salted all-purpose all purpose plain white large medium fresh organic "
    "extra virgin low fat full skim heavy light dark granulated fine kosher sea table dry yellow red green "
    "chopped minced grated melted cold warm softened lean boneless wheat".split()
)


def _akin(rules: list[KnowledgeEntry], item: str) -> list[KnowledgeEntry]:
    """Rules for the same food by another name: "wheat flour" for all-purpose flour, "chopped nuts" for peanuts."""
    nut = {"peanut", "tree nuts"} & allergens.kinds(item.split()[-1])  # not peanut oil
    names = [item, "chopped nuts"] if nut else [item]
    core = {tuple(w for w in _words(name) if w not in _QUALIFIERS) for name in names}
    found = []
    for entry in rules:
        rule = entry.substitute
        parts = re.split(r",|\bor\b|/", rule.original) if rule is not None and not rule.avoid else []
        if any(tuple(w for w in _words(part) if w not in _QUALIFIERS) in core - {()} for part in parts):
            found.append(entry)
    return found


def _forbidden(entry: KnowledgeEntry, allergies: list[str], diet: list[str]) -> bool:
    """Whether what is put in instead goes against the cook's allergies or diet, as far as its words tell."""
    rule = entry.substitute
    assert rule is not None
    return bool(against(f"{rule.use} {rule.ratio.split(':')[-1]}", allergies, diet))


_KIND = ("answer_question_external_fact", "ask_question_ingredients_tools")


def _decision(text: str, entries: tuple[KnowledgeEntry, ...] | list[KnowledgeEntry]) -> Decision:
    return Decision(
        text,
        *_KIND,
        passages=tuple(Passage(f"knowledge:{e.id}", "knowledge", e.text, 1.0, e.id, e.title) for e in entries),
    )
