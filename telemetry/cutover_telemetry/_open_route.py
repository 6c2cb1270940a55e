"""A route while it runs: what the middleware opens and closes, and what the attempts inside it join.

The context variable holds one object that tasks and `asyncio.to_thread` share with the request they belong to. The
route's span begins with the request but is made at the first attempt: a health check is no route. A request that
fails before it reaches a provider is one, and gets its span at its end.
"""

import threading
from contextvars import ContextVar

from opentelemetry.context import get_current
from opentelemetry.trace import Span, SpanKind, set_span_in_context

from cutover_registry import Attempt
from cutover_telemetry._errors import error_type
from cutover_telemetry._names import OPERATION, Attribute, Value, route_span_name
from cutover_telemetry._open_attempt import OpenAttempt
from cutover_telemetry._recorder import Recorder
from cutover_telemetry._records import RouteRecord

current_route: ContextVar["OpenRoute | None"] = ContextVar("cutover_route", default=None)


class OpenRoute:
    """One running request; thread-safe, since attempts begin and end in worker threads."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.disconnected = False
        self._status_code: int | None = None
        self._error_type: str | None = None
        self._closed = False
        self._started = recorder.clock()
        self._caller = get_current()
        self._span: Span | None = None
        self._attempts: list[OpenAttempt] = []
        self._lock = threading.RLock()

    def join(self, attempt: Attempt) -> OpenAttempt:
        """Open this attempt inside the route; one that comes after the route's end is marked late and counts alone."""
        now = self.recorder.clock()
        with self._lock:
            if self._closed:
                context = self._caller if self._span is None else set_span_in_context(self._span, self._caller)
                return OpenAttempt(self.recorder, attempt, context=context, started=now, marks={Attribute.LATE: True})
            if self._span is None:
                self._span = self._start_span(attempt.model)
            context = set_span_in_context(self._span, self._caller)
            number = len(self._attempts) + 1
            opened = OpenAttempt(self.recorder, attempt, context=context, started=now, number=number)
            self._attempts.append(opened)
            return opened

    def client_left(self) -> None:
        """Note that the client went away before the route had ended."""
        if not self._closed:
            self.disconnected = True

    def answered(self, status_code: int) -> None:
        """Note the status of the answer."""
        self._status_code = status_code
        if status_code >= 500:
            self._error_type = str(status_code)

    def failed(self, error: BaseException) -> None:
        """Note what the application raised; after the client went away that is no error of the route."""
        if not self.disconnected:
            self._error_type = error_type(error)

    def close(self) -> None:
        """End the route and the attempts that it leaves behind; only the first call counts."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        now = self.recorder.clock()
        with self.recorder.faults:
            self._leave_attempts(now)
            self._keep(self._recorded(now))

    def _leave_attempts(self, now: int) -> None:
        # An abandoned attempt cost its route the time until the next one began, not until its thread gives up.
        ends = [*(later.started for later in self._attempts[1:]), now]
        for opened, end in zip(self._attempts, ends, strict=False):
            opened.end_with_route(end, client_gone=self.disconnected)

    def _recorded(self, now: int) -> RouteRecord:
        attempts = tuple(opened.record for opened in self._attempts if opened.record is not None)
        return RouteRecord(
            started=self._started,
            ended=now,
            attempts=attempts,
            status_code=self._status_code,
            disconnected=self.disconnected,
            error_type=self._error_type,
        )

    def _keep(self, record: RouteRecord) -> None:
        if not record.attempts and record.error_type is None:
            return
        self.recorder.ring.add_route(record)
        span = self._span or self._start_span(None)
        self.recorder.end_span(span, at=record.ended, attributes=_closing_attributes(record))

    def _start_span(self, alias: str | None) -> Span:
        return self.recorder.start_span(
            route_span_name(alias),
            SpanKind.INTERNAL,
            context=self._caller,
            at=self._started,
            attributes={Attribute.OPERATION: OPERATION, Attribute.MODEL: alias},
        )


def _closing_attributes(record: RouteRecord) -> dict[Attribute, Value | None]:
    return {
        Attribute.ARM: record.arm,
        Attribute.ATTEMPTS: len(record.attempts),
        Attribute.OUTCOME: record.outcome.value,
        Attribute.SELECTED: record.selected,
        Attribute.TIME_LOST: record.time_lost,
        Attribute.STATUS_CODE: record.status_code,
        Attribute.DISCONNECTED: record.disconnected or None,
        Attribute.ERROR_TYPE: record.error_type,
    }
