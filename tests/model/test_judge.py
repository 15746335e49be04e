"""The local judge: bounds, order, reasons, and what no cook should ever send."""

import dataclasses
import random
from pathlib import Path

import numpy as np
import pytest

from model.cross_encoder import encode, open_tokenizer
from model.judge import JudgeError, load_judge
from model.judge.blend import sigmoid
from model.judge.encoder import FIRST, LENGTH, chunks
from model.judge.evidence import select
from model.judge.features import NAMES, runs
from model.judge.kitchen import food
from model.judge.local import MEASURED, LocalJudge

CONTEXTS = (
    "Bake at 350°F for 25 to 30 minutes, until golden.",
    "1 cup butter, softened",
    "2 cups sugar",
    "Do not open the oven while the cake rises.",
    "Beat the butter with the sugar until fluffy, then stir in the flour.",
)
QUESTION = "How long do I bake it?"
RIGHT = "Bake it at 350°F for 25 to 30 minutes, until golden."


@pytest.fixture(scope="module")
def judge() -> LocalJudge:
    return load_judge()


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (QUESTION, RIGHT, "Bake it at 350°F for 45 to 50 minutes, until golden."),
        (QUESTION, RIGHT, "Bake it at 425°F for 25 to 30 minutes, until golden."),
        (QUESTION, RIGHT, "Bake it at 350°F for 25 to 30 hours, until golden."),
        ("How much butter?", "You need 1 cup of butter.", "You need 2 cups of butter."),
        ("How much butter?", "You need 1 cup of butter.", "You need 1 cup of margarine."),
        ("What next?", "Beat the butter with the sugar until fluffy.", "Beat the butter with the honey until fluffy."),
        ("What next?", "Beat the butter with the sugar.", "Drain the beans and rinse them under cold water."),
        ("May I look?", "Do not open the oven while the cake rises.", "Open the oven while the cake rises."),
        (QUESTION, "Bake it until golden.", "Don't bake it until golden."),
    ],
)
def test_a_wrong_answer_is_less_grounded_than_the_right_one(
    judge: LocalJudge, question: str, right: str, wrong: str
) -> None:
    good, bad = (judge.score(question, CONTEXTS, answer).groundedness for answer in (right, wrong))
    assert good is not None
    assert bad is not None
    assert good > bad + 0.1


def test_right_passes_the_threshold(judge: LocalJudge) -> None:
    assert (judge.score(QUESTION, CONTEXTS, RIGHT).groundedness or 0) >= judge.thresholds["grounded"]


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ("Bake it at 350°F for 45 minutes.", "45 minutes"),
        ("You need 1 cup of margarine.", "margarine"),
        ("Open the oven while the cake rises.", "denies"),
        ("Garnish with zebra stripes of liquorice.", "zebra"),
    ],
)
def test_the_reason_names_what_is_wrong(judge: LocalJudge, answer: str, named: str) -> None:
    scores = judge.score(QUESTION, CONTEXTS, answer)
    assert scores.groundedness is not None
    assert scores.groundedness < judge.thresholds["grounded"]
    assert named in scores.reasons["groundedness"]


def test_a_passage_that_holds_the_answer_is_more_relevant(judge: LocalJudge) -> None:
    held = judge.score(QUESTION, CONTEXTS[:1], RIGHT).context_relevance
    other = judge.score(QUESTION, CONTEXTS[1:3], RIGHT).context_relevance
    best = judge.score(QUESTION, CONTEXTS, RIGHT).context_relevance
    assert held is not None
    assert other is not None
    assert held > other
    assert best == pytest.approx(held, abs=0.02), "the best passage counts"


def test_an_answer_to_the_question_is_more_relevant_than_another(judge: LocalJudge) -> None:
    right = judge.score(QUESTION, CONTEXTS, "25 to 30 minutes, until golden.").answer_relevance
    wrong = judge.score(QUESTION, CONTEXTS, "You need 2 cups of sugar.").answer_relevance
    assert right is not None
    assert wrong is not None
    assert right > wrong


@pytest.mark.parametrize(
    ("question", "contexts", "answer", "expected"),
    [
        ("", (), "", (None, None, None)),
        ("How long?", (), "", (None, None, 0.0)),
        ("How long?", (), "Ten minutes.", (None, 0.0, "some")),
        ("", ("Bake it.",), "Bake it.", (None, "some", None)),
        ("How long?", ("", "  ", "!!"), "Ten minutes.", (None, 0.0, "some")),
        ("?!", ("Bake it.",), "...", (None, None, None)),
    ],
)
def test_what_is_missing_has_no_score_but_a_reason(
    judge: LocalJudge, question: str, contexts: tuple[str, ...], answer: str, expected: tuple[object, ...]
) -> None:
    scores = judge.score(question, contexts, answer)
    given = (scores.context_relevance, scores.groundedness, scores.answer_relevance)
    for want, have in zip(expected, given, strict=True):
        assert (have is not None and 0 <= have <= 1) if want == "some" else have == want
    assert set(scores.reasons) == {"context_relevance", "groundedness", "answer_relevance"}
    assert all(scores.reasons.values())


@pytest.mark.parametrize(
    "text",
    [
        "½ cup crème fraîche à 180 °C 🍰🔥",
        "炒飯を作ります。",
        "ظبخ الأرز",
        "\x00\ud7ff\u200b",
        "a" * 5000,
        "1/0 cup of 0/0",
        "🍰" * 500,
    ],
)
def test_any_unicode_gets_scores_in_bounds(judge: LocalJudge, text: str) -> None:
    for triple in (
        (text, (text,), text),
        (QUESTION, (text,), RIGHT),
        (text, CONTEXTS, RIGHT),
        (QUESTION, CONTEXTS, text),
    ):
        scores = judge.score(*triple)
        for value in (scores.context_relevance, scores.groundedness, scores.answer_relevance):
            assert value is None or 0 <= value <= 1


