"""What is counted of attempts and routes: by minute, and by a series of each kind.

attempt    provider, arm, site     attempts, answered, failed, cancelled, tokens, failovers away from it and to it,
                                   each error; latency, first chunk
route      arm, outcome, name      routes, attempts, disconnected, seconds lost, each error; latency, overhead
failover   away, to                failovers, seconds lost, requests saved (the one that took over answered)
skip       provider, reason        skips

All of it is additive: the tally of two stretches of time, or of two processes, is the sum of their tallies. Latency is
that of attempts that gave their whole answer, as in the summary: a provider that fails fast is not a fast one. The
minute is that of the end.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from cutover_telemetry._records import MIXED, AttemptRecord, FailoverRecord, RouteOutcome, RouteRecord
from cutover_telemetry.store._sketch import Sketch
from cutover_telemetry.store._window import END_OF_TIME, MINUTE, NANOSECONDS

ATTEMPT, ROUTE, FAILOVER, SKIP = KINDS = ("attempt", "route", "failover", "skip")
LATENCY, FIRST_CHUNK, OVERHEAD = "latency", "first_chunk", "overhead"
MEASURES = (LATENCY, FIRST_CHUNK, OVERHEAD)
ERROR = "error "
OTHER = "(other)"
OK = RouteOutcome.OK.value
MOST_ERRORS = 40
LONGEST_LABEL = 200
AT_ONCE = 64
"""Records of a series that are counted together."""

Counts = defaultdict[str, float]
Record = TypeVar("Record", AttemptRecord, RouteRecord)


class Series(NamedTuple):
    """What is counted together."""

    kind: str
    first: str | None
    second: str | None
    third: str | None


@dataclass(slots=True)
class Tally:
    """Counts by name, and a sketch of each measure."""

    counts: Counts = field(default_factory=lambda: defaultdict(int))
    sketches: dict[str, Sketch] = field(default_factory=dict)

    @classmethod
    def merged(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sum of some tallies."""
        made = cls()
        counts, sketches = made.counts, defaultdict(list)
        for tally in tallies:
            for name, count in tally.counts.items():
                counts[name] += count
            for measure, sketch in tally.sketches.items():
                sketches[measure].append(sketch)
        made.sketches = {measure: Sketch.merged(every) for measure, every in sketches.items()}
        return made


Tallies = dict[tuple[int, Series], Tally]


class _Open:
    """A tally that is being counted: records that are not counted yet, and values that are in no sketch yet.

    `plain` are routes of one attempt that answered.
    """

    __slots__ = ("counts", "errors", "first_chunks", "latencies", "overheads", "plain", "waiting")

    def __init__(self) -> None:
        self.counts: Counts = defaultdict(int)
        self.errors = 0
        self.waiting: list[AttemptRecord] = []
        self.plain: list[RouteRecord] = []
        self.latencies: list[int] = []
        self.first_chunks: list[int] = []
        self.overheads: list[int] = []

    def error(self, name: str, times: int = 1) -> None:
        counted = ERROR + name[:LONGEST_LABEL]
        if counted not in self.counts:
            self.errors += 1
            if self.errors > MOST_ERRORS:
                counted = ERROR + OTHER
        self.counts[counted] += times

    def settle(self) -> None:
        """Count the records that wait; many at once cost half of what each would by itself."""
        waiting, self.waiting = self.waiting, []
        plain, self.plain = self.plain, []
        bad = [*_counted(waiting, self._count), *_counted(plain, self._count_plain)]
        if bad:
            raise bad[-1]

    def closed(self, kind: str) -> Tally:
        counts, latencies = self.counts, len(self.latencies)
        # Each answered attempt and each route has left a latency, which counts it.
        if kind == ROUTE:
            counts["routes"] = latencies
        elif kind == ATTEMPT:
            counts["answered"] = latencies
            counts["attempts"] = latencies + counts["failed"] + counts["cancelled"]
        present = {name: count for name, count in counts.items() if count}
        values = zip(MEASURES, (self.latencies, self.first_chunks, self.overheads), strict=True)
        sketches = {measure: Sketch.of_nanoseconds(given) for measure, given in values if given}
        return Tally(defaultdict(int, present), sketches)

    def _count(self, records: list[AttemptRecord]) -> None:
        answered = [record for record in records if record.error_type is None and not record.cancelled]
        latencies = [record.ended - record.started for record in answered]
        chunks = [record.first_chunk - record.started for record in answered if record.first_chunk is not None]
        tokens = _tokens(records)
        failed = [record.error_type for record in records if record.error_type is not None]
        added = {
            "streamed": sum([record.streamed for record in records]),
            "failed": len(failed),
            "cancelled": len(records) - len(answered) - len(failed),
            **tokens,
        }
        self.latencies += latencies
        self.first_chunks += chunks
        for name, count in added.items():
            if count:
                self.counts[name] += count
        for name in failed:
            self.error(name)

    def _count_plain(self, records: list[RouteRecord]) -> None:
        latencies = [record.ended - record.started for record in records]
        overheads = [max(record.overhead, 0) for record in records]
        self.counts["attempts"] += len(records)
        self.counts["disconnected"] += sum([record.disconnected for record in records])
        self.latencies += latencies
        self.overheads += overheads


