"""A controller in a process of its own, on made-up traffic, in which a minute lasts a fiftieth of a second."""

import sys
import time
from types import SimpleNamespace

from cutover_rollout.controller import Certified, Evidence
from cutover_rollout.runner import Controller
from cutover_rollout.state import open_state
from cutover_telemetry.judge import Counts, Metric, Minute

CERTIFIED = Certified("a-b")
FASTER = 3000


def since(rollout, at):
    first = int(max(rollout.since, 60 * (rollout.seen + 1 if rollout.seen else 0)) // 60)
    ours = round(600 * rollout.share)
    minutes = tuple(
        Minute(each, {Metric.ERRORS: (Counts((0, ours), (0, 600 - ours)),)}, ours, 600 - ours, share=rollout.share)
        for each in range(first, int(at // 60))
    )
    return Evidence({"groq": minutes}, certified=CERTIFIED)


def main(url, holder, begun):
    def clock():
        return (time.time() - float(begun)) * FASTER

    source = SimpleNamespace(since=since)
    with Controller(
        open_state(url), source, clock=clock, holder=holder, lease_seconds=0.5, look_every=0.05
    ) as controller:
        print("started", flush=True)
        controller.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
