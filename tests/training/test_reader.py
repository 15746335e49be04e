"""The asked files, and training the reader on them."""

import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model.reader import ACTS, candidates
from model.vocabulary import Dialogue, Turn
from retrieval.asked import parse
from retrieval.cookbook import load_knowledge, load_recipes
from retrieval.passage import Passage
from training.corpora import Example
from training.reader_data import asked_files, from_dialogues, kept_back, listed, of_lines

RECIPES = {recipe.url: recipe for recipe in load_recipes()}


def test_the_asked_files_are_many_and_name_what_is_there() -> None:
    found = asked_files()
    assert len(found) > 6000
    assert all(a.labels for a in found)
    kinds = Counter(a.labels[0] if a.labels[0] in ACTS else a.labels[0][0] for a in found)
    assert all(kinds[kind] > 50 for kind in ("s", "i", "t", "p", "k", "next", "ok", "none")), kinds
    kept = kept_back()
    assert sum(a.recipe.url in kept for a in found) > 500


def test_one_utterance_stands_only_once() -> None:
    said = Counter((a.recipe.url, a.step, a.utterance) for a in asked_files())
    assert not [key for key, count in said.items() if count > 1]


@pytest.mark.parametrize("label", ["s99.1", "k:nothing", "maybe"])
def test_a_label_that_names_nothing_is_refused(label: str) -> None:
    with pytest.raises(ValueError, match=r"file, line 2.*" + label):
        list(of_lines(parse(f"# cookbook:shakshuka\n1 | how long | {label} | -\n", "file"), RECIPES))
    assert list(of_lines(parse(f"# https://example.org/away\n1 | how long | {label} | -\n", "file"), RECIPES)) == []


def test_a_question_that_the_next_step_answers_is_labelled_by_it() -> None:
    recipe = RECIPES["cookbook:shakshuka"]

    def labels(said: str, step: int) -> list[tuple[str, ...]]:
        first, then = (recipe.steps[0],), (recipe.steps[step],)
        turns = [
            Turn("cook", "start", "request_next_step"), Turn("wizard", "First.", "return_next_step", first),
            Turn("cook", said, "ask_question_recipe_steps"), Turn("wizard", then[0], "return_next_step", then),
        ]  # fmt: skip
        example = Example(Dialogue("d", recipe.url, turns), recipe, source="cookdial")
        return [a.labels for a in from_dialogues([example], {}) if a.utterance == said]

    assert labels("They are cut. Do they go in the pan?", 1)[0][0].startswith("s2.")
    assert labels("They are cut. What should I do next?", 1) == [("next",)]
    assert labels("How long does that take?", 1) == []
    assert labels("They are cut. Do they go in the pan?", 3) == []


def test_the_answer_is_always_among_the_candidates() -> None:
    entries = {entry.id: entry for entry in load_knowledge()}

    def notes(utterance: str, step: str) -> list[Passage]:
        return [Passage(f"knowledge:{e.id}", "knowledge", e.text, title=e.title) for e in list(entries.values())[:6]]

    for asked in asked_files()[:200]:
        entry = listed(asked, notes, 7, random.Random(1), entries)
        assert any(entry.right)
        beside = [c for c in candidates(asked.recipe) if asked.about and c.kind == "step" and c.number == asked.step]
        assert len(entry.candidates) <= 7 + len(ACTS) + len(beside)
        assert {c.key for c in entry.candidates} >= set(ACTS)  # what a cook who only remarks must not be taken for
        first = next(label for label in asked.labels if label in {c.key for c in entry.candidates})
        assert asked.labels.index(first) == 0  # the best answer is never left out for another


def test_a_remark_is_about_a_sentence_of_the_step_at_hand() -> None:
    lines = "# cookbook:shakshuka\n1 | peppers are in | ok,s1.1 | -\n1 | cat says hi | ok,chat | -\n"
    remark, talk = of_lines(parse(lines, "file"), RECIPES)
    assert (remark.labels, remark.about) == (("ok",), "s1.1")
    assert (talk.labels, talk.about) == (("ok", "chat"), "")
    entry = listed(remark, lambda *_: [], 3, random.Random(1), {})
    here = {c.key for c in candidates(remark.recipe) if c.kind == "step" and c.number == 1}
    assert len(here) > 1
    assert here <= {c.key for c in entry.candidates}
    with pytest.raises(ValueError, match=r"line 2.*s2.1 is no sentence"):
        list(of_lines(parse("# cookbook:shakshuka\n1 | peppers are in | ok,s2.1 | -\n", "file"), RECIPES))
    assert [c.key for c, right in zip(entry.candidates, entry.right, strict=True) if right] == ["ok"]


