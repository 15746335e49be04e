"""What this process did, as Prometheus counters and histograms, fed by its events (see :mod:`bot.events`)."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

from bot import events

# Seconds. Most replies take 0.02 to 0.5; the tail is what a busy evening, a large student or a server does.
REPLY_BUCKETS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0, 60.0)
STAGE_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
STALL_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """Counts what happens from :meth:`start` to :meth:`stop`.

    Args:
        registry: Where the metrics are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, says: str, *labels: str) -> Counter:
            return Counter(f"souschef_{name}", says, labels, registry=registry)

        def histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
            return Histogram(f"souschef_{name}", says, labels, buckets=buckets, registry=registry)

        ProcessCollector(registry=registry)
        self.received = counter("messages", "Messages that were logged.", "platform")
        self.refused = counter("refused", "Messages that were turned away.", "platform", "why")
        self.replies = counter("replies", "Replies that were made.", "platform", "intent")
        self.failed = counter("failed", "Messages that got an error instead of a reply.", "platform")
        self.first_text = histogram(
            "first_text_seconds", "From the start of a reply to its first text.", REPLY_BUCKETS, "platform"
        )
        self.reply = histogram("reply_seconds", "From the start of a reply to its end.", REPLY_BUCKETS, "platform")
        self.delivery = histogram(
            "delivery_seconds", "From the arrival of a message to its reply being sent.", REPLY_BUCKETS, "platform"
        )
        self.stage = histogram("stage_seconds", "Stages of a reply: retrieval, student, guard.", STAGE_BUCKETS, "stage")
        self.guard = counter("guard", "What the guard made of the student's words.", "outcome")
        self.worded = counter("student_replies", "Replies by who worded them; code is exact code.", "student")
        self.student_failed = counter("student_failed", "Replies that code made because the student failed.")
        self.records = counter("log_records", "Lines of the log by level.", "level")
        self.stall = histogram("event_loop_stall_seconds", "How late the event loop ran what was due.", STALL_BUCKETS)
        for outcome in ("passed", "changed", "unsupported"):  # a rate of what never happened is 0, not unknown
            self.guard.labels(outcome)
        for level in ("warning", "error"):
            self.records.labels(level)
        self._leave: Callable[[], None] | None = None
        self._handler = _Counting(self.records)

    def start(self) -> None:
        """Listen."""
        self._leave = events.subscribe(self.heard)
        logging.getLogger().addHandler(self._handler)

    def stop(self) -> None:
        """Listen no more."""
        if self._leave is not None:
            self._leave()
        logging.getLogger().removeHandler(self._handler)

    def heard(self, event: str, fields: Mapping[str, Any]) -> None:
        """Count an event; one that is not known changes nothing."""
        platform = str(fields.get("platform", ""))
        if event == "received":
            self.received.labels(platform).inc()
            self.failed.labels(platform)  # 0 before the first: a sum with what is not there would be nothing at all
        elif event == "refused":
            self.refused.labels(platform, fields["why"]).inc()
        elif event == "failed":
            self.failed.labels(platform).inc()
        elif event in ("retrieved", "student"):
            self.stage.labels("retrieval" if event == "retrieved" else "student").observe(fields["seconds"])
        elif event == "guard":
            self.stage.labels("guard").observe(fields["seconds"])
            self.guard.labels(fields["outcome"]).inc()
        elif event == "student failed":
            self.student_failed.inc()
        elif event == "answered":
            self.replies.labels(platform, fields["intent"]).inc()
            self.worded.labels(fields["student"] or "code").inc()
            self.first_text.labels(platform).observe(fields["first_text_s"])
            self.reply.labels(platform).observe(fields["seconds"])
        elif event == "sent" and "seconds" in fields:
            self.delivery.labels(platform).observe(fields["seconds"])


class _Counting(logging.Handler):
    """Counts warnings and errors, whoever logs them."""

    def __init__(self, counter: Counter) -> None:
        super().__init__(logging.WARNING)
        self._counter = counter

    def emit(self, record: logging.LogRecord) -> None:
        self._counter.labels("warning" if record.levelno < logging.ERROR else "error").inc()
