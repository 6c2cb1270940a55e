"""The reckoning: what the upstream, the seam and the callers saw, beside what telemetry stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chaos_run._plan import PROVIDERS, number_of
from chaos_run._seam import LEFT
from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.store import Store, Window

MILLISECOND = 1_000_000
CLOCKS = 20 * MILLISECOND
"""What an ordinary clock may have been set by while a performance counter went on."""
MOST = 10**9
UNREACHED = ("UnicodeEncodeError", "httpx.", LEFT, None)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Finding:
    """Something that had to hold: `held` with its figure, or what differs."""

    what: str
    figure: str
    differences: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether nothing differs."""
        return not self.differences


@dataclass(frozen=True)
class Called:
    """One call as the seam saw it."""

    provider: str
    function: str
    model: str
    begin: int
    end: int | None
    error: str | None
    chunks: int | None

    @property
    def key(self) -> Key:
        """By which it is found again."""
        return self.provider, self.function, self.model


@dataclass(frozen=True)
class Evidence:
    """All that is reckoned with; `workers` are the gateways' own accounts, `reached` the upstream's count."""

    calls: Sequence[Called]
    workers: Sequence[Mapping[str, Any]]
    reached: Counter[tuple[str, int]]
    numbers: Sequence[int]
    routes: Sequence[RouteRecord]
    lone: Sequence[AttemptRecord]
    store: Store

    @classmethod
    def of(
        cls, store: Store, workers: Sequence[Mapping[str, Any]], reached: Mapping[str, int], numbers: Sequence[int]
    ) -> Evidence:
        """Read the store, and what the others left."""
        calls = [Called(*call) for worker in workers for call in worker["calls"]]
        routes = [one.record for one in store.query.recent(Window.everything(), most=MOST)]
        kept = Counter(attempt for route in routes for attempt in route.attempts)
        every = Counter(store.query.attempts(Window.everything(), most=MOST))
        counted: Counter[tuple[str, int]] = Counter()
        for named, count in reached.items():
            provider, model = named.split(" ", 1)
            counted[provider, number_of(model) or 0] += count
        return cls(calls, workers, counted, numbers, routes, list((every - kept).elements()), store)

    @property
    def attempts(self) -> list[AttemptRecord]:
        """All that were stored."""
        return [*(attempt for route in self.routes for attempt in route.attempts), *self.lone]


def reckon(found: Evidence) -> list[Finding]:
    """Everything that has to hold."""
    return [
        _made(found),
        _reached(found),
        _matched(found),
        _counted(found),
        _failures(found),
        _streams(found),
        _sums(found),
        _routes(found),
        _callers(found),
        _spans(found),
        _kept(found),
        _everything_met(found),
    ]


def _made(found: Evidence) -> Finding:
    """Attempts in the store are attempts made, for each provider and on both arms together."""
    made = Counter(call.provider for call in found.calls)
    counts = Counter[str]()
    for card in found.store.query.scorecard(Window.everything()).providers:
        counts[card.provider] += card.volume.attempts
    differences = _unequal(made, counts, "made", "in the store's counts")
    return Finding("attempts made = attempts in the store", f"{made.total():,}", differences)


def _reached(found: Evidence) -> Finding:
    """What the upstream counted, and the calls that never reached it, are the calls that were made."""
    made: dict[tuple[str, int], list[Called]] = {}
    for call in found.calls:
        made.setdefault((call.provider, number_of(call.model) or 0), []).append(call)
    differences = [f"{key}: reached the upstream and was never called" for key in found.reached.keys() - made.keys()]
    unreached = 0
    for key, calls in made.items():
        missing = len(calls) - found.reached[key]
        unreached += missing
        could = sum(call.error is None or call.error.startswith(UNREACHED[:3]) for call in calls if not _whole(call))
        if not 0 <= missing <= could:
            differences.append(f"{key}: {len(calls)} calls, {found.reached[key]} reached the upstream")
    figure = f"{found.reached.total():,} reached it, {unreached:,} never did"
    return Finding("the upstream's own count + calls that never reached it = calls made", figure, tuple(differences))


