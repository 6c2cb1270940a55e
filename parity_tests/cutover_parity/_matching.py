"""Finds the recorded exchange that answers an upstream request, and says what differed when none does."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from cutover_parity._differences import differences
from cutover_parity._messages import Exchange, Json, Request, bytes_to_json
from cutover_parity._secrets import masked


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
        if recorded[index] == asked:
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
        "body": body_to_json(request.body),
    }


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
    path, then, now = next(differences(recorded[nearest], asked))
    return (
        f"{place} is not recorded for this route; nearest is upstream request {nearest + 1}, "
        f"{exchanges[nearest].request.method} {exchanges[nearest].request.url}: {path} was {then!r}, is {now!r}"
    )
