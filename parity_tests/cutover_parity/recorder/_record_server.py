"""Serves an application on loopback with the recorder around it.

`record` runs until it is told to stop and lives in the caller's process; `recording_server` gives it a process of its
own, so that two copies of an application never meet.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from cutover_parity.arms._load import is_asgi, load_app
from cutover_parity.errors import AppNotLoaded, ParityError
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recorder._recorded_run import RecordedRun
from cutover_parity.recorder._recorder import Recorder
from cutover_parity.recorder._wsgi_recorder import WsgiRecorder
from cutover_parity.recorder._wsgi_server import serve_wsgi
from cutover_parity.recordings._recording import RecordingWriter

_STARTING = 30.0
_TAIL = 4000


def record(
    app: str,
    *,
    root: Path,
    out: Path,
    host: str = "127.0.0.1",
    port: int = 8000,
    paths: Sequence[str] = (".",),
    on_ready: Callable[[str], None] | None = None,
    log_level: str = "warning",
    options: RecorderOptions | None = None,
) -> RecordedRun:
    """Serve an ASGI or WSGI application and record until interrupted."""
    application = _loaded(app, root, paths)
    options = options or RecorderOptions()
    with writer_for(out, options) as writer:
        kind: type[Recorder | WsgiRecorder] = Recorder if is_asgi(application) else WsgiRecorder
        recorder = kind(application, writer, options=options)
        with recorder.capturing():
            if isinstance(recorder, Recorder):
                config = uvicorn.Config(recorder, host=host, port=port, log_level=log_level, loop="asyncio")
                _Server(config, on_ready).run()
            else:
                serve_wsgi(recorder, host=host, port=port, on_ready=on_ready)
    return RecordedRun(0, recorder.recorded, recorder.drops)


@contextmanager
def recording_server(
    app: str, *, root: Path, out: Path, paths: Sequence[str] = (".",), env: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Serve and record in a process of its own while this is open; give the base URL."""
    port = _free_port()
    command = [sys.executable, "-P", "-m", "cutover_parity.record_worker", app, str(root.resolve()), str(out.resolve())]
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
        [*command, str(port), *paths],
        cwd=root,
        env={**os.environ, **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_until_up(process, port, app=app, root=root)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.communicate()


def writer_for(path: Path, options: RecorderOptions) -> RecordingWriter:
    """Open the recording that these options ask for."""
    return RecordingWriter(path, content=options.content)


class _Server(uvicorn.Server):
    """A server that says when it is up, and that returns when it is interrupted, so that the recording is finished."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[str], None] | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        kept = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self._on_ready is not None and self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            self._on_ready(f"http://{self.config.host}:{port}")


def _loaded(app: str, root: Path, paths: Sequence[str]) -> Any:
    try:
        return load_app(app, root=root.resolve(), paths=paths)
    except Exception as error:
        raise AppNotLoaded(app, root, f"{type(error).__name__}: {error}") from error


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_until_up(process: subprocess.Popen[bytes], port: int, *, app: str, root: Path) -> None:
    give_up = time.monotonic() + _STARTING
    while time.monotonic() < give_up:
        if process.poll() is not None:
            tail = process.stderr.read()[-_TAIL:].decode(errors="replace").strip() if process.stderr else ""
            raise AppNotLoaded(app, root, tail)
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise ParityError(f"{app} did not listen on 127.0.0.1:{port} within {_STARTING:g} s")
