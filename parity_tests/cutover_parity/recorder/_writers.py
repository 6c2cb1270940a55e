"""Who writes what a spool hands over: this process, a process of its own, or the one that started the recording.

Finding secrets takes time and holds the interpreter's lock. A served application therefore hands its routes, as they
are, through a pipe or a socket to a process that scrubs and writes them.
"""

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from cutover_parity._messages import Route
from cutover_parity.recorder._frames import frame, route_frame
from cutover_parity.recorder._options import RecorderOptions
from cutover_parity.recordings._recording import RecordingWriter

_NOWHERE = Path("/")
_PIPE_BYTES = 1 << 20


class DirectWriter:
    """Writes in the thread that hands the routes over; for a recording server, whose speed nobody depends on."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer
        self._counts: Mapping[str, int] = {}

    def write(self, route: Route) -> None:
        """Write one route."""
        self._writer.write(route)

    def tell(self, counts: Mapping[str, int]) -> None:
        """Keep the counts for the recording's end."""
        self._counts = counts

    def close(self, seconds: float) -> Mapping[str, int]:  # noqa: ARG002
        """Append the counts; whoever opened the recording closes it."""
        if self._counts:
            self._writer.summarise(self._counts)
        return {}

    def forked(self) -> None:
        """Nothing is let go of: several processes may append to one recording."""


class ProcessWriter:
    """Hands routes to a process of its own, which ends after this one, however this one ends."""

    def __init__(self, path: Path, options: RecorderOptions) -> None:
        self._path, self._options = path.absolute(), options
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, route: Route) -> None:
        """Hand one route over."""
        self._send(route_frame(route))

    def tell(self, counts: Mapping[str, int]) -> None:
        """Hand the counts over."""
        self._send(frame({"drops": dict(counts)}))

    def close(self, seconds: float) -> Mapping[str, int]:
        """Let the process finish; one that takes longer is left to it."""
        process, self._process = self._process, None
        if process is None:
            return {}
        try:
            said, _ = process.communicate(timeout=seconds)
            return _counts(said)
        except subprocess.TimeoutExpired:
            _abandon(process)
            return {}

    def forked(self) -> None:
        """Close this process's copy of the pipe, for the writing process ends when the last one is closed."""
        process, self._process = self._process, None
        if process is not None:
            _abandon(process)

    def _send(self, data: bytes) -> None:
        if self._process is None:
            self._process = self._started()
        pipe = self._process.stdin
        assert pipe is not None
        _write_all(pipe.fileno(), data)

    def _started(self) -> subprocess.Popen[bytes]:
        options = json.dumps(self._options.to_json())
        process = subprocess.Popen(  # noqa: S603  this interpreter, our own module
            [sys.executable, "-P", "-m", "cutover_parity.record_writer", str(self._path), options],
            env=_environment(),
            cwd=_NOWHERE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert process.stdin is not None
        with suppress(OSError, AttributeError):
            fcntl.fcntl(process.stdin.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return process


class SocketWriter:
    """Hands routes to the process that started the recording, where many such writers come together."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._socket: socket.socket | None = None

    def write(self, route: Route) -> None:
        """Hand one route over."""
        self._send(route_frame(route))

    def tell(self, counts: Mapping[str, int]) -> None:
        """Hand the counts over."""
        self._send(frame({"drops": dict(counts)}))

    def close(self, seconds: float) -> Mapping[str, int]:  # noqa: ARG002
        """Hang up; what was handed over is the other side's."""
        self.forked()
        return {}

    def forked(self) -> None:
        """Close this process's copy of the socket."""
        held, self._socket = self._socket, None
        if held is not None:
            held.close()

    def _send(self, data: bytes) -> None:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(self._address)
        self._socket.sendall(data)


def _environment() -> dict[str, str]:
    """This process's environment, in which our package is found and nothing is recorded in turn."""
    path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    return {**{name: value for name, value in os.environ.items() if name != "CUTOVER_RECORD"}, "PYTHONPATH": path}


def _write_all(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]


def _abandon(process: "subprocess.Popen[bytes]") -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.returncode = 0


def _counts(said: bytes) -> Mapping[str, int]:
    try:
        counts = json.loads(said)
    except ValueError:
        return {}
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def frames_of(file: int) -> BinaryIO:
    """Open the reading end of a pipe of frames."""
    return open(file, "rb", buffering=1 << 16, closefd=False)
