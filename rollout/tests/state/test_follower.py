"""A worker that follows: pushed or not, through losses, restarts, forks, and with the machine's own kill file."""

import logging
import threading
from itertools import groupby
from pathlib import Path

import pytest

from cutover_registry import ProviderRegistry, SwitchSnapshot, current_switch, follow_switch, use_registry
from cutover_rollout.state import Follower, MemoryState, open_state
from cutover_rollout.state import _postgresql as postgresql_module

ON = {"version": 2, "rules": [{"site": "*", "provider": "*", "arm": "registry"}]}
OFF = {"version": 2, "rules": []}
KILLED = {**ON, "kill": True}


class Gateway:
    """Takes switches as a worker does."""

    def __init__(self):
        self.taken = []

    def apply(self, switch):
        self.taken.append(switch)

    @property
    def is_on(self):
        return bool(self.arms) and self.arms[-1] == "registry"

    @property
    def arms(self):
        """The arms that were on, one after the other."""
        taken = [None if switch is None else switch.arm("chat", "near") for switch in self.taken]
        return [arm for arm, _ in groupby(taken)]


@pytest.fixture
def gateway():
    return Gateway()


@pytest.fixture
def follow(gateway):
    """Follow a state to the end of the test."""
    started = []

    def start(state, *, stale_after=300.0):
        started.append(Follower(state, stale_after=stale_after, apply=gateway.apply))
        return started[-1].start()

    yield start
    for each in started:
        each.stop()


def _decide(state, document):
    return state.write(document, expected=state.read(), by="ops", why="test")


def test_a_worker_is_on_legacy_until_it_has_read(place, gateway, follow, until):
    state = place.open()
    _decide(state, ON)
    follower = follow(place.open())
    assert gateway.taken[0] == SwitchSnapshot()
    until(lambda: gateway.is_on)
    now = follower.now()
    assert (now.where, now.standing, now.version, now.problem) == (state.where, "following", 1, None)


def test_a_worker_follows_each_decision(place, gateway, follow, until):
    state = place.open()
    follow(place.open())
    for _ in range(3):
        _decide(state, ON)
        until(lambda: gateway.is_on)
        _decide(state, KILLED)
        until(lambda: not gateway.is_on)


def test_a_worker_follows_also_where_no_push_comes_through(served_place, gateway, follow, until, monkeypatch):
    state, deaf = served_place.open(), served_place.open()
    if served_place.kind == "redis":
        deaf._channel = "elsewhere"
        deaf.watch(None, 0)
    else:
        with monkeypatch.context() as patched:
            patched.setattr(postgresql_module, "CHANNEL", "elsewhere")
            deaf.watch(None, 0)
    follow(deaf)
    _decide(state, ON)
    until(lambda: gateway.is_on)
    _decide(state, KILLED)
    until(lambda: not gateway.is_on)


def test_a_stopped_worker_follows_no_longer_and_is_its_file_s(gateway, until):
    state = MemoryState()
    _decide(state, ON)
    with Follower(state, apply=gateway.apply) as follower:
        until(lambda: gateway.is_on)
    assert gateway.taken[-1] is None
    assert follower.now().standing == "stopped"
    _decide(state, OFF)
    assert gateway.taken[-1] is None
    assert not [each for each in threading.enumerate() if each.name in {"cutover-follower", "cutover-stale"}]
    with follower:
        until(lambda: follower.now().version == 2)


def test_a_lost_state_keeps_the_last_switch_until_it_is_stale(served_place, relay, gateway, follow, until, caplog):
    wire = relay(served_place.server.port)
    state = served_place.open()
    _decide(state, ON)
    far = open_state(served_place.through(wire.port), name=served_place.name)
    served_place.opened.append(far)
    with caplog.at_level(logging.INFO):
        follower = follow(far, stale_after=3)
        until(lambda: gateway.is_on)
        wire.cut()
        until(lambda: follower.now().standing == "lost")
        until(lambda: follower.now().standing == "stale")
        assert follower.now().silence >= 3
        wire.mend()
        until(lambda: follower.now().standing == "following")
    assert gateway.arms == ["legacy", "registry", "legacy", "registry"]
    told = [record.getMessage().partition(" (")[0] for record in caplog.records]
    assert told == [
        f"{far.where}: followed",
        f"{far.where}: the switch stays as it is",
        f"{far.where}: nothing of it for too long, everything is on legacy",
        f"{far.where}: followed",
    ]


