"""The loopback server and the workers, as real processes."""

import json
import socket
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from bench_run import Failed, Worker
from bench_worker import CHUNKS, TEXT, Scenario


def post(server, path, body):
    with urlopen(Request(f"{server.base}{path}", json.dumps(body).encode())) as answer:
        return answer.read()


def test_it_answers_with_a_completion(server):
    answer = json.loads(post(server, "/ok/v1/chat/completions", {"model": "m"}))
    assert answer["choices"][0]["message"]["content"] == TEXT


def test_it_is_down_where_it_is_asked_to_be(server):
    with pytest.raises(HTTPError, match="503"):
        post(server, "/down/v1/chat/completions", {"model": "m"})


def test_it_streams_the_text_in_so_many_chunks(server):
    lines = post(server, "/ok/v1/chat/completions", {"stream": True}).decode().strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: "))["choices"][0] for line in lines[:-1]]
    assert len(chunks) == CHUNKS
    assert "".join(chunk["delta"].get("content", "") for chunk in chunks) == TEXT
    assert [chunk["finish_reason"] for chunk in chunks[-2:]] == [None, "stop"]


def test_a_request_may_come_in_pieces_and_two_at_once(server):
    before = server.stats()["requests"]
    whole = b"POST /ok/x HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n{ }"
    with socket.create_connection(("127.0.0.1", int(server.base.rpartition(":")[2]))) as connection:
        for piece in (whole[:10], whole[10:-2], whole[-2:] + whole):
            connection.sendall(piece)
        received = b""
        while received.count(b'"usage"') < 2:
            received += connection.recv(65536)
    assert received.count(b"200 OK") == 2
    assert server.stats()["requests"] == before + 2


def test_looking_at_its_figures_is_no_request(server):
    assert server.stats()["requests"] == server.stats()["requests"]


def test_its_ceiling_is_told_in_requests_a_second(server):
    assert set(server.ceiling()) == {"measured", "by_cpu"}


def test_a_contender_that_cannot_start_says_why(server):
    with (
        Worker(Path(sys.executable), "nobody", server.base) as worker,
        pytest.raises(Failed, match="KeyError: 'nobody'"),
    ):
        worker.ask(Scenario("chat", "sync", 1), None)


def test_a_contender_that_gets_no_answer_says_why(server):
    scenario = Scenario("chat", "sync", 1)
    with Worker(Path(sys.executable), "raw httpx", f"{server.base}/nowhere") as worker:
        worker.ask(scenario, 1)
    with Worker(Path(sys.executable), "raw httpx", "http://127.0.0.1:1") as worker, pytest.raises(Failed) as raised:
        worker.ask(scenario, None)
    assert str(raised.value).startswith("ConnectError: ")


def test_telemetry_sees_every_attempt_of_what_is_measured_with_it(server):
    with Worker(Path(sys.executable), "ours, telemetry on", server.base) as worker:
        for kind in ("chat", "failover", "stream"):
            for mode in ("sync", "async"):
                assert worker.ask(Scenario(kind, mode, 1), None)["calls"] > 1
