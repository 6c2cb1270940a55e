"""The loop form: what a hand-written loop does, by the policy LEGACY; under another, the route hears how it went."""

import asyncio
import subprocess
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_registry import ProviderRegistry
from cutover_registry.failover import Backoff, CircuitBreaker, Failover, PhaseTimeouts, Policy, current_attempt


class Upstream(Exception):
    def __init__(self, provider, status):
        super().__init__(f"{provider} answers {status}")
        self.status_code = status


@dataclass
class Day:
    """One day's providers: what each attempt gives (None: an answer), and whether the application goes on after it."""

    chain: list
    outcomes: list
    going_on: frozenset

    def __post_init__(self):
        self.seen = []

    def ask(self, provider):
        status = self.outcomes[sum(kind == "asked" for kind, *_ in self.seen) % len(self.outcomes)]
        self.seen.append(("asked", provider))
        if status is not None:
            raise Upstream(provider, status)
        return f"{provider} answered"

    def should_go_on(self, error):
        self.seen.append(("decided", str(error)))
        return error.status_code in self.going_on

    def log(self, *told):
        self.seen.append(("logged", *told))


def by_hand(day):
    for index, provider in enumerate(day.chain):
        try:
            return day.ask(provider)
        except Upstream as error:
            if index < len(day.chain) - 1 and day.should_go_on(error):
                day.log(provider, day.chain[index + 1])
                continue
            raise
    return None


def by_route(day, failover):
    for provider in failover:
        try:
            return failover.answered(day.ask(provider))
        except Upstream as error:
            if failover.goes_on(error, day.should_go_on):
                day.log(provider, failover.following)
                continue
            raise
    return None


async def in_the_event_loop(day, failover):
    return by_route(day, failover)


async def by_async_route(day, failover):
    async for provider in failover:
        try:
            await asyncio.sleep(0)
            return failover.answered(day.ask(provider))
        except Upstream as error:
            if failover.goes_on(error, day.should_go_on):
                day.log(provider, failover.following)
                continue
            raise
    return None


def outcome(run):
    try:
        return run()
    except Upstream as error:
        return repr(error), error.__cause__, error.__context__


def noted_by_hand(day):
    errors = []
    for position, provider in enumerate(day.chain, 1):
        if position == len(day.chain):
            day.log("the last")
        try:
            answer = day.ask(provider)
        except Upstream as error:
            errors.append(str(error))
            if not day.should_go_on(error):
                break
            continue
        return errors, answer
    else:
        errors.append("nobody")
    return errors, None


def noted_by_route(day, failover):
    errors = []
    for provider in failover:
        if not failover.has_next:
            day.log("the last")
        try:
            answer = day.ask(provider)
        except Upstream as error:
            errors.append(str(error))
            if not day.should_go_on(error):
                break
            failover.failed(error)
            continue
        return errors, failover.answered(answer)
    else:
        errors.append("nobody")
    return errors, None


days = st.builds(
    dict,
    chain=st.lists(st.sampled_from(["near", "far", "other", "last"]), max_size=6),
    outcomes=st.lists(st.sampled_from([None, 401, 429, 500, 503]), min_size=1, max_size=6),
    going_on=st.frozensets(st.sampled_from([401, 429, 500, 503])),
)


@given(days)
def test_with_legacy_it_is_the_hand_written_loop(given_day):
    one = Day(**given_day)
    expected = outcome(lambda: by_hand(one))
    runs = [
        lambda day, failover: by_route(day, failover),
        lambda day, failover: asyncio.run(in_the_event_loop(day, failover)),
        lambda day, failover: asyncio.run(by_async_route(day, failover)),
    ]
    for run in runs:
        other = Day(**given_day)
        assert outcome(lambda run=run, day=other: run(day, ProviderRegistry().failover(day.chain))) == expected
        assert other.seen == one.seen


@given(days)
def test_with_legacy_a_loop_that_only_notes_is_the_hand_written_one(given_day):
    one, other = Day(**given_day), Day(**given_day)
    assert noted_by_hand(one) == noted_by_route(other, ProviderRegistry().failover(other.chain))
    assert one.seen == other.seen


def test_a_chain_of_anything_is_gone_over_as_it_is():
    chain = [["no", "name"], None, 7]
    assert list(ProviderRegistry().failover(chain)) == chain


def test_what_is_no_chain_is_refused_as_a_loop_would():
    with pytest.raises(TypeError, match="'NoneType' object is not iterable"):
        ProviderRegistry().failover(None)


def test_there_is_none_after_the_last():
    failover = Failover(["near"]).loop()
    for _ in failover:
        assert not failover.has_next
        with pytest.raises(IndexError, match="list index out of range"):
            _ = failover.following


def test_a_loop_that_ends_without_an_answer_is_exhausted(listener):
    failover = Failover(["near", "far"]).loop()
    for name in failover:
        failover.failed(Upstream(name, 500))
    assert listener.heard[-1] == ("ended", "exhausted", None, 2)


def test_the_error_that_is_handled_is_noted_where_none_is_named(listener):
    failover = Failover(["near", "far"]).loop()
    for name in failover:
        try:
            raise Upstream(name, 500)
        except Upstream:
            failover.failed()
    assert ("failed over", "near", "far", "near answers 500") in listener.heard


def test_an_answer_is_told(listener):
    failover = Failover(["near", "far"]).loop()
    for name in failover:
        if name == "near" and failover.goes_on(Upstream(name, 503)):
            continue
        failover.answered()
        break
    assert listener.heard[-1] == ("ended", "failed_over", "far", 2)