class Counting:
    """Counts records, whatever they say of themselves.

    A series beyond the `most` in one batch is counted as `(other)`, for names come from outside; what ended after
    `latest` (a clock is wrong, or somebody else's) is counted then; `note` hears of records that cannot be counted.
    """

    def __init__(
        self, most: int, *, latest: int = END_OF_TIME, note: Callable[[Exception], None] = lambda _: None
    ) -> None:
        self._most = most
        self.latest = latest
        self._note = note
        self._open: dict[tuple[int, str, str | None, str | None, str | None], _Open] = {}

    def attempt(self, record: AttemptRecord, arm: str | None = None) -> None:
        """Count an attempt; `arm` is what it counts for where that is not its own."""
        ended, arm = record.ended, arm or record.arm
        opened = self._open.get((ended // MINUTE, ATTEMPT, record.provider, arm, record.site))
        if opened is None or ended > self.latest:
            opened = self._of(ended, ATTEMPT, record.provider, arm, record.site)
        opened.waiting.append(record)
        if len(opened.waiting) >= AT_ONCE:
            opened.settle()

    def route(self, record: RouteRecord) -> None:
        """Count a route, its attempts, failovers and skips."""
        attempts = record.attempts
        for attempt, arm in zip(attempts, arms_counted(attempts), strict=True):
            self.attempt(attempt, arm)
        single = len(attempts) == 1
        if single and record.error_type is None and attempts[0].error_type is None and not record.skips:
            opened = self._of(record.ended, ROUTE, attempts[0].arm, OK, record.name)
            opened.plain.append(record)
            if len(opened.plain) >= AT_ONCE:
                opened.settle()
        else:
            self._eventful(record)

    def closed(self, pause: Callable[[], None] = lambda: None) -> Tallies:
        """What was counted; `pause` is called between two series."""
        tallies: Tallies = {}
        for (minute, kind, *labels), opened in self._open.items():
            pause()
            try:
                opened.settle()
            except Exception as error:  # noqa: BLE001  the others of the batch are good
                self._note(error)
            series = Series(kind, *map(_label, labels))
            there = tallies.get((minute, series))
            tally = opened.closed(kind)
            tallies[minute, series] = tally if there is None else Tally.merged((there, tally))
        self._open = {}
        return tallies

    def _eventful(self, record: RouteRecord) -> None:
        """Count a route in which something happened besides an answer."""
        attempts = record.attempts
        single = len(attempts) == 1
        arm = attempts[0].arm if single else record.arm
        outcome = outcome_of_one(record, attempts[0]) if single else record.outcome
        opened = self._of(record.ended, ROUTE, arm, outcome.value, record.name)
        counts = opened.counts
        counts["attempts"] += len(attempts)
        opened.latencies.append(record.ended - record.started)
        opened.overheads.append(record.overhead)
        if record.disconnected:
            counts["disconnected"] += 1
        if record.error_type is not None:
            opened.error(record.error_type)
        if not single or outcome is not RouteOutcome.OK:
            counts["lost"] += record.time_lost
        if not single:
            counted_for = dict(zip(map(id, attempts), arms_counted(attempts), strict=True))
            self._failovers(record.failovers, counted_for, saved_by=_saved_by(record, outcome))
        for skip in record.skips:
            self._of(skip.at, SKIP, skip.provider, skip.reason, None).counts["skips"] += 1

    def _of(self, at: int, kind: str, first: str | None, second: str | None, third: str | None) -> _Open:
        if not 0 <= at <= self.latest:
            at = max(0, min(at, self.latest))
        key = (at // MINUTE, kind, first, second, third)
        opened = self._open.get(key)
        if opened is None:
            if len(self._open) >= self._most:
                key = (key[0], kind, OTHER, OTHER, OTHER)
            opened = self._open.setdefault(key, _Open())
        return opened

    def _failovers(
        self, failovers: tuple[FailoverRecord, ...], counted_for: Mapping[int, str | None], *, saved_by: str | None
    ) -> None:
        for failover in failovers:
            away, to = failover.away, failover.to
            counts = self._of(to.started, FAILOVER, away.provider, to.provider, None).counts
            counts["failovers"] += 1
            counts["lost"] += failover.time_lost
            left, taken = counted_for.get(id(away), away.arm), counted_for.get(id(to), to.arm)
            self._of(away.ended, ATTEMPT, away.provider, left, away.site).counts["failovers_away"] += 1
            self._of(to.ended, ATTEMPT, to.provider, taken, to.site).counts["failovers_to"] += 1
        if failovers and saved_by == to.provider:
            counts["saved"] += 1


def arms_counted(attempts: Sequence[AttemptRecord]) -> list[str | None]:
    """The arm that each attempt of a route counts for: "mixed" from where the route has changed its arm.

    What came before is the arm's own doing, its failures above all. What comes behind is what the other arm's failure
    sent there, and would be blamed on an arm that had no part in it.
    """
    if len(attempts) < 2 or all(attempt.arm == attempts[0].arm for attempt in attempts):
        return [attempt.arm for attempt in attempts]
    changed = next(place for place, attempt in enumerate(attempts) if attempt.arm != attempts[0].arm)
    return [attempt.arm if place < changed else MIXED for place, attempt in enumerate(attempts)]


def outcome_of_one(record: RouteRecord, attempt: AttemptRecord) -> RouteOutcome:
    """The outcome of a route with one attempt, which most routes are: what `record.outcome` says, found sooner."""
    if attempt.error_type is not None:
        return RouteOutcome.DEADLINE if record.overran else RouteOutcome.EXHAUSTED
    return RouteOutcome.OK if record.error_type is None else RouteOutcome.ERROR


def _saved_by(record: RouteRecord, outcome: RouteOutcome) -> str | None:
    return record.selected if outcome is RouteOutcome.FAILED_OVER else None


def _counted(records: list[Record], count: Callable[[list[Record]], None]) -> list[Exception]:
    """Count all or nothing of them; then one at a time, for one that is no good must not take the others with it."""
    try:
        if records:
            count(records)
    except Exception as error:  # noqa: BLE001  whatever a record is like
        return [error] if len(records) == 1 else [bad for one in records for bad in _counted([one], count)]
    return []


def _tokens(records: list[AttemptRecord]) -> dict[str, float]:
    told = [record for record in records if record.output_tokens is not None or record.input_tokens is not None]
    if not told:
        return {}
    telling = [record for record in told if record.output_tokens and record.error_type is None]
    began = [record.started if record.first_chunk is None else record.first_chunk for record in telling]
    return {
        "input_tokens": sum([record.input_tokens or 0 for record in told]),
        "output_tokens": sum([record.output_tokens or 0 for record in told]),
        "cached_tokens": sum([record.cached_tokens or 0 for record in told]),
        "reasoning_tokens": sum([record.reasoning_tokens or 0 for record in told]),
        "told_tokens": sum([record.output_tokens or 0 for record in telling]),
        "telling": (sum([record.ended for record in telling]) - sum(began)) / NANOSECONDS,
    }


def _label(name: str | None) -> str | None:
    return name if name is None else name[:LONGEST_LABEL]
