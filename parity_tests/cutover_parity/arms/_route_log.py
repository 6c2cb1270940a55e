"""What one route did, gathered while a case is driven through an arm."""

import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cutover_parity._messages import Exchange, Json
from cutover_parity.cases._script import Script, Step
from cutover_parity.clock._virtual_clock import CLOCK, SECOND

Phase: TypeAlias = Literal["before the answer", "after the answer"]


@dataclass(slots=True)
class RouteLog:
    """The log of one case; threads of the same route write into it.

    `opened` is the moment of the clock at which the case was begun, `begun` that at which the application was asked;
    `moments` are the seconds since then at which its attempts were made.
    """

    case_id: str
    script: Script
    exchanges: list[Exchange] | None
    started: float = 0.0
    calls: list[Json] = field(default_factory=list)
    requests: list[Json] = field(default_factory=list)
    timeouts: list[Json] = field(default_factory=list)
    escapes: list[str] = field(default_factory=list)
    trace: list[Json] = field(default_factory=list)
    options: set[str] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    random_draws: int = 0
    opened: int = 0
    begun: int = 0
    moments: list[float] = field(default_factory=list)
    phase: Phase = "before the answer"
    ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, **fields: Any) -> tuple[Json, Step]:
        """Note one call of a provider function; give its entry and the step that it meets."""
        return self._attempt(self.calls, fields)

    def request(self, **fields: Any) -> tuple[Json, Step]:
        """Note one upstream request; give its entry and the step that it meets."""
        return self._attempt(self.requests, fields)

    def timeout(self, kind: str, seconds: Any) -> None:
        """Note a timeout that was asked for."""
        if isinstance(seconds, int | float) and not self.ended:
            self.timeouts.append({"kind": kind, "seconds": float(seconds)})

    def escape(self, message: str) -> None:
        """Note something that tried to leave and was refused."""
        self.escapes.append(message)

    def _attempt(self, entries: list[Json], fields: Json) -> tuple[Json, Step]:
        CLOCK.progressed()
        with self._lock:
            step = self.script.step(len(entries))
            entry = {**fields, "outcome": str(step)}
            if self.phase == "after the answer":
                entry["when"] = self.phase
            entries.append(entry)
            self.moments.append(round((CLOCK.now - self.begun) / SECOND, 2))
        return entry, step

    def visit(self, site: str, key: Json, *, taken: bool) -> None:
        """Note that a site was reached with a key."""
        self.trace.append([site, key, taken])


LOG: ContextVar[RouteLog | None] = ContextVar("cutover_route_log", default=None)
