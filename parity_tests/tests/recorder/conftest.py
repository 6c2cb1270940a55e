"""Applications that are recorded, servers that serve them, and recordings that are read back."""

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from cutover_parity import Recorder, RecorderOptions, RecordingWriter, read_recording
from cutover_parity.recorder._spool import Spool
from cutover_parity.recorder._visit import Visit


@pytest.fixture
def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture
def running(tmp_path, free_port):
    """Run a command in the test's folder until it listens; gives the base URL and the process."""

    @contextmanager
    def run(*command, **env):
        with (tmp_path / "server.log").open("wb") as log:
            process = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **env}, stdout=log, stderr=log)
            try:
                _until_up(process, free_port, tmp_path)
                yield f"http://127.0.0.1:{free_port}", process
            finally:
                if process.poll() is None:
                    process.terminate()
                process.wait(30)

    return run


def _until_up(process, port, folder):
    for _ in range(1200):
        if process.poll() is not None:
            raise AssertionError((folder / "server.log").read_text())
        with socket.socket() as probe:
            probe.settimeout(0.2)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.025)
    raise AssertionError("it never listened")


@pytest.fixture
def module(tmp_path):
    """Write a module into the test's folder."""

    def write(name, source):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
        return name

    return write


@pytest.fixture
def uvicorn(running, free_port):
    """Serve an ASGI application with a real server."""
    return lambda app, *flags, **env: running(
        sys.executable, "-m", "uvicorn", app, "--port", str(free_port), "--log-level", "critical", *flags, **env
    )


@pytest.fixture
def recorded(tmp_path):
    """Ask an ASGI application, recorded, for some URLs one after the other; gives the routes and the recorder."""

    async def run(app, *urls, left=(), **options):
        path = tmp_path / "r.jsonl"
        with RecordingWriter(path) as writer:
            recorder = Recorder(app, writer, options=RecorderOptions(**options))
            transport = httpx.ASGITransport(recorder, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
                with recorder.capturing():
                    for url in urls:
                        await client.post(url, content=b"0123456789" * 10)
                    await asyncio.gather(*left)
        return read_recording(path).routes, recorder

    return run


@pytest.fixture
def eventually():
    """Wait until something holds."""

    def wait(holds, seconds=20.0):
        give_up = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < give_up, "it never came to be"
            time.sleep(0.01)

    return wait


class Held:
    """A writer whose disk stalls until it is let go."""

    def __init__(self):
        self.go, self.stuck = threading.Event(), threading.Event()
        self.written, self.counts, self.left = [], {}, 0

    def write(self, route):
        self.stuck.set()
        self.go.wait(30)
        self.written.append(route)

    def tell(self, counts):
        self.counts = dict(counts)

    def close(self, seconds):
        return {}

    def forked(self):
        self.left += 1


@pytest.fixture
def held():
    writer = Held()
    yield writer
    writer.go.set()


@pytest.fixture
def spool():
    """Make a spool, closed at the end."""
    made = []

    def make(writer, **options):
        made.append(Spool(writer, RecorderOptions(**options)))
        return made[-1]

    yield make
    for each in made:
        each.close(0.2)


@pytest.fixture
def visit():
    """A visit that has ended, with this much in its answer."""

    def make(url="/", answer=b"", exchanges=()):
        visit = Visit(limit=1 << 20)
        visit.asked("POST", url, ())
        visit.began(200, ())
        visit.chunk(answer)
        for asked, status in exchanges:
            opened = visit.tape.begin("httpx", "sync")
            opened.asked("POST", asked, ())
            opened.answered(status, ())
            opened.ended()
        visit.ended()
        return visit

    return make
