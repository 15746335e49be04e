"""Texts that say the same: near-duplicates by shared shingles, and word runs shared with another collection."""

import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from retrieval.clean import clean_text
from retrieval.recipe import RecipeError

_FIGURES = 0.25  # a larger share of numbers makes a stretch an amount or a temperature, which nobody owns
_COOKING = re.compile(r"(?:recipe|cook|wote).*\.jsonl?(?:\.xz)?$")
_MOST = 40  # a shingle in more texts than this is a phrase of the trade, and tells nothing


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return re.findall(r"[a-zà-ÿ']+|\d+", text.lower())


def shingles(text: str, n: int) -> set[tuple[str, ...]]:
    """Runs of ``n`` words."""
    found = words(text)
    return {tuple(found[i : i + n]) for i in range(len(found) - n + 1)}


def near_duplicates(texts: Mapping[str, str], n: int = 3, least: float = 0.3) -> list[tuple[str, str, float]]:
    """Pairs of keys whose texts share at least ``least`` of their word runs (Jaccard), most alike first."""
    sets = {key: shingles(text, n) for key, text in texts.items()}
    where: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for key, runs in sets.items():
        for run in runs:
            where[run].append(key)
    shared: Counter[tuple[str, str]] = Counter()
    for keys in where.values():
        if 1 < len(keys) <= _MOST:
            for i, a in enumerate(keys):
                for b in keys[i + 1 :]:
                    shared[a, b] += 1
    found = []
    for (a, b), common in shared.items():
        alike = common / (len(sets[a]) + len(sets[b]) - common)
        if alike >= least:
            found.append((a, b, alike))
    return sorted(found, key=lambda pair: -pair[2])


def shared_runs(texts: Mapping[str, str], corpus: Path, n: int = 8) -> dict[str, list[str]]:
    """For each key, the stretches of ``n`` or more words that its text shares with a corpus, longest first.

    Args:
        texts: Our own texts.
        corpus: A text, JSON or JSON-lines file, which may be compressed with xz; read as a stream.
        n: Words in a row that count as taken.

    Raises:
        RecipeError: The corpus cannot be read.
    """
    ours: dict[int, tuple[str, ...]] = {hash(run): run for text in texts.values() for run in shingles(text, n)}
    taken: set[tuple[str, ...]] = set()
    for text in _strings(corpus):
        said = words(clean_text(text))
        for i in range(len(said) - n + 1):
            run = tuple(said[i : i + n])
            if ours.get(hash(run)) == run:
                taken.add(run)
    found = {key: _longest_first(words(text), taken, n) for key, text in texts.items()}
    return {key: runs for key, runs in found.items() if runs}


def collections(path: Path) -> list[Path]:
    """The recipe collections at a path: the file itself, or of a folder the files that are named for cooking.

    Raises:
        RecipeError: Nothing is there.
    """
    found = [path] if not path.is_dir() else sorted(f for f in path.iterdir() if _COOKING.search(f.name))
    if not found or not path.exists():
        raise RecipeError(f"{path} holds no collection of recipes; give a .jsonl file or a folder with some.")
    return found


def _longest_first(said: list[str], taken: set[tuple[str, ...]], n: int) -> list[str]:
    """The stretches of a text that are made of taken runs, without those that are mere figures."""
    stretches: list[list[str]] = []
    end = -1
    for i in range(len(said) - n + 1):
        if tuple(said[i : i + n]) in taken:
            if i <= end:
                stretches[-1].append(said[i + n - 1])
            else:
                stretches.append(said[i : i + n])
            end = i + 1
    kept = [s for s in stretches if sum(w.isdigit() for w in s) <= len(s) * _FIGURES]
    return [" ".join(s) for s in sorted(kept, key=len, reverse=True)]


def _strings(corpus: Path) -> Iterator[str]:
    try:
        opener = lzma.open if corpus.suffix == ".xz" else open
        with opener(corpus, "rt", encoding="utf-8", errors="replace") as file:
            if ".json" not in corpus.name:
                yield from file
            elif ".jsonl" in corpus.name:
                for line in file:
                    yield from _leaves(json.loads(line))
            else:
                yield from _leaves(json.load(file))
    except (OSError, ValueError, lzma.LZMAError) as error:
        raise RecipeError(f"{corpus} cannot be read ({error}); give a text, .jsonl or .jsonl.xz file.") from None


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _leaves(one)
