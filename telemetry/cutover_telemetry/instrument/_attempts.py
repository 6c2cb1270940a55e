"""The hook that cutover_registry calls around each provider call, in whichever arm and thread it runs.

An attempt joins the route of its context. Without one (a plain thread, a script) it hangs below the caller's own span,
and without that it is a root of its own and marked detached. The caller's span is never touched.
"""

from time import perf_counter_ns

from cutover_registry import Attempt, Outcome
from cutover_telemetry.instrument._open_attempt import OpenAttempt
from cutover_telemetry.instrument._open_route import joinable_route
from cutover_telemetry.instrument._recorder import Recorder


class AttemptRecords:
    """A `ChunkHook` that makes a record of each attempt."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._clock = recorder.clock

    def started(self, attempt: Attempt) -> object:
        """Open the attempt; one inside another instrumentation's route is left to that one."""
        begun = perf_counter_ns()
        route = joinable_route()
        if route is None:
            return self._lone(attempt)
        if route.recorder is not self._recorder:
            return None
        opened = route.join(attempt, self._clock())
        route.overhead += perf_counter_ns() - begun
        return opened

    def first_chunk(self, token: object) -> None:
        """Leave the first chunk to `chunk`, which comes for it too."""

    def chunk(self, token: object) -> None:
        """Note a chunk of a stream."""
        if isinstance(token, OpenAttempt):
            token.chunk(self._clock())

    def ended(self, token: object, outcome: Outcome) -> None:
        """End the attempt; an attempt that no route keeps is kept by itself."""
        if not isinstance(token, OpenAttempt):
            return
        begun = perf_counter_ns()
        route = token.route
        ended_now = token.end(self._clock(), outcome, client_gone=route is not None and route.disconnected)
        if ended_now and token.number is None and token.record is not None:
            below = None if route is None else route.below
            self._recorder.keep_attempt(token.record, caller=token.caller, below=below)
        if route is not None:
            route.overhead += perf_counter_ns() - begun
            route.attempt_ended()

    def _lone(self, attempt: Attempt) -> OpenAttempt:
        opened = OpenAttempt(self._recorder, attempt, self._clock(), route=None, number=None)
        opened.caller = self._recorder.here()
        opened.detached = not self._recorder.is_in_span(opened.caller)
        return opened
