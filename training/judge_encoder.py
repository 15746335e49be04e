"""Fine-tune a small pretrained BERT as the judge's cross-encoder, and export it to ONNX, int8.

    python -m training.judge_encoder start  --data DATA --encoder FOLDER --out RUN            # on made answers
    python -m training.judge_encoder tune   --data DATA --start RUN --without begin --rate 6e-5 --out RUN-begin
    python -m training.judge_encoder export --start RUN-begin --out encoders/begin
    (the same without faithdial and q2; and with no set left out, as encoders/all)
    python -m training.judge --data DATA --encoders encoders --out model/judge/weights

``FOLDER`` holds all-MiniLM-L6-v2 (Apache-2.0) in the Hugging Face form. Its lowest layers are kept, its vocabulary is
cut to what English cooking and talk need. ``start`` learns from answers made right or wrong (``training.judge_made``),
and which passage and which reply belong to a question; ``tune`` goes on with the labelled sets, except one group of
them, so that the group can judge it. QAGS is never trained on. On one core ``start``
takes about an hour, ``tune`` some minutes.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from model.cross_encoder import Pair, batch, encode, open_tokenizer
from model.judge.encoder import ASKED, ASKED_LENGTH, FIRST, LENGTH, TASKS
from model.judge.evidence import select
from retrieval.embeddings import StaticEmbeddings
from training import to_onnx
from training.judge_data import GROUPS, Case, grounded, same_knowledge

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


@dataclass(slots=True)
class Item:
    """One training example: a pair, its task, its label, and where it is wrong (piece numbers), if that is known."""

    pair: Pair
    task: int
    label: float
    wrong: tuple[int, int] | None
    known: bool
    weight: float = 1.0


class JudgeNet(nn.Module):
    """BERT with three logits at its first place and one at each place."""

    def __init__(self, bert: nn.Module, width: int) -> None:
        super().__init__()
        self.bert = bert
        self.heads = nn.Linear(width, len(TASKS))
        self.tokens = nn.Linear(width, 1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, kinds: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T) int64 each → (B, 3) and (B, T)."""
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state
        return self.heads(hidden[:, 0]), self.tokens(hidden)[..., 0]


def cut_vocabulary(pieces: Sequence[str], counts: Counter[str], size: int) -> list[str]:
    """The pieces to keep: the marks, all single characters that occur, and the most frequent."""
    single = [p for p in pieces if len(p.removeprefix("##")) == 1 and (p.isascii() or counts[p])]
    keep = dict.fromkeys([*SPECIAL, *single])
    for piece, _ in counts.most_common():
        if len(keep) >= size:
            break
        keep.setdefault(piece)
    return [p for p in pieces if p in keep]


def small_bert(folder: Path, layers: int, keep: Sequence[int]) -> Any:
    """The lowest layers of a pretrained BERT, with the kept rows of its vocabulary."""
    from transformers import BertModel

    bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager")
    bert.encoder.layer = bert.encoder.layer[:layers]
    bert.config.num_hidden_layers = layers
    embeddings = bert.embeddings
    rows = embeddings.word_embeddings.weight.data[list(keep)]
    embeddings.word_embeddings = nn.Embedding.from_pretrained(rows.clone(), freeze=False, padding_idx=0)
    bert.config.vocab_size = len(keep)
    return bert


def item(tokenizer: Any, case: Case, idf: Any, weight: float = 1.0) -> Item:
    """A case of groundedness as pieces; a made case knows which pieces are wrong, a right one that none is."""
    pair = encode(tokenizer, case.answer, select(case.answer, case.contexts, idf), FIRST, LENGTH)
    wrong = None
    if case.wrong is not None:
        inside = [i for i, (a, b) in enumerate(pair.offsets) if a < case.wrong[1] and b > case.wrong[0]]
        wrong = (inside[0], inside[-1] + 1) if inside else None
    return Item(pair, 0, float(case.label), wrong, bool(case.label) or wrong is not None, weight)


