import copy

import pytest

from cutover_parity import Ignored, Match, Mismatch, compare
from cutover_parity.replay._statement import statement, upper_bound

CALL = {
    "provider": "near",
    "slot": "make_request",
    "function": "make_near",
    "module": "m",
    "args": ["hi"],
    "kwargs": {"n": 1},
    "on": "worker thread",
    "outcome": "answer",
}
REQUEST = {
    "method": "POST",
    "url": "https://u.invalid/v1",
    "headers": [["a", "1"], ["b", "2"]],
    "body": {"model": "m"},
    "timeout": {"read": 5},
    "client": "sync",
    "outcome": "status 503",
}
SEEN = {
    "answer": {
        "status": 200,
        "headers": [["x", "1"], ["set", "a"], ["set", "b"]],
        "chunks": ["ab", "c"],
        "finished": True,
    },
    "error": None,
    "calls": [CALL],
    "requests": [REQUEST],
    "timeouts": [{"kind": "wait_for", "seconds": 30.0}],
    "escapes": [],
}


def changed(path, value):
    other = copy.deepcopy(SEEN)
    holder = other
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return other


@pytest.mark.parametrize(
    ("path", "value", "layers", "first"),
    [
        (("calls", 0, "function"), "make_x", ["calls"], "calls[0].function: legacy 'make_near', registry 'make_x'"),
        (("calls", 0, "kwargs"), {}, ["calls"], "calls[0].kwargs.n: legacy 1, registry (absent)"),
        (("calls", 0, "on"), "event loop", ["calls"], "calls[0].on: legacy 'worker thread', registry 'event loop'"),
        (("calls", 0, "outcome"), "timeout", ["failover"], "failover[0][1]: legacy 'answer', registry 'timeout'"),
        (("calls", 0, "taken"), 2, ["stream"], "stream.taken[0][0]: legacy None, registry 2"),
        (
            ("requests", 0, "headers"),
            [["a", "9"], ["b", "2"]],
            ["requests"],
            "requests[0].headers.a: legacy '1', registry '9'",
        ),
        (("requests", 0, "body", "model"), "n", ["requests"], "requests[0].body.model: legacy 'm', registry 'n'"),
        (("requests", 0, "timeout", "read"), 9, ["timeouts"], "timeouts.requests[0].read: legacy 5, registry 9"),
        (("timeouts", 0, "seconds"), 9.0, ["timeouts"], "timeouts.asked[0].seconds: legacy 30.0, registry 9.0"),
        (("timeouts",), [], ["timeouts"], "registry (absent)"),
        (("answer", "status"), 500, ["answer"], "answer.status: legacy 200, registry 500"),
        (
            ("answer", "headers"),
            [["x", "1"], ["set", "a"]],
            ["answer"],
            "answer.headers.set: legacy ['a', 'b'], registry 'a'",
        ),
        (("answer", "chunks"), ["abc"], ["edges"], "edges.chunks[0]: legacy 2, registry 3"),
        (("answer", "chunks"), ["ab"], ["answer", "edges"], "answer.body: legacy 'abc', registry 'ab'"),
        (("answer", "cancelled"), True, ["stream"], "stream.cancelled: legacy (absent), registry True"),
        (("calls", 0, "bound"), "object", ["binding"], "binding[0]: legacy None, registry 'object'"),
        (("calls", 0, "kwargs", "n"), True, ["calls"], "calls[0].kwargs.n: legacy 1, registry True"),
        (("calls", 0, "kwargs", "n"), 1.0, ["calls"], "calls[0].kwargs.n: legacy 1, registry 1.0"),
        (("waits",), 3, ["other"], "other.waits: legacy (absent), registry 3"),
        (("answer", "finished"), False, ["stream"], "stream.finished: legacy True, registry False"),
        (("error",), {"type": "KeyError"}, ["exception"], "exception: legacy None, registry {'type': 'KeyError'}"),
        (("escapes",), ["GET x"], ["escapes"], "escapes[0]: legacy (absent), registry 'GET x'"),
    ],
)
def test_a_difference_is_found_in_its_layer(path, value, layers, first):
    verdict = compare(SEEN, changed(path, value))
    assert isinstance(verdict, Mismatch)
    assert list(verdict.layers) == layers
    assert first in str(verdict.differences[0])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("calls", 0, "module"), "elsewhere"),
        (("answer", "headers"), [["set", "a"], ["x", "1"], ["set", "b"]]),
        (("requests", 0, "headers"), [["b", "2"], ["a", "1"]]),
        (("error",), None),
    ],
)
def test_what_does_not_matter_matches(path, value):
    assert compare(SEEN, changed(path, value)) == Match()


