"""The watcher: a scoring process when there is work, gone when the chat goes, back when it died."""

import os
import signal
import time
from collections.abc import Callable

import pytest

from bot.scores import find
from bot.settings import Settings, load_settings
from bot.store import Store
from bot.triad import Triad, plain
from tests.bot.triad.test_worker import say

PATIENCE_S = 60.0


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_starts_with_work_and_stops_with_the_chat(store: Store, settings: Settings) -> None:
    triad = Triad(store, settings, delay_s=3600.0)
    with triad:
        assert triad.pid is None
        say(store, "salt")  # a new reply does not wait for the delay
        until(lambda: triad.pid)
        pid = triad.pid
        assert pid is not None
        begun = time.monotonic()
    assert triad.pid is None
    assert gone(pid)
    assert time.monotonic() - begun < 10  # prompt, though TruLens was being imported
    assert [reply.state for reply in find(store)] == ["waiting"]  # for the next start


def test_settings_go_through_the_pipe_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOUSCHEF_JUDGE__API_KEY", "sesame-open")
    monkeypatch.setenv("SOUSCHEF_RETRIEVAL__K", "7")
    settings = load_settings()
    assert plain(settings)["judge"]["api_key"] == "sesame-open"
    assert plain(Settings(**plain(settings))) == plain(settings)


def test_a_killed_scoring_process_is_replaced(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.triad.REST_S", 0.0)
    say(store, "salt", "pepper")
    with Triad(store, settings, delay_s=0.0) as triad:
        until(lambda: triad.pid)
        first = triad.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        until(lambda: triad.pid not in (None, first))
