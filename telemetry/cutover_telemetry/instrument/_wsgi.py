"""WSGI middleware: one route a request, from its call to the end of its answer.

A list of pieces is all there when the application returns, and passes as it is; any other answer is followed until it
has ended, failed or been closed, and its code runs inside the route.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from cutover_telemetry.instrument._open_route import OpenRoute, current_route
from cutover_telemetry.instrument._recorder import Recorder

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApplication = Callable[[Environ, StartResponse], Iterable[bytes]]


class WsgiRouteMiddleware:
    """Opens a route around each request; once inactive everything passes untouched."""

    def __init__(self, app: WsgiApplication, recorder: Recorder) -> None:
        self.app = app
        self.recorder = recorder

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if not self.recorder.active:
            return self.app(environ, start_response)
        route = OpenRoute(self.recorder)
        with _Inside(route):
            answer = self.app(environ, _starter(route, start_response, environ))
        if isinstance(answer, list | tuple) or _is_file(answer, environ):
            route.close()
            return answer
        return _Followed(route, answer)


class _Followed:
    def __init__(self, route: OpenRoute, answer: Iterable[bytes]) -> None:
        self._route, self._answer = route, answer
        self._pieces: Iterator[bytes] | None = None
        self._exhausted = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            with _Inside(self._route):
                if self._pieces is None:
                    self._pieces = iter(self._answer)
                return next(self._pieces)
        except StopIteration:
            self._exhausted = True
            self._route.close()
            raise

    def close(self) -> None:
        """End with the server's close; before the last piece that means that the client has left."""
        if not self._exhausted:
            self._route.client_left()
        close = getattr(self._answer, "close", None)
        try:
            if close is not None:
                with _Inside(self._route):
                    close()
        finally:
            self._route.close()


class _Inside:
    """A stretch of the application's code, in the route; what it raises is the route's error."""

    def __init__(self, route: OpenRoute) -> None:
        self._route = route

    def __enter__(self) -> None:
        self._token = current_route.set(self._route)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        current_route.reset(self._token)
        if error is not None and not isinstance(error, StopIteration):
            self._route.failed(error)
            self._route.close()


def _starter(route: OpenRoute, start_response: StartResponse, environ: Environ) -> StartResponse:
    def watched(status: str, *rest: Any, **named: Any) -> Any:
        try:
            route.name = _name(environ)
            route.answered(int(status[:3]))
        except Exception as error:  # noqa: BLE001  telemetry is a guest
            route.recorder.faults.note(error)
        return start_response(status, *rest, **named)

    return watched


def _is_file(answer: object, environ: Environ) -> bool:
    """Whether the server sends the answer by itself, as it can with its own wrapper of a file."""
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(answer, wrapper)


def _name(environ: Environ) -> str | None:
    """The rule that the request matched, as Flask has it while it answers; never the path, which may be anything."""
    rule = getattr(getattr(environ.get("werkzeug.request"), "url_rule", None), "rule", None)
    return f"{environ.get('REQUEST_METHOD')} {rule}" if isinstance(rule, str) else None
