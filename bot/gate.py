"""Sentence by sentence: what of a student's text may be shown while it streams."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from retrieval.sentences import split

TextSink = Callable[[str], None]
SPREAD = 1.5  # a quotation may be drawn from this many times its own length of the page
_FILLER = frozenset(
    "a about ahead all alright am an and are as at be but by can course do enjoy fine "
    "for go good know tell when great have here i in is it "
    "just let me much my next no now of ok okay on one or please problem problems ready "
    "right should so sorry sure thank "
    "thanks that that's the them then there these think this time to up want we welcome well what will with would yes "
    "yet you you'll you're your".split()
)
# Quoting a page does not show that it agrees: "Yes" and "no" before a quotation are the student's guess.
_VERDICT = re.compile(r"^(\s*)(?:yes|no|yep|yeah|nope)\b[,.!:;]*\s+(?!problem|worries|need)(\w)", re.IGNORECASE)
# An article with nothing to stand before ("grill the over medium heat"): a word of the page was swallowed or put in.
_BROKEN = re.compile(
    r"\b(?:the|an?) (?:over|for|in|into|to|with|until|and|or|of|on|at|from|the|an?|is|are|it|then|by)\b", re.IGNORECASE
)
_BARE = (["yes"], ["no"])
DOUBT = re.compile(r"doesn't|does not|not sure|don't know|no \w+ (?:is )?given", re.IGNORECASE)


_REASSURES = re.compile(
    r"\b(?:is|are|be|it'?s|that'?s|will) (?:\w+ )?(?:fine|ok|okay|alright|good|great|right)\b", re.I
)


class SentenceGate:
    """Passes on what ``check`` makes of each whole sentence; after the first of which it makes nothing, no more.

    Sentences that say nothing ("No problem.") are held until one follows that does; a "yes" or "no" before a quotation
    is dropped. A sentence that only says again what was said ends the text: a small model that begins to repeat itself
    rambles on.

    Args:
        check: Gives what may be shown for a sentence, "" if nothing.
        sink: Gets it.
    """

    _END = re.compile(r"(?<=[.!?])(?:[\"')\]]*)(?=\s)|\n")

    def __init__(self, check: Callable[[str], str], sink: TextSink | None) -> None:
        self._check, self._sink = check, sink
        self._waiting = ""
        self.held = ""
        self.passed = ""
        self.refused = self.ended = False
        self._verdict = False

    def feed(self, piece: str) -> None:
        """Take a piece of text."""
        if self.refused or self.ended:
            return
        self._waiting += piece
        while (match := self._END.search(self._waiting)) is not None:
            sentence, self._waiting = self._waiting[: match.end()], self._waiting[match.end() :]
            self._judge(sentence)

    def finish(self) -> None:
        """The text is over: judge what is left."""
        sentence, self._waiting = self._waiting, ""
        self._judge(sentence)
        if self._verdict and not (self.passed or self.held):
            self.refused = True  # a bare "yes" was all

    def release(self) -> None:
        """Pass on what is held."""
        self._pass("")

    def _judge(self, sentence: str) -> None:
        if self.refused or self.ended or not sentence.strip():
            return
        if _words(sentence) in _BARE:
            self._verdict = True
            return
        if self._repeats(sentence):
            self.ended = True
            return
        checked = self._check(_VERDICT.sub(lambda m: m[1] + m[2].upper(), sentence).strip())
        if not checked:
            self.refused = True
        elif self._repeats(checked):
            self.ended = True
        elif says_nothing(checked):
            self.held += self._after(checked)
        else:
            self._pass(self._after(checked))

    def _repeats(self, sentence: str) -> bool:
        return bool(self.passed) and not set(_words(sentence)) - _FILLER - set(_words(self.passed))

    def _after(self, sentence: str) -> str:
        return f" {sentence}" if self.passed or self.held else sentence

    def _pass(self, sentence: str) -> None:
        text, self.held = self.held + sentence, ""
        self.passed += text
        if self._sink is not None:
            self._sink(text)


def quoted(sentence: str, pages: Sequence[str], run: int = 3, share: float = 0.75) -> str:
    """The sentence of a page that a sentence quotes, verbatim; "" where it quotes none, or stutters.

    A small model drops words of what it reads out, and strings others together in an order that means nothing. So what
    it says only points to what is shown: ``share`` of its words that say something must stand in runs of ``run`` words
    (or the whole sentence, if it is shorter) that one page has in the same order, not far apart, no run more often than
    on the page. Of that page's sentences the one is taken that has most of them, if it has more than half.
    """
    words = _words(sentence)
    if (broken := _BROKEN.search(sentence)) and not any(broken[0].lower() in page.lower() for page in pages):
        return ""
    run = min(run, len(words))
    repeated = Counter({words_: n for words_, n in _runs(words, run).items() if n > 1} if run > 2 else {})
    telling = [i for i, word in enumerate(words) if word not in _FILLER]
    for page in pages:
        there = _words(page)
        found = SequenceMatcher(None, words, there, autojunk=False).get_matching_blocks()
        blocks = [block for block in found if block.size >= run]
        if not blocks or blocks[-1].b + blocks[-1].size - blocks[0].b > SPREAD * len(words) + 4:
            continue
        if repeated and not repeated <= _runs(there, run):
            continue
        said = {block.a + k for block in blocks for k in range(block.size)}
        if sum(i in said for i in telling) >= share * len(telling):
            return _one_of(page, {words[i] for i in telling})
    return ""


def _one_of(page: str, telling: set[str]) -> str:
    """The sentence of a page that has most of some words, and more than half of them; "" if none has."""
    have, best = max(((len(telling.intersection(_words(s))), s) for s in split(page)), key=lambda pair: pair[0])
    return best if 2 * have > len(telling) else ""


def _runs(words: list[str], run: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + run]) for i in range(len(words) - run + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", text.lower())


def says_nothing(text: str) -> bool:
    """Whether a text holds no word that could answer a question ("Sure, go ahead!"); "Yes." does answer."""
    words = re.findall(r"[a-z']+|\d+", text.lower())
    answers = words[:1] in (["yes"], ["no"]) and words[1:2] != ["problem"]
    return not answers and all(word in _FILLER for word in words)


def reassures(text: str) -> bool:
    """Whether a text says that all is well ("It is fine."), which a student cannot know of a pan it does not see."""
    return _REASSURES.search(text) is not None
