"""Let a teacher read a packed file once, and keep what it says for the students.

    python -m training.teach --teacher runs/base --packed runs/second.npz --out runs/second-base.cache

Several ``--teacher`` are one ensemble (``--teacher-weights 2 1`` for unequal ones). Kept are, for every token that
counts fully (``--from-weight``), the teacher's ``--k`` likeliest tokens, their log-probabilities and the missing tail
at each of ``--temperatures``. Kill it whenever you like: the same command goes on with the next shard, and makes again
any shard that is damaged. ``training.distill --cache`` reads the result.
"""

import argparse
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from training.errors import TrainingError, guarded
from training.losses import CHUNK_LOGITS, CHUNK_LOGITS_GPU
from training.packing import FULL, Packed
from training.teacher_cache import CacheSpec, CacheWriter, Rows, encode, file_hash, judged
from training.teachers import Teacher, fingerprint


def load_packed(path: Path, setting: str = "--packed") -> Packed:
    """A packed file.

    Raises:
        TrainingError: It cannot be read.
    """
    try:
        if path.is_file() and not zipfile.is_zipfile(path):
            raise ValueError(path)
        packed = Packed.load(path)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise TrainingError(
            f"{path} cannot be read as a packed file: name one that training.mixture made in {setting}."
        ) from error
    if not len(packed):
        raise TrainingError(f"{path} holds no sequences: name another file in {setting}.")
    return packed


def groups(lengths: np.ndarray, batch_tokens: int) -> Iterator[np.ndarray]:
    """Indices of sequences of like length whose padded tokens stay within a batch."""
    order = np.argsort(lengths, kind="stable")
    begin = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or int(lengths[order[end]]) * (end + 1 - begin) > batch_tokens:
            yield order[begin:end]
            begin = end


