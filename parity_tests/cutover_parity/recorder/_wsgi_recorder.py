"""The recorder for WSGI applications.

    app.wsgi_app = WsgiRecorder.to(app.wsgi_app, "traffic.jsonl")      # Flask
    application = WsgiRecorder.to(application, "traffic.jsonl")        # Django, and any other

What the application sees and gives keeps its kind: an answer whose length the server can ask for still has one.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeAlias
from urllib.parse import quote

from cutover_parity._messages import Failure, Headers
from cutover_parity.recorder._middleware import Middleware
from cutover_parity.recorder._visit import Visit, visited

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Callable[[bytes], Any]]

_PLAIN_HEADERS = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
_READING = {"read", "read1", "readline"}
_READING_INTO = {"readinto", "readinto1"}


class WsgiRecorder(Middleware):
    """Wraps a WSGI application; `recorded` and `dropped` count routes."""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request and note it."""
        visit = self._visit()
        if visit is None:
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        with suppress(Exception):
            visit.asked(environ["REQUEST_METHOD"], _url(environ), _headers(environ))
        environ["wsgi.input"] = _Input(environ["wsgi.input"], visit)
        try:
            with visited(visit):
                chunks = self._app(environ, _noting(start_response, visit))
        except BaseException as error:
            self._over(visit, error)
            raise
        return self._noted(chunks, visit)

    def _noted(self, chunks: Iterable[bytes], visit: Visit) -> Iterable[bytes]:
        if isinstance(chunks, list | tuple):
            for chunk in chunks:
                visit.chunk(chunk)
            self._over(visit)
            return chunks
        kind = _SizedChunks if hasattr(chunks, "__len__") else _Chunks
        return kind(chunks, visit, self._over)

    def _over(self, visit: Visit, error: BaseException | None = None, *, cancelled: bool = False) -> None:
        with suppress(Exception):
            visit.ended(Failure.of(error) if error else None, cancelled=cancelled)
        self.spool.offer(visit)


class _Chunks:
    """The application's answer, in which each step is taken on the visit's account.

    The server closes it before its end when the caller has hung up.
    """

    def __init__(self, chunks: Iterable[bytes], visit: Visit, over: Callable[..., None]) -> None:
        self._chunks, self._visit, self._over = chunks, visit, over
        self._steps: Iterator[bytes] | None = None
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            with visited(self._visit):
                if self._steps is None:
                    self._steps = iter(self._chunks)
                chunk = next(self._steps)
        except BaseException as error:
            if not isinstance(error, StopIteration):
                self._failure = error
            self._ended = True
            raise
        with suppress(Exception):
            self._visit.chunk(chunk)
        return chunk

    _failure: BaseException | None = None

    def close(self) -> None:
        """Close the application's answer and end the visit."""
        close = getattr(self._chunks, "close", None)
        try:
            if close is not None:
                with visited(self._visit):
                    close()
        finally:
            over, self._over = self._over, lambda *_, **__: None
            over(self._visit, self._failure, cancelled=not self._ended)


class _SizedChunks(_Chunks):
    def __len__(self) -> int:
        return len(self._chunks)  # type: ignore[arg-type]


class _Input:
    """The request's body, noted as it is read."""

    def __init__(self, stream: Any, visit: Visit) -> None:
        self._stream, self._visit = stream, visit

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._stream, name)
        if name in _READING:
            return lambda *args: self._noted(found(*args))
        if name in _READING_INTO:
            return lambda buffer: self._noted_into(buffer, found(buffer))
        if name == "readlines":
            return lambda *args: [self._noted(line) for line in found(*args)]
        return found

    def __iter__(self) -> Iterator[bytes]:
        return map(self._noted, self._stream)

    def _noted(self, data: bytes) -> bytes:
        with suppress(Exception):
            self._visit.body(data)
        return data

    def _noted_into(self, buffer: Any, count: int | None) -> int | None:
        with suppress(Exception):
            self._visit.body(bytes(memoryview(buffer)[: count or 0]))
        return count


def _noting(start_response: StartResponse, visit: Visit) -> StartResponse:
    def started(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], Any]:
        write = start_response(status, headers, *more)
        with suppress(Exception):
            visit.began(int(status.split(" ", 1)[0]), tuple((name.lower(), value) for name, value in headers))

        def writing(data: bytes) -> Any:
            with suppress(Exception):
                visit.chunk(data)
            return write(data)

        return writing

    return started


def _url(environ: Environ) -> str:
    """The path and query as the caller sent them, where the server tells, else as they were decoded."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return str(raw)
    path = quote((environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1")) or "/"
    query = environ.get("QUERY_STRING", "")
    return f"{path}?{query}" if query else path


def _headers(environ: Environ) -> Headers:
    named = [(_PLAIN_HEADERS[name], environ[name]) for name in _PLAIN_HEADERS if environ.get(name)]
    named += [
        (name.removeprefix("HTTP_").replace("_", "-").lower(), value)
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    ]
    return tuple(named)
