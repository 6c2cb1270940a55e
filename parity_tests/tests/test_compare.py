import copy

import pytest

from cutover_parity import Ignored, Match, Mismatch, compare
from cutover_parity._statement import statement, upper_bound

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
        (("answer", "chunks"), ["abc"], ["stream"], "stream.chunks[0]: legacy 'ab', registry 'abc'"),
        (("answer", "chunks"), ["ab"], ["answer", "stream"], "answer.body: legacy 'abc', registry 'ab'"),
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
