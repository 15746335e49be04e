"""Replies and their scores as TruLens records, in OpenTelemetry form.

TruLens (2.16) would write its spans from threads of its own, in transactions of its own: a process killed between the
record and its scores leaves half of them, and the next start writes them twice. Here the spans are collected in memory
and handed back as rows, so that whoever asked writes them in the same transaction as the scores. The metrics are
TruLens ``Metric`` objects with ``Selector`` inputs over a ``Provider`` of our own; they are computed on the collected
spans directly, which needs ``trulens-core`` only (``trulens-feedback`` brings scikit-learn and SciPy along).

Importing this module takes seconds: only the scoring process does.
"""

import logging
from collections.abc import Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from typing import Any

import pydantic
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import get_tracer_provider
from trulens.apps.app import TruApp
from trulens.core import Metric, Selector, TruSession
from trulens.core.database.connector import DefaultDBConnector
from trulens.core.database.migrations import upgrade_db
from trulens.core.feedback.provider import Provider
from trulens.core.otel.instrument import OtelFeedbackComputationRecordingContext, OtelRecordingContext, instrument
from trulens.core.schema.event import Event
from trulens.core.utils.python import SingletonPerNameMeta
from trulens.experimental.otel_tracing.core.exporter.utils import check_if_trulens_span, construct_event
from trulens.experimental.otel_tracing.core.session import TRULENS_SERVICE_NAME
from trulens.experimental.otel_tracing.core.span import set_function_call_attributes, set_general_span_attributes
from trulens.otel.semconv.trace import GenAIAttributes, SpanAttributes

from bot.redact import redact
from bot.store import Store, TurnRow
from bot.triad import PREFIX
from bot.triad.evidence import ANSWER, CONTEXT, GROUNDED, Evidence
from bot.triad.panel import Panel, Ruling
from model.judge import JudgeError

logging.getLogger("trulens").setLevel(logging.ERROR)  # it warns of what it does by design

APP = "souschef"
_TYPE = SpanAttributes.SpanType
# Where the list of contexts stands once more: a record takes 20 kB as it is.
_TWICE = frozenset((GenAIAttributes.RETRIEVAL.DOCUMENTS, SpanAttributes.CALL.RETURN))


@dataclass(frozen=True, slots=True)
class Recorded:
    """A reply as TruLens keeps it.

    Attributes:
        events: Rows for TruLens's table of spans, to be added to a session of the database.
        ids: Their ids.
        ruling: The scores that the metrics got, and who gave them; None where no score applies.
    """

    events: list[Any]
    ids: list[str]
    ruling: Ruling | None


class TriadProvider(Provider):
    """Our judges as a TruLens provider. All three scores of a reply come out of one call of the judge."""

    _panel: Panel | None = pydantic.PrivateAttr(default=None)
    _last: tuple[tuple[str, tuple[str, ...], str], Ruling] | None = pydantic.PrivateAttr(default=None)

    def seat(self, panel: Panel) -> None:
        """Say who judges."""
        self._panel = panel

    def ruling(self, question: str, contexts: Sequence[str], answer: str) -> Ruling:
        """What the judges say; asked again about the same, what they said."""
        key = (question, tuple(contexts), answer)
        if self._last is None or self._last[0] != key:
            if self._panel is None:
                raise JudgeError("No judge was named.")
            self._last = key, self._panel.score(*key)
        return self._last[1]

    def context_relevance(self, question: str, contexts: list[str], answer: str) -> tuple[float, dict[str, str]]:
        """Whether the contexts hold what the question asks for, in [0, 1]."""
        return self._one(CONTEXT, question, contexts, answer)

    def groundedness(self, question: str, contexts: list[str], answer: str) -> tuple[float, dict[str, str]]:
        """How much of the answer the contexts bear out, in [0, 1]."""
        return self._one(GROUNDED, question, contexts, answer)

    def relevance(self, question: str, contexts: list[str], answer: str) -> tuple[float, dict[str, str]]:
        """Whether the answer answers the question, in [0, 1]."""
        return self._one(ANSWER, question, contexts, answer)

    def _one(self, name: str, question: str, contexts: list[str], answer: str) -> tuple[float, dict[str, str]]:
        ruling = self.ruling(question, contexts, answer)
        score = getattr(ruling.scores, name)
        if score is None:
            raise JudgeError(f"The judge {ruling.judge} gave no {name}.")
        return float(score), {"reason": ruling.scores.reasons.get(name, ""), "judge": ruling.judge}


