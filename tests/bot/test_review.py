"""Reviewing: the worst first, right or wrong, the better answer."""

import pytest

from bot.errors import InputError, NotFoundError
from bot.log import forget
from bot.review import correct, reviewed, summary, worst
from bot.scores import Filter, find, one, totals
from bot.store import ReviewRow, ScoringRow, Store


def add(store: Store, text: str, platform: str = "terminal", user: str = "terminal:cook", **scores: float) -> int:
    """A logged reply with these scores."""
    chat = store.chat(f"{platform}:kitchen", platform, user)
    row = store.receive(chat, text, user, f"about {text}?")
    store.answer(row, None, text=text, student="one" if platform == "terminal" else "")
    if scores:
        with store.write() as db:
            scoring = db.get(ScoringRow, row.id)
            assert scoring is not None
            scoring.state, scoring.lowest = "scored", min(scores.values())
            scoring.reasons = {name: f"because of {name}" for name in scores}
            for name, value in scores.items():
                setattr(scoring, name, value)
    return row.id


def test_every_reply_waits_for_its_scores_from_the_moment_it_is_logged(store: Store) -> None:
    first = add(store, "salt")
    found = one(store, first)
    assert found is not None
    assert (found.state, found.lowest, found.student) == ("waiting", None, "one")
    assert one(store, 999) is None


def test_worst_first_and_filters(store: Store) -> None:
    good = add(store, "good", groundedness=0.9, answer_relevance=0.8)
    bad = add(store, "bad", "telegram", groundedness=0.9, answer_relevance=0.1)
    middle = add(store, "middle", groundedness=0.5)
    waiting = add(store, "waiting")
    assert [r.id for r in find(store)] == [bad, middle, good, waiting]
    assert [r.id for r in find(store, Filter(order="newest", limit=2))] == [waiting, middle]
    assert [r.id for r in find(store, Filter(platform="telegram"))] == [bad]
    assert [r.id for r in find(store, Filter(student="code"))] == [bad]
    assert [r.id for r in find(store, Filter(low=0.4, high=0.6))] == [middle]
    assert [r.id for r in find(store, Filter(state="waiting"))] == [waiting]
    assert find(store, Filter(until=store.clock())) == []
    assert len(find(store, Filter(since=store.clock()))) == 4
    assert worst(store, 1) == "#2 answer relevance 0.10\n> about bad?\n< bad\nbecause of answer_relevance"


def test_summary_counts(store: Store) -> None:
    assert summary(store) == "There are no replies yet."
    assert worst(store) == "No reply has been scored yet."
    first = add(store, "good", groundedness=0.9)
    add(store, "bad", groundedness=0.1)
    add(store, "waiting")
    correct(store, first, "terminal:admin", True)
    assert summary(store) == (
        "3 replies: 2 scored, 1 waiting.\nMeans: groundedness 0.50.\n"
        "Thumbs: 0 up, 0 down. Reviews: 1 right, 0 wrong."
    )  # fmt: skip
    assert totals(store, Filter(platform="discord")).replies == 0


def test_a_reviewer_may_change_their_mind(store: Store) -> None:
    first, second = add(store, "one"), add(store, "two")
    correct(store, second, "a", True)
    correct(store, first, "a", True)
    correct(store, first, "a", False, "  Use two eggs.  ")
    assert [(r.turn_id, r.right, r.better, r.utterance) for r in reviewed(store)] == [
        (first, False, "Use two eggs.", "about one?"),
        (second, True, "", "about two?"),
    ]
    found = one(store, first)
    assert found is not None
    assert (found.right, found.better) == (False, "Use two eggs.")


def test_mistakes(store: Store) -> None:
    with pytest.raises(NotFoundError, match="There is no reply 7"):
        correct(store, 7, "a", True)
    with pytest.raises(InputError, match="too long"):
        correct(store, add(store, "one"), "a", False, "x" * 5000)


def test_forgetting_a_cook_takes_scores_and_reviews_along(store: Store) -> None:
    mine = add(store, "mine", groundedness=0.5)
    other = add(store, "other", "telegram", "telegram:7", groundedness=0.5)
    correct(store, mine, "a", False, "something about the cook")
    correct(store, other, "a", True)
    forget(store, "terminal:cook")
    with store.read() as db:
        assert db.get(ScoringRow, mine) is None
        assert db.query(ReviewRow).count() == 1
    assert [r.id for r in find(store)] == [other]
