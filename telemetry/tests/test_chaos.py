"""Everything at once: each attempt that was made is recorded, measured and spanned once, whatever became of it."""

import asyncio
import contextlib
import itertools
from collections import Counter

import httpx
import pytest
from opentelemetry import trace

from cutover_registry import add_hook, remove_hook
from cutover_telemetry import instrument
from cutover_telemetry.store import Store

PATHS = ("chat", "chat_async", "chat_stream", "chat_stream_async")
PARALLEL = 20
BLOCKING = {("hang", "chat_stream_async")}  # it hangs in the event loop, as a gateway must not
MILLISECOND = 1_000_000


class Counting:
    """Another listener of the registry, that only counts what begins."""

    def __init__(self):
        self.begun = Counter()

    def started(self, attempt):
        self.begun[attempt.provider] += 1

    def first_chunk(self, token):
        pass

    def ended(self, token, outcome):
        pass


@pytest.fixture
def counting():
    hook = Counting()
    add_hook(hook)
    yield hook
    remove_hook(hook)


async def asked(client, number, path):
    """One request; each fifth client leaves in the middle."""
    request = asyncio.ensure_future(client.post(f"/{path}?providers=alpha,beta"))
    if number % 5 == 4:
        await asyncio.sleep(0.001 * (number % 7))
        request.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await request


async def test_attempts_that_were_made_are_attempts_that_were_recorded(
    gateway, counting, provider, tmp_path, eventually
):
    telemetry = instrument(gateway.make_app(), store=tmp_path / "telemetry.db")
    gateway.TIMEOUTS["alpha"] = 0.05
    transport = httpx.ASGITransport(telemetry.app, raise_app_exceptions=False)
    numbers = itertools.count()
    with trace.use_span(provider.get_tracer("caller").start_span("caller"), end_on_exit=True) as caller:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for behaviour in ("ok", "503", "raise", "cut", "hang"):
                gateway.behaviour.TABLE["alpha"] = behaviour
                if behaviour == "hang":
                    asyncio.get_running_loop().call_later(0.3, gateway.behaviour.released.set)
                paths = [path for path in PATHS for _ in range(PARALLEL // 4) if (behaviour, path) not in BLOCKING]
                await asyncio.gather(*(asked(client, next(numbers), path) for path in paths))
    await asyncio.get_running_loop().shutdown_default_executor()
    eventually(lambda: sum(counting.begun.values()) == len(telemetry.attempts()))
    telemetry.flush()
    metrics = telemetry.metrics()
    telemetry.uninstrument()
    made = counting.begun
    assert Counter(one.provider for one in telemetry.attempts()) == made
    assert (
        Counter(span.attributes["gen_ai.provider.name"] for span in telemetry.spans() if span.kind.name == "CLIENT")
        == made
    )
    assert measured(metrics) == made
    assert Store.of(tmp_path / "telemetry.db").query.account().attempts == sum(made.values())
    for route in telemetry.routes():
        assert [one.number for one in route.attempts] == list(range(1, len(route.attempts) + 1))
        assert abs(covered(route) - (route.ended - route.started)) <= MILLISECOND
    assert (caller.status.status_code.name, dict(caller.attributes), list(caller.events)) == ("UNSET", {}, [])
    assert telemetry.faults == 0


def measured(metrics):
    counts = Counter()
    for metric in metrics.resource_metrics[0].scope_metrics[0].metrics:
        if metric.name == "gen_ai.client.operation.duration":
            for point in metric.data.data_points:
                counts[point.attributes["gen_ai.provider.name"]] += point.count
    return counts


def covered(route):
    """Nanoseconds of attempts, counted once where they overlap, and of gaps."""
    reached, total = route.started, sum(end - start for start, end in route.gaps)
    for attempt in sorted(route.attempts, key=lambda one: one.started):
        total += max(0, attempt.ended - max(attempt.started, reached))
        reached = max(reached, attempt.ended)
    return total
