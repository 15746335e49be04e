"""An endpoint's distributions in the student's vocabulary."""

import math
from typing import Any

import numpy as np
import pytest

from model.engines.local import load_tokenizer
from model.registry import bundled_folder
from model.tokenizer import DialogueTokenizer
from training.alignment import align, rows_of
from training.errors import TrainingError
from training.teacher_cache import CacheSpec, decode

TEXT = "Heat the olive oil, then add chickpeas."


@pytest.fixture(scope="module")
def tokenizer() -> DialogueTokenizer:
    return load_tokenizer(bundled_folder())


def entries(tokens: list[str], alternatives: dict[str, list[tuple[str, float]]]) -> list[dict[str, Any]]:
    """As an endpoint gives them; what has no alternatives is certain at 0.9."""
    out = []
    for token in tokens:
        top = alternatives.get(token, [(token, 0.9)])
        own = next(p for t, p in top if t == token)
        rows = [[t, list(t.encode()), math.log(p)] for t, p in top]
        out.append({"token": token, "bytes": None, "logprob": math.log(own), "top": rows})
    return out


def test_where_tokens_agree_alternatives_keep_their_probability(tokenizer: DialogueTokenizer) -> None:
    teacher = entries(
        ["Heat", " the", " olive", " oil", ",", " then", " add", " chick", "peas", "."],
        {" olive": [(" olive", 0.7), (" oil", 0.2)], " chick": [(" chick", 0.6), (" tomatoes", 0.3)]},
    )
    found = align(tokenizer, TEXT, teacher)
    by_piece = dict(zip((tokenizer.pieces[i] for i in tokenizer.encode(TEXT)), found, strict=True))
    olive = by_piece["▁olive"]
    assert olive is not None
    names = {tokenizer.pieces[i]: round(math.exp(log), 6) for i, log in zip(olive.ids, olive.logs, strict=True)}
    assert names == {"▁olive": 0.7, "▁oil": 0.2}
    assert math.exp(olive.tail) == pytest.approx(0.1)
    chickpeas = by_piece["▁chickpeas"]  # two of the teacher's tokens: their product, the rest is tail
    assert chickpeas is not None
    assert tokenizer.pieces[chickpeas.ids[0]] == "▁chickpeas"
    assert math.exp(chickpeas.logs[0]) == pytest.approx(0.6 * 0.9)
    assert math.exp(chickpeas.tail) == pytest.approx(1 - 0.54)


def test_where_boundaries_disagree_nothing_is_said(tokenizer: DialogueTokenizer) -> None:
    found = align(tokenizer, TEXT, entries(["Heat the ol", "ive oil, th", "en add chickpeas."], {}))
    pieces = [tokenizer.pieces[i] for i in tokenizer.encode(TEXT)]
    said = [piece for piece, item in zip(pieces, found, strict=True) if item is not None]
    assert said == ["▁Heat"]  # the only place where a teacher's token begins with one of the student's


def test_alternatives_that_begin_alike_add_up(tokenizer: DialogueTokenizer) -> None:
    """What the student spells in several pieces counts for its first; several such alternatives add up."""
    first = tokenizer.encode("Heat zyx")[1]
    teacher = entries(["Heat", " zyx"], {" zyx": [(" zyx", 0.5), (" zyxa", 0.25)]})
    item = align(tokenizer, "Heat zyx", teacher)[1]
    assert item is not None
    assert item.ids == (first,)
    assert math.exp(item.logs[0]) == pytest.approx(0.75)


def test_answers_without_alternatives_or_of_another_text_are_refused(tokenizer: DialogueTokenizer) -> None:
    bare = [{"token": "Heat", "bytes": None, "logprob": -0.1, "top": []}]
    with pytest.raises(TrainingError, match="top_logprobs"):
        align(tokenizer, "Heat", bare)
    with pytest.raises(TrainingError, match="do not spell"):
        align(tokenizer, "Fry", entries(["Heat"], {}))


def test_rows_of_a_cache_come_back(tokenizer: DialogueTokenizer) -> None:
    teacher = entries(["Heat", " the", " pan"], {" the": [(" the", 0.6), (" a", 0.3)]})
    found = align(tokenizer, "Heat the pan", teacher)
    spec = CacheSpec("", "", tokenizer.size, k=4, temperatures=(1.0,))
    rows = rows_of([*found, None], spec)
    back, known = decode(rows, 1.0, 0)
    assert known.tolist() == [True, True, True, False]
    assert back.ids[1, 2:].tolist() == [-1, -1]
    probabilities = back.logs[1, :2].exp().numpy()
    assert np.allclose(probabilities, [0.6, 0.3], atol=0.01)
    assert math.exp(float(back.tail[1])) == pytest.approx(0.1, abs=0.01)
    with pytest.raises(TrainingError, match="--temperatures 1"):
        rows_of(found, CacheSpec("", "", tokenizer.size))
