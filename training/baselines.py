"""Trivial baselines that a student must beat, as replies in the form of ``souschef replay``.

``majority``: the commonest intents of training, no items, the commonest text. ``in-order``: the next step in order, its
text read out. ``nearest``: the wizard's reply to the most similar utterance of training (TF-IDF cosine), with the next
step in order where that reply shared a step. Intents of the last two come from TF-IDF and logistic regression.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from model.prompt import step_after
from model.vocabulary import Turn
from retrieval.recipe import Recipe
from training.corpora import Example

Situation = tuple[Recipe | None, Sequence[Turn], Turn]
NAMES = ("majority", "in-order", "nearest")


def pairs(examples: Sequence[Example]) -> list[tuple[Turn, Turn, str]]:
    """(cook's turn, wizard's turn, wizard's turn before) of every exchange."""
    out = []
    for example in examples:
        turns = example.dialogue.turns
        for position in range(1, len(turns)):
            if turns[position].role == "wizard" and turns[position - 1].role == "cook":
                before = turns[position - 2].intent if position > 1 else "start"
                out.append((turns[position - 1], turns[position], before))
    return out


class Baselines:
    """Fitted on training dialogues."""

    def __init__(self, train: Sequence[Example]) -> None:
        exchanges = pairs(train)
        self.user = Counter(cook.intent for cook, _, _ in exchanges).most_common(1)[0][0]
        self.intent = Counter(wizard.intent for _, wizard, _ in exchanges).most_common(1)[0][0]
        self.text = Counter(wizard.text for _, wizard, _ in exchanges).most_common(1)[0][0]
        asked = [f"{cook.text} before_{before}" for cook, _, before in exchanges]
        self._user = _classifier().fit(asked, [cook.intent for cook, _, _ in exchanges])
        self._wizard = _classifier().fit(asked, [wizard.intent for _, wizard, _ in exchanges])
        self._vectors = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2)).fit(
            [cook.text for cook, _, _ in exchanges]
        )
        self._known = self._vectors.transform([cook.text for cook, _, _ in exchanges])
        self._exchanges = exchanges

    def reply(self, name: str, situation: Situation) -> dict[str, Any]:
        """A reply of one of ``NAMES`` to (recipe, history, cook's turn)."""
        recipe, history, cook = situation
        step = 0
        for turn in history:
            step = step_after(recipe, turn, step)
        following = recipe.steps[step : step + 1] if recipe else ()
        if name == "majority":
            return {"user_intent": self.user, "intent": self.intent, "shared": [], "text": self.text}
        before = history[-1].intent if history else "start"
        asked = f"{cook.text} before_{before}"
        intents = {"user_intent": str(self._user.predict([asked])[0]), "intent": str(self._wizard.predict([asked])[0])}
        if name == "in-order":
            return {
                **intents,
                "shared": list(following),
                "text": following[0] if following else "That was the last step.",
            }
        nearest = self._exchanges[int((self._known @ self._vectors.transform([cook.text]).T).toarray().argmax())][1]
        shares = nearest.intent == "return_next_step" and bool(nearest.shared)
        return {**intents, "shared": list(following) if shares else [], "text": nearest.text}


def _classifier() -> Any:
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    letters = TfidfVectorizer(analyzer="char_wb", sublinear_tf=True, ngram_range=(2, 5))
    return make_pipeline(make_union(words, letters), LogisticRegression(C=6.0, max_iter=2000))
