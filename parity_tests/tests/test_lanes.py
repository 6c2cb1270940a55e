"""Cases come as a stream, are dealt into lanes, and make a report that does not grow with them."""

import json
import tracemalloc
from itertools import islice

import pytest

from cutover_parity import (
    Answer,
    Case,
    CaseStream,
    NoSeed,
    RecordingWriter,
    ReplayPlan,
    Request,
    Route,
    Script,
    SitePlan,
    report_text,
)
from cutover_parity.replay._lanes import deal

PLAN = ReplayPlan((SitePlan("chat", ("near", "groq")),), {})


def case(number, *, pause=None, body=b""):
    return Case(str(number), Request("POST", "/", (), body), Script(), "answer", pause=pause)


def write(path, numbers, *, filler="", url="/v1/chat"):
    with RecordingWriter(path) as writer:
        for number in numbers:
            body = json.dumps({"provider": "near", "n": number, "filler": filler}).encode()
            writer.write(Route(str(number), Request("POST", url.format(number), (), body), Answer(200)))
    return path


def sizes(cases, **options):
    return [len(lane.cases) for lane in deal(cases, **options)]


def test_cases_are_cut_into_lanes_of_one_size_in_their_order():
    lanes = list(deal((case(n) for n in range(25)), size=10))
    assert [lane.number for lane in lanes] == [0, 1, 2]
    assert [one.id for lane in lanes for one in lane.cases] == [str(n) for n in range(25)]
    assert sizes(map(case, range(25)), size=10) == [10, 10, 5]
    assert sizes(map(case, range(20)), size=10) == [10, 10]
    assert sizes([]) == []


def test_a_case_that_follows_another_at_a_pause_stays_in_its_lane():
    assert sizes([case(n, pause=1.0 if n % 4 else None) for n in range(12)], size=6) == [8, 4]


def test_heavy_cases_make_shorter_lanes():
    assert sizes([case(n, body=b"x" * 9_000_000) for n in range(9)], size=100) == [4, 4, 1]


def test_lanes_are_dealt_without_walking_ahead():
    walked = []
    lanes = deal((walked.append(n) or case(n) for n in range(1000)), size=10)
    next(lanes)
    assert len(walked) == 11


def test_recorded_cases_come_before_the_recording_is_read_to_its_end(tmp_path, monkeypatch):
    cases = CaseStream([write(tmp_path / "t.jsonl", range(50))], PLAN, generate=False)
    assert len(cases.templates) == 0
    with (tmp_path / "t.jsonl").open("a") as file:
        file.write("no route\n" * 3)
    first = list(islice(cases, 2))
    assert [one.id for one in first] == ["recorded 1: POST /v1/chat", "recorded 2: POST /v1/chat"]
    assert cases.damage == []
    assert len(list(cases)) == 50
    assert [place.line for place in cases.damage] == [52, 53, 54]


def test_the_memory_of_a_stream_does_not_grow_with_its_recording(tmp_path):
    def peak(count):
        cases = CaseStream([write(tmp_path / f"{count}.jsonl", range(count), filler="x" * 20_000)], PLAN)
        tracemalloc.start()
        assert sum(1 for _ in cases) > count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few, many = peak(20), peak(400)
    assert many < few + 400 * 1000


def test_a_stream_can_be_walked_again_and_counts_duplicates_by_hash(tmp_path):
    write(tmp_path / "t.jsonl", [1, 2, 1, 1])
    cases = CaseStream([tmp_path / "t.jsonl"], PLAN)
    first, second = list(cases), list(cases)
    assert first == second
    assert [one.id.split(":")[0] for one in first if one.recorded] == ["recorded 1", "recorded 2"]
    assert cases.duplicates >= 2


def test_the_seeds_are_bounded_and_those_left_out_are_counted(tmp_path):
    cases = CaseStream([write(tmp_path / "t.jsonl", range(130), url="/v1/threads/{}")], PLAN)
    varied = {one.request.url for one in cases if not one.recorded}
    assert len(varied) == 100
    assert cases.seeds_left_out == 30


def test_a_request_that_was_answered_well_is_the_better_seed(tmp_path):
    with RecordingWriter(tmp_path / "t.jsonl") as writer:
        for number, status in enumerate([500, 200, 200]):
            request = Request("POST", "/v1/chat", (), json.dumps({"provider": "near", "n": number}).encode())
            writer.write(Route(str(number), request, Answer(status)))
    generated = [one for one in CaseStream([tmp_path / "t.jsonl"], PLAN) if not one.recorded]
    assert {json.loads(one.request.body)["n"] for one in generated} == {1}


def test_a_stream_of_nothing_is_refused(tmp_path):
    with pytest.raises(NoSeed) as refused:
        list(CaseStream([write(tmp_path / "t.jsonl", [])], PLAN))
    assert str(refused.value).startswith("no recorded route in 1 recording(s)")


DYING = """
import json, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    number = int(json.loads((await receive())["body"])["n"])
    if number in {dies}:
        os._exit(7)
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": str(number).encode()}})
"""


@pytest.fixture
def dying(tmp_path, replay_app):
    """Replay ten cases; the legacy arm's worker dies of some, the registry arm's of others."""

    def run(legacy=(), registry=()):
        bodies = [json.dumps({"n": number}).encode() for number in range(10)]
        cases = [Case(f"c{n}", Request("POST", "/", (), body), Script(), "answer") for n, body in enumerate(bodies)]
        sources = DYING.format(dies=set(legacy) or "()"), DYING.format(dies=set(registry) or "()")
        return replay_app(*sources, cases)

    return run


def test_a_worker_that_dies_is_an_error_of_its_case_and_the_rest_goes_on(dying):
    report = dying(legacy={3}, registry={3, 8})
    assert report.counts == {"match": 8, "mismatch": 0, "ignored": 0, "died": 2}
    assert [(error.case_id, error.arm) for error in report.errors] == [
        ("c3", "legacy"),
        ("c3", "registry"),
        ("c8", "registry"),
    ]
    assert "ended (exit code 7) before it answered case c8" in report.errors[-1].message
    assert report.exit_code == 1
    assert "ERROR in the registry arm, 1 times: the worker of the" in report_text(report)


def test_a_worker_that_dies_of_the_last_case_loses_nothing_else(dying):
    assert dying(registry={9}).counts == {"match": 9, "mismatch": 0, "ignored": 0, "died": 1}


def test_workers_that_live_leave_no_error(dying):
    report = dying()
    assert (report.counts["match"], report.errors) == (10, ())
