"""The hook that chains of cutover_registry.failover call: skips, deadlines and circuits join the route around them.

A chain that runs outside of any request is a route of its own. Failovers are read off the attempts, as they are for a
loop that nobody tells us of; such a loop says with `note_skipped` whom it does not try.
"""

from contextvars import Token

from cutover_registry.failover import RouteEnd
from cutover_telemetry._records import BreakerRecord, SkipRecord
from cutover_telemetry.instrument._open_route import ChainRoute, OpenRoute, current_route, joinable_route
from cutover_telemetry.instrument._recorder import Recorder


class ChainEvents:
    """A `RouteHook` that also takes circuits."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def route_started(self, chain: tuple[str, ...]) -> object:
        """Join the route of this context, or open one."""
        route = joinable_route()
        if route is None:
            route = ChainRoute(self._recorder)
            return _Chain(route, chain, current_route.set(route))
        return _Chain(route, chain, None) if route.recorder is self._recorder else None

    def skipped(self, token: object, provider: str, reason: str) -> None:
        """Note who is not tried."""
        if isinstance(token, _Chain):
            token.route.skip(SkipRecord(provider, reason, self._recorder.clock()))

    def failed_over(self, token: object, source: str, target: str, error: BaseException) -> None:  # noqa: ARG002
        """Note who failed; the rest is told by the attempts."""
        if isinstance(token, _Chain):
            token.racing.discard(source)

    def route_ended(self, token: object, end: RouteEnd) -> None:
        """Note how the chain ended; a route of its own ends with it, or with the stream that it opened."""
        if not isinstance(token, _Chain):
            return
        token.leave()
        if end.provider is not None:
            token.route.give_up(token.racing - {end.provider})
        token.route.chain_ended(end)

    def circuit_changed(self, provider: str, before: str, after: str) -> None:
        """Note a circuit that turned, in the route of this context if there is one."""
        record = BreakerRecord(provider, before, after, self._recorder.clock())
        route = joinable_route()
        if route is not None and route.recorder is self._recorder:
            route.turned(record)
        self._recorder.keep_breaker(record)


def note_skipped(provider: str, reason: str) -> None:
    """Note, from a loop of one's own, that a provider is not tried: ``circuit_open`` say. Outside of routes: nothing.

    >>> note_skipped("near", "circuit_open")
    """
    route = joinable_route()
    if route is not None:
        route.skip(SkipRecord(provider, reason, route.recorder.clock()))


class _Chain:
    """The token of a chain: the route that it is in, how to leave it if it is the chain's own, and who did not fail."""

    __slots__ = ("_token", "racing", "route")

    def __init__(self, route: OpenRoute, chain: tuple[str, ...], token: "Token[OpenRoute | None] | None") -> None:
        self.route = route
        self.racing = set(chain)
        self._token = token

    def leave(self) -> None:
        token, self._token = self._token, None
        if token is None:
            return
        try:
            current_route.reset(token)
        except ValueError:
            # The chain ended in another context than it began in; its route says itself that it is over.
            return
