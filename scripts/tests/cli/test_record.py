"""``record`` with a command behind ``--``, a WSGI application, and the options that bound what is kept."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

DESK = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))]
"""


@pytest.fixture
def recording(tmp_path, shell_environment):
    """Run ``cutover record`` in the test's folder, ask what it serves, end it; gives code, output and errors."""

    def run(*arguments, port, asks=3):
        (tmp_path / "desk.py").write_text(DESK)
        process = subprocess.Popen(
            [sys.executable, "-m", "cutover_cli", "record", *map(str, arguments)], cwd=tmp_path,
            env=shell_environment() | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path[1:]])}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        for number in range(asks):
            assert posted(f"http://127.0.0.1:{port}/ask?n={number}").text == "you"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    return run


def posted(url):
    for _ in range(1200):
        try:
            return httpx.post(url, content=b"you", timeout=30)
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError("it never listened")


@pytest.fixture
def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def routes(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    return [line for line in lines if "request" in line]


def test_a_command_is_run_recorded_and_its_exit_code_given(recording, free_port, tmp_path):
    serve = (
        f"import desk, wsgiref.simple_server as s; s.make_server('127.0.0.1', {free_port}, desk.app).serve_forever()"
    )
    code, out, err = recording("-o", "r.jsonl", "--json", "--", sys.executable, "-c", serve, port=free_port)
    assert code == 130
    assert json.loads(out) == {"recording": "r.jsonl", "recorded": 3, "dropped": {}}
    assert "KeyboardInterrupt" in err
    assert [route["request"]["url"] for route in routes(tmp_path / "r.jsonl")] == [f"/ask?n={n}" for n in range(3)]


def test_a_wsgi_application_is_served_and_recorded(recording, free_port, tmp_path):
    code, out, err = recording("desk:app", "-o", "r.jsonl", "--port", free_port, "--content", "*", port=free_port)
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        f"http://127.0.0.1:{free_port} recording to r.jsonl; interrupt to stop",
        "3 routes recorded in r.jsonl",
    ]
    assert [route["answer"]["chunks"] for route in routes(tmp_path / "r.jsonl")] == [["you"]] * 3


def test_what_is_over_the_quota_is_said(recording, free_port, tmp_path):
    asked = ["desk:app", "-o", "folder", "--port", free_port, "--quota", 2, "--max-body", 0]
    code, _, err = recording(*asked, port=free_port)
    assert code == 0
    assert err.splitlines()[1:] == ["2 routes recorded in folder", "  1 dropped: not sampled"]
    (segment,) = (tmp_path / "folder").glob("*.jsonl")
    assert [route["request"]["lost"] for route in routes(segment)] == [3, 3]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["-o", "r.jsonl"], "Error: Name an application, module:attribute, or a command behind `--`."),
        (["-o", "r.jsonl", "--"], "Error: Name the command to record behind `--`."),
        (["a:b", "-o", "r.jsonl", "--", "x"],
         "Error: APP: for an application that cutover serves, not for a command behind `--`."),
        (["-o", "r.jsonl", "--port", "1", "--host", "::1", "--", "x"],
         "Error: --host, --port: for an application that cutover serves, not for a command behind `--`."),
        (["a:b", "-o", "r.jsonl", "--sample", "2"], "Error: Invalid value for '--sample': "),
        (["-o", "r.jsonl", "--", "no-such-server", "-o"], "cutover: no-such-server: this command cannot be run"),
        (["a:b", "-o", "r.jsonl", "--keys-from", "none.json"],
         "cutover: none.json names no sites to replay: there is no such file"),
    ],
)  # fmt: skip
def test_what_cannot_be_recorded_is_refused(argv, said, cutover, tmp_path):
    ran = cutover("record", *argv)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith(said)
