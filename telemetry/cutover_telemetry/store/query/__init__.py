"""Questions to a store, each answered with one frozen record from one consistent view of the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection

from cutover_telemetry._records import AttemptRecord, RouteOutcome
from cutover_telemetry.store import _processes
from cutover_telemetry.store._connection import reading
from cutover_telemetry.store._levels import POINTS
from cutover_telemetry.store._window import Window
from cutover_telemetry.store.query import _arms, _breakers, _names, _panels, _providers, _routes
from cutover_telemetry.store.query._records import (
    Account,
    ArmCard,
    ArmCurves,
    ArmPoint,
    ArmsSideBySide,
    BreakerStretch,
    BreakerTimeline,
    Edge,
    FailoverMatrix,
    Names,
    Panels,
    ProviderCard,
    ProviderPoint,
    Quantiles,
    RouteCard,
    Routes,
    Scorecard,
    Slice,
    StoredRoute,
    Volume,
)


class Query:
    """The questions; each opens the file for itself, in any thread. All raise NoStore, ForeignFile, NewerStore."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: Connection | None = None
        self._memory = _panels.Memory()

    @contextmanager
    def at_once(self) -> Iterator["Query"]:
        """Questions that are all answered from one view of the file, in this thread; what is written since is unseen.

        >>> with store.query.at_once() as query:  # doctest: +SKIP
        ...     query.account(), query.routes(window)
        """
        with self._reading() as connection:
            query = Query(self._path)
            query._connection, query._memory = connection, self._memory
            yield query

    def scorecard(self, window: Window, *, provider: str | None = None) -> Scorecard:
        """Rate, success, latency, time to first chunk, tokens and errors of each provider."""
        with self._reading() as connection:
            return _providers.scorecard(connection, window, provider=provider)

    def failovers(self, window: Window, *, provider: str | None = None) -> FailoverMatrix:
        """Who failed over to whom, the time that was lost and the requests that were saved."""
        with self._reading() as connection:
            return _providers.failovers(connection, window, provider=provider)

    def arms(self, window: Window, *, provider: str | None = None, site: str | None = None) -> ArmsSideBySide:
        """Legacy and registry side by side, for each provider."""
        with self._reading() as connection:
            return _arms.arms(connection, window, provider=provider, site=site)

    def arm_curves(self, window: Window, *, provider: str | None = None, site: str | None = None) -> ArmCurves:
        """Legacy and registry over time, of one provider or of all together."""
        with self._reading() as connection:
            return _arms.arm_curves(connection, window, provider=provider, site=site)

    def panels(
        self, window: Window, *, provider: str | None = None, site: str | None = None, points: int = POINTS
    ) -> Panels:
        """All of the three above and each provider over time, from one reading, in at most so many slices of time."""
        with self._reading() as connection:
            return _panels.panels(connection, window, provider=provider, site=site, points=points, memory=self._memory)

    def minutes(
        self, window: Window, *, provider: str | None = None, arm: str | None = None, site: str | None = None
    ) -> tuple[Slice, ...]:
        """Each provider on each arm in each single minute; minutes are kept for two days."""
        with self._reading() as connection:
            return _panels.slices(connection, window, provider=provider, arm=arm, site=site)

    def names(self) -> Names:
        """The providers and sites that the store knows."""
        with self._reading() as connection:
            return _names.names(connection)

    def breakers(self, window: Window, *, provider: str | None = None) -> BreakerTimeline:
        """When which circuit was in which state."""
        with self._reading() as connection:
            return _breakers.breakers(connection, window, provider=provider)

    def routes(self, window: Window, *, arm: str | None = None) -> Routes:
        """How routes came out, and the overhead of our own layer."""
        with self._reading() as connection:
            return _routes.routes(connection, window, arm=arm)

    def recent(
        self,
        window: Window,
        *,
        provider: str | None = None,
        site: str | None = None,
        outcome: RouteOutcome | None = None,
        most: int = 50,
    ) -> tuple[StoredRoute, ...]:
        """The latest routes with their attempts, the last to end first."""
        with self._reading() as connection:
            return _routes.recent(connection, window, provider=provider, site=site, outcome=outcome, most=most)

    def route(self, name: str) -> StoredRoute | None:
        """One route with its attempts, by the `id` that `recent` gave; None if it is no longer kept."""
        with self._reading() as connection:
            return _routes.one(connection, name)

    def attempts(
        self, window: Window, *, provider: str | None = None, most: int = 100_000
    ) -> tuple[AttemptRecord, ...]:
        """The latest attempts as they were, for whoever wants raw values."""
        with self._reading() as connection:
            return _routes.attempts(connection, window, provider=provider, most=most)

    def account(self) -> Account:
        """How many attempts were stored and how many were dropped."""
        with self._reading() as connection:
            return _routes.account(connection)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        if self._connection is not None:
            yield self._connection
            return
        with _processes.READING, reading(self._path) as connection:
            yield connection


__all__ = [
    "Account",
    "ArmCard",
    "ArmCurves",
    "ArmPoint",
    "ArmsSideBySide",
    "BreakerStretch",
    "BreakerTimeline",
    "Edge",
    "FailoverMatrix",
    "Names",
    "Panels",
    "ProviderCard",
    "ProviderPoint",
    "Quantiles",
    "Query",
    "RouteCard",
    "Routes",
    "Scorecard",
    "Slice",
    "StoredRoute",
    "Volume",
]