@pytest.mark.filterwarnings("ignore")  # of torch, about the exporter that int8 needs
def test_training_lowers_the_loss_and_the_exported_reader_says_the_same(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    from argparse import Namespace

    from model.cross_encoder import batch, open_tokenizer
    from model.reader.reader import Reader
    from training.fake_int8 import fake_int8
    from training.from_onnx import bert_of, heads_of
    from training.judge_encoder import SPECIAL
    from training.reader import ReaderNet, average, export, judge, listed_pairs, load, loss_of, save, train

    torch.manual_seed(0)
    letters = [chr(97 + n) for n in range(26)]
    vocabulary = [*SPECIAL, *letters, *(f"##{letter}" for letter in letters), *"0123456789"]
    config = transformers.BertConfig(
        vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=512, attn_implementation="eager",
    )  # fmt: skip
    save(ReaderNet(transformers.BertModel(config, add_pooling_layer=False), 32), tmp_path, vocabulary, config.to_dict())
    net, _, _ = load(tmp_path)
    tokenizer = open_tokenizer(tmp_path / "vocab.txt")
    entries = {entry.id: entry for entry in load_knowledge()}
    found = [a for a in asked_files() if a.recipe.url.startswith("cookbook:")][:12]
    items = [
        (listed_pairs(tokenizer, entry), entry)
        for entry in (listed(a, lambda *_: [], 4, random.Random(1), entries) for a in found)
    ]
    with torch.no_grad():
        before = float(loss_of(net, items))
    train(net, items, Namespace(seed=1, epochs=60.0, batch=4, rate=5e-3, minutes=5.0, rounded=False))
    with torch.no_grad():
        assert float(loss_of(net, items)) < 0.8 * before
    export(net, tmp_path / "out", vocabulary)
    judged = judge(Reader(tmp_path / "out", 1), [entry for _, entry in items])
    assert judged["all"] > 0.4
    assert judged["n all"] == len(items)
    asked, chosen = items[0][1].asked, items[0][1].candidates
    reading = Reader(tmp_path / "out", 1).read(asked.utterance, asked.at_hand, asked.step, chosen)

    def shares() -> np.ndarray:
        with torch.no_grad():
            rows = [torch.from_numpy(x) for x in batch(items[0][0])]
            return torch.softmax(net(*rows)[0], 0).numpy()

    told = {c.key: p for c, p in reading.ranked}
    np.testing.assert_allclose([told[c.key] for c in chosen], shares(), atol=0.15)
    with fake_int8(net):  # nearer to the export than the net itself
        np.testing.assert_allclose([told[c.key] for c in chosen], shares(), atol=0.05)
    bert, again = bert_of(tmp_path / "out" / "reader.onnx")
    assert (again["num_hidden_layers"], again["hidden_size"]) == (1, 32)
    for name, value in bert.state_dict().items():
        ours = net.bert.state_dict()[name]
        assert float((value - ours[: len(value)]).abs().max()) <= float(ours.abs().max()) / 100, name
    heads = heads_of(tmp_path / "out" / "reader.onnx", "score", "verdict", "another")
    assert set(heads) == {"score.weight", "score.bias", "verdict.weight", "verdict.bias"}
    for name, value in heads.items():
        ours = net.state_dict()[name]
        assert value.shape == ours.shape
        assert float((value - ours).abs().max()) <= float(ours.abs().max()) / 100 + 1e-6, name
    own = {name: value.clone() for name, value in net.state_dict().items()}
    with torch.no_grad():
        net.score.weight += 1.0
    average(net, tmp_path / "out" / "reader.onnx", 0.5)
    np.testing.assert_allclose(net.score.weight.detach(), own["score.weight"] + 0.5, atol=1e-3)
    words = "bert.embeddings.word_embeddings.weight"
    np.testing.assert_allclose(net.state_dict()[words], own[words], atol=float(own[words].abs().max()) / 100)
