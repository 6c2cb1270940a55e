"""Server-sent events, as they come: bytes in, the data of each complete event out.

Lines end with LF, CRLF or CR; a line is decoded when it is complete, so that a chunk may be cut anywhere, inside a
character too (WHATWG HTML, 9.2.6).
"""

from cutover_registry.providers._decoding import TooLarge

LONGEST_EVENT = 1024 * 1024


class Events:
    r"""Collects the events of one stream.

    >>> events = Events()
    >>> events.feed(b'data: {"a"'), events.feed(b': 1}\n\n: ping\n\ndata: [DO'), events.feed(b'NE]\r\n\r\n')
    ([], [b'{"a": 1}'], [b'[DONE]'])
    """

    def __init__(self, *, longest: int = LONGEST_EVENT) -> None:
        self._longest = longest
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take a chunk; give the data of the events that it completes."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        text = self._rest + chunk if self._rest else chunk
        if b"\r" in text:
            self._after_cr = text.endswith(b"\r")
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._rest = text.split(b"\n")
        found: list[bytes] = []
        for line in lines:
            self._line(line, found)
        if self._size + len(self._rest) > self._longest:
            raise TooLarge
        return found

    def end(self) -> list[bytes]:
        """Give the event that the end of the stream completes, if any: some servers leave its last blank line out."""
        found: list[bytes] = []
        if self._rest:
            self._line(self._rest, found)
        self._line(b"", found)
        return found

    def _line(self, line: bytes, found: list[bytes]) -> None:
        if not line:
            if self._data:
                found.append(b"\n".join(self._data))
                self._data, self._size = [], 0
        elif line.startswith(b"data:"):
            data = line[5:].removeprefix(b" ")
            self._data.append(data)
            self._size += len(data)
            if self._size > self._longest:
                raise TooLarge
