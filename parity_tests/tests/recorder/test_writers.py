"""Routes on their way to a disk that is full, read-only, stalled or gone, beside an application that is served."""

import os
import resource
import signal
import subprocess
import sys
import time

import httpx
import pytest

from cutover_parity import RecorderOptions, read_recording
from cutover_parity.recorder._spool import Spool
from cutover_parity.recorder._writers import ProcessWriter
from cutover_parity.recordings._reading import read_summary

SERVED = """
    import json, os, resource
    from cutover_parity import Recorder

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                kind = (await receive())["type"]
                await send({"type": kind + ".complete"})
                if kind.endswith("shutdown"):
                    return
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/pid":
            writer = recorder.spool._writer._process
            body = json.dumps([writer.pid if writer else 0, recorder.drops]).encode()
        else:
            body = b"hello " * 2000
        await send({"type": "http.response.body", "body": body})

    app = recorder = Recorder.to(app, os.environ["OUT"])
    if "LIMIT" in os.environ:
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(os.environ["LIMIT"]), resource.RLIM_INFINITY))
"""


@pytest.fixture
def serving(module, uvicorn):
    return lambda out, **env: uvicorn(f"{module('served', SERVED)}:app", OUT=str(out), **env)


def ask(base, times):
    with httpx.Client(base_url=base) as client:
        answers = [client.get("/ask") for _ in range(times)]
    assert {(answer.status_code, len(answer.content)) for answer in answers} == {(200, 12_000)}


def test_what_is_served_is_recorded_by_a_process_of_its_own(serving, tmp_path, eventually):
    out = tmp_path / "r.jsonl"
    with serving(out) as (base, process):
        ask(base, 3)
        eventually(lambda: out.exists() and out.read_bytes().count(b"\n") == 4)
    assert process.returncode == -signal.SIGTERM
    assert [route.request.url for route in read_recording(out).routes] == ["/ask"] * 3


def test_a_server_that_is_killed_leaves_what_it_had_handed_over(serving, tmp_path, eventually):
    out = tmp_path / "r.jsonl"
    with serving(out) as (base, process):
        ask(base, 2)
        eventually(lambda: out.exists() and out.read_bytes().count(b"\n") == 3)
        process.kill()
    assert len(read_recording(out).routes) == 2


def test_a_shutdown_hands_over_what_still_waits(serving, tmp_path, eventually):
    out = tmp_path / "r.jsonl"
    with serving(out) as (base, _):
        ask(base, 5)
    eventually(lambda: out.exists() and out.stat().st_size and len(read_recording(out).routes) == 5)


def test_a_full_disk_drops_routes_counts_them_and_serves_on(serving, tmp_path, eventually):
    out = tmp_path / "r.jsonl"
    with serving(out, LIMIT="30000") as (base, _):
        ask(base, 6)
    eventually(lambda: "not written" in (tmp_path / "server.log").read_text())
    eventually(lambda: read_recording(out).routes)
    assert 1 <= len(read_recording(out).routes) < 6
    assert out.stat().st_size <= 30_000


@pytest.mark.parametrize("where", ["folder/that/is/a file", "other.txt"])
def test_a_place_that_cannot_be_written_is_said_once_and_nothing_else_happens(serving, tmp_path, eventually, where):
    (tmp_path / "folder").write_text("in the way")
    (tmp_path / "other.txt").write_text("somebody's\n")
    with serving(tmp_path / where) as (base, _):
        ask(base, 3)
        log = tmp_path / "server.log"
        eventually(lambda: "not recorded in" in log.read_text())
        ask(base, 3)
        eventually(lambda: sum(httpx.get(f"{base}/pid").json()[1].values()) >= 3)
    assert log.read_text().count("not recorded in") == 1
    assert (tmp_path / "other.txt").read_text() == "somebody's\n"


def test_a_writer_that_stalls_holds_up_neither_a_request_nor_the_end(serving, tmp_path, eventually):
    out = tmp_path / "r.jsonl"
    with serving(out) as (base, process):
        ask(base, 1)
        eventually(lambda: httpx.get(f"{base}/pid").json()[0])
        writer = httpx.get(f"{base}/pid").json()[0]
        os.kill(writer, signal.SIGSTOP)
        try:
            ask(base, 120)
            process.terminate()
            assert process.wait(30) == -signal.SIGTERM
        finally:
            os.kill(writer, signal.SIGCONT)
    eventually(lambda: out.exists() and out.stat().st_size and len(read_recording(out).routes) >= 20)


def test_the_counts_of_what_was_dropped_are_in_the_recording(tmp_path, visit):
    options = RecorderOptions(settle=0, queue_bytes=100_000)
    spool = Spool(ProcessWriter(tmp_path / "r.jsonl", options), options)
    for _ in range(20):
        spool.offer(visit(answer=b"x" * 30_000))
    spool.close(30)
    assert spool.recorded + spool.drops["queue full"] == 20
    assert read_summary(tmp_path / "r.jsonl") == {"queue full": spool.drops["queue full"]}
    assert len(read_recording(tmp_path / "r.jsonl").routes) == spool.recorded


def test_routes_that_the_writing_process_could_not_write_count_as_dropped(tmp_path, visit):
    options = RecorderOptions(settle=0, content=("*",))
    spool = Spool(ProcessWriter(tmp_path / "r.jsonl", options), options)
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, kept[1]))
    try:
        for _ in range(5):
            spool.offer(visit(answer=b"x " * 6_000))
        spool.close(30)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert spool.drops == {"not written": 4}
    assert len(read_recording(tmp_path / "r.jsonl").routes) == 1


def test_a_process_that_was_forked_off_does_not_keep_the_writer_alive(tmp_path, visit):
    options = RecorderOptions(settle=0)
    spool = Spool(ProcessWriter(tmp_path / "r.jsonl", options), options)
    spool.offer(visit())
    assert spool.flush(30)
    child = os.fork()
    if not child:
        time.sleep(30)
        os._exit(0)
    try:
        spool.close(20)
        assert not spool._writer._process
        assert len(read_recording(tmp_path / "r.jsonl").routes) == 1
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_the_writing_process_says_why_it_cannot_begin(tmp_path):
    (tmp_path / "other.txt").write_text("somebody's\n")
    command = [sys.executable, "-m", "cutover_parity.record_writer", str(tmp_path / "other.txt")]
    options = '{"max_body": 1, "queue_bytes": 1, "sampling": [1, 1, []], "content": [], "settle": 0, "hold": 0}'
    ran = subprocess.run([*command, options], input=b"", capture_output=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.decode().startswith(f"cutover: not recorded in {tmp_path / 'other.txt'}: ")
