"""Whoever looks, decides and writes: one at a time, by a lease, however many were started.

    with Controller(open_state("redis://cache.internal/0"), StoreEvidence(["telemetry.db"])) as controller:
        controller.run()

A decision is made on a version of the state and written over that version alone, under the lease alone. If somebody
else wrote first it is made again, out of what is there now. What was counted since the last decision is in memory; who
takes over counts it again from the stage's minutes, which decide the same.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from cutover_rollout._errors import RolloutError
from cutover_rollout.controller import Decision, Evidence, Phase, Rollout, look, rollout_from_document
from cutover_rollout.runner._announcer import Announcer
from cutover_rollout.runner._deciding import put
from cutover_rollout.state import Lease, LeaseLost, StateError, StateStore, VersionConflict, Versioned

LEASE = "controller"
LEASE_SECONDS = 15.0
TICK = 1.0  # seconds
LOOK_EVERY = 5.0  # seconds
NOTE_EVERY = 60.0  # seconds
TRIES = 5
OVER = frozenset({Phase.ROLLED_BACK, Phase.DONE})
Standing = Literal["starting", "leading", "another leads", "no rollout", "state away", "cannot look", "stopped"]
logger = logging.getLogger("cutover_rollout")


class EvidenceSource(Protocol):
    """Where evidence comes from: `cutover_rollout.controller.StoreEvidence`, or a simulator."""

    def since(self, rollout: Rollout, at: float) -> Evidence:
        """What a look at this moment (seconds since 1970) is to be given."""


class Controller:
    """Looks at evidence and writes what follows; a `with` block releases the lease at its end.

    Args:
        state: Where the rollout is.
        source: Where evidence comes from.
        clock: Seconds since 1970.
        holder: Who leads, for people to read. By default host and process.
        lease_seconds: Another controller takes over so long after this one died.
        announcer: Tells webhooks; by default those of the plan, and `told` is the file that says what they heard.
    """

    def __init__(
        self,
        state: StateStore,
        source: EvidenceSource,
        *,
        clock: Callable[[], float] = time.time,
        holder: str | None = None,
        lease_seconds: float = LEASE_SECONDS,
        look_every: float = LOOK_EVERY,
        told: Path | None = None,
        announcer: Announcer | None = None,
    ) -> None:
        self.holder = holder or f"{socket.gethostname()}-{os.getpid()}"
        self.standing: Standing = "starting"
        self._state = state
        self._source = source
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._look_every = look_every
        self._announcer = announcer or Announcer(state, kept=told, clock=clock)
        self._lease: Lease | None = None
        self._seen: Versioned | None = None
        self._stored: Rollout | None = None
        self._rollout: Rollout | None = None
        self._noted = float("-inf")

    def step(self) -> Decision | None:
        """Look once and write what follows from it; None where another leads, and where there is nothing to look at.

        Raises a StateError where the state gives no answer: nothing was decided then.
        """
        for _ in range(TRIES):
            if not self._lead():
                return None
            try:
                decision = self._decide()
            except VersionConflict:
                self._seen = None
                continue
            except LeaseLost:
                self._lease = None
                continue
            self._announce()
            return decision
        return None

    def run(self, stop: threading.Event | None = None) -> None:
        """Go on until `stop` is set: look every few seconds, be there when another leader is gone."""
        over, next_look = stop or threading.Event(), 0.0
        while not over.is_set():
            try:
                if time.monotonic() >= next_look or self._somebody_wrote():
                    next_look = time.monotonic() + self._look_every
                    self.step()
                elif self._lease is not None:
                    self._lead()
            except Exception as error:  # noqa: BLE001  who ends takes nothing back any more
                self._lose(error)
            over.wait(min(TICK, self._look_every))

    def close(self, *, settle: float = 0.0) -> None:
        """Let another lead at once; wait so long for messages that are under way."""
        self._announcer.settle(settle)
        self._announcer.end()
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                lease.release()
            except StateError as error:
                logger.info("%s: the lease runs out by itself (%s)", self._state.where, error)
        self._stand("stopped")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _lead(self) -> bool:
        if self._lease is not None:
            try:
                self._lease.renew()
            except LeaseLost:
                self._lease = self._seen = None
        if self._lease is None:
            self._lease = self._state.lease(LEASE, self.holder, self._lease_seconds)
            self._seen = None
        if self._lease is None:
            self._stand("another leads")
        return self._lease is not None

    def _decide(self) -> Decision | None:
        self._refresh()
        if self._rollout is None or self._seen is None:
            self._stand("no rollout")
            return None
        self._stand("leading")
        if self._rollout.phase in OVER:
            return None
        at = self._clock()
        decision = look(self._rollout, self._evidence(self._rollout, at), at)
        if self._is_news(decision):
            self._seen = put(self._state, self._seen, decision, lease=self._lease)
            self._stored, self._noted = decision.rollout, time.monotonic()
            logger.info("decision %d: %s: %s", self._seen.version, decision.action, decision.why)
        self._rollout = decision.rollout
        return decision

    def _refresh(self) -> None:
        found = self._state.watch(self._seen, 0.0) if self._seen is not None else self._state.read()
        if found is not None:
            self._seen = found
            self._stored = self._rollout = rollout_from_document(found.document)

    def _somebody_wrote(self) -> bool:
        return self._lease is not None and self._state.watch(self._seen, 0.0) is not None

    def _evidence(self, rollout: Rollout, at: float) -> Evidence:
        try:
            return self._source.since(rollout, at)
        except Exception as error:  # noqa: BLE001  whatever a store does, nothing is promoted and people still rule
            logger.warning("no evidence: %s", error)
            return Evidence()

    def _is_news(self, decision: Decision) -> bool:
        if decision.changes or self._stored is None:
            return True
        # Another verdict is worth a row of the audit, but not every few seconds.
        return decision.verdict != self._stored.verdict and time.monotonic() - self._noted >= NOTE_EVERY

    def _announce(self) -> None:
        if self._seen is None or self._stored is None:
            return
        try:
            self._announcer.tell(self._seen, self._stored.plan.webhooks)
        except StateError as error:
            logger.info("webhooks are told later: %s", error)

    def _lose(self, error: Exception) -> None:
        self._seen = None
        standing: Standing = "state away" if isinstance(error, StateError) else "cannot look"
        if self.standing != standing:
            unforeseen = None if isinstance(error, RolloutError) else error
            logger.warning("%s; nothing is decided until that is over", error, exc_info=unforeseen)
        self.standing = standing

    def _stand(self, standing: Standing) -> None:
        if standing != self.standing:
            logger.info("%s: %s", self._state.where, standing)
        self.standing = standing