class PlayedBack:
    """A logged reply, played back under the names of the assistant's parts, for TruLens to watch.

    Nothing is retrieved, generated or checked again: the log has what came out of each part.
    """

    def __init__(self) -> None:
        self._turn: TurnRow | None = None
        self._evidence: Evidence | None = None

    def load(self, turn: TurnRow, evidence: Evidence) -> None:
        """Say which reply to play back."""
        self._turn, self._evidence = turn, evidence

    @instrument(
        span_type=_TYPE.RETRIEVAL,
        name="retrieval",
        attributes={
            SpanAttributes.RETRIEVAL.QUERY_TEXT: "question",
            SpanAttributes.RETRIEVAL.RETRIEVED_CONTEXTS: "return",
        },
    )
    def retrieve(self, question: str) -> list[str]:
        """What the reply rests on."""
        assert self._evidence is not None
        return list(self._evidence.contexts)

    @instrument(
        span_type=_TYPE.GENERATION,
        name="generation",
        attributes=lambda _ret, _exception, self, *_args, **_kwargs: self.generation_facts(),
    )
    def generate(self, question: str) -> str:
        """What was said and shown."""
        assert self._evidence is not None
        return self._evidence.answer

    @instrument(
        span_type=_TYPE.GUARDRAIL,
        name="guard",
        attributes=lambda _ret, _exception, self, *_args, **_kwargs: self.guard_facts(),
    )
    def guard(self, answer: str) -> str:
        """What the guard let through."""
        return answer

    @instrument(name="reply")
    def reply(self, question: str) -> str:
        """The whole reply."""
        self.retrieve(question)
        return self.guard(self.generate(question))

    def generation_facts(self) -> dict[str, Any]:
        """Who worded the reply, and how."""
        turn = self._turn
        assert turn is not None
        return {
            "souschef.student": turn.student or "code",
            "souschef.action": turn.action,
            "souschef.intent": turn.intent,
            SpanAttributes.GENERATION.TIME_TO_FIRST_TOKEN_MS: turn.first_token_s * 1000,
        }

    def guard_facts(self) -> dict[str, Any]:
        """What the guard said."""
        assert self._turn is not None
        return {"souschef.supported": self._turn.supported, "souschef.guarded": self._turn.guarded}


class _Collector(SpanExporter):
    """Keeps finished spans until they are taken."""

    def __init__(self) -> None:
        self._spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self._spans.extend(spans)
        return SpanExportResult.SUCCESS

    def take(self) -> list[Event]:
        spans, self._spans = self._spans, []
        return [construct_event(span) for span in spans if check_if_trulens_span(span)]


