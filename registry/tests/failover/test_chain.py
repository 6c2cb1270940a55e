"""Without options a chain does what a hand-written loop does, and nothing else."""

import asyncio
import threading

import pytest

from cutover_registry.failover import (
    FAILING_OVER,
    ChainExhausted,
    Failover,
    InvalidPolicy,
    NoProviderLeft,
    Policy,
    current_attempt,
)

CHAIN = ["near", "far", "last"]


def test_the_first_answer_is_taken(run, providers):
    asked = providers(near=["hello"], far=["never"], last=["never"])
    assert run(Failover(CHAIN), asked) == "hello"
    assert asked.called == ["near"]


@pytest.mark.parametrize("code", sorted(FAILING_OVER))
def test_these_statuses_fail_over(run, providers, status, code):
    asked = providers(near=[status(code)], far=["hello"], last=["never"])
    assert run(Failover(CHAIN), asked) == "hello"
    assert asked.called == ["near", "far"]


@pytest.mark.parametrize("code", [400, 402, 409, 413, 422, 429, 500])
def test_other_statuses_are_raised_as_they_came(run, providers, status, code):
    error = status(code)
    asked = providers(near=[error], far=["never"], last=["never"])
    with pytest.raises(type(error)) as caught:
        run(Failover(CHAIN), asked)
    assert caught.value is error
    assert asked.called == ["near"]


@pytest.mark.parametrize(
    "error", [TimeoutError(), ConnectionResetError(), ValueError("unreadable"), KeyError("choices")]
)
def test_errors_without_a_status_fail_over(run, providers, error):
    asked = providers(near=[error], far=["hello"], last=["never"])
    assert run(Failover(CHAIN), asked) == "hello"


def test_the_last_error_is_raised_when_all_have_failed(run, providers, status):
    errors = [status(503), status(502), status(404)]
    asked = providers(near=[errors[0]], far=[errors[1]], last=[errors[2]])
    with pytest.raises(type(errors[2])) as caught:
        run(Failover(CHAIN), asked)
    assert caught.value is errors[2]
    assert asked.called == CHAIN


def test_the_first_error_is_raised_where_that_is_asked_for(run, providers, status):
    errors = [status(503), status(502)]
    with pytest.raises(type(errors[0])) as caught:
        run(Failover(CHAIN[:2], policy=Policy(raises="first")), providers(near=[errors[0]], far=[errors[1]]))
    assert caught.value is errors[0]


def test_all_errors_are_raised_where_that_is_asked_for(run, providers, status):
    errors = [status(503), status(502)]
    with pytest.raises(ChainExhausted, match="all attempts failed: near, far") as caught:
        run(Failover(CHAIN[:2], policy=Policy(raises="all")), providers(near=[errors[0]], far=[errors[1]]))
    assert caught.value.exceptions == tuple(errors)
    assert caught.value.tried == ("near", "far")
    assert caught.value.subgroup(lambda error: error is errors[1]).tried == ("near", "far")


def test_a_function_may_decide_by_the_error(run, providers, status):
    policy = Policy(fails_over=lambda error: "no 3" in str(error))
    asked = providers(near=[RuntimeError("no 3")], far=[RuntimeError("no 4")], last=["never"])
    with pytest.raises(RuntimeError, match="no 4"):
        run(Failover(CHAIN, policy=policy), asked)
    assert asked.called == ["near", "far"]


def test_an_empty_chain_says_so(run, providers):
    with pytest.raises(NoProviderLeft, match="the chain names no provider; give one"):
        run(Failover([]), providers())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit()])
def test_what_is_for_the_process_does_not_fail_over(providers, error):
    asked = providers(near=[error], far=["never"])
    with pytest.raises(type(error)):
        Failover(["near", "far"]).run(asked)
    assert asked.called == ["near"]


async def test_cancelling_the_call_cancels_its_attempt_and_tries_nobody_else():
    seen = []

    async def ask(name):
        try:
            await asyncio.Event().wait()
        finally:
            seen.append(name)

    task = asyncio.ensure_future(Failover(CHAIN).run_async(ask))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["near"]


def test_whoever_makes_the_call_can_see_the_attempt(providers, status):
    seen = []

    def ask(name):
        attempt = current_attempt()
        seen.append((attempt.provider, attempt.number, attempt.remaining))
        if name == "near":
            raise status(503)
        return name

    Failover(CHAIN).run(ask)
    assert seen == [("near", 1, None), ("far", 2, None)]
    assert current_attempt() is None


def test_without_a_limit_no_thread_is_made(providers):
    before = threading.current_thread()
    assert Failover(["near"]).run(lambda _: threading.current_thread()) is before


def test_one_chain_serves_many_threads(status):
    chain, wrong = Failover(CHAIN), []

    def ask(name):
        if name != "last":
            raise status(503)
        return name

    def work():
        wrong.extend(answer for answer in (chain.run(ask) for _ in range(200)) if answer != "last")

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_hedge_is_refused_where_nothing_can_be_cancelled(providers):
    from cutover_registry.failover import Hedge

    with pytest.raises(InvalidPolicy, match="failover policy, hedge: is for asynchronous calls; use run_async"):
        Failover(["near"], policy=Policy(hedge=Hedge(1))).run(providers(near=["x"]))


# ---- what listeners hear


def test_a_plain_route_is_told(run, providers, listener):
    run(Failover(CHAIN), providers(near=["hello"]))
    assert listener.heard == [("started", tuple(CHAIN)), ("ended", "ok", "near", 1)]


def test_a_failover_is_told(run, providers, status, listener):
    run(Failover(CHAIN), providers(near=[status(503)], far=["hello"]))
    assert listener.heard[1:] == [("failed over", "near", "far", "status 503"), ("ended", "failed_over", "far", 2)]


def test_an_exhausted_chain_is_told(run, providers, status, listener):
    with pytest.raises(Exception, match="status 502"):
        run(Failover(CHAIN[:2]), providers(near=[status(503)], far=[status(502)]))
    assert listener.heard[-1] == ("ended", "exhausted", None, 2)


def test_an_error_that_does_not_fail_over_is_told(run, providers, status, listener):
    with pytest.raises(Exception, match="status 400"):
        run(Failover(CHAIN), providers(near=[status(400)]))
    assert listener.heard[-1] == ("ended", "failed", None, 1)


def test_a_listener_that_raises_breaks_nothing(run, providers, listener):
    listener.route_started = listener.route_ended = None
    assert run(Failover(CHAIN), providers(near=["hello"])) == "hello"