def read_sequences(
    teacher: Teacher, packed: Packed, mine: range, spec: CacheSpec, batch_tokens: int, device: torch.device
) -> Rows:
    """Rows of a range of sequences, in their order."""
    mask = judged(packed, spec.from_weight)
    begin = packed.offsets[mine.start]
    before = np.concatenate([[0], np.cumsum(mask[begin : packed.offsets[mine.stop]])])
    count = int(before[-1])
    ids = np.empty((count, spec.k), np.uint16)
    logs = np.empty((count, spec.k), np.uint8 if spec.bits == 8 else np.float16)
    tails = np.empty((count, len(spec.temperatures)), np.float16)
    chunk = max(16, (CHUNK_LOGITS if device.type == "cpu" else CHUNK_LOGITS_GPU) // spec.vocabulary)
    lengths = np.diff(packed.offsets[mine.start : mine.stop + 1])
    for group in groups(lengths, batch_tokens):
        time = int(lengths[group].max())
        batch = np.full((len(group), time), 2, np.int64)
        keep, places = [], []
        for row, number in enumerate(group):
            first, last = packed.offsets[mine.start + number], packed.offsets[mine.start + number + 1]
            batch[row, : last - first] = packed.tokens[first:last]
            tokens = np.flatnonzero(mask[first:last])
            keep.append(row * time + tokens - 1)  # the position before gives the distribution
            places.append(before[first - begin + tokens])
        wanted, where = np.concatenate(keep), np.concatenate(places)
        if not len(wanted):
            continue
        with torch.autocast(device.type, torch.bfloat16):
            features = teacher.features(torch.from_numpy(batch).to(device), torch.from_numpy(wanted).to(device))
        for at in range(0, len(wanted), chunk):
            with torch.autocast(device.type, torch.bfloat16):
                log_probs = teacher.log_probs([f[at : at + chunk] for f in features])
            if not bool(torch.isfinite(log_probs).all()):
                raise TrainingError("The teacher's probabilities are not numbers: name a sound model in --teacher.")
            rows = encode(log_probs, spec)
            mine_now = where[at : at + chunk]
            ids[mine_now], logs[mine_now], tails[mine_now] = rows.ids, rows.logs, rows.tails
    return Rows(ids, logs, tails)


def make_cache(
    folders: list[Path],
    packed_path: Path,
    out: Path,
    shares: list[float] | None = None,
    k: int = 16,
    bits: int = 8,
    temperatures: tuple[float, ...] = (1.0, 2.0),
    from_weight: int = FULL,
    sequences: int = 512,
    batch_tokens: int = 8192,
) -> CacheWriter:
    """Make a cache, or what is missing of it; arguments as the command's.

    Raises:
        TrainingError: See the classes.
    """
    packed = load_packed(packed_path)
    tokenizer = folders[0] / "tokenizer.json"
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    teacher = Teacher.load(folders, shares or [], tokenizer, _vocabulary(folders[0]), device)
    vocabulary = teacher.members[0].model.config.get_text_config().vocab_size
    if vocabulary > 65_535:
        raise TrainingError(
            f"A cache holds vocabularies of up to 65,535 and the teacher's is {vocabulary}: distil with --teacher live."
        )
    if not 0 < k < vocabulary:
        raise TrainingError(f"--k is {k}: choose 1 to {vocabulary - 1}, for example 16.")
    if not temperatures or min(temperatures) <= 0:
        raise TrainingError("--temperatures needs numbers above 0, for example 1 2.")
    marks = fingerprint(folders, shares or [])
    spec = CacheSpec(
        file_hash(packed_path), marks, vocabulary, k, bits, tuple(temperatures), max(1, from_weight), sequences
    )
    writer = CacheWriter(out, spec, packed)
    missing = writer.missing()
    total = sum(int(packed.offsets[m.stop] - packed.offsets[m.start]) for m in map(writer.sequences, missing))
    with tqdm(total=total, unit="token", unit_scale=True, desc="teaching", mininterval=1, disable=None) as bar:
        for shard in missing:
            mine = writer.sequences(shard)
            writer.write(shard, read_sequences(teacher, packed, mine, spec, batch_tokens, device))
            bar.update(int(packed.offsets[mine.stop] - packed.offsets[mine.start]))
    return writer


def _vocabulary(folder: Path) -> int:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{folder} holds no model: name a checkpoint folder in --teacher.") from error
    return int(config.get_text_config().vocab_size)


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--teacher", type=Path, action="append", required=True, help="checkpoint folder; may be repeated")
    p.add_argument("--teacher-weights", type=float, nargs="*", default=[], help="one per teacher (equal)")
    p.add_argument("--packed", type=Path, required=True, help="made by training.mixture")
    p.add_argument("--out", type=Path, required=True, help="folder of the cache")
    p.add_argument("--k", type=int, default=16, help="tokens kept per position")
    p.add_argument("--bits", type=int, choices=(8, 16), default=8, help="of a log-probability")
    p.add_argument("--temperatures", type=float, nargs="+", default=[1.0, 2.0], help="that students may learn at")
    p.add_argument("--from-weight", type=int, default=FULL, help="least weight of a judged token, in sixteenths")
    p.add_argument("--shard", type=int, default=512, help="sequences per shard")
    p.add_argument("--batch-tokens", type=int, default=8192, help="tokens that the teacher reads at a time")
    p.add_argument("--threads", type=int, default=0, help="CPU threads (all)")
    return p


def main(argv: list[str] | None = None) -> None:
    args = parser().parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        writer = make_cache(
            args.teacher, args.packed, args.out, args.teacher_weights, args.k, args.bits, tuple(args.temperatures),
            args.from_weight, args.shard, args.batch_tokens,
        )  # fmt: skip
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise TrainingError("The teacher does not fit into memory: lower --batch-tokens.") from error
    rows, size = int(writer.starts[-1]), writer.spec.bytes_per_token
    tokens = writer.packed.tokens.size
    print(
        f"{rows:,} of {tokens:,} tokens judged, {size} bytes each ({rows * size / tokens:.1f} per token of the file), "
        f"{rows * size / 1e6:.1f} MB in {writer.shards} shards → {args.out}"
    )


if __name__ == "__main__":
    guarded(main)
