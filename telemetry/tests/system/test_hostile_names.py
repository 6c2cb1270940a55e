"""Names from outside, through a real scrape: they arrive as text, and nothing else does."""

import contextlib
import socket
import threading
import time

import pytest
import uvicorn
from opentelemetry.sdk.resources import Resource

from cutover_telemetry.metrics import OwnMetrics
from cutover_telemetry.names import V1_41
from cutover_telemetry.prometheus import Endpoint

NAMES = {
    '<img src=x onerror="alert(1)">': '<img src=x onerror="alert(1)">',
    'near"} 1\nevil_total{a="': 'near"} 1?evil_total{a="',
    "back\\slash\\": "back\\slash\\",
    "nul\x00 and \x1b[2J": "nul? and ?[2J",
    "münchen 🙂": "münchen 🙂",
}


@contextlib.contextmanager
def served(app):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started:
            time.sleep(0.005)
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def own():
    return OwnMetrics(Resource.get_empty(), V1_41, overhead=lambda: (0.0, 0))


def test_names_arrive_as_text(own, attempted, start_prometheus, until):
    for name in NAMES:
        own.attempt(attempted(name, 0, 5))
    with served(Endpoint(own.collect)) as target:
        server = start_prometheus(target)
        until(lambda: server.query("gen_ai_client_operation_duration_seconds_count"))
        found = server.query("gen_ai_client_operation_duration_seconds_count")
        assert {labels["gen_ai_provider_name"] for labels, _ in found} == set(NAMES.values())
        assert [value for _, value in server.query("up")] == [1]
        assert "evil_total" not in server.get("label/__name__/values")
