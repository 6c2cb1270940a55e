"""HTTP/1.1 as bytes: read piece by piece as they go by, and written, with the edges of chunks kept.

Libraries that speak HTTP themselves are seen here, below everything that they do: redirects, retries, pools,
decompression and their own timeouts stay theirs. Reading never raises; what cannot be read is passed over.
"""

from collections.abc import Callable
from http import HTTPStatus

from cutover_parity._messages import Answer, Headers

CHUNKED = -1
UNTIL_CLOSE = -2
_NO_BODY = {204, 304}


class BodyReader:
    """Reads one body; `note` is given each chunk, whole where they are framed, else as the pieces come."""

    def __init__(self, framing: int, note: Callable[[bytes], None]) -> None:
        self.over = framing == 0
        self.rest = b""
        self._framing, self._note = framing, note
        self._left = framing
        self._part = b""
        self._ending = False

    def feed(self, data: bytes) -> None:
        """Read the next bytes; what follows the body's end is left in `rest`."""
        if self.over:
            self.rest += data
        elif self._framing == CHUNKED:
            self._part += data
            while not self.over and self._read_chunk():
                pass
        else:
            self._plain(data)

    def end(self) -> bool:
        """Note what is left when nothing more comes; say whether the body was complete."""
        whole = self.over or self._framing == UNTIL_CLOSE
        if not self.over and self._framing == CHUNKED and self._left > 0 and self._part:
            self._note(self._part)
            self._part = b""
        self.over = self.over or whole
        return whole

    def _plain(self, data: bytes) -> None:
        if self._framing != UNTIL_CLOSE:
            data, self.rest = data[: self._left], data[self._left :]
            self._left -= len(data)
            self.over = self._left == 0
        if data:
            self._note(data)

    def _read_chunk(self) -> bool:
        if self._left > 0:
            if len(self._part) < self._left + 2:
                return False
            self._note(self._part[: self._left])
            self._part, self._left = self._part[self._left + 2 :], CHUNKED
            return True
        line, found, after = self._part.partition(b"\r\n")
        if not found:
            return False
        self._part = after
        if self._ending:
            self.over, self.rest = not line, after
        else:
            self._left = _size(line)
            self._ending = self._left == 0
        return True


class MessageReader:
    """Reads one message from its first byte: `head` is given the start line and headers, `note` each chunk."""

    def __init__(
        self, head: Callable[[str, Headers], None], note: Callable[[bytes], None], *, method: str = ""
    ) -> None:
        self._head, self._note, self._method = head, note, method
        self._part = b""
        self.body: BodyReader | None = None

    @property
    def over(self) -> bool:
        """Whether the message was read to its end."""
        return self.body is not None and self.body.over

    def feed(self, data: bytes) -> None:
        """Read the next bytes."""
        if self.body is not None:
            self.body.feed(data)
            return
        self._part += data
        while self.body is None:
            lines, found, after = self._part.partition(b"\r\n\r\n")
            if not found:
                return
            self._part = after
            start, headers = read_head(lines)
            if not _is_interim(start):
                self._head(start, headers)
                self.body = BodyReader(_framing(start, headers, self._method), self._note)
                self.body.feed(after)


def read_head(data: bytes) -> tuple[str, Headers]:
    """Give start line and headers."""
    start, *lines = data.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return start, tuple((name.strip().lower(), value.strip()) for name, found, value in pairs if found)


def head_bytes(answer: Answer, *, bodiless: bool = False) -> bytes:
    """Write status line and headers of an answer whose body follows in chunks.

    A body whose length is another than it was, since a secret in it was replaced, goes with its own length.
    """
    headers = [pair for pair in answer.headers if pair[0].lower() != "transfer-encoding"]
    length = str(len(answer.body))
    if answer.cut is None and not bodiless:
        headers = [(name, length if name.lower() == "content-length" else value) for name, value in headers]
    if is_chunked(answer) and not bodiless:
        headers.append(("transfer-encoding", "chunked"))
    lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def is_chunked(answer: Answer) -> bool:
    """Whether the answer's body is written with chunk framing."""
    return _has_body(answer.status) and not any(name.lower() == "content-length" for name, _ in answer.headers)


def url_of(scheme: str, host: str, port: int | None, target: str) -> str:
    """Give the absolute URL of a request line's target, without a default port."""
    if "://" in target.partition("?")[0]:
        return target
    place = f"[{host}]" if ":" in host and not host.startswith("[") else host
    default = 443 if scheme == "https" else 80
    return f"{scheme}://{place}{'' if port in {None, default} else f':{port}'}{target}"


def _framing(start: str, headers: Headers, method: str) -> int:
    named = dict(headers)
    if "chunked" in named.get("transfer-encoding", "").lower():
        return CHUNKED
    status = _status(start)
    if status is not None and (method == "HEAD" or not _has_body(status)):
        return 0
    length = named.get("content-length", "")
    if length.isdigit():
        return int(length)
    return 0 if status is None else UNTIL_CLOSE


def _status(start: str) -> int | None:
    protocol, _, rest = start.partition(" ")
    code = rest[:3]
    return int(code) if protocol.startswith("HTTP/") and code.isdigit() else None


def _is_interim(start: str) -> bool:
    status = _status(start)
    return status is not None and 100 <= status < 200 and status != 101


def _has_body(status: int) -> bool:
    return status not in _NO_BODY and status >= 200


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        return 0
