"""Train the reader: which sentence, note or act answers what a cook says; export it to ONNX, int8.

    python -m training.reader train  --data DATA --encoder model/judge/weights/encoder.onnx --out RUN
    python -m training.reader train  --data DATA --mined MINED.jsonl ...      # hard negatives: training.reader_mining
    python -m training.reader train  --data DATA --start RUN --rounded --out RUN2
    python -m training.reader average --start RUN --encoder model/reader/weights/reader.onnx --share 0.5 --out RUN2
    python -m training.reader export --start RUN2 --out model/reader/weights
    python -m training.reader judge [--data DATA]                             # --start FOLDER: exported elsewhere

It begins with the judge's encoder, which has learned to read a question beside a passage; ``--encoder FOLDER`` with a
BERT in the Hugging Face form (all-MiniLM-L6-v2, Apache-2.0) begins afresh, its vocabulary cut to what cooks and recipes
need. The loss is a softmax over the candidates of an utterance (ListNet's top-one loss, Cao et al., 2007), and of
whether "yes" or "no" belongs before the answer. Without ``--data`` only what ships with the cookbook is learned.
Judged on the recipes of the cookbook that are kept back and, with ``--data``, on those of the validation dialogues.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bot.page.reading import answer_in
from model.cross_encoder import Pair, batch, open_tokenizer
from model.reader import ACTS
from model.reader.reader import FOLDER, LENGTH, VERDICTS, Reader, pairs_of
from retrieval.cookbook import load_knowledge
from retrieval.notes import open_notes
from training import reader_mining, to_onnx
from training.fake_int8 import fake_int8
from training.from_onnx import bert_of, heads_of
from training.judge_encoder import cut_vocabulary, small_bert
from training.reader_data import REPORT, Asked, Listed, asked_files, kept_back, listed, training_data
from training.reader_mining import Mined, place_of

VERDICT_WEIGHT, ABOUT_WEIGHT = 0.3, 0.5
SAVED = 200  # steps between two checkpoints
KNOWN, AGAIN = 0.95, 0.35  # from so much on an utterance is known; share of these that are learned again
MOVES = 800  # of the utterances that only move on


class ReaderNet(nn.Module):
    """BERT with one score at its first place, and three logits of :data:`VERDICTS`."""

    def __init__(self, bert: nn.Module, width: int) -> None:
        super().__init__()
        self.bert = bert
        self.score = nn.Linear(width, 1)
        self.verdict = nn.Linear(width, len(VERDICTS))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, kinds: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(B, T) int64 each → (B,) and (B, 3)."""
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=kinds).last_hidden_state[:, 0]
        return self.score(hidden)[:, 0], self.verdict(hidden)


def listed_pairs(tokenizer: Any, entry: Listed) -> list[Pair]:
    """The pairs of a listed utterance."""
    asked = entry.asked
    return pairs_of(tokenizer, asked.utterance, asked.at_hand, asked.step, entry.candidates)


