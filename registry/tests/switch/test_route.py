"""The route of the present context: read late, read once, put back, carried where contexts are not."""

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cutover_registry import (
    RouteKeyMiddleware,
    SwitchRule,
    SwitchSnapshot,
    bucket_of,
    carried,
    fault_counts,
    follow_switch,
    route_key,
    use_registry,
)
from cutover_registry._route import ROUTE, Route

SALT = "a salt of the tests"
INSIDE, OUTSIDE = (
    next(key for key in map(str, range(100)) if (bucket_of(key, salt=SALT) < 0.5) is side) for side in (True, False)
)
HALF = SwitchRule(share=0.5)


class Counting:
    """Sources that count how often they were asked."""

    def __init__(self, key=INSIDE, tenant="acme"):
        self.asked = []
        self.answers = {"key": key, "tenant": tenant}

    def key(self, request):
        return self._answer("key")

    def tenant(self, request):
        return self._answer("tenant")

    def header(self, request, name):
        self.asked.append(name)
        return "yes"

    def _answer(self, what):
        self.asked.append(what)
        answer = self.answers[what]
        if isinstance(answer, BaseException):
            raise answer
        return answer


@pytest.fixture
def serving():
    """Serve one route with these sources in a context of its own."""

    def serve(sources, *calls):
        def inside():
            ROUTE.set(Route(sources, None))
            return [call() for call in calls]

        return contextvars.copy_context().run(inside)

    return serve


def test_a_key_inside_the_share_takes_the_registry_arm_and_another_does_not(say, at_near):
    say(HALF)
    with route_key(INSIDE):
        assert at_near()
    with route_key(OUTSIDE):
        assert not at_near()


@pytest.mark.parametrize("share", [0.001, 0.5, 1, 1.0])
def test_without_a_route_or_a_key_a_share_means_legacy(share, say, at_near):
    say(SwitchRule(share=share))
    assert not at_near()
    for key in (None, ""):
        with route_key(key):
            assert not at_near()


def test_without_a_key_an_arm_decides_all_the_same(say, at_near):
    say(SwitchRule(share=0.5), SwitchRule("chat", "near", "registry"))
    assert at_near()


def test_that_keys_are_missing_is_said_once(say, at_near, caplog, monkeypatch):
    monkeypatch.setattr("cutover_registry._by_route.KEYLESS._told", False)
    say(HALF)
    assert [at_near() for _ in range(3)] == [False] * 3
    assert len([record for record in caplog.records if "without a route key" in record.getMessage()]) == 1


def test_nothing_is_read_while_no_rule_asks_for_it(say, at_near, serving):
    sources = Counting()
    say(SwitchRule(arm="registry"))
    assert serving(sources, at_near, at_near) == [True, True]
    assert sources.asked == []


def test_each_attribute_is_read_once_in_a_route(say, at_near, serving):
    sources = Counting()
    say(HALF, SwitchRule(tenant="umbrella", arm="legacy"), SwitchRule(header=("X-Beta", "no"), arm="legacy"))
    assert serving(sources, *[at_near] * 4) == [True] * 4
    assert sorted(sources.asked) == ["key", "tenant", "x-beta"]


def test_a_new_salt_in_the_middle_of_a_route_does_not_move_it(chat, at_near, serving):
    def with_salt(salt):
        follow_switch(SwitchSnapshot((HALF,), salt=salt))
        return at_near()

    salts = [f"salt {number}" for number in range(20)]
    assert len(set(serving(Counting(), *[lambda salt=salt: with_salt(salt) for salt in salts]))) == 1
    moved = [serving(Counting(), lambda salt=salt: with_salt(salt)) for salt in salts]
    assert [True] in moved
    assert [False] in moved


def test_kill_quarantine_and_a_smaller_share_act_at_the_next_attempt_of_a_route(say, at_near, serving):
    states = [{}, {"kill": True}, {}, {"quarantined": frozenset({"near"})}, {}, {"rules": 0}]

    def next_attempt(state):
        shares = SwitchRule(share=0) if "rules" in state else HALF
        say(shares, **{name: value for name, value in state.items() if name != "rules"})
        return at_near()

    answers = serving(Counting(), *[lambda state=state: next_attempt(state) for state in states])
    assert answers == [True, False, True, False, True, False]


@pytest.mark.parametrize("error", [ValueError("no such header"), RecursionError(), 7.5, ["a"], True, b"key"], ids=repr)
def test_a_key_that_cannot_be_read_means_legacy_and_is_counted_once_a_route(error, say, at_near, serving):
    say(HALF)
    sources = Counting(key=error)
    before = fault_counts().get("route key", 0)
    assert serving(sources, at_near, at_near) == [False, False]
    assert sources.asked == ["key"]
    assert fault_counts()["route key"] == before + 1


def test_a_tenant_that_cannot_be_read_means_legacy_though_another_rule_says_registry(say, at_near, serving):
    say(SwitchRule(arm="registry"), SwitchRule(tenant="acme", arm="legacy"))
    assert serving(Counting(tenant="umbrella"), at_near) == [True]
    before = fault_counts().get("route tenant", 0)
    assert serving(Counting(tenant=OSError("database gone")), at_near) == [False]
    assert fault_counts()["route tenant"] == before + 1


