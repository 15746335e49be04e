"""Train the student's tokenizer: SentencePiece-style BPE with byte fallback.

    python -m training.tokenizer --data DATA --out tokenizer.json --size 6144

Learns pieces from recipes and dialogues. Space becomes U+2581 in front of a word, digits and punctuation stand alone,
and unknown characters fall back to bytes. The result is what GGUF calls a "llama" tokenizer (score = -merge rank).
"""

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from model.tokenizer import BOS, BYTES, EOS, SPECIALS, DialogueTokenizer


def train_tokenizer(texts: Iterator[str], size: int) -> DialogueTokenizer:
    """Learn a tokenizer of ``size`` ids, special tokens and bytes included."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always", split=True),
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.Split(_PUNCTUATION, behavior="isolated"),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[AddedToken(t, special=True) for t in ("<unk>", BOS, EOS, *BYTES, *SPECIALS)],
        min_frequency=2,
        limit_alphabet=160,
        max_token_length=16,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    # Special tokens must be reachable by id only: as added tokens they would be found in a cook's text.
    state = json.loads(tokenizer.to_str())
    state["added_tokens"] = []
    plain = Tokenizer.from_str(json.dumps(state))
    plain.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()])
    return DialogueTokenizer(plain)


_PUNCTUATION = Regex(r"[^\p{L}\p{M}\d\u2581']")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with the data sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=6144)
    parser.add_argument("--recipes", type=int, default=12_000, help="how many recipes to learn from")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    from training.mixture import tokenizer_texts

    texts = tokenizer_texts(args.data, args.recipes, random.Random(args.seed))
    tokenizer = train_tokenizer(texts, args.size)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(args.out)
    print(f"{tokenizer.size} ids → {args.out}")


if __name__ == "__main__":
    main()
