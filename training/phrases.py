# ruff: noqa: E501
"""How cooks ask and how a wizard words things: the banks that dialogues are made of, beside what is mined from real
ones.

Braces are filled from the recipe: {x} an ingredient's name, {did} what the cook has just done ("browned the onions"),
{do} the step's action ("brown the onions").
"""

# fmt: off
NEXT = (
    "next", "next step", "next please", "what's next?", "whats next", "ok what now", "Okay, what's next?", "What do I do next?",
    "Done. Next?", "Alright, done!", "ok done", "Got it, what's the next step?", "I'm ready for the next step.", "and then?",
    "Ready!", "finished, go on", "go on", "continue", "Ok, I did that. Now what?", "Now what?", "What should I do now?",
    "I have done that, what is the next thing?", "That's done. What comes after?", "moving on", "Great, what now?", "yep, next",
    "Perfect. What's the next step?", "All set. What should I do next?", "okay i finished this, what i must do now?",
    "Okay, I {did}. What's next?", "I {did}, now what?", "Done, I {did}. What do I do now?", "Ok I've {did}. Next?",
    "Alright, I just {did}. What comes next?", "I {did}. What is the next step?", "{did}, what now?",
    "The part where I {do} is done. What's next?", "Once I {do}, what should I do?", "What do I do after I {do}?",
)
START = (
    "What's the first step?", "How do I start?", "Where do I begin?", "ok let's start", "Let's get cooking!", "I'm ready to start.",
    "what do i do first", "Great, I have everything. What's first?", "Let's begin", "How should I get started?", "first step?",
    "I've got all the ingredients, let's start", "Can you walk me through the first step?", "start", "Okay, how do we begin?",
)
LAST = (
    "That was the last step. Enjoy your {title}!", "You're all done! Enjoy your {title}.", "That's everything. Enjoy!",
    "There are no more steps: your {title} is ready.", "You've finished! I hope it tastes great.", "That's it, you are done!",
)
STOP = (
    "Thanks, that's all!", "thank you!", "Great, thanks for your help.", "I'm done, thanks.", "Thanks, bye!", "That's all I need.",
    "It looks delicious, thank you so much!", "stop", "ok thanks bye", "Awesome, I can't wait to eat it. Thanks!", "goodbye",
    "Perfect, it turned out great. Thank you.", "we're finished here, thanks",
)
BYE = (
    "You're welcome! Enjoy your {title}.", "Enjoy!", "You're welcome, enjoy your meal!", "Glad to help. Enjoy your {title}!",
    "You're very welcome. Have a great meal!", "My pleasure. Enjoy!", "Happy cooking!", "Enjoy, and see you next time!",
)
HELLO = ("hi", "hello", "hey there", "Hi! Can you help me cook?", "good evening", "Hello, I want to cook {title}.", "hey, you there?")
HELLO_BACK = (
    "Hi! Ready to make {title}?", "Hello! Shall we start with the ingredients or with the first step?",
    "Hi there! Would you like to hear the ingredients first?", "Hello! Are you ready to begin?",
)
SMALLTALK = (
    ("I love this dish", "Me too, it's a great choice!"), ("This smells amazing", "That is a very good sign!"),
    ("I'm so hungry", "Hang in there, it will be worth the wait."), ("you're really helpful", "Thank you, happy to help!"),
    ("This is fun!", "I'm glad you are enjoying it!"), ("i hope i don't mess this up", "You're doing fine. One step at a time."),
    ("My kids are going to love it", "I hope they do! You're doing great."), ("haha oops", "No worries, it happens to everyone."),
    ("I've never cooked before", "No problem, I'll guide you one step at a time."), ("wow that was easy", "Nice work!"),
    ("It's for my birthday party", "How nice, your guests are lucky!"), ("I'm nervous", "Take your time; you can always ask me."),
)
OPENERS = (
    "", "", "", "Next, ", "Now, ", "Next you will ", "Now you'll ", "Next you'll want to ", "You'll want to ", "Now you can ",
    "Go ahead and ", "Your next step is to ", "The next step is to ", "Great! ", "Great, now ", "Okay, next ", "Perfect! Now ",
    "You should ", "Now you should ", "Then ", "Alright, ", "Now it's time to ", "Sure! ", "Next up, ", "You need to ", "Please ",
    "You're going to ", "After that, ", "Awesome. Now ", "Good job! Next, ", "The next thing to do is to ", "Now you need to ",
    "Nice work. ", "Sounds good! Now ", "Once that's done, ",
)
FIRST_OPENERS = (
    "First, ", "To start, ", "The first step is to ", "First you'll want to ", "Start off: ", "Let's start! First, ", "You'll first ",
    "First you need to ", "Great! To begin, ", "Okay! The first thing to do is to ", "Let's begin. ", "Sure! First, ",
)
LAST_OPENERS = ("Finally, ", "Lastly, ", "Last step: ", "For the final step, ", "And last, ")
CLOSERS = (
    "", "", "", "", "", "", "", " Let me know when you're done.", " I've shared the step.", " I have shared the details with you.",
    " Here's the step.", " Tell me when you are ready.", " Let me know when that's done.", " Here are the details.",
)
LIST = (
    "What ingredients do I need?", "What do I need?", "ingredients?", "what ingredients", "Can you list the ingredients?",
    "Give me the shopping list", "Before we start, what ingredients will I need?", "What are the ingredients for this?",
    "Which things I need to buy?", "Can you tell me all the ingredients I should have?", "show me the ingredients",
    "What will I need for the {title}?", "what do i need for this recipe?", "Could you share the ingredient list with me?",
)
LIST_ANSWERS = (
    "Here are the ingredients you'll need.", "Here is the list of ingredients.", "I've shared the full list of ingredients.",
    "Sure! Here's everything you need.", "You will need the following ingredients.", "These are the ingredients for {title}.",
    "You'll need these ingredients. Let me know when you're ready to start!", "Here you go, this is the ingredient list.",
)
STEP_LIST = (
    "What ingredients do I need for this step?", "which ingredients now?", "What do I need for this part?",
    "what goes in at this step?", "Which ingredients do I need right now?", "what do i add here?",
)
STEP_LIST_ANSWERS = (
    "For this step you need {names}.", "You'll need {names}.", "Right now you need {names}.", "Here is what goes in: {names}.",
)
AMOUNT = (
    "How much {x} do I need?", "how much {x}?", "how many {x} do I need", "How much {x} should I use?", "what amount of {x}?",
    "Can you remind me how much {x}?", "how much of the {x} goes in?", "What's the quantity of {x}?", "{x} - how much again?",
    "wait how much {x} was it?", "How much {x} is needed for the recipe?", "sorry, how much {x} did you say",
)
AMOUNT_ANSWERS = (
    "You need {line}.", "{line}.", "The recipe calls for {line}.", "You'll need {line}.", "It takes {line}.", "Use {line}.",
)
HAVE = ("Do I need {x}?", "does it have {x} in it?", "Is there {x} in this?", "Will I be using {x}?", "is {x} part of the recipe?")
HAVE_YES = ("Yes, you need {line}.", "Yes: {line}.", "Yes, it calls for {line}.", "Yes, the recipe uses {line}.")
HAVE_NO = (
    "No, there is no {x} in this recipe.", "No, this recipe doesn't use {x}.", "The recipe doesn't call for {x}.",
    "{x} isn't in the ingredient list.",
)
DURATION = (
    "How long?", "how long does that take?", "How long should I do that?", "For how long?", "how many minutes?", "How long do I {do}?",
    "how long should i {do}", "How much time does this need?", "How long will this step take?", "And how long do I cook it for?",
    "About how long do I {do} for?", "how long for that?", "what's the time on this one?", "How long does it take?",
)
TEMPERATURE = (
    "What temperature?", "how hot?", "At what temperature?", "What temperature should the oven be?", "what heat should i use?",
    "How hot should it be?", "what's the oven temp", "Which temperature do I set?", "Should the heat be high or low?",
    "what setting for the stove?", "Do I use high heat?",
)
TOOL = (
    "What should I use for that?", "what kind of pan do I need?", "Which pot should I use?", "What size pan?", "what bowl do i use",
    "What do I put it in?", "What equipment do I need for this?", "which tool for this step?", "Do I need a special pan?",
)
DONENESS = (
    "How do I know when it's done?", "How will I know it's ready?", "how can i tell if its done", "What should it look like?",
    "when is it ready?", "how do i know it is cooked", "What am I looking for?", "Until when do I {do}?", "When should I stop?",
)
HOW = (
    "How do I do that?", "Can you explain that?", "how exactly?", "Could you give me more detail?", "What do you mean?",
    "Can you repeat that?", "say that again please", "sorry what was that", "Repeat the step please", "i didn't get that",
)
HOW_ANSWERS = ("Sure: {step}", "Of course. {step}", "Here it is again: {step}", "{step}", "No problem. {step}", "Let me repeat: {step}")
AFTER = (
    "And what happens after that?", "What's coming after this step?", "what will i do later?", "What is the step after this one?",
)
UNKNOWN_DURATION = (
    "The recipe doesn't give a time for this step.", "It doesn't say how long; go by how it looks.",
    "There is no time given for this step, so keep an eye on it.", "The recipe does not say how long.",
)
UNKNOWN_TEMPERATURE = (
    "The recipe doesn't give a temperature for this step.", "It does not say; there is no temperature given here.",
    "No temperature is given for this step.",
)
UNKNOWN_TOOL = ("The recipe doesn't name a particular tool for this step.", "It doesn't say which one; use what you have.")
UNKNOWN = (
    "I'm not sure, the recipe doesn't say.", "The recipe doesn't say anything about that.", "Sorry, I don't know that one for sure.",
    "I'm not sure about that.", "That isn't covered by the recipe, so I can't say for sure.",
)
VERBS = {
    "add": "added", "bake": "baked", "beat": "beat", "blend": "blended", "boil": "boiled", "bring": "brought", "brown": "browned",
    "brush": "brushed", "chill": "chilled", "chop": "chopped", "coat": "coated", "combine": "combined", "cook": "cooked",
    "cool": "cooled", "cover": "covered", "cream": "creamed", "cut": "cut", "dice": "diced", "dissolve": "dissolved",
    "divide": "divided", "drain": "drained", "drizzle": "drizzled", "drop": "dropped", "fill": "filled", "fold": "folded",
    "form": "formed", "fry": "fried", "garnish": "garnished", "grease": "greased", "grill": "grilled", "heat": "heated",
    "knead": "kneaded", "layer": "layered", "let": "let", "line": "lined", "melt": "melted", "mix": "mixed", "peel": "peeled",
    "place": "placed", "pour": "poured", "preheat": "preheated", "press": "pressed", "put": "put", "reduce": "reduced",
    "refrigerate": "refrigerated", "remove": "removed", "rinse": "rinsed", "roast": "roasted", "roll": "rolled", "rub": "rubbed",
    "saute": "sauteed", "scoop": "scooped", "season": "seasoned", "serve": "served", "set": "set", "shake": "shook", "shape": "shaped",
    "sift": "sifted", "simmer": "simmered", "slice": "sliced", "soak": "soaked", "spoon": "spooned", "spread": "spread",
    "sprinkle": "sprinkled", "steam": "steamed", "stir": "stirred", "strain": "strained", "stuff": "stuffed", "toast": "toasted",
    "top": "topped", "toss": "tossed", "transfer": "transferred", "turn": "turned", "wash": "washed", "whip": "whipped",
    "whisk": "whisked", "wrap": "wrapped",
}
