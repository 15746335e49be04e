"""Vectors on a Chroma server, shared by any number of processes on any number of machines.

Ids in Chroma are row numbers, which mean something only together with the recipes they were cut from. So a collection
is named after what its rows are of, and notes in its metadata how far it is known (``marks``: so many rows, and the
stamp of what they are of) and how far it is filled. A process takes a collection only if its own recipes give the same
stamps, and one of its own else: machines with the same recipes share, those with others do not mix.

A server that is away costs nothing but its vectors: searching goes on in memory, or by words alone in a large index,
one line is logged, and the server is tried again in the background.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from retrieval.errors import RetrievalError
from retrieval.store import Store
from retrieval.vectors import ChromaVectors, Floats, Progress, Rows, SegmentVectors, open_collection

log = logging.getLogger(__name__)
RETRY_S = 15.0
QUERY_S, FILL_S = 5.0, 300.0  # the longest that a question may take, and a batch of 5,000 vectors
WIDEST = 8  # times as many rows are asked for at most, where some of them are not ours
MARKS = 50
_KEPT = "chroma_collection"


class Rowed(Protocol):
    """What of the index is needed here."""

    folder: Path
    store: Store
    vectors: SegmentVectors

    @property
    def encoder(self) -> Any:
        """The embeddings; their name counts."""
        ...

    @property
    def bm25(self) -> Any:
        """The other search; ``total`` is the number of rows."""
        ...


class ChromaServer:
    """An index's vectors on a Chroma server.

    Args:
        url: Its address, ``http://host:port``.
        index: The index.
        retry_s: How long the server is left alone after a failure.
        clock: Seconds.
    """

    def __init__(
        self, url: str, index: Rowed, retry_s: float = RETRY_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.url, self._index, self._retry_s, self._clock = url, index, retry_s, clock
        self._served: ChromaVectors | None = None
        self._client: Any = None
        self._opening, self._state = threading.Lock(), threading.Lock()
        self._retry_at = float("inf")  # not before it was opened once
        self._retrying: threading.Thread | None = None
        self._away = False

    @property
    def up(self) -> bool:
        """Whether its vectors are used."""
        return self._served is not None

    def open(self, progress: Progress) -> ChromaVectors:
        """Connect, and fill what the server does not have yet.

        Raises:
            RetrievalError: The server is away or refuses.
        """
        with self._opening:
            try:
                if self._client is None:
                    self._client = connect(self.url)
                knock(self.url)
                # Chosen anew each time: meanwhile another process may have put other rows where ours come next.
                served = ChromaVectors(self._client, self._collection(), f"check the Chroma server at {self.url}")
                self._fill(served, progress)
            except RetrievalError as error:
                self._lost(error)
                raise
            except Exception as error:
                failed = RetrievalError(f"The Chroma server at {self.url} failed ({error}).")
                self._lost(failed)
                raise failed from error
            self._served = served
        with self._state:
            if self._away:
                log.info("The Chroma server at %s answers again.", self.url)
            self._away = False
        return served

    def nearest(self, query: Floats, k: int) -> tuple[Rows, Floats] | None:
        """Nearest rows by cosine: (rows, similarities), best first; None while the server cannot be used."""
        served = self._served
        if served is None:
            self._try_again()
            return None
        wide = k
        try:
            while True:
                rows, scores = served.nearest(query, wide)
                known = rows < self._index.bm25.total  # another process may have imported more than this one knows
                if known.sum() >= k or len(rows) < wide or wide >= WIDEST * k:
                    return rows[known][:k], scores[known][:k]
                wide *= 2
        except Exception as error:
            self._lost(error)
            return None

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until a try that is under way is over."""
        retrying = self._retrying
        if retrying is not None:
            retrying.join(timeout_s)

    def close(self) -> None:
        """Let go of the connection."""
        self._served, self._retry_at = None, float("inf")
        self._hang_up()

    def _collection(self) -> Any:
        """The collection that was used before, if its rows are still ours; else the one of what we have now."""
        index = self._index
        total, name = index.bm25.total, index.encoder.name
        stamp = index.store.stamp(total)
        metadata = {"embeddings": name, "filled": 0, "marks": json.dumps([[total, stamp]])}
        for title in dict.fromkeys((index.store.fact(_KEPT), f"souschef-{stamp}")):
            if title:
                collection = open_collection(self._client, title, metadata)
                if self._ours(collection, total, name):
                    index.store.set_fact(_KEPT, title)
                    return collection
        raise RetrievalError(
            f"The collection souschef-{stamp} on the Chroma server at {self.url} was filled with other vectors: delete "
            "it there."
        )

    def _ours(self, collection: Any, total: int, name: str) -> bool:
        """Whether the rows of a collection mean what they mean here."""
        metadata = collection.metadata or {}
        marks = _marks(metadata)
        known = [mark for mark in marks if mark[0] <= total]
        if metadata.get("embeddings") != name or not known:
            return False
        rows, stamp = max(known)
        if rows < total and len(known) < len(marks):
            return False  # it has rows beyond ours that were cut from something else
        return self._index.store.stamp(rows) == stamp

    def _fill(self, served: ChromaVectors, progress: Progress) -> None:
        lock = FileLock(self._index.folder / "chroma.lock")
        try:
            # The other processes of this machine need not do the same at the same time.
            with lock.acquire(timeout=FILL_S), self._patience(FILL_S):
                collection = served.collection = self._client.get_collection(
                    served.collection.name, embedding_function=None
                )
                total, marks = self._index.bm25.total, _marks(collection.metadata)
                if total > max(marks)[0]:
                    marks.append((total, self._index.store.stamp(total)))
                    collection.modify(metadata=collection.metadata | {"marks": json.dumps(marks[-MARKS:])})

                def kept(row: int) -> None:
                    collection.modify(metadata=collection.metadata | {"filled": row})

                served.fill(self._index.vectors, int(collection.metadata.get("filled", 0)), kept, progress)
        except Timeout:
            raise RetrievalError(
                f"Another process has been filling the Chroma server at {self.url} for {FILL_S / 60:.0f} minutes."
            ) from None

    def _hang_up(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            hang_up(client)

    @contextmanager
    def _patience(self, seconds: float) -> Iterator[None]:
        """Wait longer than a cook would."""
        set_timeout(self._client, seconds)
        try:
            yield
        finally:
            set_timeout(self._client, QUERY_S)

    def _lost(self, error: Exception) -> None:
        with self._state:
            self._served, self._retry_at = None, self._clock() + self._retry_s
            if self._away:
                return
            self._away = True
        log.warning("Searching goes on without the Chroma server, tried again in %g s: %s", self._retry_s, error)

    def _try_again(self) -> None:
        """Open it anew, beside the search that is being made, if it is time to."""
        with self._state:
            if self._clock() < self._retry_at or (self._retrying is not None and self._retrying.is_alive()):
                return
            self._retrying = threading.Thread(target=self._reopen, name="chroma-server", daemon=True)
            self._retrying.start()

    def _reopen(self) -> None:
        try:
            self.open(lambda stage, done, total: None)
        except RetrievalError as error:
            log.debug("%s", error)


def connect(url: str) -> Any:
    """A client of a Chroma server that answers.

    Raises:
        RetrievalError: It does not.
    """
    import chromadb
    from chromadb.config import Settings

    knock(url)  # the client would wait for ever, and leaves something behind at every try that fails
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    settings = Settings(anonymized_telemetry=False)
    try:
        client = chromadb.HttpClient(
            parts.hostname or "", parts.port or (443 if secure else 8000), ssl=secure, settings=settings
        )
    except Exception as error:
        raise RetrievalError(f"The Chroma server at {url} does not let us in ({error}).") from error
    set_timeout(client, QUERY_S)
    return client


def knock(url: str) -> None:
    """See whether a Chroma server answers.

    Raises:
        RetrievalError: It does not.
    """
    import httpx

    try:
        httpx.get(f"{url}/api/v2/heartbeat", timeout=QUERY_S, trust_env=False).raise_for_status()
    except httpx.HTTPError as error:
        raise RetrievalError(
            f"The Chroma server at {url} does not answer: start it (chroma run), or correct retrieval.chroma_url."
        ) from error


def hang_up(client: Any) -> None:
    """Close a client and its connections, which Chroma leaves open."""
    sessions = _sessions(client)
    client.close()
    for session in sessions:
        session.close()


def set_timeout(client: Any, seconds: float) -> None:
    """Let a client wait so long for an answer. Chroma has no setting for it and would wait for ever."""
    for session in _sessions(client):
        session.timeout = seconds


def _sessions(client: Any) -> list[Any]:
    """The HTTP sessions of a client: its own, and that of the one beside it which looks after databases."""
    servers = [getattr(one, "_server", None) for one in (client, getattr(client, "_admin_client", None))]
    return [server._session for server in servers if server is not None]


def _marks(metadata: dict[str, Any]) -> list[tuple[int, str]]:
    """(rows, stamp of what they are of), as a collection notes them."""
    return sorted((int(rows), str(stamp)) for rows, stamp in json.loads(metadata.get("marks", "[]")))
