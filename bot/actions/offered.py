"""What a cook says to an offer of recipes: takes one, asks about one, compares them."""

# ruff: noqa: E501 (a pattern is easier to read, and to change, on one line)

import re

from bot import allergens
from bot.actions.base import Decision, Scene, listed
from bot.actions.choosing import TAKES, choose, more_options, numbers_of, offer, open_recipe, title_line
from bot.actions.larder import browse, limits_for, naming
from bot.actions.matching import holds, spoken_of, words_of
from bot.actions.named import THE_DIET, THE_ONES
from bot.actions.recogniser import Wish
from bot.actions.restrictions import DIET, DIETS
from bot.actions.tastes import mood_score, ranked, taste_of
from bot.messages import Button
from bot.words import ORDINAL, bare, ordinal, regular, unasked
from model.facts import foods
from retrieval.recipe import Recipe

LONGEST = 16  # words
_NUMBER = {"one": 1, "two": 2, "three": 3, "a": 1, "b": 2, "c": 3}
_REFERENCE = re.compile(
    rf"\b(?:number|option|recipe|no\.?|#|choice) ?(?P<n>[1-9]|one|two|three|a|b|c)\b|"
    rf"(?<!a )(?<!one )\b(?P<ord>{ORDINAL}|last|middle)(?: (?:one|recipe|option|dish|choice|1))?\b(?! (?:ingredient|step|instruction|time|thing|minute|hour|day|bit|part|half|batch|line|item))"
)
_QUESTION = re.compile(
    r"^(?:what|how|which|why|when|is|are|does|do (?:i|you|we|they|any|these|those)|will|tell me|describe|more (?:on|about)|details|explain|info|information)\b"
)
_MEANT = re.compile(
    r"(?:(?:i'll |i will |we'll |we will )?(?:take|make|do|cook|try|go (?:with|for)|have|want|like|choose|pick|start(?: with)?) )?"
    r"(?:that|this|it)(?: one| recipe)?(?: then)?(?: (?:sounds|looks|is|seems) (?:good|great|nice|perfect|fine|tasty|lovely))?"
)
_MORE = re.compile(
    r"(?:tell me|say|what(?:'s| is| are)(?: in)?|describe|more(?: about)?|details(?: (?:on|about))?|know)(?: me)?(?: a bit| a little)?"
    r"(?: more)?(?: (?:about|on))?(?: (?:it|that|this|them|these|those|each|all of them|that one|this one))?"
)
# Of a way to do something, which is no recipe: "easiest way to pit cherries".
_OF_RECIPES = r"(?! (?:ways?|methods?|tricks?|things?|part|place|time|to (?!make|cook|do|prepare|bake|start)))"
_QUICKEST = rf"(?P<quick>quickest|fastest|shortest|(?:takes?|needs?) (?:the )?(?:least|less|shortest) (?:time|long)?){_OF_RECIPES}"
_EASIEST = rf"(?P<easy>easiest|simplest|least work|most (?:beginner|simple)\w*){_OF_RECIPES}"
_RECOMMENDED = r"(?P<best>(?:(?:would|do) you|you(?:'d| would)?) (?:recommend|suggest|pick|choose|take|make|prefer)|(?:is|'s|are) (?:the )?(?:best|nicest|tastiest))"
_WITH = re.compile(
    r"(?:i'll |i will )?(?:take |make |have |cook |do )?the (?:one|recipe|dish)s? (?:with|that (?:has|uses)|using|made with) (?:the |some )?(?P<x>[a-z -]+)"
)
_OTHERS = re.compile(
    r"(?:show me |any(?:thing)? |something |what |have you (?:got )?|got )*(?:else|another(?: one| idea| recipe| option)?|(?:something |a )?different(?: ones?)?|(?:some )?others?(?: (?:ideas|options|ones))?|more(?: (?:ideas|options))?)"
    r"(?: (?:do you have|is there|have you got|you have))?"
)
_THE_OTHER = re.compile(
    r"(?:i'll |i will )?(?:take |make |have |cook |do |i want )?the other(?: (?:one|recipe|dish|option))?"
)
_REFINED = re.compile(
    r"(?:(?:something|anything|have you|do you have|got|a bit|a little|any|make it|is there|more|much|with) )*(?:the )?(?P<x>[a-z]+(?:er|est)|more \w+)(?: (?:one|please|then|dish|recipe))*"
)
_AND = re.compile(
    r"(?:and|or|what about|how about|then) (?:(?:something|anything|one|a recipe) )?(?:with |for )?(?P<q>(?!the )[a-z][a-z' -]+?)(?: then)?"
)
_BEST_OF = re.compile(rf"\b(?:{_QUICKEST}|{_EASIEST})\b|^which.*{_RECOMMENDED}")
_OF_DIET = re.compile(rf"^(?:which|are|is|do|does|what)\b.*\b(?P<d>{DIET})\b")
_BEGINS = ("start", "begin", "next", "go", "go ahead", "start cooking", "get started", "cook", "make it")
_HARD = {"easy": 0, "medium": 1, "hard": 2, "difficult": 2}


