"""Fixtures: a store with a failover, a stream and hostile names in it."""

import time

import pytest

from cutover_telemetry import AttemptRecord, RouteRecord
from cutover_telemetry.store import Store

SECOND = 1_000_000_000
HOSTILE = "</script><img src=x onerror=alert(1)><!--"


@pytest.fixture
def hostile():
    return HOSTILE


@pytest.fixture
def attempt():
    """An attempt that ended so many seconds ago."""
    now = time.time_ns()

    def make(provider, *, ago, took=0.5, arm="legacy", **fields):
        ended = now - int(ago * SECOND)
        call = (provider, "make_request", f"make_{provider}_request", arm, "chat", fields.pop("model", "m-1"), None)
        return AttemptRecord(*call, ended - int(took * SECOND), ended, **fields)

    return make


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    made = Store.open(tmp_path / "telemetry.db")
    yield made
    assert made.writer().close()


@pytest.fixture
def put(store):
    """Write a route of some attempts."""

    def write(*attempts, **fields):
        store.writer().route(RouteRecord(attempts[0].started, attempts[-1].ended, attempts, **fields))
        store.writer().flush()

    return write


@pytest.fixture
def filled(store, put, attempt):
    """Two failovers of which one lost more, one route that went well, and one of hostile names."""
    for ago, took in ((40, 0.25), (30, 0.5)):
        put(
            attempt("near", ago=ago + 1, took=took, error_type="503"), attempt("openrouter", ago=ago), name="POST /chat"
        )
    put(attempt("groq", ago=20, arm="registry"), name="POST /chat")
    put(attempt(HOSTILE, ago=10, model=HOSTILE, error_type=HOSTILE), name=HOSTILE)
    return store
