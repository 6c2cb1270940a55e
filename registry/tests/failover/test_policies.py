"""An option that is not well formed is refused where it is written, by its name."""

import pytest

from cutover_registry.failover import (
    FAILING_OVER,
    Backoff,
    CircuitBreaker,
    Failover,
    Hedge,
    InvalidPolicy,
    PhaseTimeouts,
    Policy,
)

SECONDS = "write seconds, a number above zero"


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: Policy(deadline="5"), f"deadline: is '5'; {SECONDS}"),
        (lambda: Policy(deadline=True), f"deadline: is True; {SECONDS}"),
        (lambda: Policy(deadline=float("nan")), f"deadline: is nan; {SECONDS}"),
        (lambda: Policy(fails_over=503), "fails_over: is 503; write a set of statuses or a function of the error"),
        (lambda: Policy(fails_over="503"), "fails_over: is '503'; write a set of statuses or a function"),
        (lambda: Backoff(retries=-1), "backoff.retries: is -1; write how often, 0 or more"),
        (lambda: Backoff(first=-0.5), f"backoff.first: is -0.5; {SECONDS}"),
        (lambda: Backoff(statuses="x"), "backoff.statuses: is 'x'; write a set of statuses"),
        (lambda: PhaseTimeouts(connect=0), f"phase_timeouts.connect: is 0; {SECONDS}"),
        (lambda: PhaseTimeouts(between_chunks=float("inf")), f"phase_timeouts.between_chunks: is inf; {SECONDS}"),
        (lambda: Hedge("p99"), "hedge.after: is 'p99'; write 'p95' or seconds, a number above zero"),
        (lambda: CircuitBreaker(failures=2.5), "breaker.failures: is 2.5; write how many, a whole number"),
        (lambda: CircuitBreaker(probe_limit=0), "breaker.probe_limit: is 0; write a number above zero"),
    ],
)
def test_what_is_not_well_formed_is_refused(made, message):
    with pytest.raises(InvalidPolicy) as caught:
        made()
    assert str(caught.value).startswith(f"failover policy, {message}")


def test_a_policy_of_sets_that_can_change_still_names_its_options():
    policy = Policy(fails_over=set(FAILING_OVER), backoff=Backoff(statuses={503}), deadline=1)
    assert policy.options_on == ("backoff", "deadline")


@pytest.mark.parametrize("fails_over", [[503, 504], (503, 504), {503, 504}, range(500, 600), lambda error: True])
def test_statuses_may_be_any_collection_or_a_function(run, providers, status, fails_over):
    asked = providers(near=[status(503)], far=["hello"])
    assert run(Failover(["near", "far"], policy=Policy(fails_over=fails_over)), asked) == "hello"


def test_a_function_that_fails_raises_its_own_error_and_frees_the_probe(run, providers, status, clock, listener):
    breaker = CircuitBreaker(failures=1, cooldown=10, clock=clock)
    breaker.failed("near")
    clock.seconds += 10
    chain = Failover(["near"], policy=Policy(fails_over=lambda error: 1 / 0, breaker=breaker), clock=clock)
    with pytest.raises(ZeroDivisionError):
        run(chain, providers(near=[status(503)]))
    assert breaker.allows("near")
    assert listener.heard[-1] == ("ended", "failed", None, 1)