def _matched(found: Evidence) -> Finding:
    """Each call has one record, and each record its call, that says how it ended."""
    calls: dict[Key, list[Called]] = {}
    for call in found.calls:
        calls.setdefault(call.key, []).append(call)
    records = _by_key(found)
    differences = [f"{key}: recorded and never called" for key in records.keys() - calls.keys()]
    for key, own in calls.items():
        known = records.get(key, [])
        if len(known) != len(own):
            differences.append(f"{key}: {len(own)} calls, {len(known)} records")
        else:
            pairs = zip(sorted(own, key=lambda call: call.begin), known, strict=True)
            differences += [difference for call, record in pairs for difference in _differing(call, record)]
    return Finding("each call has one record that says how it ended", f"{len(found.calls):,}", tuple(differences))


def _by_key(found: Evidence) -> dict[Key, list[AttemptRecord]]:
    """The records of each call's provider, function and model; a default arm may call one twice in a route."""
    records: dict[Key, list[AttemptRecord]] = {}
    for attempt in sorted(found.attempts, key=lambda record: record.started):
        records.setdefault((attempt.provider, attempt.function, attempt.model or ""), []).append(attempt)
    return records


def _differing(call: Called, record: AttemptRecord) -> Iterator[str]:
    given_up = call.end is None or record.ended < call.end
    told = LEFT if record.cancelled else record.error_type
    if told == call.error or (given_up and told in {LEFT, "abandoned"}):
        return
    yield f"{call.key}: ended with {call.error}, recorded as {told}"


def _counted(found: Evidence) -> Finding:
    """Counts and the records that were kept as they were agree, and no writer lost any."""
    account = found.store.query.account()
    kept = Counter({"attempts": len(found.attempts), "routes": len(found.routes)})
    counted = Counter({"attempts": account.attempts, "routes": account.routes})
    lost = Counter({"dropped": account.dropped, "unkept": account.unkept})
    differences = [*_unequal(kept, counted, "kept", "counted"), *_unequal(lost, Counter(), "lost", "allowed")]
    return Finding("attempts kept as they were = attempts counted; none lost", f"{account.attempts:,}", (*differences,))


def _failures(found: Evidence) -> Finding:
    """Every failed call is counted with its type."""
    made = Counter(
        f"{record.provider} {record.error_type}" for record in found.attempts if record.error_type is not None
    )
    counts = Counter[str]()
    for card in found.store.query.scorecard(Window.everything()).providers:
        counts.update({f"{card.provider} {kind}": count for kind, count in card.volume.errors.items()})
    seen = Counter(call.error for call in found.calls if call.error not in {None, LEFT})
    kinds = Counter(record.error_type for record in found.attempts if record.error_type is not None)
    differences = [*_unequal(made, counts, "recorded", "counted")]
    differences += [f"{kind}: seen {count} times, counted {kinds[kind]}" for kind, count in seen.items()
                    if not count - kinds["abandoned"] <= kinds[kind] <= count]  # fmt: skip
    return Finding("failed calls counted with their type", f"{made.total():,} of {len(kinds)} types", (*differences,))


def _streams(found: Evidence) -> Finding:
    """A stream's attempt lasts until the stream's end, and has all its chunks."""
    records = {key: own[0] for key, own in _by_key(found).items() if len(own) == 1}
    streams = [(call, records[call.key]) for call in found.calls if call.chunks and call.key in records]
    differences = [
        f"{call.key}: {call.chunks} chunks until {call.end}, recorded {record.chunks} until {record.ended}"
        for call, record in streams
        if call.end is not None
        and call.error != LEFT
        and not record.cancelled
        and (record.chunks != call.chunks or record.ended < call.end - MILLISECOND)
    ]
    return Finding("streams are followed to their end", f"{len(streams):,}", tuple(differences))


def _sums(found: Evidence) -> Finding:
    """Attempts, counted once where they overlap, and gaps make up the route."""
    worst, differences = 0, []
    for route in found.routes:
        off = abs(covered(route) - (route.ended - route.started))
        worst = max(worst, off)
        if off > MILLISECOND:
            differences.append(f"{route.alias}: off by {off / MILLISECOND:.3f} ms")
    return Finding("attempts + gaps = route, within 1 ms", f"worst {worst / MILLISECOND:.3f} ms", tuple(differences))


