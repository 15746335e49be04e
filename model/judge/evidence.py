"""Chooses what of the passages the encoder reads: the sentences that say most of what the answer says.

A cross-encoder's time grows with the words that it reads, and most of a passage has nothing to do with one answer. The
choice is greedy: each time the sentence that covers most of what is not covered yet, weighed by how rare the words are.
"""

from collections.abc import Callable, Sequence

from model.judge.features import Text, read, split

Idf = Callable[[str], float]
LONGEST = 60  # words of one sentence; a longer one (a list, a table) is cut into pieces


def pieces(contexts: Sequence[str]) -> list[Text]:
    """The sentences of all contexts, in order, long ones cut."""
    out: list[Text] = []
    for context in contexts:
        for sentence in split(context):
            words = sentence.split()
            if len(words) <= LONGEST:
                out.append(read(sentence))
            else:
                out += [read(" ".join(words[i : i + LONGEST])) for i in range(0, len(words), LONGEST)]
    return out


def select(answer: str, contexts: Sequence[str], idf: Idf, budget: int = 64) -> str:
    """The sentences that best cover an answer, in the order in which they stand.

    Args:
        answer: What is to be supported.
        contexts: The passages.
        idf: How rare a stem is.
        budget: Words to choose at most; the first sentence is always taken.
    """
    parts = pieces(contexts)
    if sum(len(p.words) for p in parts) <= budget:
        return " ".join(p.raw for p in parts)
    wanted = read(answer)
    weight = {
        s: idf(s) + (2.0 if s[0].isdigit() else 0.0) for s, c in zip(wanted.stems, wanted.content, strict=True) if c
    }
    held = [{s for s in p.stems if s in weight} for p in parts]
    covered: set[str] = set()
    chosen: list[int] = []
    left = budget
    while len(chosen) < min(6, len(parts)):
        gains = [
            (
                sum(weight[s] if s not in covered else 0.25 * weight[s] for s in held[i])
                / (4 + len(parts[i].words)) ** 0.3,
                -i,
            )
            for i in range(len(parts))
            if i not in chosen and (not chosen or len(parts[i].words) <= left)
        ]
        if not gains:
            break
        gain, at = max(gains)
        if chosen and gain <= 0:
            break
        chosen.append(-at)
        covered |= held[-at]
        left -= len(parts[-at].words)
    return " ".join(parts[i].raw for i in sorted(chosen))
