"""Finds the recorded exchange that answers an upstream request, and says what differed when none does.

Compared are method, URL and body, with every secret alike. What cannot be the same again is left out: the boundary of
a multipart body, the part of a body that the recorder did not keep, and a body that was never sent since no connection
came about. Where nothing matches exactly, values that are new each time (UUIDs, long hexadecimal ids, moments) are
taken as alike; last, words that the recording has masked agree with what they may stand for.
"""

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from cutover_parity._messages import Exchange, Json, Request, bytes_to_json
from cutover_parity.compare._differences import differences
from cutover_parity.recordings._agreement import agrees
from cutover_parity.secrets._secrets import masked

_BOUNDARY = re.compile(r'multipart/.*boundary="?([^";,]+)', re.IGNORECASE)
_NEW_VALUE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-f]{24,64}|[0-9A-F]{24,64}"
    r"|20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?|1[6-9]\d{8}(?:\.\d+|\d{3})?)(?![0-9A-Za-z])"
)


@dataclass(frozen=True, slots=True)
class Matched:
    """The recorded exchange with this index answers the request."""

    index: int
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Unmatched:
    """No recorded exchange answers the request; the message names the nearest."""

    message: str


def match(request: Request, exchanges: list[Exchange], used: set[int]) -> Matched | Unmatched:
    """Match on method, URL and body, secrets aside; the first one that is not used up wins."""
    asked = comparable(request)
    left = [index for index in range(len(exchanges)) if index not in used]
    recorded = {index: comparable(exchanges[index].request) for index in left}
    for index in left:
        if recorded[index] == asked or _alike_as_far_as_known(request, exchanges[index]):
            return Matched(index, exchanges[index])
    for index in left:
        if _without_new_values(recorded[index]) == _without_new_values(asked):
            return Matched(index, exchanges[index])
    for index in left:
        if agrees(recorded[index], asked):
            return Matched(index, exchanges[index])
    return Unmatched(_explained(request, asked, exchanges, recorded))


def comparable(request: Request) -> Json:
    """Give what is matched of a request, with every secret alike."""
    url = urlsplit(masked(request.url))
    return {
        "method": request.method,
        "host": url.netloc,
        "path": url.path,
        "query": url.query,
        "body": body_to_json(_without_boundary(request)),
    }


def _alike_as_far_as_known(request: Request, exchange: Exchange) -> bool:
    known = exchange.request
    never_sent = exchange.error is not None and not known.body
    if not (never_sent or known.lost):
        return False
    cut = replace(request, body=request.body[: len(known.body)], lost=0)
    return bool(comparable(cut) == comparable(replace(known, lost=0)))


def _without_boundary(request: Request) -> bytes:
    kinds = [value for name, value in request.headers if name.lower() == "content-type"]
    found = _BOUNDARY.search(kinds[0]) if kinds else None
    return request.body.replace(found[1].encode(), b"boundary") if found else request.body


def _without_new_values(asked: Json) -> Json:
    return {part: settled(json.dumps(value)) for part, value in asked.items()}


def settled(text: str) -> str:
    """Give a text with values that are new each time (UUIDs, long hexadecimal ids, moments) alike."""
    return _NEW_VALUE.sub("new", text)


def body_to_json(body: bytes) -> Json:
    """Give a body as data if it is JSON, else as text."""
    try:
        return json.loads(masked(body.decode()))
    except ValueError:
        return bytes_to_json(body)


def _explained(request: Request, asked: Json, exchanges: list[Exchange], recorded: dict[int, Json]) -> str:
    place = f"{request.method} {request.url}"
    if not recorded:
        number = len(exchanges)
        return f"{place} is not recorded for this route: " + (
            f"all {number} recorded upstream requests were made already" if number else "it made no upstream request"
        )
    nearest = max(recorded, key=lambda index: (sum(recorded[index][part] == asked[part] for part in asked), -index))
    path, then, now = next(iter(differences(recorded[nearest], asked)))
    return (
        f"{place} is not recorded for this route; nearest is upstream request {nearest + 1}, "
        f"{exchanges[nearest].request.method} {exchanges[nearest].request.url}: {path} was {then!r}, is {now!r}"
    )
