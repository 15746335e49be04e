"""The scores of logged replies, as they are looked for: by time, platform, student and score, the worst first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import func, select

from bot.store import Chat, ReviewRow, ScoringRow, Store, TurnRow

SCORES = ("context_relevance", "groundedness", "answer_relevance")
STATES = ("scored", "not applicable", "failed", "waiting")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which replies.

    Attributes:
        since, until: Answered from here, and before there; seconds since 1970.
        platform: "terminal", "telegram", …; "" for all.
        student: Name of the student version; "code" for replies that exact code made.
        state: One of ``STATES``; "" for all.
        low, high: The least of a reply's scores lies between these, both included.
        order: "worst" (lowest score first; replies without scores come last) or "newest".
        limit: At most so many.
    """

    since: float | None = None
    until: float | None = None
    platform: str = ""
    student: str = ""
    state: str = ""
    low: float | None = None
    high: float | None = None
    order: Literal["worst", "newest", "oldest"] = "worst"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """A reply with what is known of its quality.

    Attributes:
        id: Id of the reply.
        at: When it was answered, seconds since 1970.
        platform: Where.
        student: Who worded it; "code" for exact code.
        state: One of ``STATES``.
        context_relevance, groundedness, answer_relevance: In [0, 1], or None where they do not apply.
        lowest: The least of them.
        reasons: Why, by score; under "failed" or "not applicable" the reason for that.
        judge: Who scored it.
        thumb: 1, -1, or 0 for none.
        utterance, text, shared: What the cook said, what was answered and shown.
        right: What the last reviewer said; None if nobody did.
        better: The better answer, or "".
    """

    id: int
    at: float
    platform: str
    student: str
    action: str
    state: str
    context_relevance: float | None
    groundedness: float | None
    answer_relevance: float | None
    lowest: float | None
    reasons: dict[str, str]
    judge: str
    thumb: int
    utterance: str
    text: str
    shared: list[str]
    right: bool | None = None
    better: str = ""


@dataclass(slots=True)
class Totals:
    """Counts and means over replies.

    Attributes:
        replies: How many.
        states: How many are in each state.
        means: Mean of each score over the replies that have it.
        up, down: Thumbs.
        right, wrong: Reviews.
    """

    replies: int = 0
    states: dict[str, int] = field(default_factory=dict)
    means: dict[str, float] = field(default_factory=dict)
    up: int = 0
    down: int = 0
    right: int = 0
    wrong: int = 0


def find(store: Store, where: Filter = Filter()) -> list[Scored]:
    """Replies that match, in the order asked for."""
    query = _matching(select(TurnRow, ScoringRow, Chat.platform), where)
    if where.order == "worst":
        query = query.order_by(ScoringRow.lowest.is_(None), ScoringRow.lowest, TurnRow.id.desc())
    else:
        query = query.order_by(TurnRow.id.desc() if where.order == "newest" else TurnRow.id)
    if where.limit is not None:
        query = query.limit(where.limit)
    with store.read() as db:
        rows = db.execute(query).all()
        reviews = _reviews(db, [turn.id for turn, _, _ in rows])
    return [_scored(turn, scoring, platform, reviews.get(turn.id)) for turn, scoring, platform in rows]


def one(store: Store, turn_id: int) -> Scored | None:
    """One reply, or None if there is none with this id."""
    query = _matching(select(TurnRow, ScoringRow, Chat.platform), Filter()).where(TurnRow.id == turn_id)
    with store.read() as db:
        row = db.execute(query).first()
        reviews = _reviews(db, [turn_id])
    return _scored(row[0], row[1], row[2], reviews.get(turn_id)) if row else None


def totals(store: Store, where: Filter = Filter()) -> Totals:
    """Counts and means over the replies that match; ``limit`` and ``order`` are not read."""
    state = func.coalesce(ScoringRow.state, "waiting")
    result = Totals()
    with store.read() as db:
        result.states = _counted(db, _matching(select(state, func.count()), where).group_by(state))
        result.replies = sum(result.states.values())
        means = db.execute(_matching(select(*(func.avg(getattr(ScoringRow, name)) for name in SCORES)), where)).one()
        result.means = {name: float(mean) for name, mean in zip(SCORES, means, strict=True) if mean is not None}
        thumbs = _counted(db, _matching(select(TurnRow.thumb, func.count()), where).group_by(TurnRow.thumb))
        result.up, result.down = thumbs.get(1, 0), thumbs.get(-1, 0)
        ids = _matching(select(TurnRow.id), where)
        reviews = select(ReviewRow.right, func.count()).where(ReviewRow.turn_id.in_(ids)).group_by(ReviewRow.right)
        said = _counted(db, reviews)
        result.right, result.wrong = said.get(True, 0), said.get(False, 0)
    return result


def lowest(scores: Iterator[float | None]) -> float | None:
    """The least of those that apply."""
    return min((score for score in scores if score is not None), default=None)


def _counted(db: Any, query: Any) -> dict[Any, int]:
    return {row[0]: row[1] for row in db.execute(query)}


def _matching(query: Any, where: Filter) -> Any:
    query = (
        query.select_from(TurnRow)
        .join(Chat, Chat.id == TurnRow.chat_id)
        .outerjoin(ScoringRow, ScoringRow.turn_id == TurnRow.id)
        .where(TurnRow.answered.is_not(None))
    )
    if where.since is not None:
        query = query.where(TurnRow.answered >= where.since)
    if where.until is not None:
        query = query.where(TurnRow.answered < where.until)
    if where.platform:
        query = query.where(Chat.platform == where.platform)
    if where.student:
        query = query.where(TurnRow.student == ("" if where.student == "code" else where.student))
    if where.state:
        query = query.where(func.coalesce(ScoringRow.state, "waiting") == where.state)
    if where.low is not None:
        query = query.where(ScoringRow.lowest >= where.low)
    if where.high is not None:
        query = query.where(ScoringRow.lowest <= where.high)
    return query


def _reviews(db: Any, ids: list[int]) -> dict[int, ReviewRow]:
    """The last review of each reply."""
    found: dict[int, ReviewRow] = {}
    for start in range(0, len(ids), 500):
        part = select(ReviewRow).where(ReviewRow.turn_id.in_(ids[start : start + 500]))
        found.update({row.turn_id: row for row in db.scalars(part.order_by(ReviewRow.at, ReviewRow.id))})
    return found


def _scored(turn: TurnRow, scoring: ScoringRow | None, platform: str, review: ReviewRow | None) -> Scored:
    return Scored(
        turn.id,
        turn.answered or 0.0,
        platform,
        turn.student or "code",
        turn.action,
        scoring.state if scoring else "waiting",
        scoring.context_relevance if scoring else None,
        scoring.groundedness if scoring else None,
        scoring.answer_relevance if scoring else None,
        scoring.lowest if scoring else None,
        dict(scoring.reasons) if scoring else {},
        scoring.judge if scoring else "",
        turn.thumb,
        turn.utterance,
        turn.text,
        list(turn.details.get("shown") or turn.shared),
        review.right if review else None,
        review.better if review else "",
    )
