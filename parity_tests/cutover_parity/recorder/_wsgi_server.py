"""Serves a WSGI application on loopback, a thread for each request, until it is told to stop."""

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

_POLL = 0.05


def serve_wsgi(app: Any, *, host: str, port: int, on_ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM; the requests that are being served then are served to their end."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = type("_Server", (_Server,), {"address_family": family})
    with kind((host, port), _Handler) as server, _until_told(server):
        server.set_app(app)
        if on_ready is not None:
            on_ready(f"http://{host}:{server.server_port}")
        server.serve_forever(poll_interval=_POLL)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = False


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _until_told(server: WSGIServer) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown).start()

    kept = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
