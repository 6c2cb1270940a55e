"""Several processes at the same time: never two decisions at one version, never two holders of a lease."""

import json
from itertools import pairwise

import pytest

DECIDER = """
import sys
from cutover_rollout.state import VersionConflict, open_state
state, who, wanted = open_state(sys.argv[1], name=sys.argv[2]), sys.argv[3], int(sys.argv[4])
sys.stdin.readline()
while wanted:
    seen = state.read()
    try:
        state.write({"count": seen.document.get("count", 0) + 1}, expected=seen, by=who, why="one more")
    except VersionConflict:
        continue
    wanted -= 1
state.close()
"""
HOLDER = """
import json, os, sys, time
from cutover_rollout.state import open_state
from cutover_rollout.state._lease import steady
state, who, log, dies = open_state(sys.argv[1], name=sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5] == "dies"
sys.stdin.readline()
wanted = 5
while wanted:
    asked = steady()
    lease = state.lease("controller", who, 0.4 if dies else 20)
    if lease is None:
        time.sleep(0.005)
        continue
    began = steady()
    time.sleep(0.005)
    ended = asked + 0.4 if dies else steady()
    with open(log, "a") as file:
        file.write(json.dumps([lease.fence, began, ended, who]) + "\\n")
    if dies:
        os._exit(0)
    lease.release()
    wanted -= 1
state.close()
"""


@pytest.fixture
def together(python):
    """Run these at the same time, from the same moment on, to their end."""

    def run(program, *rows):
        started = [python(program, *row) for row in rows]
        for process in started:
            process.stdin.write("\n")
            process.stdin.flush()
        assert [process.wait(60) for process in started] == [0] * len(started)

    return run


def test_processes_that_decide_at_once_never_decide_twice_on_one_version(shared_place, together):
    together(DECIDER, *[(shared_place.url, shared_place.name, f"p{n}", 15) for n in range(3)])
    state = shared_place.open()
    told = state.history()
    assert [each.version for each in told] == list(range(1, 46))
    assert [each.document["count"] for each in told] == list(range(1, 46))
    assert {who: sum(each.by == who for each in told) for who in ("p0", "p1", "p2")} == {"p0": 15, "p1": 15, "p2": 15}
    assert state.read().version == 45


def test_a_lease_is_never_held_by_two_also_when_a_holder_dies(shared_place, together, tmp_path):
    log = tmp_path / "held.jsonl"
    kinds = ["lives", "lives", "dies"]
    together(HOLDER, *[(shared_place.url, shared_place.name, f"p{n}", log, kind) for n, kind in enumerate(kinds)])
    held = sorted(json.loads(line) for line in log.read_text().splitlines())
    assert len(held) == 11
    assert len({fence for fence, *_ in held}) == 11
    for (_, _, ended, _), (_, began, _, _) in pairwise(held):
        assert ended <= began


def test_a_killed_decider_leaves_a_whole_audit_and_a_state_that_goes_on(shared_place, python):
    state = shared_place.open()
    for turn in range(2):
        begun = state.read().version
        decider = python(DECIDER, shared_place.url, shared_place.name, "killed", 100_000)
        decider.stdin.write("\n")
        decider.stdin.flush()
        assert state.watch(state.read(), 30).version > begun
        decider.kill()
        decider.wait()
        seen = state.read()
        assert state.write({"count": seen.document["count"] + 1}, expected=seen, by="after", why=f"turn {turn}")
    told = state.history(most=1_000_000)
    assert [each.version for each in told] == list(range(1, len(told) + 1))
    assert [each.document["count"] for each in told] == list(range(1, len(told) + 1))
