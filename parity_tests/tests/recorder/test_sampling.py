import random

import pytest

from cutover_parity import Answer, Exchange, Failure, Request, Route, Sampling
from cutover_parity.recorder._sampling import Sampler, kind_of

HOUR = 3600


@pytest.fixture
def asked():
    """A route that asked this upstream, with this outcome."""

    def make(upstream="http://up.invalid/v1/chat", status=200, *, url="/v1/chat", body=b"{}", error=None):
        request = Request("POST", upstream, body=body)
        exchange = Exchange(request, None if error else Answer(status), error)
        return Route("r", Request("POST", url, (("x-lane", "north"),), body), Answer(200), (exchange,))

    return make


@pytest.fixture
def kept():
    """How many of these routes are kept."""

    def count(routes, *, clock=lambda: 0.0, seed=1, **sampling):
        sampler = Sampler(Sampling(**sampling), clock=clock, chance=random.Random(seed).random)
        return sum(sampler.keeps(route) for route in routes)

    return count


def test_everything_is_kept_unless_something_else_is_asked_for(kept, asked):
    assert kept([asked()] * 500) == 500
    assert Sampling.asked(None, None) == Sampling(1.0)


def test_a_rare_provider_is_not_lost_beside_a_frequent_one(kept, asked):
    frequent, rare = asked("http://a.invalid/v1"), asked("http://b.invalid/v1")
    traffic = [rare if number % 4000 == 17 else frequent for number in range(20_000)]
    assert kept([route for route in traffic if route is rare], rate=0, quota=5) == 5
    sampler = Sampler(Sampling(rate=0.01, quota=5), clock=lambda: 0.0, chance=random.Random(7).random)
    ours = [route for route in traffic if sampler.keeps(route)]
    assert ours.count(rare) == 5
    assert 150 < ours.count(frequent) < 260


def test_the_quota_begins_anew_each_hour(kept, asked):
    times = iter([0.0] * 10 + [HOUR + 1.0] * 10)
    assert kept([asked()] * 20, clock=lambda: next(times), rate=0, quota=4) == 8


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"status": 200}, {"status": 503}),
        ({"upstream": "http://a.invalid/v1"}, {"upstream": "http://b.invalid/v1"}),
        ({"url": "/v1/chat"}, {"url": "/v1/responses"}),
        ({"error": Failure("httpx.ReadTimeout", "")}, {"error": Failure("httpx.ConnectError", "")}),
    ],
)
def test_another_provider_endpoint_or_outcome_is_another_kind(asked, one, other):
    assert kind_of(asked(**one)) != kind_of(asked(**other))


@pytest.mark.parametrize(
    "other",
    [
        {"url": "/v1/chat?user=7"},
        {"upstream": "http://up.invalid/v1/chat?key=abc"},
        {"body": b'{"model": "another"}'},
        {"error": None},
    ],
)
def test_what_differs_otherwise_is_of_one_kind(asked, other):
    assert kind_of(asked()) == kind_of(asked(**other))


def test_numbers_and_ids_in_a_path_make_no_kinds(asked):
    assert kind_of(asked(url="/threads/1/runs/3fa85f64b3fc2c963f66afa6")) == kind_of(
        asked(url="/threads/22/runs/9c858901a4d74c6f8c1f0d9b")
    )


def test_repeated_attempts_at_one_provider_make_no_kinds_and_failover_does(asked):
    once = asked()
    again = Route("r", once.request, once.answer, once.exchanges * 3)
    moved = Route("r", once.request, once.answer, (*asked(status=503).exchanges, *once.exchanges))
    assert kind_of(once) == kind_of(again) != kind_of(moved)


@pytest.mark.parametrize(
    "route",
    [
        Route("r", Request("POST", "/chat", body=b'{"backend": "ash"}'), Answer(200)),
        Route("r", Request("POST", "/chat", body=b'{"model": "ash/small"}'), Answer(200)),
        Route("r", Request("POST", "/chat?to=ash"), Answer(200)),
        Route("r", Request("POST", "/chat", (("x-to", "ash"),)), Answer(200)),
    ],
)
def test_known_keys_are_found_wherever_a_request_names_them(route):
    keys = frozenset({"ash", "birch"})
    assert " ash" in kind_of(route, keys)
    assert kind_of(route, keys) != kind_of(route, frozenset({"birch"}))


def test_a_key_inside_another_word_is_none():
    route = Route("r", Request("POST", "/chat", body=b'{"prompt": "wash the dishes"}'), Answer(200))
    assert "ash" not in kind_of(route, frozenset({"ash"}))


def test_however_many_kinds_there_are_memory_is_bounded(asked):
    sampler = Sampler(Sampling(rate=0, quota=1), clock=lambda: 0.0)
    kept = sum(sampler.keeps(asked(f"http://host-{number}x.invalid/v1")) for number in range(6000))
    assert kept == 4097
    assert len(sampler._met) == 4097


def test_routes_without_answer_or_exchange_have_a_kind_too():
    request = Request("GET", "/health")
    assert kind_of(Route("r", request, None, (), Failure("ValueError", "x"))) == "GET /health ValueError"
    assert kind_of(Route("r", request, Answer(200, cancelled=True))) == "GET /health cancelled"


@pytest.mark.parametrize(
    ("rate", "quota", "said"),
    [(1.5, 1, "a sampling rate is a share from 0 to 1, not 1.5"), (1.0, -1, "a quota is a number of routes, not -1")],
)
def test_what_is_no_share_or_number_is_refused(rate, quota, said):
    with pytest.raises(ValueError, match=r"sampling rate|quota") as refused:
        Sampling(rate, quota)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("asked", "meant"),
    [((None, 7), Sampling(0.0, 7)), ((0.1, None), Sampling(0.1, 20)), ((0.1, 7), Sampling(0.1, 7))],
)
def test_a_quota_alone_keeps_nothing_beyond_it(asked, meant):
    assert Sampling.asked(*asked) == meant
    assert Sampling.from_json(meant.to_json()) == meant
