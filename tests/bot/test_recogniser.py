"""What cooks type, and what it must be taken for. Written for these tests, in the manner of the public data sets."""

from fractions import Fraction
from typing import Any

import pytest

from bot.actions.recogniser import recognise

F = Fraction
MIN = 60.0

UTTERANCES: list[tuple[str, str, dict[str, Any]]] = [
    # next
    ("next", "next", {}),
    ("Next!", "next", {}),
    ("nxt", "next", {}),
    ("next step pls", "next", {}),
    ("ok next", "next", {}),
    ("what's next?", "next", {}),
    ("whats next", "next", {}),
    ("What's the next step?", "next", {}),
    ("Okay, what do I do now?", "next", {}),
    ("now what?", "next", {}),
    ("What now", "next", {}),
    ("continue", "next", {}),
    ("keep going", "next", {}),
    ("go on please", "next", {}),
    ("I'm ready for the next step", "next", {}),
    ("Great, I did that. What should I do next?", "next", {}),
    ("Okay, the onions are soft and brown. What's up next?", "next", {}),
    ("All chopped! What's next?", "next", {}),
    ("done", "next", {}),
    ("ok done", "next", {}),
    ("I'm done with that, next please", "next", {}),
    ("Can you tell me the next step please?", "next", {}),
    ("could you give me the next instruction", "next", {}),
    ("let's move on to the next step", "next", {}),
    ("what comes next", "next", {}),
    ("and then?", "next", {}),
    ("skip this step", "next", {}),
    ("What is the next thing I should do?", "next", {}),
    ("go to the next step", "next", {}),
    ("what comes after that?", "next", {}),
    # back, repeat, go to
    ("back", "back", {}),
    ("go back", "back", {}),
    ("previous step", "back", {}),
    ("previuos step", "back", {}),
    ("can we go back a step", "back", {}),
    ("go back one step please", "back", {}),
    ("what was the previous step?", "back", {}),
    ("repeat", "repeat", {}),
    ("repeat that please", "repeat", {}),
    ("can you say that again?", "repeat", {}),
    ("sorry, what was that?", "repeat", {}),
    ("come again?", "repeat", {}),
    ("I didn't catch that", "repeat", {}),
    ("read that step again", "repeat", {}),
    ("what?", "repeat", {}),
    ("step 4", "goto", {"step": 4}),
    ("go to step 4", "goto", {"step": 4}),
    ("jump to the fourth step", "goto", {"step": 4}),
    ("can you go back to step two?", "goto", {"step": 2}),
    ("what's step 7", "goto", {"step": 7}),
    ("go to the last step", "goto", {"step": -1}),
    ("show me the 3rd step", "goto", {"step": 3}),
    ("skip to step 12", "goto", {"step": 12}),
    # where, left, start
    ("where am I?", "where", {}),
    ("which step are we on?", "where", {}),
    ("what step am i on", "where", {}),
    ("what's left?", "remaining", {}),
    ("how many steps are left?", "remaining", {}),
    ("are we almost done?", "remaining", {}),
    ("is that the last step?", "remaining", {}),
    ("how many more steps", "remaining", {}),
    ("let's start", "start", {}),
    ("let's get started", "start", {}),
    ("what's the first step?", "goto", {"step": 1}),
    ("I have everything ready. What do I do first?", "start", {}),
    ("how do I start?", "start", {}),
    ("start over", "start", {}),
    # ingredients
    ("ingredients", "ingredients", {}),
    ("ingrediants please", "ingredients", {}),
    ("What ingredients do I need?", "ingredients", {}),
    ("what do I need", "ingredients", {}),
    ("Hi! Can you tell me the ingredients?", "ingredients", {}),
    ("list all the ingredients for me", "ingredients", {}),
    ("show me the ingredient list again", "ingredients", {}),
    ("What are the ingredients for this recipe?", "ingredients", {}),
    ("what do I need to buy?", "ingredients", {}),
    ("shopping list", "ingredients", {}),
    ("what ingredients do I need for this step?", "step_ingredients", {}),
    ("ingredients for this step", "step_ingredients", {}),
    ("what tools do I need?", "tools", {}),
    ("how long does the whole recipe take?", "total_time", {}),
    ("how many people does this serve?", "servings", {}),
    ("how many servings is this", "servings", {}),
    ("show me all the steps", "all_steps", {}),
    ("how many steps are there?", "all_steps", {}),
    # amounts
    ("how much flour do I need?", "how_much", {"item": "flour"}),
    ("How many eggs?", "how_much", {"item": "eggs"}),
    ("how much olive oil goes in?", "how_much", {"item": "olive oil"}),
    ("how many cloves of garlic do i use", "how_much", {"item": "garlic"}),
    ("make it for 6", "scale", {"servings": 6}),
    ("can you make this for four people?", "scale", {"servings": 4}),
    ("I'm cooking for 3", "scale", {"servings": 3}),
    ("for 8 people please", "scale", {"servings": 8}),
    ("scale it to 10 servings", "scale", {"servings": 10}),
    ("there are five of us", "scale", {"servings": 5}),
    ("double it", "scale", {"factor": F(2)}),
    ("double the recipe", "scale", {"factor": F(2)}),
    ("doubel it pls", "scale", {"factor": F(2)}),
    ("half the recipe", "scale", {"factor": F(1, 2)}),
    ("make half of it", "scale", {"factor": F(1, 2)}),
    ("triple it", "scale", {"factor": F(3)}),
    ("metric please", "units", {"system": "metric"}),
    ("switch to metric", "units", {"system": "metric"}),
    ("can you show it in grams?", "units", {"system": "metric"}),
    ("I don't use cups", "units", {"system": "metric"}),
    ("use US units", "units", {"system": "us"}),
    ("how many grams is 2 cups of flour?", "convert", {"amount": F(2), "unit": "cups", "to": "grams", "item": "flour"}),
    ("350F in C", "convert", {"amount": F(350), "unit": "f", "to": "c", "item": ""}),
    ("convert 180 celsius to fahrenheit", "convert", {"amount": F(180), "unit": "celsius", "to": "fahrenheit"}),
    ("what's 1 1/2 cups in ml", "convert", {"amount": F(3, 2), "unit": "cups", "to": "ml", "item": ""}),
    ("how many tablespoons in a cup?", "convert", {"amount": F(1), "unit": "cup", "to": "tablespoons", "item": ""}),
    # timers
    ("set a timer for 10 minutes", "timer_set", {"seconds": 10 * MIN, "label": ""}),
    ("set a timer for 10 minutes for the pasta", "timer_set", {"seconds": 10 * MIN, "label": "pasta"}),
    ("timer 5 min", "timer_set", {"seconds": 5 * MIN, "label": ""}),
    ("can you set a 20 minute timer please?", "timer_set", {"seconds": 20 * MIN, "label": ""}),
    ("start a rice timer for half an hour", "timer_set", {"seconds": 30 * MIN, "label": "rice"}),
    ("set a timer for an hour and 15 minutes", "timer_set", {"seconds": 75 * MIN, "label": ""}),
    ("remind me in 20 minutes to check the oven", "timer_set", {"seconds": 20 * MIN, "label": "oven"}),
    ("set a timer", "timer_set", {"seconds": None, "label": ""}),
    ("timers", "timer_list", {"label": ""}),
    ("how long is left on the pasta timer?", "timer_list", {"label": "pasta"}),
    ("cancel the pasta timer", "timer_cancel", {"label": "pasta", "all": False}),
    ("stop all timers", "timer_cancel", {"label": "", "all": True}),
    # substitutions
    ("what can I use instead of butter?", "substitute", {"item": "butter", "with": ""}),
    ("I don't have any buttermilk", "substitute", {"item": "buttermilk", "with": ""}),
    ("we're out of eggs", "substitute", {"item": "eggs", "with": ""}),
    ("is there a substitute for feta?", "substitute", {"item": "feta", "with": ""}),
    ("can I use oil instead of butter?", "substitute", {"item": "butter", "with": "oil"}),
    ("can i substitute yogurt for sour cream", "substitute", {"item": "sour cream", "with": "yogurt"}),
    ("can I replace the milk with oat milk?", "substitute", {"item": "milk", "with": "oat milk"}),
    ("what does fold mean?", "define", {"item": "fold"}),
    ("what is al dente", "define", {"item": "al dente"}),
    # diets
    ("I'm allergic to nuts", "set_allergies", {"items": ["nuts"]}),
    ("im alergic to peanuts and shrimp", "set_allergies", {"items": ["peanuts", "shrimp"]}),
    ("my daughter has a peanut allergy", "set_allergies", {"items": ["peanut"]}),
    ("I can't eat gluten", "set_allergies", {"items": ["gluten"]}),
    ("I'm lactose intolerant", "set_allergies", {"items": ["lactose"]}),
    ("I don't eat pork", "set_allergies", {"items": ["pork"], "dislike": True}),
    ("I'm vegan", "set_diet", {"diet": "vegan"}),
    ("we are vegetarians", "set_diet", {"diet": "vegetarian"}),
    ("is this vegan?", "is_diet", {"diet": "vegan"}),
    ("is it gluten free", "is_diet", {"diet": "gluten-free"}),
    ("does this contain nuts?", "contains", {"item": "nuts"}),
    ("is there any dairy in it?", "contains", {"item": "dairy"}),
    ("what allergens are in this?", "allergens", {}),
    # choosing
    ("let's make shakshuka", "choose", {"query": "shakshuka"}),
    ("I want to cook chicken with rice", "choose", {"query": "chicken with rice"}),
    ("how do I make pad thai?", "choose", {"query": "pad thai"}),
    ("something with chickpeas, under 30 minutes, no nuts", "choose",
     {"query": "chickpeas", "max_total_s": 30 * MIN, "without": ["nuts"]}),
    ("find me a vegan curry recipe", "choose", {"query": "curry", "diet": ["vegan"]}),
    ("do you have a recipe for lentil soup?", "choose", {"query": "lentil soup"}),
    ("I'm in the mood for pasta", "choose", {"query": "pasta"}),
    ("I have eggs and rice, what can I make?", "choose", {"query": "eggs and rice"}),
    ("what can I cook with potatoes?", "choose", {"query": "potatoes"}),
    ("give me a quick vegan dinner", "choose", {"query": "", "max_total_s": 30 * MIN, "diet": ["vegan"]}),
    ("dinner in 20 minutes", "choose", {"query": "", "max_total_s": 20 * MIN}),
    ("a soup without cream", "choose", {"query": "soup", "without": ["cream"]}),
    ("the second one", "pick", {"n": 2}),
    ("number 3 please", "pick", {"n": 3}),
    ("1", "pick", {"n": 1}),
    ("I'll take the last one", "pick", {"n": -1}),
    ("what can I cook?", "suggest", {}),
    ("any ideas for dinner?", "suggest", {}),
    ("surprise me", "surprise", {}),
    ("you choose", "surprise", {}),
    ("show me more options", "more_options", {}),
    ("another recipe please", "leave_recipe", {}),
    # leaving, manners
    ("stop", "stop", {}),
    ("thanks, bye!", "stop", {}),
    ("I'm done cooking", "stop", {}),
    ("let's finish this tomorrow", "stop", {}),
    ("resume", "resume", {}),
    ("where did we leave off?", "resume", {}),
    ("forget me", "forget_me", {}),
    ("delete all my data", "forget_me", {}),
    ("help", "help", {}),
    ("what can you do?", "help", {}),
    ("hello", "greet", {}),
    ("thank you so much!", "thank", {}),
    ("yes please", "yes", {}),
    ("no thanks", "no", {}),
]  # fmt: skip

