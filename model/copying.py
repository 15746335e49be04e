"""Keeping a small model to its page: numerals that the page does not hold are never said, and what stands on it is said
more easily.

``NumeralMask`` is a hard constraint: digits are single tokens, and a digit may only continue a numeral of the page.
``CopyBias`` is a soft one, in the spirit of pointer networks (Vinyals et al., 2015; See et al., 2017) without training:
tokens that follow, on the page, what was just said become likelier, the more so the longer the match.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from model.tokenizer import DialogueTokenizer


class NumeralMask:
    """Forbids digits that would make a numeral which is not on the page.

    Args:
        tokenizer: Gives the ids of the ten digits.
        page: Token ids of everything that may be quoted (the prompt).
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

    def push(self, token: int) -> None:
        """Note the token that was said."""
        self._run = self._run + self._digits[token] if token in self._digits else ""


class CopyBias:
    """Adds to the logits of tokens that continue a quotation.

    Args:
        sources: Token sequences worth quoting: the shared items, the step at hand, the passages.
        strength: Added per token of the match; 0 switches it off.
        longest: Matches count up to this many tokens.
    """

    def __init__(self, sources: Iterable[Sequence[int]], strength: float, longest: int = 4) -> None:
        self.strength, self.longest = strength, longest
        self._after: dict[tuple[int, ...], set[int]] = defaultdict(set)
        for source in sources:
            for end in range(1, len(source)):
                for length in range(1, min(longest, end) + 1):
                    self._after[tuple(source[end - length : end])].add(source[end])

    def apply(self, logits: np.ndarray, said: Sequence[int]) -> None:
        """Bias logits [vocabulary] in place, given the tokens said so far."""
        if not self.strength:
            return
        best: dict[int, int] = {}
        for length in range(1, min(self.longest, len(said)) + 1):
            for token in self._after.get(tuple(said[-length:]), ()):
                best[token] = length
        for token, length in best.items():
            logits[token] += self.strength * length
