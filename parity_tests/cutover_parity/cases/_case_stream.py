"""The cases of a replay as a stream: recorded routes one by one as they are read, then what is generated from them.

Recordings are read twice, neither time held: once to find the seeds and the recorded answers that generated cases are
answered with, once to drive the routes. Duplicates are known by their hash.

    cases = CaseStream([Path("traffic.jsonl")], plan)
    report = replay(legacy, registry, cases, plan=plan)
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from cutover_parity._messages import Exchange, Headers, Json, Route
from cutover_parity.arms._http_stubs import templates_to_json
from cutover_parity.arms._plan import ReplayPlan
from cutover_parity.cases._cases import Case, recorded_case
from cutover_parity.cases._places import place_of
from cutover_parity.cases._variations import Seeds
from cutover_parity.errors import NoSeed
from cutover_parity.recordings._reading import Damage, Recording, read_routes

_MOST_DAMAGE = 100
_CHANGING_HEADERS = {"content-length", "date", "host", "traceparent", "tracestate", "x-request-id", "x-correlation-id"}


class CaseStream:
    """Cases without duplicates, to be walked any number of times.

    `duplicates` counts what the last walk left out, `damage` has the places (the first hundred) that it could not read.

    `provider_path` says where a request names its provider (`routing.name`, `query:provider`, `header:x-provider`), if
    the recorded ones do not show it. `headers` replace recorded ones, a test key say. `more_keys` are tried besides the
    keys of the sites, aliases say.
    """

    def __init__(
        self,
        recordings: Sequence[Recording | Path],
        plan: ReplayPlan,
        *,
        provider_path: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
        more_keys: Iterable[str] = (),
        generate: bool = True,
    ) -> None:
        self._recordings, self._headers, self._generate = recordings, tuple(headers), generate
        wanted = place_of(provider_path) if provider_path else None
        self._seeds = Seeds((*plan.keys, *more_keys), wanted=wanted)
        self.duplicates = 0
        self.damage: list[Damage] = []

    @cached_property
    def templates(self) -> Json:
        """The recorded answers by address, for generated cases at http depth; raise NoSeed if there is no route.

        Where there is none because what is there is damaged, the first damage is raised.
        """
        templates = templates_to_json(self._surveyed())
        if not self._count:
            raise self.damage[0].error if self.damage else NoSeed(len(self._recordings))
        return templates

    @property
    def seeds_left_out(self) -> int:
        """How many kinds of requests were too many to be varied."""
        assert self.templates is not None
        return self._seeds.left_out

    def __iter__(self) -> Iterator[Case]:
        assert self.templates is not None
        self.damage = []
        met: set[bytes] = set()
        self.duplicates = 0
        for case in self._all():
            mark = _mark(case)
            if mark in met:
                self.duplicates += 1
                continue
            met.add(mark)
            yield case

    def _all(self) -> Iterator[Case]:
        for number, route in enumerate(self._routes(), start=1):
            yield recorded_case(route, number)
        if self._generate:
            names: set[str] = set()
            for case in self._seeds.cases():
                if case.id not in names:
                    names.add(case.id)
                    yield case

    def _surveyed(self) -> Iterator[Exchange]:
        self._count = 0
        for route in self._routes():
            self._count += 1
            self._seeds.add(route)
            yield from route.exchanges

    def _routes(self) -> Iterator[Route]:
        for recording in self._recordings:
            entries = recording.routes if isinstance(recording, Recording) else read_routes(recording)
            for entry in entries:
                if isinstance(entry, Route):
                    yield _with_headers(entry, self._headers)
                elif len(self.damage) < _MOST_DAMAGE:
                    self.damage.append(entry)


def cases_from(
    recordings: Sequence[Recording | Path],
    plan: ReplayPlan,
    *,
    provider_path: str | None = None,
    headers: Iterable[tuple[str, str]] = (),
    more_keys: Iterable[str] = (),
    generate: bool = True,
) -> tuple[Case, ...]:
    """Give the cases of a few recordings at once; CaseStream says what the options mean, and holds nothing."""
    return tuple(
        CaseStream(
            recordings, plan, provider_path=provider_path, headers=headers, more_keys=more_keys, generate=generate
        )
    )


def _with_headers(route: Route, headers: Headers) -> Route:
    if not headers:
        return route
    replaced = {name.lower() for name, _ in headers}
    kept = tuple(pair for pair in route.request.headers if pair[0].lower() not in replaced)
    return replace(route, request=replace(route.request, headers=(*kept, *headers)))


def _mark(case: Case) -> bytes:
    exchanges = None if case.exchanges is None else [exchange.request for exchange in case.exchanges]
    headers = sorted(pair for pair in case.request.headers if pair[0].lower() not in _CHANGING_HEADERS)
    parts = (case.request.method, case.request.url, headers, case.request.body, case.script, exchanges, case.leaves)
    return blake2b(repr(parts).encode(errors="surrogatepass"), digest_size=16).digest()
