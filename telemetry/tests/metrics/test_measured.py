"""The same records through an application's meter provider and through our own: the same numbers."""

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource

from cutover_telemetry import BOTH, LATEST, V1_41, BreakerRecord, RouteRecord, SkipRecord
from cutover_telemetry.metrics import Meters, OwnMetrics

MILLISECOND = 1_000_000


@pytest.fixture(params=["meters", "own"])
def measured(request):
    """A maker of metrics in a dialect, and what it has measured: name to a list of (attributes, point)."""

    def make(dialect=V1_41):
        overhead = lambda: (0.25, 3)  # noqa: E731
        if request.param == "own":
            metrics = OwnMetrics(Resource({}), dialect, overhead=overhead)
            return metrics, lambda: points(metrics.collect())
        reader = InMemoryMetricReader()
        metrics = Meters(MeterProvider([reader], shutdown_on_exit=False), dialect, overhead=overhead)
        return metrics, lambda: points(reader.get_metrics_data())

    return make


def points(data):
    return {
        metric.name: [(dict(point.attributes), point) for point in metric.data.data_points]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def labels(provider, **more):
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": "m-1",
        "cutover.arm": "legacy",
        **more,
    }


def test_a_failed_call_is_recorded_as_surely_as_a_good_one(measured, attempted):
    metrics, seen = measured()
    metrics.attempt(attempted("near", 0, 20))
    metrics.attempt(attempted("near", 0, 40, error_type="503"))
    metrics.attempt(attempted("near", 0, 80, error_type="abandoned"))
    found = seen()["gen_ai.client.operation.duration"]
    assert [(attributes, point.count, round(point.sum, 3)) for attributes, point in found] == [
        (labels("near", **{"cutover.site": "chat"}), 1, 0.02),
        (labels("near", **{"cutover.site": "chat", "error.type": "503"}), 1, 0.04),
        (labels("near", **{"cutover.site": "chat", "error.type": "abandoned"}), 1, 0.08),
    ]


def test_a_stream_has_its_first_chunk_and_each_wait_between_two(measured, attempted):
    metrics, seen = measured()
    metrics.attempt(attempted("near", 0, 50, first=20, streamed=True, chunks=3), [10 * MILLISECOND, 20 * MILLISECOND])
    found = seen()
    ((_, first),) = found["gen_ai.client.operation.time_to_first_chunk"]
    ((_, between),) = found["gen_ai.client.operation.time_per_output_chunk"]
    assert (first.count, first.sum) == (1, pytest.approx(0.02))
    assert (between.count, between.sum, between.max) == (2, pytest.approx(0.03), pytest.approx(0.02))


def test_a_cancelled_attempt_says_so(measured, attempted):
    metrics, seen = measured()
    metrics.attempt(attempted("near", 0, 50, cancelled=True))
    ((attributes, _),) = seen()["gen_ai.client.operation.duration"]
    assert attributes["cutover.attempt.cancelled"] is True


def test_tokens_are_a_histogram_by_type_in_v1_41(measured, attempted):
    metrics, seen = measured()
    metrics.attempt(attempted("near", 0, 50, input_tokens=100, output_tokens=20))
    metrics.attempt(attempted("near", 0, 50))
    found = seen()
    assert [(attributes, point.count, point.sum) for attributes, point in found["gen_ai.client.token.usage"]] == [
        (labels("near", **{"gen_ai.token.type": "input"}), 1, 100),
        (labels("near", **{"gen_ai.token.type": "output"}), 1, 20),
    ]
    assert not [name for name in found if "inference" in name]


def test_tokens_are_counters_in_the_latest_dialect_and_nothing_said_counts_as_0(measured, attempted):
    metrics, seen = measured(LATEST)
    metrics.attempt(attempted("near", 0, 50, input_tokens=100, output_tokens=20, cached_tokens=80, reasoning_tokens=5))
    metrics.attempt(attempted("near", 0, 50, error_type="503"))
    found = seen()
    counted = {
        name: [(attributes, point.value) for attributes, point in found[name]] for name in found if "usage" in name
    }
    of = labels("near", **{"gen_ai.token.modality": "unknown"})
    assert counted == {
        "gen_ai.client.inference.usage.input_tokens": [(of, 100)],
        "gen_ai.client.inference.usage.output_tokens": [(of, 20)],
        "gen_ai.client.inference.usage.cache_read.input_tokens": [(of, 80)],
        "gen_ai.client.inference.usage.reasoning.output_tokens": [(of, 5)],
    }
    assert "gen_ai.client.operation.duration" not in found
    assert sum(point.count for _, point in found["gen_ai.client.inference.duration"]) == 2


