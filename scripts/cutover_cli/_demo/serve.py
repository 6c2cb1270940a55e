"""Serves the gateway of the current folder with telemetry; ``/_cutover/telemetry`` gives what was seen so far.

Run as ``python -m cutover_cli._demo.serve src.main:app 8000``; it listens on loopback alone.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

from cutover_telemetry import Instrumentation, instrument

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
PATH = "/_cutover/telemetry"


class WithTelemetry:
    """An ASGI application that answers one path itself and leaves the others to the gateway."""

    def __init__(self, app: Any, telemetry: Instrumentation) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self.app(scope, receive, send)
            return
        body = json.dumps(seen(self.telemetry)).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def seen(telemetry: Instrumentation) -> dict[str, Any]:
    """The summary, the arm of the latest route, and the spans of the latest route that failed over."""
    routes = telemetry.routes()
    moved = [route for route in routes if route.outcome == "failed_over"]
    return {
        "summary": json.loads(telemetry.to_json()),
        "latest_arm": routes[-1].arm if routes else None,
        "routes": len(routes),
        "failed_over": [
            {"provider": attempt.provider, "arm": attempt.arm, "error": attempt.error_type, "seconds": attempt.seconds}
            for attempt in (moved[-1].attempts if moved else ())
        ],
    }


def main() -> None:
    """Load the application of the current folder and serve it."""
    module, _, attribute = sys.argv[1].partition(":")
    sys.path.insert(0, "")
    app = getattr(importlib.import_module(module), attribute)
    telemetry = instrument(app, store=sys.argv[3])
    uvicorn.run(WithTelemetry(app, telemetry), host="127.0.0.1", port=int(sys.argv[2]), log_level="critical")


if __name__ == "__main__":
    main()
