"""The notes of the knowledge base that may bear on what a cook says at a step."""

from collections.abc import Callable

from retrieval.passage import Passage, Query

NEAR, HERE = 8, 4  # notes by the cook's words alone; and more of them with the step's words beside


def near_notes(retrieve: Callable[[Query, int, set[str]], list[Passage]], utterance: str, step: str) -> list[Passage]:
    """Notes near a cook's words, and near them together with the step at hand ("it has lumps": what has?).

    Args:
        retrieve: ``(query, k, kinds) -> passages``, as :meth:`retrieval.retrievers.Retriever.retrieve`.
        utterance: What the cook says.
        step: Text of the step at hand, or "".
    """
    found = {p.id: p for p in retrieve(Query(text=utterance), NEAR, {"knowledge"})}
    if step:
        more = [p for p in retrieve(Query(text=f"{utterance} {step}"), NEAR, {"knowledge"}) if p.id not in found]
        found |= {p.id: p for p in more[:HERE]}
    return list(found.values())
