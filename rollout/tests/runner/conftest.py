"""A rollout that is over in minutes of a made-up clock, traffic for it, and receivers of webhooks on loopback."""

import http.server
import json
import threading
import time
from types import SimpleNamespace

import pytest

from cutover_rollout.controller import Certified, Evidence, begin
from cutover_rollout.plan import RolloutPlan, Stage
from cutover_rollout.runner import decide_anyway
from cutover_rollout.state import open_state
from cutover_telemetry.judge import Counts, Metric, Minute

START = 1_795_000_020.0
CERTIFIED = Certified("a-b")
STAGES = (Stage("50 %", 0.5, 5, 100), Stage("100 %", 1.0, 5))


class Traffic:
    """Six hundred requests a minute, shared as the rollout says; `worse` are failures of the candidate in a hundred."""

    def __init__(self, *, worse=0):
        self.worse = worse
        self.broken = False

    def since(self, rollout, at):
        if self.broken:
            raise OSError("the disk is gone")
        first = int(max(rollout.since, 60 * (rollout.seen + 1 if rollout.seen else 0)) // 60)
        minutes = tuple(self._minute(each, rollout.share) for each in range(first, int(at // 60)))
        return Evidence({"groq": minutes}, certified=CERTIFIED)

    def _minute(self, at, share):
        ours = round(600 * share)
        theirs = 600 - ours
        errors = Counts((ours * self.worse // 100, ours), (0, theirs))
        return Minute(at, {Metric.ERRORS: (errors,)}, ours, theirs, share=share)


@pytest.fixture
def traffic():
    return Traffic()


@pytest.fixture
def worse():
    return Traffic(worse=30)


@pytest.fixture
def clock():
    """Seconds since 1970 that pass when told."""
    now = SimpleNamespace(at=START)

    def read():
        return now.at

    def go_on(minutes):
        now.at += 60 * minutes

    read.go_on = go_on
    return read


@pytest.fixture
def start(clock):
    """Begin a rollout in a state."""

    def start(state, **changes):
        plan = RolloutPlan(**{"stages": STAGES, "milestones": {4: 0.5}, **changes})
        return decide_anyway(state, lambda before: begin(plan, clock(), certified=CERTIFIED, before=before))

    return start


@pytest.fixture
def state(tmp_path):
    found = open_state(f"sqlite:///{tmp_path}/state.db")
    yield found
    found.close()


@pytest.fixture
def until():
    def until(condition, *, patience=30):
        deadline = time.monotonic() + patience
        while not (found := condition()):
            assert time.monotonic() < deadline, "it never came"
            time.sleep(0.01)
        return found

    return until


@pytest.fixture
def receiver():
    """Receivers of webhooks; `answers` are statuses in their order, the last for ever; `hang` keeps them from it."""
    started = []

    def start(*answers, location=None):
        heard = []
        free = threading.Event()
        free.set()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = answers[min(len(heard), len(answers) - 1)] if answers else 204
                heard.append(SimpleNamespace(body=body, headers=dict(self.headers), data=json.loads(body)))
                free.wait(30)
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        started.append((server, thread, free))
        return SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/hook", heard=heard, free=free)

    yield start
    for server, thread, free in started:
        free.set()
        server.shutdown()
        thread.join()
        server.server_close()