def answer_offer(scene: Scene) -> tuple[Decision, str] | None:
    """What to do where the message is about the recipes that were offered, and the name of that; else None."""
    pending = scene.session.pending
    text = regular(scene.message.text)
    if pending is None or pending.kind != "choose" or len(text.split()) > LONGEST:
        return None
    offered = [r for url in pending.options if (r := scene.pantry.recipe(url)) is not None]
    if not offered:
        return None
    asked = unasked(bare(text))
    meant = next((r for r in offered if r.url == pending.meant), offered[0] if len(offered) == 1 else None)
    chosen = _referred(text, offered)
    if chosen is not None:
        takes = TAKES.match(bare(text)) or not (_QUESTION.match(asked) or "?" in text)
        return (open_recipe(scene, chosen), "pick") if takes else (tell(scene, chosen), "tell")
    if _OTHERS.fullmatch(asked) and (more := more_options(scene)) is not None:
        return more, "more_options"
    if (decision := _told_apart(scene, offered, asked)) is not None:
        return decision
    if (with_ := _WITH.fullmatch(asked)) is not None:
        having = [r for r in offered if spoken_of(words_of(with_["x"]), r) == len(words_of(with_["x"]))]
        return (open_recipe(scene, having[0]), "pick") if len(having) == 1 else None
    if (best := _BEST_OF.search(text)) is not None:
        winner = min(offered, key=_total_s if best["quick"] else _difficulty)
        if _QUESTION.match(asked) or "?" in text:
            return _compared(scene, winner, "quickest" if best["quick"] else "easiest"), "tell"
        return open_recipe(scene, winner), "pick"
    if (diet := _OF_DIET.match(asked)) is not None:
        return _fitting(scene, offered, DIETS[diet["d"]]), "tell"
    if meant is not None and (_MEANT.fullmatch(asked) or (asked in _BEGINS and not scene.session.step)):
        return open_recipe(scene, meant), "pick"
    if _MEANT.fullmatch(asked):
        return _question("Which one? Say its number.", len(offered)), "pick"
    if _MORE.fullmatch(asked) and re.search(r"\b(?:more|in|about|describe|details)\b", asked):
        return (tell(scene, meant) if meant is not None else _all(scene, offered)), "tell"
    return None


def _told_apart(scene: Scene, offered: list[Recipe], asked: str) -> tuple[Decision, str] | None:
    """The one of the offers that is meant by what it is: "the vegan one", "the other one", "the spicy one"; or others
    of the same kind, "something cheaper".
    """
    if (diet := THE_DIET.fullmatch(asked)) is not None:
        kept = DIETS[diet["d"]]
        fits = [r for r in offered if allergens.keeps_diet(r, kept)]
        if len(fits) == 1:
            return open_recipe(scene, fits[0]), "pick"
        return (_fitting(scene, offered, kept), "tell") if fits else None  # of others, then
    if _THE_OTHER.fullmatch(asked):
        return _the_other(scene, offered)
    if (one := THE_ONES.fullmatch(asked)) is not None:
        best = _most_like(one["x"], offered)
        return (open_recipe(scene, best), "pick") if best is not None else None
    if (more := _REFINED.fullmatch(asked)) is not None and taste_of(more["x"]).moods:
        return _refined(scene, offered, asked), "more_options"
    if (also := _AND.fullmatch(regular(scene.message.text).strip(" ?.!"))) is not None and foods(also["q"]):
        scene.wish = Wish("choose", {"query": also["q"], "sure": True})
        decision = choose(scene)
        return (decision, "choose") if decision is not None else None
    return None


def _the_other(scene: Scene, offered: list[Recipe]) -> tuple[Decision, str] | None:
    """The one that was not spoken of; of several a question."""
    assert scene.session.pending is not None
    taken = {scene.session.pending.meant, scene.session.recipe}
    others = [r for r in offered if r.url not in taken]
    if len(others) == 1:
        return open_recipe(scene, others[0]), "pick"
    lines = [f"{n}. {title_line(r)}" for n, r in enumerate(offered, 1) if r in others]
    return _question("\n".join(["Which one?", *lines]), len(offered)), "tell"