class Recorder:
    """Makes TruLens records of replies. One per process (TruLens's session is a singleton); not thread-safe.

    Args:
        store: The database: TruLens's tables are made in it, on its engine (so with its WAL mode and busy timeout).
        panel: Who judges.
    """

    def __init__(self, store: Store, panel: Panel) -> None:
        self._collector = _Collector()
        # Its own migrate_database() takes a database that already holds other tables for a very old one of its own.
        # A writer from the start: changing tables under a read lock fails where a reply is being logged.
        upgrade_db(store.engine.execution_options(write=True), prefix=PREFIX)
        with redirect_stdout(StringIO()):  # it greets on standard output
            SingletonPerNameMeta.delete_singleton(TruSession)  # one per process: this database's, from now on
            connector = DefaultDBConnector(database_engine=store.engine, database_prefix=PREFIX)
            self._session = TruSession(connector=connector, _experimental_otel_exporter=self._collector)
        self._row: Any = connector.db.orm.Event  # type: ignore[attr-defined]
        self._app = PlayedBack()
        self._provider = TriadProvider()  # type: ignore[call-arg]
        self._provider.seat(panel)
        self._metrics = _metrics(self._provider)
        self._apps: dict[str, TruApp] = {}

    def record(self, turn: TurnRow, evidence: Evidence) -> Recorded:
        """Record a reply and score it.

        Raises:
            JudgeError: No judge could score it.
        """
        self._collector.take()  # what a failed attempt left
        version = turn.student or "code"
        app = self._apps.get(version) or self._open_app(version)
        self._app.load(turn, evidence)
        context = OtelRecordingContext(
            tru_app=app, app_name=APP, app_version=version, run_name="", input_id=str(turn.id),
            conversation_id=str(turn.chat_id),
        )  # fmt: skip
        with context as recording:
            self._app.reply(evidence.question)
        record_id = recording.records[0].record_id
        spans = self._taken()
        _set_times(spans, turn)
        ruling = None
        if evidence.applies:
            ruling = self._provider.ruling(evidence.question, evidence.contexts, evidence.answer)
            for name, metric in self._metrics.items():
                if name not in evidence.omitted and getattr(ruling.scores, name) is not None:
                    self._compute(metric, spans, app, record_id, turn)
        events = [*spans, *self._taken()]
        for event in events:
            event.record_attributes = {
                key: _redacted(value)
                for key, value in event.record_attributes.items()
                if key not in _TWICE or isinstance(value, str | float)
            }
            event.resource_attributes = dict(event.resource_attributes)
        return Recorded([self._row.parse(event) for event in events], [event.event_id for event in events], ruling)

    def _taken(self) -> list[Event]:
        self._session.force_flush()
        return self._collector.take()

    def _open_app(self, version: str) -> TruApp:
        app = TruApp(
            self._app, app_name=APP, app_version=version, feedbacks=list(self._metrics.values()), start_evaluator=False
        )
        self._apps[version] = app
        return app

    def _compute(self, metric: Metric, spans: list[Event], app: TruApp, record_id: str, turn: TurnRow) -> None:
        """One metric over the spans of a record, under spans of its own."""
        inputs = {name: _select(selector, spans) for name, selector in metric.selectors.items()}  # type: ignore[arg-type]
        context = OtelFeedbackComputationRecordingContext(
            app_name=APP, app_version=app.app_version, app_id=app.app_id, run_name="", input_id=str(turn.id),
            target_record_id=record_id, feedback_name=metric.name, conversation_id=str(turn.chat_id),
        )  # fmt: skip
        with context as root:
            root.set_attribute(SpanAttributes.EVAL_ROOT.HIGHER_IS_BETTER, True)
            for name, (span_id, attribute, _) in inputs.items():
                root.set_attribute(f"{SpanAttributes.EVAL_ROOT.ARGS_SPAN_ID}.{name}", span_id)
                root.set_attribute(f"{SpanAttributes.EVAL_ROOT.ARGS_SPAN_ATTRIBUTE}.{name}", attribute)
            arguments = {name: value for name, (_, _, value) in inputs.items()}
            tracer = get_tracer_provider().get_tracer(TRULENS_SERVICE_NAME)
            with tracer.start_as_current_span("eval-0") as span:
                set_general_span_attributes(span, _TYPE.EVAL)
                score, why = metric(**arguments)
                span.set_attribute(SpanAttributes.EVAL.SCORE, score)
                for key, text in why.items():
                    span.set_attribute(f"{SpanAttributes.EVAL.METADATA}.{key}", text)
                    root.set_attribute(f"{SpanAttributes.EVAL_ROOT.METADATA}.{key}", text)
                span.set_attribute(SpanAttributes.EVAL.EXPLANATION, why["reason"])
                root.set_attribute(SpanAttributes.EVAL_ROOT.EXPLANATION, why["reason"])
                set_function_call_attributes(span, score, metric.name, None, arguments)
            root.set_attribute(SpanAttributes.EVAL_ROOT.SCORE, score)


def _redacted(value: Any) -> Any:
    """An attribute of a span without the secrets that a cook or an error spelled out."""
    if isinstance(value, str):
        return redact(value)
    return [_redacted(item) for item in value] if isinstance(value, list | tuple) else value


def _metrics(provider: TriadProvider) -> dict[str, Metric]:
    def selectors() -> dict[str, Selector]:
        contexts = Selector(
            span_type=_TYPE.RETRIEVAL, span_attribute=SpanAttributes.RETRIEVAL.RETRIEVED_CONTEXTS, collect_list=True
        )
        return {
            "question": Selector.select_record_input(),
            "contexts": contexts,
            "answer": Selector.select_record_output(),
        }

    functions = {CONTEXT: provider.context_relevance, GROUNDED: provider.groundedness, ANSWER: provider.relevance}
    return {
        key: Metric(implementation=function, name=key.replace("_", " ").capitalize(), selectors=selectors())
        for key, function in functions.items()
    }


def _select(selector: Selector, spans: list[Event]) -> tuple[str, str, Any]:
    """Id and attribute of the span that a selector means, and the value there."""
    for span in spans:
        if selector.matches_span(span.record["name"], span.record_attributes):
            found = selector.process_span(span.trace["span_id"], span.record_attributes)
            value = list(found.value) if isinstance(found.value, list | tuple) else found.value or ""
            return str(found.span_id), str(found.span_attribute), value
    raise LookupError(f"The record has no span for {selector.span_type}.")


def _set_times(spans: list[Event], turn: TurnRow) -> None:
    """Give the spans the times of the reply that was played back, so that latencies on the dashboard are the cook's."""
    end = turn.answered or turn.received
    begin = end - max(0.0, turn.seconds)
    for span in spans:
        span.start_timestamp, span.timestamp = datetime.fromtimestamp(begin), datetime.fromtimestamp(end)
