"""The hook that cutover_registry calls around each provider call, in whichever arm and thread it runs.

An attempt joins the route of its context. Without one (a plain thread, a script) it hangs below the caller's own span,
and without that it is a root of its own and marked detached. The caller's span is never touched.
"""

from opentelemetry.context import Context, get_current
from opentelemetry.trace import get_current_span

from cutover_registry import Attempt, Outcome
from cutover_telemetry._names import Attribute
from cutover_telemetry._open_attempt import OpenAttempt
from cutover_telemetry._open_route import OpenRoute, current_route
from cutover_telemetry._recorder import Recorder


class AttemptSpans:
    """An `AttemptHook` that makes a span and a record of each attempt."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def started(self, attempt: Attempt) -> object:
        """Open the attempt; one inside another instrumentation's route is left to that one."""
        route = current_route.get()
        if route is None:
            return _Running(self._lone(attempt), None)
        if route.recorder is not self._recorder:
            return None
        return _Running(route.join(attempt), route)

    def first_chunk(self, token: object) -> None:
        """Note the first chunk of a stream."""
        if isinstance(token, _Running):
            token.opened.first_chunk()

    def ended(self, token: object, outcome: Outcome) -> None:
        """End the attempt; an attempt that no route keeps is kept by itself."""
        if not isinstance(token, _Running):
            return
        opened, route = token.opened, token.route
        ended_now = opened.end(outcome, client_gone=route is not None and route.disconnected)
        if ended_now and opened.number is None and opened.record is not None:
            self._recorder.ring.add_attempt(opened.record)

    def _lone(self, attempt: Attempt) -> OpenAttempt:
        now = self._recorder.clock()
        if get_current_span().get_span_context().is_valid:
            return OpenAttempt(self._recorder, attempt, context=get_current(), started=now)
        return OpenAttempt(self._recorder, attempt, context=Context(), started=now, marks={Attribute.DETACHED: True})


class _Running:
    """The token between `started` and `ended`."""

    __slots__ = ("opened", "route")

    def __init__(self, opened: OpenAttempt, route: OpenRoute | None) -> None:
        self.opened = opened
        self.route = route
