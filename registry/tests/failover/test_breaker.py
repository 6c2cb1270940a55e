"""The circuit breaker against a model of it that is too simple to be wrong, and the places where it could be."""

import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cutover_registry.failover import CircuitBreaker, InvalidPolicy

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
