"""The tokenizer: what goes in comes out, and nobody can type a control token."""

from hypothesis import given, settings
from hypothesis import strategies as st

from model.engines.local import load_tokenizer
from model.registry import bundled_folder
from model.tokenizer import EOS, FIRST_PIECE, SAY, SPECIALS, DialogueTokenizer, step_token, wizard_token

TOKENIZER: DialogueTokenizer = load_tokenizer(bundled_folder())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(max_examples=200, deadline=None)
def test_round_trip_keeps_every_character(text: str) -> None:
    ids = TOKENIZER.encode(text)
    decoded = TOKENIZER.decode(ids)
    assert decoded.lstrip(" ") == text.replace("\u2581", " ").lstrip(" ")


def test_digits_stand_alone_so_that_amounts_are_copied_digit_by_digit() -> None:
    pieces = [TOKENIZER.pieces[number] for number in TOKENIZER.encode("375°F for 1250 g")]
    assert all(len(piece.strip("\u2581")) <= 1 for piece in pieces if any(c.isdigit() for c in piece))


def test_control_tokens_cannot_be_typed() -> None:
    for token in (EOS, SAY, wizard_token("misc"), step_token(3)):
        assert all(number >= FIRST_PIECE or 3 <= number < 259 for number in TOKENIZER.encode(f"hi {token} there"))


def test_every_special_token_has_its_own_id_below_the_pieces() -> None:
    ids = [TOKENIZER.special(token) for token in SPECIALS]
    assert len(set(ids)) == len(ids)
    assert max(ids) < FIRST_PIECE


def test_special_tokens_vanish_from_text() -> None:
    assert (
        TOKENIZER.decode([TOKENIZER.bos, *TOKENIZER.encode("salt"), TOKENIZER.special(SAY), TOKENIZER.eos]).strip()
        == "salt"
    )