def relevance_items(tokenizer: Any, cases: Iterable[Case]) -> Iterator[Item]:
    """Cases of relevance: the question first, then the passage or the reply."""
    for case in cases:
        task = TASKS.index(case.kind)
        other = case.contexts[0] if case.kind == "passage" else case.answer
        yield Item(encode(tokenizer, case.question, other, ASKED, ASKED_LENGTH), task, float(case.label), None, False)


def batches(items: Sequence[Item], size: int, rng: random.Random) -> Iterator[list[Item]]:
    """Items of about the same length together, in random order."""
    order = sorted(items, key=lambda i: len(i.pair.ids) + rng.random() * 12)
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    yield from groups


def loss_of(net: JudgeNet, group: Sequence[Item]) -> torch.Tensor:
    """Binary cross-entropy of the task's logit, and of the pieces where it is known which are wrong."""
    ids, mask, kinds = (torch.from_numpy(x) for x in batch([i.pair for i in group]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        heads, tokens = net(ids, mask, kinds)
    task = torch.tensor([i.task for i in group])
    label = torch.tensor([i.label for i in group])
    weight = torch.tensor([i.weight for i in group])
    logit = heads.float().gather(1, task[:, None])[:, 0]
    loss = (nn.functional.binary_cross_entropy_with_logits(logit, label, reduction="none") * weight).mean()
    target, counted = torch.zeros(ids.shape), torch.zeros(ids.shape)
    for row, i in enumerate(group):
        if i.task == 0 and i.known:
            counted[row, 1 : i.pair.first + 1] = i.weight
            if i.wrong is not None:
                target[row, i.wrong[0] + 1 : i.wrong[1] + 1] = 1
                counted[row, i.wrong[0] + 1 : i.wrong[1] + 1] *= 3
    if counted.sum() > 0:
        each = nn.functional.binary_cross_entropy_with_logits(tokens.float(), target, reduction="none")
        loss = loss + 0.7 * (each * counted).sum() / counted.sum()
    return loss


def train(
    net: JudgeNet, items: Sequence[Item], epochs: float, rate: float, size: int, seed: int, minutes: float
) -> None:
    """AdamW with warm-up and linear decay; stops in time."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    groups = [g for _ in range(int(np.ceil(epochs))) for g in batches(items, size, rng)]
    groups = groups[: int(len(items) * epochs / size)]
    optimizer = torch.optim.AdamW(net.parameters(), lr=rate, weight_decay=0.01)
    net.train()
    start, seen, last = time.time(), 0, []
    for step, group in enumerate(groups):
        done = max(step / len(groups), (time.time() - start) / 60 / minutes)
        if done >= 1:
            break
        for parameters in optimizer.param_groups:
            parameters["lr"] = rate * min(1.0, (step + 1) / 60) * (1 - done)
        loss = loss_of(net, group)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        seen += len(group)
        last.append(loss.item())
        if (step + 1) % 50 == 0:
            print(
                f"{seen} of {len(groups) * size}: loss {np.mean(last[-50:]):.4f}, {seen / (time.time() - start):.1f}/s",
                flush=True,
            )
    net.eval()


def save(net: JudgeNet, folder: Path, vocabulary: Sequence[str], config: dict[str, Any]) -> None:
    """Weights, vocabulary and what is needed to build the net again."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), folder / "net.pt")
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "net.json").write_text(json.dumps(config), encoding="utf-8")


def load(folder: Path) -> JudgeNet:
    """A net that :func:`save` wrote."""
    from transformers import BertConfig, BertModel

    config = BertConfig(**json.loads((folder / "net.json").read_text(encoding="utf-8")))
    config._attn_implementation = "eager"
    net = JudgeNet(BertModel(config, add_pooling_layer=False), config.hidden_size)
    net.load_state_dict(torch.load(folder / "net.pt", weights_only=True))
    return net.eval()


def export(net: JudgeNet, folder: Path, vocabulary: Sequence[str]) -> None:
    """Write ``encoder.onnx`` (int8 weights) and ``vocab.txt``."""
    outputs = {"heads": ["pairs"], "tokens": ["pairs", "pieces"]}
    to_onnx.export(net, folder / "encoder.onnx", vocabulary, LENGTH + 8, outputs)


def _start(args: argparse.Namespace) -> None:
    from training.judge_made import bases, cases
    from training.judge_relevance import relevance, texts

    pieces = list(json.loads((args.encoder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    args.out.mkdir(parents=True, exist_ok=True)
    whole = args.out / "whole.txt"
    whole.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    tokenizer = open_tokenizer(whole)
    counts: Counter[str] = Counter()
    for encoded in tokenizer.encode_batch(list(texts(args.data)), add_special_tokens=False):
        counts.update(encoded.tokens)
    vocabulary = cut_vocabulary(pieces, counts, args.vocabulary)
    covered = sum(counts[p] for p in vocabulary) / sum(counts.values())
    print(f"vocabulary {len(vocabulary)} of {len(pieces)} pieces, {covered:.2%} of the text", flush=True)
    number = {p: i for i, p in enumerate(pieces)}
    bert = small_bert(args.encoder, args.layers, [number[p] for p in vocabulary])
    net = JudgeNet(bert, bert.config.hidden_size)
    (args.out / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    tokenizer = open_tokenizer(args.out / "vocab.txt")
    idf = StaticEmbeddings.load().idf
    rng = random.Random(args.seed)
    items = [item(tokenizer, c, idf) for c in cases(bases(args.data), "train")]
    rng.shuffle(items)
    items = items[: args.items]
    items += list(relevance_items(tokenizer, islice(relevance(args.data, "train"), args.items // 3)))
    print(f"{len(items)} examples, {Counter(i.task for i in items)}", flush=True)
    train(net, items, args.epochs, args.rate, args.batch, args.seed, args.minutes)
    save(net, args.out, vocabulary, bert.config.to_dict())


def _tune(args: argparse.Namespace) -> None:
    from training.judge_made import bases, cases
    from training.judge_relevance import relevance

    net = load(args.start)
    tokenizer = open_tokenizer(args.start / "vocab.txt")
    idf = StaticEmbeddings.load().idf
    rng = random.Random(args.seed)
    every = [c for c in grounded(args.data) if c.source in GROUPS]
    held = [c for c in every if GROUPS[c.source] == args.without]
    kept = same_knowledge(held)
    labelled = [c for c in every if GROUPS[c.source] != args.without and not kept(c)]
    print(
        f"{len(labelled)} labelled, {len(every) - len(held) - len(labelled)} left out for sharing a passage", flush=True
    )
    weights = {"q2": 0.5}  # its readers let pass what a model says of itself; the others do not
    items = [item(tokenizer, c, idf, weights.get(c.source, 1.0)) for c in labelled]
    items += rng.sample(items, len(items) // 2)
    answers = rng.sample(cases(bases(args.data, recipes=800), "train", seed=3), len(items) // 3)
    asked = islice(relevance(args.data, "train", seed=5), len(items) // 6)
    items += [item(tokenizer, c, idf) for c in answers] + list(relevance_items(tokenizer, asked))
    print(f"{len(items)} examples, {Counter(i.task for i in items)}", flush=True)
    train(net, items, args.epochs, args.rate, args.batch, args.seed, args.minutes)
    vocabulary = (args.start / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
    save(net, args.out, vocabulary, json.loads((args.start / "net.json").read_text(encoding="utf-8")))


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=("start", "tune", "export"))
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument("--encoder", type=Path, help="folder of the pretrained encoder")
    parser.add_argument("--start", type=Path, help="folder of the stage before")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--without", default="", choices=("", *sorted(set(GROUPS.values()))), help="group held back")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--vocabulary", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=60_000, help="made examples")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=600.0, help="stop after so long; the rate decays to then")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    if args.stage == "start":
        _start(args)
    elif args.stage == "tune":
        _tune(args)
    else:
        vocabulary = (args.start / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
        export(load(args.start), args.out, vocabulary)


if __name__ == "__main__":
    main()
