"""Making wrong answers, loading the labelled sets, fitting, and the exported encoder beside the trained one."""

import random
from pathlib import Path

import numpy as np
import pytest

from training.judge_data import GROUPS, begin, faithdial, mend, q_squared, qags, same_knowledge
from training.judge_fit import (
    auc,
    balanced_accuracy,
    best_threshold,
    fit_blend,
    fit_forest,
)
from training.judge_made import Base, made, reworded, split_of
from training.judge_perturb import MAKERS, Change, changes

CONTEXTS = ("Simmer the beans for 20 minutes over low heat.", "2 cups rice", "Do not cover the pot.", "Bake at 350°F.")


@pytest.mark.parametrize(
    ("maker", "answer", "kinds"),
    [
        ("numbers", "Simmer the beans for 20 minutes.", {"time"}),
        ("numbers", "Bake at 350°F.", {"temperature"}),
        ("numbers", "You need 2 cups of rice.", {"amount"}),
        ("units", "Simmer for 20 minutes.", {"unit"}),
        ("ingredients", "Simmer the beans.", {"ingredient", "topic"}),
        ("negations", "Cover the pot.", {"negation"}),
        ("negations", "Do not cover the pot.", {"negation"}),
        ("verbs", "Simmer the beans.", {"step"}),
        ("swaps", "Soak the beans for 20 minutes over the rice.", {"swap"}),
    ],
)
def test_each_maker_changes_the_answer_in_its_place(maker: str, answer: str, kinds: set[str]) -> None:
    seen = set()
    for seed in range(12):
        for change in MAKERS[maker](answer, CONTEXTS, random.Random(seed)):
            seen.add(change.kind)
            wrong = change.apply(answer)
            assert wrong != answer
            assert wrong.startswith(answer[: change.start])
            assert wrong.endswith(answer[change.end :])
    assert seen
    assert seen <= kinds


def test_taking_a_negation_out_leaves_a_sentence() -> None:
    found = [
        c.apply("Do not cover the pot.") for c in MAKERS["negations"]("Do not cover the pot.", (), random.Random(0))
    ]
    assert found == ["Cover the pot."]


def test_neighbours_in_a_list_are_not_swapped() -> None:
    for seed in range(20):
        assert not list(MAKERS["swaps"]("Add the carrots and the onions.", CONTEXTS, random.Random(seed)))


def test_a_change_can_be_made_to_the_passage_instead() -> None:
    change = Change("time", 21, 23, "45")
    answer = "Simmer the beans for 20 minutes."
    assert change.apply(answer) == "Simmer the beans for 45 minutes."
    assert change.apply_to_passage(answer, CONTEXTS[0]) == "Simmer the beans for 45 minutes over low heat."
    assert change.apply_to_passage(answer, "Wait 120 minutes, or 20.5.") is None


def test_made_cases_are_the_same_for_the_same_seed_and_know_what_is_wrong() -> None:
    base = Base("How long?", CONTEXTS[:1], "Simmer the beans for 20 minutes.", CONTEXTS[1:], "cookbook", "dish")
    once, again = (made(base, random.Random(4)) for _ in range(2))
    assert once == again
    assert {c.label for c in once} == {0, 1}
    for case in once:
        assert (case.wrong is None) == bool(case.label)
        if case.wrong is not None:
            assert 0 <= case.wrong[0] < case.wrong[1] <= len(case.answer)
        assert case.label == int(case.kind.startswith("right"))


def test_changes_never_leave_the_answer_as_it_was() -> None:
    for seed in range(30):
        for change in changes("Bake the rice at 350°F for 20 minutes, don't stir.", CONTEXTS, random.Random(seed)):
            assert change.apply("Bake the rice at 350°F for 20 minutes, don't stir.") != ""


def test_a_reworded_step_keeps_its_numbers() -> None:
    for seed in range(30):
        assert "25" in reworded("Bake for 25 minutes.", random.Random(seed))


def test_splits_depend_on_the_name_alone() -> None:
    names = [f"recipe-{n}" for n in range(2000)]
    share = {s: sum(split_of(n) == s for n in names) / 2000 for s in ("train", "validation", "test")}
    assert share["test"] == pytest.approx(0.2, abs=0.03)
    assert share["validation"] == pytest.approx(0.1, abs=0.03)


