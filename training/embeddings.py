"""Train the static sentence embeddings contrastively.

    python -m training.embeddings --data DATA --out retrieval/weights/embeddings.npz --steps 3000 --dimensions 128

In-batch InfoNCE in both directions (van den Oord et al., 2018) over ``torch.nn.EmbeddingBag``: the sum of word vectors,
normalised, temperature 0.05. A batch holds several pairs of each recipe or dialogue, so that the other steps of the
same recipe are negatives: within a recipe is where questions are asked. Words now and then give way to their letter
trigrams, which is how the trigram rows learn. About four minutes on one CPU core. Recipes that WoTe asks about are
left out, so that figures on WoTe are about recipes that the embeddings have not seen.
"""

import argparse
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as functional

from retrieval.cookbook import load_knowledge
from retrieval.embeddings import StaticEmbeddings, trigrams
from retrieval.recipe import Recipe
from retrieval.text import words
from training.corpora import open_text
from training.embedding_pairs import Pair, big_recipes, dialogue_groups, knowledge_groups, recipe_pairs, squad_groups


class Tokens:
    """Row numbers of words.

    Args:
        vocabulary: Known stems.
        buckets: Trigram rows.
        spell: Chance that a known word is spelled by trigrams instead.
    """

    def __init__(self, vocabulary: Sequence[str], buckets: int, spell: float, rng: random.Random) -> None:
        self.rows = {word: i for i, word in enumerate(vocabulary)}
        self.buckets, self.spell, self.rng = buckets, spell, rng
        self._cache: dict[str, list[str]] = {}

    def ids(self, text: str) -> list[int]:
        stems = self._cache.get(text)
        if stems is None:
            stems = words(text)
            if len(self._cache) < 1_500_000:
                self._cache[text] = stems
        out: list[int] = []
        for word in stems:
            row = self.rows.get(word)
            if row is None or (self.spell and self.rng.random() < self.spell):
                out += [len(self.rows) + b for b in trigrams(word, self.buckets)]
            else:
                out.append(row)
        return out or [len(self.rows)]

    def bag(self, texts: Sequence[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """(flat ids, offsets) for an EmbeddingBag."""
        rows = [self.ids(text) for text in texts]
        offsets = np.cumsum([0, *map(len, rows[:-1])])
        return torch.tensor([i for row in rows for i in row]), torch.from_numpy(offsets)


def contrastive_loss(
    left: torch.Tensor, right: torch.Tensor, same: torch.Tensor, temperature: float = 0.05
) -> torch.Tensor:
    """InfoNCE in both directions.

    Args:
        left: (B, D) unit rows.
        right: (B, D) unit rows; row i belongs to row i of ``left``.
        same: (B, B) bool, pairs off the diagonal whose texts are equal: no negatives.
        temperature: Of the softmax.
    """
    scores = (left @ right.T / temperature).masked_fill(same, -1e4)
    target = torch.arange(len(left))
    return (functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)) / 2


def batches(
    recipes: Sequence[Recipe],
    others: Sequence[Sequence[list[Pair]]],
    size: int,
    shares: Sequence[float],
    rng: random.Random,
) -> Iterator[list[Pair]]:
    """Endless batches: from the recipes, and by ``shares`` from each other source, a few pairs per group."""
    while True:
        batch: list[Pair] = []
        for groups, share in zip(others, shares, strict=True):
            until = len(batch) + int(size * share)
            while groups and len(batch) < until:
                group = rng.choice(groups)
                batch += rng.sample(group, min(4, len(group)))
        while len(batch) < size:
            batch += recipe_pairs(rng.choice(recipes), rng)
        yield batch[:size]


def train(args: argparse.Namespace) -> StaticEmbeddings:
    """The whole run."""
    rng = random.Random(args.seed)
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    asked = {json.loads(line)["document_url"] for line in open_text(args.data / "wote_extractive_qa.jsonl")}
    recipes = list(big_recipes(args.data / "recipes_73k.jsonl.xz", args.recipes))
    rng.shuffle(recipes)
    held, recipes = recipes[:600], recipes[600:]
    others = [
        dialogue_groups(args.data, frozenset(asked)),
        squad_groups(args.data / "squad_dev_v1.1.json.xz"),
        knowledge_groups(load_knowledge()),
    ]
    others = [[group for group in groups if group] for groups in others]
    counts: Counter[str] = Counter()
    for recipe in recipes[:: max(1, len(recipes) // 30_000)]:
        counts.update(words(" ".join((recipe.title, *recipe.items))))
    for weight, groups in zip((3, 1, 5), others, strict=True):
        for group in groups:
            for pair in group:
                for text in pair:
                    counts.update(dict.fromkeys(words(text), weight))
    vocabulary = [w for w, n in counts.most_common(args.vocabulary) if n >= 4 and len(w) < 24]
    print(f"{len(recipes)} recipes, {[len(g) for g in others]} other groups, vocabulary {len(vocabulary)}", flush=True)
    tokens = Tokens(vocabulary, args.buckets, 0.03, rng)
    total = sum(counts.values())
    bag = torch.nn.EmbeddingBag(len(vocabulary) + args.buckets, args.dimensions, mode="sum")
    with torch.no_grad():  # frequent words start short, as in smooth inverse frequency (Arora et al., 2017)
        length = torch.tensor([1e-3 / (1e-3 + counts[w] / total) for w in vocabulary] + [0.3] * args.buckets)
        bag.weight.normal_(0, args.dimensions**-0.5).mul_(length[:, None])
    optimiser = torch.optim.Adam(bag.parameters(), lr=args.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, args.rate, total_steps=args.steps, pct_start=0.1)
    start = time.monotonic()
    for step, batch in enumerate(batches(recipes, others, args.batch, (0.12, 0.06, 0.1), rng)):
        if step == args.steps:
            break
        left_texts, right_texts = zip(*batch, strict=True)
        left, right = (functional.normalize(bag(*tokens.bag(t)), dim=1) for t in (left_texts, right_texts))
        numbers: dict[str, int] = {}
        ids = torch.tensor([[numbers.setdefault(t, len(numbers)) for t in side] for side in (left_texts, right_texts)])
        same = (ids[0][:, None] == ids[0][None]) | (ids[1][:, None] == ids[1][None])
        same.fill_diagonal_(False)
        loss = contrastive_loss(left, right, same)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 200 == 0 or step == args.steps - 1:
            print(f"step {step} loss {loss.item():.3f} {time.monotonic() - start:.0f} s", flush=True)
    idf = {w: float(np.log(total / counts[w])) for w in vocabulary}
    result = StaticEmbeddings(vocabulary, bag.weight.detach().numpy(), args.buckets, [idf[w] for w in vocabulary])
    print(f"held-back recipes: {evaluate(result, held, rng)}", flush=True)
    return result


def evaluate(embeddings: StaticEmbeddings, recipes: Sequence[Recipe], rng: random.Random) -> dict[str, float]:
    """Share of made questions whose step is nearest within its recipe, and of titles whose ingredient list is
    nearest.
    """
    hits = asked = 0
    for recipe in recipes:
        pairs = list({right: (left, right) for left, right in recipe_pairs(recipe, rng)[:-2]}.values())
        if len(pairs) > 2:
            left, right = (embeddings.encode(side) for side in zip(*pairs, strict=True))
            hits += int((np.argmax(left @ right.T, axis=1) == np.arange(len(pairs))).sum())
            asked += len(pairs)
    titles = embeddings.encode([r.title for r in recipes])
    lists = embeddings.encode([" ".join(i.text for i in r.ingredients) for r in recipes])
    found = (np.argmax(titles @ lists.T, axis=1) == np.arange(len(recipes))).mean()
    return {"question_step": round(hits / max(1, asked), 3), "title_list": round(float(found), 3)}


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--out", type=Path, required=True, help="file to write (.npz)")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=768)
    parser.add_argument("--dimensions", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=14_000)
    parser.add_argument("--buckets", type=int, default=2_048)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--recipes", type=int, default=0, help="use only the first so many recipes")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    train(args).save(args.out)
    print(f"wrote {args.out} ({args.out.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
