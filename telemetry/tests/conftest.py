"""Fixtures: a clock and ids that repeat, a tiny gateway on either arm, and spans as plain values."""

import contextlib
import importlib
import socket
import sys
import threading
import time
from itertools import count
from pathlib import Path

import httpx
import pytest
import uvicorn
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import IdGenerator

from cutover_telemetry import AttemptRecord, instrument

MILLISECOND = 1_000_000


class CountedIds(IdGenerator):
    def __init__(self):
        self._spans, self._traces = count(1), count(1)

    def generate_span_id(self):
        return next(self._spans)

    def generate_trace_id(self):
        return next(self._traces)


@pytest.fixture
def counted_ids():
    """Makes id generators that count from one."""
    return CountedIds


class TickingClock:
    """Each reading is a millisecond after the one before."""

    def __init__(self):
        self._readings = count(1_000)

    def __call__(self):
        return next(self._readings) * MILLISECOND


@pytest.fixture
def provider():
    return TracerProvider(id_generator=CountedIds(), shutdown_on_exit=False)


@pytest.fixture(params=["legacy", "registry"])
def arm(request, monkeypatch):
    monkeypatch.setenv("CUTOVER_ARM", request.param)
    return request.param


@pytest.fixture
def load_gateway(monkeypatch):
    """Import the tiny gateway afresh, with the switch as the environment has it then; gives its module."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))

    def load():
        module = importlib.import_module("tiny_gateway.app")
        module.behaviour = importlib.import_module("tiny_gateway.behaviour")
        return module

    yield load
    behaviour = sys.modules.get("tiny_gateway.behaviour")
    if behaviour is not None:
        behaviour.released.set()
    for name in [name for name in sys.modules if name.partition(".")[0] == "tiny_gateway"]:
        del sys.modules[name]


@pytest.fixture
def gateway(arm, load_gateway):
    """The module of the tiny gateway with the switch held on `arm`."""
    return load_gateway()


@pytest.fixture
def pipeline():
    """Whose the pipeline of the spans is: the "application"'s, with a tracer, or our "own"."""
    return "application"


@pytest.fixture
def telemetry(gateway, provider, pipeline, request):
    """The gateway's own instrumentation, with its application in `telemetry.app`."""
    tracers = provider if pipeline == "application" else None
    instrumentation = instrument(gateway.make_app(), tracer_provider=tracers, clock=TickingClock())
    yield instrumentation
    instrumentation.uninstrument()
    assert instrumentation.faults == 0 or "broken" in request.fixturenames


@pytest.fixture
def client(telemetry):
    """A client of the instrumented application in this process."""
    transport = httpx.ASGITransport(telemetry.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.fixture
def serve():
    """Serve an ASGI application with uvicorn on a loopback port; gives its address."""
    with contextlib.ExitStack() as stack:
        yield lambda app: stack.enter_context(_served(app))


@contextlib.contextmanager
def _served(app):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def told():
    """Spans as plain values, parents by name, times in milliseconds of the ticking clock."""
    return lambda spans: [_told(span, {one.context.span_id: one.name for one in spans}) for span in spans]


def _told(span, names):
    return {
        "name": span.name,
        "kind": span.kind.name,
        "parent": names.get(span.parent.span_id, "outside") if span.parent else None,
        "attributes": dict(span.attributes),
        "status": (span.status.status_code.name, span.status.description),
        "events": [(event.name, event.timestamp // MILLISECOND, dict(event.attributes)) for event in span.events],
        "time": (span.start_time // MILLISECOND, span.end_time // MILLISECOND),
    }


@pytest.fixture
def eventually():
    """Wait until a condition holds, at most ten seconds."""

    def wait(condition):
        deadline = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.005)

    return wait


@pytest.fixture
def attempted():
    """An attempt record from milliseconds."""

    def make(provider, start, end, *, arm="legacy", first=None, **fields):
        return AttemptRecord(
            provider=provider,
            slot="make_request",
            function=f"make_{provider}_request",
            arm=arm,
            site="chat",
            model=fields.pop("model", "m-1"),
            number=fields.pop("number", None),
            started=start * MILLISECOND,
            ended=end * MILLISECOND,
            first_chunk=None if first is None else first * MILLISECOND,
            **fields,
        )

    return make
