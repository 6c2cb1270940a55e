"""On a clock that moves by hand: whatever providers do and whichever options are on, a route ends at its deadline."""

from hypothesis import given, settings
from hypothesis import strategies as st

from cutover_registry.failover import (
    Backoff,
    CircuitBreaker,
    DeadlineExceeded,
    Failover,
    FailoverError,
    PhaseTimeouts,
    Policy,
)
from cutover_registry.failover._late import Late

SECONDS = st.floats(0.01, 20)
CALL = st.tuples(st.floats(0, 20), st.sampled_from([None, 400, 429, 502, 503]), st.sampled_from([None, 0.5, 30, 1e9]))


class Clock:
    seconds = 50.0

    def now(self):
        return self.seconds

    def wall(self):
        return 1_700_000_000 + self.seconds

    def sleep(self, seconds):
        assert seconds >= 0
        self.seconds += seconds


class Status(Exception):
    def __init__(self, status, retry_after):
        self.status_code, self.retry_after = status, retry_after


@st.composite
def policies(draw, clock):
    optional = st.none
    return Policy(
        fails_over={502, 503, 504, *draw(st.sampled_from([(), (429,)]))},
        deadline=draw(SECONDS),
        honour_retry_after=draw(optional() | SECONDS),
        backoff=draw(optional() | st.builds(Backoff, retries=st.integers(0, 3), first=SECONDS, longest=SECONDS)),
        phase_timeouts=draw(optional() | st.builds(PhaseTimeouts, total=SECONDS)),
        breaker=draw(optional() | st.builds(CircuitBreaker, failures=st.integers(1, 3), clock=st.just(clock))),
        raises=draw(st.sampled_from(["last", "first", "all"])),
    )


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_route_takes_longer_than_its_deadline(data):
    clock = Clock()
    policy = data.draw(policies(clock))
    chain = Failover(["near", "far", "last"], policy=policy, clock=clock)

    def made(attempt):
        """Take the seconds that the script says, but never more than the attempt has."""
        takes, status, retry_after = data.draw(CALL)
        assert attempt.remaining <= policy.deadline + 1e-9
        if takes > attempt.remaining:
            clock.seconds += attempt.remaining
            raise Late
        clock.seconds += takes
        if status is not None:
            raise Status(status, retry_after)
        return attempt.provider

    for _ in range(3):
        began, error = clock.seconds, None
        try:
            chain._run(chain._route(), made)
        except (Status, FailoverError, TimeoutError) as raised:
            error = raised
        took = clock.seconds - began
        assert took <= policy.deadline + 1e-9
        if isinstance(error, DeadlineExceeded):
            assert took >= policy.deadline - 1e-9
