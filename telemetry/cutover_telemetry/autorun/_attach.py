"""Instruments this process once, and puts a middleware around the applications that it serves.

A process that has no handler of its own for SIGTERM would end at once, and with it what waits to be stored. It is given
one that has it stored first, for `LAST_SECONDS` at most; a server that sets its own afterwards is left alone.
"""

import importlib
import json
import os
import signal
import threading
from types import FrameType
from typing import Any

from cutover_telemetry.autorun._run import VARIABLE
from cutover_telemetry.instrument import Instrumentation, RouteMiddleware, WsgiRouteMiddleware, instrument

LAST_SECONDS = 3.0
FURTHER = "CUTOVER_WRAP"
_made: list[Instrumentation] = []


def instrumented() -> Instrumentation:
    """The instrumentation of this process, as the command was asked for it."""
    if not _made:
        _made.append(instrument(**json.loads(os.environ[VARIABLE])))
        if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _end)
    return _made[0]


def _end(number: int, _: FrameType | None) -> None:
    # In a thread: whatever lock this one holds in the middle of its work, it cannot wait for itself.
    last = threading.Thread(target=instrumented().flush, daemon=True)
    last.start()
    last.join(LAST_SECONDS)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def attached(app: Any, kind: str) -> Any:
    """Give the application with a route around each request; one that has it is left alone.

    The module that ``CUTOVER_WRAP`` names, if any, wraps it first.
    """
    if isinstance(app, RouteMiddleware | WsgiRouteMiddleware):
        return app
    if further := os.environ.get(FURTHER):
        app = importlib.import_module(further).attached(app, kind)
    return instrumented().wrap(app) if kind == "asgi" else instrumented().wrap_wsgi(app)