def test_what_was_written_elsewhere_is_nearer_to_the_cause_than_the_binding():
    other = changed(("calls", 0, "bound"), "object")
    verdict = compare({**SEEN, "state": ["oak"]}, {**other, "state": ["elm"]})
    assert isinstance(verdict, Mismatch)
    assert list(verdict.layers) == ["other", "binding"]


def test_what_the_user_said_does_not_matter_is_ignored_with_the_reason():
    other = changed(("answer", "headers"), [["x", "2"], ["set", "a"], ["set", "b"]])
    verdict = compare(SEEN, other, ignore={"answer.headers.x": "a request id"})
    assert isinstance(verdict, Ignored)
    assert verdict.reason == "a request id"
    assert [difference.place for difference in verdict.differences] == ["answer.headers.x"]


def test_ignoring_one_place_hides_no_other():
    other = changed(("answer", "status"), 500)
    other["answer"]["headers"][0][1] = "2"
    verdict = compare(SEEN, other, ignore={"answer.headers.*": "ids"})
    assert isinstance(verdict, Mismatch)
    assert [difference.place for difference in verdict.differences] == ["answer.status"]


@pytest.mark.parametrize(
    ("place", "ignored"), [("calls[0].args[0]", True), ("calls[*].args[?]", True), ("calls", False)]
)
def test_brackets_in_a_pattern_stand_for_themselves(place, ignored):
    verdict = compare(SEEN, changed(("calls", 0, "args"), ["ho"]), ignore={place: "noise"})
    assert isinstance(verdict, Ignored if ignored else Mismatch)


def test_one_more_call_in_the_middle_is_one_difference():
    three = changed(("calls",), [CALL, {**CALL, "function": "make_x"}, {**CALL, "slot": "last"}])
    two = changed(("calls",), [three["calls"][0], three["calls"][2]])
    found = [item for item in compare(two, three).differences if item.layer == "calls"]
    assert [item.place for item in found] == ["calls[1]"]


def test_another_number_of_calls_is_no_other_binding():
    two = changed(("calls",), [{**CALL, "bound": "name"}, {**CALL, "bound": "name"}])
    one = changed(("calls",), [{**CALL, "bound": "name"}])
    assert "binding" not in compare(two, one).layers


@pytest.mark.parametrize("kind", ["ReadTimeout", "ConnectError"])
def test_an_exception_of_the_successor_of_a_client_library_is_the_same(kind):
    one, other = ({**SEEN, "error": error(f"{module}.{kind}")} for module in ("httpx", "httpx2"))
    assert compare(one, other) == Match()
    assert isinstance(compare(one, {**SEEN, "error": error("httpx2.ReadError")}), Mismatch)


def error(kind):
    return {"type": kind, "message": "m", "cause": {"type": kind, "message": "m", "cause": None}}


def answering(*chunks, kind="text/event-stream"):
    answer = {"status": 200, "headers": [["content-type", kind]], "chunks": list(chunks), "finished": True}
    return {**SEEN, "answer": answer}


