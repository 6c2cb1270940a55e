"""Makes records of attempts and routes: hooks of the registry, middleware for ASGI and WSGI, and what ties them."""

from cutover_telemetry.instrument._asgi import RouteMiddleware
from cutover_telemetry.instrument._chains import note_skipped
from cutover_telemetry.instrument._instrument import Instrumentation, instrument
from cutover_telemetry.instrument._wsgi import WsgiRouteMiddleware

__all__ = ["Instrumentation", "RouteMiddleware", "WsgiRouteMiddleware", "instrument", "note_skipped"]
