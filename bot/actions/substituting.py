"""What can stand in for an ingredient: looked up, never guessed.

One-way rules stay one-way, and what goes against the cook's allergies is left out.
"""

import re

from bot.actions.amounts import matching
from bot.actions.base import Decision, Scene, listed
from bot.allergens import allergens_of, singular
from bot.page.portions import named
from retrieval.passage import Passage
from retrieval.recipe import KnowledgeEntry, Substitution

SHOWN = 3
_NOISE = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "fresh",
        "plain",
        "regular",
        "some",
        "any",
        "whole",
        "large",
        "small",
        "good",
        "dried",
        "ground",
        "or",
        "and",
        "with",
    ]
)


def substitute(scene: Scene) -> Decision | None:
    """Substitutes for an ingredient, or whether one thing does for another; None (for the student) if none is known."""
    item, instead = scene.wish.args["item"], scene.wish.args.get("with", "")
    rules = [e for e in scene.pantry.knowledge() if e.substitute is not None]
    if not item:
        return _in_recipe(scene, rules, instead)
    lead = ""
    if instead:
        answer = _one(rules, item, instead)
        if answer is not None:
            return answer
        lead = f"I do not know {instead} in place of {item}. "
    found = [(score, e) for e in rules if (score := _match(e.substitute.original, item)) and not e.substitute.avoid]  # type: ignore[union-attr]
    found.sort(key=lambda pair: -pair[0])
    best = [e for score, e in found if score == found[0][0]]
    kept = [e for e in best if not _forbidden(e, scene.session.allergies, scene.session.diet)]
    if not found:
        return None
    left_out = len(best) - len(kept)
    if not kept:
        return _decision(
            f"What I know instead of {item} does not fit your {'allergies' if scene.session.allergies else 'diet'}. "
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
    note = " I left out what does not fit your allergies or diet." if left_out else ""
    if len(kept) == 1:
        return _decision(kept[0].text + note, kept)
    lines = [f"{n}. {_line(e.substitute)}" for n, e in enumerate(kept, 1) if e.substitute is not None]
    return _decision(f"{lead}Instead of {item}:\n" + "\n".join(lines) + note, kept)


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
        item = re.split(r",|\(", line.item or line.text)[0].strip()
        for entry in rules:
            rule = entry.substitute
            assert rule is not None
            there, back = _match(rule.original, item), not rule.one_way and _match(rule.use, item)
            if (there and _may_use(rule.use, instead)) or (back and _may_use(rule.original, instead)):
                if _forbidden(entry, scene.session.allergies, scene.session.diet) and there:
                    continue
                lead = "Better not" if rule.avoid else "Yes"
                return _decision(f"{lead}, in place of {item}. {entry.text}", (entry,))
    return None


def _may_use(use: str, said: str) -> bool:
    """Whether a rule's food is the one that was said, or one of several ("yellow onion or scallions")."""
    cook = _words(said)
    others = [_words(part) for part in re.split(r",|\bor\b|\band\b|/|\(|\)|\bplus\b", use)]
    return _match(use, said) > 0 or any(cook and other[-len(cook) :] == cook for other in others)


def _one(rules: list[KnowledgeEntry], item: str, instead: str) -> Decision | None:
    """Can I use ``instead`` for ``item``?"""
    for entry in rules:
        rule = entry.substitute
        assert rule is not None
        if _match(rule.original, item) and _match(rule.use, instead):
            lead = "Better not. " if rule.avoid else "Yes. "
            return _decision(lead + entry.text, (entry,))
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
            return _decision(f"Yes, they stand in for each other. {entry.text}", (entry,))
    return None


def _line(rule: Substitution | None) -> str:
    assert rule is not None
    parts = [rule.use, f"({rule.ratio})" if rule.ratio else "", f"- {rule.effect}" if rule.effect else ""]
    return " ".join(p for p in parts if p)


def _words(text: str) -> list[str]:
    return [singular(w) for w in re.findall(r"[a-z]+", text.lower()) if w not in _NOISE]


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
        return 2
    if len(cook) > len(rule) and cook[-len(rule) :] == rule:
        return 2 if len(rule) > 1 or cook[0] in _QUALIFIERS else 0
    if len(rule) > len(cook) and rule[-len(cook) :] == cook and rule[0] in _QUALIFIERS:
        return 2
    return 0


_QUALIFIERS = frozenset(
    [
        "unsalted",
        "neutral",
        "vegetable",
        "salted",
        "all-purpose",
        "all",
        "purpose",
        "plain",
        "white",
        "large",
        "medium",
        "fresh",
        "organic",
        "extra",
        "virgin",
        "low",
        "fat",
        "full",
        "skim",
        "heavy",
        "light",
        "dark",
        "granulated",
        "fine",
        "kosher",
        "sea",
        "table",
        "dry",
        "yellow",
        "red",
        "green",
        "chopped",
        "minced",
        "grated",
        "melted",
        "cold",
        "warm",
        "softened",
        "lean",
        "boneless",
    ]
)


def _forbidden(entry: KnowledgeEntry, allergies: list[str], diet: list[str]) -> bool:
    """Whether what is put in instead goes against the cook's allergies or diet, as far as its words tell."""
    from bot import allergens
    from retrieval.recipe import Ingredient, Recipe

    rule = entry.substitute
    assert rule is not None
    pot = Recipe(url="", title="", ingredients=(Ingredient(text=f"{rule.use} {rule.ratio.split(':')[-1]}"),), steps=())
    if any(allergens.find(pot, word) for word in allergies):
        return True
    return any(allergens.keeps_diet(pot, name) is False for name in diet) or any(
        allergens_of(word) and word in rule.use for word in allergies
    )


def _decision(text: str, entries: tuple[KnowledgeEntry, ...] | list[KnowledgeEntry]) -> Decision:
    return Decision(
        text,
        intent="answer_question_external_fact",
        user_intent="ask_question_ingredients_tools",
        passages=tuple(Passage(f"knowledge:{e.id}", "knowledge", e.text, 1.0, e.id, e.title) for e in entries),
    )