def _forward(net: ReaderNet, pairs: Sequence[Pair]) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores (B,) and verdicts (B, 3); pairs of about the same length run together."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i].ids))
    size = max(1, (len(pairs) + 2) // 3)
    parts = []
    for start in range(0, len(order), size):
        ids, mask, kinds = (torch.from_numpy(x) for x in batch([pairs[i] for i in order[start : start + size]]))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            parts.append(net(ids, mask, kinds))
    back = torch.argsort(torch.tensor(order))
    return torch.cat([scores for scores, _ in parts])[back], torch.cat([verdicts for _, verdicts in parts])[back]


def loss_of(net: ReaderNet, group: Sequence[tuple[list[Pair], Listed]]) -> torch.Tensor:
    """Mean over the utterances of the listwise loss, of the verdict's where it is known, and for a remark about a
    sentence of the step at hand, of that among all texts.
    """
    scores, verdicts = _forward(net, [pair for pairs, _ in group for pair in pairs])
    losses, said, target, about, at = [], [], [], [], 0
    for pairs, entry in group:
        log = torch.log_softmax(scores[at : at + len(pairs)].float(), 0)
        right = torch.tensor(entry.right)
        losses.append(-torch.logsumexp(log[right], 0))
        asked, keys = entry.asked, [c.key for c in entry.candidates]
        best = next(keys.index(label) for label in asked.labels if label in keys)
        if keys[best] not in ACTS and (asked.written or asked.verdict):
            said.append(verdicts[at + best].float())
            target.append(VERDICTS.index(asked.verdict))
        if asked.about:
            texts = [at + i for i, key in enumerate(keys) if key not in ACTS]
            about.append(torch.logsumexp(scores[texts].float(), 0) - scores[at + keys.index(asked.about)].float())
        at += len(pairs)
    loss = torch.stack(losses).mean()
    if about:
        loss = loss + ABOUT_WEIGHT * torch.stack(about).mean()
    if said:
        loss = loss + VERDICT_WEIGHT * nn.functional.cross_entropy(torch.stack(said), torch.tensor(target))
    return loss


def batches(
    items: Sequence[tuple[list[Pair], Listed]], size: int, rng: random.Random
) -> Iterator[list[tuple[list[Pair], Listed]]]:
    """Utterances of about the same length together, in random order."""
    order = sorted(items, key=lambda item: max(len(p.ids) for p in item[0]) + rng.random() * 20)
    groups = [order[i : i + size] for i in range(0, len(order), size)]
    rng.shuffle(groups)
    yield from groups


def train(net: ReaderNet, items: Sequence[tuple[list[Pair], Listed]], args: argparse.Namespace) -> None:
    """AdamW with warm-up and linear decay; stops in time."""
    rng = random.Random(args.seed)
    torch.manual_seed(args.seed)
    groups = [g for _ in range(int(np.ceil(args.epochs))) for g in batches(items, args.batch, rng)]
    groups = groups[: int(len(items) * args.epochs / args.batch)]
    optimizer = torch.optim.AdamW(net.parameters(), lr=args.rate, weight_decay=0.01, fused=True)
    net.train()
    for module in net.modules():
        if isinstance(module, nn.Dropout):  # drawing takes a third of a step, and everything is seen once or twice
            module.p = 0.0
    begun, last = time.time(), []
    for step, group in enumerate(groups):
        done = max(step / len(groups), (time.time() - begun) / 60 / args.minutes)
        if done >= 1:
            break
        for parameters in optimizer.param_groups:
            parameters["lr"] = args.rate * min(1.0, (step + 1) / 60) * (1 - done)
        loss = loss_of(net, group)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        last.append(loss.item())
        if (step + 1) % 50 == 0:
            per = (time.time() - begun) / (step + 1)
            print(f"{step + 1} of {len(groups)}: loss {np.mean(last[-50:]):.4f}, {per:.2f} s a step", flush=True)
        if (step + 1) % SAVED == 0 and not args.rounded:
            torch.save(net.state_dict(), args.out / "net.pt")
    net.eval()


def judge(reader: Reader, entries: Sequence[Listed]) -> dict[str, float]:
    """How often the best candidate is right, in all and by the kind of the first label; how many candidates there are
    and how often a note that answers is among them; of what is read out (:mod:`bot.page.reading`), how much is right;
    where "yes" or "no" is said before a right text, how often that is as labelled, needless, or the opposite; and the
    seconds of a reading.
    """
    hits: dict[str, list[bool]] = {}
    texts: list[bool] = []
    found: list[bool] = []
    about: list[bool] = []
    verdicts: Counter[str] = Counter()
    begun = time.perf_counter()
    for entry in entries:
        asked = entry.asked
        reading = reader.read(asked.utterance, asked.at_hand, asked.step, entry.candidates)
        right, first = reading.best.key in asked.labels, asked.labels[0]
        kind = first if first in ACTS else "note" if first.startswith("k:") else "page"
        for name in ("all", kind):
            hits.setdefault(name, []).append(right)
        if kind == "note":
            found.append(any(entry.right))
        if asked.about:
            sentence, _ = reading.within(asked.step)
            about.append(sentence is not None and sentence.key == asked.about)
        if (told := answer_in(reading)) is not None:
            texts.append(right)
            if told.lead and right:
                wanted = {"y": "Yes", "n": "No", "": ""}[asked.verdict]
                verdicts["right" if told.lead == wanted else "opposite" if wanted else "needless"] += 1
    shares = {name: float(np.mean(values)) for name, values in sorted(hits.items())}
    shares |= {"read out right": float(np.mean(texts or [False])), "note found": float(np.mean(found or [False]))}
    shares |= {"place in the step": float(np.mean(about))} if about else {}
    shares |= {"candidates": float(np.mean([len(entry.candidates) for entry in entries]))}
    shares |= {"seconds": (time.perf_counter() - begun) / len(entries)}
    counts = {f"n {name}": len(values) for name, values in sorted(hits.items())} | {"n read out": len(texts)}
    return {k: round(v, 3) for k, v in shares.items()} | counts | {f"yes or no {k}": n for k, n in verdicts.items()}


def save(net: ReaderNet, folder: Path, vocabulary: Sequence[str], config: dict[str, Any]) -> None:
    """Weights, vocabulary, and what is needed to build the net again."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(net.state_dict(), folder / "net.pt")
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    (folder / "net.json").write_text(json.dumps(config), encoding="utf-8")


def load(folder: Path) -> tuple[ReaderNet, list[str], dict[str, Any]]:
    """A net that :func:`save` wrote, its vocabulary and its configuration."""
    from transformers import BertConfig, BertModel

    plain = json.loads((folder / "net.json").read_text(encoding="utf-8"))
    config = BertConfig(**plain)
    config._attn_implementation = "eager"
    net = ReaderNet(BertModel(config, add_pooling_layer=False), config.hidden_size)
    net.load_state_dict(torch.load(folder / "net.pt", weights_only=True))
    return net.eval(), (folder / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n"), plain


def export(net: ReaderNet, folder: Path, vocabulary: Sequence[str]) -> None:
    """Write ``reader.onnx`` (int8 weights) and ``vocab.txt``."""
    to_onnx.export(net, folder / "reader.onnx", vocabulary, LENGTH + 8, {"score": ["pairs"], "verdict": ["pairs"]})


def average(net: ReaderNet, exported: Path, share: float) -> None:
    """Make a net the mean of itself (``share``) and an exported reader that it was trained on from: what it learned
    beside what it forgot (WiSE-FT, Wortsman et al., 2022).
    """
    bert, config = bert_of(exported)
    before = ReaderNet(bert, int(config["hidden_size"]))
    before.load_state_dict(heads_of(exported, "score", "verdict"), strict=False)
    old, new = before.state_dict(), net.state_dict()
    for name, value in new.items():
        if value.is_floating_point():
            rows = slice(0, len(old[name]))  # positions beyond the longest pair were cut off
            value[rows] = share * value[rows] + (1 - share) * old[name]
    net.load_state_dict(new)


def _begin(args: argparse.Namespace, texts: Sequence[str]) -> tuple[ReaderNet, list[str], dict[str, Any]]:
    if args.encoder.suffix == ".onnx":
        bert, config = bert_of(args.encoder)
        words = (args.encoder.parent / "vocab.txt").read_text(encoding="utf-8").rstrip("\n").split("\n")
        net = ReaderNet(bert, bert.config.hidden_size)
        net.load_state_dict(heads_of(args.encoder, "score", "verdict"), strict=False)  # where it is a reader's own
        return net, words, config
    pieces = list(json.loads((args.encoder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    args.out.mkdir(parents=True, exist_ok=True)
    whole = args.out / "whole.txt"
    whole.write_text("\n".join(pieces) + "\n", encoding="utf-8")
    counts: Counter[str] = Counter()
    for encoded in open_tokenizer(whole).encode_batch(list(texts), add_special_tokens=False):
        counts.update(encoded.tokens)
    vocabulary = cut_vocabulary(pieces, counts, args.vocabulary)
    print(f"vocabulary {len(vocabulary)} of {len(pieces)} pieces", flush=True)
    number = {p: i for i, p in enumerate(pieces)}
    bert = small_bert(args.encoder, args.layers, [number[p] for p in vocabulary])
    return ReaderNet(bert, bert.config.hidden_size), vocabulary, bert.config.to_dict()


def _train(args: argparse.Namespace) -> None:
    rng = random.Random(args.seed)
    entries, mined = {entry.id: entry for entry in load_knowledge()}, reader_mining.load(args.mined)
    found = training_data(args.data, rng)
    beside = [asked for asked in found if not asked.written]
    rng.shuffle(beside)
    moves = [asked for asked in beside if asked.labels == ("next",)]
    dropped = {id(asked) for asked in moves[MOVES:]}
    beside = [asked for asked in beside if id(asked) not in dropped][: args.beside]
    written = [a for a in found if a.written and (not _known(a, mined) or rng.random() < AGAIN)]
    rng.shuffle(written)
    written.sort(key=lambda asked: place_of(asked) not in mined)  # what has hard negatives comes first
    questions = [a for a in written if a.source != REPORT][: args.questions]
    found = [a for a in written if a.source == REPORT][: args.reports] + questions + beside
    rng.shuffle(found)
    found = found[: args.most]
    notes = lru_cache(maxsize=None)(open_notes().near)
    again = [a for a in found if a.written and (not mined or place_of(a) in mined) and not _known(a, mined)]
    lists = [
        listed(asked, notes, args.size, rng, entries, mined[place].liked if (place := place_of(asked)) in mined else ())
        for asked in (*found, *again * (args.repeat - 1))
    ]
    print(f"{len(lists)} lists of candidates", flush=True)
    if args.start is not None:
        net, vocabulary, config = load(args.start)
        args.out.mkdir(parents=True, exist_ok=True)
    else:
        net, vocabulary, config = _begin(args, _texts(args.data, found))
    save(net, args.out, vocabulary, config)
    tokenizer = open_tokenizer(args.out / "vocab.txt")
    items = [(listed_pairs(tokenizer, entry), entry) for entry in lists if any(entry.right)]
    pieces = sum(len(pair.ids) for pairs, _ in items for pair in pairs)
    print(f"{len(items)} utterances, {Counter(i.asked.source for _, i in items)}, {pieces} pieces", flush=True)
    with fake_int8(net) if args.rounded else nullcontext():
        train(net, items, args)
    save(net, args.out, vocabulary, config)


def _known(asked: Asked, mined: dict[tuple[str, int, str], Mined]) -> bool:
    """Whether a reader answered an utterance surely and rightly."""
    place = place_of(asked)
    return place in mined and mined[place].share(asked.labels) >= KNOWN


def _texts(data: Path | None, found: Sequence[Asked]) -> list[str]:
    """What the vocabulary is counted on: utterances, pages, notes, and, where they are, many recipes."""
    from itertools import islice

    from training.embedding_pairs import big_recipes

    pages = {asked.recipe.url: asked.recipe for asked in found}
    texts = [asked.utterance for asked in found] + [
        f"{e.title} {e.text} {' '.join(e.questions)}" for e in load_knowledge()
    ]
    texts += [" ".join((*r.items, *r.tips, *r.pitfalls, r.storage, r.description)) for r in pages.values()]
    if data is not None:
        texts += [" ".join(r.items) for r in islice(big_recipes(data / "recipes_73k.jsonl.xz"), 8000)]
    return texts


def _group(asked: Asked) -> str:
    if asked.source == REPORT:
        return "reports"
    return "cookbook" if asked.recipe.url.startswith("cookbook:") else "imported"


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=("train", "average", "judge", "export"))
    parser.add_argument("--data", type=Path, help="folder with the public data sets")
    parser.add_argument(
        "--encoder",
        type=Path,
        help="exported cross-encoder (.onnx, vocab.txt beside it), or folder of a pretrained BERT",
    )
    parser.add_argument("--start", type=Path, help="folder of the run to go on from, judge or export")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the new weights in the average")
    parser.add_argument("--beside", type=int, default=100_000, help="utterances that are in no asked file, at most")
    parser.add_argument("--questions", type=int, default=100_000, help="utterances of asked files but reports, at most")
    parser.add_argument("--reports", type=int, default=100_000, help="reports of asked files, at most")
    parser.add_argument("--most", type=int, default=1_000_000, help="utterances in all, at most")
    parser.add_argument("--layers", type=int, default=6, help="of a pretrained BERT")
    parser.add_argument("--vocabulary", type=int, default=12_000)
    parser.add_argument("--mined", type=Path, nargs="*", default=(), help="of training.reader_mining: hard negatives")
    parser.add_argument("--size", type=int, default=7, help="candidates of an utterance beside the acts")
    parser.add_argument("--repeat", type=int, default=1, help="how often what was mined and is not known")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=600.0, help="stop after so long; the rate decays to then")
    parser.add_argument("--rate", type=float, default=6e-5)
    parser.add_argument("--batch", type=int, default=8, help="utterances a step")
    parser.add_argument("--rounded", action="store_true", help="compute as if exported to 8 bits: the last minutes")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    torch.set_num_threads(args.threads)
    if args.stage == "train":
        _train(args)
    elif args.stage == "judge":
        notes, entries = open_notes().near, {entry.id: entry for entry in load_knowledge()}
        kept, reader = kept_back(args.data), Reader(args.start or FOLDER, args.threads)
        found = [asked for asked in asked_files(args.data) if asked.recipe.url in kept]
        for name in ("cookbook", "imported", "reports"):
            wanted = [asked for asked in found if name == _group(asked)]
            if wanted:
                lists = [listed(asked, notes, 0, random.Random(0), entries) for asked in wanted]
                print(name, json.dumps(judge(reader, lists)), flush=True)
    elif args.stage == "average":
        net, vocabulary, config = load(args.start)
        average(net, args.encoder, args.share)
        save(net, args.out, vocabulary, config)
    else:
        net, vocabulary, _ = load(args.start)
        export(net, args.out, vocabulary)


if __name__ == "__main__":
    main()
