"""`cutover dashboard`: it says where it serves, waits for a store, lets nobody else in, and ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest


@pytest.fixture
def command(tmp_path):
    """The command in a process of its own, in a folder of its own."""

    def make(*arguments):
        return [sys.executable, "-P", "-m", "cutover_cli", "dashboard", *map(str, arguments)]

    return make


@pytest.fixture
def refused(command, tmp_path):
    def run(*arguments, **environment):
        ran = subprocess.run(
            command(*arguments), cwd=tmp_path, env={**os.environ, **environment}, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip
        assert (ran.returncode, ran.stdout) == (2, "")
        return ran.stderr

    return run


@pytest.fixture
def serving(command, tmp_path):
    """Start it on a free port; gives the process with its `.address`."""
    started = []

    def start(*arguments, **environment):
        log = tmp_path / f"{len(started)}.log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                command(*arguments, "--port", "0"), cwd=tmp_path, env={**os.environ, **environment},
                stdout=written, stderr=subprocess.STDOUT,
            )  # fmt: skip
        started.append(process)
        deadline = time.monotonic() + 60
        while not (found := re.search(r"http://\S+", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.address, process.log = found[0], log
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait(20)


def test_the_page_is_served_before_there_is_a_store(serving, tmp_path):
    process = serving("--title", "Shop <gateway>")
    page = httpx.get(process.address)
    assert page.status_code == 200
    assert "Shop &lt;gateway&gt;" in page.text
    assert "No traffic was recorded yet." in page.text
    assert ".cutover/telemetry.db" in page.text
    assert not (tmp_path / ".cutover").exists()


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_while_a_page_is_live(asked, serving):
    process = serving("telemetry.db")
    with httpx.stream("GET", process.address + "/events", timeout=30) as stream:
        assert next(stream.iter_lines()) == "event: parts"
        process.send_signal(asked)
        assert process.wait(20) == 0
    assert "Traceback" not in process.log.read_text()
    first = f"dashboard of telemetry.db, with the switch and rollout of {process.log.parent}: http://127.0.0.1:"
    assert first in process.log.read_text()


def test_the_token_comes_from_a_file_or_the_environment(serving, tmp_path):
    (tmp_path / "token").write_text("right\n")
    afar = {"X-Forwarded-For": "203.0.113.9", "Authorization": "Bearer right"}
    by_file = serving("--token-file", "token")
    by_variable = serving(CUTOVER_TOKEN="right")
    for process in (by_file, by_variable):
        assert httpx.get(process.address, headers=afar).status_code == 200
        assert httpx.get(process.address, headers={**afar, "Authorization": "Bearer x"}).status_code == 401


def test_without_a_token_it_listens_to_this_machine_alone(refused):
    said = refused("--host", "0.0.0.0", CUTOVER_TOKEN="")
    assert said == "cutover: --host 0.0.0.0 is more than this machine; give a token with --token-file\n"


def test_a_port_that_is_taken_is_said(serving, refused):
    port = serving().address.rpartition(":")[2]
    assert f"cannot listen on 127.0.0.1, port {port}" in refused("--port", port)


def test_an_empty_token_is_none(refused, tmp_path):
    (tmp_path / "token").write_text("\n")
    assert refused("--token-file", "token") == "cutover: token: is empty; put the token into it\n"
