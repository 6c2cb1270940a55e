"""Fixtures: a store with a clock that is set by hand, records by seconds after a start, and views of them."""

import pytest

from cutover_telemetry._records import AttemptRecord, RouteRecord, SkipRecord
from cutover_telemetry.overview import View
from cutover_telemetry.store import Limits, Store, Window

SECOND = 1_000_000_000
START = 1_760_000_040 * SECOND


class HandClock:
    def __init__(self):
        self.now = START + 3600 * SECOND

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def store(tmp_path, clock):
    """A store whose writer writes when it is told to."""
    made = Store.open(tmp_path / "telemetry.db", Limits(interval=3600), clock=clock)
    yield made
    assert made.writer().close()


@pytest.fixture
def write(store):
    """Write routes and changes of circuits, and wait until they are stored."""

    def put(*records):
        for record in records:
            (store.writer().route if isinstance(record, RouteRecord) else store.writer().breaker)(record)
        assert store.writer().flush()

    return put


@pytest.fixture
def at():
    """Nanoseconds since the epoch, from seconds after the start."""
    return lambda seconds: START + round(seconds * SECOND)


@pytest.fixture
def view(at):
    """A view of some seconds after the start."""
    return lambda begin=0, end=600, **narrowed: View(Window(at(begin), at(end)), **narrowed)


@pytest.fixture
def attempt(at):
    """An attempt that ends `end` seconds after the start."""

    def make(provider="near", *, end=1.0, took=1.0, first=None, arm="legacy", site="chat", **fields):
        return AttemptRecord(
            provider=provider,
            slot="make_request",
            function=f"make_{provider}_request",
            arm=arm,
            site=site,
            model=fields.pop("model", "m-1"),
            number=fields.pop("number", 1),
            started=at(end - took),
            ended=at(end),
            first_chunk=None if first is None else at(end - took + first),
            streamed=first is not None,
            **fields,
        )

    return make


@pytest.fixture
def route(at):
    """A route of some attempts; `before` and `after` are seconds in which none ran yet, or any more."""

    def make(*attempts, before=0.0, after=0.0, skips=(), **fields):
        started = min(each.started for each in attempts) - round(before * SECOND)
        ended = max(each.ended for each in attempts) + round(after * SECOND)
        told = tuple(SkipRecord(provider, reason, at(when)) for provider, reason, when in skips)
        return RouteRecord(started, ended, attempts, skips=told, **fields)

    return make


@pytest.fixture
def served(attempt, route):
    """Routes with one attempt each, spread over some minutes of both arms."""

    def make(provider="near", *, minutes=10, a_minute=60, failing=(0, 0), took=(1.0, 1.0)):
        for minute in range(minutes):
            for number in range(a_minute):
                for place, arm in enumerate(("legacy", "registry")):
                    failed = number < failing[place]
                    end = 60 * minute + 59 * (number + 1) / a_minute
                    long = took[place] * (1 + number / a_minute)
                    yield route(attempt(provider, end=end, took=long, arm=arm, error_type="503" if failed else None))

    return make
