"""Eight workers: each takes every decision, and the machine's kill file when there is no state to ask."""

import pytest

WORKER = """
import os, sys, threading, time
from cutover_registry import ProviderRegistry, use_registry
from cutover_rollout.state import Follower, open_state
tables = {
    "SLOTS": {"make_request": "{}s"},
    "SITES": {"chat": {"slots": ["make_request"]}},
    "PROVIDER_CONFIGS": {"dump": {"module_name": "json", "sites": "*"}},
}
(site,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
Follower(open_state(sys.argv[1], name=sys.argv[2])).start()
told, deadline = None, time.monotonic() + 60
while time.monotonic() < deadline:
    now = use_registry(site, "dump")
    if now != told:
        told = now
        print("registry" if now else "legacy", flush=True)
    time.sleep(0.03)
"""
ON = {"version": 2, "rules": [{"site": "*", "provider": "*", "arm": "registry"}]}


@pytest.fixture
def fleet(served_place, python):
    return [python(WORKER, served_place.url, served_place.name) for _ in range(8)]


def test_every_worker_is_killed_by_a_decision_and_without_a_state_by_the_kill_file(served_place, fleet, tmp_path):
    state = served_place.open()
    kill = tmp_path / ".cutover" / "kill"
    kill.parent.mkdir()

    def all_on(arm):
        assert {worker.stdout.readline() for worker in fleet} == {f"{arm}\n"}

    all_on("legacy")
    on = state.write(ON, expected=state.read(), by="ops", why="on")
    all_on("registry")
    killed = state.write({**ON, "kill": True}, expected=on, by="ops", why="kill")
    all_on("legacy")
    state.write(ON, expected=killed, by="ops", why="on again")
    all_on("registry")
    served_place.server.kill()
    try:
        kill.touch()
        all_on("legacy")
        kill.unlink()
        all_on("registry")
    finally:
        served_place.server.start()
    state.write({**ON, "kill": True}, expected=state.read(), by="ops", why="kill")
    all_on("legacy")
