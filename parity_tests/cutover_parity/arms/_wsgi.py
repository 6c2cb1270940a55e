"""Drives a WSGI application through the interface of an ASGI one, so that one way of driving serves both.

The application runs in a worker thread under the route's context, as it would in a threaded server; what it gives is
sent chunk by chunk, and its iterable is closed whatever happens: at its end, or when the caller has hung up.
"""

import asyncio
import contextvars
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias
from urllib.parse import quote

from cutover_parity.recorder._recorder import Message

WsgiApp: TypeAlias = Callable[..., Iterable[bytes]]
Send: TypeAlias = Callable[[Message], None]

_MOST_THREADS = 1000


class WsgiBridge:
    """An ASGI application that runs a WSGI one."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="wsgi")

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one HTTP request; a WSGI application has no lifespan."""
        if scope["type"] != "http":
            return
        request = await receive()
        environ = environ_of(scope, request.get("body", b""))
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def send_from_thread(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(send(message), loop).result()

        serving = _Serving(self._app, environ, send_from_thread)
        watching = loop.create_task(serving.watch(receive))
        try:
            await loop.run_in_executor(self._threads, context.run, serving.run)
        finally:
            watching.cancel()


class _Serving:
    """One request in its thread."""

    def __init__(self, app: WsgiApp, environ: dict[str, Any], send: Send) -> None:
        self._app, self._environ, self._send = app, environ, send
        self._start: Message | None = None
        self._sent = self._gone = False

    async def watch(self, receive: Any) -> None:
        """Note that the caller hung up."""
        await receive()
        self._gone = True

    def run(self) -> None:
        """Call the application and send what it gives, to its end."""
        given = self._app(self._environ, self._start_response)
        try:
            for chunk in given:
                self._write(chunk)
                if self._gone:
                    return
            self._write(b"")
            self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            close = getattr(given, "close", None)
            if close is not None:
                close()

    def _start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[..., None]:
        if exc_info is not None and self._sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self._start is not None and exc_info is None:
            raise AssertionError("start_response was called twice without exc_info")
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        self._start = {"type": "http.response.start", "status": int(status.split(maxsplit=1)[0]), "headers": pairs}
        return self._write

    def _write(self, chunk: bytes) -> None:
        if self._start is None:
            raise AssertionError("the application gave a body before it called start_response")
        if not self._sent:
            self._sent = True
            self._send(self._start)
        if chunk:
            self._send({"type": "http.response.body", "body": chunk, "more_body": True})


def environ_of(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Give the WSGI environment of an ASGI scope."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "RAW_URI": quote(scope["path"]),
        "REQUEST_URI": scope["raw_path"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0],
        "REMOTE_PORT": str(scope["client"][1]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        _add_header(environ, name.decode("latin-1"), value.decode("latin-1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name.upper().replace("-", "_")
    if key == "CONTENT_LENGTH":
        return
    if key != "CONTENT_TYPE":
        key = f"HTTP_{key}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value