def test_a_decision_during_a_loss_is_taken_after_it(served_place, relay, gateway, follow, until):
    wire = relay(served_place.server.port)
    state = served_place.open()
    _decide(state, ON)
    far = open_state(served_place.through(wire.port), name=served_place.name)
    served_place.opened.append(far)
    follower = follow(far)
    until(lambda: gateway.is_on)
    wire.hold()
    _decide(state, KILLED)
    until(lambda: follower.now().standing == "lost")
    assert gateway.is_on
    wire.mend()
    until(lambda: not gateway.is_on)
    assert follower.now().version == 2


def test_a_killed_server_changes_nothing_and_a_started_one_is_followed(served_place, gateway, follow, until):
    state = served_place.open()
    _decide(state, ON)
    follower = follow(served_place.open())
    until(lambda: gateway.is_on)
    served_place.server.kill()
    try:
        until(lambda: follower.now().standing == "lost")
        assert gateway.is_on
    finally:
        served_place.server.start()
    until(lambda: follower.now().standing == "following")
    _decide(state, KILLED)
    until(lambda: not gateway.is_on)


def test_a_state_that_forgot_everything_raises_nothing_and_a_new_beginning_is_taken(
    shared_place, gateway, follow, until
):
    state = shared_place.open()
    _decide(state, OFF)
    _decide(state, ON)
    follower = follow(shared_place.open())
    until(lambda: gateway.is_on)
    _forget(shared_place)
    until(lambda: follower.now().standing == "lost")
    assert follower.now().problem == "it went back from version 2 to 0"
    assert gateway.is_on
    _decide(state, OFF)
    until(lambda: follower.now().standing == "following")
    assert not gateway.is_on


def _forget(place):
    if place.kind == "sqlite":
        for path in Path(place.url.removeprefix("sqlite:///")).parent.glob("state.db*"):
            path.unlink()
        return
    with place.server.connect() as connection:
        if "redis" in place.kind:
            connection.delete(*connection.keys(f"cutover:{{{place.name}}}*"))
        else:
            connection.execute("ALTER TABLE cutover.decisions DISABLE TRIGGER decisions_stay")
            connection.execute("DELETE FROM cutover.decisions WHERE state = %s", (place.name,))
            connection.execute("DELETE FROM cutover.states WHERE name = %s", (place.name,))
            connection.execute("ALTER TABLE cutover.decisions ENABLE TRIGGER decisions_stay")


def test_a_document_that_is_not_understood_is_a_loss_that_becomes_stale(gateway, follow, until):
    state = MemoryState()
    _decide(state, ON)
    follower = follow(state, stale_after=1.5)
    until(lambda: gateway.is_on)
    _decide(state, {"version": 99})
    until(lambda: follower.now().standing == "stale")
    assert follower.now().problem.startswith("version 2 is not understood: ")
    _decide(state, ON)
    until(lambda: gateway.is_on)
    assert gateway.arms == ["legacy", "registry", "legacy", "registry"]


class HangingState(MemoryState):
    """A state whose answer never comes, nor an end of the waiting: what a lookup of a name can be."""

    def __init__(self):
        super().__init__()
        self.hangs = threading.Event()
        self.goes_on = threading.Event()

    def watch(self, after, timeout):
        if self.hangs.is_set():
            self.goes_on.wait()
        return super().watch(after, timeout)


def test_a_state_that_hangs_becomes_stale_all_the_same(gateway, follow, until):
    state = HangingState()
    _decide(state, ON)
    follower = follow(state, stale_after=1.5)
    until(lambda: gateway.is_on)
    state.hangs.set()
    until(lambda: follower.now().standing == "stale")
    assert not gateway.is_on
    assert follower.now().problem == "it does not answer"
    state.goes_on.set()
    until(lambda: gateway.is_on)


