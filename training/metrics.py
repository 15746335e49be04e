"""Measures of replies against reference turns.

Intents: accuracy and macro-F1. Shared items: micro F1 over items, equal up to case, accents and markup. Next step:
share of the turns in which the reference shares a step as the next one and the reply shares that step too. Text:
ROUGE-L (Lin, 2004), BLEU (Papineni et al., 2002) and chrF (Popović, 2015) through rouge-score and sacrebleu; F1 of the
words as SQuAD measures answer spans (Rajpurkar et al., 2016).
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import Any

import sacrebleu
from rouge_score.rouge_scorer import RougeScorer

from training.corpora import normalise_item

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


@dataclass(frozen=True, slots=True)
class Reference:
    """What a wizard really answered. ``shared`` is as the data has it; ``steps`` are those of its items
    that are steps.
    """

    user_intent: str
    intent: str
    shared: tuple[str, ...]
    text: str
    steps: tuple[str, ...] = ()


def accuracy(wanted: Sequence[str], got: Sequence[str]) -> float:
    return mean(w == g for w, g in zip(wanted, got, strict=True)) if wanted else 0.0


def macro_f1(wanted: Sequence[str], got: Sequence[str]) -> float:
    """Mean F1 over the labels that occur in ``wanted``."""
    scores = []
    for label in sorted(set(wanted)):
        hit = sum(w == g == label for w, g in zip(wanted, got, strict=True))
        scores.append(2 * hit / (sum(w == label for w in wanted) + sum(g == label for g in got)))
    return mean(scores) if scores else 0.0


def items_f1(wanted: Sequence[Sequence[str]], got: Sequence[Sequence[str]]) -> dict[str, float]:
    """Micro precision, recall and F1 over shared items."""
    hit = n_wanted = n_got = 0
    for want, have in zip(wanted, got, strict=True):
        left, right = Counter(map(normalise_item, want)), Counter(map(normalise_item, have))
        hit += sum((left & right).values())
        n_wanted += sum(left.values())
        n_got += sum(right.values())
    return {
        "precision": hit / n_got if n_got else 0.0,
        "recall": hit / n_wanted if n_wanted else 0.0,
        "f1": 2 * hit / (n_wanted + n_got) if n_wanted + n_got else 0.0,
    }


def next_step_rate(references: Sequence[Reference], shared: Sequence[Sequence[str]]) -> tuple[float, int]:
    """(rate, turns) over the turns whose reference gives a next step with a shared step."""
    right = count = 0
    for reference, items in zip(references, shared, strict=True):
        if reference.intent == "return_next_step" and reference.steps:
            count += 1
            right += bool({normalise_item(s) for s in reference.steps} & {normalise_item(s) for s in items})
    return (right / count if count else 0.0), count


def rouge_l(wanted: Sequence[str], got: Sequence[str]) -> float:
    scorer = RougeScorer(["rougeL"])
    return mean(scorer.score(w, g)["rougeL"].fmeasure for w, g in zip(wanted, got, strict=True)) if wanted else 0.0


def token_f1(wanted: Sequence[str], got: Sequence[str]) -> float:
    """Mean F1 over the words of each pair of texts, without case, articles and punctuation."""
    scores = []
    for want, have in zip(wanted, got, strict=True):
        left, right = (Counter(re.findall(r"[\w/]+", _ARTICLES.sub(" ", text.lower()))) for text in (want, have))
        size = left.total() + right.total()
        scores.append(2 * (left & right).total() / size if size else 1.0)
    return mean(scores) if scores else 0.0


def measure(references: Sequence[Reference], replies: Sequence[dict[str, Any]]) -> dict[str, float]:
    """All measures of replies (lines of ``souschef replay``) against references, in the same order."""
    texts, wanted = [reply["text"] for reply in replies], [reference.text for reference in references]
    shared = [tuple(reply["shared"]) for reply in replies]
    rate, count = next_step_rate(references, shared)
    asked = [r for r in references if r.user_intent]
    user = [reply["user_intent"] for reference, reply in zip(references, replies, strict=True) if reference.user_intent]
    items = items_f1([r.shared for r in references], shared)
    return {
        "replies": len(replies),
        "user_intent_accuracy": accuracy([r.user_intent for r in asked], user),
        "user_intent_macro_f1": macro_f1([r.user_intent for r in asked], user),
        "intent_accuracy": accuracy([r.intent for r in references], [reply["intent"] for reply in replies]),
        "intent_macro_f1": macro_f1([r.intent for r in references], [reply["intent"] for reply in replies]),
        "shared_precision": items["precision"],
        "shared_recall": items["recall"],
        "shared_f1": items["f1"],
        "next_step_rate": rate,
        "next_step_turns": count,
        "rouge_l": rouge_l(wanted, texts),
        "bleu": sacrebleu.corpus_bleu(texts, [wanted]).score,
        "chrf": sacrebleu.corpus_chrf(texts, [wanted]).score,
        "unsupported": sum(not reply.get("supported", True) for reply in replies),
        "guarded": sum(bool(reply.get("guarded")) for reply in replies),
        "first_token_p50_s": median(reply.get("first_token_s", 0.0) for reply in replies) if replies else 0.0,
        "seconds_p50": median(reply.get("seconds", 0.0) for reply in replies) if replies else 0.0,
    }
