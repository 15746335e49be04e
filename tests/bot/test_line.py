"""The waiting line: in order within a chat, fair between chats, honest about positions."""

from hypothesis import given
from hypothesis import strategies as st

from bot.line import FairLine


def serve(line: FairLine[int]) -> list[tuple[str, int]]:
    served = []
    while (taken := line.take()) is not None:
        served.append(taken)
        line.done(taken[0])
    return served


def test_a_chat_that_writes_a_lot_does_not_hold_up_the_others() -> None:
    line: FairLine[int] = FairLine()
    for number in range(3):
        line.put("loud", number)
    line.put("quiet", 10)
    assert serve(line) == [("loud", 0), ("quiet", 10), ("loud", 1), ("loud", 2)]


def test_one_of_a_chat_at_a_time() -> None:
    line: FairLine[int] = FairLine()
    line.put("a", 1)
    line.put("a", 2)
    assert line.take() == ("a", 1)
    assert line.take() is None
    assert (len(line), line.in_work) == (1, 1)
    line.done("a")
    assert line.take() == ("a", 2)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=30), st.integers(0, 3))
def test_position_is_when_it_will_be_served(arrivals: list[tuple[str, bool]], in_work: int) -> None:
    line: FairLine[int] = FairLine()
    for number, (chat, _) in enumerate(arrivals):
        line.put(chat, number)
    busy = [taken[0] for _ in range(in_work) if (taken := line.take()) is not None]
    waiting = [(chat, number) for number, (chat, _) in enumerate(arrivals) if line.position(chat, number)]
    said = {number: line.position(chat, number) for chat, number in waiting}
    for chat in busy:
        line.done(chat)
    served = [number for _, number in serve(line)]
    assert sorted(served) == sorted(said)
    if not busy:
        assert {number: place for place, number in enumerate(served, 1)} == said
    for chat in "abcd":
        mine = [number for number in served if arrivals[number][0] == chat]
        assert mine == sorted(mine)


@given(st.lists(st.sampled_from("abc"), max_size=20), st.data())
def test_what_is_removed_is_not_served(arrivals: list[str], data: st.DataObject) -> None:
    line: FairLine[int] = FairLine()
    for number, chat in enumerate(arrivals):
        line.put(chat, number)
    gone = data.draw(st.sets(st.sampled_from(range(len(arrivals))))) if arrivals else set()
    for number in gone:
        assert line.remove(arrivals[number], number)
        assert not line.remove(arrivals[number], number)
    assert sorted(number for _, number in serve(line)) == sorted(set(range(len(arrivals))) - gone)
