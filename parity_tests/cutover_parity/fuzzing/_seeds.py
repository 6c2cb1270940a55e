"""Seeds of a fuzz run: requests that are varied; recorded ones, or those of a file.

    [{"method": "POST", "url": "/v1/chat", "headers": {"x-team": "a"}, "json": {"model": "m", "messages": []}}]

Only "url" has to be there. "body" stands for a body that is no JSON.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cutover_parity._messages import Headers, Json, Request, Route
from cutover_parity.cases._bodies import json_of, written
from cutover_parity.cases._places import Place
from cutover_parity.errors import NotSeeds

_MOST = 40
_FIELDS = {"method", "url", "headers", "json", "body"}


@dataclass(frozen=True, slots=True)
class Seed:
    """A request to be varied, and the places where it may name its provider.

    `fuller` is the same request with every option that the application takes.
    """

    request: Request
    places: tuple[Place, ...] = ()
    fuller: Request | None = None

    @property
    def name(self) -> str:
        """Method and path."""
        return f"{self.request.method} {self.request.url.partition('?')[0]}"


def recorded_seeds(routes: Iterable[Route], *, most: int = _MOST) -> tuple[Seed, ...]:
    """The recorded requests that differ in shape, so many at most; those that were answered well come first."""
    good: dict[object, Request] = {}
    bad: dict[object, Request] = {}
    for route in routes:
        chosen = good if route.answer is not None and route.answer.status < 400 else bad
        if len(chosen) < most:
            chosen.setdefault(_shape(route.request), route.request)
    kept = good | {shape: request for shape, request in bad.items() if shape not in good}
    return tuple(Seed(request) for request in list(kept.values())[:most])


def read_seeds(path: Path) -> tuple[Seed, ...]:
    """Read a seeds file; raise NotSeeds with the place."""
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise NotSeeds(path, f"it cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise NotSeeds(path, f"it is not JSON: {error}") from error
    if not isinstance(data, list) or not data:
        raise NotSeeds(path, "it is not a list of requests" if not isinstance(data, list) else "its list is empty")
    return tuple(Seed(_request(path, number, entry)) for number, entry in enumerate(data, start=1))


def json_request(method: str, url: str, body: Json, headers: Headers = ()) -> Request:
    """A request with a JSON body."""
    return Request(method, url, (("content-type", "application/json"), *headers)).with_body(written(body))


def _request(path: Path, number: int, entry: Json) -> Request:
    place = f"request {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("url"), str):
        raise NotSeeds(path, f'{place} has no "url"')
    if unknown := sorted({*entry} - _FIELDS):
        raise NotSeeds(path, f"{place} has a field {unknown[0]!r}; there are {', '.join(sorted(_FIELDS))}")
    headers, body = entry.get("headers", {}), entry.get("body", "")
    method = entry.get("method", "POST" if "json" in entry or body else "GET")
    if not isinstance(headers, dict) or not all(isinstance(text, str) for text in (method, body, *headers.values())):
        raise NotSeeds(path, f'{place}: "method" and "body" are texts, "headers" an object of texts')
    pairs = tuple((name.lower(), value) for name, value in headers.items())
    if "json" in entry:
        return json_request(method, entry["url"], entry["json"], pairs)
    return Request(method, entry["url"], pairs).with_body(body.encode())


def _shape(request: Request) -> object:
    """Method, path and the form of the body, which tells a streamed conversation with tools from a plain one."""
    body = json_of(request)
    form = tuple(sorted((name, type(value).__name__) for name, value in body.items())) if isinstance(body, dict) else ()
    streamed = isinstance(body, dict) and body.get("stream") is True
    return request.method, request.url.partition("?")[0], form, streamed
