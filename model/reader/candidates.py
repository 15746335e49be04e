"""What may answer a cook: the sentences of the page, notes of the knowledge base, and four acts without a text."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.passage import Passage
from retrieval.pieces import facts
from retrieval.recipe import Recipe
from retrieval.sentences import split
from retrieval.text import content_words

NOTE = 34  # words of a note that are read
MOST = 120  # candidates of a reading: a page of 100 sentences, read in about 0.3 s
ACTS = ("next", "ok", "none", "chat")
_ACTS = {
    "next": "go on: the cook has done this and wants the next step",
    "ok": "a remark: nothing is asked, stay here",
    "none": "nobody knows: neither the page nor a note says it",
    "chat": "small talk beside cooking",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that may answer.

    Attributes:
        kind: "step", "ingredient", "tip", "pitfall", "storage", "description", "tools", "facts", "note" (of the
            knowledge base), or one of ``ACTS``.
        text: The sentence or the note, verbatim; "" for an act.
        item: The line of the page that a sentence is of, verbatim; the note's id.
        number: Of its step, line, tip or pitfall, from 1; else 0.
        part: Number of the sentence in it, from 1; else 0.
        title: Of a note.
    """

    kind: str
    text: str = ""
    item: str = ""
    number: int = 0
    part: int = 0
    title: str = ""

    @property
    def key(self) -> str:
        """A short stable name within a page: s3.2, i4, t1.1, p2.1, st.1, d.1, tools, facts, k:ID, or the act."""
        match self.kind:
            case "note":
                return f"k:{self.item}"
            case "step" | "tip" | "pitfall":
                return f"{self.kind[0]}{self.number}.{self.part}"
            case "ingredient":
                return f"i{self.number}"
            case "storage":
                return f"st.{self.part}"
            case "description":
                return f"d.{self.part}"
        return self.kind

    def read_at(self, step: int) -> str:
        """The candidate as it is read, with its place seen from a step."""
        if self.kind in _ACTS:
            return _ACTS[self.kind]
        if self.kind == "note":
            return f"note: {self.title}: {' '.join(self.text.split()[:NOTE])}"
        if self.kind == "step":
            far = self.number - step
            place = "now" if far == 0 else "after this" if far == 1 else "later" if far > 0 else "before"
            return f"{place}: {self.text}"
        return f"{self.kind}: {self.text}"


def candidates(recipe: Recipe, notes: Iterable[Passage] = ()) -> list[Candidate]:
    """Everything that may answer: the acts, the sentences and lines of the recipe, and the notes."""
    return [*(Candidate(act) for act in ACTS), *_page(recipe), *map(note, notes)]


def fewer(found: Sequence[Candidate], utterance: str, step: int, most: int = MOST) -> list[Candidate]:
    """Of very many candidates those that are likeliest to answer: the acts and the notes, what has words of the
    utterance, and the steps near the one at hand.

    Args:
        found: All candidates.
        utterance: What the cook says.
        step: Number of the step at hand, from 1; 0 before the first.
        most: How many to keep.
    """
    if len(found) <= most:
        return list(found)
    said = set(content_words(utterance))

    def far(place: int) -> tuple[bool, int, int]:
        c = found[place]
        page = c.kind not in ACTS and c.kind != "note"
        distance = abs(c.number - step - 0.4) if c.kind == "step" else 2.0
        return page, -len(said & set(content_words(c.text))), round(10 * distance)

    kept = sorted(sorted(range(len(found)), key=far)[:most])
    return [found[place] for place in kept]


def note(passage: Passage) -> Candidate:
    """A note of the knowledge base as a candidate."""
    return Candidate("note", passage.text, passage.id.removeprefix("knowledge:"), title=passage.title)


def _page(recipe: Recipe) -> Iterator[Candidate]:
    for kind, texts in (("step", recipe.steps), ("tip", recipe.tips), ("pitfall", recipe.pitfalls)):
        for number, text in enumerate(texts, 1):
            for part, sentence in enumerate(split(text), 1):
                yield Candidate(kind, sentence, text, number, part)
    for number, line in enumerate(recipe.ingredients, 1):
        yield Candidate("ingredient", line.text, line.text, number)
    for kind, text in (("storage", recipe.storage), ("description", recipe.description)):
        for part, sentence in enumerate(split(text), 1):
            yield Candidate(kind, sentence, text, 0, part)
    if recipe.tools:
        tools = f"{', '.join(recipe.tools)}."
        yield Candidate("tools", tools, tools)
    if told := facts(recipe):
        yield Candidate("facts", told, told)
