"""Packing: nothing is lost, weights mark the wizard's tokens, batches are complete and repeatable."""

import random
from pathlib import Path

import numpy as np

from model.engines.local import load_tokenizer
from model.prompt import PromptBuilder
from model.registry import bundled_folder
from model.tokenizer import FIRST_PIECE, KNOWLEDGE, SAY
from training.corpora import wizard_of_tasks
from training.mixture import copying_drills
from training.packing import FULL, Packed, Weights, sequences

BUILDER = PromptBuilder(load_tokenizer(bundled_folder()))


def test_full_weight_is_on_the_wizards_tokens_alone(wot: tuple[Path, Path]) -> None:
    example = wizard_of_tasks(*wot)[0]
    ((ids, weights),) = sequences(BUILDER, example, 600)
    say = BUILDER.tokenizer.special(SAY)
    assert ids.count(say) == 3
    assert all(weight == Weights().structure for token, weight in zip(ids, weights, strict=True) if token == say)
    text = BUILDER.tokenizer.decode([t for t, w in zip(ids, weights, strict=True) if w == FULL])
    assert "Whisk it all for 2 minutes." in text
    assert "What's first?" not in text


def test_where_sharing_ends_is_learned_and_what_is_read_out_is_not(wot: tuple[Path, Path]) -> None:
    example = wizard_of_tasks(*wot)[0]
    ((ids, weights),) = sequences(BUILDER, example, 600)
    know, say = BUILDER.tokenizer.special(KNOWLEDGE), BUILDER.tokenizer.special(SAY)
    assert know in ids
    begin = ids.index(know)
    end = begin + ids[begin:].index(say)
    assert weights[begin] == Weights().structure
    assert set(weights[begin + 1 : end]) == {0}


def test_a_dialogue_that_does_not_fit_is_cut_and_every_wizard_turn_counts_once(wot: tuple[Path, Path]) -> None:
    example = wizard_of_tasks(*wot)[0]
    say = BUILDER.tokenizer.special(SAY)
    parts = list(sequences(BUILDER, example, 110, Weights(cook=0, recipe=0, passage=0)))
    assert len(parts) > 1
    assert all(len(ids) <= 110 for ids, _ in parts)
    assert sum(t == say and w > 0 for ids, ws in parts for t, w in zip(ids, ws, strict=True)) == 3


def test_save_and_load(tmp_path: Path) -> None:
    packed = Packed.of([([1, 5, 9], [0, 16, 16]), ([1, 7], [0, 3])])
    packed.save(tmp_path / "p.npz")
    again = Packed.load(tmp_path / "p.npz")
    assert np.array_equal(again.tokens, [1, 5, 9, 1, 7])
    assert np.array_equal(again.weights, [0, 16, 16, 0, 3])
    assert len(again) == 2


def test_batches_hold_every_sequence_once_within_the_limit() -> None:
    rng = np.random.default_rng(0)
    items = [([int(n)] * int(n), [16] * int(n)) for n in rng.integers(2, 60, 200)]
    packed = Packed.of(items)
    seen: list[int] = []
    for ids, weights in packed.batches(256, seed=1):
        assert ids.size <= 256
        assert weights.max() == 1.0
        seen += [int(row[0]) for row in ids]
    assert sorted(seen) == sorted(ids[0] for ids, _ in items)
    first = [ids.tolist() for ids, _ in packed.batches(256, seed=1)]
    assert first == [ids.tolist() for ids, _ in packed.batches(256, seed=1)]
    assert first != [ids.tolist() for ids, _ in packed.batches(256, seed=2)]


def test_copying_drills_say_random_pieces_twice_and_learn_the_second_time(wot: tuple[Path, Path]) -> None:
    items = [s for example in wizard_of_tasks(*wot) for s in sequences(BUILDER, example, 600)]
    drills = copying_drills(items, random.Random(0), 20)
    assert len(drills) == 20
    for ids, weights in drills:
        half = len(ids) // 2
        assert ids[:half] == ids[half:]
        assert weights == [0] * half + [FULL] * half
        assert min(ids) >= FIRST_PIECE
