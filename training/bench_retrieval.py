"""Measure retrieval over many recipes, beside LangChain's stock ParentDocumentRetriever and BM25.

    python -m training.bench_retrieval --data DATA --recipes 72000 --out bench.json

Indexes the collection (minutes, peak memory, size on disk), fills Chroma, and asks questions over all of it and
within a recipe. The stock retrievers get their own, smaller share (``--stock``), because LangChain's BM25Retriever
goes through every document for every query, and its parents are split by length.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.index import Index
from retrieval.passage import Query
from retrieval.recipe import Recipe
from retrieval.retrievers import open_retriever
from training.embedding_pairs import big_recipes, made_questions


def peak_mb() -> float:
    """Greatest resident memory of this process so far, in MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0)


def size_mb(folder: Path) -> float:
    """Size of a folder's files in MB."""
    return round(sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6, 0)


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile in ms."""
    return {
        "p50_ms": round(1000 * float(np.median(seconds)), 1),
        "p95_ms": round(1000 * float(np.quantile(seconds, 0.95)), 1),
    }


def timed(ask: Callable[[Any], Any], queries: Sequence[Any]) -> dict[str, float]:
    """Times of queries, after five to warm up."""
    for query in queries[:5]:
        ask(query)
    seconds = []
    for query in queries:
        start = time.perf_counter()
        ask(query)
        seconds.append(time.perf_counter() - start)
    return spread(seconds)


def questions(recipes: Sequence[Recipe], count: int, rng: random.Random) -> list[tuple[Recipe, str]]:
    """(recipe, question) pairs made from patterns."""
    asked = []
    for recipe in rng.sample(list(recipes), min(count, len(recipes))):
        made = [question for question, _ in made_questions(recipe, rng)]
        if made:
            asked.append((recipe, rng.choice(made)))
    return asked


def measure(folder: Path, data: Path, count: int, chroma: bool, rng: random.Random) -> dict[str, Any]:
    """Index, open again, ask."""
    path = data / "recipes_73k.jsonl.xz"
    sample: list[Recipe] = []

    def recipes() -> Iterator[Recipe]:
        for number, recipe in enumerate(islice(big_recipes(path), count)):
            if number % max(1, count // 400) == 0:
                sample.append(recipe)
            yield recipe

    def told(stage: str, done: int, total: int) -> None:
        print(f"{stage} {done}/{total or count} {time.monotonic() - start:.0f} s {peak_mb():.0f} MB", flush=True)

    figures: dict[str, Any] = {}
    start = time.monotonic()
    with Index.build(folder, recipes(), progress=told) as index:
        figures |= {
            "recipes": len(index),
            "pieces": index.bm25.total,
            "vectors": len(index.vectors),
            "index_minutes": round((time.monotonic() - start) / 60, 2),
            "index_peak_mb": peak_mb(),
        }
        if chroma:
            start = time.monotonic()
            index.open_chroma(progress=told)
            figures |= {"chroma_minutes": round((time.monotonic() - start) / 60, 2), "chroma_peak_mb": peak_mb()}
    figures["disk_mb"] = size_mb(folder)
    start = time.monotonic()
    with Index.open(folder) as index:
        retriever = open_retriever(index)
        figures["open_s"] = round(time.monotonic() - start, 3)
        asked = questions(sample, 200, rng)
        within = [Query(question, recipe=recipe.url) for recipe, question in asked]
        over = [Query(f"{recipe.title}: {question}") for recipe, question in asked]
        figures["within, BM25 only"] = timed(lambda q: retriever.retrieve(q, 5), within)
        figures["over all, BM25 only"] = timed(lambda q: retriever.retrieve(q, 5), over)
        if chroma:
            retriever.warm_up()
            figures["within"] = timed(lambda q: retriever.retrieve(q, 5), within)
            figures["over all"] = timed(lambda q: retriever.retrieve(q, 5), over)
        figures["search only (BM25 and vectors)"] = timed(lambda q: retriever.searcher.children(q), over)
        figures["search_recipes"] = timed(lambda q: index.search_recipes(q, 5), [recipe.title for recipe, _ in asked])
        found = [
            recipe.url in {p.parent for p in retriever.retrieve(q, 5)}
            for (recipe, _), q in zip(asked, over, strict=True)
        ]
        figures["right recipe among 5"] = round(float(np.mean(found)), 3)
        figures["peak_mb"] = peak_mb()
    return figures


def measure_stock(data: Path, count: int, rng: random.Random) -> dict[str, Any]:
    """LangChain's ParentDocumentRetriever over Chroma with our embeddings, and rank_bm25's form of BM25 over the same
    pieces.
    """
    from langchain_chroma import Chroma
    from langchain_classic.retrievers import ParentDocumentRetriever
    from langchain_core.documents import Document
    from langchain_core.stores import InMemoryStore
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    from retrieval.embeddings import StaticEmbeddings

    recipes = list(islice(big_recipes(data / "recipes_73k.jsonl.xz"), count))
    documents = [Document(page_content="\n".join((r.title, *r.items)), metadata={"url": r.url}) for r in recipes]
    stock = ParentDocumentRetriever(
        vectorstore=Chroma("stock", StaticEmbeddings.load()),
        docstore=InMemoryStore(),
        child_splitter=RecursiveCharacterTextSplitter(chunk_size=200, chunk_overlap=0),
    )
    start = time.monotonic()
    for at in range(0, len(documents), 200):
        stock.add_documents(documents[at : at + 200])
    seconds = time.monotonic() - start
    asked = questions(recipes, 100, rng)
    queries = [f"{recipe.title}: {question}" for recipe, question in asked]
    found = [
        recipe.url in {d.metadata["url"] for d in stock.invoke(q)}
        for (recipe, _), q in zip(asked, queries, strict=True)
    ]
    figures: dict[str, Any] = {
        "recipes": count,
        "stock ParentDocumentRetriever": {
            "index_minutes": round(seconds / 60, 2),
            **timed(stock.invoke, queries),
            "right recipe found": round(float(np.mean(found)), 3),
        },
    }
    import bm25s

    model = bm25s.BM25()
    model.index(bm25s.tokenize([d.page_content for d in documents], show_progress=False), show_progress=False)

    def bm25(query: str) -> list[int]:
        rows, _ = model.retrieve(bm25s.tokenize(query, show_progress=False), k=5, show_progress=False)
        return [int(i) for i in rows[0]]

    found = [recipe.url in {recipes[i].url for i in bm25(q)} for (recipe, _), q in zip(asked, queries, strict=True)]
    figures["bm25s over whole recipes"] = {
        **timed(bm25, queries),
        "right recipe among 5": round(float(np.mean(found)), 3),
    }
    return figures


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the public data sets")
    parser.add_argument("--recipes", type=int, default=72_000)
    parser.add_argument(
        "--stock", type=int, default=2_000, help="recipes for LangChain's stock retrievers; 0 to leave them out"
    )
    parser.add_argument("--no-chroma", action="store_true", help="BM25 alone")
    parser.add_argument("--out", type=Path, help="also write the figures there (.json)")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        figures = {"ours": measure(Path(folder), args.data, args.recipes, not args.no_chroma, random.Random(args.seed))}
    if args.stock:
        figures["stock"] = measure_stock(args.data, args.stock, random.Random(args.seed))
    print(json.dumps(figures, indent=1))
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
