"""Keeping a small model to its page.

``PageMask`` and ``NumeralMask`` are hard constraints: the words of a reply are those of its sources and the glue
between them, and digits, which are single tokens, may only spell numerals that the sources hold. ``CopyBias`` is a
soft one, in the spirit of pointer networks (Vinyals et al., 2015; See et al., 2017) without training: tokens that
follow, in a source, what was just said become likelier, the more so the longer the match; and a sentence may easily
begin as a source does.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from model.tokenizer import DialogueTokenizer

# What a wizard says around the words of the page: function words, openers, closers, honest doubts.
GLUE = """
a about after again ahead all along already alright also always an and any anything are as ask at away awesome back
be because been before begin better both but by can can't carefully come cook could did dish do does doesn't doing
don't done each easy either else enjoy enough even every everything exactly fine finally finish finished first
follow following for from further get give given go going good great happy has have here here's hi hello how i i'm
i've if in instead into is isn't it it's its just keep kind know lastly later least let let's like little long look
looks make makes maybe me meal might mind moment more most move much my need needs next nice no not nothing now of
off ok okay on once one only or other otherwise our out over part perfect please problem quite ready really recipe
recommend right said same say says see shall share shared should so some something soon sorry sounds start step
steps still sure take takes tell than thank thanks that that's the their them then there there's these they they're
thing things this those through time to together too try until up us use used using usually very want was way we
welcome well were what when where whether which while who why will with without won't work works would yes yet you
you'll you're you've your yourself
""".split()


class PageMask:
    """Keeps the words of a reply to those of its sources and to the glue between them.

    Which token comes next is still the model's choice; what this takes away is talk of flour where no source has any.

    Args:
        tokenizer: The student's.
        sources: Texts that the reply may draw on.
    """

    def __init__(self, tokenizer: DialogueTokenizer, sources: Iterable[str]) -> None:
        self._allowed = np.zeros(tokenizer.size, bool)
        self._allowed[_glue_ids(tokenizer)] = True
        for text in sources:
            self._allowed[tokenizer.encode(text)] = True
            for word in set(re.findall(r"[^\W\d_]+(?:'[a-z]+)?", text)):
                for form in (word.lower(), word.capitalize()):
                    self._allowed[tokenizer.encode(form)] = True

    def apply(self, logits: np.ndarray) -> None:
        """Mask logits [vocabulary] in place."""
        logits[~self._allowed] = -np.inf


@lru_cache(maxsize=8)
def _glue_ids(tokenizer: DialogueTokenizer) -> list[int]:
    forms = [tokenizer.encode(form) for word in GLUE for form in (word, word.capitalize())]
    whole = {ids[0] for ids in forms if len(ids) == 1}  # parts of words would spell others
    return sorted(whole | set(tokenizer.encode("x.,!?:;")[1:]) | {tokenizer.eos})


class NumeralMask:
    """Forbids digits that would make a numeral which is not on the page.

    Args:
        tokenizer: Gives the ids of the ten digits.
        page: Token ids of everything that may be quoted.
    """

    def __init__(self, tokenizer: DialogueTokenizer, page: Sequence[int]) -> None:
        self._digits = {tokenizer.digit(d): str(d) for d in range(10)}
        self._ids = np.array(list(self._digits), np.int64)
        self._whole: set[str] = set()
        run = ""
        for token in (*page, -1):
            if token in self._digits:
                run += self._digits[token]
            elif run:
                self._whole.add(run)
                run = ""
        self._prefixes = {number[:end] for number in self._whole for end in range(1, len(number) + 1)}
        self._run = ""

    def apply(self, logits: np.ndarray) -> None:
        """Mask logits [vocabulary] in place."""
        allowed = [token for token, digit in self._digits.items() if self._run + digit in self._prefixes]
        if self._run and self._run not in self._whole and allowed:
            kept = logits[allowed].copy()
            logits[:] = -np.inf  # in the middle of a numeral, which must be finished
            logits[allowed] = kept
            return
        kept = logits[allowed].copy()
        logits[self._ids] = -np.inf
        logits[allowed] = kept

    def within(self, said: Sequence[int], token: int) -> bool:
        """Whether a digit is among these tokens."""
        return token in self._digits or any(number in self._digits for number in said)

    def push(self, token: int) -> None:
        """Note the token that was said."""
        self._run = self._run + self._digits[token] if token in self._digits else ""


class CopyBias:
    """Adds to the logits of tokens that begin or continue a quotation.

    Args:
        tokenizer: The student's.
        sources: Texts worth quoting: the shared items, the step at hand, the passages.
        strength: Added per token of the match; 0 switches it off.
        longest: Matches count up to this many tokens.
    """

    def __init__(self, tokenizer: DialogueTokenizer, sources: Iterable[str], strength: float, longest: int = 4) -> None:
        self.strength, self.longest = strength, longest
        self._glue = frozenset(_glue_ids(tokenizer))
        self._ends = frozenset(tokenizer.encode("x.!?")[1:])
        self._starts: set[int] = set()
        self._after: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for text in sources:
            self._index(tokenizer.encode(text))
            for clause in re.split(r"(?<=[.;!?])\s+", text):
                if clause:
                    lower = tokenizer.encode(clause[0].lower() + clause[1:])
                    self._starts |= {lower[0], tokenizer.encode(clause)[0]}
                    self._index(lower)

    def _index(self, ids: list[int]) -> None:
        for end in range(1, len(ids)):
            for length in range(1, min(self.longest, end) + 1):
                self._after[tuple(ids[end - length : end])].add(ids[end])

    def apply(self, logits: np.ndarray, said: Sequence[int]) -> None:
        """Bias logits [vocabulary] in place, given the tokens said so far."""
        if not self.strength:
            return
        best: dict[int, int] = dict.fromkeys(self._starts, 2) if self._nothing_said(said) else {}
        for length in range(1, min(self.longest, len(said)) + 1):
            if length == 1 and said[-1] in self._glue:
                continue  # "the" is followed by anything
            for token in self._after.get(tuple(said[-length:]), ()):
                best[token] = max(length, best.get(token, 0))
        for token, length in best.items():
            logits[token] += self.strength * length

    def _nothing_said(self, said: Sequence[int]) -> bool:
        """Whether the sentence consists of glue so far."""
        for token in reversed(said):
            if token in self._ends:
                return True
            if token not in self._glue:
                return False
        return True
