"""A real Chroma server, started, killed and started again: shared by several indexes, and nothing lost without it."""

import json
import logging
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings
from retrieval import index as index_module
from retrieval.chroma_server import connect, hang_up
from retrieval.errors import RetrievalError
from retrieval.index import Index
from retrieval.passage import Query
from retrieval.retrievers import open_retriever
from tests.processes import ServerProcess
from tests.retrieval.conftest import KNOWLEDGE, RECIPES

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(300)  # Chroma takes long to start on a busy machine
QUESTIONS = ("toast the nuts in a skillet", "how long do I bake it?", "what can I use instead of buttermilk?", "hummus")


class Server(ServerProcess):
    """``chroma run`` as a process."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        chroma = str(Path(sys.executable).with_name("chroma"))
        self.command = (chroma, "run", "--host", "127.0.0.1", "--port", str(self.port), "--path", str(folder))
        self.url = self.origin
        self.start()

    def collections(self, delete: bool = False) -> dict[str, int]:
        client = connect(self.url)
        found = {c.name: c.count() for c in client.list_collections()}
        for name in found if delete else ():
            client.delete_collection(name)
        hang_up(client)
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("chroma"))
    yield server
    server.kill()


@pytest.fixture
def server(running: Server) -> Server:
    """The server with nothing on it."""
    running.collections(delete=True)
    return running


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def copy(folder: Path) -> None:
    with Index.build(folder, RECIPES, KNOWLEDGE):
        pass


def found(index: Index) -> list[list[tuple[str, float]]]:
    retriever = open_retriever(index)
    return [[(p.id, p.score) for p in retriever.retrieve(Query(question), 4)] for question in QUESTIONS]


def rows(index: Index) -> list[list[int]]:
    return [index.nearest(index.encoder.encode([question])[0], 5)[0].tolist() for question in QUESTIONS]


def mean_what_they_mean_here(index: Index, question: str) -> bool:
    """Whether the server's similarities are those of our own vectors in the same rows."""
    asked = index.encoder.encode([question])[0]
    vectors = {
        row: vector
        for numbers, part in index.vectors.batches(0, 100)
        for row, vector in zip(numbers, part, strict=True)
    }
    found_rows, scores = index.nearest(asked, 20)
    return len(found_rows) == 20 and all(
        abs(vectors[row] @ asked - score) < 0.03 for row, score in zip(found_rows, scores, strict=True)
    )


def test_two_processes_share_what_one_has_indexed(server: Server, tmp_path: Path) -> None:
    copy(tmp_path)
    with Index.open(tmp_path) as embedded:
        embedded.open_chroma()
        wanted, passages = rows(embedded), found(embedded)
        total = len(embedded.vectors)
    told: list[tuple[str, int, int]] = []
    with Index(tmp_path, chroma_url=server.url) as first, Index(tmp_path, chroma_url=server.url) as second:
        first.open_chroma(progress=lambda *args: told.append(args))
        assert told == [("vectors", total, total)]
        second.open_chroma(progress=lambda *args: told.append(args))
        assert len(told) == 1  # filled once
        for index in (first, second):
            assert index.has_chroma
            assert rows(index) == wanted
            assert found(index) == passages
        script = (
            "import sys, json, pathlib\n"
            "from tests.retrieval.test_chroma_server import Index, rows\n"
            "with Index(pathlib.Path(sys.argv[1]), chroma_url=sys.argv[2]) as index:\n"
            "    index.open_chroma()\n    print(json.dumps(rows(index)))\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", script, tmp_path, server.url], capture_output=True, text=True, cwd=ROOT, check=True
        )
        assert json.loads(done.stdout) == wanted
    assert list(server.collections().values()) == [total]


def test_machines_with_the_same_recipes_share_and_others_do_not_mix(server: Server, tmp_path: Path) -> None:
    copy(tmp_path / "a")
    copy(tmp_path / "b")
    with (
        Index(tmp_path / "a", chroma_url=server.url) as a,
        Index(tmp_path / "b", chroma_url=server.url) as b,
        Index(tmp_path / "c", chroma_url=server.url) as c,
    ):
        c.add(RECIPES[:2], KNOWLEDGE)
        for index in (a, b, c):
            index.open_chroma()
        assert sorted(server.collections().values()) == sorted([len(a.vectors), len(c.vectors)])
        wanted = rows(b)
        a.add([replace(RECIPES[0], url="test:mine", title="Toasted Nuts", steps=("Toast the nuts in a skillet.",))])
        assert rows(a) != wanted  # the new recipe is found
        assert rows(b) == wanted  # and nobody else stumbles over its rows
        b.add([replace(RECIPES[1], url="test:yours", title="Hummus Again")])  # takes the same row numbers
        b.close()
        with (
            Index(tmp_path / "b", chroma_url=server.url) as again,
            Index(tmp_path / "a", chroma_url=server.url) as same,
        ):
            again.open_chroma()
            same.open_chroma()
            for index in (again, same):
                assert index.server_up
                assert all(mean_what_they_mean_here(index, question) for question in QUESTIONS)
        assert len(server.collections()) == 3


def test_without_the_server_searching_goes_on_and_with_it_again(
    server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, logger="retrieval.chroma_server")
    copy(tmp_path)
    clock = Clock()
    with Index(tmp_path, chroma_url=server.url) as index:
        assert index._server is not None
        index._server._clock = clock
        index.open_chroma()
        wanted, passages = rows(index), found(index)
        server.kill()
        assert rows(index) == wanted  # searched in memory
        assert index.server_up is False
        monkeypatch.setattr(index_module, "EXACT_LIMIT", 0)
        assert rows(index) == [[], [], [], []]
        assert [answers[0][0] for answers in found(index)] == [answers[0][0] for answers in passages]  # BM25 alone
        assert [record.levelname for record in caplog.records] == ["WARNING"]
        clock.now += 60
        rows(index)
        index._server.settle()
        assert [record.levelname for record in caplog.records] == ["WARNING"]  # still away: said once
        server.start()
        clock.now += 60
        rows(index)
        index._server.settle()
        assert index.server_up
        assert rows(index) == wanted
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


def test_a_server_that_lost_its_data_is_filled_again(server: Server, tmp_path: Path) -> None:
    copy(tmp_path)
    with Index(tmp_path, chroma_url=server.url) as index:
        assert index._server is not None
        index._server._clock = clock = Clock()
        index.open_chroma()
        wanted = rows(index)
        server.collections(delete=True)
        assert rows(index) == wanted  # in memory
        clock.now += 60
        rows(index)
        index._server.settle()
        assert index.server_up
        assert rows(index) == wanted
        assert list(server.collections().values()) == [len(index.vectors)]


def test_away_from_the_start_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy(tmp_path / "index")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    with Index(tmp_path / "index", chroma_url=url) as index:
        with pytest.raises(RetrievalError, match=r"does not answer: start it \(chroma run\), or correct") as caught:
            index.open_chroma()
        assert "\n" not in str(caught.value)
        open_retriever(index).warm_up()  # a small index needs no server
        assert found(index)[1]
    monkeypatch.setenv("SOUSCHEF_RETRIEVAL__CHROMA_URL", "nonsense")
    with pytest.raises(SettingsError, match=r"retrieval\.chroma_url is wrong"):
        load_settings()
