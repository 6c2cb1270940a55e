"""Cases generated from recorded requests, so that every site meets every key.

A recorded request is the seed; the place where it names its provider is varied over the keys of all sites (a site is
also tried with the keys that only its neighbours have) and one unknown key, each with an answer, an error on every
attempt and a failing first attempt, and a stream is cut for each key. A few keys per seed also meet every other fault;
a stream of theirs comes slowly once, and is left by the caller once.
"""

import json
from collections.abc import Iterator
from typing import Any

from cutover_parity._messages import Request, Route
from cutover_parity.arms._plan import UNKNOWN_KEY
from cutover_parity.cases._cases import OUTCOMES, Case
from cutover_parity.cases._places import Place, find_places, has_json_object, put, removed
from cutover_parity.cases._script import Script, Step

MOST_SEEDS = 100
_STATUSES = (400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 504)
_FAULTS = (
    *(Step("status", status) for status in _STATUSES),
    Step("timeout"),
    Step("connect"),
    Step("value"),
    Step("malformed"),
    Step("cut", 1),
)
_PROBES = 2
_SLOWLY = 2.0
_LEAVES = 1
_FALLBACK_PLACE = Place("body", ("provider",))


class Seeds:
    """The requests to generate from: one for each method, path and way of streaming, however many routes there are.

    A request that was answered well is better than one that was not. `left_out` counts the kinds beyond `most`.
    """

    def __init__(self, keys: tuple[str, ...], *, wanted: Place | None = None, most: int = MOST_SEEDS) -> None:
        self._keys, self._wanted, self._most = keys, wanted, most
        self._good: dict[str, Request] = {}
        self._poor: dict[str, Request] = {}
        self._learnt: tuple[Place, ...] = ()
        self._beyond: set[int] = set()

    @property
    def left_out(self) -> int:
        """How many kinds of requests are not varied, since there are too many."""
        return len(self._beyond)

    def add(self, route: Route) -> None:
        """Consider one recorded route; one that neither asked upstream nor can name a provider is no seed."""
        self._learn(route.request)
        if not route.exchanges and not self._nameable(route.request):
            return
        name = _name(route.request)
        if name not in self._good and name not in self._poor and len(self._good) + len(self._poor) >= self._most:
            self._beyond.add(hash(name))
            return
        good = route.answer is not None and route.answer.status < 400
        (self._good if good else self._poor).setdefault(name, route.request)

    def cases(self) -> Iterator[Case]:
        """Vary every seed."""
        for name, seed in self._requests().items():
            places = (self._wanted,) if self._wanted else find_places(seed, self._keys) or self._learnt
            for place in places or (_FALLBACK_PLACE,):
                yield from _varied(f"{name} [{place}]", seed, place=place, keys=self._keys)

    def _nameable(self, request: Request) -> bool:
        elsewhere = self._wanted is not None and self._wanted.part != "body"
        return elsewhere or has_json_object(request) or bool(find_places(request, self._keys))

    def _learn(self, request: Request) -> None:
        if not self._learnt:
            found = find_places(request, self._keys)
            self._learnt = tuple(place for place in found if place.part != "path" and not place.tail)

    def _requests(self) -> dict[str, Request]:
        seeds = self._good | {name: request for name, request in self._poor.items() if name not in self._good}
        for request in list(seeds.values()):
            for variant in _stream_variants(request):
                seeds.setdefault(_name(variant), variant)
        return seeds


def _varied(name: str, seed: Request, *, place: Place, keys: tuple[str, ...]) -> Iterator[Case]:
    probes = (*keys[:_PROBES], UNKNOWN_KEY)
    for key in (*keys, UNKNOWN_KEY, ""):
        yield from _with_outcomes(f"{name} {key or '(empty)'}", put(seed, place, key), key)
        for label, script in _fault_scripts() if key in probes else ():
            yield Case(f"{name} {key}: {label}", put(seed, place, key), script, "fault", key)
        if _body(seed).get("stream") is True:
            yield from _taken_otherwise(f"{name} {key or '(empty)'}", put(seed, place, key), key, fully=key in probes)
    yield from _with_outcomes(f"{name} (absent)", removed(seed, place), None)


def _with_outcomes(name: str, request: Request, key: str | None) -> Iterator[Case]:
    for outcome, script in OUTCOMES.items():
        yield Case(f"{name}: {outcome}", request, script, outcome, key)


def _taken_otherwise(name: str, request: Request, key: str, *, fully: bool) -> Iterator[Case]:
    cut = Step("cut", _LEAVES)
    if not fully:
        yield Case(f"{name}: {cut} always", request, Script(rest=cut), "fault", key)
        return
    slow = Script(rest=Step("slow", seconds=_SLOWLY))
    yield Case(f"{name}: {slow.rest}", request, slow, "fault", key)
    yield Case(f"{name}: the caller leaves after {_LEAVES} chunk", request, Script(), "fault", key, leaves=_LEAVES)


def _fault_scripts() -> Iterator[tuple[str, Script]]:
    for fault in _FAULTS:
        yield f"{fault}, then answers", Script((fault,))
        yield f"{fault} always", Script(rest=fault)
    failing = Step("status", 503)
    yield "two attempts fail", Script((failing, failing))
    yield "second call fails", Script((Step(), failing))


def _name(request: Request) -> str:
    streamed = " streamed" if _body(request).get("stream") is True else ""
    return f"{request.method} {request.url.partition('?')[0]}{streamed}"


def _stream_variants(request: Request) -> Iterator[Request]:
    body = _body(request)
    if body and has_json_object(request):
        for wanted in (True, False):
            yield request.with_body(json.dumps({**body, "stream": wanted}, ensure_ascii=False).encode())


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
