"""Sentence by sentence: what of a student's text may be shown while it streams."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

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


class SentenceGate:
    """Passes on whole sentences that ``allow`` accepts; after the first that it refuses, nothing more.

    Sentences that say nothing ("No problem.") are held until one follows that does; a "yes" or "no" before a quotation
    is dropped. A sentence that only says again
    what was said ends the text: a small model that begins to repeat itself rambles on.
    """

    _END = re.compile(r"(?<=[.!?])(?:[\"')\]]*)(?=\s)|\n")

    def __init__(self, allow: Callable[[str], bool], sink: TextSink | None) -> None:
        self._allow, self._sink = allow, sink
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
        fresh = set(_words(sentence)) - _FILLER - set(_words(self.passed))
        if self.passed and not fresh:
            self.ended = True
        elif not self._allow(sentence.strip()):
            self.refused = True
        elif says_nothing(sentence):
            self.held += sentence
        else:
            self._pass(_VERDICT.sub(lambda m: m[1] + m[2].upper(), sentence))

    def _pass(self, sentence: str) -> None:
        text, self.held = self.held + sentence, ""
        self.passed += text
        if self._sink is not None:
            self._sink(text)


def quotes(sentence: str, pages: Sequence[str], run: int = 3, share: float = 0.75) -> bool:
    """Whether a sentence speaks in one page's own words and order, and does not stutter.

    A small model may string the page's words together in an order that means nothing. So ``share`` of the words that
    say something must stand in runs of ``run`` words (or the whole sentence, if it is shorter) that one page has in the
    same order, not far apart, and no run may come more often than on the page.
    """
    words = _words(sentence)
    if not words:
        return True
    if (broken := _BROKEN.search(sentence)) and not any(broken[0].lower() in page.lower() for page in pages):
        return False
    run = min(run, len(words))
    repeated = Counter({words_: n for words_, n in _runs(words, run).items() if n > 1} if run > 2 else {})
    telling = [i for i, word in enumerate(words) if word not in _FILLER]
    for page in map(_words, pages):
        found = SequenceMatcher(None, words, page, autojunk=False).get_matching_blocks()
        blocks = [block for block in found if block.size >= run]
        if not blocks or blocks[-1].b + blocks[-1].size - blocks[0].b > SPREAD * len(words) + 4:
            continue
        if repeated and not repeated <= _runs(page, run):
            continue
        quoted = {block.a + k for block in blocks for k in range(block.size)}
        if sum(i in quoted for i in telling) >= share * len(telling):
            return True
    return False


def _runs(words: list[str], run: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[i : i + run]) for i in range(len(words) - run + 1))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", text.lower())


def says_nothing(text: str) -> bool:
    """Whether a text holds no word that could answer a question ("Sure, go ahead!"); "Yes." does answer."""
    words = re.findall(r"[a-z']+|\d+", text.lower())
    answers = words[:1] in (["yes"], ["no"]) and words[1:2] != ["problem"]
    return not answers and all(word in _FILLER for word in words)