def test_a_whole_number_is_a_key_like_its_text(say, at_near, serving):
    say(HALF)
    assert serving(Counting(key=int(INSIDE)), at_near) == [True]
    assert serving(Counting(key=int(OUTSIDE)), at_near) == [False]


def test_a_failure_of_ours_while_deciding_means_legacy_and_is_counted(say, at_near, chat, monkeypatch):
    class Broken:
        def on(self, route):
            raise ZeroDivisionError

    say(HALF)
    monkeypatch.setattr(chat, "_decisions", {"near": Broken()})
    before = fault_counts().get("use_registry", 0)
    with route_key(INSIDE):
        assert not at_near()
    assert fault_counts()["use_registry"] == before + 1


def test_what_keeps_the_process_from_going_on_is_not_swallowed(say, at_near, serving):
    say(HALF)
    with pytest.raises(KeyboardInterrupt):
        serving(Counting(key=KeyboardInterrupt()), at_near)


def test_two_threads_of_one_route_that_ask_at_once_get_one_bucket(say, at_near):
    say(HALF)
    numbers = iter(range(10_000))
    asked = threading.Barrier(2)

    class Restless(Counting):
        def key(self, request):
            asked.wait(10)
            return str(next(numbers))

    for _ in range(20):
        route, found = Route(Restless(), None), []

        def attempt(route=route, found=found):
            ROUTE.set(route)
            found.append(at_near())

        threads = [threading.Thread(target=attempt) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found[0] == found[1]


def test_routes_nest_and_the_outer_one_is_back_after_an_error():
    def failing():
        with route_key("inner"):
            assert ROUTE.get().key == "inner"
            raise ZeroDivisionError

    with route_key("outer"):
        with pytest.raises(ZeroDivisionError):
            failing()
        assert ROUTE.get().key == "outer"
    assert ROUTE.get() is None


async def test_a_task_carries_the_route_and_its_own_does_not_leak():
    async def job():
        with route_key("job"):
            await asyncio.sleep(0)
            return ROUTE.get().key

    with route_key("outer"):
        inherited = asyncio.create_task(asyncio.sleep(0, ROUTE.get().key))
        assert await asyncio.gather(job(), job()) == ["job", "job"]
        assert await inherited == "outer"
        assert ROUTE.get().key == "outer"


def present():
    route = ROUTE.get()
    return None if route is None else route.key


async def test_to_thread_carries_the_route_and_run_in_executor_does_not():
    loop = asyncio.get_running_loop()
    with route_key("outer"):
        assert await asyncio.to_thread(present) == "outer"
        assert await loop.run_in_executor(None, present) is None
        assert await loop.run_in_executor(None, carried(present)) == "outer"


def test_a_pool_does_not_carry_the_route_and_a_carried_function_does_for_each_of_many_calls():
    with ThreadPoolExecutor(4) as pool:
        with route_key("outer"):
            assert pool.submit(present).result() is None
            function = carried(lambda number: (number, present()))
        assert list(pool.map(function, range(50))) == [(number, "outer") for number in range(50)]
        assert pool.submit(present).result() is None


def test_a_carried_function_gives_its_answer_and_its_error_and_takes_every_argument():
    def divide(one, other=1):
        return one / other

    assert carried(divide)(6, other=3) == 2
    with pytest.raises(ZeroDivisionError):
        carried(divide)(6, other=0)


def test_a_carried_function_changes_nothing_where_it_is_called():
    variable = contextvars.ContextVar("variable", default="before")
    with route_key("outer"):
        function = carried(lambda: variable.set("changed"))
    function()
    assert variable.get() == "before"
    assert present() is None


async def test_a_request_that_is_closed_from_another_context_does_no_harm():
    async def app(scope, receive, send):
        await asyncio.Event().wait()

    served = RouteKeyMiddleware(app, key="header:x")({"type": "http", "headers": []}, None, None)
    contextvars.copy_context().run(served.send, None)
    served.close()
    assert ROUTE.get() is None


def test_a_held_arm_goes_before_shares(say, at_near):
    from cutover_registry import hold_arm

    say(HALF)
    with route_key(OUTSIDE), hold_arm("registry"):
        assert at_near()
    with route_key(INSIDE), hold_arm("legacy"):
        assert not at_near()


def test_a_site_whose_subject_is_unhashable_is_decided_by_the_route_too(say, chat):
    class Subject:
        __hash__ = None

        def __eq__(self, other):
            return other == "near"

    say(HALF)
    with route_key(INSIDE):
        assert use_registry(chat, Subject())
    with route_key(OUTSIDE):
        assert not use_registry(chat, Subject())


def test_a_switch_between_two_ways_to_say_the_same_never_shows_in_between(say, at_near):
    def restless():
        while not stop.is_set():
            say(SwitchRule(arm="registry"))
            say(SwitchRule(share=1))

    stop = threading.Event()
    writer = threading.Thread(target=restless)
    say(SwitchRule(share=1))
    writer.start()
    try:
        with route_key(OUTSIDE):
            assert all(at_near() for _ in range(50_000))
    finally:
        stop.set()
        writer.join()