def test_an_attempt_that_is_left_without_a_word_is_cancelled(listener):
    def left():
        for _ in Failover(["near", "far"]).loop():
            raise KeyError("elsewhere")

    with pytest.raises(KeyError):
        left()
    assert [each[:2] for each in listener.heard] == [("started", ("near", "far")), ("ended", "cancelled")]


def test_a_cancelled_task_is_no_answer_and_no_failure():
    breaker = CircuitBreaker(failures=1)
    shared = Failover(["near"], policy=Policy(breaker=breaker))

    async def hangs():
        for _ in shared.loop():
            await asyncio.sleep(60)

    async def cancelled():
        task = asyncio.create_task(hangs())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(cancelled())
    assert breaker.states() == {}


def test_an_attempt_with_a_limit_can_be_read_until_it_is_over():
    before = current_attempt()
    failover = Failover(["near", "far"], policy=Policy(phase_timeouts=PhaseTimeouts(connect=2))).loop()
    for name in failover:
        assert (current_attempt().provider, current_attempt().phases.connect) == (name, 2)
        failover.failed(Upstream(name, 500))
        assert current_attempt() is before


def test_a_loop_without_limits_that_an_exception_leaves_holds_nothing():
    def ask():
        for name in Failover(["near", "far"]).loop():
            raise Upstream(name, 500)

    before = current_attempt()
    with pytest.raises(Upstream) as left:
        ask()
    assert left.tb is not None
    assert current_attempt() is before


# ---- other policies


def test_a_provider_with_an_open_circuit_is_skipped():
    breaker = CircuitBreaker(failures=1)
    breaker.failed("near")
    assert list(Failover(["near", "far"], policy=Policy(breaker=breaker)).loop()) == ["far"]


def test_nobody_goes_on_to_a_provider_with_an_open_circuit():
    breaker = CircuitBreaker(failures=1)
    breaker.failed("far")
    failover = Failover(["near", "far"], policy=Policy(breaker=breaker)).loop()
    assert [failover.goes_on(Upstream(name, 503)) for name in failover] == [False]


def test_a_loop_that_was_promised_a_next_one_never_runs_off_its_end():
    breaker = CircuitBreaker(failures=1)
    failover = Failover(["near", "far"], policy=Policy(breaker=breaker)).loop()

    def loop():
        for name in failover:
            assert failover.has_next
            breaker.failed("far")
            failover.failed(Upstream(name, 503))

    with pytest.raises(Upstream, match="near answers 503"):
        loop()


def test_the_breaker_counts_what_the_loop_goes_on_after():
    breaker = CircuitBreaker(failures=1)
    failover = Failover(["near", "far"], policy=Policy(breaker=breaker)).loop()
    for name in failover:
        failover.goes_on(Upstream(name, 400), lambda error: "near" in str(error))
    assert {name: state.state for name, state in breaker.states().items()} == {"near": "open"}


def test_a_deadline_is_looked_at_between_attempts(clock, listener):
    asked = []
    failover = Failover(["near", "far"], policy=Policy(deadline=5), clock=clock).loop()
    for name in failover:
        assert current_attempt().remaining == 5
        clock.seconds += 6
        assert not failover.goes_on(Upstream(name, 503), asked.append)
        break
    assert (asked, listener.heard[-1]) == ([], ("ended", "deadline", None, 1))


def test_the_last_provider_is_repeated_where_the_policy_repeats(clock):
    policy = Policy(backoff=Backoff(retries=2, jitter=False, first=1))
    failover = Failover(["near"], policy=policy, clock=clock).loop()
    tried = []
    for name in failover:
        tried.append(name)
        if not failover.goes_on(Upstream(name, 503)):
            break
    assert (tried, clock.slept) == (["near"] * 3, [1, 2])


def test_a_plain_loop_in_a_coroutine_never_waits(clock):
    policy = Policy(backoff=Backoff(retries=2, jitter=False, first=1))

    async def loop():
        failover = Failover(["near"], policy=policy, clock=clock).loop()
        return [failover.goes_on(Upstream(name, 503)) for name in failover]

    assert (asyncio.run(loop()), clock.slept) == ([False], [])


def test_an_asynchronous_loop_waits(clock):
    policy = Policy(backoff=Backoff(retries=1, jitter=False, first=1))

    async def loop():
        failover = Failover(["near"], policy=policy, clock=clock).loop()
        return [failover.goes_on(Upstream(name, 503)) async for name in failover]

    assert (asyncio.run(loop()), clock.slept) == ([True, False], [1])


def test_routes_of_a_registry_share_what_their_policy_remembers():
    registry = ProviderRegistry()
    registry.failover_policy = Policy(honour_retry_after=1)
    busy = Upstream("near", 503)
    busy.retry_after = 60
    for _ in (failover := registry.failover(["near", "far"])):
        failover.failed(busy)
        break
    assert list(registry.failover(["near", "far"])) == ["far"]
    assert list(registry.failover(["near", "far"], policy=Policy(honour_retry_after=1))) == ["near", "far"]
    assert list(ProviderRegistry().failover(["near", "far"])) == ["near", "far"]


def test_policies_that_are_made_for_one_route_are_forgotten():
    registry = ProviderRegistry()
    for _ in range(200):
        assert list(registry.failover(["near"], policy=Policy(deadline=1))) == ["near"]
    assert len(registry._loops._shared) <= 64


def test_a_registry_loads_failover_when_it_is_first_asked_for_it():
    script = (
        "import sys; from cutover_registry import ProviderRegistry; registry = ProviderRegistry();"
        "print('cutover_registry.failover' in sys.modules); list(registry.failover([]));"
        "print('cutover_registry.failover' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
