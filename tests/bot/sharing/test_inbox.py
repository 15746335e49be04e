"""What was received and not delivered: in one transaction in, in order out, once, and nothing is left behind."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.deliveries import SENDING, SENT, Deliveries
from bot.messages import Message
from bot.sharing.crew import Crew
from bot.sharing.inbox import MOST_TRIES, Inbox, Taken
from bot.sharing.tables import InboxRow
from bot.store import TurnRow
from tests.bot.sharing.conftest import until

Crews = Callable[..., Crew]


def message(chat: str, id_: str, text: str = "next") -> Message:
    return Message(chat, "cook", text, id_, "telegram")


@pytest.fixture
def inboxes(crews: Crews) -> tuple[Inbox, Inbox]:
    one, two = crews(), crews()
    return Inbox(one.store, one), Inbox(two.store, two)


def put(inbox: Inbox, chat: str, id_: str, **details: Any) -> int:
    return inbox.put(message(chat, id_), "next", details)[0]


def take(inbox: Inbox, most: int = 1) -> list[Taken]:
    return inbox.take("telegram", most, since=0.0)


def ids(taken: list[Taken]) -> list[str]:
    return [f"{one.unsent.message.chat}/{one.unsent.message.message_id}" for one in taken]


def test_a_chat_is_answered_in_order_by_whoever_takes_it(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    put(one, "a", "1", token="t")
    put(one, "a", "2")
    (first,) = take(two)
    assert (ids([first]), first.details, first.unsent.message.text) == (["a/1"], {"token": "t"}, "next")
    assert take(one) == take(two) == []  # the second message waits for the first
    Deliveries(two.store, shared=True).mark(first.unsent.turn_id, SENT, ("9",))
    assert take(one) == []  # delivered, and the chat is not let go yet
    two.let_go(first, answered=True)
    (second,) = take(one)
    assert ids([second]) == ["a/2"]
    assert not second.unsent.begun


def test_chats_take_turns_and_a_loud_one_goes_to_the_end(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    for id_ in ("1", "2", "3"):
        put(one, "loud", id_)
    put(two, "quiet", "1")
    seen = []
    deliveries = Deliveries(one.store, shared=True)
    for inbox in (one, two, one, two):
        (taken,) = take(inbox)
        seen += ids([taken])
        deliveries.mark(taken.unsent.turn_id, SENT)
        inbox.let_go(taken, answered=True)
    assert seen == ["loud/1", "quiet/1", "loud/2", "loud/3"]
    assert take(one) == []


def test_the_same_message_received_by_all_at_once_is_one(inboxes: tuple[Inbox, Inbox]) -> None:
    start, got = threading.Barrier(8), []

    def receive(inbox: Inbox) -> None:
        start.wait()
        got.append(inbox.put(message("a", "1"), "next", {}))

    threads = [threading.Thread(target=receive, args=(inbox,)) for inbox in inboxes * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({turn for turn, _ in got}) == 1
    assert sorted(repeated for _, repeated in got) == [False] + [True] * 7
    standing = inboxes[0].standing(message("a", "1"), 0.0, 0.0)
    assert standing.turn_id == got[0][0]
    new = inboxes[0].standing(message("a", "2"), 0.0, 0.0)
    assert (new.turn_id, new.waiting, len(new.recent), new.today) == (None, 1, 1, 1)


def test_what_failed_is_parked_until_a_process_starts_and_what_kills_is_given_up(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    put(one, "a", "1")
    put(one, "a", "2")
    (failed,) = take(one)
    one.let_go(failed, answered=True, failed=True)
    (second,) = take(two)
    assert ids([second]) == ["a/2"]
    two.let_go(second, answered=True)
    two.adopt(0.0, ["telegram"])
    for _ in range(MOST_TRIES):
        (again,) = take(one)
        assert ids([again]) == ["a/1"]
        one.let_go(again, answered=False)
    assert ids(take(one)) == ["a/2"]


def test_what_was_begun_elsewhere_says_so_and_what_is_sent_is_not_sent_again(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    first, second = put(one, "a", "1"), put(one, "a", "2")
    Deliveries(one.store).mark(first, SENT)  # by a process that knows of no inbox
    Deliveries(one.store).mark(second, SENDING, ("~7",))
    (taken,) = take(two)
    assert (taken.unsent.turn_id, taken.unsent.begun, taken.unsent.message_ids) == (second, True, ("~7",))
    with one.store.read() as db:
        assert list(db.scalars(select(InboxRow.turn_id))) == [second]


def test_what_a_version_without_an_inbox_left_is_taken_in_once(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    store = one.store
    chat, other = store.chat("telegram:a", "telegram", "u"), store.chat("terminal:a", "terminal", "u")
    left = store.receive(chat, "1", "u", "next").id
    sent = store.receive(chat, "2", "u", "next").id
    store.receive(other, "1", "u", "next")
    Deliveries(store).mark(sent, SENT)
    for inbox in inboxes:
        inbox.adopt(0.0, ["telegram", "discord"])
    with store.read() as db:
        assert list(db.scalars(select(InboxRow.turn_id))) == [left]
    assert take(two)[0].unsent.turn_id == left


def test_who_waits_and_was_told_nothing(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    for chat in "abcd":
        put(one, chat, "1")
    assert one.neglected("telegram", 0.0, 3600.0, 4) == []
    (busy,) = take(one)
    assert ids([busy]) == ["a/1"]
    waiting = until(lambda: two.neglected("telegram", 0.0, 0.0, 2))
    assert [(one.unsent.message.chat, one.position) for one in waiting] == [("b", 1), ("c", 2)]
    for taken in waiting:
        Deliveries(two.store).mark(taken.unsent.turn_id, SENDING, ("5",))
        two.let_go(taken, answered=False)
    assert [(one.unsent.message.chat, one.position) for one in one.neglected("telegram", 0.0, 0.0, 4)] == [("d", 3)]
    assert ids(take(two)) == ["b/1"]  # nobody lost the place in the line by being told


def test_what_is_waited_for_in_a_chat(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    first = put(one, "a", "7.qabc")
    put(one, "a", "8")
    assert one.waits("telegram:a", "7.q%") == first
    assert one.waits("telegram:a", "6.q%") == one.waits("telegram:b") == 0
    (taken,) = take(two)
    Deliveries(two.store, shared=True).mark(taken.unsent.turn_id, SENT)
    assert one.waits("telegram:a", up_to=first) == 0
    assert one.waits("telegram:a") > first


def test_a_cook_who_is_forgotten_waits_no_more(inboxes: tuple[Inbox, Inbox]) -> None:
    one, two = inboxes
    put(one, "a", "1", token="secret")
    one.store.forget_user("telegram:cook")
    assert take(two) == []
    with two.store.read() as db:
        assert list(db.scalars(select(InboxRow))) == list(db.scalars(select(TurnRow))) == []


def test_a_cook_is_told_by_one_process_only(inboxes: tuple[Inbox, Inbox], monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = inboxes
    turn = put(one, "a", "1")
    claim = one._claim

    def slower(*arguments: Any, **more: Any) -> list[Taken]:
        """Between looking and claiming, the other process tells the cook."""
        (told,) = two.neglected("telegram", 0.0, 0.0, 4)
        Deliveries(two.store, shared=True).mark(turn, SENDING, ("9",))
        two.let_go(told, answered=False)
        return claim(*arguments, **more)

    monkeypatch.setattr(one, "_claim", slower)
    assert one.neglected("telegram", 0.0, 0.0, 4) == []
    monkeypatch.undo()
    (taken,) = take(two)  # the chat was let go
    assert taken.unsent.message_ids == ("9",)
