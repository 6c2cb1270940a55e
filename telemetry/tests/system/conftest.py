"""The example gateway with two workers, migrated and under traffic, and a real Prometheus that scrapes it.

All of it runs once for all tests here: three endpoints read the one store, one for each dialect, and each is scraped by
a Prometheus of its own.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from cutover_telemetry import BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.grafana import rule_files, write_files
from cutover_telemetry.names import DIALECTS
from cutover_telemetry.store import Store

ROOT = Path(__file__).resolve().parents[3]
NEEDED = ("prometheus", "promtool")
MISSING = [name for name in NEEDED if shutil.which(name) is None]
REQUIRED = "CUTOVER_SYSTEM_REQUIRED"
OVER, HOLD = "1m", "1s"
PATIENCE = 90
TURN = 1.0
CONFIG = """
global: {{scrape_interval: 500ms, evaluation_interval: 500ms}}
rule_files: ["{rules}/*.yml"]
scrape_configs:
  - job_name: gateway
    static_configs: [{{targets: ["{target}"]}}]
"""


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.system)
            if MISSING and REQUIRED not in os.environ:
                item.add_marker(pytest.mark.skip(reason=f"left out: {', '.join(MISSING)} not here (apt prometheus)"))


@pytest.fixture(scope="session")
def until():
    """Wait until something is true, and give it."""

    def wait(condition, *, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while True:
            with contextlib.suppress(httpx.HTTPError):
                found = condition()
                if found:
                    return found
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.1)

    return wait


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """Start a process for the time of all tests; it is ended by its id."""
    logs = tmp_path_factory.mktemp("logs")
    with contextlib.ExitStack() as stack:

        def start(*command, folder=None, **environment):
            environ = {**os.environ, **environment}
            with (logs / f"{len(list(logs.iterdir()))}.log").open("wb") as log:
                process = subprocess.Popen([*map(str, command)], cwd=folder, env=environ, stdout=log, stderr=log)
            stack.callback(_end, process)
            return process

        yield start


def _end(process):
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def port():
    def free():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return listener.getsockname()[1]

    return free


@pytest.fixture(scope="session")
def upstream():
    """The fake upstream of the examples."""
    spec = importlib.util.spec_from_file_location("fake_upstream", ROOT / "examples/fake_upstream.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_upstream"] = module
    spec.loader.exec_module(module)
    with module.serve_upstream() as served:
        yield served.url
    del sys.modules["fake_upstream"]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory):
    """The example with both arms behind the switch."""
    tree = tmp_path_factory.mktemp("gateway") / "tree"
    shutil.copytree(ROOT / "examples/legacy_gateway", tree, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    cutover = [sys.executable, "-P", "-m", "cutover_cli"]
    planned = subprocess.run([*cutover, "plan", "src"], cwd=tree, capture_output=True, check=True)
    (tree / "plan.json").write_bytes(planned.stdout)
    subprocess.run([*cutover, "apply", "plan.json"], cwd=tree, capture_output=True, check=True)
    return tree


@pytest.fixture(scope="session")
def gateway(migrated, running, port, upstream, until):
    """The served example, with two workers that write one store."""
    store, taken = migrated / "telemetry.db", port()
    command = [sys.executable, "-P", "-m", "cutover_cli", "run", "--store", store, "--"]
    running(
        *command, sys.executable, "-m", "uvicorn", "src.main:app", "--port", taken, "--workers", 2, folder=migrated,
        UPSTREAM_BASE_URL=upstream, LOG_LEVEL="CRITICAL", PYTHONDONTWRITEBYTECODE="1",
    )  # fmt: skip
    url = f"http://127.0.0.1:{taken}"
    until(lambda: httpx.get(url + "/").status_code == 200)
    return SimpleNamespace(url=url, store=store, tree=migrated, upstream=upstream)


@pytest.fixture(scope="session")
def asked(gateway):
    """Ask the gateway so often, a few at a time."""

    def ask(provider, times, *, stream=False):
        body = {"model": "m", "provider": provider, "stream": stream, "messages": [{"role": "user", "content": "Hi"}]}

        def one(_):
            return httpx.post(gateway.url + "/v1/chat/completions", json=body, timeout=30).status_code

        with ThreadPoolExecutor(4) as pool:
            return list(pool.map(one, range(times)))

    return ask


@pytest.fixture(scope="session")
def endpoints(gateway, running, port, until):
    """`/metrics` of the store in each dialect."""
    found = {}
    for dialect in DIALECTS:
        taken = port()
        command = [sys.executable, "-P", "-m", "cutover_cli", "telemetry", "prometheus", "--store", gateway.store]
        running(*command, "--port", taken, "--dialect", dialect)
        found[dialect] = f"127.0.0.1:{taken}"
    for target in found.values():
        until(lambda target=target: httpx.get(f"http://{target}/metrics").status_code == 200)
    return found


class Prometheus:
    """The API of a running Prometheus."""

    def __init__(self, url):
        self.url = url

    def get(self, path, **params):
        answer = httpx.get(f"{self.url}/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def query(self, expression):
        """The series that an expression gives now, with their values."""
        result = self.get("query", query=expression)["result"]
        return [(series["metric"], float(series["value"][1])) for series in result]


@pytest.fixture(scope="session")
def start_prometheus(running, port, tmp_path_factory, until):
    """A real Prometheus that scrapes one target twice a second, with rules of a dialect if one is named."""

    def start(target, *, dialect=None):
        folder = tmp_path_factory.mktemp("prometheus")
        rules = folder / "rules"
        write_files(rules, {} if dialect is None else rule_files(DIALECTS[dialect], over=OVER, hold=HOLD))
        (folder / "prometheus.yml").write_text(CONFIG.format(target=target, rules=rules))
        taken = port()
        running(
            "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{taken}", "--log.level=error",
        )  # fmt: skip
        served = Prometheus(f"http://127.0.0.1:{taken}")
        until(lambda: httpx.get(served.url + "/-/ready").status_code == 200)
        return served

    return start


@pytest.fixture(scope="session")
def scraped(endpoints, start_prometheus, gateway, asked, until):
    """A Prometheus for each dialect, by name, with traffic of both arms in it that goes on until the end."""
    found = {dialect: start_prometheus(target, dialect=dialect) for dialect, target in endpoints.items()}
    for server in found.values():
        until(lambda server=server: [value for _, value in server.query("up") if value == 1])
    httpx.post(gateway.upstream + "/_faults", json={"provider": "near", "kind": "status", "times": None})
    stop = threading.Event()
    worker = threading.Thread(target=_traffic, args=(gateway, asked, stop))
    worker.start()
    yield found
    stop.set()
    worker.join()


def _traffic(gateway, asked, stop):
    """Legacy and registry in turns; and a worker whose chain has a policy, which the example has not."""
    switch = gateway.tree / ".cutover/switch.json"
    writer, turn = Store.open(gateway.store).writer(), 0
    while not stop.is_set():
        turn += 1
        rule = {"site": "*", "provider": "*", "arm": "registry" if turn % 2 else "legacy"}
        beside = switch.with_suffix(".new")
        beside.write_text(json.dumps({"version": 1, "rules": [rule]}))
        beside.replace(switch)
        stop.wait(TURN)
        for provider in ("near", "groq", "openrouter"):
            asked(provider, 4)
        asked("groq", 4, stream=True)
        now = time.time_ns()
        writer.breaker(BreakerRecord("near", "closed" if turn % 2 else "half-open", "open", now))
        writer.route(RouteRecord(now, now + 1, (), skips=(SkipRecord("near", "circuit_open", now),)))
        writer.flush()
    writer.close()


@pytest.fixture
def promtool(tmp_path):
    """Run promtool; gives its exit code and words."""

    def run(*arguments, given=None, **files):
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(text)
        command = ["promtool", *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, input=given, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    run.folder = tmp_path
    return run


@pytest.fixture
def as_json():
    return json.loads