FOR_THE_STUDENT = [
    "what should I do next with the leftovers?",
    "next time can I use beef?",
    "What should I do once the frosting is ready?",
    "should I put it next to the oven?",
    "how long do I cook the onions?",
    "Is it okay if some flour gets stuck to the pan?",
    "do I need a timer for this?",
    "How thinly should I slice the onions?",
    "how do I know when it's done?",
    "Can I use my blender instead?",
    "What heat should the pan be on?",
    "how much longer does it need?",
    "Should the mixture be very chunky?",
    "in step 4, do I use salted butter?",
    "can I prepare the sauce the day before?",
    "will this be spicy?",
    "do I have to go back and stir it?",
    "is the second rise really necessary?",
    "Can I repeat the glazing?",
    "why do we stop stirring?",
    "does it matter if I skip the salt?",
    "how many minutes will it take for the pasta to become tender?",
    "What size bowl do you recommend?",
    "Can I freeze half of it?",
]


@pytest.mark.parametrize(("said", "name", "args"), UTTERANCES, ids=[u[0][:40] for u in UTTERANCES])
def test_wish(said: str, name: str, args: dict[str, Any]) -> None:
    wish = recognise(said)
    assert wish is not None, "not recognised"
    assert wish.name == name
    for key, value in args.items():
        assert wish.args[key] == value, wish.args


@pytest.mark.parametrize("said", FOR_THE_STUDENT)
def test_questions_are_not_commands(said: str) -> None:
    wish = recognise(said)
    assert wish is None, wish


def test_there_are_enough() -> None:
    assert len(UTTERANCES) + len(FOR_THE_STUDENT) >= 150


@pytest.mark.parametrize("said", ["", "   ", "?!", "👍", "x" * 5000, "a " * 3000, "next " * 500, "(" * 300])
def test_odd_text_is_no_trouble(said: str) -> None:
    recognise(said)
