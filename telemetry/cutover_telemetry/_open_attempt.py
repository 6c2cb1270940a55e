"""An attempt while it runs: the hook's token. It ends once, whoever ends it first: the call itself or its route."""

import threading
from asyncio import CancelledError

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind

from cutover_registry import Attempt, Outcome
from cutover_telemetry._errors import error_type
from cutover_telemetry._names import OPERATION, Attribute, Event, Value, attempt_span_name
from cutover_telemetry._recorder import Recorder
from cutover_telemetry._records import ABANDONED, AttemptRecord


class OpenAttempt:
    """One running provider call with its span; `record` is None until it has ended."""

    def __init__(
        self,
        recorder: Recorder,
        attempt: Attempt,
        *,
        context: Context,
        started: int,
        number: int | None = None,
        marks: dict[Attribute, Value] | None = None,
    ) -> None:
        self.attempt = attempt
        self.number = number
        self.started = started
        self.record: AttemptRecord | None = None
        self._recorder = recorder
        self._lock = threading.RLock()
        self._first_chunk: int | None = None
        self._span = self._start_span(context, marks or {})

    def first_chunk(self) -> None:
        """Note the time of a stream's first chunk."""
        self._first_chunk = self._recorder.clock()
        with self._recorder.faults:
            self._span.add_event(Event.FIRST_CHUNK, timestamp=self._first_chunk)

    def end(self, outcome: Outcome, *, client_gone: bool = False) -> bool:
        """End with what the call came to; False if it had ended before.

        A stream that its reader closed early, or a call cancelled because the client went away, is cancelled and no
        failure; a call cancelled for any other reason (the usual one is a timeout) has failed.
        """
        error = None if _forgivable(outcome, client_gone=client_gone) else outcome.error
        return self._finish(
            self._recorder.clock(),
            error=None if error is None else error_type(error),
            cancelled=outcome.cancelled and error is None,
            streamed=outcome.streamed,
            chunks=outcome.chunks,
        )

    def end_with_route(self, at: int, *, client_gone: bool) -> bool:
        """End because the route ends; False if it had ended before.

        A stream of which something was read was left by its reader; a call that has given nothing, though its client
        is still there, was abandoned, which is how a timeout around a thread looks from here.
        """
        read = self._first_chunk is not None
        abandoned = not read and not client_gone
        return self._finish(at, error=ABANDONED if abandoned else None, cancelled=not abandoned, streamed=read)

    def _start_span(self, context: Context, marks: dict[Attribute, Value]) -> Span:
        attempt = self.attempt
        attributes: dict[Attribute, Value | None] = {
            Attribute.OPERATION: OPERATION,
            Attribute.PROVIDER: attempt.provider,
            Attribute.MODEL: attempt.model,
            Attribute.ARM: attempt.arm,
            Attribute.SITE: attempt.site,
            Attribute.SLOT: attempt.slot,
            Attribute.FUNCTION: attempt.function,
            Attribute.ATTEMPT_NUMBER: self.number,
            **marks,
        }
        name = attempt_span_name(attempt.model)
        return self._recorder.start_span(name, SpanKind.CLIENT, context=context, at=self.started, attributes=attributes)

    def _finish(
        self, at: int, *, error: str | None, cancelled: bool, streamed: bool, chunks: int | None = None
    ) -> bool:
        record = self._recorded(at, error=error, cancelled=cancelled, streamed=streamed, chunks=chunks)
        with self._lock:
            if self.record is not None:
                return False
            self.record = record
        self._end_span(record)
        return True

    def _recorded(
        self, at: int, *, error: str | None, cancelled: bool, streamed: bool, chunks: int | None
    ) -> AttemptRecord:
        return AttemptRecord(
            provider=self.attempt.provider,
            slot=self.attempt.slot,
            function=self.attempt.function,
            arm=self.attempt.arm,
            site=self.attempt.site,
            model=self.attempt.model,
            number=self.number,
            started=self.started,
            ended=at,
            first_chunk=self._first_chunk,
            chunks=chunks,
            streamed=streamed,
            cancelled=cancelled,
            error_type=error,
        )

    def _end_span(self, record: AttemptRecord) -> None:
        attributes: dict[Attribute, Value | None] = {
            Attribute.STREAM: record.streamed or None,
            Attribute.CHUNKS: record.chunks if record.streamed else None,
            Attribute.TIME_TO_FIRST_CHUNK: record.seconds_to_first_chunk,
            Attribute.CANCELLED: record.cancelled or None,
            Attribute.ERROR_TYPE: record.error_type,
        }
        self._recorder.end_span(self._span, at=record.ended, attributes=attributes, error_type=record.error_type)


def _forgivable(outcome: Outcome, *, client_gone: bool) -> bool:
    if not outcome.cancelled:
        return False
    return client_gone or not isinstance(outcome.error, CancelledError)
