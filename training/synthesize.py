"""Dialogues made from recipes, in the style of the Wizard of Tasks.

``DialogueMaker`` walks a cook through a recipe: mostly next steps, with questions whose answers stand in the recipe
(amounts, times, temperatures, tools, signs of doneness), questions that it does not answer, repeats, lists and small
talk. Phrases come from ``training.phrases`` and from utterances of real cooks that speak of no dish in particular.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from model.vocabulary import Dialogue, Turn
from retrieval.recipe import KnowledgeEntry, Recipe
from training import phrases
from training.corpora import Example
from training.extract import HEAT, TIME, TOOL, UNTIL, action_of, clauses, item_name, lower_first


class DialogueMaker:
    """Makes dialogues over recipes.

    Args:
        rng: Source of chance; the same seed makes the same dialogues.
        real: Real cooks' utterances that name no dish, by user intent (see ``neutral_utterances``).
        knowledge: Entries to ask about; empty for none.
    """

    def __init__(
        self, rng: random.Random, real: dict[str, list[str]] | None = None, knowledge: Sequence[KnowledgeEntry] = ()
    ) -> None:
        self.rng = rng
        self.real = real or {}
        self.knowledge = list(knowledge)
        self._foods: list[str] = [
            "nuts",
            "butter",
            "eggs",
            "milk",
            "garlic",
            "cheese",
            "honey",
            "cream",
            "onion",
            "sugar",
            "flour",
        ]

    def make(self, recipe: Recipe, number: int = 0) -> Example:
        """One dialogue of some 4 to 14 exchanges, from anywhere in the recipe."""
        rng = self.rng
        turns: list[Turn] = []
        passages: dict[int, tuple[str, ...]] = {}
        names = {name: line.text for line in recipe.ingredients if (name := item_name(line.text))}
        if rng.random() < 0.25:
            self._say(
                turns,
                rng.choice(phrases.HELLO),
                "chitchat",
                rng.choice(phrases.HELLO_BACK),
                "ask_student_question",
                recipe=recipe,
            )
        if rng.random() < 0.35 and recipe.ingredients:
            lines = tuple(line.text for line in recipe.ingredients)
            ask, answer = rng.choice(phrases.LIST), rng.choice(phrases.LIST_ANSWERS)
            self._say(
                turns, ask, "ask_question_ingredients_tools", answer, "return_list_ingredients_tools", lines, recipe
            )
        at = 0
        while at < len(recipe.steps) and len(turns) < 26:
            step = recipe.steps[at]
            share: tuple[str, ...] = (step,)
            asked = self._ask_next(recipe, at)
            merged = at + 1 < len(recipe.steps) and len(step.split()) < 9 and rng.random() < 0.12
            if merged:
                share = (step, recipe.steps[at + 1])
            told = self._tell(recipe, at, share)
            self._say(turns, asked, "request_next_step", told, "return_next_step", share, recipe)
            at += len(share)
            for _ in range(rng.choice((0, 0, 1, 1, 2))):
                self._question(turns, passages, recipe, at - 1, names)
        if at >= len(recipe.steps):
            if rng.random() < 0.6:
                self._say(
                    turns,
                    self._ask_next(recipe, at),
                    "request_next_step",
                    rng.choice(phrases.LAST),
                    "chitchat",
                    (),
                    recipe,
                )
            if rng.random() < 0.7:
                stop = self._pick("stop", phrases.STOP)
                self._say(turns, stop, "stop", rng.choice(phrases.BYE), "chitchat", (), recipe)
        return Example(Dialogue(f"made-{number}", recipe.url, turns), recipe, passages, source="made")

    def _say(
        self,
        turns: list[Turn],
        ask: str,
        user_intent: str,
        answer: str,
        intent: str,
        shared: Iterable[str] = (),
        recipe: Recipe | None = None,
    ) -> None:
        title = recipe.title if recipe else "dish"
        turns.append(Turn("cook", noisy(ask.replace("{title}", title), self.rng), user_intent))
        turns.append(Turn("wizard", answer.replace("{title}", title), intent, tuple(shared)))

    def _pick(self, intent: str, bank: Sequence[str]) -> str:
        real = self.real.get(intent)  # "first" and the like belong to the beginning only
        return self.rng.choice(real) if real and self.rng.random() < 0.5 else self.rng.choice(bank)

    def _ask_next(self, recipe: Recipe, at: int) -> str:
        if at == 0:
            return self.rng.choice(phrases.START)
        action = action_of(recipe.steps[min(at, len(recipe.steps)) - 1])
        text = self._pick("request_next_step", phrases.NEXT)
        if "{" in text:
            if action is None:
                return self.rng.choice(phrases.NEXT[:20])
            text = text.replace("{do}", action[0]).replace("{did}", action[1])
        return text[:1].upper() + text[1:] if self.rng.random() < 0.7 else text

    def _tell(self, recipe: Recipe, at: int, share: Sequence[str]) -> str:
        rng = self.rng
        parts = clauses(" ".join(share))
        style = rng.random()
        told = 1 if style < 0.25 else 2 if style < 0.45 or len(parts) == 1 else len(parts)
        said = " ".join(parts[:told])
        if len(said.split()) > 45:
            said = parts[0]
        if rng.random() < 0.22 and "," in said:
            said = said.split(",")[0] + "."
        if at == 0:
            opener = rng.choice(phrases.FIRST_OPENERS)
        elif at + len(share) >= len(recipe.steps) and rng.random() < 0.4:
            opener = rng.choice(phrases.LAST_OPENERS)
        else:
            opener = rng.choice(phrases.OPENERS)
        glued = opener and not opener.rstrip().endswith((".", "!", ":"))
        if (
            glued
            and opener.rstrip().endswith(("will", "to", "can", "should", "you'll", "You'll first"))
            and action_of(said + " .") is None
        ):
            first = said.split(" ", 1)[0].lower()
            if first not in phrases.VERBS:
                opener = "Next, " if at else "First, "
        body = lower_first(said) if glued and opener else said
        return opener + body.rstrip(";") + rng.choice(phrases.CLOSERS)

    def _question(
        self, turns: list[Turn], passages: dict[int, tuple[str, ...]], recipe: Recipe, at: int, names: dict[str, str]
    ) -> None:
        kinds: list[tuple[float, Callable[[], None]]] = []
        step = recipe.steps[at]
        action = action_of(step)
        rng = self.rng

        def filled(bank: Sequence[str]) -> str:
            text = rng.choice(bank)
            while "{do}" in text and action is None:
                text = rng.choice(bank)
            return text.replace("{do}", action[0] if action else "")

        def span(bank: Sequence[str], pattern: re.Pattern[str], unknown: Sequence[str]) -> Callable[[], None]:
            def ask() -> None:
                holding = [clause for clause in clauses(step) if pattern.search(clause)]
                if holding:
                    answer = self._short_answer(holding[0], pattern)
                    shared = (step,) if rng.random() < 0.5 else ()
                    self._say(
                        turns, filled(bank), "ask_question_recipe_steps", answer, "answer_question_recipe_steps", shared
                    )
                elif rng.random() < 0.5:
                    self._say(
                        turns,
                        filled(bank),
                        "ask_question_recipe_steps",
                        rng.choice(unknown),
                        "answer_question_external_fact",
                    )

            return ask

        def amount() -> None:
            name = rng.choice(sorted(names))
            line = names[name]
            answer = rng.choice(phrases.AMOUNT_ANSWERS).replace("{line}", lower_first(line).rstrip("."))
            ask = rng.choice(phrases.AMOUNT).replace("{x}", name)
            self._say(turns, ask, "ask_question_ingredients_tools", answer, "answer_question_recipe_steps", (line,))

        def have() -> None:
            if rng.random() < 0.5 and names:
                name = rng.choice(sorted(names))
                answer = rng.choice(phrases.HAVE_YES).replace("{line}", lower_first(names[name]).rstrip("."))
                shared: tuple[str, ...] = (names[name],)
            else:
                all_lines = " ".join(recipe.items).lower()
                missing = [food for food in self._foods if food not in all_lines]
                if not missing:
                    return
                name = rng.choice(missing)
                answer, shared = rng.choice(phrases.HAVE_NO).replace("{x}", name), ()
                answer = answer[:1].upper() + answer[1:]
            ask = rng.choice(phrases.HAVE).replace("{x}", name)
            self._say(turns, ask, "ask_question_ingredients_tools", answer, "answer_question_recipe_steps", shared)

        def step_list() -> None:
            used = [(n, line) for n, line in names.items() if n.split()[-1] in step.lower()]
            if not used:
                return
            listed = _join([n for n, _ in used])
            answer = rng.choice(phrases.STEP_LIST_ANSWERS).replace("{names}", listed)
            shared = tuple(line.text for line in recipe.ingredients if line.text in {u for _, u in used})
            ask = rng.choice(phrases.STEP_LIST)
            self._say(turns, ask, "ask_question_ingredients_tools", answer, "return_list_ingredients_tools", shared)

        def again() -> None:
            answer = rng.choice(phrases.HOW_ANSWERS).replace("{step}", step)
            if len(answer.split()) < 60:
                self._say(
                    turns,
                    rng.choice(phrases.HOW),
                    "ask_question_recipe_steps",
                    answer,
                    "answer_question_recipe_steps",
                    (step,),
                )

        def chat() -> None:
            ask, answer = rng.choice(phrases.SMALLTALK)
            self._say(turns, ask, "chitchat", answer, "chitchat")

        def known() -> None:
            entry = rng.choice(self.knowledge)
            self.ask_entry(turns, passages, entry)

        kinds.append((2.0, span(phrases.DURATION, TIME, phrases.UNKNOWN_DURATION)))
        kinds.append((1.2, span(phrases.TEMPERATURE, HEAT, phrases.UNKNOWN_TEMPERATURE)))
        kinds.append((1.0, span(phrases.TOOL, TOOL, phrases.UNKNOWN_TOOL)))
        kinds.append((1.4, span(phrases.DONENESS, UNTIL, phrases.UNKNOWN)))
        if names:
            kinds.append((2.0, amount))
            kinds.append((0.8, step_list))
        kinds += [(0.7, have), (0.8, again), (0.4, chat)]
        if self.knowledge:
            kinds.append((3.0, known))
        rng.choices([ask for _, ask in kinds], [weight for weight, _ in kinds])[0]()

    def ask_entry(self, turns: list[Turn], passages: dict[int, tuple[str, ...]], entry: KnowledgeEntry) -> None:
        """A question of a knowledge entry: the entry among other passages, or only others and an honest "not sure"."""
        rng = self.rng
        others = [
            other.text for other in rng.sample(self.knowledge, min(len(self.knowledge), rng.choice((0, 1, 1, 2))))
        ]
        kind = (
            "ask_question_ingredients_tools"
            if entry.kind in ("substitution", "tool", "ingredient", "conversion")
            else ""
        )
        ask = rng.choice(entry.questions) if entry.questions else entry.title + "?"
        if rng.random() < 0.12 and others:
            texts = tuple(text for text in others if text != entry.text)
            answer, intent = rng.choice(phrases.UNKNOWN), "answer_question_external_fact"
        else:
            others = [text for text in others if text != entry.text]
            texts = (entry.text, *others) if rng.random() < 0.75 else (*others[:1], entry.text, *others[1:])
            sentences = clauses(entry.text)
            answer, intent = " ".join(sentences[: rng.choice((1, 1, 2))]), "answer_question_external_fact"
            if len(answer.split()) > 50:
                answer = sentences[0]
        passages[len(turns) + 1] = texts
        self._say(turns, ask, kind or "ask_question_recipe_steps", answer, intent)

    def _short_answer(self, clause: str, pattern: re.Pattern[str]) -> str:
        """Answers with the clause, or with the asked part in front: "About 10 minutes."."""
        found = pattern.search(clause)
        rng = self.rng
        if found is None or rng.random() < 0.5:
            lead = (
                rng.choice(("", "", "You should ", "You'll want to "))
                if clause.split(" ")[0].lower() in phrases.VERBS
                else ""
            )
            return lead + (lower_first(clause) if lead else clause)
        part = found.group(0).strip()
        if pattern is TIME:
            lead = (
                rng.choice(("", "For ", "It takes ", "That takes ", "It should take "))
                if part.lower() != "overnight"
                else ""
            )
        elif pattern is HEAT:
            lead = rng.choice(("", "Use ", "Set it to ", "You want ", "It should be "))
        elif pattern is TOOL:
            lead = rng.choice(("", "Use ", "You'll need ", "You can use "))
        else:
            lead = rng.choice(("", "Keep going ", "Cook it ", "Go on "))
        text = lead + part
        return text[:1].upper() + text[1:] + "."


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def noisy(text: str, rng: random.Random) -> str:
    """A cook's words as they are typed: now and then without capitals, question mark or a letter."""
    if rng.random() < 0.2:
        text = text.lower()
    if rng.random() < 0.15:
        text = text.rstrip("?.!")
    if rng.random() < 0.05 and len(text) > 12:
        place = rng.randrange(2, len(text) - 2)
        text = (
            text[:place] + text[place + 1 :]
            if rng.random() < 0.5
            else text[:place] + text[place + 1] + text[place] + text[place + 2 :]
        )
    return text


def neutral_utterances(examples: Sequence[Example], least: int = 8) -> dict[str, list[str]]:
    """Real cooks' utterances that fit any dish, by intent: every word occurs in at least ``least`` dialogues and names
    no food.
    """
    in_dialogues: Counter[str] = Counter()
    foods: set[str] = set()
    for example in examples:
        in_dialogues.update({w for t in example.dialogue.turns if t.role == "cook" for w in words(t.text)})
        if example.recipe:
            foods.update(w for line in example.recipe.ingredients for w in words(item_name(line.text)))
    foods -= {"all", "and", "the", "water", "a", "of", "or", "in", "i", "it", "that", "to", "is", "this", "for"}
    common = {w for w, n in in_dialogues.items() if n >= least} - foods
    out: dict[str, list[str]] = {}
    for example in examples:
        for turn in example.dialogue.turns:
            if turn.role != "cook" or not turn.text or not all(w in common for w in words(turn.text)):
                continue
            beginning = re.search(r"first|start|begin|ingredient", turn.text.lower())
            if turn.intent != "request_next_step" or not beginning:
                out.setdefault(turn.intent, []).append(turn.text)
    return out


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())