def test_a_worker_that_is_stopped_while_the_state_hangs_starts_again_alone(gateway, follow, until):
    state = HangingState()
    _decide(state, ON)
    follower = follow(state)
    until(lambda: gateway.is_on)
    state.hangs.set()
    before = threading.active_count()
    follower.stop()
    state.hangs.clear()
    follower.start()
    until(lambda: gateway.is_on)
    state.goes_on.set()
    until(lambda: threading.active_count() <= before)
    assert gateway.arms == ["legacy", "registry", None, "legacy", "registry"]


def test_legacy_that_cannot_be_put_in_force_is_tried_again(until, caplog):
    state, tried = HangingState(), []

    def apply(switch):
        tried.append(switch)
        if len(tried) == 2:
            raise ZeroDivisionError

    state.hangs.set()
    with Follower(state, stale_after=0.2, apply=apply) as follower:
        until(lambda: follower.now().standing == "stale")
        state.goes_on.set()
    assert tried == [SwitchSnapshot()] * 3 + [None]
    assert "memory:default: legacy could not be put in force, it is tried again" in caplog.text


def test_a_state_that_fails_in_an_unforeseen_way_is_a_loss(gateway, follow, until):
    class Broken(MemoryState):
        def watch(self, after, timeout):
            raise ZeroDivisionError

    follower = follow(Broken())
    until(lambda: follower.now().standing == "lost")
    assert follower.now().problem == "ZeroDivisionError"
    assert not gateway.is_on


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A site of a gateway whose switch file would be under this folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CUTOVER_ARM", raising=False)
    monkeypatch.delenv("CUTOVER_SWITCH_FILE", raising=False)
    tables = {
        "SLOTS": {"make_request": "{}s"},
        "SITES": {"chat": {"slots": ["make_request"]}},
        "PROVIDER_CONFIGS": {"dump": {"module_name": "json", "sites": "*"}},
    }
    (bound,) = ProviderRegistry.from_mapping(tables).bind({}, "chat")
    yield bound
    follow_switch(None)


def test_a_worker_s_site_follows_and_the_kill_file_beats_a_state_that_is_cut_off(
    served_place, relay, site, tmp_path, until
):
    wire = relay(served_place.server.port)
    _decide(served_place.open(), ON)
    far = open_state(served_place.through(wire.port), name=served_place.name)
    served_place.opened.append(far)
    with Follower(far) as follower:
        until(lambda: use_registry(site, "dump"))
        wire.hold()
        until(lambda: follower.now().standing == "lost")
        assert use_registry(site, "dump")
        kill = tmp_path / ".cutover" / "kill"
        kill.parent.mkdir()
        kill.touch()
        until(lambda: not use_registry(site, "dump"))
        kill.unlink()
        until(lambda: use_registry(site, "dump"))
    assert not use_registry(site, "dump")
    assert current_switch().rules == ()


FORKING = """
import os, sys, threading, time, warnings
warnings.simplefilter("ignore")
from cutover_registry import current_switch
from cutover_rollout.state import Follower, open_state
url, name = sys.argv[1:]
ON = {"version": 2, "rules": [{"site": "*", "provider": "*", "arm": "registry"}]}
state = open_state(url, name=name)
seen = state.write(ON, expected=state.read(), by="a", why="w")
state.watch(None, 0)
follower = Follower(state).start()

def until(arm):
    deadline = time.monotonic() + 20
    while current_switch().arm("chat", "near") != arm:
        if time.monotonic() > deadline:
            os._exit(3)
        time.sleep(0.01)

until("registry")
children = []
for n in range(4):
    child = os.fork()
    if not child:
        until("legacy")
        os._exit(0 if follower.now().standing == "following" and state.read().version == 2 else 4)
    children.append(child)
seen = state.write({**ON, "kill": True}, expected=seen, by="a", why="w")
until("legacy")
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
seen = state.write(ON, expected=seen, by="a", why="w")
until("registry")
print(codes, follower.now().standing, seen.version)
follower.stop()
state.close()
"""


def test_forked_workers_follow_each_on_its_own(shared_place, python):
    told = python(FORKING, shared_place.url, shared_place.name).communicate(timeout=60)[0]
    assert told == "[0, 0, 0, 0] following 3\n"
