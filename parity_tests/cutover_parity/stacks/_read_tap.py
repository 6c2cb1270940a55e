"""Notes an answer's body while http.client, or a library on top of it, reads it from its buffered file."""

import http.client
from collections.abc import Callable
from typing import Any

from cutover_parity.stacks._stack import Opened
from cutover_parity.stacks._wire import CHUNKED, BodyReader


class ReadTap:
    """Stands in for the buffered file of an answer.

    Chunks that are framed keep their edges. Where they are not, a chunk is what had come in one piece: the tap looks
    at how much the buffer holds and notes it once the application has read as much.
    """

    def __init__(self, file: Any, opened: Opened, framing: int) -> None:
        self._file, self._opened = file, opened
        self._body = BodyReader(framing, opened.chunk)
        self._framed = framing == CHUNKED
        self._held, self._pending = 0, b""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes."""
        return self._noted(lambda: self._file.read(size), size)

    def read1(self, size: int = -1, /) -> bytes:
        """Read up to `size` bytes with one read of the socket."""
        return self._noted(lambda: self._file.read1(size), size)

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line."""
        return self._noted(lambda: self._file.readline(size), size)

    def readinto(self, buffer: Any, /) -> int:
        """Read into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file, perhaps before the answer's end."""
        self._flush_pending()
        if self._body.over:
            self._opened.ended()
        else:
            self._body.end()
            self._opened.closed()
        self._file.close()

    def _noted(self, read: Callable[[], bytes], size: int | None) -> bytes:
        try:
            if not self._framed and not self._held and size != 0 and not self._body.over:
                self._held = len(self._file.peek(1))
            data = read()
        except Exception as error:
            self._flush_pending()
            self._body.end()
            self._opened.failed(error)
            raise
        self._came(data, wanted=size != 0)
        return data

    def _came(self, data: bytes, *, wanted: bool) -> None:
        if self._framed:
            self._body.feed(data)
        else:
            self._pending += data
            self._held = max(0, self._held - len(data))
            if not self._held:
                self._flush_pending()
        if self._body.over:
            self._opened.ended()
        elif not data and wanted:
            self._at_end()

    def _at_end(self) -> None:
        if self._body.end():
            self._opened.ended()
        else:
            self._opened.failed(http.client.IncompleteRead(b""))

    def _flush_pending(self) -> None:
        if self._pending:
            self._body.feed(self._pending)
            self._pending = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
