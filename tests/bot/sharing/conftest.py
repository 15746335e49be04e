"""A PostgreSQL, and processes that share it (as many stores, crews and hosts in one process as a test needs)."""

import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from bot.sharing.crew import Crew
from bot.store import Store
from tests.bot.databases import postgres

_numbers = count()


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    with postgres() as database:
        yield database


@pytest.fixture
def url(server: Any) -> str:
    """An empty database."""
    return str(server(f"shared_{next(_numbers)}"))


@pytest.fixture
def crews(url: str) -> Iterator[Callable[..., Crew]]:
    """Makes members of the crew that shares the database."""
    made: list[Crew] = []

    def make(lease_s: float = 60.0) -> Crew:
        crew = Crew(Store(url), lease_s, f"process {len(made) + 1}")
        crew.join()
        made.append(crew)
        return crew

    yield make
    for crew in made:
        crew.leave()
        crew.store.close()


def stall(crew: Crew) -> None:
    """Stop the heart of a member, as if its process were stopped: it does not know, and others hear nothing more."""
    crew._leaving.set()
    assert crew._heart is not None
    crew._heart.join()
    crew._heart = None


def wake(crew: Crew) -> None:
    """Let a stopped member come to: its heart beats again."""
    crew._leaving.clear()
    crew._renew()
    crew._tend()


def until(true: Callable[[], Any], limit_s: float = 30.0) -> Any:
    """Wait for something."""
    end = time.monotonic() + limit_s
    while not (value := true()):
        assert time.monotonic() < end, "did not come"
        time.sleep(0.02)
    return value
