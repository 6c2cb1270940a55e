"""A whole rollout on accelerated traffic: the real gateway, state, store and controller; one second is one minute.

Example: ``Rehearsal(stage, failing=0.3).run()``  ->  what was decided, and what the page showed of it
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from cutover_cli._demo._clock import FastClock
from cutover_cli._demo._servers import free_port, rollout_worker, upstream
from cutover_cli._demo._stage import Stage
from cutover_cli._demo._traffic import CHAT, MANY
from cutover_cli._rollout_panel import Panel
from cutover_rollout.controller import Certified, PairMinute, Phase, Refused, Rollout, StoreEvidence, begin, done
from cutover_rollout.plan import RolloutPlan, default_plan
from cutover_rollout.plan import Stage as Step
from cutover_rollout.runner import Controller, decide, decide_anyway
from cutover_rollout.shadow import NoCounts, shadow_pairs
from cutover_rollout.state import StateStore, open_state
from cutover_telemetry.dashboard import dashboard

SPEED = 60.0
BEHIND = 400.0  # minutes; it has to end before it has caught up
PATIENCE = 360.0  # minutes of its own clock, of which it takes thirty where nothing else runs
SETTLED = 120.0  # seconds of its own clock: what a worker may keep before it writes
LOOK_EVERY = 0.25
CLIENTS = 3
PAGE_PATIENCE = 60.0
WIDER = 20
STEPS = (
    Step("shadow", 0.0, 3, 60, shadow=True),
    Step("1 %", 0.01, 3, 6),
    Step("5 %", 0.05, 3, 20),
    Step("25 %", 0.25, 3, 60),
    Step("50 %", 0.5, 4, 100),
    Step("100 %", 1.0, 2),
)


@dataclass
class Rehearsed:
    """What came of one rehearsal: the stages that were reached, where it ended, and what the page showed meanwhile."""

    phase: str = ""
    why: str = ""
    decisions: list[dict[str, Any]] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    requests: int = 0
    seconds: float = 0.0


class ShadowMinutes:
    """Pairs of the companion, which counts in the world's minutes, told in those of the rehearsal as they come."""

    def __init__(self, folder: Path) -> None:
        self.counts = folder / "counts.db"
        self.told: dict[str, tuple[int, int, int]] = {}

    def since(self, first: int, last: int) -> Iterator[PairMinute]:
        """What was counted since it was asked last, as of the last minute that is over."""
        if last <= first:
            return
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        try:
            rows = shadow_pairs(self.counts, until=2**40)
        except NoCounts:
            return
        for row in rows:
            for place, count in enumerate((row.pairs, row.candidate_only, row.control_only)):
                found[row.provider][place] += count
        for provider, (pairs, candidate_only, control_only) in sorted(found.items()):
            before = self.told.get(provider, (0, 0, 0))
            if pairs > before[0]:
                new = pairs - before[0], candidate_only - before[1], control_only - before[2]
                yield PairMinute(last - 1, provider, *new)
            self.told[provider] = (pairs, candidate_only, control_only)