def _most_like(text: str, offered: list[Recipe]) -> Recipe | None:
    """The only one of the offers that is most of what a text says, by words or by taste."""
    taste, words = taste_of(text), naming(text)
    scores = [
        spoken_of(words, r)
        + (len(words) > 1 and holds(text, r))
        + (mood_score(r, taste) > 0)
        + bool(taste.easy and r.difficulty == "easy")
        for r in offered
    ]
    best = max(scores)
    return offered[scores.index(best)] if best and scores.count(best) == 1 else None


def _refined(scene: Scene, offered: list[Recipe], asked: str) -> Decision:
    """What was found for the same wish, in the order of a further taste."""
    pending = scene.session.pending
    assert pending is not None
    rest = [r for url in pending.rest if (r := scene.pantry.recipe(url)) is not None]
    taste = taste_of(asked)
    again = [r for r in ranked([*offered, *rest], naming(pending.query), taste) if mood_score(r, taste)]
    if not set(pending.options) - {r.url for r in again[: len(offered)]} and len(offered) > 1:
        return _question("I have none that is more so than these. Which one?", len(offered))
    return offer(
        scene, again or browse(scene, limits_for(scene, pending.limits), taste), pending.query if again else ""
    )


def tell(scene: Scene, recipe: Recipe) -> Decision:
    """What an offered recipe is, and what it takes; asks whether it shall be that one."""
    assert scene.session.pending is not None
    scene.session.pending.meant = recipe.url
    facts = f"{title_line(recipe)}."
    takes = [line.item or line.text for line in recipe.ingredients if not line.optional]
    needs = f"You need {listed(list(dict.fromkeys(takes)))}." if takes else ""
    number = scene.session.pending.options.index(recipe.url) + 1
    return Decision(
        " ".join(part for part in (facts, recipe.description, needs, "Shall we make it?") if part),
        intent="ask_student_question",
        user_intent="ask_question_recipe_steps",
        buttons=(Button("Yes", str(number)), Button("Others", "show me others")),
        title=recipe.title,
    )


def _all(scene: Scene, recipes: list[Recipe]) -> Decision:
    lines = [f"{n}. {title_line(r)}: {r.description}" for n, r in enumerate(recipes, 1)]
    return _question("\n".join([*lines, "Which one?"]), len(recipes))


def _compared(scene: Scene, winner: Recipe, what: str) -> Decision:
    assert scene.session.pending is not None
    scene.session.pending.meant = winner.url
    return _question(f"The {what} is {title_line(winner)}. Shall we make it?", len(scene.session.pending.options))


def _fitting(scene: Scene, offered: list[Recipe], diet: str) -> Decision:
    fits = [r.title for r in offered if allergens.keeps_diet(r, diet)]
    said = f"As far as I can tell {listed(fits)} {'is' if len(fits) == 1 else 'are'} {diet}." if fits else (
        f"None of them is {diet}, as far as I can tell."
    )  # fmt: skip
    if len(fits) == 1:
        assert scene.session.pending is not None
        scene.session.pending.meant = next(r.url for r in offered if r.title == fits[0])
    return _question(f"{said} {'Shall we make it?' if len(fits) == 1 else 'Which one?'}", len(offered))


def _question(text: str, options: int) -> Decision:
    buttons = (*numbers_of(options), Button("Others", "show me others"))
    return Decision(text, "ask_student_question", "ask_question_recipe_steps", buttons=buttons)


def _referred(text: str, offered: list[Recipe]) -> Recipe | None:
    """The one recipe that a text refers to by its place; None for none, several, or "not the first"."""
    if re.search(r"\b(?:not|don't|neither|isn't|no) (?:\w+ ){0,2}(?:the )?(?:first|second|third|last|number)\b", text):
        return None
    places = set()
    for match in _REFERENCE.finditer(text):
        if match["n"]:
            places.add(int(match["n"]) if match["n"].isdigit() else _NUMBER[match["n"]])
        elif _told_how(text, match):
            continue
        elif match["ord"] == "last":
            places.add(len(offered))
        elif match["ord"] == "middle":
            places.add(2 if len(offered) == 3 else 0)
        else:
            places.add(ordinal(match["ord"]) or 0)
    place = places.pop() if len(places) == 1 else 0
    return offered[place - 1] if 0 < place <= len(offered) else None


def _told_how(text: str, match: re.Match[str]) -> bool:
    """Whether an ordinal says when or where something is done: "do I brown the butter first?", "burnt in the middle"."""
    if " " in match[0]:
        return False
    before = text[: match.start()]
    own = re.search(r"\bthe $", before) and not re.search(r"\b(?:in|at|from|until|till) the $", before)
    return not own and len(text.split()) > 4


def _total_s(recipe: Recipe) -> float:
    return float(recipe.total_s or 1e9)


def _difficulty(recipe: Recipe) -> tuple[int, float]:
    return _HARD.get(recipe.difficulty, 1), _total_s(recipe)
