"""Serves the gateway of the current folder as a worker of a rollout: it follows a state, in time that runs faster.

Run as ``python -m cutover_cli._demo.serve_rollout src.main:app 8000 OPTIONS``, where the options are JSON: `store` and
`state`, `clock` (as `FastClock` is made), `shadow` (a folder), and `failing`, the part of
the registry arm's requests to providers that fail.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import threading
from typing import Any

import httpx
import uvicorn

from cutover_cli._demo._clock import FastClock
from cutover_registry import Attempt, Outcome, RouteKeyMiddleware, add_hook
from cutover_rollout.shadow import Budgets, start_shadow
from cutover_rollout.state import Follower, open_state
from cutover_telemetry import instrument

KEY = "header:x-user"
PAIRS_A_SECOND = 1000.0


class Regression:
    """A fault that no comparison of code can see: what the registry arm sends is refused now and then."""

    def __init__(self, failing: float) -> None:
        self.failing = failing
        self.served = threading.local()

    def started(self, attempt: Attempt) -> None:
        """Remember which arm this thread serves."""
        self.served.arm = attempt.arm

    def first_chunk(self, token: object) -> None:
        """Nothing is to be done."""

    def ended(self, token: object, outcome: Outcome) -> None:  # noqa: ARG002
        """The attempt is over."""
        self.served.arm = None

    def refuse(self, request: httpx.Request) -> None:
        """Fail a request of the registry arm, by chance."""
        if getattr(self.served, "arm", None) == "registry" and random.random() < self.failing:
            raise httpx.ConnectError("the demo's regression", request=request)


def serve(app: Any, port: int, options: dict[str, Any]) -> None:
    """Serve until terminated."""
    clock = FastClock(*options["clock"])
    instrument(app, store=options["store"], spans=False, clock=clock.nanoseconds)
    if options["failing"]:
        _plant(Regression(options["failing"]))
    served: Any = RouteKeyMiddleware(app, key=KEY)
    if options["shadow"]:
        budgets = Budgets(form="call", per_second=PAIRS_A_SECOND, seconds=30)
        served = start_shadow(options["shadow"], budgets).wrap(served)
    with Follower(open_state(options["state"])):
        uvicorn.run(served, host="127.0.0.1", port=port, log_level="critical")


def _plant(regression: Regression) -> None:
    add_hook(regression)
    sent = httpx.HTTPTransport.handle_request

    def handle_request(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        regression.refuse(request)
        return sent(transport, request)

    httpx.HTTPTransport.handle_request = handle_request  # type: ignore[method-assign,assignment]


def main() -> None:
    """Load the application of the current folder and serve it."""
    module, _, attribute = sys.argv[1].partition(":")
    sys.path.insert(0, "")
    serve(getattr(importlib.import_module(module), attribute), int(sys.argv[2]), json.loads(sys.argv[3]))


if __name__ == "__main__":
    main()
