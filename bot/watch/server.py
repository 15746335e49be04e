"""The HTTP side of watching: a small server in a thread of its own, and the heart that shows that the loop runs."""

import asyncio
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, Info
from prometheus_client.exposition import choose_encoder

from bot import __version__
from bot.errors import SettingsError
from bot.host import Host
from bot.jobs import Jobs
from bot.redact import redact
from bot.settings import Settings
from bot.watch.figures import Collector
from bot.watch.metrics import Metrics
from bot.watch.readiness import Readiness

log = logging.getLogger(__name__)
BEAT_S = 0.25
PATIENCE_S = 10.0  # for a client that is slow to say what it wants
PATHS = "/metrics, /healthz and /readyz"


class Heart:
    """Beats in the event loop, and notes how late each beat came."""

    def __init__(self, stalls: Histogram) -> None:
        self._stalls = stalls
        self.last = time.monotonic()

    async def beat(self) -> None:
        """Beat until cancelled."""
        while True:
            due = time.monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.last = time.monotonic()
            self._stalls.observe(max(0.0, self.last - due))


class Watch:
    """Serves metrics and health of one process.

    Args:
        host: The host of the platforms.
        settings: ``settings.watch``; port 0 takes any free one.

    Raises:
        SettingsError: The port or the address cannot be used.
    """

    def __init__(self, host: Host, settings: Settings) -> None:
        pantry = host.assistant.pantry
        Jobs(host.assistant.store, settings)  # makes its tables, which are read here
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        Info("souschef_build", "The version of the program.", registry=self.registry).info({"version": __version__})
        self.registry.register(Collector(host, pantry))  # type: ignore[arg-type]
        self.heart = Heart(self.metrics.stall)
        self.readiness = Readiness(host, pantry, lambda: self.heart.last)
        listen, port = settings.watch.listen, settings.watch.port
        try:
            self._server = _Server((listen, port), self)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise SettingsError(
                f"Metrics cannot be served on {listen}, port {port} ({reason}): set watch.port to a free port, one for "
                "each process, or to 0 for none."
            ) from None
        self._thread = threading.Thread(target=self._server.serve_forever, name="watch", daemon=True)

    @property
    def url(self) -> str:
        """Where it is served."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Begin to count and to serve."""
        self.metrics.start()
        self._thread.start()
        log.info("Metrics and health: %s/metrics, /healthz, /readyz.", self.url)

    def stop(self) -> None:
        """Serve and count no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.metrics.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], watch: Watch) -> None:
        self.watch = watch
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("A client of the metrics went away.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = PATIENCE_S
    server_version, sys_version = "souschef", ""

    def do_GET(self) -> None:
        try:
            status, kind, body = self._answer()
        except Exception:  # whoever watches must hear of it, too
            log.exception("The metrics could not be read.")
            status, kind, body = 500, "application/json", b'{"error": "The metrics could not be read: see the log."}'
        self._send(status, kind, body)

    def _answer(self) -> tuple[int, str, bytes]:
        watch, path = self.server.watch, self.path.partition("?")[0].rstrip("/")
        if path == "/metrics":
            encode, kind = choose_encoder(self.headers.get("Accept", ""))
            return 200, kind, encode(watch.registry)
        if path in ("/healthz", "/readyz"):
            good, says = watch.readiness.lives() if path == "/healthz" else watch.readiness.ready()
            return 200 if good else 503, "application/json", redact(json.dumps(says)).encode()
        return 404, "application/json", json.dumps({"error": f"Here are {PATHS}."}).encode()

    def do_HEAD(self) -> None:
        self.do_GET()

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)
