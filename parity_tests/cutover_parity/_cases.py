"""Cases: the recorded routes themselves, and what is generated from them so that every site meets every key.

A recorded request is the seed; the place where it names its provider is varied over the keys of all sites (a site is
also tried with the keys that only its neighbours have) and one unknown key, each with an answer, an error on every
attempt and a failing first attempt. A few keys per seed also meet every other fault.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cutover_parity._messages import Exchange, Json, Request, Route
from cutover_parity._places import Place, find_places, has_json_object, place_of, put, removed
from cutover_parity._plan import UNKNOWN_KEY, ReplayPlan
from cutover_parity._recording import Recording
from cutover_parity._script import ANSWER, Script, Step, step_of
from cutover_parity.errors import NoSeed

OUTCOMES = {
    "answer": ANSWER,
    "error": Script(rest=Step("status", 503)),
    "failover": Script((Step("status", 503),)),
}
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
_CHANGING_HEADERS = {"content-length", "date", "host", "traceparent", "tracestate", "x-request-id", "x-correlation-id"}
_FALLBACK_PLACE = Place("body", ("provider",))


@dataclass(frozen=True, slots=True)
class Case:
    """One request with what its attempts meet; `exchanges` are the recorded ones, None where the script answers.

    `pause` is the seconds (of the virtual clock) since the case before; None gives the case an hour of its own, so that
    breakers and caches have cooled down.
    """

    id: str
    request: Request
    script: Script
    outcome: str
    key: str | None = None
    exchanges: tuple[Exchange, ...] | None = None
    pause: float | None = None

    @property
    def recorded(self) -> bool:
        """Whether the case is a recorded route as it was."""
        return self.exchanges is not None

    def to_json(self) -> Json:
        """Give what a worker needs."""
        return {
            "id": self.id,
            "request": self.request.to_json(),
            "script": self.script.to_json(),
            "exchanges": None if self.exchanges is None else [exchange.to_json() for exchange in self.exchanges],
            "pause": self.pause,
        }


def cases_from(
    recordings: Sequence[Recording],
    plan: ReplayPlan,
    *,
    provider_path: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    more_keys: Iterable[str] = (),
    generate: bool = True,
) -> tuple[Case, ...]:
    """Make the cases of a replay, without duplicates.

    `provider_path` says where a request names its provider (`routing.name`, `query:provider`, `header:x-provider`), if
    the recorded ones do not show it. `headers` replace recorded ones, a test key say. `more_keys` are tried besides the
    keys of the sites, aliases say.
    """
    routes = [_with_headers(route, tuple(headers)) for recording in recordings for route in recording.routes]
    if not routes:
        raise NoSeed(len(recordings))
    cases = [*_recorded(routes)]
    if generate:
        wanted = place_of(provider_path) if provider_path else None
        cases += _generated(routes, (*plan.keys, *more_keys), wanted)
    return tuple(_without_duplicates(cases))


def _with_headers(route: Route, headers: tuple[tuple[str, str], ...]) -> Route:
    replaced = {name.lower() for name, _ in headers}
    kept = tuple(pair for pair in route.request.headers if pair[0].lower() not in replaced)
    return replace(route, request=replace(route.request, headers=(*kept, *headers)))


def _recorded(routes: Iterable[Route]) -> Iterator[Case]:
    for number, route in enumerate(routes, start=1):
        script = Script(tuple(step_of(exchange) for exchange in route.exchanges))
        name = f"recorded {number}: {route.request.method} {route.request.url}"
        yield Case(name, route.request, script, _outcome(script), exchanges=route.exchanges)


def _outcome(script: Script) -> str:
    failing = [step.fails for step in script.steps]
    if not any(failing):
        return "answer"
    return "error" if failing[-1] else "failover"


def _generated(routes: Sequence[Route], keys: tuple[str, ...], wanted: Place | None) -> Iterator[Case]:
    learnt = _learnt(routes, keys)
    for name, seed in _seeds(routes).items():
        places = (wanted,) if wanted else find_places(seed, keys) or learnt
        for place in places:
            yield from _varied(f"{name} [{place}]", seed, place=place, keys=keys)


def _learnt(routes: Sequence[Route], keys: tuple[str, ...]) -> tuple[Place, ...]:
    for route in routes:
        places = [place for place in find_places(route.request, keys) if place.part != "path" and not place.tail]
        if places:
            return tuple(places)
    return (_FALLBACK_PLACE,)


def _varied(name: str, seed: Request, *, place: Place, keys: tuple[str, ...]) -> Iterator[Case]:
    probes = (*keys[:_PROBES], UNKNOWN_KEY)
    for key in (*keys, UNKNOWN_KEY, ""):
        yield from _with_outcomes(f"{name} {key or '(empty)'}", put(seed, place, key), key)
        for label, script in _fault_scripts() if key in probes else ():
            yield Case(f"{name} {key}: {label}", put(seed, place, key), script, "fault", key)
    yield from _with_outcomes(f"{name} (absent)", removed(seed, place), None)


def _with_outcomes(name: str, request: Request, key: str | None) -> Iterator[Case]:
    for outcome, script in OUTCOMES.items():
        yield Case(f"{name}: {outcome}", request, script, outcome, key)


def _fault_scripts() -> Iterator[tuple[str, Script]]:
    for fault in _FAULTS:
        yield f"{fault}, then answers", Script((fault,))
        yield f"{fault} always", Script(rest=fault)
    failing = Step("status", 503)
    yield "two attempts fail", Script((failing, failing))
    yield "second call fails", Script((Step(), failing))


def _seeds(routes: Sequence[Route]) -> dict[str, Request]:
    seeds: dict[str, Request] = {}
    for route in sorted(routes, key=lambda route: route.answer is None or route.answer.status >= 400):
        seeds.setdefault(_seed_name(route.request), route.request)
    for request in list(seeds.values()):
        for variant in _stream_variants(request):
            seeds.setdefault(_seed_name(variant), variant)
    return seeds


def _seed_name(request: Request) -> str:
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


def _without_duplicates(cases: Iterable[Case]) -> Iterator[Case]:
    met: set[Any] = set()
    names: set[str] = set()
    for case in cases:
        exchanges = None if case.exchanges is None else tuple(exchange.request for exchange in case.exchanges)
        headers = frozenset(pair for pair in case.request.headers if pair[0].lower() not in _CHANGING_HEADERS)
        mark = (case.request.method, case.request.url, headers, case.request.body, case.script, exchanges)
        if mark not in met and case.id not in names:
            met.add(mark)
            names.add(case.id)
            yield case
