"""Slash commands, the same on every platform: each is a short way to say something in words."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """A command.

    Attributes:
        summary: For menus and help.
        says: What it stands for; ``{}`` takes what follows the command. A text with a slash is for the platform itself.
        bare: What it stands for with nothing after it, where that differs.
        takes: What may follow, for help.
    """

    summary: str
    says: str
    bare: str = ""
    takes: str = ""


COMMANDS: dict[str, SlashCommand] = {
    "cook": SlashCommand("find a recipe", "a recipe for {}", "what can I cook?", "DISH"),
    "next": SlashCommand("the next step", "next"),
    "back": SlashCommand("the step before", "back"),
    "repeat": SlashCommand("this step again", "repeat"),
    "step": SlashCommand("go to a step", "go to step {}", "where am I?", "N"),
    "left": SlashCommand("what is left to do", "what's left?"),
    "ingredients": SlashCommand("the ingredient list", "ingredients"),
    "scale": SlashCommand("change the servings", "make it for {}", "how many does it serve?", "N"),
    "units": SlashCommand("metric, us or as written", "units {}", "units as written", "metric|us"),
    "timer": SlashCommand("set a timer, or list them", "set a timer for {}", "timers", "10 min"),
    "sub": SlashCommand("what to use instead", "what can I use instead of {}?", "", "INGREDIENT"),
    "diet": SlashCommand("your diet and allergies", "I am {}", "what is my diet?", "vegan"),
    "allergy": SlashCommand("something you must not eat", "I am allergic to {}", "what is my diet?", "FOOD"),
    "recipes": SlashCommand("ideas for what to cook", "what can I cook?"),
    "stop": SlashCommand("stop for now; resume another day", "stop"),
    "resume": SlashCommand("go on where you stopped", "resume"),
    "export": SlashCommand("write your conversations to a file", "/export"),
    "forget": SlashCommand("delete everything about you", "forget me"),
    "help": SlashCommand("this list", "/help"),
    "quit": SlashCommand("leave the chat", "/quit"),
}
_ALSO = {
    "exit": "quit",
    "q": "quit",
    "n": "next",
    "b": "back",
    "i": "ingredients",
    "substitute": "sub",
    "timers": "timer",
}


def spoken(text: str) -> str | None:
    """What a slash command stands for: ``"/step 4"`` → ``"go to step 4"``; None if there is no such command."""
    name, _, rest = text.removeprefix("/").strip().partition(" ")
    command = COMMANDS.get(_ALSO.get(name.lower(), name.lower()))
    if command is None:
        return None
    rest = rest.strip()
    if "{}" in command.says:
        if not rest:
            return command.bare or "help"
        return command.says.format(rest)
    return command.says
