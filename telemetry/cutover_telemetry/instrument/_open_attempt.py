"""An attempt while it runs: the hook's token. It ends once, whoever ends it first: the call itself or its route."""

from asyncio import CancelledError
from typing import Any

from cutover_registry import Attempt, Outcome
from cutover_telemetry._errors import error_type
from cutover_telemetry._records import ABANDONED, AttemptRecord
from cutover_telemetry.instrument._recorder import Recorder
from cutover_telemetry.instrument._usage import UNKNOWN, Usage, usage_of


class OpenAttempt:
    """One running provider call; `record` is None until it has ended.

    Attributes:
        attempt: What the registry says of it.
        number: Its place in its route; None where no open route has it.
        started: When it began, in nanoseconds.
        record: What it came to.
        caller: The context that its span hangs below, if no route keeps it.
        route: The route that it is in, or was too late for.
        late: Whether its route had ended when it began.
        detached: Whether it began outside of any route and any span.
        given_up: Whether another attempt won the race that it was in.
    """

    __slots__ = (
        "_chunks", "_first", "_gaps", "_last", "_longest", "_recorder",
        "attempt", "caller", "detached", "given_up", "late", "number", "record", "route", "started",
    )  # fmt: skip

    def __init__(self, recorder: Recorder, attempt: Attempt, started: int, *, route: Any, number: int | None) -> None:
        self.attempt = attempt
        self.number = number
        self.started = started
        self.route = route
        self.record: AttemptRecord | None = None
        self.caller: Any = None
        self.late = False
        self.detached = False
        self.given_up = False
        self._recorder = recorder
        self._first: int | None = None
        self._last = 0
        self._longest: int | None = None
        self._chunks = 0
        self._gaps: list[int] = []

    def chunk(self, now: int) -> None:
        """Note the time of a chunk."""
        self._chunks += 1
        if self._first is None:
            self._first = self._last = now
            return
        gap, self._last = now - self._last, now
        if self._longest is None or gap > self._longest:
            self._longest = gap
        if self._recorder.metrics is not None:
            self._gaps.append(gap)

    def end(self, now: int, outcome: Outcome, *, client_gone: bool = False) -> bool:
        """End with what the call came to; False if it had ended before.

        A stream that its reader closed early, or a call cancelled because the client went away or another provider was
        quicker, is cancelled and no failure; a call cancelled for any other reason (usually a timeout) has failed.
        """
        error, left = outcome.error, client_gone or self.given_up
        if error is not None and outcome.cancelled and (left or not isinstance(error, CancelledError)):
            error = None
        return self._finish(
            now,
            error=None if error is None else error_type(error),
            cancelled=outcome.cancelled and error is None,
            streamed=outcome.streamed,
            chunks=outcome.chunks,
            usage=UNKNOWN if outcome.answer is None else usage_of(outcome.answer),
        )

    def end_with_route(self, now: int, *, client_gone: bool) -> bool:
        """End because the route ends; False if it had ended before.

        A stream of which something was read was left by its reader; a call that has given nothing, though its client
        is still there, was abandoned, which is how a timeout around a thread looks from here.
        """
        read = self._first is not None
        abandoned = not read and not client_gone and not self.given_up
        return self._finish(
            now, error=ABANDONED if abandoned else None, cancelled=not abandoned, streamed=read, chunks=self._chunks
        )

    def _finish(
        self, now: int, *, error: str | None, cancelled: bool, streamed: bool, chunks: int, usage: Usage = UNKNOWN
    ) -> bool:
        attempt, first = self.attempt, self._first
        record = AttemptRecord(
            attempt.provider, attempt.slot, attempt.function, attempt.arm, attempt.site, attempt.model, self.number,
            self.started, now, first, chunks if streamed else None, streamed, cancelled, error,
            None if first is None else self._last, self._longest, *usage, self.late, self.detached,
        )  # fmt: skip
        with self.route.lock if self.route is not None else self._recorder.lock:
            if self.record is not None:
                return False
            self.record = record
        self._recorder.ended(record, self._gaps)
        return True
