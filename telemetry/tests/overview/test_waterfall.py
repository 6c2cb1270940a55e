"""One route as bars: where each attempt stands, and that attempts and gaps are the route."""

from dataclasses import replace

import pytest

from cutover_telemetry.overview import Bar, Gap, Skip, overview, waterfall
from cutover_telemetry.store import NoStore, Store


@pytest.fixture
def latest(store, view, write):
    """The waterfall of a route that is written."""

    def put(record):
        write(record)
        return waterfall(store, overview(store, view()).recent[0].id)

    return put


def test_attempts_gaps_and_skips_stand_where_they_were(latest, route, attempt, at):
    shown = latest(
        route(
            attempt("groq", end=2.0, took=1.0, error_type="503"),
            attempt("near", end=5.0, took=2.5, first=0.5, number=2, arm="registry", chunks=7, output_tokens=40),
            before=0.25,
            after=0.125,
            skips=[("xai", "circuit_open", 2.25)],
            name="POST /chat",
            status_code=200,
            overhead=150_000,
            trace_id="0" * 31 + "1",
        )
    )
    assert (shown.name, shown.began, shown.seconds) == ("POST /chat", at(0.75) / 10**9, 4.375)
    assert (shown.arm, shown.outcome, shown.status, shown.lost) == ("mixed", "failed_over", 200, 1.0)
    assert (shown.overhead, shown.trace_id) == (0.00015, "0" * 31 + "1")
    groq, near = shown.attempts
    assert groq == Bar("groq", "m-1", "legacy", "chat", 1, 0.25, 1.0, None, None, "503", False, None, None)
    assert near == Bar("near", "m-1", "registry", "chat", 2, 1.75, 2.5, 2.25, 7, None, False, None, 40)
    assert shown.gaps == (Gap(0.0, 0.25), Gap(1.25, 0.5), Gap(4.25, 0.125))
    assert shown.skips == (Skip("xai", "circuit_open", 1.5),)


def test_attempts_and_gaps_are_the_route(latest, route, attempt):
    shown = latest(
        route(attempt("a", end=2.0, error_type="503"), attempt("b", end=5.0, number=2), before=0.1, after=0.2)
    )
    assert sum(bar.seconds for bar in shown.attempts) + sum(gap.seconds for gap in shown.gaps) == pytest.approx(
        shown.seconds, abs=0.001
    )
    assert (shown.accounted, shown.whole) == (shown.seconds, True)


def test_attempts_beside_each_other_are_counted_once(latest, route, attempt):
    shown = latest(route(attempt("a", end=3.0, took=2.0), attempt("b", end=4.0, took=2.5, number=2)))
    assert sum(bar.seconds for bar in shown.attempts) == 4.5
    assert (shown.seconds, shown.accounted, shown.gaps, shown.whole) == (3.0, 3.0, (), True)


def test_an_attempt_that_outlasts_its_route_is_said_not_to_add_up(latest, route, attempt):
    shown = latest(route(attempt(end=3.0, took=2.0), after=-0.5))
    assert (shown.seconds, shown.accounted, shown.whole) == (1.5, 2.0, False)


def test_half_a_millisecond_is_within_what_clocks_allow(latest, route, attempt):
    assert latest(route(attempt(end=3.0, took=2.0), after=-0.0005)).whole


def test_a_route_without_an_attempt_is_one_gap(latest, route, attempt, at):
    shown = latest(replace(route(attempt(end=3.0, took=2.0)), attempts=(), error_type="500"))
    assert (shown.attempts, shown.gaps, shown.arm, shown.outcome) == ((), (Gap(0.0, 2.0),), None, "error")
    assert shown.whole


@pytest.mark.parametrize("name", ["", "1.1", "99.0", "1.99", "x", "<script>", "1.-1", f"{2**80}.0"])
def test_a_route_that_is_not_there_is_none(name, store, write, route, attempt):
    write(route(attempt()))
    assert waterfall(store, name) is None


def test_a_store_that_is_not_there_is_said(tmp_path):
    with pytest.raises(NoStore):
        waterfall(Store.of(tmp_path / "none.db"), "1.0")