class Rehearsal:
    """One rollout from the shadow to its end."""

    def __init__(self, stage: Stage, name: str, *, failing: float, certified: Certified) -> None:
        self.stage, self.certified, self.failing = stage, certified, failing
        self.folder = stage.folder / f"rollout-{name}"
        self.folder.mkdir()
        self.url = f"sqlite:///{self.folder / 'state.db'}"
        self.store = self.folder / "telemetry.db"
        self.clock = FastClock.behind(BEHIND, speed=SPEED)
        self.address = f"http://127.0.0.1:{free_port()}"
        self.result = Rehearsed()

    @contextmanager
    def open(self) -> Iterator[str]:
        """Serve the page, which is there before the first stage; gives its address."""
        self.state = open_state(self.url)
        panel = Panel(self.folder / "switch.json", self.state)
        app = dashboard(self.store, title="The demo's rollout", rollout=panel.shown)
        with _served(app, self.address, ending=app.state.live.end):
            yield self.address
        self.state.close()

    def run(self) -> Rehearsed:
        """Begin, send traffic, and look until it is over."""
        began, stop = time.monotonic(), threading.Event()
        shadow = self.folder / "shadow"
        options = {
            "store": str(self.store), "state": self.url, "clock": astuple(self.clock),
            "shadow": str(shadow), "failing": self.failing,
        }  # fmt: skip
        with ExitStack() as stack:
            url = stack.enter_context(upstream(self.stage))
            base = stack.enter_context(rollout_worker(self.stage.gateway, url, json.dumps(options)))
            senders = [threading.Thread(target=self._send, args=(base, stop, number)) for number in range(CLIENTS)]
            stack.callback(_end, stop, senders)
            for sender in senders:
                sender.start()
            self._begin(self.state)
            pairs = ShadowMinutes(shadow)
            source = StoreEvidence([self.store], certified=lambda: self.certified, pairs=pairs.since, settled=SETTLED)
            with Controller(self.state, source, clock=self.clock.seconds) as controller:
                self._lead(controller)
        self.result.seconds = round(time.monotonic() - began, 1)
        self.result.decisions = decisions_of(self.state)
        return self.result

    def _begin(self, state: StateStore) -> None:
        at = self.clock.seconds()
        outcome = decide_anyway(
            state,
            lambda before: begin(demo_plan(), at, certified=self.certified, providers=MANY, before=before, by="demo"),
        )
        if isinstance(outcome, Refused):
            raise TypeError(outcome.why)

    def _lead(self, controller: Controller) -> None:
        give_up = self.clock.seconds() + 60 * PATIENCE
        with httpx.Client(base_url=self.address, timeout=PAGE_PATIENCE) as page:
            while self.clock.seconds() < give_up:
                decision = controller.step()
                if decision is not None:
                    self._see(page)
                    self.result.phase, self.result.why = decision.rollout.phase.value, decision.why
                    if decision.rollout.phase is Phase.ROLLED_BACK or self._is_done(decision.rollout):
                        self._see(page)
                        return
                time.sleep(LOOK_EVERY)
        self.result.why = f"it did not end within {PATIENCE:.0f} of its minutes; last said: {self.result.why}"

    def _is_done(self, rollout: Rollout) -> bool:
        """Call it done as soon as it may be."""
        if rollout.phase is not Phase.AT_100:
            return False
        outcome = decide(self.state, lambda now: done(now, self.clock.seconds(), by="demo"))
        if isinstance(outcome, Refused):
            return False
        self.result.phase, self.result.why = outcome.decision.rollout.phase.value, outcome.decision.why
        return True

    def _see(self, page: httpx.Client) -> None:
        """What the page says now: its own data, by HTTP."""
        found = page.get("/api/overview")
        rollout = (found.json().get("rollout") if found.is_success else None) or {}
        shown = f"{rollout.get('stage')}: {rollout.get('phase')}"
        if rollout and shown not in self.result.shown:
            self.result.shown.append(shown)

    def _send(self, base: str, stop: threading.Event, number: int) -> None:
        body = {"model": "meta-llama/Llama-3.3-70B", "messages": [{"role": "user", "content": "Hello"}]}
        with httpx.Client(base_url=base, timeout=30) as client:
            while not stop.is_set():
                number += CLIENTS
                provider = MANY[number % len(MANY)]
                client.post(CHAT, json={**body, "provider": provider}, headers={"x-user": f"u{number}"})
                self.result.requests += 1


def demo_plan() -> RolloutPlan:
    """The default plan with short stages, and margins for a demo's traffic; the judge's own rules are as they are.

    A tenth of the usual error probability: arms that are alike are not to be taken back while somebody looks on.
    """
    usual = replace(default_plan("demo"), alpha=0.005)
    metrics = {metric: replace(each, margin=min(1.0, WIDER * each.margin)) for metric, each in usual.metrics.items()}
    return replace(usual, stages=STEPS, metrics=metrics)


def decisions_of(state: StateStore) -> list[dict[str, Any]]:
    """The audit, shortly."""
    return [{"decision": row.version, "why": row.why, "by": row.by} for row in state.history()]


@contextmanager
def _served(app: Any, address: str, *, ending: Any) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, port=int(address.rpartition(":")[2]), log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield
    finally:
        ending()
        server.should_exit = True
        thread.join()


def _end(stop: threading.Event, threads: list[threading.Thread]) -> None:
    stop.set()
    for thread in threads:
        thread.join()
