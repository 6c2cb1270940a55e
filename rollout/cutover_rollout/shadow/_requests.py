"""Whether the candidate's request is the one that the control sent, and if not, in which place it differs.

Compared are method, URL, body and headers, secrets as they are, in memory alone. Values that are new each time are
taken as alike, and what a client library says of itself is left out. Only places are named, never values.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from cutover_parity import Request
from cutover_parity.alongside import differences, settled

Json: TypeAlias = Any
LEFT_OUT = frozenset({
    "accept", "accept-encoding", "baggage", "connection", "content-length", "date", "traceparent", "tracestate",
    "transfer-encoding", "user-agent", "x-request-id",
})  # fmt: skip
OF_CLIENTS = ("x-stainless-",)
_BOUNDARY = re.compile(r'multipart/.*boundary="?([^";,]+)', re.IGNORECASE)


def request_difference(control: Request, candidate: Request) -> str:
    """Name the first place in which two requests differ; empty where they are the same."""
    one, other = _comparable(control), _comparable(candidate)
    if one == other:
        return ""
    found = differences(one, other)
    return f"request {found[0][0]}" if found else ""


def value_difference(control: Json, candidate: Json, *, noise: Iterable[str] = ()) -> str:
    """Name the first place in which two rendered values differ and that is not among the noise."""
    known = set(noise)
    return next((place for place in places(control, candidate) if place not in known), "")


def places(one: Json, other: Json) -> list[str]:
    """Give the places in which two rendered values differ."""
    left, right = _settled(one), _settled(other)
    return [] if left == right else [path or "all of it" for path, _, _ in differences(left, right)]


def _settled(value: Json) -> Json:
    return json.loads(settled(json.dumps(value)))


def _comparable(request: Request) -> Json:
    url = urlsplit(request.url)
    boundary = next((found[1] for value in _kinds(request) if (found := _BOUNDARY.search(value))), None)
    body = request.body if boundary is None else request.body.replace(boundary.encode(), b"boundary")
    asked = {
        "method": request.method,
        "host": f"{url.scheme}://{url.netloc}",
        "path": url.path,
        "query": url.query,
        "headers": _headers(request, boundary),
        "body": _body(body),
    }
    return _settled(asked)


def _kinds(request: Request) -> list[str]:
    return [value for name, value in request.headers if name.lower() == "content-type"]


def _headers(request: Request, boundary: str | None) -> Json:
    grouped: dict[str, list[str]] = {}
    for name, value in request.headers:
        if (lowered := name.lower()) not in LEFT_OUT and not lowered.startswith(OF_CLIENTS):
            grouped.setdefault(lowered, []).append(value.replace(boundary, "boundary") if boundary else value)
    return dict(sorted(grouped.items()))


def _body(body: bytes) -> Json:
    text = body.decode(errors="surrogateescape")
    try:
        return json.loads(text)
    except ValueError:
        return text
