"""A route while it runs: what the middleware opens and closes, and what the attempts inside it join.

The context variable holds one object that tasks and `asyncio.to_thread` share with the request they belong to. A health
check is no route: it makes no attempt. A request that fails before it reaches a provider is one.
"""

import threading
from contextvars import ContextVar
from typing import Any

from cutover_registry import Attempt
from cutover_registry.failover import RouteEnd
from cutover_telemetry._errors import error_type
from cutover_telemetry._records import BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.instrument._open_attempt import OpenAttempt
from cutover_telemetry.instrument._recorder import Recorder

current_route: ContextVar["OpenRoute | None"] = ContextVar("cutover_route", default=None)


class OpenRoute:
    """One running request; thread-safe, since attempts begin and end in worker threads.

    Attributes:
        recorder: Whose route it is.
        caller: The context that its span hangs below.
        below: The context of its own span, once it has ended.
        disconnected: Whether the client went away.
        name: The route's pattern in the application.
        overhead: Nanoseconds that telemetry's own code took in it.
        over: Whether nothing joins it any more; what comes then is of no route.
        outer: The route around it.
    """

    __slots__ = (
        "_attempts", "_breakers", "_closed", "_error_type", "_overran", "_skips", "_started", "_status_code",
        "below", "caller", "disconnected", "lock", "name", "outer", "over", "overhead", "recorder",
    )  # fmt: skip

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.disconnected = False
        self.name: str | None = None
        self.overhead = 0
        self.over = False
        self.outer: OpenRoute | None = None
        self.below: Any = None
        self.lock = threading.RLock()
        self._status_code: int | None = None
        self._error_type: str | None = None
        self._overran = False
        self._closed = False
        self._attempts: list[OpenAttempt] = []
        self._skips: list[SkipRecord] = []
        self._breakers: list[BreakerRecord] = []
        self.caller = recorder.here()
        self._started = recorder.clock()

    def join(self, attempt: Attempt, now: int) -> OpenAttempt:
        """Open this attempt inside the route; one that comes after the route's end is marked late and counts alone."""
        with self.lock:
            if self._closed:
                opened = OpenAttempt(self.recorder, attempt, now, route=self, number=None)
                opened.late, opened.caller = True, self.caller
                return opened
            opened = OpenAttempt(self.recorder, attempt, now, route=self, number=len(self._attempts) + 1)
            self._attempts.append(opened)
            return opened

    def skip(self, record: SkipRecord) -> None:
        """Note a provider that is not tried."""
        self._skips.append(record)

    def turned(self, record: BreakerRecord) -> None:
        """Note a circuit that turned."""
        self._breakers.append(record)

    def chain_ended(self, end: RouteEnd) -> None:
        """Note how a chain inside the route ended."""
        self._overran = self._overran or end.outcome == "deadline"

    def give_up(self, providers: set[str]) -> None:
        """Note that another provider answered before these: what still runs there lost a race, and did not fail."""
        for opened in self._attempts:
            if opened.record is None and opened.attempt.provider in providers:
                opened.given_up = True

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

    def attempt_ended(self) -> None:
        """Take that an attempt of this route ended."""

    def close(self) -> None:
        """End the route and the attempts that it leaves behind; only the first call counts."""
        with self.lock:
            if self._closed:
                return
            self._closed = True
        try:
            now = self.recorder.clock()
            self._leave_attempts(now)
            if self._attempts or self._skips or self._error_type is not None:
                self._keep(now)
        except Exception as error:  # noqa: BLE001  telemetry is a guest
            self.recorder.faults.note(error)

    def _leave_attempts(self, now: int) -> None:
        # An abandoned attempt cost its route the time until the next one began, not until its thread gives up.
        end = now
        for opened in reversed(self._attempts):
            if opened.record is None:
                opened.end_with_route(end, client_gone=self.disconnected)
            end = opened.started

    def _keep(self, now: int) -> None:
        record = RouteRecord(
            self._started,
            now,
            tuple([opened.record for opened in self._attempts if opened.record is not None]),
            self._status_code,
            self.disconnected,
            self._error_type,
            self.name,
            tuple(self._skips),
            tuple(self._breakers),
            self._overran,
        )
        self.below = self.recorder.keep_route(record, caller=self.caller, overhead=self.overhead)


class ChainRoute(OpenRoute):
    """The route of a chain that runs outside of any request; a stream that it opened may outlive the chain itself."""

    __slots__ = ()

    def chain_ended(self, end: RouteEnd) -> None:
        """End with the chain, or with the stream that answers it."""
        super().chain_ended(end)
        self.over = True
        if end.provider is None or not self._streams():
            self.close()

    def attempt_ended(self) -> None:
        """End with the last attempt, if the chain itself is over."""
        if self.over and not self._streams():
            self.close()

    def _streams(self) -> bool:
        return bool(self._attempts) and self._attempts[-1].record is None


def joinable_route() -> OpenRoute | None:
    """The route that code in this context is in."""
    route = current_route.get()
    while route is not None and route.over:
        route = route.outer
    return route
