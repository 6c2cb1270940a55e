"""The circuit breaker against a model of it that is too simple to be wrong, and the places where it could be."""

import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cutover_registry import fault_counts
from cutover_registry.failover import CircuitBreaker, InvalidPolicy, add_route_hook, remove_route_hook

LIMIT, WINDOW, COOLDOWN, PROBE = 3, 60.0, 30.0, 120.0


class Clock:
    seconds = 0.0

    def now(self):
        return self.seconds


class BreakerMachine(RuleBasedStateMachine):
    """Every event with its time, and the state worked out anew from all of them."""

    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.breaker = CircuitBreaker(
            failures=LIMIT, window=WINDOW, cooldown=COOLDOWN, probe_limit=PROBE, clock=self.clock
        )
        self.state, self.since, self.failures, self.probe = "closed", 0.0, [], None

    @rule(seconds=st.sampled_from([0.5, 5.0, 29.0, 30.0, 61.0, 121.0]))
    def pass_time(self, seconds):
        self.clock.seconds += seconds

    @rule()
    def ask(self):
        now = self.clock.seconds
        if self.state == "open" and now - self.since >= COOLDOWN:
            self.state, self.probe = "half-open", None
        free = self.probe is None or now - self.probe >= PROBE
        expected = self.state == "closed" or (self.state == "half-open" and free)
        if self.state == "half-open" and free:
            self.probe = now
        assert self.breaker.allows("near") is expected

    @rule()
    def fail(self):
        now = self.clock.seconds
        self.failures.append(now)
        recent = [failure for failure in self.failures[-LIMIT:] if now - failure <= WINDOW]
        if self.state == "half-open" or (self.state == "closed" and len(recent) == LIMIT):
            self.state, self.since, self.probe = "open", now, None
        self.breaker.failed("near")

    @rule()
    def succeed(self):
        if self.state == "half-open":
            self.state, self.failures, self.probe = "closed", [], None
        self.breaker.succeeded("near")

    @rule()
    def abandon(self):
        self.probe = None
        self.breaker.abandoned("near")

    @invariant()
    def shows_its_state(self):
        states = self.breaker.states()
        assert states["near"].state == self.state if "near" in states else self.state == "closed"


BreakerMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestBreaker = BreakerMachine.TestCase


def test_a_breaker_says_when_it_may_be_tried():
    clock = Clock()
    breaker = CircuitBreaker(failures=1, cooldown=30, clock=clock)
    breaker.failed("near")
    clock.seconds += 12
    state = breaker.states()["near"]
    assert (state.state, state.failures, state.retry_in) == ("open", 1, 18)


def test_changes_are_told_and_may_look_at_the_breaker():
    clock, told = Clock(), []
    breaker = CircuitBreaker(failures=1, cooldown=30, clock=clock)
    breaker.changed.append(lambda *change: told.append((*change, breaker.states()[change[0]].state)))
    breaker.failed("near")
    clock.seconds += 30
    breaker.allows("near")
    breaker.succeeded("near")
    assert told == [
        ("near", "closed", "open", "open"),
        ("near", "open", "half-open", "half-open"),
        ("near", "half-open", "closed", "closed"),
    ]


def test_a_breaker_can_be_reset():
    breaker = CircuitBreaker(failures=1)
    breaker.failed("near")
    breaker.failed("far")
    breaker.reset("near")
    assert (breaker.allows("near"), breaker.allows("far")) == (True, False)
    breaker.reset()
    assert breaker.allows("far")


def test_one_probe_at_a_time_among_threads():
    clock = Clock()
    breaker = CircuitBreaker(failures=1, cooldown=1, clock=clock)
    breaker.failed("near")
    clock.seconds += 1
    allowed, gate = [], threading.Barrier(16)

    def ask():
        gate.wait()
        allowed.append(breaker.allows("near"))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * 15 + [True]


