import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutover_telemetry import ArmRow, Failover, Percentiles, ProviderRow, Ratio, RouteRecord, summarise
from cutover_telemetry._summary import percentiles


@pytest.fixture
def summary():
    """Summarise routes given as lists of attempts, and attempts outside of routes."""

    def make(*routes, lone=()):
        records = [RouteRecord(started=0, ended=max(a.ended for a in route), attempts=tuple(route)) for route in routes]
        return summarise(records, [*(attempt for route in routes for attempt in route), *lone])

    return make


def test_nothing_seen_is_an_empty_summary(summary):
    empty = summary()
    assert (empty.providers, empty.failovers, empty.arms, empty.ratios, empty.ratio) == ((), (), (), (), None)


def test_a_provider_row_counts_attempts_errors_failovers_and_times_the_answers(summary, attempted):
    found = summary(
        [attempted("near", 0, 10, error_type="503"), attempted("groq", 10, 30, first=15)],
        [attempted("near", 0, 40)],
        [attempted("near", 0, 7, error_type="503"), attempted("groq", 7, 8, error_type="429")],
        lone=[attempted("near", 0, 60), attempted("near", 0, 1, cancelled=True)],
    )
    assert found.providers == (
        ProviderRow(
            "groq",
            "legacy",
            2,
            1,
            0,
            {"429": 1},
            0,
            2,
            Percentiles(1, 0.02, 0.02, 0.02),
            Percentiles(1, 0.005, 0.005, 0.005),
        ),
        ProviderRow("near", "legacy", 5, 2, 1, {"503": 2}, 2, 0, Percentiles(2, 0.04, 0.06, 0.06), None),
    )
    assert [row.failed for row in found.providers] == [1, 2]
    assert found.failovers == (Failover("near", "groq", 2, pytest.approx(0.017)),)


def test_the_route_rows_tell_outcomes_and_time_lost_by_arm(summary, attempted):
    found = summary(
        [attempted("near", 0, 10, error_type="503"), attempted("groq", 10, 30)],
        [attempted("near", 0, 40, arm="registry")],
        [attempted("near", 0, 40, arm="registry"), attempted("groq", 0, 50)],
    )
    assert found.arms == (
        ArmRow("legacy", 1, {"failed_over": 1}, 0, 0.01, Percentiles(1, 0.03, 0.03, 0.03)),
        ArmRow("mixed", 1, {"ok": 1}, 0, 0.0, Percentiles(1, 0.05, 0.05, 0.05)),
        ArmRow("registry", 1, {"ok": 1}, 0, 0.0, Percentiles(1, 0.04, 0.04, 0.04)),
    )


def test_a_route_without_attempts_is_of_no_arm():
    found = summarise([RouteRecord(0, 5_000_000, (), error_type="500", disconnected=True)], [])
    assert found.arms == (ArmRow("none", 1, {"error": 1}, 1, 0.0, Percentiles(1, 0.005, 0.005, 0.005)),)


def test_all_time_at_the_failed_provider_is_lost_by_the_failover(summary, attempted):
    found = summary(
        [
            attempted("near", 0, 10, error_type="503"),
            attempted("near", 10, 15, error_type="503"),
            attempted("groq", 15, 16),
        ]
    )
    assert found.failovers == (Failover("near", "groq", 1, 0.015),)


def test_a_second_step_at_another_provider_after_an_answer_is_no_failover(summary, attempted):
    found = summary([attempted("near", 0, 10), attempted("groq", 10, 15)])
    assert found.failovers == ()


def test_a_retry_at_the_same_provider_is_no_failover(summary, attempted):
    found = summary([attempted("near", 0, 10, error_type="503"), attempted("near", 10, 15)])
    assert found.failovers == ()


def test_both_arms_latency_is_a_ratio_by_provider_and_their_geometric_mean(summary, attempted):
    found = summary(
        lone=[
            attempted("near", 0, 10),
            attempted("near", 0, 20, arm="registry"),
            attempted("groq", 0, 20),
            attempted("groq", 0, 10, arm="registry"),
            attempted("xai", 0, 5),
        ]
    )
    assert found.ratios == (Ratio("groq", 0.5, 0.5, 0.5), Ratio("near", 2.0, 2.0, 2.0))
    assert found.ratio == pytest.approx(1.0)


def test_there_is_no_ratio_where_an_arm_has_no_answer_or_took_no_time(summary, attempted):
    found = summary(
        lone=[
            attempted("near", 0, 10),
            attempted("near", 0, 10, arm="registry", error_type="503"),
            attempted("groq", 0, 0),
            attempted("groq", 0, 1, arm="registry"),
        ]
    )
    assert (found.ratios, found.ratio) == ((), None)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300))
def test_a_percentile_is_a_value_that_occurred_with_enough_values_below_it(values):
    found = percentiles(values)
    for share, value in ((50, found.p50), (95, found.p95), (99, found.p99)):
        assert value in values
        assert sum(one <= value for one in values) >= math.ceil(share * len(values) / 100)
        assert sum(one < value for one in values) < math.ceil(share * len(values) / 100)


def test_percentiles_of_a_hundred_values_are_exact():
    assert percentiles(range(100, 0, -1)) == Percentiles(100, 50, 95, 99)
    assert percentiles([]) is None
