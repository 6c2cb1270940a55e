"""Fixtures: a store that the real writer filled a moment ago, and its dashboard over real loopback HTTP."""

import contextlib
import json
import time

import httpx
import pytest

from cutover_telemetry import AttemptRecord, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.dashboard import Live, dashboard
from cutover_telemetry.store import Limits, Store

SECOND = 1_000_000_000
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def called():
    """An attempt that ended some seconds ago."""

    def make(provider, *, ago=60.0, took=1.0, arm="legacy", first=None, number=1, **fields):
        ended = time.time_ns() - int(ago * SECOND)
        started = ended - int(took * SECOND)
        began = None if first is None else started + int(first * SECOND)
        return AttemptRecord(
            provider, "make_request", f"make_{provider}_request", arm, fields.pop("site", "chat"),
            fields.pop("model", "m-1"), number, started, ended, first_chunk=began, streamed=first is not None, **fields,
        )  # fmt: skip

    return make


@pytest.fixture
def routed():
    """A route around its attempts."""

    def make(*attempts, **fields):
        return RouteRecord(attempts[0].started, attempts[-1].ended, attempts, 200, name="POST /chat", **fields)

    return make


@pytest.fixture
def store(tmp_path):
    made = Store.open(tmp_path / "telemetry.db", Limits(interval=3600))
    yield made
    made.writer().close()


@pytest.fixture
def traffic(called, routed):
    """Forty routes: near fails three times and groq takes over, xai answers the others on both arms."""
    skip = SkipRecord("chutes", "circuit_open", time.time_ns() - 63 * SECOND)
    made = []
    for _ in range(3):
        away, to = (
            called("near", ago=62, took=2, error_type="503"),
            called("groq", number=2, first=0.25, output_tokens=90),
        )
        made.append(routed(away, to, skips=(skip,), overhead=90_000))
    arms = ("legacy", "registry") * 19
    return made + [routed(called("xai", took=0.4, arm=arm), overhead=90_000) for arm in arms[:37]]


@pytest.fixture
def filled(store, traffic):
    """The store with that traffic in it, and a circuit that opened."""
    for route in traffic:
        store.writer().route(route)
    store.writer().breaker(BreakerRecord("near", "closed", "open", time.time_ns() - 90 * SECOND))
    assert store.writer().flush()
    return store


@pytest.fixture
def opened(serve):
    """Serve the dashboard of a store; gives a client of it, which keeps cookies as a browser does."""
    with contextlib.ExitStack() as stack:

        def make(store, *, live=None, **options):
            app = dashboard(getattr(store, "path", store), live=live or Live(step=0.05, beat=0.2), **options)
            stack.callback(app.state.live.end)
            client = stack.enter_context(httpx.Client(base_url=serve(app), timeout=30))
            client.app = app
            return client

        yield make


@pytest.fixture
def client(opened, filled):
    """The dashboard of the filled store, without a token."""
    return opened(filled)


@pytest.fixture
def listened():
    """The events of an open stream, one after the other."""

    def events(answer):
        name = None
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))

    return events


@pytest.fixture
def hostile():
    """A name that would be an element if anybody took it for one."""
    return HOSTILE