def test_where_both_dialects_are_wanted_both_names_have_the_same_numbers(measured, attempted):
    metrics, seen = measured(BOTH)
    metrics.attempt(attempted("near", 0, 50, input_tokens=100))
    found = seen()
    old, new = found["gen_ai.client.operation.duration"], found["gen_ai.client.inference.duration"]
    assert [(attributes, point.count, point.sum) for attributes, point in old] == [
        (attributes, point.count, point.sum) for attributes, point in new
    ]
    assert {"gen_ai.client.token.usage", "gen_ai.client.inference.usage.input_tokens"} <= set(found)


def test_routes_failovers_and_skips_are_apart_from_attempts(measured, attempted):
    metrics, seen = measured()
    attempts = (attempted("near", 10, 30, error_type="503"), attempted("groq", 35, 60))
    skips = (SkipRecord("far", "circuit_open", 31 * MILLISECOND),)
    for _ in range(2):
        metrics.route(RouteRecord(0, 70 * MILLISECOND, attempts, name="POST /chat", skips=skips))
    found = seen()
    ((attributes, point),) = found["cutover.route.duration"]
    assert attributes == {
        "cutover.route.name": "POST /chat",
        "cutover.arm": "legacy",
        "cutover.route.outcome": "failed_over",
    }
    assert (point.count, point.sum) == (2, pytest.approx(0.14))
    between = {"cutover.failover.source": "near", "cutover.failover.target": "groq", "cutover.arm": "legacy"}
    assert [(attributes, point.value) for attributes, point in found["cutover.failovers"]] == [(between, 2)]
    assert [point.value for _, point in found["cutover.failovers.time_lost"]] == [pytest.approx(0.04)]
    assert [(attributes, point.value) for attributes, point in found["cutover.skips"]] == [
        ({"gen_ai.provider.name": "far", "cutover.reason": "circuit_open"}, 2)
    ]
    assert "gen_ai.client.operation.duration" not in found


def test_a_circuit_has_its_state_and_how_often_it_turned(measured):
    metrics, seen = measured()
    for before, after in (("closed", "open"), ("open", "half-open"), ("half-open", "open")):
        metrics.breaker(BreakerRecord("near", before, after, 0))
    found = seen()
    assert [(attributes, point.value) for attributes, point in found["cutover.circuit.state"]] == [
        ({"gen_ai.provider.name": "near"}, 2)
    ]
    changes = {
        attributes["cutover.circuit.after"]: point.value for attributes, point in found["cutover.circuit.changes"]
    }
    assert changes == {"open": 2, "half-open": 1}


def test_what_telemetry_itself_costs_and_drops_is_measured(measured):
    _, seen = measured()
    found = seen()
    assert [point.value for _, point in found["cutover.telemetry.overhead"]] == [0.25]
    assert [point.value for _, point in found["cutover.telemetry.faults"]] == [3]


def test_models_without_end_are_measured_together_once_there_are_too_many(measured, attempted):
    metrics, seen = measured()
    for number in range(2_500):
        metrics.attempt(attempted("near", 0, 20, model=f"m-{number}"))
    found = seen()["gen_ai.client.operation.duration"]
    assert len(found) <= 2_001
    assert sum(point.count for _, point in found) == 2_500
    overflowed = [point.count for attributes, point in found if attributes.get("otel.metric.overflow")]
    assert overflowed == [2_500 - 2_000]


def test_once_stopped_a_meter_that_goes_on_reading_finds_no_more_sums(attempted):
    reader = InMemoryMetricReader()
    metrics = Meters(MeterProvider([reader], shutdown_on_exit=False), V1_41, overhead=lambda: (1.0, 0))
    metrics.active = False
    assert "cutover.telemetry.overhead" not in points(reader.get_metrics_data() or metrics_of_nothing())


def metrics_of_nothing():
    return OwnMetrics(Resource({}), V1_41, overhead=lambda: (0.0, 0)).collect().__class__([])
