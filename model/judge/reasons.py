"""Why a score is what it is, in a sentence: the number that is nowhere, the food that no passage names, the sentence
that nothing supports.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from model.facts import NEGATION, foods, sentences
from model.guard import Guard
from model.judge.features import read
from retrieval.text import STOP_WORDS
from retrieval.text import stem as stem_of

_NUMBER = re.compile(
    r"\d|\b(?:half|quarter|one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|twice|hour)\b"
)
_WRONG = 0.5  # an encoder's probability that a word is wrong, from which on it is named
_guard = Guard()


@dataclass(frozen=True, slots=True)
class Findings:
    """What the checks of :mod:`model.guard` find in an answer.

    Attributes:
        numbers: Amounts, times, temperatures that no passage has (or not of that food).
        foods: Foods that no passage names.
        flips: Words by which the answer denies what a passage says, or says what it denies.
        covered: Least share of a sentence's words that are in the passages, in [0, 1].
    """

    numbers: tuple[str, ...] = ()
    foods: tuple[str, ...] = ()
    flips: tuple[str, ...] = ()
    covered: float = 1.0


def findings(answer: str, contexts: Sequence[str], question: str = "") -> Findings:
    """Run the checks."""
    verdict = _guard.check(answer, None, contexts, utterance=question)
    numbers, named, flips = [], [], []
    for part in verdict.unsupported:
        if part == "missing not" or NEGATION.fullmatch(part):
            flips.append(part)
        elif _NUMBER.search(part.lower()) and not foods(part):
            numbers.append(part)
        elif foods(part):
            named.append(part)
        else:
            numbers.append(part)
    return Findings(tuple(numbers), tuple(named), tuple(flips), verdict.groundedness)


def least_supported(answer: str, contexts: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The sentence with most content words that no passage has, and these words."""
    known = {s for c in contexts for s in read(c).stems}
    best: tuple[float, str, tuple[str, ...]] = (-1.0, "", ())
    for sentence in sentences(answer):
        said = [w for w in read(sentence).words if w not in STOP_WORDS]
        novel = tuple(dict.fromkeys(w for w in said if stem_of(w) not in known))
        share = len(novel) / max(1, len(said)) + (0.01 * len(novel)) - (0.5 if sentence.rstrip().endswith("?") else 0)
        if share > best[0]:
            best = (share, sentence.strip(), novel)
    return best[1], best[2]


def quoted(text: str, most: int = 100) -> str:
    """A text in quotation marks, cut at a word."""
    text = " ".join(text.split())
    return f"“{text}”" if len(text) <= most else f"“{text[:most].rsplit(' ', 1)[0]} …”"


def listed(words: Sequence[str], most: int = 4) -> str:
    """“a”, “b” and “c”."""
    shown = [f"“{w}”" for w in words[:most]]
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]


def _are(words: Sequence[str]) -> str:
    return "is" if len(words) == 1 else "are"


def grounded_reason(
    score: float, threshold: float, answer: str, contexts: Sequence[str], found: Findings, suspects: Sequence[str] = ()
) -> str:
    """Why an answer counts as supported or not.

    Args:
        score: Groundedness.
        threshold: From which on an answer counts as supported.
        answer: The answer.
        contexts: The passages.
        found: What the checks found.
        suspects: Words that the encoder holds for wrong, as written.
    """
    if score >= threshold:
        return "Everything in the answer is supported by the passages."
    parts = []
    if found.numbers:
        parts.append(f"{listed(found.numbers)} {_are(found.numbers)} not what the passages say")
    if found.foods:
        parts.append(f"no passage names {listed(found.foods)}")
    if found.flips:
        flip = found.flips[0]
        parts.append(
            "it says what a passage denies" if flip == "missing not" else f"{quoted(flip)} denies what a passage says"
        )
    if not parts and suspects:
        verb = "does" if len(suspects[:4]) == 1 else "do"
        parts.append(f"{listed(suspects)} {verb} not fit what the passages say")
    if not parts:
        sentence, novel = least_supported(answer, contexts)
        if novel:
            parts.append(f"no passage supports {quoted(sentence)} ({listed(novel)} {_are(novel)} in none of them)")
        else:
            parts.append(f"no passage says {quoted(sentence)} in this way")
    text = "; ".join(parts)
    return text[:1].upper() + text[1:] + "."


def context_reason(score: float, threshold: float, question: str, best: str) -> str:
    """Why passages count as relevant or not."""
    if score >= threshold:
        return f"A passage seems to hold the answer: {quoted(best)}."
    missing = [
        w for w in dict.fromkeys(read(question).words) if w not in STOP_WORDS and stem_of(w) not in read(best).stems
    ]
    if missing:
        return f"No passage seems to hold the answer; the nearest, {quoted(best, 60)}, lacks {listed(missing)}."
    return f"No passage seems to hold the answer; the nearest is {quoted(best)}."


def answer_reason(score: float, threshold: float, question: str) -> str:
    """Why an answer counts as relevant or not."""
    if score >= threshold:
        return "The answer is about what was asked."
    return f"The answer does not seem to answer {quoted(question, 80)}."
