"""Packed sequences, read back as words: what was packed as ids can be shown to a teacher with another vocabulary.

The inverse of ``training.packing``, as far as the student's own page goes: a recipe that did not fit whole is shown as
it was packed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from model.tokenizer import COOK, KNOWLEDGE, RECIPE, SAY, DialogueTokenizer


@dataclass(slots=True)
class Said:
    """A turn.

    Attributes:
        role: "cook" or "wizard".
        text: Its words.
        notes: Of a cook's turn, the passages that it may be answered from; of a wizard's, what is read out to it.
        step: Of a cook's turn, the step at hand, counted from 1; 0 before the first.
        intent: Of a wizard's turn.
        shared: Of a wizard's turn, the recipe items that it shows.
        begin, end: Of a wizard's turn, where its text's ids are in the sequence; ``end`` is the place of ``</s>``.
    """

    role: str
    text: str = ""
    notes: list[str] = field(default_factory=list)
    step: int = 0
    intent: str = ""
    shared: list[str] = field(default_factory=list)
    begin: int = 0
    end: int = 0


@dataclass(slots=True)
class Talk:
    """A packed sequence in words: a recipe (empty where there is none) and the turns."""

    title: str = ""
    ingredients: list[str] = field(default_factory=list)
    steps: dict[int, str] = field(default_factory=dict)
    turns: list[Said] = field(default_factory=list)


def unpack(tokenizer: DialogueTokenizer, ids: Sequence[int]) -> Talk:
    """The words of a packed sequence. One that is no dialogue (copying drills) has no turns."""
    names = {number: name for name, number in tokenizer.ids.items()}
    talk, lines = Talk(), dict[str, str]()
    notes: list[str] = []
    cook: Said | None = None
    wizard: Said | None = None
    cuts = [place for place, number in enumerate(ids) if number in names]
    for begin, end in pairwise([*cuts, len(ids)]):
        name, text = names[ids[begin]], tokenizer.decode(list(ids[begin + 1 : end])).strip()
        if name == RECIPE:
            talk.title = text
        elif name == KNOWLEDGE:
            (notes if wizard is None else wizard.notes).append(text)
        elif name == COOK:
            cook, wizard, notes = Said("cook", notes=notes), None, []
            talk.turns.append(cook)
        elif cook is not None and (name == "<start>" or name.startswith("<p")):
            cook.step = int(name[2:-1]) + 1 if name.startswith("<p") else 0
            cook.text, cook = text, None
        elif name.startswith(("<u:", "<w:")):
            wizard = wizard or Said("wizard")
            wizard.intent = name[3:-1] if name.startswith("<w:") else wizard.intent
        elif name.startswith(("<i", "<p")) and wizard is not None:
            wizard.shared += [lines[name]] if name in lines else []
        elif name.startswith(("<i", "<p")):
            lines[name] = text
            if name.startswith("<p"):
                talk.steps[int(name[2:-1]) + 1] = text
            else:
                talk.ingredients.append(text)
        elif name == SAY and wizard is not None and end < len(ids) and ids[end] == tokenizer.eos:
            wizard.text, wizard.begin, wizard.end = text, begin + 1, end
            talk.turns.append(wizard)
            wizard = None
    return talk