def test_ten_megabytes_are_judged_by_their_beginning(judge: LocalJudge) -> None:
    long = "Bake at 350°F for 25 to 30 minutes, until golden. " * 200_000
    scores = judge.score(long, [long] * 40, long)
    assert scores.groundedness is not None


def test_one_by_one_and_together_are_the_same(judge: LocalJudge) -> None:
    replies = [
        (QUESTION, CONTEXTS, RIGHT),
        ("", (), ""),
        ("How much butter?", CONTEXTS[1:], "You need 2 cups of butter."),
        ("What next?", CONTEXTS, "Beat the butter with the sugar until fluffy, then stir in the flour. " * 8),
    ]
    again = judge.score_many(replies)
    assert again == judge.score_many(replies)
    for together, reply in zip(again, replies, strict=True):
        alone = judge.score(*reply)
        for name in ("context_relevance", "groundedness", "answer_relevance"):
            one, other = getattr(together, name), getattr(alone, name)
            assert (one is None) == (other is None)
            assert one is None or one == pytest.approx(other, abs=1e-4)


def test_missing_or_foreign_weights_say_what_to_do(tmp_path: Path, judge: LocalJudge) -> None:
    with pytest.raises(JudgeError, match="reinstall"):
        load_judge(tmp_path)
    blend = dataclasses.replace(judge.weights.blends["reply"], names=("forest", "moon phase"))
    weights = dataclasses.replace(judge.weights, blends={**judge.weights.blends, "reply": blend})
    weights.save(tmp_path / "judge.npz")
    with pytest.raises(JudgeError, match="do not fit"):
        load_judge(tmp_path)


def test_saved_weights_are_read_as_they_were(tmp_path: Path, judge: LocalJudge) -> None:
    judge.weights.save(tmp_path / "judge.npz")
    again = type(judge.weights).load(tmp_path / "judge.npz")
    rows = np.random.default_rng(0).normal(size=(5, len(again.forests["grounded"].names))).astype(np.float32)
    np.testing.assert_array_equal(
        again.forests["grounded"].log_odds(rows), judge.weights.forests["grounded"].log_odds(rows)
    )
    assert again.thresholds == judge.thresholds


def test_evidence_keeps_what_the_answer_speaks_of() -> None:
    filler = [f"Sentence number {n} is about the history of kitchens in many lands and ages." for n in range(30)]
    contexts = [" ".join(filler[:15]), "Simmer the lentils for 20 minutes.", " ".join(filler[15:])]
    chosen = select("Simmer lentils 20 minutes.", contexts, lambda _: 1.0, budget=30)
    assert "Simmer the lentils for 20 minutes." in chosen
    assert len(chosen.split()) <= 30
    assert select("anything", [], lambda _: 1.0) == ""


def test_runs_are_those_of_the_passage() -> None:
    assert runs("a b x c d e".split(), "c d e a b".split()) == [2, 0, 3]
    assert runs([], ["a"]) == []


def test_long_answers_are_read_in_whole_sentences(tmp_path: Path) -> None:
    answer = " ".join(f"Stir number {n} times and wait for the bell to ring again." for n in range(20))
    parts = chunks(answer)
    assert " ".join(parts) == answer
    assert len(parts) > 3
    vocabulary = "[PAD] [UNK] [CLS] [SEP] [MASK] stir number word".split()
    (tmp_path / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    pair = encode(open_tokenizer(tmp_path / "vocab.txt"), parts[0], "word " * 500, FIRST, LENGTH)
    assert len(pair.ids) == 128
    assert [parts[0][a:b] for a, b in pair.offsets][:2] == ["Stir", "number"]
    assert pair.ids[1:3] == [5, 6]


def test_a_regression_counts_in_one_direction_only(judge: LocalJudge) -> None:
    blend = judge.weights.blends["grounded"]
    signs = dict(zip(blend.names, np.sign(blend.weights), strict=True))
    assert signs["share"] > 0
    assert all(signs[name] <= 0 for name in ("novel", "plain novel"))
    assert judge.weights.blends["cooking"].weights[0] > 0
    assert 0 < sigmoid(np.array([-1e9], np.float32))[0] < 1e-9


def test_cooking_is_judged_by_the_trees_and_the_rest_by_the_regression(judge: LocalJudge) -> None:
    rows = np.zeros((2, len(MEASURED)), np.float32)
    rows[1, MEASURED.index("about food")] = 0.5
    weights = judge.weights
    anything = sigmoid(weights.blends["grounded"].log_odds(rows, MEASURED))
    trees = weights.forests["grounded"].log_odds(rows)[:, None]
    cooking = sigmoid(weights.blends["cooking"].log_odds(trees, ("forest",)))
    np.testing.assert_allclose(weights.grounded(rows), [anything[0], cooking[1]], rtol=1e-5)
    assert food(CONTEXTS) > 0.1
    assert food(("Preheat it.", "Fold in the flour, butter and eggs.")) > 0.1
    assert food(("Pizza is a dish of flat bread with tomato and cheese, from Naples.",)) == 0.0
    assert food(("The committee met in Paris to discuss the treaty.",)) < 0.02


def test_features_have_their_names(judge: LocalJudge) -> None:
    rng = random.Random(3)
    words = " ".join(CONTEXTS).split()
    for _ in range(20):
        answer = " ".join(rng.choices(words, k=rng.randint(0, 12)))
        row = judge.meter._grounded.features(answer, CONTEXTS)
        assert row.shape == (len(NAMES),)
        assert np.isfinite(row).all()
