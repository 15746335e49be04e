"""The student's tokenizer: SentencePiece-style BPE with byte fallback, and the special tokens of the dialogue.

One vocabulary serves training, every engine and the GGUF file. Ids: 0 ``<unk>``, 1 ``<s>``, 2 ``</s>``, 3–258 the
bytes, then the special tokens of ``SPECIALS``, then the learned pieces. Digits are always single tokens, so that
amounts are copied digit by digit.
"""

from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer

from model.vocabulary import USER_INTENTS, WIZARD_INTENTS

MAX_INGREDIENTS = 32
MAX_STEPS = 40

BOS, EOS = "<s>", "</s>"
RECIPE, KNOWLEDGE, COOK, SAY, START = "<recipe>", "<know>", "<cook>", "<say>", "<start>"


def user_token(intent: str) -> str:
    return f"<u:{intent}>"


def wizard_token(intent: str) -> str:
    return f"<w:{intent}>"


def ingredient_token(index: int) -> str:
    return f"<i{min(index, MAX_INGREDIENTS - 1)}>"


def step_token(index: int) -> str:
    return f"<p{min(index, MAX_STEPS - 1)}>"


SPECIALS: tuple[str, ...] = (
    RECIPE,
    KNOWLEDGE,
    COOK,
    SAY,
    START,
    *(user_token(intent) for intent in USER_INTENTS),
    *(wizard_token(intent) for intent in WIZARD_INTENTS),
    *(ingredient_token(index) for index in range(MAX_INGREDIENTS)),
    *(step_token(index) for index in range(MAX_STEPS)),
)
BYTES: tuple[str, ...] = tuple(f"<0x{byte:02X}>" for byte in range(256))
FIRST_PIECE = 3 + len(BYTES) + len(SPECIALS)


class DialogueTokenizer:
    """Text and special tokens to ids and back.

    Special tokens are added by id only: text that spells ``<s>`` or ``<w:misc>`` is encoded as plain characters, so
    that nobody can inject a control token by writing it.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self.size: int = tokenizer.get_vocab_size(with_added_tokens=True)
        self.ids: dict[str, int] = {
            token: number for token in (BOS, EOS, *SPECIALS) if (number := tokenizer.token_to_id(token)) is not None
        }
        self.bos, self.eos = self.ids[BOS], self.ids[EOS]

    @classmethod
    def load(cls, path: Path) -> "DialogueTokenizer":
        return cls(Tokenizer.from_file(str(path)))

    def save(self, path: Path) -> None:
        self._tokenizer.save(str(path))

    @cached_property
    def pieces(self) -> list[str]:
        """Piece of every id."""
        return [self._tokenizer.id_to_token(number) or "<unk>" for number in range(self.size)]

    def special(self, token: str) -> int:
        return self.ids[token]

    def digit(self, digit: int) -> int:
        """Id of a digit, which is always a token of its own."""
        return self._digits[digit]

    @cached_property
    def _digits(self) -> list[int]:
        return [int(self._tokenizer.token_to_id(str(digit)) or 0) for digit in range(10)]

    def encode(self, text: str) -> list[int]:
        """Ids of plain text."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids) if text else []

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        return [list(e.ids) for e in self._tokenizer.encode_batch(texts, add_special_tokens=False)]

    def decode(self, ids: list[int]) -> str:
        """Text of ids; special tokens vanish, a cut multi-byte character becomes U+FFFD."""
        data = bytearray()
        for number in ids:
            piece = self.pieces[number]
            if 3 <= number < 259:
                data.append(number - 3)
            elif number >= FIRST_PIECE:
                data.extend(piece.replace("\u2581", " ").encode())
        return data.decode("utf-8", errors="replace")
