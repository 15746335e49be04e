"""How a reply looks: its text, the shared items as an embed, buttons and menus under it.

What a button does stands in its ``custom_id``, so that it works after a restart of the bot as well. :func:`read_id`
reads it back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import discord

from bot.messages import Reply
from bot.platforms.discord.text import inert, length, shortened, split

DESCRIPTION = 4096  # of an embed
TITLE, FOOTER, LABEL, CUSTOM_ID = 256, 2048, 80, 100
EMBED_TOTAL = 6000  # of a message: one full description and its title fit, two do not
OPTION = 100
PER_ROW, OPTIONS = 5, 25
COLOUR = 0x5B8C5A  # sage
PREFIX = "sc"
SAY, PICK, UP, DOWN, BETTER, FORGET = "say", "pick", "up", "down", "better", "forget"
_GLYPHS = {"back": "◀", "next": "▶", "stop": "✓"}
_LIST_LINE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)
_FACTS = re.compile(r" \([^()]*\)$")


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Discord's: what a reply is sent as is a list of these."""

    content: str = ""
    embeds: tuple[discord.Embed, ...] = ()
    view: discord.ui.View | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button or menu means: its kind, and the words or the id of the reply that it carries."""

    kind: str
    rest: str = field(default="")


def read_id(custom_id: str) -> Pressed | None:
    """What a ``custom_id`` means, or None if it is not one of ours."""
    prefix, _, rest = custom_id.partition(":")
    kind, _, rest = rest.partition(":")
    if prefix != PREFIX or kind not in (SAY, PICK, UP, DOWN, BETTER, FORGET):
        return None
    return Pressed(kind, rest)


def make_id(kind: str, rest: str = "") -> str:
    return f"{PREFIX}:{kind}:{rest}"


def parts(reply: Reply, note: str = "") -> list[Part]:
    """A reply as messages, ``note`` before its text, the buttons under the last."""
    embeds = card(reply)
    place = f"\n-# {inert(reply.place)}" if reply.place else ""
    texts = split(inert(f"{note} {reply.text}") + place) or ["" if embeds else "…"]
    made = [Part(text) for text in texts[:-1]]
    if not embeds:
        return [*made, Part(texts[-1], (), buttons(reply))]
    made.append(Part(texts[-1], (embeds[0],), buttons(reply) if len(embeds) == 1 else None))
    for embed in embeds[1:]:
        made.append(Part("", (embed,), buttons(reply) if embed is embeds[-1] else None))
    return made


def card(reply: Reply) -> list[discord.Embed]:
    """The shared items, in as many embeds as they need; none where the text says them already."""
    if not reply.card:
        return []
    step = reply.step
    title = reply.title or (step.title if step else "")
    bullet = "• " if len(reply.card) > 1 else ""
    texts = split("\n".join(bullet + inert(item) for item in reply.card), DESCRIPTION)
    embeds = [discord.Embed(description=text, colour=COLOUR) for text in texts]
    embeds[0].title = shortened(inert(title), TITLE) or None
    if step is not None:
        where = f"Step {step.step} of {step.steps}" if step.step else f"{step.steps} steps"
        serves = f" · serves {step.servings}" if step.servings else ""
        embeds[-1].set_footer(text=f"{where}{serves}"[:FOOTER])
    return embeds


def buttons(reply: Reply) -> discord.ui.View | None:
    """◀ ▶ ✓ 👍 👎 in the first row, the reply's other shortcuts in the second, recipes to choose from in a menu."""
    view = discord.ui.View(timeout=None)
    for word in _moves(reply):
        view.add_item(_button(_GLYPHS[word], make_id(SAY, word), 0))
    if reply.id:
        view.add_item(_button("👍", make_id(UP, str(reply.id)), 0))
        view.add_item(_button("👎", make_id(DOWN, str(reply.id)), 0))
    menu = _menu(reply)
    if menu is not None:
        menu.row = 2
        view.add_item(menu)
    others = [b for b in reply.buttons if b.text not in _GLYPHS and not (menu is not None and b.text.isdecimal())]
    for button in others[:PER_ROW]:
        custom_id = make_id(SAY, button.text)
        if len(custom_id) <= CUSTOM_ID:
            view.add_item(_button(shortened(button.label, LABEL), custom_id, 1))
    return sealed(view) if view.children else None


def sealed(view: discord.ui.View) -> discord.ui.View:
    """A view that the library sends and forgets: what is pressed is read from its id, nothing is kept per message."""
    view.stop()
    return view


def _moves(reply: Reply) -> list[str]:
    """Steps back and on and the end: those that the place in the recipe allows, and what the reply itself offers."""
    offered = {button.text for button in reply.buttons}
    if reply.step is not None:
        at, last = reply.step.step, reply.step.steps
        offered |= {word for word, fits in (("back", at > 1), ("next", at < last), ("stop", at > 0)) if fits}
    return [word for word in _GLYPHS if word in offered]


def _menu(reply: Reply) -> discord.ui.Select[discord.ui.View] | None:
    """The recipes that a reply lists by number, to choose from."""
    numbers = {b.text for b in reply.buttons if b.text.isdecimal()}
    found = [(n, line) for n, line in _LIST_LINE.findall(reply.text) if n in numbers][:OPTIONS]
    if len(found) < 2:
        return None
    names = [_FACTS.sub("", line) for _, line in found]
    # An old menu may be used when other recipes are on offer: the name says which one is meant, the number does not.
    plain = len(set(names)) == len(names) and all(length(name) <= OPTION for name in names)
    options = [
        discord.SelectOption(
            label=shortened(name, OPTION),
            value=name if plain else number,
            description=shortened(line[len(name) :].strip(" ()"), OPTION) or None,
        )
        for (number, line), name in zip(found, names, strict=True)
    ]
    return discord.ui.Select(custom_id=make_id(PICK), placeholder="Which one?", options=options)


def chosen(values: Sequence[str]) -> str:
    """What choosing from a menu says."""
    value = values[0] if values else ""
    return value if value.isdecimal() else f"let's make {value}"


def _button(label: str, custom_id: str, row: int) -> discord.ui.Button[discord.ui.View]:
    return discord.ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=custom_id, row=row)


class BetterAnswer(discord.ui.Modal):
    """Asks what should have been said instead of a reply."""

    def __init__(self, reply_id: int) -> None:
        super().__init__(title="What should I have said?", custom_id=make_id(BETTER, str(reply_id)), timeout=None)
        words: discord.ui.TextInput[BetterAnswer] = discord.ui.TextInput(
            style=discord.TextStyle.paragraph,
            custom_id="better",
            max_length=2000,
            placeholder="Your words become a lesson for the next version of me.",
        )
        self.add_item(discord.ui.Label(text="The better answer", component=words))
        self.stop()  # its answer is read from the id, also after a restart