@pytest.mark.parametrize("option", ["failures", "window", "cooldown"])
def test_an_option_below_zero_is_refused(option):
    with pytest.raises(InvalidPolicy, match=rf"failover policy, breaker.{option}: is 0; write a number above zero"):
        CircuitBreaker(**{option: 0})


# ---- one probe, and nothing but its outcome


@pytest.fixture
def probed():
    """A half-open circuit with its probe under way, and its number."""
    clock = Clock()
    breaker = CircuitBreaker(failures=1, cooldown=10, probe_limit=60, clock=clock)
    breaker.failed("near")
    clock.seconds += 10
    return breaker, breaker.admit("near"), clock


@pytest.mark.parametrize("outcome", ["succeeded", "failed", "abandoned"])
def test_an_attempt_from_before_decides_nothing_while_a_probe_is_under_way(probed, outcome):
    breaker, _, _ = probed
    getattr(breaker, outcome)("near", 0)
    assert breaker.states()["near"].state == "half-open"
    assert breaker.admit("near") is None


@pytest.mark.parametrize(
    ("outcome", "state"), [("succeeded", "closed"), ("failed", "open"), ("abandoned", "half-open")]
)
def test_the_outcome_of_the_probe_decides(probed, outcome, state):
    breaker, probe, _ = probed
    getattr(breaker, outcome)("near", probe)
    assert breaker.states()["near"].state == state
    assert (breaker.admit("near") is None) == (state == "open")


def test_a_probe_that_is_overdue_is_replaced_and_its_late_outcome_is_dropped(probed):
    breaker, probe, clock = probed
    clock.seconds += 60
    second = breaker.admit("near")
    assert second not in {None, 0, probe}
    breaker.succeeded("near", probe)
    assert breaker.states()["near"].state == "half-open"
    breaker.succeeded("near", second)
    assert breaker.states()["near"].state == "closed"


def test_one_probe_at_a_time_among_threads_that_end_them_in_every_way():
    breaker = CircuitBreaker(failures=1, cooldown=0.0001)
    under_way, most, lock = [0], [0], threading.Lock()

    def work(outcome):
        for _ in range(300):
            probe = breaker.admit("near")
            if not probe:
                breaker.failed("near", 0)
                continue
            with lock:
                under_way[0] += 1
                most[0] = max(most[0], under_way[0])
            with lock:
                under_way[0] -= 1
            outcome("near", probe)

    outcomes = [breaker.succeeded, breaker.failed, breaker.abandoned] * 5
    threads = [threading.Thread(target=work, args=(outcome,)) for outcome in outcomes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


# ---- who is told


class Hook:
    def __init__(self):
        self.heard = []

    def circuit_changed(self, provider, before, after):
        self.heard.append((provider, before, after))


def test_route_hooks_hear_of_changes(probed):
    hook = Hook()
    add_route_hook(hook)
    try:
        breaker, probe, _ = probed
        breaker.failed("near", probe)
        breaker.reset()
    finally:
        remove_route_hook(hook)
    assert hook.heard == [("near", "half-open", "open"), ("near", "open", "closed")]


def test_a_listener_that_raises_breaks_no_call_and_is_counted(probed):
    breaker, probe, _ = probed
    before = fault_counts().get("breaker listener", 0)
    breaker.changed.append(lambda *change: 1 / 0)
    breaker.succeeded("near", probe)
    assert breaker.states()["near"].state == "closed"
    assert fault_counts()["breaker listener"] == before + 1


def test_a_listener_is_told_outside_of_the_lock(probed):
    """It may wait for another thread that asks the breaker."""
    breaker, probe, _ = probed
    seen = []

    def ask(*change):
        thread = threading.Thread(target=lambda: seen.append(breaker.states()["near"].state), daemon=True)
        thread.start()
        thread.join(5)

    breaker.changed.append(ask)
    breaker.succeeded("near", probe)
    assert seen == ["closed"]
