"""Requests made from a seed: its body varied as JSON, its provider named some way, now and then no request at all."""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from hypothesis import strategies as st

from cutover_parity._messages import Json, Request
from cutover_parity.cases._bodies import conversations, is_conversation, json_of, streams, written
from cutover_parity.cases._naming import Naming, named, named_body
from cutover_parity.cases._places import Place
from cutover_parity.strategies._messages import messages
from cutover_parity.strategies._mutations import mutated
from cutover_parity.strategies._options import OPTIONS
from cutover_parity.strategies._values import rarely

_DAMAGED = 24
_MUTATED = 4
_HEADERS = (
    ("content-type", "text/plain"),
    ("content-type", "application/json; charset=utf-16"),
    ("content-type", ""),
    ("accept", "text/event-stream"),
    ("accept-encoding", "gzip"),
    ("content-encoding", "gzip"),
    ("x-request-id", "one"),
    ("idempotency-key", "one"),
    ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ("authorization", "Bearer"),
    ("x-empty", ""),
)
_BODIES = (b"", b"{", b"null", b"[]", b'"text"', b"\xef\xbb\xbf{}", b"\xff\xfe", b"{}" * 2, b"a=1&b=2", b"NaN")


@st.composite
def requests(
    draw: st.DrawFn, seed: Request, *, place: Place | None = None, naming: Naming | None = None, damaged: bool = True
) -> Request:
    """A request like the seed; `naming` says what stands at `place`; shrinks to the seed with that naming."""
    request, body = seed, json_of(seed)
    if isinstance(body, dict | list):
        body = draw(bodies(body))
        if place is not None and naming is not None and place.part == "body":
            body = named_body(body, place, naming)
        request = seed.with_body(draw(_written(body)))
    if place is not None and naming is not None and place.part != "body":
        request = named(request, place, naming)
    return _damaged(draw, request) if damaged and draw(rarely(_DAMAGED)) else request


@st.composite
def bodies(draw: st.DrawFn, seed: Json) -> Json:
    """A body like the seed: with other messages and more options where it is a conversation, and a few mutations."""
    body = dict(seed) if isinstance(seed, dict) else seed
    if isinstance(body, dict):
        for name in conversations(body):
            if draw(rarely(2)):
                body[name] = draw(messages())
        if streams(body):
            body.update({"stream": True} if draw(rarely(2)) else {})
        body.update(draw(_options(body)))
    return draw(mutated(body)) if draw(rarely(_MUTATED)) else body


@st.composite
def _options(draw: st.DrawFn, body: Mapping[str, Json]) -> dict[str, Json]:
    named_there = sorted({*body} & {*OPTIONS})
    names = tuple(OPTIONS if is_conversation(body) else named_there)
    wanted = draw(_some(names)) if names else []
    return {name: draw(OPTIONS[name]) for name in wanted}


@cache
def _some(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    few = st.lists(st.sampled_from(names), unique=True, max_size=3)
    many = st.lists(st.sampled_from(names), unique=True, min_size=min(4, len(names)), max_size=12)
    return few | many


@cache
def _forms() -> st.SearchStrategy[dict[str, Any]]:
    forms: tuple[dict[str, Any], ...] = ({}, {}, {"ensure_ascii": True}, {"indent": 1})
    return st.sampled_from(forms)


@st.composite
def _written(draw: st.DrawFn, body: Json) -> bytes:
    form = draw(_forms())
    return json.dumps(body, **form).encode() if form else written(body)


def _damaged(draw: st.DrawFn, request: Request) -> Request:
    match draw(st.sampled_from(("header", "no header", "body", "cut", "query", "method"))):
        case "header":
            header = draw(st.sampled_from(_HEADERS))
            kept = tuple(pair for pair in request.headers if pair[0].lower() != header[0])
            return replace(request, headers=(*kept, header))
        case "no header" if request.headers:
            gone = draw(st.sampled_from(request.headers))
            return replace(request, headers=tuple(pair for pair in request.headers if pair != gone))
        case "body":
            return request.with_body(draw(st.sampled_from(_BODIES)))
        case "cut":
            return request.with_body(request.body[: draw(st.integers(0, len(request.body)))])
        case "query":
            mark = "&" if "?" in request.url else "?"
            return replace(
                request, url=request.url + mark + draw(st.sampled_from(("a=1", "stream=true", "=", "a=%FF")))
            )
        case _:
            return replace(request, method=draw(st.sampled_from(("GET", "PUT", "HEAD", "OPTIONS", "DELETE"))))
