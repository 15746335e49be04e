"""What Telegram is given: always valid, never too long, nothing added and nothing left out."""

from hypothesis import example, given
from hypothesis import strategies as st

from bot.messages import Button, Reply, StepInfo
from bot.platforms.telegram import render
from bot.platforms.telegram.polling import readable
from bot.platforms.telegram.whereabouts import AHEAD, MOST, Whereabouts
from tests.bot.platforms.telegram.markup import MENTION, units, visible

WORDS = st.text(st.sampled_from("ab <>&;\"'@_*`[]().!?\n😀é&lt;"), max_size=300)


def bare(text: str) -> str:
    return "".join(text.replace("\u2060", "").replace("• ", "").split())


@example("", [], " ", 1)
@given(WORDS, st.lists(WORDS.filter(str.strip), max_size=4), WORDS, st.integers(1, 40))
def test_any_reply_fits_and_says_what_it_says(text: str, items: list[str], title: str, times: int) -> None:
    reply = Reply(7, text * times, tuple(items), "return_next_step", title=title)
    parts = render.parts(reply)
    shown = []
    for part in parts:
        said, entities = visible(part)
        assert 0 < units(said) <= render.LIMIT
        assert said.strip()
        assert not MENTION.search(said)
        assert {e["type"] for e in entities} <= {"bold"}
        shown.append(said)
    expected = bare(reply.text) + (bare(title) if title.strip() else "") + bare("".join(reply.card))
    assert bare("".join(shown)) == (expected.replace("•", "") or "…")


def test_parts_end_with_sentences() -> None:
    text = "Stir it well, and then stir it once more. " * 300
    parts = render.parts(Reply(1, text))
    assert len(parts) > 2
    assert all(part.endswith("more.") for part in parts)


def test_a_card_has_a_title_and_its_items() -> None:
    reply = Reply(1, "Here they are.", ("1 <egg>", "2 eggs"), step=StepInfo("u", "A & B", 1, 3))
    assert render.parts(reply) == ["Here they are.\n\n<b>A &amp; B</b>\n• 1 &lt;egg&gt;\n• 2 eggs"]


def test_buttons_fit_telegrams_64_bytes() -> None:
    long = Button("é", "é" * 60)
    board = render.keyboard(Reply(5, "x", buttons=(long, Button("Yes", "yes"), Button("▶", "next"))))
    assert board is not None
    data = [button.callback_data for row in board.inline_keyboard for button in row]
    assert data == ["offer:5:0", "say:yes", "up:5", "down:5"]
    assert render.keyboard(Reply(0, "x")) is None


def test_the_beginning_of_a_long_text_fits() -> None:
    said, _ = visible(render.beginning("<😀> " * 4000))
    assert units(said) <= render.LIMIT
    assert said.endswith(" …")


@given(st.binary(max_size=60))
def test_whatever_comes_instead_of_updates_is_passed_on(payload: bytes) -> None:
    assert isinstance(readable(payload), bytes)


def test_only_numbers_that_are_nothing_else_are_tried() -> None:
    ids = Whereabouts()
    assert ids.candidates(5, ids.highest(5)) == []
    for chat, number in ((5, 10), (6, 12), (-1_000_000_000_001, 900)):
        ids.note(chat, number)
    assert ids.candidates(5, 10) == [11, *range(13, 13 + AHEAD)][:MOST]
    assert ids.candidates(-1_000_000_000_001, 900) == list(range(901, 901 + AHEAD))
    ids.note(6, 100)
    assert len(ids.candidates(5, 10)) == MOST