def test_tokenised_text_is_mended() -> None:
    assert mend("it is n't , you know ; he 's ( very ) old .") == "it isn't, you know; he's (very) old."


def test_the_labelled_sets(real_data: Path) -> None:
    for load, answers, good in ((begin, 1229, 313), (faithdial, 2400, 572), (q_squared, 1088, 628)):
        found = list(load(real_data))
        assert (len(found), sum(c.label for c in found)) == (answers, good)
        assert {c.source for c in found} <= set(GROUPS)
    main = [c for c in q_squared(real_data) if c.kind == "main"]
    assert abs(sum(c.label for c in main) - 300) <= 1
    assert not {c.source for c in qags(real_data)} & set(GROUPS), "QAGS is never trained on"


def test_passages_are_shared_between_sets_and_found_out(real_data: Path) -> None:
    held = list(begin(real_data))
    known = same_knowledge(held)
    assert all(known(c) for c in held)
    left = [c for c in faithdial(real_data) if not known(c)]
    assert 0 < len(left) < 2400


def test_auc_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(2)
    labels, scores = rng.integers(0, 2, 200), rng.normal(size=200).round(1)
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))
    assert np.isnan(auc([1, 1], [0.1, 0.2]))


def test_the_best_threshold_parts_good_from_bad() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9], np.float32)
    at, accuracy = best_threshold([0, 0, 1, 0, 1, 1], scores)
    assert accuracy == pytest.approx(5 / 6)
    assert balanced_accuracy([0, 0, 1, 0, 1, 1], scores, at)[0] == pytest.approx(accuracy)


def test_a_forest_is_the_model_that_it_was_made_of() -> None:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 5)).astype(np.float32)
    labels = ((rows[:, 0] > 0) ^ (rows[:, 1] > 0.5)).astype(np.int64)
    forest = fit_forest(rows, labels, tuple("abcde"), trees=20)
    model = HistGradientBoostingClassifier(
        max_iter=20, learning_rate=0.06, max_leaf_nodes=10, min_samples_leaf=20, l2_regularization=2.0,
        class_weight="balanced", random_state=0,
    ).fit(rows, labels)  # fmt: skip
    np.testing.assert_allclose(forest.log_odds(rows), model.decision_function(rows), atol=1e-4)


def test_a_blend_never_counts_against_its_direction() -> None:
    rng = np.random.default_rng(5)
    table = rng.normal(size=(300, 2)).astype(np.float32)
    labels = (table[:, 0] - table[:, 1] > 0).astype(np.int64)
    ones = np.ones(300, np.float32)
    right = fit_blend(table, labels, ones, ("x", "y"), {"x": 1, "y": -1})
    assert auc(labels, right.log_odds(table, ("x", "y"))) > 0.99
    against = fit_blend(table, labels, ones, ("x", "y"), {"x": 1, "y": 1})
    assert against.weights[1] == pytest.approx(0, abs=1e-6)


@pytest.mark.filterwarnings("ignore")  # of torch, about the exporter that int8 needs
def test_the_exported_encoder_says_what_the_trained_one_says(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from model.cross_encoder import Pair, batch
    from model.judge.encoder import CrossEncoder
    from training.judge_encoder import SPECIAL, JudgeNet, export, load, save

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=512, attn_implementation="eager",
    )  # fmt: skip
    vocabulary = [*SPECIAL, *(chr(97 + n) for n in range(26)), *(f"##{chr(97 + n)}" for n in range(26)), "1", "2", "3"]
    save(
        JudgeNet(transformers.BertModel(config, add_pooling_layer=False), 32),
        tmp_path / "net",
        vocabulary,
        config.to_dict(),
    )
    net = load(tmp_path / "net")
    pairs = [Pair([2, *range(10, 10 + n), 3, *range(20, 40), 3], n, []) for n in (3, 9, 1)]
    with torch.no_grad():
        heads, tokens = net(*(torch.from_numpy(x) for x in batch(pairs)))
    export(net, tmp_path / "out", vocabulary)
    for row, (logits, pieces) in enumerate(CrossEncoder(tmp_path / "out", 1).run(pairs)):
        np.testing.assert_allclose(logits, heads[row].numpy(), atol=0.1)
        np.testing.assert_allclose(pieces, tokens[row, 1 : pairs[row].first + 1].numpy(), atol=0.1)
