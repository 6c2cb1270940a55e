"""Serving until told to stop; loaded only by what serves, since it needs a server."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn

from cutover_cli._console import error_console
from cutover_cli._unusable import Unusable
from cutover_telemetry.serving import is_loopback


class _Ending(uvicorn.Server):
    """A server that ends its open streams before it waits for what is under way."""

    ending: Callable[[], None] | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.ending is not None:
            self.ending()
        await super().shutdown(sockets)


def serve(
    app: Any, host: str, port: int, *, token: str | None, what: str, ending: Callable[[], None] | None = None
) -> None:
    """Serve an application, having printed where; `ending` is called once it is told to stop."""
    if token is None and not is_loopback(host):
        raise Unusable(f"--host {host} is more than this machine; give a token with --token-file")
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Unusable(f"cannot listen on {host}, port {port} ({error.strerror}); choose another --port") from error
    with listener:
        address, taken = listener.getsockname()[:2]
        shown = f"[{address}]" if ":" in address else address
        error_console().print(f"{what}: http://{shown}:{taken}", markup=False, highlight=False, soft_wrap=True)
        server = _Ending(uvicorn.Config(app, log_level="warning", access_log=False))
        server.ending = ending
        # Once it has ended well, uvicorn raises the signal again that had ended it.
        signal.signal(signal.SIGTERM, _stopped)
        with suppress(KeyboardInterrupt):
            server.run([listener])


def _stopped(*_: object) -> None:
    raise KeyboardInterrupt