EVENTS = answering('data: {"n": 1}\n\n', 'data: {"n": 2}\n\n', "data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("other", "places"),
    [
        (answering('data: {"n": 1}\n\ndata: {"n": 2}\n\n', "data: [DONE]\n\n"), ["edges.chunks[0]"]),
        (answering('data: {"n": 1}\n\n', 'data: {"n": 7}\n\n', "data: [DONE]\n\n"), ["stream.events[1].data.n"]),
        (answering('data: {"n": 1}\n\n', "data: [DONE]\n\n"), ["stream.events[1]"]),
        (
            answering('data: {"n": 1}\n\n', 'data: {"n": 2}\n\n', "data: [DO"),
            ["stream.events[2].data", "stream.events[2].unfinished"],
        ),
        (answering('data: {"n":1}\n\n', 'data: {"n": 2}\n\n', "data: [DONE]\n\n"), ["answer.spelling"]),
        (answering(": hi\n\n", *EVENTS["answer"]["chunks"]), ["stream.events[0]"]),
    ],
)  # fmt: skip
def test_streams_are_compared_event_by_event(other, places):
    found = [item.place for item in compare(EVENTS, other).differences]
    assert found[: len(places)] == places


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ('{"a": 1, "b": [1, 3]}', "answer.body.b[1]"),
        ('{"b": [1, 2], "a": 1}', "answer.body.(order of fields)"),
        ('{"a": 1.0, "b": [1, 2]}', "answer.body.a"),
        ('{"a": 1, "b": [1, 2], "c": null}', "answer.body.c"),
        ('{"a":1,"b":[1,2]}', "answer.spelling"),
        ('{"a": 1, "b": [1, 2]', "answer.body"),
    ],
)
def test_json_is_compared_field_by_field_and_then_as_it_is_written(body, place):
    one = answering('{"a": 1, "b": [1, 2]}', kind="application/json")
    assert compare(one, answering(body, kind="application/json")).differences[0].place == place


def test_json_lines_are_a_stream():
    one = answering('{"n": 1}\n{"n": 2}\n', kind="application/x-ndjson")
    assert compare(one, answering('{"n": 1}\n', '{"n": 2}\n', kind="application/x-ndjson")).layers == ("edges",)
    other = answering('{"n": 1}\n{"n": 3}\n', kind="application/x-ndjson")
    assert [item.place for item in compare(one, other).differences] == ["stream.events[1].n"]


def test_a_chunk_that_was_cut_inside_a_character_is_still_read():
    half = {"base64": "ZGF0YTogw7xiZXIKCmRhdGE6IMM="}
    other = {"base64": "vAoK"}
    whole = answering("data: über\n\ndata: ü\n\n")
    assert compare(whole, answering(half, other)).layers == ("edges",)


def test_a_long_value_is_shown_shortened():
    verdict = compare(SEEN, changed(("calls", 0, "args"), ["x" * 5000]))
    assert len(str(verdict.differences[0])) < 500


@pytest.mark.parametrize(
    ("mismatches", "replays", "bound"),
    [(0, 1, 0.95), (0, 59, 0.0495), (0, 3000, 0.000998), (1, 100, 0.04656), (5, 5, 1.0), (3, 3000, 0.00258)],
)
def test_the_bound_is_the_exact_one(mismatches, replays, bound):
    assert upper_bound(mismatches, replays) == pytest.approx(bound, rel=2e-3)


def test_the_statement_says_the_bound_in_a_sentence():
    assert statement(0, 1000) == "0 mismatches in 1000 replays: at most 0.299% with 95 % confidence"
    assert statement(0, 0) == "0 replays: nothing can be said"


def test_the_length_of_a_body_comes_after_what_differs_in_it():
    one, other = copy.deepcopy(SEEN), copy.deepcopy(SEEN)
    for seen, body in ((one, '{"n": 1}'), (other, '{"n": 10}')):
        seen["answer"]["headers"] = [["content-length", str(len(body))], ["content-type", "application/json"]]
        seen["answer"]["chunks"] = [body]
    found = compare(one, other).differences
    assert [item.place for item in found][:2] == ["answer.body.n", "answer.headers.content-length"]
