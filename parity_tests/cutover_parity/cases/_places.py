"""Where a request names its provider: found by looking for known keys, so that no gateway's field names are assumed."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl, quote, urlencode

from cutover_parity._messages import Json, Request

Part: TypeAlias = Literal["body", "query", "header", "path"]
Address: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a request: a path into the JSON body, a query parameter, a header, or a segment of the URL's path.

    `tail` follows the key where the key is only the front of the value ("key/model").
    """

    part: Part
    address: Address
    tail: str = ""

    def __str__(self) -> str:
        dotted = ".".join(str(step) for step in self.address)
        return f"{self.part} {dotted}" + (f" before {self.tail!r}" if self.tail else "")


def place_of(text: str) -> Place:
    """Read a `provider_path` option: `provider`, `body.routing.0.name`, `query:provider` or `header:x-provider`."""
    part, colon, name = text.partition(":")
    if colon and part in {"query", "header"}:
        return Place("query", (name,)) if part == "query" else Place("header", (name.lower(),))
    steps = text.removeprefix("body.").removeprefix("body:").split(".")
    return Place("body", tuple(int(step) if step.isdigit() else step for step in steps))


def find_places(request: Request, keys: Collection[str]) -> tuple[Place, ...]:
    """Find the places whose whole value is a known key, or else those whose value begins with one."""
    body = _json(request)
    exact = [Place("body", address) for address, value in _leaves(body) if value in keys]
    exact += [Place("query", (name,)) for name, value in _query(request) if value in keys]
    exact += [Place("header", (name.lower(),)) for name, value in request.headers if value in keys]
    exact += [Place("path", (index,)) for index, segment in enumerate(_segments(request)) if segment in keys]
    return tuple(exact) or tuple(_fronts(body, keys))


def put(request: Request, place: Place, key: str) -> Request:
    """Give the request with this key in this place, which need not have been there."""
    if place.part == "body":
        return _put_in_body(request, place, key)
    if place.part == "header":
        others = tuple(pair for pair in request.headers if pair[0].lower() != place.address[0])
        return replace(request, headers=(*others, (str(place.address[0]), key)))
    if place.part == "query":
        others_ = [pair for pair in _query(request) if pair[0] != place.address[0]]
        query = urlencode([*others_, (str(place.address[0]), key)])
        return replace(request, url=f"{request.url.partition('?')[0]}?{query}")
    segments = _segments(request)
    segments[int(place.address[0])] = quote(key, safe="")
    _, mark, query = request.url.partition("?")
    return replace(request, url="/".join(segments) + mark + query)


def removed(request: Request, place: Place) -> Request:
    """Give the request without this place: it names no provider; a path's segment cannot be left out."""
    if place.part == "body":
        return _removed_from_body(request, place)
    if place.part == "header":
        kept = tuple(pair for pair in request.headers if pair[0].lower() != place.address[0])
        return replace(request, headers=kept)
    if place.part == "query":
        query = urlencode([pair for pair in _query(request) if pair[0] != place.address[0]])
        return replace(request, url=request.url.partition("?")[0] + (f"?{query}" if query else ""))
    return request


def has_json_object(request: Request) -> bool:
    """Whether the request's body is a JSON object."""
    return isinstance(_json(request), dict)


def _put_in_body(request: Request, place: Place, key: str) -> Request:
    body = _json(request)
    if not isinstance(body, dict):
        return request
    holder: Any = body
    for step in place.address[:-1]:
        holder = holder.setdefault(step, {}) if isinstance(holder, dict) else holder[int(step)]
    last = place.address[-1]
    holder[last] = key + place.tail
    return request.with_body(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _removed_from_body(request: Request, place: Place) -> Request:
    holder = body = _json(request)
    for step in place.address[:-1]:
        holder = holder.get(step) if isinstance(holder, dict) else None
    if not isinstance(holder, dict) or place.address[-1] not in holder:
        return request
    del holder[place.address[-1]]
    return request.with_body(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _json(request: Request) -> Json:
    try:
        return json.loads(request.body)
    except ValueError:
        return None


def _leaves(value: Json, address: Address = ()) -> Iterator[tuple[Address, str]]:
    if isinstance(value, str):
        yield address, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, (*address, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*address, index))


def _fronts(body: Json, keys: Collection[str]) -> Iterator[Place]:
    for address, value in _leaves(body):
        front = re.match(r"([^/:\s]+)([/:].+)", value)
        if front and front[1] in keys:
            yield Place("body", address, front[2])


def _query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.url.partition("?")[2], keep_blank_values=True)


def _segments(request: Request) -> list[str]:
    return request.url.partition("?")[0].split("/")
