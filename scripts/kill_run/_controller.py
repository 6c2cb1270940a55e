"""A controller of a rollout on accelerated traffic whose arms are alike, so that it goes up stage by stage.

`python -m kill_run._controller URL NAME BEGUN` looks and decides with the real runner until it is ended. A minute of
the rollout takes a moment of `BEGUN` and after; every controller that is given the same `BEGUN` sees the same traffic.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from cutover_rollout.controller import Evidence, Rollout, begin
from cutover_rollout.plan import RolloutPlan, Stage, default_plan
from cutover_rollout.runner import Controller, decide_anyway
from cutover_rollout.state import StateStore, open_state
from cutover_telemetry.judge import Counts, Metric, Minute

MINUTE = 0.3  # seconds
LEASE = 1.0  # seconds
LOOK_EVERY = 0.1  # seconds
REQUESTS = 40_000
ERRORS = 0.01
SHARES = (0.1, 0.3, 0.6, 1.0)
LAST = len(SHARES) - 1
PLAN = RolloutPlan(
    stages=tuple(Stage(f"{share:.0%}", share, 3, 100) for share in SHARES),
    metrics={Metric.ERRORS: default_plan().metrics[Metric.ERRORS]},
    certificate=False,
)


def clock(begun: float) -> Callable[[], float]:
    """Seconds of the rollout since this moment (epoch seconds)."""
    return lambda: (time.time() - begun) * 60 / MINUTE


class Alike:
    """Every minute the same counts in both arms, by the share that is in force."""

    def since(self, rollout: Rollout, at: float) -> Evidence:
        """The whole minutes since those that were counted."""
        first = int(rollout.since // 60) + 1 if rollout.seen is None else rollout.seen + 1
        return Evidence({"near": tuple(_minute(number, rollout.share) for number in range(first, int(at // 60)))})


def _minute(number: int, share: float) -> Minute:
    candidate = int(REQUESTS * share)
    control = REQUESTS - candidate
    errors = Counts((int(candidate * ERRORS), candidate), (int(control * ERRORS), control))
    return Minute(number, {Metric.ERRORS: (errors,)}, candidate, control, share)


def begin_rollout(state: StateStore, begun: float) -> None:
    """Have a rollout begun, as a person does."""
    decide_anyway(state, lambda _: begin(PLAN, clock(begun)(), providers=("near",), by="ops"))


def stage_of(document: Mapping[str, Any]) -> int:
    """The place of the stage in a document; -1 where there is no rollout."""
    return int((document.get("rollout") or {}).get("stage", -1))


@contextmanager
def controllers(url: str, name: str, begun: float) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start controllers of the rollout that was begun then; all are ended by their ids."""
    started: list[subprocess.Popen[bytes]] = []
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CUTOVER_")}

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "kill_run._controller", url, name, str(begun)]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.wait()


def main() -> None:
    """Look and decide until ended."""
    url, name, begun = sys.argv[1], sys.argv[2], float(sys.argv[3])
    state = open_state(url, name=name)
    with Controller(state, Alike(), clock=clock(begun), lease_seconds=LEASE, look_every=LOOK_EVERY) as controller:
        controller.run()


if __name__ == "__main__":
    main()
