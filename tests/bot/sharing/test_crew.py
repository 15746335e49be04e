"""Who is alive and who does what: a claim is one member's, the dead's are free; who lost one acts no more."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, text

from bot import fence
from bot.errors import StoreError
from bot.fence import ClaimLost
from bot.sharing.alone import alone
from bot.sharing.crew import Claim, Crew, shared
from bot.sharing.tables import ClaimRow, MemberRow
from bot.store import Store
from tests.bot.sharing.conftest import stall, until, wake

Crews = Callable[..., Crew]
CHAT = "telegram:1"


def claim(crew: Crew, key: str = CHAT) -> Claim | None:
    with crew.store.write() as db:
        return crew.claim(db, key)


def held(crew: Crew, found: Claim | None) -> Claim:
    assert found is not None
    return found


def claims(crew: Crew) -> dict[str, int]:
    with crew.store.read() as db:
        return {row.key: row.member for row in db.scalars(select(ClaimRow))}


def under(one: Claim, store: Store, name: str) -> None:
    """Write something under a claim, in a thread of its own, so that the claim holds there only."""
    error: list[BaseException] = []

    def work() -> None:
        fence.hold(one)
        try:
            store.chat(name, "t", "u")
        except ClaimLost as lost:
            error.append(lost)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if error:
        raise error[0]


def test_a_chat_is_one_members(crews: Crews) -> None:
    one, two = crews(), crews()
    mine = held(one, claim(one))
    assert claim(two) is None
    assert claim(one) is None  # nor is it another task's of the same process
    assert claim(two, "telegram:2") is not None
    with one.store.write() as db:
        one.release(db, mine)
    assert claim(two) is not None


def test_many_at_once_and_only_one_has_it(crews: Crews) -> None:
    members = [crews() for _ in range(4)]
    start, got = threading.Barrier(8), []

    def work(crew: Crew) -> None:
        start.wait()
        for number in range(10):
            if claim(crew, f"telegram:{number}") is not None:
                got.append(number)

    threads = [threading.Thread(target=work, args=(crew,)) for crew in members * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(10))


def test_what_the_dead_had_is_free_and_numbers_are_never_given_again(crews: Crews) -> None:
    one, two = crews(lease_s=2.0), crews(lease_s=2.0)
    mine = held(one, claim(one))
    assert not one.role("updates")
    until(lambda: one.role("updates"))
    assert not two.role("updates")
    until(lambda: two.members == 2)
    first = one.tenure.id
    stall(one)
    until(lambda: two.role("updates"))
    assert CHAT not in claims(two)
    assert claim(two) is not None
    assert not mine.held()
    assert one.role("updates") is None
    until(lambda: two.members == 1)
    wake(one)
    assert one.tenure.id > two.tenure.id > first
    assert one.role("updates") is None
    assert claim(one) is None  # it is the other's now
    assert claim(one, "telegram:2") is not None


def test_who_lost_a_claim_writes_and_sends_no_more(crews: Crews) -> None:
    one, two = crews(lease_s=2.0), crews(lease_s=2.0)
    mine = held(one, claim(one))
    under(mine, one.store, "written")
    mine.check()
    stall(one)
    until(lambda: CHAT not in claims(two))
    for _ in range(2):  # before somebody else has the chat, and after
        with pytest.raises(ClaimLost, match="another process"):
            under(mine, one.store, "not written")
        claim(two)
    with pytest.raises(ClaimLost):
        mine.check()
    assert mine.lost
    assert one.store.find_chat("written") is not None
    assert one.store.find_chat("not written") is None
    # It comes to, and is somebody new: what it was at stays lost, what it claims anew is its own.
    wake(one)
    with pytest.raises(ClaimLost):
        under(mine, one.store, "not written")
    under(held(one, claim(one, "telegram:3")), one.store, "written anew")


def test_sending_stops_before_the_others_take_over(crews: Crews) -> None:
    one = crews(lease_s=4.0)
    mine = held(one, claim(one))
    stall(one)
    until(lambda: not mine.held())
    with one.store.read() as db:  # to the others it is still alive: its clock goes first
        row = db.get(MemberRow, one.tenure.id)
        assert row is not None
        assert row.until > db.scalar(text("SELECT extract(epoch FROM clock_timestamp())"))
    with pytest.raises(ClaimLost):
        mine.check()


def test_a_member_that_stopped_in_a_transaction_holds_nobody_up(crews: Crews) -> None:
    one, two = crews(lease_s=2.0), crews(lease_s=2.0)
    mine = held(one, claim(one))
    frozen = one.store.engine.connect()
    try:
        frozen.begin()
        frozen.execute(select(ClaimRow.key).where(ClaimRow.key == CHAT).with_for_update(read=True))
        stall(one)
        until(lambda: two.members == 1)  # the others' hearts go on
        until(lambda: claim(two) is not None)  # and the database ends the transaction after a while
    finally:
        frozen.invalidate()
        frozen.close()
    with pytest.raises(ClaimLost):
        under(mine, one.store, "not written")


def test_a_database_that_was_away_makes_a_new_member_of_who_was_silent_too_long(crews: Crews) -> None:
    one = crews(lease_s=2.0)
    first = one.tenure
    with one.store.write() as db:
        db.execute(text("UPDATE members SET until = 0"))
        others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        db.execute(others.bindparams())
    until(lambda: one.tenure is not first)
    assert not first.held()
    assert claim(one) is not None


def test_leaving_gives_everything_back_at_once(crews: Crews) -> None:
    one, two = crews(), crews()
    mine = held(one, claim(one))
    one.role("updates")
    one._tend()
    assert one.role("updates")
    one.leave()
    assert claims(two) == {}
    assert claim(two) is not None
    two.role("updates")
    two._tend()
    assert two.role("updates")
    assert not mine.held()


def test_with_sqlite_a_second_process_is_refused_in_a_sentence(store: Store) -> None:
    assert not shared(store)
    with (
        alone(store),
        pytest.raises(StoreError, match=r"serves from sqlite.*already: stop it, .*PostgreSQL.*can serve\.$"),
        alone(store),
    ):
        pass
    with alone(store):
        pass