def _routes(found: Evidence) -> Finding:
    """Each route that called a provider is one record, and its attempts bear its number, in order."""
    differences = []
    seen: Counter[int | None] = Counter()
    for route in found.routes:
        numbers = {number_of(attempt.model) for attempt in route.attempts}
        if len(numbers) > 1:
            differences.append(f"a route with attempts of {numbers}")
        if [attempt.number for attempt in route.attempts] != list(range(1, len(route.attempts) + 1)):
            differences.append(f"{route.alias}: numbered {[attempt.number for attempt in route.attempts]}")
        seen.update(numbers)
    differences += [f"{number}: {count} routes" for number, count in seen.items() if count > 1]
    called = {number_of(call.model) for call in found.calls}
    differences += [f"{number}: it called a provider and has no route" for number in called - set(seen)]
    return Finding("each request that called a provider is one route", f"{len(found.routes):,}", tuple(differences))


def _callers(found: Evidence) -> Finding:
    """The caller's own span is as the caller made it, and each route lies in one, in its trace."""
    touched = [text for worker in found.workers for text in worker["touched"]]
    callers = {trace: times for worker in found.workers for trace, times in worker["callers"].items()}
    if len(callers) > len(found.numbers):
        touched.append(f"{len(callers)} spans of {len(found.numbers)} requests")
    for route in found.routes:
        begin, end = callers.get(route.trace_id, (None, None))
        if begin is None or not begin - CLOCKS <= route.started <= route.ended <= end + CLOCKS:
            touched.append(f"{route.alias}: {route.started} to {route.ended}, its caller's span {begin} to {end}")
    return Finding("the caller's own span is untouched, its route inside", f"{len(callers):,} spans", tuple(touched))


def _spans(found: Evidence) -> Finding:
    """Spans and metrics count the same attempts as the store."""
    spans, made = Counter[str](), Counter(call.provider for call in found.calls)
    for worker in found.workers:
        spans.update(worker["spans"])
    dropped = sum(worker["spans_dropped"] for worker in found.workers)
    measured = sum(worker["metrics"].get("gen_ai.client.operation.duration", 0) for worker in found.workers)
    differences = list(_unequal(made, spans, "made", "exported as spans")) if not dropped else []
    routes = sum(worker["route_spans"] for worker in found.workers)
    if spans.total() + routes + dropped != len(found.attempts) + len(found.routes):
        differences.append(f"{spans.total()} + {routes} spans exported and {dropped} dropped")
    if measured != made.total():
        differences.append(f"{measured} attempts measured, {made.total()} made")
    figure = f"{spans.total() + routes:,} exported, {dropped:,} dropped and counted; {measured:,} measured"
    return Finding("spans and metrics have the same attempts", figure, tuple(differences))


def _kept(found: Evidence) -> Finding:
    """No process lost a record or swallowed an error of its own; a file that is busy is tried again."""
    differences = [
        f"worker {place}: {name} is {worker[name]!r}"
        for place, worker in enumerate(found.workers)
        for name, good in (("stored", True), ("dropped", 0), ("unkept", 0), ("faults", 0))
        if worker[name] != good
    ]
    again = sum(worker["tried_again"] for worker in found.workers)
    figure = f"{len(found.workers)} processes; {again} batches waited for another writer"
    return Finding("every process stored all it had, without a fault", figure, tuple(differences))


def _everything_met(found: Evidence) -> Finding:
    """The run had all providers, both arms and every way to fail in it."""
    providers = {attempt.provider for attempt in found.attempts}
    arms = {attempt.arm for attempt in found.attempts}
    differences = [f"{provider} was never called" for provider in PROVIDERS if provider not in providers]
    differences += [f"nothing ran on the {arm} arm" for arm in ("legacy", "registry") if arm not in arms]
    figure = f"{len(providers)} providers, {' and '.join(sorted(arms))}"
    return Finding("all providers on both arms", figure, tuple(differences))


def covered(route: RouteRecord) -> int:
    """Nanoseconds of attempts, counted once where they overlap, and of gaps."""
    reached, total = route.started, sum(end - start for start, end in route.gaps)
    for attempt in sorted(route.attempts, key=lambda one: one.started):
        total += max(0, attempt.ended - max(attempt.started, reached))
        reached = max(reached, attempt.ended)
    return total


def _whole(call: Called) -> bool:
    """Whether an answer came, so that the call must have reached the upstream."""
    return call.error is None and (call.end is not None or bool(call.chunks))


def _unequal(one: Counter[str], other: Counter[str], first: str, second: str) -> tuple[str, ...]:
    names: Iterable[str] = sorted(one.keys() | other.keys())
    return tuple(f"{name}: {one[name]} {first}, {other[name]} {second}" for name in names if one[name] != other[name])
