"""Where the processes of one recorded command come together: a socket that only this user can reach, one recording.

One process writes, so that one key stands behind all placeholders, and so that what is open when a worker is killed is
still written.
"""

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cutover_parity.recorder._intake import Intake
from cutover_parity.recordings._recording import RecordingWriter

_POLL = 0.05
_LAST_WORDS = 5.0


class Collector:
    """Takes frames from any number of processes; `address` is the path of the socket."""

    def __init__(self, address: Path, intake: Intake) -> None:
        self.address, self._intake = address, intake
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(address))
        self._socket.listen(128)
        self._socket.settimeout(_POLL)
        self._ended = threading.Event()
        self._open: dict[threading.Thread, socket.socket] = {}
        self._accepting = threading.Thread(target=self._accept, name="cutover-collector", daemon=True)
        self._accepting.start()

    def close(self, seconds: float) -> None:
        """Take what is still on its way, and then hang up on processes that live on."""
        self._ended.set()
        self._accepting.join()
        for thread, connection in self._open.items():
            thread.join(seconds)
            if thread.is_alive():
                connection.shutdown(socket.SHUT_RDWR)
                thread.join()
            connection.close()
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                if self._ended.is_set():
                    return
                continue
            connection.settimeout(None)
            thread = threading.Thread(target=self._take, args=(connection,), daemon=True)
            self._open = {held: other for held, other in self._open.items() if held.is_alive()} | {thread: connection}
            thread.start()

    def _take(self, connection: socket.socket) -> None:
        with connection, open(connection.fileno(), "rb", buffering=1 << 16, closefd=False) as stream:
            self._intake.take(stream)


@contextmanager
def collecting(writer: RecordingWriter) -> Iterator[tuple[Path, Intake]]:
    """Collect into a recording while this is open; give the socket's path, and the intake, which counts."""
    intake = Intake(writer)
    with tempfile.TemporaryDirectory(prefix="cutover-") as folder:
        collector = Collector(Path(folder) / "routes", intake)
        try:
            yield collector.address, intake
        finally:
            collector.close(_LAST_WORDS)
            intake.finish()
