"""Whether anything is wrong, in words, of overviews of a real store."""

from itertools import pairwise

import pytest

from cutover_telemetry import BreakerRecord
from cutover_telemetry.dashboard import findings, panels, to_html
from cutover_telemetry.overview import View, overview


@pytest.fixture
def told(store):
    """What is said of a store with these routes."""

    def say(*routes, breakers=()):
        for route in routes:
            store.writer().route(route)
        for breaker in breakers:
            store.writer().breaker(breaker)
        assert store.writer().flush()
        shown = overview(store, View.last(3600))
        return [(each.kind, each.words, each.panel) for each in findings(shown)], to_html(panels(shown)["headline"])

    return say


def test_where_all_is_well_that_is_said(told, called, routed):
    found, html = told(*(routed(called("near")) for _ in range(30)))
    assert found == []
    assert "Nothing is wrong." in html
    assert "30 attempts, 100 % answered." in html


def test_a_provider_that_fails_often_is_wrong_and_one_that_fails_seldom_is_to_be_looked_at(told, called, routed):
    bad = [routed(called("near", error_type="503"), called("groq", number=2)) for _ in range(3)]
    fair = [routed(called("xai", error_type="429"), called("groq", number=2))]
    found, html = told(*bad, *fair, *(routed(called(name)) for name in ("near", "xai") for _ in range(47)))
    assert found == [
        ("bad", "near: 3 of 50 calls failed (6.00 %), most with 503 × 3", "providers"),
        ("warn", "xai: 1 of 48 calls failed (2.08 %), most with 429 × 1", "providers"),
    ]
    assert html.index("near") < html.index("xai")
    assert 'href="#providers"' in html


def test_few_calls_are_never_more_than_to_be_looked_at(told, called, routed):
    found, html = told(routed(called("near", error_type="503"), called("groq", number=2)))
    assert [kind for kind, *_ in found] == ["warn"]
    assert "1 thing to look at." in html


def test_a_call_that_its_caller_gave_up_is_no_failure(told, called, routed):
    found, _ = told(*(routed(called("near", cancelled=True)) for _ in range(30)))
    assert found == []


def test_requests_without_an_answer_are_wrong(told, called, routed):
    found, _ = told(*(routed(called("near", error_type="503")) for _ in range(30)))
    assert ("bad", "30 of 30 requests got no answer from any provider", "routes") in found


@pytest.mark.parametrize(("last", "kind"), [("open", "bad"), ("half-open", "warn"), ("closed", None)])
def test_a_circuit_that_is_not_closed_now_is_told(told, called, routed, last, kind):
    now = called("near").ended
    states = ["closed", "open", "half-open", "closed"]
    steps = list(pairwise(states))[: states.index(last, 1)]
    changes = [BreakerRecord("near", before, after, now + place * 10**9) for place, (before, after) in enumerate(steps)]
    found, _ = told(routed(called("near")), breakers=changes)
    assert [each[0] for each in found] == ([] if kind is None else [kind])


def test_where_there_is_no_traffic_nothing_is_said_of_it(told):
    found, html = told()
    assert found == []
    assert "nothing can be said of it" in html
    assert "Nothing is wrong" not in html
