"""A caller that hangs up in the middle of an answer: what the application sees of it, and how cases carry it."""

import json

import pytest

from cutover_parity import (
    Answer,
    ArmSpec,
    Case,
    RecordingWriter,
    Request,
    Route,
    Script,
    Signature,
    cases_from,
    compare,
    plan_of,
    shrink,
)
from cutover_parity.arms._arm import Arm, ArmSetup, Reply
from cutover_parity.arms._plan import UNKNOWN_KEY
from cutover_parity.cases._cases import recorded_case
from cutover_parity.cases._variations import Seeds
from cutover_parity.fuzzing._hunt import Finding
from cutover_parity.fuzzing._past import read_findings, write_findings

ASGI = """
import asyncio
from starlette.applications import Starlette
from starlette.responses import StreamingResponse
from starlette.routing import Route

SEEN = []


async def pieces():
    try:
        for number in range(5):
            yield f"piece {number};"
            await asyncio.sleep(1)
    finally:
        SEEN.append(number)


async def stream(request):
    return StreamingResponse(pieces())


async def seen(request):
    return StreamingResponse(iter([str(SEEN)]))


app = Starlette(routes=[Route("/stream", stream), Route("/seen", seen)])
"""
WSGI = """
SEEN = []


class Pieces:
    def __init__(self):
        self.number = -1

    def __iter__(self):
        return self

    def __next__(self):
        self.number += 1
        if self.number == 5:
            raise StopIteration
        return f"piece {self.number};".encode()

    def close(self):
        SEEN.append(self.number)


def app(environ, start_response):
    start_response("200 OK", [])
    return Pieces() if environ["PATH_INFO"] == "/stream" else [str(SEEN).encode()]
"""


def asked(url, leaves=None):
    return Case(f"{url} {leaves}", Request("GET", url), Script(), "answer", leaves=leaves)


@pytest.fixture
def answers(tmp_path):
    def drive(source, *cases):
        (tmp_path / "app.py").write_text(source)
        with Arm(ArmSpec(tmp_path, "app:app"), ArmSetup("calls", {}, [], b"k" * 32)) as arm:
            arm.wait_until_ready()
            arm.feed([json.dumps(case.to_json()).encode() for case in cases])
            return [json.loads(arm.reply(case.id).observation)["answer"] for case in cases]

    return drive


@pytest.mark.parametrize(("source", "last"), [(ASGI, 1), (WSGI, 1)], ids=["asgi", "wsgi"])
def test_an_application_is_told_and_what_it_sends_later_is_lost(answers, source, last):
    left, seen = answers(source, asked("/stream", leaves=2), asked("/seen"))
    assert left["chunks"] == ["piece 0;", "piece 1;"]
    assert (left["left"], left["finished"]) == (True, False)
    assert seen["chunks"] == [f"[{last}]"]


@pytest.mark.parametrize("source", [ASGI, WSGI], ids=["asgi", "wsgi"])
def test_an_answer_that_ends_before_is_given_whole(answers, source):
    (whole,) = answers(source, asked("/stream", leaves=9))
    assert len(whole["chunks"]) == 5
    assert whole["finished"] is True
    assert "left" not in whole


def test_a_recorded_route_whose_caller_left_is_left_again():
    request, chunks = Request("GET", "/stream"), (b"a", b"b")
    assert recorded_case(Route("1", request, Answer(200, (), chunks, cancelled=True)), 1).leaves == 2
    assert recorded_case(Route("2", request, Answer(200, (), chunks)), 2).leaves is None
    assert recorded_case(Route("3", request, Answer(200, (), (), cancelled=True)), 3).leaves is None


def test_streams_of_a_few_keys_are_left_once_and_come_slowly_once():
    seeds = Seeds(("ash", "birch", "cedar"))
    seeds.add(Route("1", Request("POST", "/talk").with_body(b'{"provider": "ash"}'), Answer(200)))
    left = [case for case in seeds.cases() if case.leaves]
    slow = [case for case in seeds.cases() if case.script.rest.kind == "slow"]
    assert [case.key for case in left] == [case.key for case in slow] == ["ash", "birch", UNKNOWN_KEY]
    assert all(json.loads(case.request.body)["stream"] is True for case in left)


def test_a_finding_keeps_that_the_caller_left(tmp_path):
    case = asked("/stream", leaves=3)
    write_findings(tmp_path, [Finding(Signature("stream", "taken", "differ"), (case,), ())])
    ((read,),) = read_findings(tmp_path)
    assert read.leaves == 3


def test_a_case_is_shrunk_to_one_whose_caller_stays_if_that_differs_too():
    quiet = {"error": None, "calls": [], "requests": [], "timeouts": [], "escapes": []}
    answer = {"status": 200, "headers": [], "chunks": [], "finished": True}
    one, other = {**quiet, "answer": answer}, {**quiet, "answer": {**answer, "status": 500}}
    replies = Reply(json.dumps(one), "{}"), Reply(json.dumps(other), "{}")
    smaller = shrink(lambda _: replies, asked("/stream", leaves=3), Signature.of(compare(one, other)))
    assert smaller.leaves is None


def test_two_cases_that_differ_only_in_whether_the_caller_leaves_are_both_driven(tmp_path):
    path = tmp_path / "traffic.jsonl"
    with RecordingWriter(path) as writer:
        for number, cancelled in enumerate((False, True)):
            writer.write(Route(str(number), Request("GET", "/stream"), Answer(200, (), (b"a",), cancelled=cancelled)))
    plan = plan_of({"sites": [{"name": "s", "file": "a.py", "keys": ["ash"]}], "modules": []})
    assert [case.leaves for case in cases_from([path], plan, generate=False)] == [None, 1]
