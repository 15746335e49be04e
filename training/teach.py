"""Let a teacher read a packed file once, and keep what it says for the students.

    python -m training.teach --teacher runs/base --packed runs/second.npz --out runs/second-base.cache

Several ``--teacher`` are one ensemble (``--teacher-weights 2 1`` for unequal ones). Kept are, for every token that
counts fully (``--from-weight``), the teacher's ``--k`` likeliest tokens, their log-probabilities and the missing tail
at each of ``--temperatures``. Kill it whenever you like: the same command goes on with the next shard, and makes again
any shard that is damaged. ``training.distill --cache`` reads the result.

    python -m training.teach --endpoint --tokenizer runs/tokenizer.json --packed runs/second.npz --out runs/taught
    python -m training.distill ... --packed runs/second.npz --cache runs/taught --temperature 1

The teacher may also be an OpenAI-compatible endpoint: ``--endpoint`` for the one that teacher.base_url names, or
``--endpoint URL``; teacher.model, teacher.api_key, prices, limits and teacher.spending_cap are the settings'. Read the
provider's terms first: some forbid training models with their answers. It scores the reference replies (``--learn
scored``), or answers in its own words (``own``: then ``--packed`` of training.distill is OUT/packed.npz), or, where it
gives no probabilities, gives its words alone (``text``). Answers are kept in OUT/journal.jsonl; after a kill, run the
same command again and only what has not been answered is asked. ``--dry-run`` says what it would cost.
"""

import argparse
import asyncio
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from training.asking import asking, plan
from training.endpoint import TeacherError
from training.errors import TrainingError, guarded
from training.losses import chunk_of
from training.packing import FULL, Packed
from training.teach_endpoint import LEARN, PACKED, EndpointTeaching
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
    chunk = chunk_of(spec.vocabulary, device)
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
    who = p.add_mutually_exclusive_group(required=True)
    who.add_argument("--teacher", type=Path, action="append", help="checkpoint folder; may be repeated")
    who.add_argument("--endpoint", nargs="?", const="", metavar="URL", help="an OpenAI-compatible endpoint")
    p.add_argument("--teacher-weights", type=float, nargs="*", default=[], help="one per teacher (equal)")
    p.add_argument("--packed", type=Path, required=True, help="made by training.mixture")
    p.add_argument("--out", type=Path, required=True, help="folder of the cache")
    p.add_argument("--k", type=int, default=16, help="tokens kept per position")
    p.add_argument("--bits", type=int, choices=(8, 16), default=8, help="of a log-probability")
    p.add_argument("--temperatures", type=float, nargs="+", help="that students may learn at (1 2; an endpoint's: 1)")
    p.add_argument("--from-weight", type=int, default=FULL, help="least weight of a judged token, in sixteenths")
    p.add_argument("--shard", type=int, default=512, help="sequences per shard")
    p.add_argument("--batch-tokens", type=int, default=8192, help="tokens that the teacher reads at a time")
    p.add_argument("--threads", type=int, default=0, help="CPU threads (all)")
    asked = p.add_argument_group("with --endpoint")
    asked.add_argument("--tokenizer", type=Path, help="the student's tokenizer.json")
    asked.add_argument("--learn", choices=("auto", *LEARN), default="auto", help="what is asked of it (auto)")
    asked.add_argument("--dry-run", action="store_true", help="print requests, tokens and cost; ask nothing")
    asked.add_argument("--tries", type=int, default=6, help="how often a failing request is sent")
    asked.add_argument("--backoff-s", type=float, default=1.0, help="first wait after a failure; doubles")
    asked.add_argument("--config", type=Path, help="settings file (default: config.toml in this folder)")
    return p


async def ask_endpoint(args: argparse.Namespace, teacher: Any) -> str:
    """Teach from an endpoint; what came of it, in a sentence. ``teacher`` is the settings section of that name.

    Raises:
        TeacherError: It cannot be asked, or not any further; what was answered is kept.
        TrainingError: See the classes.
    """
    from model.tokenizer import DialogueTokenizer

    if args.tokenizer is None or not args.tokenizer.is_file():
        raise TrainingError(
            "An endpoint has a vocabulary of its own: name the student's tokenizer.json in --tokenizer."
        )
    if args.temperatures not in (None, [1.0]):
        raise TrainingError("What an endpoint says is known at temperature 1 alone: use --temperatures 1.")
    if args.k < 1:
        raise TrainingError(f"--k is {args.k}: choose 1 or more, for example 16.")
    packed, tokenizer = load_packed(args.packed), DialogueTokenizer.load(args.tokenizer)
    if int(packed.tokens.max()) >= tokenizer.size:
        raise TrainingError(f"{args.packed} was packed with another tokenizer than --tokenizer: name its own.")
    learn = "" if args.learn == "auto" else args.learn
    async with asking(teacher, args.out / "journal.jsonl", args.tries, args.backoff_s) as asker:
        teaching = EndpointTeaching(
            asker, tokenizer, args.packed, packed, args.out, learn, args.k, args.bits, max(1, args.from_weight),
            args.shard,
        )  # fmt: skip
        if args.dry_run:
            return "\n".join([*plan(teaching.requests(), asker, 0.4), "Nothing has been asked."])
        if not teaching.state.asked:
            await teaching.choose()
            await teaching.ask_all(teacher.concurrency)
        writer, counts, learn = teaching.write(), teaching.counts, teaching.state.learn
        tally = asker.tally
    lost = sum(counts[why] for why in counts if "endpoint" in why)
    said = [f"{tally.requests:,} requests, {tally.kept:,} answers kept from before, {lost:,} without an answer."]
    if writer is None:
        said.append(
            f"The teacher gives no top_logprobs, so only its words are kept: train with training.distill --alpha 0 "
            f"--packed {args.out / PACKED}, or name an endpoint that gives them in teacher.base_url."
            if args.learn == "auto"
            else f"The teacher's words are in {args.out / PACKED}: train with training.distill --alpha 0."
        )
        return " ".join(said)
    if counts["replies"]:
        said.append(
            f"{counts['tokens with a distribution']:,} of {counts['tokens']:,} tokens of {counts['replies']:,} replies "
            f"have a distribution ({counts['without a distribution']:,} replies have none)."
        )
    name = args.packed if learn == "scored" else args.out / PACKED
    return " ".join([*said, f"Train with training.distill --packed {name} --cache {args.out} --temperature 1."])


def teach_from_endpoint(args: argparse.Namespace) -> None:
    """The command with ``--endpoint``."""
    from bot.errors import UserError
    from bot.settings import load_settings

    try:
        teacher = load_settings(args.config).teacher
        if args.endpoint:
            teacher = teacher.model_copy(update={"base_url": args.endpoint})
        print(asyncio.run(ask_endpoint(args, teacher)))
    except (TeacherError, UserError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from None


def main(argv: list[str] | None = None) -> None:
    args = parser().parse_args(argv)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.endpoint is not None:
        teach_from_endpoint(args)
        return
    temperatures = tuple(args.temperatures or (1.0, 2.0))
    try:
        writer = make_cache(
            args.teacher, args.packed, args.out, args.teacher_weights, args.k, args.bits, temperatures,
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
